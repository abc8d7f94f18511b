import type { Accessor, Node, Primitive, Skin, TypedArray } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';

/** Vertices of a primitive where a viewer shows them at rest: morphed by the default weights, skinned, in the world. */
export type Posed = {
	/** n × 3. */
	readonly points: Float32Array;
	/** Unit length (zero stays zero), n × 3; absent where the file has none. */
	readonly normals: Float32Array | undefined;
	/** xyz of unit length (zero stays zero) and handedness as in the file, n × 4; absent where the file has none. */
	readonly tangents: Float32Array | undefined;
};

/** 4 × 4, column-major, as glTF has them. */
export type Matrix = ArrayLike<number>;

/** Poses the nodes of one document; remembers the matrices that it has met. */
export class Pose {
	readonly #worldOf = new Map<Node, Matrix>();
	readonly #jointsOf = new Map<Skin, Float64Array>();

	/** Object-to-world matrix of a node at rest. */
	world(node: Node): Matrix {
		let world = this.#worldOf.get(node);
		if (!world) {
			const parent = node.getParentNode();
			world = parent ? multiply(this.world(parent), node.getMatrix()) : node.getMatrix();
			this.#worldOf.set(node, world);
		}
		return world;
	}

	/** True where the node itself, without a skin, is a mirror. */
	mirrors(node: Node): boolean {
		return determinant(this.world(node), 0) < 0;
	}

	/** True where the triangles of the node show their back to the outside as the file winds them. */
	mirrored(node: Node): boolean {
		const skin = node.getSkin();
		if (!skin) return this.mirrors(node);
		const joints = this.joints(skin);
		let sign = 0;
		for (let j = 0; j < joints.length; j += 16) sign += Math.sign(determinant(joints, j));
		return sign < 0;
	}

	/**
	 * Poses the first `n` vertices listed in `used`.
	 * @throws `not-finite`, `out-of-range` (a joint that the skin does not have).
	 */
	place(node: Node, primitive: Primitive, used: Uint32Array, n: number): Posed {
		const rest = gather(primitive.getAttribute('POSITION')!, used, n);
		const normal = primitive.getAttribute('NORMAL');
		const restNormals = normal && normal.getElementSize() === 3 ? gather(normal, used, n) : undefined;
		const tangent = primitive.getAttribute('TANGENT');
		const restTangents = tangent && tangent.getElementSize() === 4 ? gather(tangent, used, n) : undefined;
		addMorphs(node, primitive, used, n, rest, restNormals, restTangents);
		const skin = node.getSkin();
		const influences = skin ? readInfluences(primitive, skin, used, n) : undefined;
		const posed =
			skin && influences
				? placeSkinned(rest, restNormals, restTangents, influences, this.joints(skin))
				: placeRigid(rest, restNormals, restTangents, this.world(node));
		for (let i = 0; i < 3 * n; i++) {
			if (!Number.isFinite(posed.points[i])) {
				const vertex = used[Math.floor(i / 3)];
				const name = node.getName() || node.getMesh()?.getName() || 'a node';
				throw new MeshError('not-finite', `Vertex ${vertex} of ${name} is not at a finite position.`, { vertex });
			}
		}
		return posed;
	}

	/** Joint matrices of a skin: world of the joint times its inverse bind matrix. joints × 16. */
	joints(skin: Skin): Float64Array {
		let matrices = this.#jointsOf.get(skin);
		if (!matrices) {
			const joints = skin.listJoints();
			const inverseBind = skin.getInverseBindMatrices();
			matrices = new Float64Array(16 * joints.length);
			for (let j = 0; j < joints.length; j++) {
				const world = this.world(joints[j]);
				matrices.set(inverseBind ? multiply(world, inverseBind.getElement(j, [])) : Array.from(world), 16 * j);
			}
			this.#jointsOf.set(skin, matrices);
		}
		return matrices;
	}
}

