import { MeshError } from '../errors.ts';
import { type CornerAttribute, type Mesh, NO_ROW, triangleCount } from '../mesh/mesh.ts';
import { RowWeld } from '../mesh/weld.ts';

export type TangentOptions = {
	/** Corner attribute that the normal map is looked up by, v down. Default `uv`. */
	readonly uv?: string;
	/** Triangles that need tangents; the corners of the others have NO_ROW. Default: all. */
	readonly only?: Uint32Array;
};

export const TANGENT_DEFAULTS = Object.freeze({ uv: 'uv' });

/**
 * The tangent space that normal maps are baked and shown in, as glTF wants it: MikkTSpace over corner normals and
 * texture coordinates. x of a normal map is along the tangent, y along `cross(normal, tangent) · w`, z along the normal.
 *
 * Triangles whose corners lack a normal or texture coordinates have none. Where the texture coordinates span no area the
 * tangent is some direction of unit length.
 *
 * Source: Mikkelsen. Simulation of wrinkled surfaces revisited. 2008 [mikkelsen2008]; computed by meshoptimizer, whose
 * handedness is turned over, since v runs down here.
 *
 * @returns xyz of unit length and handedness w = ±1. N × 4.
 * @throws MeshError `invalid-option`: the mesh has no `normal` or no such texture coordinates.
 */
export async function tangents(mesh: Mesh, options: TangentOptions = {}): Promise<CornerAttribute> {
	const { uv: name } = { ...TANGENT_DEFAULTS, ...options };
	const { normal } = mesh.corner;
	const uv = mesh.corner[name];
	if (!normal || !uv) throw new MeshError('invalid-option', `tangents need the corner attributes normal and ${name}`);
	const list = listComplete(mesh, normal, uv, options.only);
	const { MeshoptTangents } = await import('meshoptimizer/tangents');
	await MeshoptTangents.ready;
	const found = MeshoptTangents.generateTangents(
		null,
		gather(mesh.positions, 3, mesh.triangles, list),
		3,
		gather(normal.values, 3, normal.indices, list),
		3,
		gather(uv.values, 2, uv.indices, list),
		2,
		['Compatible'],
	);
	for (let i = 3; i < found.length; i += 4) found[i] = -found[i];
	const rowOf = new Uint32Array(3 * list.length);
	const weld = new RowWeld(4);
	weld.add(found, rowOf.length, rowOf);
	const indices = new Uint32Array(mesh.triangles.length).fill(NO_ROW);
	for (let i = 0; i < list.length; i++) for (let k = 0; k < 3; k++) indices[3 * list[i] + k] = rowOf[3 * i + k];
	return { values: weld.values(), indices, size: 4 };
}

/** Triangles whose corners all have a normal and texture coordinates. */
function listComplete(mesh: Mesh, normal: CornerAttribute, uv: CornerAttribute, only?: Uint32Array): Uint32Array {
	const wanted = only ?? Uint32Array.from({ length: triangleCount(mesh) }, (_, t) => t);
	return wanted.filter((t) => {
		for (let c = 3 * t; c < 3 * t + 3; c++) if (normal.indices[c] === NO_ROW || uv.indices[c] === NO_ROW) return false;
		return true;
	});
}

/** The rows of three corners of each triangle of the list, one after another. */
function gather(values: Float32Array, size: 2 | 3, rowOf: Uint32Array, list: Uint32Array): Float32Array {
	const gathered = new Float32Array(3 * list.length * size);
	let at = 0;
	for (let i = 0; i < list.length; i++) {
		for (let c = 3 * list[i]; c < 3 * list[i] + 3; c++) {
			const row = rowOf[c] * size;
			for (let k = 0; k < size; k++) gathered[at++] = values[row + k];
		}
	}
	return gathered;
}
