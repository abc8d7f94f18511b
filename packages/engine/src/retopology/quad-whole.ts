import { UnionFind } from '../math/union-find.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';

/** Edges that stay whole when faces are split. */
export type Whole = {
	/** Is the edge from each corner one? F × 4. */
	readonly isWhole: Uint8Array;
	/** Faces that splitting gives then. */
	readonly faces: number;
};

/** Quads of a row that are aimed at, at most. */
const LONGEST = 256;

/** A row of quads, and what leaving the edges that it crosses whole would do. */
type Row = { readonly edge: number; readonly quads: number[]; readonly triangles: number[] };

/**
 * Chooses edges that stay whole when all others are halved and every face is split (quad-split.ts): those that rows of
 * quads cross, from triangle to triangle or border. A quad that a row crosses is split in two across it, one that two rows
 * cross stays, and a triangle at the end of a row becomes a triangle and a quad, without the vertex of three faces that
 * its middle would be. So the faces that are split may be more, or less irregular vertices are left. The shortest rows
 * are chosen, or where more faces would be left than `most`, longer ones. Where there is room they are halved again.
 *
 * @param most Faces that splitting may give.
 */
export function keepWhole({ positions, faces }: QuadMesh, most: number): Whole {
	const vertices = positions.length / 3;
	const edgeOf = new Int32Array(faces.length).fill(-1);
	const known = new Map<number, number>();
	let total = 0;
	for (let f = 0; 4 * f < faces.length; f++) {
		const n = faces[4 * f + 3] === NO_VERTEX ? 3 : 4;
		total += n;
		for (let k = 0; k < n; k++) {
			const u = faces[4 * f + k];
			const v = faces[4 * f + ((k + 1) % n)];
			const name = Math.min(u, v) * vertices + Math.max(u, v);
			const edge = known.get(name) ?? known.size;
			known.set(name, edge);
			edgeOf[4 * f + k] = edge;
		}
	}
	const rows = findRows(edgeOf, known.size);
	let chosen: Row[] = [];
	let left = total;
	for (let length = 0; length <= LONGEST; length = Math.max(1, 2 * length)) {
		const drawn = drawRows(rows.all, edgeOf.length / 4, total, length, most);
		if (drawn.faces >= left && chosen.length > 0) continue;
		({ chosen, faces: left } = drawn);
		if (left <= most) break;
	}
	const isWhole = new Uint8Array(edgeOf.length);
	const roots = new Set(chosen.map(({ edge }) => edge));
	for (let c = 0; c < edgeOf.length; c++) if (edgeOf[c] >= 0 && roots.has(rows.rowOf(edgeOf[c]))) isWhole[c] = 1;
	return { isWhole, faces: left };
}

/** Rows that may stay whole together, of those that end in triangles, the ones nearest to `length` quads first. */
function drawRows(
	all: readonly Row[],
	count: number,
	total: number,
	length: number,
	most: number,
): { chosen: Row[]; faces: number } {
	const crossed = new Uint8Array(count);
	const ended = new Uint8Array(count);
	const chosen: Row[] = [];
	let faces = total;
	const off = ({ quads }: Row): number => Math.abs(quads.length - length);
	for (const row of [...all].sort((a, b) => off(a) - off(b) || a.edge - b.edge)) {
		if (row.triangles.length === 0 || !mayStay(row, ended)) continue;
		faces -= take(row, crossed, ended, 1);
		chosen.push(row);
	}
	// Back to halves, the last first, while there is room for all that they give.
	for (let i = chosen.length - 1; i >= 0; i--) {
		const given = take(chosen[i], crossed, ended, -1);
		if (faces + given > most) take(chosen[i], crossed, ended, 1);
		else {
			faces += given;
			chosen.splice(i, 1);
		}
	}
	return { chosen, faces };
}

/** The rows: quads join the edges across from each other. */
function findRows(edgeOf: Int32Array, edges: number): { all: Row[]; rowOf: (edge: number) => number } {
	const sets = new UnionFind(edges);
	const triangle = (f: number): boolean => edgeOf[4 * f + 3] < 0;
	for (let f = 0; 4 * f < edgeOf.length; f++) {
		if (triangle(f)) continue;
		sets.union(edgeOf[4 * f], edgeOf[4 * f + 2]);
		sets.union(edgeOf[4 * f + 1], edgeOf[4 * f + 3]);
	}
	const rows = new Map<number, Row>();
	const rowAt = (edge: number): Row => {
		const root = sets.find(edge);
		let row = rows.get(root);
		if (!row) {
			row = { edge: root, quads: [], triangles: [] };
			rows.set(root, row);
		}
		return row;
	};
	for (let f = 0; 4 * f < edgeOf.length; f++) {
		if (triangle(f)) for (let k = 0; k < 3; k++) rowAt(edgeOf[4 * f + k]).triangles.push(f);
		else for (let k = 0; k < 2; k++) rowAt(edgeOf[4 * f + k]).quads.push(f);
	}
	return { all: [...rows.values()], rowOf: (edge) => sets.find(edge) };
}

/** Would no triangle have two whole edges? */
function mayStay({ triangles }: Row, ended: Uint8Array): boolean {
	return triangles.every((f, i) => ended[f] === 0 && triangles.indexOf(f) === i);
}

/** Leaves the edges of a row whole (1) or not (-1); faces that this saves, or gives. */
function take({ quads, triangles }: Row, crossed: Uint8Array, ended: Uint8Array, by: 1 | -1): number {
	let saved = triangles.length;
	for (const f of triangles) ended[f] += by;
	for (const f of quads) {
		// Four quads, two, or one.
		saved += Math.max(crossed[f], crossed[f] + by) === 1 ? 2 : 1;
		crossed[f] += by;
	}
	return saved;
}
