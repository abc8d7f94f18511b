import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frame, type Image, lowpolyModel, type Model, partsOfNodes, readModel, renderModel } from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';
import { afterAll, describe, expect, it } from 'vitest';

/**
 * Every generated model at three sizes, as triangles and as quads: the limit is kept, Blender opens the file with one
 * material and all its textures, and the picture has no black patches where the source has none.
 */
const DATA = join(import.meta.dirname, '../.cache/data/generated');
const models = existsSync(DATA) ? readdirSync(DATA).filter((name) => name.endsWith('.glb')) : [];
const hasBlender = spawnSync('blender', ['--version']).status === 0;
const scratch = mkdtempSync(join(tmpdir(), 'meshwright-lowpoly-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const codec = sharpCodec();
const SIZE = 256;
/** Brightness of a pixel, 0..255, below which it is black, and above which it is not. */
const BLACK = 12;
const BRIGHT = 60;
/** Share of the source's bright pixels that may be black: lines beside dark seams. */
const MOST_BLACK = 0.01;

const SCRIPT = `
import bpy, json, numpy, sys
# Debian's Blender reads glTF by a name that Debian's numpy has dropped.
numpy.bool = bool
found = []
for path in sys.argv[sys.argv.index('--') + 1:]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.endswith('.fbx'): bpy.ops.import_scene.fbx(filepath=path)
    else: bpy.ops.import_scene.gltf(filepath=path)
    meshes = [thing.data for thing in bpy.data.objects if thing.type == 'MESH']
    found.append(dict(path=path, faces=sum(len(mesh.polygons) for mesh in meshes),
        materials=len(set(m.name for mesh in meshes for m in mesh.materials)),
        images=[[image.name, *image.size] for image in bpy.data.images if image.type == 'IMAGE']))
print('FOUND ' + json.dumps(found))
`;

type Opened = { path: string; faces: number; materials: number; images: [string, number, number][] };

const facesOf = new Map<string, number>();

describe.skipIf(models.length === 0)(`every generated model (skipped without the data set in ${DATA})`, () => {
	it.each(models)('%s', async (name) => {
		const source = await readModel(readFileSync(join(DATA, name)), { name });
		const shown = await pictureOf(source, source);
		for (const faceLimit of [1000, 3000, 10_000])
			for (const quad of [false, true]) {
				const formats = quad ? ['glb', 'fbx'] : ['glb'];
				const options = { faceLimit, quad, formats, textureSize: 1024, picture: 'none' } as const;
				const { files, report } = await lowpolyModel(source, partsOfNodes(source), options, { codec });
				expect(report.faces).toBeLessThanOrEqual(faceLimit);
				const low = await readModel(files[0]!.bytes);
				expect(low.materials).toHaveLength(1);
				const black = shareOfBlack(shown, await pictureOf(low, source));
				expect(black, `${faceLimit} ${quad ? 'quads' : 'triangles'}: black patches`).toBeLessThan(MOST_BLACK);
				const file = files.at(-1)!;
				const path = join(scratch, `${name}-${faceLimit}.${file.extension}`);
				writeFileSync(path, file.bytes);
				facesOf.set(path, report.faces);
			}
	});

	it.skipIf(!hasBlender)('Blender opens all (skipped where it is not installed)', () => {
		const script = join(scratch, 'open.py');
		writeFileSync(script, SCRIPT);
		const output = execFileSync(
			'blender',
			['--background', '--factory-startup', '--python-exit-code', '1', '--python', script, '--', ...facesOf.keys()],
			{ encoding: 'utf8', maxBuffer: 2 ** 26 },
		);
		const found = JSON.parse(output.slice(output.indexOf('FOUND ') + 6).split('\n')[0]!) as Opened[];
		expect(found).toHaveLength(6 * models.length);
		for (const { path, faces, materials, images } of found) {
			// Blender drops faces whose corners another face has: thin sheets that came down to two sides of one face.
			expect(faces, path).toBeLessThanOrEqual(facesOf.get(path)!);
			expect(faces, path).toBeGreaterThan(0.9 * facesOf.get(path)!);
			expect(materials, path).toBe(1);
			expect(images.length, path).toBeGreaterThan(0);
			for (const [, width, height] of images) expect([width, height], path).toEqual([1024, 1024]);
		}
	});
});

/** As it looks from where the source is seen whole. */
async function pictureOf(model: Model, source: Model): Promise<Image> {
	const images = await Promise.all(model.images.map(({ bytes, mimeType }) => codec.decode(bytes, mimeType)));
	return renderModel(model, images, { width: SIZE, height: SIZE, view: frame(source.mesh) }).image;
}

/** Share of the pixels that are bright in one picture and black in the other. */
function shareOfBlack(source: Image, low: Image): number {
	let bright = 0;
	let black = 0;
	for (let i = 0; i < source.pixels.length; i += 4) {
		const before = Math.max(...source.pixels.subarray(i, i + 3));
		if (before < BRIGHT) continue;
		bright++;
		if (Math.max(...low.pixels.subarray(i, i + 3)) < BLACK) black++;
	}
	return black / Math.max(1, bright);
}
