import { type Case, jitter } from '../bench/segment.ts';
import { random } from '../packages/engine/src/math/random.ts';
import { type Mesh, NO_MATERIAL, triangleCount } from '../packages/engine/src/mesh/mesh.ts';
import { decimate } from '../packages/engine/src/retopology/decimate.ts';
import { bvhOf } from '../packages/engine/src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../packages/engine/src/spatial/nearest.ts';

/**
 * Copies of a model as users bring it: `clean` as it is, `plain` without materials, `noisy` with its vertices moved and
 * without materials, `voxel` with a new surface drawn around its volume on a grid, as generators do, `fine` the same on
 * a finer grid, `painted` the same with the materials of what lay nearest, `coarse` that without, with a fifth of its
 * triangles. The same name and seed give the same copy.
 */
export type CopyKind = 'clean' | 'plain' | 'noisy' | 'voxel' | 'fine' | 'painted' | 'coarse';

/** Standard deviation of the noise, in bounding-box diagonals: log-uniform between these. */
const SIGMA = [0.0003, 0.002] as const;
/** Cells of the grid along the longest side: between these. */
const RESOLUTION = { voxel: [56, 104], fine: [112, 160], painted: [80, 128], coarse: [80, 128] } as const;
/** Share of the triangles that `coarse` copies keep. */
const KEPT = 0.2;
/** Noise of remeshed copies. */
const VOXEL_SIGMA = 0.0003;

export function copyOf(original: Case, kind: CopyKind, seed: number): Case {
	if (kind === 'clean') return original;
	const materialOf = new Uint16Array(triangleCount(original.mesh)).fill(NO_MATERIAL);
	const plain = { ...original.mesh, corner: {}, materialOf };
	if (kind === 'plain') return { ...original, mesh: plain };
	const draw = random(seed);
	draw();
	if (kind === 'noisy') return { ...original, mesh: jitter(plain, SIGMA[0] * (SIGMA[1] / SIGMA[0]) ** draw(), seed) };
	const [least, most] = RESOLUTION[kind];
	const whole = remesh(original.mesh, Math.round(least + draw() * (most - least)));
	const faceLimit = Math.round(KEPT * triangleCount(whole));
	const mesh = kind === 'coarse' ? decimate(whole, { faceLimit }).mesh : whole;
	const from = nearestTriangles(original.mesh, mesh);
	const painted =
		kind === 'painted' ? { ...mesh, materialOf: Uint16Array.from(from, (t) => original.mesh.materialOf[t]) } : mesh;
	return {
		name: original.name,
		mesh: jitter(painted, VOXEL_SIGMA * draw(), seed),
		truths: original.truths.map((truth) => Uint32Array.from(from, (t) => truth[t])),
	};
}

/** Triangle of `source` nearest to the middle of each triangle of `mesh`. T. */
function nearestTriangles(source: Mesh, { positions: p, triangles }: Mesh): Uint32Array {
	const bvh = bvhOf(source);
	const found = newNearest();
	const from = new Uint32Array(triangles.length / 3);
	for (let t = 0; t < from.length; t++) {
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		nearestPoint(
			bvh,
			(p[i] + p[j] + p[k]) / 3,
			(p[i + 1] + p[j + 1] + p[k + 1]) / 3,
			(p[i + 2] + p[j + 2] + p[k + 2]) / 3,
			Number.POSITIVE_INFINITY,
			found,
		);
		from[t] = found.triangle;
	}
	return from;
}

