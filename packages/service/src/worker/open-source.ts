import { type Model, type Run, readModel } from '@meshwright/engine';
import type { Job } from './handlers.ts';

/** Share of the time that reading takes, measured on the generated models. */
const READING = 0.1;

/** Reads the source of a job: the model, and the run of what follows, whose progress goes on from there. */
export async function openSource(
	{ bytes, name }: Pick<Job, 'bytes' | 'name'>,
	run: Run,
): Promise<{ readonly model: Model; readonly rest: Run }> {
	const { onProgress, ...others } = run;
	onProgress?.({ step: 'read model', fraction: 0 });
	const model = await readModel(bytes, { name });
	const rest: Run = {
		...others,
		onProgress: ({ step, fraction }) => onProgress?.({ step, fraction: READING + (1 - READING) * fraction }),
	};
	return { model, rest };
}
