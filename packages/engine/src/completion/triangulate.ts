/**
 * Spans a loop with triangles between its own vertices: least (largest dihedral angle, area), the angle first.
 *
 * Based on: Liepa. Filling holes in meshes. 2003. [liepa2003]
 * Departs from it: angles are weighed by area (their product is minimal) instead of one after the other, which costs
 * half and does not let one unavoidable fold decide the rest; loops above MOST vertices are first halved at the chord
 * that is shortest for the arc it cuts off, since the table is cubic.
 *
 * @param positions xyz of all vertices. V × 3.
 * @param loop Vertices in the direction of the wanted triangles, at least 3.
 * @param isTaken Whether an edge between two vertices is already in the surface: a second one would not be manifold.
 * @param how `isBlocked`: whether a triangle may not be used, because it would cross something; none is where absent.
 *   `most`: loops up to this length go into one table. Default 160. `check`: called often; throws where the run was stopped.
 * @returns Triangles, three vertices each; undefined where every triangulation would use a taken edge or a blocked triangle.
 */
export function triangulateLoop(
	positions: ArrayLike<number>,
	loop: ArrayLike<number>,
	isTaken: (a: number, b: number) => boolean,
	{ isBlocked, most = MOST, check = () => {} }: TriangulateOptions = {},
): number[] | undefined {
	const triangles: number[] = [];
	const pending: number[][] = [Array.from(loop)];
	while (pending.length > 0) {
		const piece = pending.pop()!;
		const chord = piece.length > most ? shortestChord(positions, piece, isTaken) : undefined;
		if (chord) {
			const [i, j] = chord;
			pending.push(piece.slice(i, j + 1), [...piece.slice(j), ...piece.slice(0, i + 1)]);
		} else if (piece.length > 4 * most || !spanSmall(positions, piece, isTaken, triangles, check, isBlocked))
			return undefined;
	}
	return triangles;
}

type IsBlocked = (a: number, b: number, c: number) => boolean;
type TriangulateOptions = { readonly isBlocked?: IsBlocked; readonly most?: number; readonly check?: () => void };

/** 160³/6 triples take about 10 ms. */
const MOST = 160;

/** Chord with the smallest length for the smaller of the two arcs between its ends, each at least a quarter. */
function shortestChord(
	positions: ArrayLike<number>,
	loop: readonly number[],
	isTaken: (a: number, b: number) => boolean,
): [number, number] | undefined {
	const n = loop.length;
	const least = n >> 2;
	let best = Infinity;
	let chord: [number, number] | undefined;
	for (let i = 0; i < n; i++) {
		for (let j = i + least; j < n && j - i <= n - least; j++) {
			const a = 3 * loop[i];
			const b = 3 * loop[j];
			const x = positions[a] - positions[b];
			const y = positions[a + 1] - positions[b + 1];
			const z = positions[a + 2] - positions[b + 2];
			const squared = x * x + y * y + z * z;
			if (squared >= best || squared === 0 || isTaken(loop[i], loop[j])) continue;
			best = squared;
			chord = [i, j];
		}
	}
	return chord;
}

/** The table: cost[i][k] of the best triangulation of the loop from i to k, apex[i][k] of its triangle on that chord. */
function spanSmall(
	positions: ArrayLike<number>,
	loop: readonly number[],
	isTaken: (a: number, b: number) => boolean,
	out: number[],
	check: () => void,
	isBlocked?: IsBlocked,
): boolean {
	const n = loop.length;
	const points = new Float64Array(3 * n);
	for (let i = 0; i < n; i++) for (let k = 0; k < 3; k++) points[3 * i + k] = positions[3 * loop[i] + k];
	const cost = new Float64Array(n * n);
	const apex = new Int32Array(n * n).fill(-1);
	// Normals of the triangle on each chord, for the angle across it.
	const normals = new Float64Array(3 * n * n);
	for (let span = 2; span < n; span++) {
		check();
		for (let i = 0; i + span < n; i++) {
			const k = i + span;
			const ik = i * n + k;
			cost[ik] = Infinity;
			if (span < n - 1 && isTaken(loop[i], loop[k])) continue;
			const ex = points[3 * k] - points[3 * i];
			const ey = points[3 * k + 1] - points[3 * i + 1];
			const ez = points[3 * k + 2] - points[3 * i + 2];
			for (let j = i + 1; j < k; j++) {
				const ij = i * n + j;
				const jk = j * n + k;
				const below = cost[ij] + cost[jk];
				if (below >= cost[ik]) continue;
				const fx = points[3 * j] - points[3 * i];
				const fy = points[3 * j + 1] - points[3 * i + 1];
				const fz = points[3 * j + 2] - points[3 * i + 2];
				let x = fy * ez - fz * ey;
				let y = fz * ex - fx * ez;
				let z = fx * ey - fy * ex;
				const area = Math.sqrt(x * x + y * y + z * z);
				if (area > 0) {
					x /= area;
					y /= area;
					z /= area;
				}
				let fold = 0;
				if (j > i + 1) fold += 1 - (x * normals[3 * ij] + y * normals[3 * ij + 1] + z * normals[3 * ij + 2]);
				if (k > j + 1) fold += 1 - (x * normals[3 * jk] + y * normals[3 * jk + 1] + z * normals[3 * jk + 2]);
				const total = below + area * (1 + FOLD * fold);
				if (total >= cost[ik] || isBlocked?.(loop[i], loop[j], loop[k])) continue;
				cost[ik] = total;
				apex[ik] = j;
				normals[3 * ik] = x;
				normals[3 * ik + 1] = y;
				normals[3 * ik + 2] = z;
			}
		}
	}
	if (apex[n - 1] < 0) return false;
	const chords = [0, n - 1];
	while (chords.length > 0) {
		const k = chords.pop()!;
		const i = chords.pop()!;
		if (k < i + 2) continue;
		const j = apex[i * n + k];
		out.push(loop[i], loop[j], loop[k]);
		chords.push(i, j, j, k);
	}
	return true;
}

/** What a fold of 90° costs, in areas of the triangle. */
const FOLD = 1;