/** A closed surface around the mesh's volume: a grid of `resolution` cells along the longest side. */
function remesh(mesh: Mesh, resolution: number): Mesh {
	const low = [Infinity, Infinity, Infinity];
	const high = [-Infinity, -Infinity, -Infinity];
	for (let i = 0; i < mesh.positions.length; i++) {
		low[i % 3] = Math.min(low[i % 3], mesh.positions[i]);
		high[i % 3] = Math.max(high[i % 3], mesh.positions[i]);
	}
	const cell = Math.max(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / resolution;
	// Four cells of air on each side.
	const size = [0, 1, 2].map((axis) => Math.ceil((high[axis] - low[axis]) / cell) + 8) as [number, number, number];
	const origin = low.map((x) => x - 4 * cell);
	const field = new Float32Array(size[0] * size[1] * size[2]);
	// Lines along each axis vote: where the mesh is open, two of them outvote the one that leaks.
	for (let axis = 0; axis < 3; axis++) fillAlong(mesh, axis, origin, cell, size, field);
	return surfaceNet(blur(field, size), 1.5, origin, cell, size);
}

/** Adds to each cell the share of its height, along `axis`, that lies inside: where lines have entered more than left. */
function fillAlong(
	{ positions, triangles }: Mesh,
	axis: number,
	origin: readonly number[],
	cell: number,
	size: readonly [number, number, number],
	field: Float32Array,
): void {
	const u = (axis + 1) % 3;
	const v = (axis + 2) % 3;
	const crossings: number[][] = Array.from({ length: size[u] * size[v] }, () => []);
	const at = (vertex: number, along: number): number => (positions[3 * vertex + along] - origin[along]) / cell;
	for (let t = 0; t < triangles.length; t += 3) {
		const [i, j, k] = [triangles[t], triangles[t + 1], triangles[t + 2]];
		const [iu, iv, ju, jv, ku, kv] = [at(i, u), at(i, v), at(j, u), at(j, v), at(k, u), at(k, v)];
		const double = (ju - iu) * (kv - iv) - (jv - iv) * (ku - iu);
		if (double === 0) continue;
		// Lines run through points off the grid's symmetry, so that they hardly ever meet an edge.
		for (let a = Math.ceil(Math.min(iu, ju, ku) - OFF); a + OFF <= Math.max(iu, ju, ku); a++)
			for (let b = Math.ceil(Math.min(iv, jv, kv) - OFF); b + OFF <= Math.max(iv, jv, kv); b++) {
				const x = a + OFF;
				const y = b + OFF;
				const wj = ((x - iu) * (kv - iv) - (y - iv) * (ku - iu)) / double;
				const wk = ((ju - iu) * (y - iv) - (jv - iv) * (x - iu)) / double;
				if (wj < 0 || wk < 0 || wj + wk > 1) continue;
				const height = at(i, axis) + wj * (at(j, axis) - at(i, axis)) + wk * (at(k, axis) - at(i, axis));
				crossings[a * size[v] + b].push(height, double > 0 ? 1 : -1);
			}
	}
	const stride = [size[1] * size[2], size[2], 1];
	for (let line = 0; line < crossings.length; line++) {
		const list = crossings[line];
		const order = Array.from({ length: list.length / 2 }, (_, c) => 2 * c).sort((c, d) => list[c] - list[d]);
		const base = Math.floor(line / size[v]) * stride[u] + (line % size[v]) * stride[v];
		let depth = 0;
		for (let c = 0; c + 1 < order.length; c++) {
			depth += list[order[c] + 1];
			if (depth === 0) continue;
			const from = list[order[c]];
			const to = list[order[c + 1]];
			for (let z = Math.floor(from); z <= to; z++)
				field[base + z * stride[axis]] += Math.max(0, Math.min(to, z + 1) - Math.max(from, z));
		}
	}
}
const OFF = 0.5 + 1 / 1031;

/** Mean over 3 × 3 × 3 cells, the middle ones twice: takes the steps off, leaves the grid's ripples. */
function blur(field: Float32Array, size: readonly [number, number, number]): Float32Array {
	let current = field;
	for (const step of [1, size[2], size[1] * size[2]]) {
		const following = current.slice();
		for (let i = step; i < current.length - step; i++)
			following[i] = (current[i - step] + 2 * current[i] + current[i + step]) / 4;
		current = following;
	}
	return current;
}

/** The surface where the field passes `level`. Gibson. Constrained elastic surface nets. 1998 (without relaxation). */
function surfaceNet(
	field: Float32Array,
	level: number,
	origin: readonly number[],
	cell: number,
	size: readonly [number, number, number],
): Mesh {
	const stride = [size[1] * size[2], size[2], 1];
	const corners = [0, 1, 2, 3, 4, 5, 6, 7].map(
		(c) => (c & 1) * stride[0] + ((c >> 1) & 1) * stride[1] + ((c >> 2) & 1) * stride[2],
	);
	const vertexOf = new Int32Array(field.length).fill(-1);
	const positions: number[] = [];
	for (let x = 0; x + 1 < size[0]; x++)
		for (let y = 0; y + 1 < size[1]; y++)
			for (let z = 0; z + 1 < size[2]; z++) {
				const base = x * stride[0] + y * stride[1] + z;
				const middle = [0, 0, 0];
				let found = 0;
				for (let c = 0; c < 8; c++)
					for (let axis = 0; axis < 3; axis++) {
						if ((c >> axis) & 1) continue;
						const p = field[base + corners[c]] - level;
						const q = field[base + corners[c | (1 << axis)]] - level;
						if (p < 0 === q < 0) continue;
						found++;
						for (let along = 0; along < 3; along++) middle[along] += along === axis ? p / (p - q) : (c >> along) & 1;
					}
				if (found === 0) continue;
				vertexOf[base] = positions.length / 3;
				for (let axis = 0; axis < 3; axis++)
					positions.push(origin[axis] + cell * ([x, y, z][axis] + 0.5 + middle[axis] / found));
			}
	const triangles: number[] = [];
	for (let i = 0; i < field.length; i++) {
		for (let axis = 0; axis < 3; axis++) {
			const j = i + stride[axis];
			if (j >= field.length || field[i] < level === field[j] < level) continue;
			const u = stride[(axis + 1) % 3];
			const v = stride[(axis + 2) % 3];
			const quad = [vertexOf[i - u - v], vertexOf[i - v], vertexOf[i], vertexOf[i - u]];
			if (field[i] < level) quad.reverse();
			triangles.push(quad[0], quad[1], quad[2], quad[0], quad[2], quad[3]);
		}
	}
	return {
		positions: Float32Array.from(positions),
		triangles: Uint32Array.from(triangles),
		corner: {},
		materialOf: new Uint16Array(triangles.length / 3).fill(NO_MATERIAL),
	};
}
