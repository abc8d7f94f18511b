import { defineConfig } from 'vitest/config';

/** The long suites: every real model, hostile files, real clients. `.ci/run` calls them with the data sets unpacked. */
export default defineConfig({
	resolve: { conditions: ['source'] },
	ssr: { resolve: { conditions: ['source'] } },
	test: {
		include: ['packages/*/test/**/*.long.test.ts', 'test/**/*.long.test.ts'],
		testTimeout: 600_000,
		hookTimeout: 300_000,
		maxWorkers: 2,
	},
});
