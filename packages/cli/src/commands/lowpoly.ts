import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { STANDARD_STREAM } from '../files/read-files.ts';
import { Failure } from '../terminal/failure.ts';
import { given, names, wholeNumber } from '../terminal/options.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import { table } from '../terminal/table.ts';
import { bytesInWords, countInWords, durationInWords } from '../terminal/words.ts';
import { checkDelivery, deliver } from './deliver.ts';
import type { LowpolyResult, LowpolySettings } from './lowpoly-job.ts';
import { ENDINGS, TEXTURE_SIZE } from './lowpoly-offers.ts';
import { runVerb } from './run-verb.ts';

type Flags = {
	readonly out: string;
	readonly faces?: number;
	readonly quad?: boolean;
	readonly pure?: boolean;
	readonly parts?: readonly string[];
	readonly bake: boolean;
	readonly textureSize?: number;
	readonly occlusion?: LowpolySettings['options']['occlusion'];
	readonly jointNames?: LowpolySettings['options']['jointNames'];
	readonly render?: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** `meshwright lowpoly IN -o OUT.glb`. */
export function lowpolyCommand(): Command {
	return new Command('lowpoly')
		.summary('give a model few faces, with its look baked in')
		.description(
			'Turns a dense model into one of few faces: silhouette and creases kept, clean texture coordinates, the look of\n' +
				'the source in its textures. The ending of --out says the format: .glb, .fbx (true quads) or .zip (OBJ).',
		)
		.argument('<in>', 'the model; - for standard input')
		.requiredOption('-o, --out <file>', 'where the model goes; - for a GLB on standard output')
		.addOption(
			new Option('--faces <n>', 'most faces, a quad counts as one (default: chosen from the shape)').argParser(
				wholeNumber,
			),
		)
		.option('--quad', 'faces of four corners where they fit')
		.option('--pure', 'no triangles between the quads')
		.addOption(
			new Option('--parts <names>', 'names of the parts to reduce, with commas between (default: all)').argParser(
				names,
			),
		)
		.option('--no-bake', 'colours of the materials only: no textures')
		.addOption(
			new Option(
				'--texture-size <pixels>',
				`side of the baked textures (default: ${TEXTURE_SIZE}, or half where nothing needs more)`,
			).argParser(wholeNumber),
		)
		.addOption(
			new Option(
				'--occlusion <how>',
				"keep the source's occlusion, compute it from the shape, or leave it out (default: keep)",
			).choices(['keep', 'compute', 'none']),
		)
		.addOption(
			new Option(
				'--joint-names <how>',
				'names of joints and bones: keep them as node names, or move them to extras (default: keep)',
			).choices(['keep', 'extras']),
		)
		.option('--render <file>', 'also write a PNG of the result')
		.option('--json', 'print the result (or the error) as JSON')
		.option('-q, --quiet', 'no progress line and no summary')
		.action(lowpolyFile);
}

async function lowpolyFile(input: string, flags: Flags): Promise<void> {
	checkDelivery(flags, 'model');
	const settings: LowpolySettings = {
		options: given({
			faceLimit: flags.faces,
			quad: flags.quad,
			pure: flags.pure,
			partNames: flags.parts,
			bake: flags.bake ? undefined : false,
			textureSize: flags.textureSize,
			occlusion: flags.occlusion,
			jointNames: flags.jointNames,
		}),
		format: formatOf(flags.out),
		picture: flags.render !== undefined,
	};
	const progress = new ProgressLine(process.stderr, { quiet: flags.quiet === true });
	const start = performance.now();
	const result = (await runVerb({ verb: 'lowpoly', path: input, settings }, progress)) as LowpolyResult;
	const others = flags.render === undefined ? [] : [{ path: flags.render, bytes: result.picture! }];
	deliver(flags, result.model, others, {
		asJson: () => summaryAsJson(input, result, flags),
		inWords: (files) => {
			const wrote = files.map(({ path, bytes }) => `wrote ${path} (${bytesInWords(bytes.length)})\n`);
			return summaryInWords(input, result, performance.now() - start) + wrote.join('');
		},
	});
}

function formatOf(out: string): string {
	const ending = out === STANDARD_STREAM ? 'glb' : extname(out).slice(1).toLowerCase();
	const known = ENDINGS.find(({ extension }) => extension === ending);
	if (known) return known.format;
	const all = ENDINGS.map(({ extension, title }) => `.${extension} (${title})`).join(', ');
	throw new Failure(
		'usage',
		'invalid-option',
		`--out '${out}' does not say a format that can be written`,
		`End its name with one of ${all}.`,
	);
}

function summaryInWords(input: string, { report }: LowpolyResult, ms: number): string {
	const name = input === STANDARD_STREAM ? 'standard input' : input;
	const rows = report.parts.map(({ name, sourceFaces, faces }) => [
		name,
		countInWords(sourceFaces),
		faces === undefined ? 'untouched' : countInWords(faces),
	]);
	const faces = `${countInWords(report.sourceFaces)} faces → ${countInWords(report.faces)}`;
	const quads = report.quads === undefined ? '' : ` (${countInWords(report.quads)} quads)`;
	const lines = [
		`${name}: ${faces}${quads} in ${durationInWords(ms)}\n\n`,
		table(
			[
				{ title: 'part', align: 'left' },
				{ title: 'faces before', align: 'right' },
				{ title: 'after', align: 'right' },
			],
			rows,
		),
		'\n',
	];
	for (const warning of report.warnings) lines.push(`warning: ${warning}\n`);
	return lines.join('');
}

/** The stable form: fields are added, never renamed or taken away. */
function summaryAsJson(input: string, { format, report }: LowpolyResult, flags: Flags): string {
	const { times, ...facts } = report;
	const summary = {
		input: { path: input, format },
		output: { model: flags.out, render: flags.render ?? null },
		...facts,
		milliseconds: times,
	};
	return `${JSON.stringify(summary, null, '\t')}\n`;
}