/** Weights of the morph targets where nothing animates them. */
export function defaultWeights(node: Node): readonly number[] {
	const own = node.getWeights();
	return own.length > 0 ? own : (node.getMesh()?.getWeights() ?? []);
}

/** Factor that turns the stored numbers of an accessor into its values. */
export function unitOf(accessor: Accessor): number {
	const array = accessor.getArray()!;
	if (!accessor.getNormalized() || array instanceof Float32Array || array instanceof Float64Array) return 1;
	const bits = 8 * array.BYTES_PER_ELEMENT;
	const signed = array instanceof Int8Array || array instanceof Int16Array;
	return 1 / (2 ** (signed ? bits - 1 : bits) - 1);
}

/** Values of the rows `used` of an accessor. n × its size. Normalised integers reach from -1 or 0 to 1. */
function gather(accessor: Accessor, used: Uint32Array, n: number): Float64Array {
	const array = accessor.getArray() as TypedArray;
	const size = accessor.getElementSize();
	const unit = unitOf(accessor);
	const values = new Float64Array(n * size);
	for (let i = 0; i < n; i++) {
		const row = used[i] * size;
		for (let k = 0; k < size; k++) values[i * size + k] = array[row + k] * unit;
	}
	// The lowest value of a signed normalised integer stands for -1 too.
	if (unit !== 1) for (let i = 0; i < values.length; i++) if (values[i] < -1) values[i] = -1;
	return values;
}

function addMorphs(
	node: Node,
	primitive: Primitive,
	used: Uint32Array,
	n: number,
	points: Float64Array,
	normals: Float64Array | undefined,
	tangents: Float64Array | undefined,
): void {
	const weights = defaultWeights(node);
	const targets = primitive.listTargets();
	for (let k = 0; k < targets.length; k++) {
		const weight = weights[k] ?? 0;
		if (weight === 0) continue;
		const position = targets[k].getAttribute('POSITION');
		if (position) addScaled(points, gather(position, used, n), weight);
		const normal = targets[k].getAttribute('NORMAL');
		if (normals && normal) addScaled(normals, gather(normal, used, n), weight);
		const tangent = targets[k].getAttribute('TANGENT');
		if (!tangents || !tangent || tangent.getElementSize() !== 3) continue;
		const deltas = gather(tangent, used, n);
		for (let i = 0; i < 3 * n; i++) tangents[4 * Math.floor(i / 3) + (i % 3)] += weight * deltas[i];
	}
}

function addScaled(sum: Float64Array, delta: Float64Array, weight: number): void {
	for (let i = 0; i < sum.length; i++) sum[i] += weight * delta[i];
}

function placeRigid(
	rest: Float64Array,
	restNormals: Float64Array | undefined,
	restTangents: Float64Array | undefined,
	m: Matrix,
): Posed {
	const n = rest.length / 3;
	const points = new Float32Array(3 * n);
	const [m0, m1, m2, , m4, m5, m6, , m8, m9, m10, , m12, m13, m14] = Array.from(m);
	for (let i = 0; i < 3 * n; i += 3) {
		const x = rest[i];
		const y = rest[i + 1];
		const z = rest[i + 2];
		points[i] = m0 * x + m4 * y + m8 * z + m12;
		points[i + 1] = m1 * x + m5 * y + m9 * z + m13;
		points[i + 2] = m2 * x + m6 * y + m10 * z + m14;
	}
	const tangents = restTangents && new Float32Array(4 * n);
	if (restTangents && tangents) for (let i = 0; i < 4 * n; i += 4) turnTangent(m, restTangents, tangents, i);
	if (!restNormals) return { points, normals: undefined, tangents };
	const normals = new Float32Array(3 * n);
	const cofactor = new Float64Array(9);
	cofactors(m, cofactor);
	for (let i = 0; i < 3 * n; i += 3) turnNormal(cofactor, restNormals, normals, i);
	return { points, normals, tangents };
}

