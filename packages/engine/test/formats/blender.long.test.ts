import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { sharpCodec } from '../../../service/src/codecs.ts';
import { writeFbx } from '../../src/formats/fbx.ts';
import { type FlatScene, flattenParts } from '../../src/formats/flat-scene.ts';
import { partsOfNodes } from '../../src/formats/node-parts.ts';
import { readModel } from '../../src/formats/read.ts';
import { writeObj } from '../../src/formats/write-obj.ts';
import { cube } from './surfaces-to-write.ts';

const DATA = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'data');
const hasBlender = spawnSync('blender', ['--version']).status === 0;
const scratch = mkdtempSync(join(tmpdir(), 'meshwright-blender-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const SCRIPT = `
import bpy, json, sys
path = sys.argv[-1]
bpy.ops.wm.read_factory_settings(use_empty=True)
if path.endswith('.fbx'): bpy.ops.import_scene.fbx(filepath=path)
else: bpy.ops.wm.obj_import(filepath=path)
found = []
for thing in bpy.data.objects:
    if thing.type != 'MESH': continue
    mesh = thing.data
    corners = {}
    for face in mesh.polygons: corners[len(face.vertices)] = corners.get(len(face.vertices), 0) + 1
    materials = []
    for material in mesh.materials:
        surface = next(n for n in material.node_tree.nodes if n.type == 'BSDF_PRINCIPLED')
        textures = {}
        for socket in surface.inputs:
            source = socket.links[0].from_node if socket.links else None
            if source and source.type == 'NORMAL_MAP':
                source = source.inputs['Color'].links[0].from_node if source.inputs['Color'].links else None
            if source and source.type == 'TEX_IMAGE': textures[socket.name] = [source.image.name, *source.image.size]
        materials.append(dict(name=material.name, textures=textures,
            metallic=round(surface.inputs['Metallic'].default_value, 4),
            roughness=round(surface.inputs['Roughness'].default_value, 4)))
    places = [thing.matrix_world @ v.co for v in mesh.vertices]
    box = [[round(f(p[k] for p in places), 4) + 0.0 for k in range(3)] for f in (min, max)]
    uvs = sorted(set((round(u.uv[0], 3), round(u.uv[1], 3)) for layer in mesh.uv_layers for u in layer.data))[:4]
    shown = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    moved = max(((thing.matrix_world @ v.co) - (shown.matrix_world @ w.co)).length for v, w in zip(mesh.vertices, shown.to_mesh().vertices))
    weights = [sum(g.weight for g in v.groups) for v in mesh.vertices]
    found.append(dict(name=thing.name, bones=len(thing.parent.data.bones) if thing.parent and thing.parent.type == 'ARMATURE' else 0,
        moved=round(moved, 2), weights=[round(min(weights), 3), round(max(weights), 3)],
        corners=corners, uvs=uvs, normals=mesh.has_custom_normals, materials=materials, box=box))
found.sort(key=lambda thing: thing['name'])
print('FOUND ' + json.dumps(found))
`;

type Found = {
	name: string;
	corners: Record<string, number>;
	uvs: [number, number][];
	normals: boolean;
	materials: {
		name: string;
		textures: Record<string, [string, number, number]>;
		metallic: number;
		roughness: number;
	}[];
	box: [number[], number[]];
	/** Of its armature. */
	bones: number;
	/** How far the armature at rest moves it, to a hundredth: Blender rebuilds joints from rounded angles. */
	moved: number;
	weights: [number, number];
};

/** Opens a file in Blender and tells what it has. */
function openInBlender(path: string): Found[] {
	const script = join(scratch, 'open.py');
	writeFileSync(script, SCRIPT);
	const output = execFileSync(
		'blender',
		['--background', '--factory-startup', '--python-exit-code', '1', '--python', script, '--', path],
		{ encoding: 'utf8' },
	);
	return JSON.parse(output.slice(output.indexOf('FOUND ') + 6).split('\n')[0]!);
}

const codec = sharpCodec();

async function throughFbx(scene: FlatScene): Promise<Found[]> {
	const path = join(scratch, 'model.fbx');
	writeFileSync(path, await writeFbx(scene, { codec }));
	return openInBlender(path);
}

async function throughObj(scene: FlatScene): Promise<Found[]> {
	for (const [name, bytes] of Object.entries(unzipSync(await writeObj(scene, { codec })))) {
		writeFileSync(join(scratch, name), bytes);
	}
	return openInBlender(join(scratch, 'model.obj'));
}

describe.skipIf(!hasBlender)('Blender opens what is written (skipped where it is not installed)', () => {
	it.each([
		['FBX', throughFbx],
		['OBJ', throughObj],
	])('%s: parts, quads, texture coordinates, materials', async (_, open) => {
		const [box, lid, ...others] = await open(cube());
		expect(others).toEqual([]);
		expect([box!.name, lid!.name]).toEqual(['box', 'lid, upper']);
		expect([box!.corners, lid!.corners]).toEqual([{ 4: 5 }, { 3: 2 }]);
		expect(box!.uvs).toEqual([
			[0, 0.25],
			[0, 1],
			[0.5, 0.25],
			[0.5, 1],
		]);
		// Blender's z is our y, and its y our -z.
		expect(box!.box).toEqual([
			[0, -1, 0],
			[1, 0, 1],
		]);
		expect(box!.normals && lid!.normals).toBe(true);
		expect(lid!.materials).toEqual([{ name: 'metal', textures: {}, metallic: 1, roughness: 0.5 }]);
		expect(Object.keys(box!.materials[0]!.textures)).toEqual(
			expect.arrayContaining(['Base Color', 'Emission', 'Metallic', 'Normal', 'Roughness']),
		);
		for (const [, width, height] of Object.values(box!.materials[0]!.textures)) expect([width, height]).toEqual([1, 1]);
	});

	it.skipIf(!existsSync(join(DATA, 'textured')))('a textured model, embedded textures and all', async () => {
		const file = 'WaterBottle.gltf';
		const folder = join(DATA, 'textured', 'WaterBottle', 'glTF');
		const resources = (uri: string): Uint8Array => readFileSync(join(folder, uri));
		const model = await readModel(readFileSync(join(folder, file)), { name: file, resources });
		const [bottle] = await throughFbx(flattenParts(model, partsOfNodes(model)));
		expect(bottle!.corners).toEqual({ 3: model.mesh.triangles.length / 3 });
		const textures = Object.values(bottle!.materials[0]!.textures);
		expect(textures).toHaveLength(5);
		for (const [, width, height] of textures) expect([width, height]).toEqual([2048, 2048]);
	});

	const king = join(DATA, 'named', 'modular_men_King.glb');
	it.skipIf(!existsSync(king))('a character with its skeleton (skipped where it is not unpacked)', async () => {
		const model = await readModel(readFileSync(king));
		const found = await throughFbx(flattenParts(model, partsOfNodes(model)));
		expect(found.map(({ name, bones, moved, weights }) => [name, bones, moved, weights])).toEqual(
			['King_Body', 'King_Feet', 'King_Head', 'King_Legs'].map((name) => [name, 49, 0, [1, 1]]),
		);
	});
});
