import { defineConfig } from 'vitest/config';

/** The fast suite: every package from source, no build, under five minutes. Long suites end in `.long.test.ts`. */
export default defineConfig({
	resolve: { conditions: ['source'] },
	ssr: { resolve: { conditions: ['source'] } },
	test: {
		include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
		exclude: ['**/*.long.test.ts', '**/node_modules/**'],
		testTimeout: 30_000,
		maxWorkers: 2,
	},
});
