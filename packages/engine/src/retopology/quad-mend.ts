import { random } from '../math/random.ts';
import { FREE, LINE, PINNED, type QuadEdit } from './quad-edit.ts';
import { NO_VERTEX } from './quad-mesh.ts';
import { facesOut, triangleOut, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

/** Cosine between a triangle and the dense surface below which it is mended: a little more than what looks away. */
const TURNED = 0.1;
/** Sine of a face's worst corner below which it is mended. */
const FOLDED = 0.05;
/** What a corner that is folded or straight weighs on top. */
const OVER = 0.3;
/** ... in the last resort, over a triangle that looks away. */
const OVER_LAST = 0.7;
/** Rounds: from the second on faces go and vertices on lines move, from the fourth on those where lines meet. */
const ROUNDS = 6;
const LAST_RESORT = 3;
/** Rounds of the last resort at each reach. */
const RESORTS = 4;
/** Reaches of the last resort, one after the other: what its distances at 5000 faces are multiplied by. */
const REACHES = [1, 2, 4];
/** ... at most: a tenth of the diagonal. */
const FARTHEST = 4;
/** Faces at which edges are as long as these distances are meant for: those of fewer faces are longer. */
const USUAL_FACES = 5000;
/** Mean edges that a vertex may go in it, and shares of the diagonal that it may, or that a face that goes may measure. */
const FAR = 2;
const NO_FARTHER = 0.025;
/** Share of the diagonal that faces may come to lie off the dense surface by it. */
const MOST_OFF = 5e-3;
/** More faces than this are not mended in it: where so many look away the source has no one side. */
const HOPELESS = 24;
/** Places around a vertex, or around the middle of a face that goes, that are drawn then. */
const DRAWS = 300;
/** Lengths of a step that are tried, in lengths of the mean edge: the shortest that mends is taken. */
const STEPS = [0.1, 0.25, 0.5, 0.9];
/** Mean edges that a vertex may go in all. */
const MOST_MOVE = 0.8;
/** Shares of the way to a neighbour that are tried. */
const TOWARDS = [0.3, 0.6, 0.85];
/** Most corners at a vertex that is edited. */
const MOST_CORNERS = 24;
/** Places on the diagonal of a face that goes that are tried in the last resort. */
const SHARES = [0.5, 0, 1, 0.25, 0.75];
/** What a change must take off the badness to be worth it. */
const WORTHWHILE = 0.02;

/**
 * Mends faces that look away from the dense surface or are folded: moves their vertices, turns their edges, takes them
 * out along a diagonal; whatever brings the badness around down, the least intrusive first.
 *
 * A face is as bad as its two triangles look the wrong way (along its better diagonal), and as its worst corner is
 * folded. What mends one face may not make others worse by as much. Vertices on lines move only where nothing else
 * helped against a face that looks away.
 *
 * Triangles that look the wrong way on generated models at 5000 faces (2026-11; bench, workbench, track, light): 21, 40,
 * 24, 5 before, none after. Tried: mending before splitting as well: fewer to mend afterwards, but vertices went to the
 * other side of thin walls (light: Chamfer .0119 to .0205 % of the diagonal); vertices that may go as far as helps:
 * Hausdorff 2.2 in place of 1.1 on workbench; positions not rounded as they are written: up to four in a model remain,
 * where the nearest point is on an edge.
 *
 * What looks away or is folded still after that, by the measure that quads are measured by, is mended in a last resort:
 * every vertex may go a little along the surface then, to places that are drawn; where that does not help, twice and four
 * times as far. At 5000 faces that takes the last triangle that looks away (track) and the last fold. At 1000, 2000 and 3000
 * on boot, bench, bus_stop, workbench and truck, pure as well, none is left in 30 runs.
 * A fold that weighs .3 of a triangle that looks away: the last triangle of bus_stop gave way to three folds; as much as it:
 * one more is left on boot. Distances that do not grow with the edges: 9 left in 30 runs; places as far away as helps from
 * the beginning: bus_stop came to lie 9 % of the diagonal off, truck 26.
 *
 * @param advance Called at every face that is bad.
 * @returns how many faces are bad still.
 */
export function mendQuads(edit: QuadEdit, surface: DenseSurface, advance: () => void): number {
	const work = new Mender(edit, surface);
	let bad = work.findBad();
	for (let round = 0; round < ROUNDS && bad.length > 0; round++) {
		for (const f of bad) {
			advance();
			if (work.badness(f) === 0) continue;
			if (work.moveVertices(f, FREE)) continue;
			if (work.turnEdges(f)) continue;
			if (round > 0 && work.collapse(f)) continue;
			if (round > 0 && work.badness(f) > TURNED) work.moveVertices(f, round < LAST_RESORT ? LINE : PINNED);
		}
		bad = work.findBad();
	}
	work.askOnlyWhatLooksAway();
	bad = work.findBad();
	for (const reach of REACHES) {
		work.reachFarther(reach);
		for (let round = 0; round < RESORTS && bad.length > 0 && bad.length <= HOPELESS; round++) {
			for (const f of bad) {
				advance();
				if (work.badness(f) === 0 || work.moveVertices(f, PINNED) || work.turnEdges(f)) continue;
				work.collapse(f);
			}
			bad = work.findBad();
		}
	}
	return bad.length;
}

class Mender {
	readonly #edit: QuadEdit;
	readonly #surface: DenseSurface;
	/** Positions before anything was mended. V × 3. */
	readonly #home: Float64Array;
	readonly #ring = new Int32Array(MOST_CORNERS);
	readonly #other = new Int32Array(MOST_CORNERS);
	readonly #at = new Float64Array(3);
	readonly #draw = random(1);
	#isLast = false;
	#longer = 1;

	constructor(edit: QuadEdit, surface: DenseSurface) {
		this.#edit = edit;
		this.#surface = surface;
		// As they are written: what is nearest may turn on the last bit.
		edit.positions.forEach((x, i) => {
			edit.positions[i] = Math.fround(x);
		});
		this.#home = edit.positions.slice();
	}

	findBad(): number[] {
		const { sides } = this.#edit;
		const bad: number[] = [];
		for (let f = 0; f < sides.length; f++) if (sides[f] !== 0 && this.badness(f) > 0) bad.push(f);
		return bad;
	}

	/** From now on a face is bad only where a triangle of it looks away, or less so where it is folded. */
	askOnlyWhatLooksAway(): void {
		this.#isLast = true;
		this.#home.set(this.#edit.positions);
	}

	/** Multiplies how far vertices may go. */
	reachFarther(by: number): void {
		this.#longer = Math.min(FARTHEST, by * Math.sqrt(Math.max(1, USUAL_FACES / this.#edit.faces)));
	}

	/** How far face `f` is from being good; 0 is good. */
	badness(f: number): number {
		const { at, sides } = this.#edit;
		const d = sides[f] === 3 ? NO_VERTEX : at[4 * f + 3];
		return this.#badnessOf(at[4 * f], at[4 * f + 1], at[4 * f + 2], d);
	}

	#badnessOf(a: number, b: number, c: number, d: number): number {
		const p = this.#edit.positions;
		if (this.#isLast) {
			const over = worstCorner(p, a, b, c, d, 0, 0, 0) > 0 ? 0 : OVER_LAST;
			const away = this.#away(a, b, c) + (d === NO_VERTEX ? 0 : this.#away(a, c, d));
			return over + (away === 0 || d === NO_VERTEX ? away : Math.min(away, this.#away(b, c, d) + this.#away(b, d, a)));
		}
		if (d === NO_VERTEX) return this.#turned(a, b, c) + (worstCorner(p, a, b, c, d, 0, 0, 0) > 0 ? 0 : FOLDED);
		const worst = worstCorner(p, a, b, c, d, 0, 0, 0);
		const corner = Math.max(0, FOLDED - worst) + (worst > 0 ? 0 : OVER);
		const one = this.#turned(a, b, c) + this.#turned(a, c, d);
		return corner + (one === 0 ? 0 : Math.min(one, this.#turned(b, c, d) + this.#turned(b, d, a)));
	}

	/** How far a triangle looks the wrong way. */
	#turned(a: number, b: number, c: number): number {
		return Math.max(0, TURNED - triangleOut(this.#edit.positions, a, b, c, this.#surface));
	}

	/** 1 where a triangle looks away. */
	#away(a: number, b: number, c: number): number {
		return triangleOut(this.#edit.positions, a, b, c, this.#surface) < 0 ? 1 : 0;
	}

	#around(v: number): number {
		const n = this.#edit.ring(v, this.#ring);
		let sum = 0;
		for (let i = 0; i < n; i++) sum += this.badness(this.#ring[i] >> 2);
		return sum;
	}

	/** Moves the vertices of face `f` that are no more bound than `most`; true when it is good then. */
	moveVertices(f: number, most: number): boolean {
		const { at, sides, kind } = this.#edit;
		for (let k = 0; k < sides[f]; k++) {
			const v = at[4 * f + k];
			if (kind[v] > most) continue;
			this.#moveVertex(v);
			if (this.badness(f) === 0) return true;
		}
		return false;
	}

	#moveVertex(v: number): void {
		const edit = this.#edit;
		const { at, positions: p } = edit;
		const n = edit.ring(v, this.#other);
		if (n === MOST_CORNERS) return;
		const [x, y, z] = p.subarray(3 * v, 3 * v + 3);
		let best = this.#around(v);
		if (best === 0) return;
		const to = [x, y, z];
		findNearest(this.#surface, x, y, z, 0, 0, 0, Infinity);
		const [nx, ny, nz] = this.#surface.normal;
		/** Tries a place, and that on the surface next to it. True when nothing is left to do. */
		const attempt = (px: number, py: number, pz: number, isLaid: boolean): boolean => {
			p[3 * v] = Math.fround(px);
			p[3 * v + 1] = Math.fround(py);
			p[3 * v + 2] = Math.fround(pz);
			if (isLaid) {
				const { near } = this.#surface;
				if (!findNearest(this.#surface, px, py, pz, nx, ny, nz, Infinity)) return false;
				p[3 * v] = Math.fround(near.x);
				p[3 * v + 1] = Math.fround(near.y);
				p[3 * v + 2] = Math.fround(near.z);
			}
			if (Math.hypot(p[3 * v] - home[3 * v], p[3 * v + 1] - home[3 * v + 1], p[3 * v + 2] - home[3 * v + 2]) > reach)
				return false;
			const sum = this.#around(v);
			if (this.#isLast && sum < best && this.#offAround(v) > off) return false;
			if (sum >= best - (sum > 0 ? WORTHWHILE : 0)) return false;
			best = sum;
			for (let i = 0; i < 3; i++) to[i] = p[3 * v + i];
			return best === 0;
		};
		const off = Math.max(this.#offAround(v), MOST_OFF * this.#longer * this.#surface.diagonal);
		const home = this.#home;
		let reach = Infinity;
		const search = (): void => {
			const middle = [0, 0, 0];
			let edge = 0;
			const around: number[] = [];
			for (let i = 0; i < n; i++)
				for (const c of [edit.after(this.#other[i]), edit.before(this.#other[i])]) around.push(at[c]);
			for (const w of around) {
				for (let i = 0; i < 3; i++) middle[i] += p[3 * w + i] / around.length;
				edge += Math.hypot(p[3 * w] - x, p[3 * w + 1] - y, p[3 * w + 2] - z) / around.length;
			}
			reach = this.#isLast
				? Math.min(FAR * Math.max(1, this.#longer / 2) * edge, NO_FARTHER * this.#longer * this.#surface.diagonal)
				: MOST_MOVE * edge;
			for (const isLaid of [true, false])
				for (const share of [0.5, 1])
					if (attempt(x + share * (middle[0] - x), y + share * (middle[1] - y), z + share * (middle[2] - z), isLaid))
						return;
			for (const step of STEPS)
				for (const [dx, dy, dz] of DIRECTIONS)
					if (attempt(x + step * edge * dx, y + step * edge * dy, z + step * edge * dz, true)) return;
			for (const share of TOWARDS)
				for (const w of around)
					if (
						attempt(x + share * (p[3 * w] - x), y + share * (p[3 * w + 1] - y), z + share * (p[3 * w + 2] - z), false)
					)
						return;
			if (!this.#isLast) return;
			for (let i = 0; i < DRAWS; i++) {
				const [dx, dy, dz] = [0, 1, 2].map(() => FAR * edge * (2 * this.#draw() - 1));
				if (attempt(x + dx, y + dy, z + dz, i % 2 === 0)) return;
			}
		};
		search();
		p.set(to, 3 * v);
	}

	/** Turns an edge of face `f` so that less is bad; true when it did. */
	turnEdges(f: number): boolean {
		const edit = this.#edit;
		const { at, sides } = edit;
		for (let k = 0; k < sides[f]; k++) {
			const c = 4 * f + k;
			if (!edit.isLoose(c, this.#surface.sharpness)) continue;
			const d = edit.opposite(c);
			const g = d >> 2;
			if (g === f) continue;
			const outline: number[] = [];
			for (let i = edit.after(c); i !== c; i = edit.after(i)) outline.push(at[i]);
			const middle = outline.length;
			for (let i = edit.after(d); i !== d; i = edit.after(i)) outline.push(at[i]);
			const n = outline.length;
			if (n === 4 || new Set(outline).size < n) continue;
			const now = this.badness(f) + this.badness(g);
			let best = now - WORTHWHILE;
			let from = -1;
			for (let i = 0; i < (n === 6 ? 3 : n); i++) {
				const j = (i + 3) % n;
				if ((i === 0 && j === middle) || (j === 0 && i === middle)) continue;
				if (this.#areNeighbours(outline[i], outline[j])) continue;
				const sum = this.#sideBadness(outline, i, j) + this.#sideBadness(outline, j, i);
				if (sum >= best) continue;
				best = sum;
				from = i;
			}
			if (from < 0 || !this.#keepsDegrees(outline, middle, from, (from + 3) % n)) continue;
			const to = (from + 3) % n;
			const one = sideOf(outline, from, to);
			const two = sideOf(outline, to, from);
			edit.remove(f);
			edit.remove(g);
			edit.replace(f, one[0], one[1], one[2], one[3]);
			edit.replace(g, two[0], two[1], two[2], two[3]);
			return true;
		}
		return false;
	}

	#sideBadness(outline: readonly number[], i: number, j: number): number {
		const [a, b, c, d] = sideOf(outline, i, j);
		return this.#badnessOf(a, b, c, d);
	}

	/** Three faces stay at every free vertex that loses one. */
	#keepsDegrees(outline: readonly number[], middle: number, from: number, to: number): boolean {
		const { degree, kind } = this.#edit;
		for (const i of [0, middle])
			if (i !== from && i !== to && degree[outline[i]] - 1 < (kind[outline[i]] === FREE ? 3 : 2)) return false;
		return true;
	}

	#areNeighbours(a: number, b: number): boolean {
		const edit = this.#edit;
		const n = edit.ring(a, this.#ring);
		for (let i = 0; i < n; i++)
			if (edit.at[edit.after(this.#ring[i])] === b || edit.at[edit.before(this.#ring[i])] === b) return true;
		return false;
	}

	/** Takes quad `f` out along one of its diagonals, so that less is bad; true when it did. */
	collapse(f: number): boolean {
		const { at, sides, kind, positions: p } = this.#edit;
		if (sides[f] !== 4) return false;
		for (const diagonal of [0, 1]) {
			const a = at[4 * f + diagonal];
			const c = at[4 * f + 2 + diagonal];
			if (kind[a] !== FREE && kind[c] !== FREE && !(this.#isLast && (kind[a] === LINE || kind[c] === LINE))) continue;
			if (this.#isLast && this.#length(a, c) > NO_FARTHER * this.#longer * this.#surface.diagonal) continue;
			const stays = kind[a] >= kind[c] ? a : c;
			const goes = stays === a ? c : a;
			if (!this.#mayMerge(f, a, c, at[4 * f + 1 - diagonal], at[4 * f + 3 - diagonal])) continue;
			const before = this.#around(a) + this.#around(c) - this.badness(f);
			const wasA = p.slice(3 * a, 3 * a + 3);
			const wasC = p.slice(3 * c, 3 * c + 3);
			const tries = this.#isLast ? SHARES.length + DRAWS : 1;
			const home = kind[stays] === FREE ? 0.5 : stays === a ? 0 : 1;
			const spread = this.#length(a, c);
			for (let i = 0; i < tries; i++) {
				const share = this.#isLast ? (SHARES[i] ?? 0.5) : home;
				const off = i < SHARES.length ? 0 : spread;
				for (let k = 0; k < 3; k++)
					this.#at[k] = Math.fround(
						wasA[k] + share * (wasC[k] - wasA[k]) + (off > 0 ? off * (2 * this.#draw() - 1) : 0),
					);
				p.set(this.#at, 3 * a);
				p.set(this.#at, 3 * c);
				const after = this.#around(a) + this.#around(c) - 2 * this.badness(f);
				if (after >= before - WORTHWHILE) continue;
				this.#edit.remove(f);
				this.#edit.merge(goes, stays);
				return true;
			}
			p.set(wasA, 3 * a);
			p.set(wasC, 3 * c);
		}
		return false;
	}

	/** Greatest distance of the middle of a face around `v` from the dense surface. */
	#offAround(v: number): number {
		const { at, sides, positions } = this.#edit;
		const n = this.#edit.ring(v, this.#ring);
		let most = 0;
		for (let i = 0; i < n; i++) {
			const f = this.#ring[i] >> 2;
			const d = sides[f] === 3 ? NO_VERTEX : at[4 * f + 3];
			facesOut(positions, at[4 * f], at[4 * f + 1], at[4 * f + 2], d, this.#surface);
			most = Math.max(most, this.#surface.near.distance);
		}
		return most;
	}

	#length(a: number, b: number): number {
		const { positions: p } = this.#edit;
		return Math.hypot(p[3 * a] - p[3 * b], p[3 * a + 1] - p[3 * b + 1], p[3 * a + 2] - p[3 * b + 2]);
	}

	/** No other face may hold both ends of the diagonal, no other vertex be a neighbour of both, and none be left with two faces. */
	#mayMerge(f: number, a: number, c: number, b: number, d: number): boolean {
		const edit = this.#edit;
		const { at, degree, kind } = edit;
		for (const v of [b, d]) if (degree[v] < (kind[v] === FREE ? 4 : 3)) return false;
		const inA = edit.ring(a, this.#ring);
		const inC = edit.ring(c, this.#other);
		if (inA === MOST_CORNERS || inC === MOST_CORNERS) return false;
		for (let i = 0; i < inA; i++) {
			const g = this.#ring[i] >> 2;
			if (g === f) continue;
			for (let k = 4 * g; k < 4 * g + edit.sides[g]; k++) {
				if (at[k] === c) return false;
				if (at[k] === a || at[k] === b || at[k] === d) continue;
				for (let j = 0; j < inC; j++) {
					const e = this.#other[j];
					if (at[edit.after(e)] === at[k] || at[edit.before(e)] === at[k]) return false;
				}
			}
		}
		return true;
	}
}

function sideOf(outline: readonly number[], i: number, j: number): [number, number, number, number] {
	const n = outline.length;
	const d = (j - i + n) % n === 3 ? outline[(i + 3) % n] : NO_VERTEX;
	return [outline[i], outline[(i + 1) % n], outline[(i + 2) % n], d];
}

/** The ways to the faces and corners of a cube. */
const DIRECTIONS: readonly (readonly [number, number, number])[] = [-1, 0, 1]
	.flatMap((x) => [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((z) => [x, y, z] as const)))
	.filter(([x, y, z]) => (Math.abs(x) + Math.abs(y) + Math.abs(z)) % 2 === 1)
	.map(([x, y, z]) => {
		const length = Math.hypot(x, y, z);
		return [x / length, y / length, z / length] as const;
	});
