import { FREE, type QuadLines } from './quad-edit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { addNormal, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

/** Share of the way to the mean of its corners' targets that a vertex goes. */
const STEP = 0.5;
/** Sine of a corner that a move may not bring a face below, unless it was there. */
const MIN_CORNER = 0.1;
/** Cosine between the normals of a face before and after a move. */
const MIN_TURN = 0.7;
/** Cosine between the normals of a vertex's faces and of the dense surface where it is laid. */
const MIN_FACING = 0.3;
/** Cosine between the normals of a face and of the dense surface at its vertices, unless it was less. */
const MIN_ALONG = 0.3;
/** Beyond twice its step, a vertex may be this share of the diagonal off the dense surface. */
const REACH = 2e-3;

/**
 * Makes quads like rectangles: each draws its corners to those of the rectangle that fits it best, each vertex goes half
 * the way to the mean of what its faces want, along the surface, and back onto the dense surface. A move that would
 * fold a face is taken back. Vertices on lines stay.
 */
export function smoothQuads(mesh: QuadMesh, lines: QuadLines, surface: DenseSurface, passes: number): void {
	const { positions, faces } = mesh;
	const targets = new Float64Array(positions.length);
	const normals = new Float64Array(positions.length);
	const weights = new Float64Array(positions.length / 3);
	const sides = new Float64Array(4 * (faces.length / 4));
	const before = new Float64Array(positions.length);
	const facing = new Float64Array(positions.length);
	const along = new Float64Array(faces.length / 4).fill(1);
	for (let pass = 0; pass < passes; pass++) {
		targets.fill(0);
		normals.fill(0);
		weights.fill(0);
		for (let f = 0; f < faces.length; f += 4) addTargets(mesh, f, targets, normals, weights, sides);
		before.set(positions);
		for (let v = 0; v < weights.length; v++)
			if (lines.kind[v] === FREE && weights[v] > 0)
				moveVertex(positions, v, targets, normals, weights[v], facing, surface);
		takeBack(mesh, before, sides, facing, along);
	}
}

const normal = new Float64Array(3);

/** The corners of the rectangle (or equilateral triangle) that fits face `f / 4` best, added up at its vertices. */
function addTargets(
	{ positions: p, faces }: QuadMesh,
	f: number,
	targets: Float64Array,
	normals: Float64Array,
	weights: Float64Array,
	sides: Float64Array,
): void {
	const a = 3 * faces[f];
	const b = 3 * faces[f + 1];
	const c = 3 * faces[f + 2];
	const isQuad = faces[f + 3] !== NO_VERTEX;
	normal.fill(0);
	addNormal(p, faces[f], faces[f + 1], faces[f + 2], faces[f + 3], normal);
	const [nx, ny, nz] = normal;
	sides[f] = nx;
	sides[f + 1] = ny;
	sides[f + 2] = nz;
	sides[f + 3] = worstCorner(p, faces[f], faces[f + 1], faces[f + 2], faces[f + 3], nx, ny, nz);
	const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
	for (let k = 0; k < (isQuad ? 4 : 3); k++) for (let i = 0; i < 3; i++) normals[3 * faces[f + k] + i] += normal[i];
	if (length === 0) return;
	if (!isQuad) {
		for (let k = 0; k < 3; k++) {
			const v = faces[f + k];
			const u = 3 * faces[f + ((k + 1) % 3)];
			const w = 3 * faces[f + ((k + 2) % 3)];
			// The tip of an equilateral triangle over the opposite side, halfway.
			const height = Math.sqrt(3) / 2 / length;
			const ex = p[w] - p[u];
			const ey = p[w + 1] - p[u + 1];
			const ez = p[w + 2] - p[u + 2];
			const tip = [ny * ez - nz * ey, nz * ex - nx * ez, nx * ey - ny * ex];
			for (let i = 0; i < 3; i++) targets[3 * v + i] += (p[u + i] + p[w + i]) / 2 + height * tip[i];
			weights[v]++;
		}
		return;
	}
	const d = 3 * faces[f + 3];
	const x = [0, 0, 0];
	const y = [0, 0, 0];
	let lx = 0;
	let ly = 0;
	for (let i = 0; i < 3; i++) {
		x[i] = (p[b + i] + p[c + i] - p[a + i] - p[d + i]) / 2;
		y[i] = (p[c + i] + p[d + i] - p[a + i] - p[b + i]) / 2;
		lx += x[i] * x[i];
		ly += y[i] * y[i];
	}
	lx = Math.sqrt(lx);
	ly = Math.sqrt(ly);
	if (lx === 0 || ly === 0) return;
	// Halfway between x and y turned back by 90°.
	const ux = x[0] / lx + (y[1] * nz - y[2] * ny) / ly / length;
	const uy = x[1] / lx + (y[2] * nx - y[0] * nz) / ly / length;
	const uz = x[2] / lx + (y[0] * ny - y[1] * nx) / ly / length;
	const u = Math.sqrt(ux * ux + uy * uy + uz * uz);
	if (u === 0) return;
	const half = [(ux / u) * (lx / 2), (uy / u) * (lx / 2), (uz / u) * (lx / 2)];
	const wide = ly / 2 / u / length;
	const other = [(ny * uz - nz * uy) * wide, (nz * ux - nx * uz) * wide, (nx * uy - ny * ux) * wide];
	for (let i = 0; i < 3; i++) {
		const middle = (p[a + i] + p[b + i] + p[c + i] + p[d + i]) / 4;
		targets[a + i] += middle - half[i] - other[i];
		targets[b + i] += middle + half[i] - other[i];
		targets[c + i] += middle + half[i] + other[i];
		targets[d + i] += middle - half[i] + other[i];
	}
	for (const v of [a, b, c, d]) weights[v / 3]++;
}

