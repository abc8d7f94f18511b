import { FREE, type QuadEdit } from './quad-edit.ts';
import { NO_VERTEX } from './quad-mesh.ts';
import { addNormal, facesOut, squared, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

/** What the faces that a turn makes must keep. */
export type TurnLimits = {
	/** Sine that their corners may not fall below, unless it was less. */
	readonly corner: number;
	/** Cosine between their normals and those of the dense surface, unless it was less. */
	readonly out: number;
	/** Distance of the middle of a turned edge from the dense surface, in its lengths, unless it was more. */
	readonly off: number;
};
export const STRICT: TurnLimits = { corner: 0.2, out: 0.3, off: 0.1 };
/**
 * For rounds that others follow: smoothing makes up for a bad corner. Twelve drafts of splits at 5000 faces (2026-11):
 * 9.2 % irregular, 10.0 before triangles met (quad-meet.ts) and strictly, as near. Corners down to .03: 9.1, but 6 % farther,
 * chess by a third; edges twice as far off and faces that look out less: as irregular, 3 % farther.
 */
export const WIDE: TurnLimits = { corner: 0.1, out: 0.3, off: 0.1 };
/** Most corners at a vertex that is edited. */
const MOST_CORNERS = 32;

/**
 * Turns of edges: two faces that share one are cut anew along another diagonal of their common outline. One edge at a
 * time is at hand: `take` it, ask what a cut would do, `cut`.
 */
export class QuadTurns {
	/** The faces at hand, and the outline around both from the end of the edge: `count` vertices, 4, 5 or 6. */
	f = 0;
	g = 0;
	count = 0;
	/** Place in the outline of the edge's start; its end is at 0. */
	middle = 0;
	readonly outline = new Int32Array(6);
	readonly #edit: QuadEdit;
	readonly #surface: DenseSurface;
	readonly #reach: number;
	readonly #limits: TurnLimits;
	readonly #ring = new Int32Array(MOST_CORNERS);
	readonly #normal = new Float64Array(3);
	#isLoose = true;
	/** What the edge at hand is like: worst corner, how its faces look out, its distance in its lengths; NaN: not asked yet. */
	#corner = 0;
	#out = 0;
	#off = 0;

	/** @param reach Distance from the dense surface that edges may come to have, unless they were farther (see quad-tidy.ts). */
	constructor(edit: QuadEdit, surface: DenseSurface, reach: number, limits: TurnLimits) {
		this.#limits = limits;
		this.#edit = edit;
		this.#surface = surface;
		this.#reach = reach;
	}

	/** May the edge of corner `c` turn at all: is it no line, or one that may give way? */
	mayTurn(c: number): boolean {
		const d = this.#edit.opposite(c);
		if (d < 0 || d >> 2 === c >> 2) return false;
		this.#isLoose = this.#edit.isLoose(c, this.#surface.sharpness);
		return this.#isLoose || (this.#reach !== Infinity && this.#edit.isInside(c));
	}

	/** Takes the edge of corner `c` in hand; false where it may not turn. */
	take(c: number): boolean {
		const edit = this.#edit;
		const { at } = edit;
		const d = edit.opposite(c);
		if (!this.mayTurn(c)) return false;
		this.f = c >> 2;
		this.g = d >> 2;
		const outline = this.outline;
		let n = 0;
		for (let i = edit.after(c); i !== c; i = edit.after(i)) outline[n++] = at[i];
		this.middle = n;
		for (let i = edit.after(d); i !== d; i = edit.after(i)) outline[n++] = at[i];
		for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) if (outline[i] === outline[j]) return false;
		this.count = n;
		this.#normal.fill(0);
		this.#addFace(this.f);
		this.#addFace(this.g);
		this.#corner = Number.NaN;
		this.#out = Number.NaN;
		this.#off = Number.NaN;
		return true;
	}

	/** Is the edge at hand the one that a cut from place i would make? */
	isEdge(i: number): boolean {
		const j = this.#across(i);
		return (i === 0 && j === this.middle) || (j === 0 && i === this.middle);
	}

	/** How much the sum of valences (quad-tidy.ts) would change by a cut from place i. */
	change(i: number): number {
		const { outline, middle } = this;
		const [a, b] = [outline[i], outline[this.#across(i)]];
		const [u, v] = [outline[0], outline[middle]];
		return (
			(u === a || u === b ? 0 : changeAt(this.#edit, u, -1)) +
			(v === a || v === b ? 0 : changeAt(this.#edit, v, -1)) +
			(a === u || a === v ? 0 : changeAt(this.#edit, a, 1)) +
			(b === u || b === v ? 0 : changeAt(this.#edit, b, 1))
		);
	}

	/** May the faces at hand be cut from place i: are the faces sound, and near to the dense surface? */
	mayCut(i: number): boolean {
		const { outline, middle } = this;
		const j = this.#across(i);
		const a = outline[i];
		const b = outline[j];
		if (Number.isNaN(this.#corner)) this.#corner = this.#cutQuality(0, middle);
		const quality = this.#cutQuality(i, j);
		if (quality < this.#limits.corner && quality < this.#corner + 0.1) return false;
		if (this.#areNeighbours(a, b)) return false;
		const most = this.#isLoose ? Math.min(this.#limits.off * this.#length(a, b), this.#reach) : this.#reach;
		const away = this.#offAt(a, b);
		if (away > most) {
			if (Number.isNaN(this.#off))
				this.#off = this.#offAt(outline[0], outline[middle]) / this.#length(outline[0], outline[middle]);
			if (away > this.#off * this.#length(a, b)) return false;
		}
		if (Number.isNaN(this.#out)) this.#out = this.#cutOut(0, middle);
		return this.#cutOut(i, j) >= Math.min(this.#limits.out, this.#out);
	}

	/** Cuts the faces at hand from place i: `f` is the quad that runs on from there, `g` the rest. */
	cut(i: number): void {
		const { outline: o, count: n, f, g } = this;
		const j = this.#across(i);
		const edit = this.#edit;
		edit.remove(f);
		edit.remove(g);
		const two = n === 6 ? o[(j + 3) % n] : NO_VERTEX;
		edit.replace(f, o[i], o[(i + 1) % n], o[(i + 2) % n], o[j]);
		edit.replace(g, o[j], o[(j + 1) % n], o[(j + 2) % n], two);
	}

	/** Where a cut from place i of the outline ends: a quad is cut off, and the rest is a triangle or another. */
	#across(i: number): number {
		return (i + 3) % this.count;
	}

	/** Are the faces at hand two triangles that make a good quad? */
	mayJoin(): boolean {
		const [a, b, c, d] = this.outline;
		const [nx, ny, nz] = this.#normal;
		return this.count === 4 && worstCorner(this.#edit.positions, a, b, c, d, nx, ny, nz) >= this.#limits.corner;
	}

	/** Makes the two triangles at hand a quad. */
	join(): void {
		const [a, b, c, d] = this.outline;
		this.#edit.remove(this.g);
		this.#edit.replace(this.f, a, b, c, d);
	}

	#length(a: number, b: number): number {
		return Math.sqrt(squared(this.#edit.positions, a, b));
	}

	/** Distance of the middle of an edge from the dense surface. */
	#offAt(a: number, b: number): number {
		const { positions: p } = this.#edit;
		const x = (p[3 * a] + p[3 * b]) / 2;
		const y = (p[3 * a + 1] + p[3 * b + 1]) / 2;
		const z = (p[3 * a + 2] + p[3 * b + 2]) / 2;
		findNearest(this.#surface, x, y, z, 0, 0, 0, Infinity);
		return this.#surface.near.distance;
	}

	#areNeighbours(a: number, b: number): boolean {
		const edit = this.#edit;
		const count = edit.ring(a, this.#ring);
		for (let i = 0; i < count; i++) {
			const c = this.#ring[i];
			if (edit.at[edit.after(c)] === b || edit.at[edit.before(c)] === b) return true;
		}
		return false;
	}

	/** Worst corner of the two faces that a cut between places i and j of the outline makes. */
	#cutQuality(i: number, j: number): number {
		return Math.min(this.#sideQuality(i, j), this.#sideQuality(j, i));
	}

	#sideQuality(i: number, j: number): number {
		const { outline: o, count: n } = this;
		const [nx, ny, nz] = this.#normal;
		const d = (j - i + n) % n === 3 ? o[(i + 3) % n] : NO_VERTEX;
		return worstCorner(this.#edit.positions, o[i], o[(i + 1) % n], o[(i + 2) % n], d, nx, ny, nz);
	}

	/** The lesser of how the two faces look out that a cut makes. */
	#cutOut(i: number, j: number): number {
		return Math.min(this.#sideOut(i, j), this.#sideOut(j, i));
	}

	#sideOut(i: number, j: number): number {
		const { outline: o, count: n } = this;
		const d = (j - i + n) % n === 3 ? o[(i + 3) % n] : NO_VERTEX;
		return facesOut(this.#edit.positions, o[i], o[(i + 1) % n], o[(i + 2) % n], d, this.#surface);
	}

	#addFace(f: number): void {
		const { at, positions } = this.#edit;
		addNormal(positions, at[4 * f], at[4 * f + 1], at[4 * f + 2], at[4 * f + 3], this.#normal);
	}
}

/** What a vertex weighs that has `off` faces too many or too few. */
export function weigh(off: number): number {
	const size = Math.abs(off);
	return size * Math.sqrt(size);
}

/** How much the sum of what vertices weigh would change if the degree of `v` changed by `by`. */
export function changeAt({ degree, ideal, kind }: QuadEdit, v: number, by: number): number {
	const off = degree[v] - ideal[v];
	// Fewer than three faces inside are never good: forbid them.
	if (kind[v] === FREE && degree[v] + by < 3) return 100;
	return weigh(off + by) - weigh(off);
}
