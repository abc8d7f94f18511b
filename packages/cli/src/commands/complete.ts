import { COMPLETE_DEFAULTS } from '@meshwright/engine';
import { Command, Option } from 'commander';
import { STANDARD_STREAM } from '../files/read-files.ts';
import { given, names } from '../terminal/options.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import { table } from '../terminal/table.ts';
import { bytesInWords, countInWords, durationInWords } from '../terminal/words.ts';
import type { CompleteResult, CompleteSettings } from './complete-job.ts';
import { checkDelivery, deliver } from './deliver.ts';
import { runVerb } from './run-verb.ts';

type Flags = {
	readonly out: string;
	readonly labels?: string;
	readonly parts?: readonly string[];
	readonly method?: CompleteSettings['options']['method'];
	readonly mode?: CompleteSettings['options']['mode'];
	readonly sheets?: CompleteSettings['options']['sheets'];
	readonly jointNames?: CompleteSettings['options']['jointNames'];
	readonly render?: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** `meshwright complete IN -o OUT.glb`. */
export function completeCommand(): Command {
	const standard = COMPLETE_DEFAULTS;
	return new Command('complete')
		.summary('make the parts of a model whole')
		.description(
			'Closes each part of a model that was divided: what can be seen stays bit for bit, what was hidden is continued.\n' +
				'The parts are the named nodes of the model, as `meshwright segment` writes them, or those of --labels.',
		)
		.argument('<in>', 'the model; - for standard input')
		.requiredOption('-o, --out <file>', 'where the GLB goes; - for standard output')
		.option('--labels <file>', 'part of each face, one number a line, in the order of the file: instead of the nodes')
		.addOption(
			new Option('--parts <names>', 'names of the parts to make whole, with commas between (default: all)').argParser(
				names,
			),
		)
		.addOption(
			new Option(
				'--method <m>',
				`full continues the visible surface inwards; quick_cap closes each hole by itself (default: ${standard.method})`,
			).choices(['full', 'quick_cap']),
		)
		.addOption(
			new Option(
				'--mode <m>',
				`overlap: parts reach into each other as artists model them; tile: neighbours share the cut (default: ${standard.mode})`,
			).choices(['overlap', 'tile']),
		)
		.addOption(
			new Option(
				'--sheets <how>',
				`capes and wings: thicken them to thin slabs, or keep them open (default: ${standard.sheets})`,
			).choices(['thicken', 'keep']),
		)
		.addOption(
			new Option(
				'--joint-names <how>',
				'names of joints and bones: keep them as node names, or move them to extras (default: keep)',
			).choices(['keep', 'extras']),
		)
		.option('--render <file>', 'also write a PNG with the parts pulled apart')
		.option('--json', 'print the result (or the error) as JSON')
		.option('-q, --quiet', 'no progress line and no summary')
		.action(completeFile);
}

async function completeFile(input: string, flags: Flags): Promise<void> {
	checkDelivery(flags, 'GLB');
	const settings: CompleteSettings = {
		options: given({
			partNames: flags.parts,
			method: flags.method,
			mode: flags.mode,
			sheets: flags.sheets,
			jointNames: flags.jointNames,
		}),
		labels: flags.labels,
	};
	const progress = new ProgressLine(process.stderr, { quiet: flags.quiet === true });
	const start = performance.now();
	const result = (await runVerb({ verb: 'complete', path: input, settings }, progress)) as CompleteResult;
	const others = flags.render === undefined ? [] : [{ path: flags.render, bytes: result.picture }];
	deliver(flags, result.glb, others, {
		asJson: () => summaryAsJson(input, result, flags),
		inWords: (files) => {
			const wrote = files.map(({ path, bytes }) => `wrote ${path} (${bytesInWords(bytes.length)})\n`);
			return summaryInWords(input, result, performance.now() - start) + wrote.join('');
		},
	});
}

function summaryInWords(input: string, { report }: CompleteResult, ms: number): string {
	const name = input === STANDARD_STREAM ? 'standard input' : input;
	const asked = report.parts.filter(({ completion }) => completion);
	const closed = asked.filter(({ completion }) => completion!.closed).length;
	const rows = report.parts.map(({ name, triangles, completion }) => [
		name,
		countInWords(triangles),
		completion ? countInWords(completion.capFaces) : '',
		completion ? (completion.closed ? 'closed' : 'open') : 'untouched',
		completion?.method ?? '',
	]);
	const counts = `${countInWords(closed)} of ${countInWords(asked.length)} parts closed`;
	const lines = [
		`${name}: ${counts} in ${durationInWords(ms)}\n\n`,
		table(
			[
				{ title: 'part', align: 'left' },
				{ title: 'faces', align: 'right' },
				{ title: 'cap', align: 'right' },
				{ title: 'is', align: 'left' },
				{ title: 'by', align: 'left' },
			],
			rows,
		),
		'\n',
	];
	for (const warning of report.warnings) lines.push(`warning: ${warning}\n`);
	return lines.join('');
}

/** The stable form: fields are added, never renamed or taken away. */
function summaryAsJson(input: string, { format, report }: CompleteResult, flags: Flags): string {
	const summary = {
		input: { path: input, format },
		output: { model: flags.out, render: flags.render ?? null, faces: report.triangles },
		parts: report.parts.map(({ name, triangles, completion }, part) => ({
			part,
			name,
			faces: triangles,
			completion: completion ?? null,
		})),
		warnings: report.warnings,
		milliseconds: report.times,
	};
	return `${JSON.stringify(summary, null, '\t')}\n`;
}
