import { describe, expect, it } from 'vitest';
import { MeshError } from '../../src/errors.ts';
import { type Progress, Steps } from '../../src/run/run.ts';

const WEIGHTS = { measure: 1, grow: 2, cut: 1 };

describe('Steps', () => {
	it('reports the share of what is done, and ends at 1', () => {
		const seen: Progress[] = [];
		const steps = new Steps(WEIGHTS, { onProgress: (progress) => seen.push(progress) });
		steps.begin('measure');
		steps.begin('grow');
		steps.advance(0.5);
		steps.begin('cut');
		steps.finish();
		expect(seen.map(({ fraction }) => fraction)).toEqual([0, 0.25, 0.5, 0.75, 1]);
		expect(seen[2]).toEqual({ step: 'grow', fraction: 0.5 });
	});

	it('gives the time of each step', () => {
		const steps = new Steps(WEIGHTS);
		for (const name of ['measure', 'grow', 'cut'] as const) steps.begin(name);
		const times = steps.finish();
		expect(Object.keys(times)).toEqual(['measure', 'grow', 'cut']);
		for (const ms of Object.values(times)) expect(ms).toBeGreaterThanOrEqual(0);
	});

	it('throws where a verb leaves its own order', () => {
		const steps = new Steps(WEIGHTS);
		expect(() => steps.begin('grow')).toThrow('out of order');
		steps.begin('measure');
		expect(() => steps.finish()).toThrow("'grow' was never begun");
	});

	it('stops where it is asked to', () => {
		let cancelled = false;
		const steps = new Steps(WEIGHTS, { isCancelled: () => cancelled });
		steps.begin('measure');
		cancelled = true;
		expect(() => steps.advance(0.5)).toThrow(MeshError);
		expect(() => steps.begin('grow')).toThrow("cancelled at 'grow'");
	});

	it('passes the progress of a nested run on, under the name of its own step', () => {
		const seen: Progress[] = [];
		const steps = new Steps(WEIGHTS, { onProgress: (progress) => seen.push(progress) });
		steps.begin('measure');
		steps.begin('grow');
		const inner = new Steps({ plant: 1, water: 1 }, steps.nested());
		inner.begin('plant');
		inner.begin('water');
		expect(seen.at(-1)).toEqual({ step: 'water', fraction: 0.5 });
	});
});
