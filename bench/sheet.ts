/**
 * A sheet to look at: every model of a folder as it is, and what a verb makes of it.
 *
 *   npm run sheet -- .cache/data/generated docs/generated.png [parts|whole|low] [--faces 3000] [--only lantern,bench]
 *
 * - parts: the parts in colour from two sides;
 * - whole: the parts made whole and pulled apart;
 * - low: the look of the low-poly model, then its triangles and its quads.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
	completeModel,
	contactSheet,
	decimate,
	FRAME_DEFAULTS,
	frame,
	hintsOf,
	type Image,
	lowpolyModel,
	type Model,
	partsOfNodes,
	quadrangulate,
	readModel,
	renderModel,
	renderParts,
	renderWireframe,
	segment,
} from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';

const { positionals, values } = parseArgs({
	allowPositionals: true,
	options: { faces: { type: 'string', default: '3000' }, only: { type: 'string' } },
});
const [folder, output, view = 'parts'] = positionals;
if (!folder || !output) throw new Error('usage: sheet FOLDER OUT.png [parts|whole|low]');
const faceLimit = Number(values.faces);
const SIZE = 240;
const codec = sharpCodec();
const { azimuth } = FRAME_DEFAULTS;

/** What stands beside a model on the sheet, with a line to print; pictures in a row of their own. */
type View = (model: Model) => Promise<{ readonly pictures: readonly Image[]; readonly line: string }>;

const VIEWS: Readonly<Record<string, View>> = {
	async parts(model) {
		const { mesh } = model;
		const { partOf, parts } = await segmented(model);
		const sides = [azimuth, azimuth + Math.PI].map((side) => renderParts(mesh, partOf, sized(mesh, side)));
		return { pictures: sides, line: `${parts.length} parts` };
	},

	async whole(model) {
		const options = { picture: { width: SIZE, height: SIZE } };
		const { picture, completed } = await completeModel(model, await segmented(model), options, { codec });
		const closed = completed.filter((part) => part.closed).length;
		const crossed = completed.filter((part) => part.selfIntersections > 0).length;
		const line = `${closed} of ${completed.length} parts closed, ${crossed} cross themselves`;
		return { pictures: [await codec.decode(picture, 'image/png')], line };
	},

	async low(model) {
		const options = { faceLimit, picture: { width: SIZE, height: SIZE } };
		const { picture, report } = await lowpolyModel(model, partsOfNodes(model), options, { codec });
		const triangles = decimate(model.mesh, { faceLimit }).mesh;
		const { mesh: quads, report: quadReport } = quadrangulate(model.mesh, { faceLimit });
		return {
			pictures: [
				await codec.decode(picture!, 'image/png'),
				renderWireframe(triangles, sized(model.mesh, azimuth)),
				renderWireframe(quads, sized(model.mesh, azimuth)),
			],
			line: `${report.faces} triangles, ${quadReport.faces} faces of which ${quadReport.quads} quads`,
		};
	},
};

const segmented = async (model: Model) => segment(model.mesh, { hints: (await hintsOf(model, codec)).hints });
const sized = (mesh: Model['mesh'], side: number) => ({
	width: SIZE,
	height: SIZE,
	view: frame(mesh, { azimuth: side }),
});

const show = VIEWS[view];
if (!show) throw new Error(`there is no view '${view}'; there are ${Object.keys(VIEWS).join(', ')}`);
const only = values.only?.split(',');
const rows: Image[][] = [];
for (const name of readdirSync(folder).sort()) {
	if (!/\.(glb|obj|ply|stl|off)$/.test(name) || (only && !only.some((part) => name.includes(part)))) continue;
	const model = await readModel(new Uint8Array(readFileSync(join(folder, name))), { name });
	const decoded = await Promise.all(model.images.map(({ bytes, mimeType }) => codec.decode(bytes, mimeType)));
	const { pictures, line } = await show(model);
	rows.push([renderModel(model, decoded, sized(model.mesh, azimuth)).image, ...pictures]);
	console.log(`${name}: ${line}`);
}
const inRow = rows[0]!.length > 3 ? 1 : 2;
const sheet = contactSheet(rows.flat(), {
	columns: rows[0]!.length * inRow,
	gap: 4,
	background: [244, 244, 242, 255],
});
writeFileSync(output, await codec.encode(sheet, 'image/png'));
