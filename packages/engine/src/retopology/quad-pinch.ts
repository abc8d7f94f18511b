import { FREE, PINNED, type QuadEdit } from './quad-edit.ts';
import { NO_VERTEX } from './quad-mesh.ts';
import { addNormal, facesOut, squared, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

/** What a triangle weighs, over a vertex that has one face too many or too few. */
const TRIANGLE = 2;
/** Cosine of the bend of a line at a vertex that is taken out of it: 25°. */
const STRAIGHT = 0.9;
/** Sine that the corners of a face may not fall below when it is changed, unless it was less. */
const MIN_CORNER = 0.2;
/** Cosine between the normals of a face before and after. */
const MIN_TURN = 0.5;
/** Cosine between the normals of a changed face and of the dense surface, unless it was less. */
const MIN_OUT = 0.3;
/** Most corners at a vertex that is edited. */
const MOST_CORNERS = 24;

/**
 * Takes triangles out by collapsing one of their edges: two that share it vanish both, and with a quad beside, the
 * triangle goes over to the far side of it. So triangles meet across lines as well, where no edge can be turned; a vertex
 * on a line goes along it to the next, where the line is straight.
 *
 * Every collapse lowers the sum of squares of what vertices have too many or too few faces, plus the weight of the
 * triangles.
 *
 * @param least Faces that must be left.
 * @param reach Distance from the dense surface that faces may come to have, unless it was more, object units.
 * @returns how many edges were collapsed.
 */
export function pinchTriangles(edit: QuadEdit, surface: DenseSurface, least: number, reach = Infinity): number {
	const work = new Pincher(edit, surface, reach);
	const { sides } = edit;
	let pinched = 0;
	for (let f = 0; f < sides.length && edit.faces > least; f++)
		for (let k = 0; k < 3 && sides[f] === 3; k++) if (work.pinch(4 * f + k)) pinched++;
	return pinched;
}

class Pincher {
	readonly #edit: QuadEdit;
	readonly #surface: DenseSurface;
	readonly #reach: number;
	readonly #ringU = new Int32Array(MOST_CORNERS);
	readonly #ringV = new Int32Array(MOST_CORNERS);
	readonly #normal = new Float64Array(3);
	readonly #face = new Uint32Array(4);

	constructor(edit: QuadEdit, surface: DenseSurface, reach: number) {
		this.#reach = reach;
		this.#edit = edit;
		this.#surface = surface;
	}

	/** Collapses the edge from corner `c` of a triangle where that is good. */
	pinch(c: number): boolean {
		const edit = this.#edit;
		const { at, sides, kind, positions: p } = edit;
		const d = edit.opposite(c);
		if (d < 0) return false;
		const isLine = kind[at[c]] !== FREE && kind[at[edit.after(c)]] !== FREE;
		if (isLine && edit.isLoose(c, this.#surface.sharpness)) return false;
		const stays = kind[at[c]] > kind[at[edit.after(c)]] ? at[c] : at[edit.after(c)];
		const goes = stays === at[c] ? at[edit.after(c)] : at[c];
		if (kind[goes] === PINNED) return false;
		const inGoes = edit.ring(goes, this.#ringU);
		const inStays = edit.ring(stays, this.#ringV);
		if (inGoes === MOST_CORNERS || inStays === MOST_CORNERS) return false;
		const wings = [c, d];
		if (this.#change(stays, goes, wings) >= 0) return false;
		if (!this.#mayMerge(stays, inGoes, inStays, wings)) return false;
		if (isLine && !this.#isStraight(goes, stays, inGoes)) return false;
		const to = p.slice(3 * stays, 3 * stays + 3);
		if (kind[stays] === FREE) this.#between(goes, stays, c >> 2, to);
		if (!this.#isSound(goes, stays, inGoes, inStays, to)) return false;
		for (const wing of wings) {
			const g = wing >> 2;
			if (sides[g] === 3) edit.remove(g);
			else {
				const rest = [0, 1, 2, 3].map((k) => at[4 * g + k]).filter((v) => v !== goes);
				edit.replace(g, rest[0], rest[1], rest[2], NO_VERTEX);
			}
		}
		edit.merge(goes, stays);
		p.set(to, 3 * stays);
		return true;
	}

	/** Change of the sum by the collapse. */
	#change(stays: number, goes: number, wings: readonly number[]): number {
		const edit = this.#edit;
		const { at, sides, degree, ideal, kind } = edit;
		const square = (v: number, by: number): number => (degree[v] + by - ideal[v]) ** 2;
		let merged = degree[goes];
		let sum = 0;
		for (const wing of wings) {
			if (sides[wing >> 2] === 4) {
				merged--;
				continue;
			}
			merged -= 2;
			sum -= TRIANGLE;
			const tip = at[edit.before(wing)];
			if (degree[tip] < (kind[tip] === FREE ? 4 : 2)) return Infinity;
			sum += square(tip, -1) - square(tip, 0);
		}
		// A quad beside becomes a triangle.
		sum += TRIANGLE * wings.filter((wing) => sides[wing >> 2] === 4).length;
		if (degree[stays] + merged < (kind[stays] === FREE ? 3 : 2)) return Infinity;
		return sum + square(stays, merged) - square(stays, 0) - square(goes, 0);
	}

	/** Only the wings may hold both ends, and only their tips be neighbours of both. */
	#mayMerge(stays: number, inGoes: number, inStays: number, wings: readonly number[]): boolean {
		const edit = this.#edit;
		const { at, sides } = edit;
		const faces = wings.map((wing) => wing >> 2);
		const tips = wings.filter((wing) => sides[wing >> 2] === 3).map((wing) => at[edit.before(wing)]);
		if (faces[0] === faces[1] || (tips.length === 2 && tips[0] === tips[1])) return false;
		for (let i = 0; i < inGoes; i++) {
			const g = this.#ringU[i] >> 2;
			if (faces.includes(g)) continue;
			for (let k = 4 * g; k < 4 * g + sides[g]; k++) if (at[k] === stays) return false;
		}
		for (let i = 0; i < inGoes; i++) {
			for (const one of [edit.after(this.#ringU[i]), edit.before(this.#ringU[i])]) {
				const w = at[one];
				if (w === stays || tips.includes(w)) continue;
				for (let j = 0; j < inStays; j++)
					if (at[edit.after(this.#ringV[j])] === w || at[edit.before(this.#ringV[j])] === w) return false;
			}
		}
		return true;
	}

	/** Does the line run straight on at `goes`, from `stays`? */
	#isStraight(goes: number, stays: number, inGoes: number): boolean {
		const edit = this.#edit;
		const { at, kind, positions: p } = edit;
		for (let i = 0; i < inGoes; i++) {
			for (const c of [this.#ringU[i], edit.before(this.#ringU[i])]) {
				const w = at[c] === goes ? at[edit.after(c)] : at[c];
				if (w === stays || kind[w] === FREE || edit.isLoose(c, this.#surface.sharpness)) continue;
				let dot = 0;
				for (let k = 0; k < 3; k++) dot += (p[3 * w + k] - p[3 * goes + k]) * (p[3 * goes + k] - p[3 * stays + k]);
				const length = Math.sqrt(squared(p, w, goes) * squared(p, goes, stays));
				return dot >= STRAIGHT * length;
			}
		}
		return false;
	}

	/** The middle of two vertices, on the surface. */
	#between(a: number, b: number, f: number, to: Float64Array): void {
		const { at, positions: p } = this.#edit;
		for (let k = 0; k < 3; k++) to[k] = (p[3 * a + k] + p[3 * b + k]) / 2;
		this.#normal.fill(0);
		addNormal(p, at[4 * f], at[4 * f + 1], at[4 * f + 2], NO_VERTEX, this.#normal);
		const [nx, ny, nz] = this.#normal;
		const { near } = this.#surface;
		if (findNearest(this.#surface, to[0], to[1], to[2], nx, ny, nz, Math.sqrt(squared(p, a, b))))
			to.set([near.x, near.y, near.z]);
	}

	/** Do all faces around keep their shape and look out when both ends lie at `to`? */
	#isSound(goes: number, stays: number, inGoes: number, inStays: number, to: Float64Array): boolean {
		const { positions: p } = this.#edit;
		const was = [...p.subarray(3 * goes, 3 * goes + 3), ...p.subarray(3 * stays, 3 * stays + 3)];
		let isSound = true;
		for (let i = 0; i < inGoes + inStays && isSound; i++) {
			const g = (i < inGoes ? this.#ringU[i] : this.#ringV[i - inGoes]) >> 2;
			const before = this.#judge(g, NO_VERTEX, NO_VERTEX);
			p.set(to, 3 * goes);
			p.set(to, 3 * stays);
			const after = this.#judge(g, goes, stays);
			p.set(was.slice(0, 3), 3 * goes);
			p.set(was.slice(3), 3 * stays);
			if (!before || !after) continue;
			const turn =
				before.normal[0] * after.normal[0] + before.normal[1] * after.normal[1] + before.normal[2] * after.normal[2];
			isSound =
				turn >= MIN_TURN &&
				(after.worst >= MIN_CORNER || after.worst >= before.worst) &&
				after.out >= Math.min(MIN_OUT, before.out) &&
				after.off <= Math.max(this.#reach, before.off);
		}
		return isSound;
	}

	/** Face `g` with `stays` in the place of `goes`; undefined where two corners are left. */
	#judge(
		g: number,
		goes: number,
		stays: number,
	): { normal: number[]; worst: number; out: number; off: number } | undefined {
		const { at, sides, positions: p } = this.#edit;
		const face = this.#face.fill(NO_VERTEX);
		let n = 0;
		for (let k = 0; k < sides[g]; k++) {
			const v = at[4 * g + k] === goes ? stays : at[4 * g + k];
			let known = false;
			for (let i = 0; i < n; i++) if (face[i] === v) known = true;
			if (!known) face[n++] = v;
		}
		if (n < 3) return undefined;
		const [a, b, c, d] = face;
		this.#normal.fill(0);
		addNormal(p, a, b, c, d, this.#normal);
		const length = Math.hypot(...this.#normal) || 1;
		const [x, y, z] = this.#normal;
		return {
			normal: [x / length, y / length, z / length],
			worst: worstCorner(p, a, b, c, d, x, y, z),
			out: facesOut(p, a, b, c, d, this.#surface),
			off: this.#surface.near.distance,
		};
	}
}
