import { SEGMENT_DEFAULTS, type SegmentCues } from '@meshwright/engine';
import { Command, InvalidArgumentError, Option } from 'commander';
import { STANDARD_STREAM } from '../files/read-files.ts';
import type { NewFile } from '../files/write-files.ts';
import { decimal, given, names, wholeNumber } from '../terminal/options.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import { table } from '../terminal/table.ts';
import { bytesInWords, countInWords, durationInWords, shareInWords } from '../terminal/words.ts';
import { checkDelivery, deliver } from './deliver.ts';
import { runVerb } from './run-verb.ts';
import type { SegmentResult, SegmentSettings } from './segment-job.ts';

type Flags = {
	readonly out: string;
	readonly parts?: number;
	readonly granularity?: SegmentSettings['options']['granularity'];
	readonly minPartSize?: number;
	readonly splitByConnectivity?: boolean;
	readonly cues?: Required<SegmentCues>;
	readonly seed?: number;
	readonly prefix?: string;
	readonly sourceNames?: boolean;
	readonly sideNames?: boolean;
	readonly jointNames?: SegmentSettings['options']['jointNames'];
	readonly labels?: string;
	readonly graph?: string;
	readonly render?: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

const CUES = Object.keys(SEGMENT_DEFAULTS.cues);
const standing = (chosen: SegmentCues): string => CUES.filter((cue) => chosen[cue as keyof SegmentCues]).join(',');

/** `materials,colors` → those true, the others false. */
function cues(text: string): Required<SegmentCues> {
	const asked = text.trim() === 'none' ? [] : names(text);
	const unknown = asked.find((name) => !CUES.includes(name));
	if (unknown !== undefined)
		throw new InvalidArgumentError(`'${unknown}' is none of ${CUES.join(', ')}, nor is it none.`);
	return Object.fromEntries(CUES.map((cue) => [cue, asked.includes(cue)])) as Required<SegmentCues>;
}

/** `meshwright segment IN -o OUT.glb`. */
export function segmentCommand(): Command {
	const standard = SEGMENT_DEFAULTS;
	return new Command('segment')
		.summary('divide a model into named parts')
		.description(
			'Divides a model into meaningful parts and writes one GLB with one named node per part, looks kept.\n' +
				'Reads GLB, glTF, OBJ, STL, PLY and OFF, with the files they name from beside them, or a ZIP of it all.',
		)
		.argument('<in>', 'the model; - for standard input')
		.requiredOption('-o, --out <file>', 'where the GLB goes; - for standard output')
		.addOption(
			new Option('--parts <n>', `number of parts (default: ${standard.parts ?? 'chosen from the shape'})`).argParser(
				wholeNumber,
			),
		)
		.addOption(
			new Option(
				'--granularity <g>',
				`how fine, where --parts is not given: simple, balanced, detailed, or 0..1 (default: ${standard.granularity})`,
			)
				.argParser(granularity)
				.conflicts('parts'),
		)
		.addOption(
			new Option(
				'--min-part-size <share>',
				`smallest part, as a share of the surface, 0..1 (default: ${standard.minPartSize})`,
			).argParser(decimal),
		)
		.option(
			'--split-by-connectivity',
			'make a part of its own of each piece that hangs together; --parts counts before that',
		)
		.addOption(
			new Option(
				'--cues <names>',
				`what counts beside the shape, of ${CUES.join(', ')}, with commas between, or none (default: ${standing(standard.cues)})`,
			).argParser(cues),
		)
		.addOption(
			new Option('--seed <n>', `seed of what is drawn at random (default: ${standard.seed})`).argParser(wholeNumber),
		)
		.option('--prefix <text>', `beginning of the part names (default: ${standard.namePrefix})`)
		.option('--source-names', 'give a part that is one node, limb of the skeleton or material of the model its name')
		.option('--side-names', 'add _left and _right to the names of mirrored parts; the model looks along +z, +y is up')
		.addOption(
			new Option(
				'--joint-names <how>',
				'names of joints and bones: keep them as node names, or move them to extras (default: keep)',
			).choices(['keep', 'extras']),
		)
		.option('--labels <file>', 'also write one part number per input face, one a line, in input order')
		.option('--graph <file>', 'also write joints, contact loops and the tree of the parts as JSON')
		.option('--render <file>', 'also write a PNG with the parts in colour')
		.option('--json', 'print the result (or the error) as JSON')
		.option('-q, --quiet', 'no progress line and no summary')
		.action(segmentFile);
}

async function segmentFile(input: string, flags: Flags): Promise<void> {
	checkDelivery(flags, 'GLB');
	const settings: SegmentSettings = {
		options: optionsOf(flags),
		labels: flags.labels !== undefined,
		graph: flags.graph !== undefined,
	};
	const progress = new ProgressLine(process.stderr, { quiet: flags.quiet === true });
	const start = performance.now();
	const result = (await runVerb({ verb: 'segment', path: input, settings }, progress)) as SegmentResult;
	deliver(flags, result.glb, othersOf(result, flags), {
		asJson: () => summaryAsJson(input, result, flags),
		inWords: (files) => summaryInWords(input, result, files, performance.now() - start),
	});
}

const optionsOf = ({ prefix, ...flags }: Flags): SegmentSettings['options'] =>
	given({
		parts: flags.parts,
		granularity: flags.granularity,
		minPartSize: flags.minPartSize,
		splitByConnectivity: flags.splitByConnectivity,
		cues: flags.cues,
		seed: flags.seed,
		namePrefix: prefix,
		sourceNames: flags.sourceNames,
		sideNames: flags.sideNames,
		jointNames: flags.jointNames,
	});

function othersOf({ labels, graph, picture }: SegmentResult, flags: Flags): NewFile[] {
	const files: NewFile[] = [];
	if (flags.labels !== undefined) files.push({ path: flags.labels, bytes: labels! });
	if (flags.graph !== undefined) files.push({ path: flags.graph, bytes: graph! });
	if (flags.render !== undefined) files.push({ path: flags.render, bytes: picture });
	return files;
}

function summaryInWords(input: string, { report }: SegmentResult, files: readonly NewFile[], ms: number): string {
	const total = totalArea(report);
	const name = input === STANDARD_STREAM ? 'standard input' : input;
	const parts = report.parts.length === 1 ? '1 part' : `${countInWords(report.parts.length)} parts`;
	const rows = report.parts.map((part) => [part.name, countInWords(part.triangles), shareInWords(part.area / total)]);
	const lines = [
		`${name}: ${countInWords(report.triangles)} faces → ${parts} in ${durationInWords(ms)}\n\n`,
		table(
			[
				{ title: 'part', align: 'left' },
				{ title: 'faces', align: 'right' },
				{ title: 'surface', align: 'right' },
			],
			rows,
		),
		'\n',
	];
	for (const warning of report.warnings) lines.push(`warning: ${warning}\n`);
	for (const { path, bytes } of files) lines.push(`wrote ${path} (${bytesInWords(bytes.length)})\n`);
	return lines.join('');
}

/** The stable form: fields are added, never renamed or taken away. */
function summaryAsJson(input: string, { format, report }: SegmentResult, flags: Flags): string {
	const total = totalArea(report);
	const summary = {
		input: { path: input, format, faces: report.triangles, vertices: report.vertices },
		output: {
			model: flags.out,
			labels: flags.labels ?? null,
			graph: flags.graph ?? null,
			render: flags.render ?? null,
		},
		parts: report.parts.map(({ name, triangles, area, neighbours }, part) => ({
			part,
			name,
			faces: triangles,
			area,
			share: area / total,
			neighbours,
		})),
		warnings: report.warnings,
		milliseconds: report.times,
	};
	return `${JSON.stringify(summary, null, '\t')}\n`;
}

/** 1 where the surface has no area at all, so that shares are 0 and not NaN. */
const totalArea = ({ parts }: SegmentResult['report']): number => parts.reduce((sum, { area }) => sum + area, 0) || 1;

/** A word goes through as it is; the engine knows which words there are. */
const granularity = (text: string): NonNullable<SegmentSettings['options']['granularity']> =>
	(Number.isNaN(Number(text)) ? text : decimal(text)) as NonNullable<SegmentSettings['options']['granularity']>;