/** Joints and weights of n vertices, `sets` × 4 a vertex; weights sum to 1. */
type Influences = { readonly joints: Float64Array[]; readonly weights: Float64Array[]; readonly total: Float64Array };

/** Sums other than 1 are mended as viewers do: divided by, or all to the first joint where there is none. */
function readInfluences(primitive: Primitive, skin: Skin, used: Uint32Array, n: number): Influences | undefined {
	const joints: Float64Array[] = [];
	const weights: Float64Array[] = [];
	for (let set = 0; ; set++) {
		const joint = primitive.getAttribute(`JOINTS_${set}`);
		const weight = primitive.getAttribute(`WEIGHTS_${set}`);
		if (!joint || !weight || joint.getElementSize() !== 4 || weight.getElementSize() !== 4) break;
		joints.push(gather(joint, used, n));
		weights.push(gather(weight, used, n));
	}
	if (joints.length === 0) return undefined;
	const total = new Float64Array(n);
	const count = skin.listJoints().length;
	for (let set = 0; set < joints.length; set++) {
		for (let k = 0; k < 4 * n; k++) {
			total[k >> 2] += weights[set][k];
			if (weights[set][k] !== 0 && joints[set][k] >= count) {
				throw new MeshError('out-of-range', `Vertex ${used[k >> 2]} names joint ${joints[set][k]} of ${count}.`, {
					vertex: used[k >> 2],
					joint: joints[set][k],
				});
			}
		}
	}
	for (let i = 0; i < n; i++) {
		if (total[i] > 0 && Number.isFinite(total[i])) continue;
		for (const set of weights) set.fill(0, 4 * i, 4 * i + 4);
		joints[0][4 * i] = 0;
		weights[0][4 * i] = 1;
		total[i] = 1;
	}
	return { joints, weights, total };
}

function placeSkinned(
	rest: Float64Array,
	restNormals: Float64Array | undefined,
	restTangents: Float64Array | undefined,
	{ joints, weights, total }: Influences,
	matrices: Float64Array,
): Posed {
	const n = rest.length / 3;
	const points = new Float32Array(3 * n);
	const normals = restNormals && new Float32Array(3 * n);
	const tangents = restTangents && new Float32Array(4 * n);
	const m = new Float64Array(16);
	const cofactor = new Float64Array(9);
	for (let i = 0; i < n; i++) {
		m.fill(0);
		for (let set = 0; set < joints.length; set++) {
			for (let k = 4 * i; k < 4 * i + 4; k++) {
				const weight = weights[set][k] / total[i];
				if (weight === 0) continue;
				const from = 16 * joints[set][k];
				for (let e = 0; e < 16; e++) m[e] += weight * matrices[from + e];
			}
		}
		const x = rest[3 * i];
		const y = rest[3 * i + 1];
		const z = rest[3 * i + 2];
		points[3 * i] = m[0] * x + m[4] * y + m[8] * z + m[12];
		points[3 * i + 1] = m[1] * x + m[5] * y + m[9] * z + m[13];
		points[3 * i + 2] = m[2] * x + m[6] * y + m[10] * z + m[14];
		if (restNormals && normals) {
			cofactors(m, cofactor);
			turnNormal(cofactor, restNormals, normals, 3 * i);
		}
		if (restTangents && tangents) turnTangent(m, restTangents, tangents, 4 * i);
	}
	return { points, normals, tangents };
}

/** Normals turn by the inverse transpose: the cofactors, with the sign of the determinant. Row-major 3 × 3. */
function cofactors(m: Matrix, out: Float64Array): void {
	const sign = determinant(m, 0) < 0 ? -1 : 1;
	out[0] = sign * (m[5] * m[10] - m[6] * m[9]);
	out[1] = sign * (m[2] * m[9] - m[1] * m[10]);
	out[2] = sign * (m[1] * m[6] - m[2] * m[5]);
	out[3] = sign * (m[6] * m[8] - m[4] * m[10]);
	out[4] = sign * (m[0] * m[10] - m[2] * m[8]);
	out[5] = sign * (m[2] * m[4] - m[0] * m[6]);
	out[6] = sign * (m[4] * m[9] - m[5] * m[8]);
	out[7] = sign * (m[1] * m[8] - m[0] * m[9]);
	out[8] = sign * (m[0] * m[5] - m[1] * m[4]);
}

