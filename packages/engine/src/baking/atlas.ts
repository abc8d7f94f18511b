import { EMPTY } from '../image/dilate.ts';
import { type Mesh, NO_ROW, next, triangleCount } from '../mesh/mesh.ts';

/** Which texels the triangles of a mesh cover in its texture, and in which order they are baked. */
export type Atlas = {
	/** Texels along each side. */
	readonly size: number;
	/** Triangles in the order in which they are baked: neighbours in the texture follow each other. T. */
	readonly order: Uint32Array;
	/** Texels of triangle `order[i]`: `texels[offsets[i] .. offsets[i + 1]]`, as `y · size + x`, tile by tile of 8 × 8. */
	readonly texels: Uint32Array;
	readonly offsets: Uint32Array;
	/** Triangle of each texel, or EMPTY. size × size. */
	readonly owner: Int32Array;
	/** Corners in texels, NaN for triangles without texture coordinates. T × 6. */
	readonly corners: Float64Array;
	/** Triangles without texture coordinates. */
	readonly without: number;
	/** Texels whose middle lies inside several triangles. */
	readonly overlapping: number;
};

/** Texels whose middle is this near to a chart belong to it: filtering at its border then meets baked texels only. */
const MARGIN = 1;
const TILE = 8;

/**
 * Lays a mesh out in texels. A texel belongs to the triangle that its middle lies in (the first of several), or else,
 * where it is within a texel of the border of a chart, to the nearest triangle there.
 *
 * @param uv Corner attribute, 0..1, v down. What lies outside is left out.
 */
export function layOut(low: Mesh, size: number): Atlas {
	const triangles = triangleCount(low);
	const { corners, without } = placeCorners(low, size);
	const owner = new Int32Array(size * size).fill(EMPTY);
	let overlapping = 0;
	for (let t = 0; t < triangles; t++) overlapping += fillTriangle(corners, t, size, owner);
	widenCharts(low, corners, size, owner);
	const order = orderTriangles(corners, size);
	return { size, owner, corners, without, overlapping, order, ...sortTexels(owner, order, size) };
}

function placeCorners({ corner: { uv }, triangles }: Mesh, size: number) {
	const corners = new Float64Array(2 * triangles.length);
	let without = 0;
	for (let c = 0; c < triangles.length; c += 3) {
		let sum = 0;
		for (let k = 0; k < 3; k++) {
			const row = uv.indices[c + k];
			corners[2 * (c + k)] = row === NO_ROW ? Number.NaN : uv.values[2 * row] * size;
			corners[2 * (c + k) + 1] = row === NO_ROW ? Number.NaN : uv.values[2 * row + 1] * size;
			sum += corners[2 * (c + k)] + corners[2 * (c + k) + 1];
		}
		if (Number.isFinite(sum)) continue;
		corners.fill(Number.NaN, 2 * c, 2 * c + 6);
		without++;
	}
	return { corners, without };
}

