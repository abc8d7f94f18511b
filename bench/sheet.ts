/**
 * A sheet to look at: every model of a folder as it is, and its parts in colour from two sides.
 *
 *   npm run sheet -- .cache/data/generated docs/generated.png
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	contactSheet,
	FRAME_DEFAULTS,
	frame,
	type Image,
	readModel,
	renderModel,
	renderParts,
	segment,
} from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';

const [folder, output] = process.argv.slice(2);
if (!folder || !output) throw new Error('usage: sheet FOLDER OUT.png');
const MODELS_IN_A_ROW = 2;
const SIZE = 240;

const codec = sharpCodec();
const { azimuth } = FRAME_DEFAULTS;
const pictures: Image[] = [];
for (const name of readdirSync(folder).sort()) {
	if (!/\.(glb|obj|ply|stl|off)$/.test(name)) continue;
	const model = await readModel(new Uint8Array(readFileSync(join(folder, name))), { name });
	const { partOf, parts } = segment(model.mesh);
	const decoded = await Promise.all(model.images.map(({ bytes, mimeType }) => codec.decode(bytes, mimeType)));
	const from = (azimuth: number) => ({ width: SIZE, height: SIZE, view: frame(model.mesh, { azimuth }) });
	pictures.push(renderModel(model, decoded, from(azimuth)).image);
	pictures.push(
		renderParts(model.mesh, partOf, from(azimuth)),
		renderParts(model.mesh, partOf, from(azimuth + Math.PI)),
	);
	console.log(`${name}: ${parts.length} parts`);
}
const sheet = contactSheet(pictures, { columns: 3 * MODELS_IN_A_ROW, gap: 4, background: [244, 244, 242, 255] });
writeFileSync(output, await codec.encode(sheet, 'image/png'));