function moveVertex(
	p: Float64Array,
	v: number,
	targets: Float64Array,
	normals: Float64Array,
	weight: number,
	facing: Float64Array,
	surface: DenseSurface,
): void {
	const i = 3 * v;
	const n = Math.hypot(normals[i], normals[i + 1], normals[i + 2]);
	if (n === 0) return;
	const nx = normals[i] / n;
	const ny = normals[i + 1] / n;
	const nz = normals[i + 2] / n;
	const dx = STEP * (targets[i] / weight - p[i]);
	const dy = STEP * (targets[i + 1] / weight - p[i + 1]);
	const dz = STEP * (targets[i + 2] / weight - p[i + 2]);
	const out = dx * nx + dy * ny + dz * nz;
	const x = p[i] + dx - out * nx;
	const y = p[i + 1] + dy - out * ny;
	const z = p[i + 2] + dz - out * nz;
	const reach = 2 * Math.hypot(x - p[i], y - p[i + 1], z - p[i + 2]) + REACH * surface.diagonal;
	if (!findNearest(surface, x, y, z, nx, ny, nz, reach)) return;
	const { near, normal } = surface;
	if (normal[0] * nx + normal[1] * ny + normal[2] * nz < MIN_FACING) return;
	p[i] = near.x;
	p[i + 1] = near.y;
	p[i + 2] = near.z;
	for (let k = 0; k < 3; k++) facing[i + k] = normal[k];
}

/** Takes the moves of a face's vertices back where it was folded by them, until none is. */
function takeBack(
	{ positions: p, faces }: QuadMesh,
	before: Float64Array,
	sides: Float64Array,
	facing: Float64Array,
	along: Float64Array,
): void {
	for (;;) {
		let back = 0;
		for (let f = 0; f < faces.length; f += 4) {
			normal.fill(0);
			addNormal(p, faces[f], faces[f + 1], faces[f + 2], faces[f + 3], normal);
			const [nx, ny, nz] = normal;
			const turn = nx * sides[f] + ny * sides[f + 1] + nz * sides[f + 2];
			const lengths = Math.hypot(nx, ny, nz) * Math.hypot(sides[f], sides[f + 1], sides[f + 2]);
			const worst = worstCorner(p, faces[f], faces[f + 1], faces[f + 2], faces[f + 3], nx, ny, nz);
			let x = 0;
			let y = 0;
			let z = 0;
			for (let k = 0; k < 4; k++) {
				const v = faces[f + k];
				if (v === NO_VERTEX) continue;
				x += facing[3 * v];
				y += facing[3 * v + 1];
				z += facing[3 * v + 2];
			}
			const out = (nx * x + ny * y + nz * z) / (Math.hypot(nx, ny, nz) * Math.hypot(x, y, z) || 1);
			if (
				turn >= MIN_TURN * lengths &&
				(worst >= MIN_CORNER || worst >= sides[f + 3]) &&
				(out >= MIN_ALONG || out >= along[f / 4])
			) {
				along[f / 4] = out;
				continue;
			}
			for (let k = 0; k < 4; k++) {
				const v = faces[f + k];
				if (v === NO_VERTEX) continue;
				for (let i = 3 * v; i < 3 * v + 3; i++) {
					if (p[i] === before[i]) continue;
					p[i] = before[i];
					back++;
				}
			}
		}
		if (back === 0) return;
	}
}
