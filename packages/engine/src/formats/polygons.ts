import type { Mesh } from '../mesh/mesh.ts';
import type { Rows } from '../mesh/topology.ts';

/**
 * The polygons of a mesh as lists of corners, counter-clockwise, in the order of their triangles.
 *
 * A polygon begins where all its triangles meet, so that who cuts it as a fan gets the same triangles. Triangles of one
 * `polygonOf` that do not make one simple ring, or that a seam of some attribute runs between, stay triangles.
 *
 * @returns corners of polygon `f`: `list[offsets[f] .. offsets[f + 1]]`.
 */
export function listPolygons({ triangles, corner, polygonOf }: Mesh): Rows {
	const count = triangles.length / 3;
	const offsets = new Uint32Array(count + 1);
	const list = new Uint32Array(triangles.length);
	const rowsOf = Object.values(corner).map(({ indices }) => indices);
	let polygons = 0;
	let filled = 0;
	for (let t = 0; t < count; ) {
		let end = t + 1;
		while (polygonOf && end < count && polygonOf[end] === polygonOf[t]) end++;
		const ring = end - t > 1 ? findRing(triangles, rowsOf, t, end) : undefined;
		if (ring) {
			list.set(ring, filled);
			filled += ring.length;
			offsets[++polygons] = filled;
		} else {
			for (; t < end; t++) {
				for (let k = 0; k < 3; k++) list[filled++] = 3 * t + k;
				offsets[++polygons] = filled;
			}
		}
		t = end;
	}
	return { offsets: offsets.slice(0, polygons + 1), list: list.slice(0, filled) };
}

/** Corners along the outline of the triangles `from .. to`; none where it is not one ring around a disc. */
function findRing(
	triangles: Uint32Array,
	rowsOf: readonly Uint32Array[],
	from: number,
	to: number,
): number[] | undefined {
	const next = (c: number): number => (c % 3 === 2 ? c - 2 : c + 1);
	const corners = Array.from({ length: 3 * (to - from) }, (_, i) => 3 * from + i);
	const firstAt = new Map<number, number>();
	for (const c of corners) {
		const first = firstAt.get(triangles[c]);
		if (first === undefined) firstAt.set(triangles[c], c);
		else if (rowsOf.some((rows) => rows[first] !== rows[c])) return undefined;
	}
	const isInner = (c: number): boolean =>
		corners.some((other) => triangles[other] === triangles[next(c)] && triangles[next(other)] === triangles[c]);
	const outline = corners.filter((c) => !isInner(c));
	if (outline.length !== to - from + 2 || outline.length !== firstAt.size) return undefined;
	const outAt = new Map(outline.map((c) => [triangles[c], c]));
	if (outAt.size !== outline.length) return undefined;
	const meets = (c: number): number => corners.filter((other) => triangles[other] === triangles[c]).length;
	const ring: number[] = [];
	const start = outline.find((c) => meets(c) === to - from) ?? outline[0];
	for (let c: number | undefined = start; c !== undefined && ring.length < outline.length; ) {
		ring.push(c);
		c = outAt.get(triangles[next(c)]);
		if (c === start) break;
	}
	return ring.length === outline.length ? ring : undefined;
}