/** Takes the texels whose middle is inside or on the edge; returns how many inside are another's already. */
function fillTriangle(corners: Float64Array, t: number, size: number, owner: Int32Array): number {
	const x0 = corners[6 * t];
	const y0 = corners[6 * t + 1];
	const x1 = corners[6 * t + 2];
	const y1 = corners[6 * t + 3];
	const x2 = corners[6 * t + 4];
	const y2 = corners[6 * t + 5];
	const area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
	if (!(area !== 0)) return 0;
	const turn = area > 0 ? 1 : -1;
	const left = Math.max(0, Math.ceil(Math.min(x0, x1, x2) - 0.5));
	const right = Math.min(size - 1, Math.floor(Math.max(x0, x1, x2) - 0.5));
	const top = Math.max(0, Math.ceil(Math.min(y0, y1, y2) - 0.5));
	const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y1, y2) - 0.5));
	const inside = 1e-6 * Math.abs(area);
	let overlapping = 0;
	for (let y = top; y <= bottom; y++) {
		const py = y + 0.5;
		// Where the row comes in and goes out, a texel more for rounding: the edges themselves decide.
		let from = Infinity;
		let to = -Infinity;
		for (let k = 0; k < 3; k++) {
			const ax = k === 0 ? x0 : k === 1 ? x1 : x2;
			const ay = k === 0 ? y0 : k === 1 ? y1 : y2;
			const bx = k === 0 ? x1 : k === 1 ? x2 : x0;
			const by = k === 0 ? y1 : k === 1 ? y2 : y0;
			if ((ay < py && by < py) || (ay > py && by > py)) continue;
			const px = ay === by ? ax : ax + ((py - ay) / (by - ay)) * (bx - ax);
			from = Math.min(from, px, ay === by ? bx : px);
			to = Math.max(to, px, ay === by ? bx : px);
		}
		const end = Math.min(right, Math.floor(to + 0.5));
		for (let x = Math.max(left, Math.ceil(from - 1.5)); x <= end; x++) {
			const px = x + 0.5;
			const e0 = turn * ((x2 - x1) * (py - y1) - (y2 - y1) * (px - x1));
			const e1 = turn * ((x0 - x2) * (py - y2) - (y0 - y2) * (px - x2));
			const e2 = turn * ((x1 - x0) * (py - y0) - (y1 - y0) * (px - x0));
			if (e0 < 0 || e1 < 0 || e2 < 0) continue;
			const at = y * size + x;
			if (owner[at] === EMPTY) owner[at] = t;
			else if (e0 > inside && e1 > inside && e2 > inside) overlapping++;
		}
	}
	return overlapping;
}

/** Gives empty texels near a border edge to the triangle there, the nearest edge first. */
function widenCharts(
	{ corner: { uv }, triangles }: Mesh,
	corners: Float64Array,
	size: number,
	owner: Int32Array,
): void {
	const isBorder = findBorders(uv.indices);
	// Squared; 0 where a middle is inside.
	const distance = new Float32Array(size * size);
	for (let c = 0; c < triangles.length; c++) {
		if (isBorder[c] === 0) continue;
		const d = next(c);
		const ax = corners[2 * c];
		const ay = corners[2 * c + 1];
		const bx = corners[2 * d] - ax;
		const by = corners[2 * d + 1] - ay;
		if (Number.isNaN(ax)) continue;
		const squared = bx * bx + by * by;
		const left = Math.max(0, Math.ceil(Math.min(ax, ax + bx) - MARGIN - 0.5));
		const right = Math.min(size - 1, Math.floor(Math.max(ax, ax + bx) + MARGIN - 0.5));
		const top = Math.max(0, Math.ceil(Math.min(ay, ay + by) - MARGIN - 0.5));
		const bottom = Math.min(size - 1, Math.floor(Math.max(ay, ay + by) + MARGIN - 0.5));
		for (let y = top; y <= bottom; y++) {
			// Long slanted edges cross few texels of their box: each row begins and ends where the edge is near.
			let from = left;
			let to = right;
			if (Math.abs(by) > 1) {
				const low = (y + 0.5 - MARGIN - ay) / by;
				const high = (y + 0.5 + MARGIN - ay) / by;
				const s0 = Math.max(0, Math.min(low, high));
				const s1 = Math.min(1, Math.max(low, high));
				from = Math.max(left, Math.floor(ax + Math.min(s0 * bx, s1 * bx) - MARGIN - 0.5));
				to = Math.min(right, Math.ceil(ax + Math.max(s0 * bx, s1 * bx) + MARGIN - 0.5));
			}
			for (let x = from; x <= to; x++) {
				const at = y * size + x;
				const known = owner[at] === EMPTY ? MARGIN * MARGIN : distance[at];
				const px = x + 0.5 - ax;
				const py = y + 0.5 - ay;
				const s = squared > 0 ? Math.min(1, Math.max(0, (px * bx + py * by) / squared)) : 0;
				const away = (px - s * bx) ** 2 + (py - s * by) ** 2;
				if (!(away < known)) continue;
				distance[at] = away;
				owner[at] = (c / 3) | 0;
			}
		}
	}
}

