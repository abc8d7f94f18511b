import {
	type LowpolyModelOptions,
	type LowpolyReport,
	lowpolyModel,
	type Model,
	partsOfNodes,
	type Run,
} from '@meshwright/engine';
import { lateCodec } from './late-codec.ts';

export type LowpolySettings = {
	/** What of the command line is the engine's business. */
	readonly options: Omit<LowpolyModelOptions, 'picture' | 'formats'>;
	/** Format of the file that is wanted, by the engine's OUTPUTS. */
	readonly format: string;
	/** Is a picture wanted? */
	readonly picture: boolean;
};

export type LowpolyResult = {
	readonly format: string;
	/** In the format that was asked for. */
	readonly model: Uint8Array;
	/** PNG, where one was wanted. */
	readonly picture: Uint8Array | undefined;
	readonly report: LowpolyReport;
};

export async function lowpolyJob(
	model: Model,
	{ options, format, picture }: LowpolySettings,
	run: Run,
): Promise<LowpolyResult> {
	const codec = lateCodec();
	if (options.bake !== false && model.images.length > 0) await codec.load();
	const port = { codec, run };
	const written = await lowpolyModel(
		model,
		partsOfNodes(model),
		{ ...options, formats: [format], ...(!picture && { picture: 'none' }) },
		port,
	);
	return { format: model.format, model: written.files[0]!.bytes, picture: written.picture, report: written.report };
}