function turnNormal(cofactor: Float64Array, from: Float64Array, to: Float32Array, i: number): void {
	const x = cofactor[0] * from[i] + cofactor[1] * from[i + 1] + cofactor[2] * from[i + 2];
	const y = cofactor[3] * from[i] + cofactor[4] * from[i + 1] + cofactor[5] * from[i + 2];
	const z = cofactor[6] * from[i] + cofactor[7] * from[i + 1] + cofactor[8] * from[i + 2];
	const length = Math.sqrt(x * x + y * y + z * z);
	if (!(length > 0)) return;
	to[i] = x / length + 0; // -0 + 0 = 0
	to[i + 1] = y / length + 0;
	to[i + 2] = z / length + 0;
}

/** Tangents turn with the surface; their handedness is applied in the world. */
function turnTangent(m: Matrix, from: Float64Array, to: Float32Array, i: number): void {
	const x = m[0] * from[i] + m[4] * from[i + 1] + m[8] * from[i + 2];
	const y = m[1] * from[i] + m[5] * from[i + 1] + m[9] * from[i + 2];
	const z = m[2] * from[i] + m[6] * from[i + 1] + m[10] * from[i + 2];
	const length = Math.sqrt(x * x + y * y + z * z);
	to[i + 3] = from[i + 3];
	if (!(length > 0)) return;
	to[i] = x / length + 0; // -0 + 0 = 0
	to[i + 1] = y / length + 0;
	to[i + 2] = z / length + 0;
}

/** Of the upper left 3 × 3 of the matrix at `at`. */
function determinant(m: Matrix, at: number): number {
	const a = m[at + 5] * m[at + 10] - m[at + 6] * m[at + 9];
	const b = m[at + 1] * m[at + 10] - m[at + 2] * m[at + 9];
	const c = m[at + 1] * m[at + 6] - m[at + 2] * m[at + 5];
	return m[at] * a - m[at + 4] * b + m[at + 8] * c;
}

/**
 * Inverse of a matrix without perspective; none where the matrix at `at` is flat.
 *
 * @param flat Share of the cube of the longest axis below which a volume counts as none.
 */
export function invertAffine(m: Matrix, at: number, flat: number): Float64Array | undefined {
	const volume = determinant(m, at);
	let longest = 0;
	for (let axis = at; axis < at + 12; axis += 4)
		longest = Math.max(longest, Math.hypot(m[axis], m[axis + 1], m[axis + 2]));
	if (!(Math.abs(volume) > flat * longest ** 3)) return undefined;
	const out = new Float64Array(16);
	for (let row = 0; row < 3; row++) {
		for (let column = 0; column < 3; column++) {
			const a = at + 4 * ((row + 1) % 3);
			const b = at + 4 * ((row + 2) % 3);
			const i = (column + 1) % 3;
			const j = (column + 2) % 3;
			out[row + 4 * column] = (m[a + i] * m[b + j] - m[a + j] * m[b + i]) / volume;
		}
	}
	for (let row = 0; row < 3; row++) {
		out[row + 12] = -(out[row] * m[at + 12] + out[row + 4] * m[at + 13] + out[row + 8] * m[at + 14]);
	}
	out[15] = 1;
	return out;
}

function multiply(a: Matrix, b: Matrix): number[] {
	const out = new Array<number>(16);
	for (let column = 0; column < 16; column += 4) {
		for (let row = 0; row < 4; row++) {
			out[column + row] =
				a[row] * b[column] + a[row + 4] * b[column + 1] + a[row + 8] * b[column + 2] + a[row + 12] * b[column + 3];
		}
	}
	return out;
}