/** 1 for each corner whose edge has no triangle with the same texture coordinates on its other side. C. */
function findBorders(rowOf: Uint32Array): Uint8Array {
	const isBorder = new Uint8Array(rowOf.length).fill(1);
	let slots = 16;
	while (slots < 2 * rowOf.length) slots *= 2;
	const table = new Int32Array(slots).fill(-1);
	for (let c = 0; c < rowOf.length; c++) {
		const a = rowOf[c];
		const b = rowOf[next(c)];
		if (a === NO_ROW || b === NO_ROW) continue;
		const low = Math.min(a, b);
		const high = Math.max(a, b);
		let slot = Math.imul(Math.imul(low, 0x9e3779b1) ^ (high + 0x7f4a7c15), 0x85ebca6b);
		slot = (slot ^ (slot >>> 15)) & (slots - 1);
		for (; table[slot] >= 0; slot = (slot + 1) & (slots - 1)) {
			const other = table[slot];
			const p = rowOf[other];
			const q = rowOf[next(other)];
			if (Math.min(p, q) !== low || Math.max(p, q) !== high) continue;
			isBorder[c] = isBorder[other] = 0;
			break;
		}
		if (table[slot] < 0) table[slot] = c;
	}
	return isBorder;
}

/** Side of the cells by which triangles are ordered, texels. */
const CELL = 32;

/**
 * Orders triangles by the cell of their first corner, along a Z-curve: what follows each other then lies close together
 * in the maps, on the source and in its textures.
 */
function orderTriangles(corners: Float64Array, size: number): Uint32Array {
	const cells = Math.ceil(size / CELL);
	const triangles = corners.length / 6;
	const code = new Float64Array(triangles);
	for (let t = 0; t < triangles; t++) {
		const x = Math.min(cells - 1, Math.max(0, Math.floor(corners[6 * t] / CELL)));
		const y = Math.min(cells - 1, Math.max(0, Math.floor(corners[6 * t + 1] / CELL)));
		code[t] = Number.isNaN(corners[6 * t]) ? Infinity : interleave(x) + 2 * interleave(y);
	}
	return Uint32Array.from(code.keys()).sort((a, b) => (code[a] === code[b] ? a - b : code[a] - code[b]));
}

/** The bits of x, each followed by a 0. */
function interleave(x: number): number {
	let bits = 0;
	for (let k = 0; k < 15; k++) bits += ((x >> k) & 1) * 4 ** k;
	return bits;
}

/** Lists the texels of each triangle; inside one, those of a tile stand together, in four quarters. */
function sortTexels(owner: Int32Array, order: Uint32Array, size: number) {
	const triangles = order.length;
	const rankOf = new Uint32Array(triangles);
	for (let i = 0; i < triangles; i++) rankOf[order[i]] = i;
	const offsets = new Uint32Array(triangles + 1);
	for (let at = 0; at < owner.length; at++) if (owner[at] !== EMPTY) offsets[rankOf[owner[at]] + 1]++;
	for (let i = 0; i < triangles; i++) offsets[i + 1] += offsets[i];
	const fill = offsets.slice();
	const texels = new Uint32Array(offsets[triangles]);
	const places = Uint32Array.from(QUARTERED_X, (x, i) => QUARTERED_Y[i] * size + x);
	for (let top = 0; top < size; top += TILE) {
		for (let at = top * size, end = at + size; at < end; at += TILE) {
			for (let i = 0; i < TILE * TILE; i++) {
				const t = owner[at + places[i]];
				if (t !== EMPTY) texels[fill[rankOf[t]]++] = at + places[i];
			}
		}
	}
	return { texels, offsets };
}

/** Place in its tile of the i-th texel: quarter by quarter, row by row in each. */
const QUARTERED_X = Uint8Array.from({ length: TILE * TILE }, (_, i) => ((i >> 4) & 1) * 4 + (i & 3));
const QUARTERED_Y = Uint8Array.from({ length: TILE * TILE }, (_, i) => (i >> 5) * 4 + ((i >> 2) & 3));
