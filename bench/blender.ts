/**
 * Blender as a peer, where it is installed: `blender` on the PATH, run without a window.
 *
 * Surfaces go in and come back as raw arrays beside a script that Blender runs, through numpy: no importer has a say in
 * what is measured. By hand, the command is
 *
 *   blender --background --factory-startup --python-exit-code 1 --python reduce.py -- <folder> <method> <faces>
 *
 * with SCRIPT below as reduce.py and, in the folder, `positions` (float32, xyz) and `triangles` (int32, three a face).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `collapse`: the Decimate modifier. `quads`: the same to twice the faces, then tris_convert_to_quads as it comes.
 * `quadriflow`: Blender's QuadriFlow; it refuses what is not manifold.
 */
export type BlenderMethod = 'collapse' | 'quads' | 'quadriflow';

/** Faces of three or four corners: `corners` of all of them in a row, `sizes` of each. */
export type BlenderFaces = {
	readonly positions: Float32Array;
	readonly corners: Uint32Array;
	readonly sizes: Uint32Array;
	/** Processor seconds of the operation alone, without start, hand-over and exit. */
	readonly seconds: number;
};

const SCRIPT = `
import bpy, bmesh, json, math, numpy, os, sys, time

folder, method, limit = sys.argv[sys.argv.index('--') + 1:]
limit = int(limit)
points = numpy.fromfile(os.path.join(folder, 'positions'), numpy.float32)
corners = numpy.fromfile(os.path.join(folder, 'triangles'), numpy.int32)
count = len(corners) // 3

mesh = bpy.data.meshes.new('source')
mesh.vertices.add(len(points) // 3)
mesh.vertices.foreach_set('co', points)
mesh.loops.add(len(corners))
mesh.loops.foreach_set('vertex_index', corners)
mesh.polygons.add(count)
mesh.polygons.foreach_set('loop_start', numpy.arange(0, len(corners), 3, dtype=numpy.int32))
mesh.polygons.foreach_set('loop_total', numpy.full(count, 3, dtype=numpy.int32))
mesh.update(calc_edges=True)
mesh.validate()
thing = bpy.data.objects.new('source', mesh)
bpy.context.collection.objects.link(thing)
bpy.context.view_layer.objects.active = thing
thing.select_set(True)
bpy.context.view_layer.update()

start = time.process_time()
if method == 'quadriflow':
    if bpy.ops.object.quadriflow_remesh(target_faces=limit, seed=0) != {'FINISHED'}:
        sys.exit('quadriflow refused')
    result = thing.data
else:
    modifier = thing.modifiers.new('collapse', 'DECIMATE')
    modifier.ratio = min(1.0, (2 * limit if method == 'quads' else limit) / count)
    result = bpy.data.meshes.new_from_object(thing.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    if method == 'quads':
        edit = bmesh.new()
        edit.from_mesh(result)
        angle = math.radians(40)
        bmesh.ops.join_triangles(edit, faces=edit.faces, angle_face_threshold=angle, angle_shape_threshold=angle)
        edit.to_mesh(result)
seconds = time.process_time() - start

out = numpy.empty(3 * len(result.vertices), numpy.float32)
result.vertices.foreach_get('co', out)
out.tofile(os.path.join(folder, 'positions'))
out = numpy.empty(len(result.loops), numpy.int32)
result.loops.foreach_get('vertex_index', out)
out.tofile(os.path.join(folder, 'corners'))
out = numpy.empty(len(result.polygons), numpy.int32)
result.polygons.foreach_get('loop_total', out)
out.tofile(os.path.join(folder, 'sizes'))
with open(os.path.join(folder, 'seconds'), 'w') as file:
    json.dump(seconds, file)
`;

export const hasBlender = (): boolean => spawnSync('blender', ['--version'], { stdio: 'ignore' }).status === 0;

/** Reduces a surface with Blender; throws where Blender refuses it. */
export function runBlender(
	{ positions, triangles }: { positions: Float32Array; triangles: Uint32Array },
	method: BlenderMethod,
	faces: number,
): BlenderFaces {
	const folder = mkdtempSync(join(tmpdir(), 'blender-'));
	try {
		writeFileSync(join(folder, 'positions'), positions);
		writeFileSync(join(folder, 'triangles'), triangles);
		writeFileSync(join(folder, 'reduce.py'), SCRIPT);
		const flags = [
			'--background',
			'--factory-startup',
			'--python-exit-code',
			'1',
			'--python',
			join(folder, 'reduce.py'),
		];
		execFileSync('blender', [...flags, '--', folder, method, String(faces)], { stdio: ['ignore', 'ignore', 'pipe'] });
		const bytes = (name: string): ArrayBuffer => Uint8Array.from(readFileSync(join(folder, name))).buffer;
		return {
			positions: new Float32Array(bytes('positions')),
			corners: new Uint32Array(bytes('corners')),
			sizes: new Uint32Array(bytes('sizes')),
			seconds: JSON.parse(readFileSync(join(folder, 'seconds'), 'utf8')) as number,
		};
	} finally {
		rmSync(folder, { recursive: true });
	}
}
