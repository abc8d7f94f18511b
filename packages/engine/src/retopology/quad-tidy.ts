import { random } from '../math/random.ts';
import { FREE, PINNED, type QuadEdit } from './quad-edit.ts';
import { meetTriangles } from './quad-meet.ts';
import { NO_VERTEX } from './quad-mesh.ts';
import { pinchTriangles } from './quad-pinch.ts';
import { rotateVertices } from './quad-rotate.ts';
import { addNormal, facesOut, squared, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';
import { changeAt, QuadTurns, type TurnLimits, weigh } from './quad-turn.ts';

/** Sine that the corners of a face may not fall below when it is changed. */
const MIN_CORNER = 0.2;
/** Cosine between the normals of a face before and after. */
const MIN_TURN = 0.5;
/** Cosine between the normals of a changed face and of the dense surface, unless it was less. */
const MIN_OUT = 0.3;
const PASSES = 12;
/** Distance of a face's middle from the dense surface after a collapse, in roots of twice its area, unless it was more. */
const BRIDGES = 0.15;
/** Share of the faces wanted that taking triangles out may go down to: they are made up for. */
const PINCHED = 0.8;
/** Distance from the faces around at which a collapse may leave its ends, in lengths of the diagonal, or shares of the model's. */
const CUT_OFF = 0.2;
const CUT_OFF_AT_LEAST = 0.002;
/** Most corners at a vertex that is edited. */
const MOST_CORNERS = 32;

export type TidyOptions = {
	/** Faces to end with: at most so many, and as near as collapses and openings allow. */
	readonly most: number;
	/** Faces that mending may go down to before they are made up for. */
	readonly least: number;
	/** Share of the edges that are turned though it does not lower the sum, 0..1: so irregular vertices wander and meet. */
	readonly heat: number;
	/** Seed of what is left to chance. */
	readonly seed: number;
	/**
	 * Distance from the dense surface that a change may bring edges and faces to, unless they were farther, object units;
	 * sharp edges turn as well where they stay within it. Infinity: limits that follow the faces' size, and sharp edges
	 * stay.
	 */
	readonly reach: number;
	/** What faces must keep when an edge turns. */
	readonly limits: TurnLimits;
	/** Do triangles walk to each other (quad-meet.ts)? */
	readonly meets: boolean;
	/** Are vertices rotated (quad-rotate.ts), and quads opened at vertices on lines as well? */
	readonly isThorough: boolean;
};

/**
 * Mends the valences of a surface of quads: the sum of what each vertex has too many or too few faces, to the power of
 * 1.5, falls with every change. Doublets (two faces over the same three vertices) are joined, neighbouring triangles made quads,
 * edges turned, triangles pinched together (quad-pinch.ts), quads collapsed along a diagonal, and opened at a vertex.
 *
 * Tried (2026-11), generated models at 5000 faces: no edge between two vertices on lines turns, sharp or not: 17.3 and
 * 20.0 % irregular on track and workbench, 15.0 and 17.2 where flat ones do; 14.6 and 16.2 with triangles pinched.
 * Squares in that sum: House1 and Tavern, loosely, 14.8 and 17.3 % irregular, 14.2 and 17.0 so; 1.2: 14.2 and 16.8, but
 * track 13.8 in place of 13.4.
 * Collapses that do not look at what they cut off: skull and House1 2.8 and 4.0 % of the diagonal off at their tips
 * (Hausdorff), .65 and .81 so; nor at how far faces come to lie off the surface: bench.glb at 3000 3.7 % off, 1.1 so.
 * Chains of up to ten turns that rise a little and then lower the sum, from every irregular vertex: after two rounds hardly
 * one is found; 10.0 to 9.7 % irregular on nine models at a third more time. Splitting to 1.15 and 1.3 times the faces and
 * taking whole chords of quads out: most cross themselves or run through what is pinned, so that single quads had to go:
 * bunny_hr, boot, workbench 19, 27, 29 % irregular in place of 7, 13, 14. More rounds, and valences of three at the middles
 * of split triangles counted as irregular, after splitting: no change.
 *
 * Based on:
 * - Tarini, Pietroni, Cignoni, Panozzo, Puppo. Practical quad mesh simplification. 2010. [tarini2010] (the operations)
 */
export function tidyQuads(
	edit: QuadEdit,
	surface: DenseSurface,
	{ most, least, heat, seed, reach, limits, meets, isThorough }: TidyOptions,
	advance: () => void,
): void {
	const work = new Tidier(edit, surface, random(seed), reach, limits, isThorough);
	if (heat > 0) work.turnEdges(heat);
	for (let pass = 0; pass < PASSES; pass++) {
		advance();
		let changed = work.joinDoublets();
		changed += work.turnEdges(0);
		if (isThorough) changed += rotateVertices(edit, surface, reach, limits);
		changed += pinchTriangles(edit, surface, Math.floor(PINCHED * least), reach);
		if (pass === 0 && meets) changed += meetTriangles(edit, surface, reach, limits);
		changed += work.collapse(0, least);
		changed += work.openVertices(0, most);
		if (changed === 0) break;
	}
	while (edit.faces > most && work.collapse(Infinity, most) > 0);
	while (edit.faces < least && work.openVertices(Infinity, least) > 0);
}

class Tidier {
	readonly #edit: QuadEdit;
	readonly #surface: DenseSurface;
	readonly #ringA = new Int32Array(MOST_CORNERS);
	readonly #ringB = new Int32Array(MOST_CORNERS);
	readonly #ringC = new Int32Array(MOST_CORNERS);
	readonly #turns: QuadTurns;
	readonly #normal = new Float64Array(3);
	readonly #old = new Float64Array(3);
	readonly #draw: () => number;
	readonly #reach: number;
	/** Quads are opened at vertices no more bound than this. */
	readonly #opens: number;
	#heat = 0;
	#from = 0;
	#to = 0;

	constructor(
		edit: QuadEdit,
		surface: DenseSurface,
		draw: () => number,
		reach: number,
		limits: TurnLimits,
		isThorough: boolean,
	) {
		this.#opens = isThorough ? PINNED : FREE;
		this.#draw = draw;
		this.#reach = reach;
		this.#edit = edit;
		this.#surface = surface;
		this.#turns = new QuadTurns(edit, surface, reach, limits);
	}

	/** Joins the two faces at every inner vertex that has no more. */
	joinDoublets(): number {
		const { degree, kind } = this.#edit;
		let joined = 0;
		for (let v = 0; v < degree.length; v++) if (degree[v] === 2 && kind[v] === FREE && this.#joinDoublet(v)) joined++;
		return joined;
	}

	#joinDoublet(v: number): boolean {
		const edit = this.#edit;
		const { at, sides } = edit;
		if (edit.ring(v, this.#ringA) !== 2) return false;
		let [c, d] = this.#ringA;
		if (edit.opposite(c) !== edit.before(d) || edit.opposite(d) !== edit.before(c)) return false;
		if (sides[c >> 2] === 3) [c, d] = [d, c];
		const f = c >> 2;
		const g = d >> 2;
		if (sides[f] === 3 || edit.labelOf[f] !== edit.labelOf[g]) return false;
		const p = at[edit.after(c)];
		const x = at[edit.after(edit.after(c))];
		const q = at[edit.before(c)];
		const y = sides[g] === 3 ? NO_VERTEX : at[edit.after(edit.after(d))];
		if (x === y) return false;
		edit.remove(g);
		edit.replace(f, p, x, q, y);
		return true;
	}

	/** Turns every edge whose turn lowers the sum; joins triangles that share one. */
	turnEdges(heat: number): number {
		const { at, sides } = this.#edit;
		this.#heat = heat;
		let turned = 0;
		for (let c = 0; c < at.length; c++) {
			if (sides[c >> 2] === 0 || (c & 3) >= sides[c >> 2]) continue;
			if (this.#turnEdge(c)) turned++;
		}
		return turned;
	}

	#turnEdge(c: number): boolean {
		const turns = this.#turns;
		const d = this.#edit.opposite(c);
		if (d >= 0 && c >> 2 > d >> 2) return false;
		if (!turns.take(c)) return false;
		const n = turns.count;
		if (n === 4) {
			if (!turns.mayJoin()) return false;
			turns.join();
			return true;
		}
		// Others than the edge at hand cut off as many, or (a triangle) three in all ways.
		let best = this.#heat > 0 && this.#draw() < this.#heat ? 0 : -1e-9;
		let from = -1;
		for (let i = 0; i < (n === 6 ? 3 : n); i++) {
			if (turns.isEdge(i)) continue;
			const sum = turns.change(i);
			if (sum > best || !turns.mayCut(i)) continue;
			best = sum;
			from = i;
		}
		if (from < 0) return false;
		turns.cut(from);
		return true;
	}

	#addFace(f: number): void {
		const { at, positions } = this.#edit;
		addNormal(positions, at[4 * f], at[4 * f + 1], at[4 * f + 2], at[4 * f + 3], this.#normal);
	}

	/** Opens quads at vertices, best first, while it changes the sum by less than `most` and fewer than `limit` faces are there. */
	openVertices(most: number, limit: number): number {
		const edit = this.#edit;
		const { degree, kind } = edit;
		const costs = new Float64Array(degree.length);
		const order: number[] = [];
		for (let v = 0; v < degree.length; v++) {
			if (degree[v] < 4 || degree[v] > 12 || kind[v] > this.#opens) continue;
			costs[v] = this.#openCost(v);
			if (costs[v] < most) order.push(v);
		}
		order.sort((a, b) => costs[a] - costs[b] || a - b);
		let opened = 0;
		for (const v of order) {
			if (edit.faces >= limit || !edit.hasRoom()) break;
			if (this.#openCost(v) <= costs[v] && this.#openVertex(v)) opened++;
		}
		return opened;
	}

	/** The least change of the sum by opening a quad at `v`; where, is left in `#from` and `#to`, the ring in `#ringA`. */
	#openCost(v: number): number {
		const edit = this.#edit;
		const { at, degree, labelOf } = edit;
		const ring = this.#ringA;
		const n = edit.ring(v, ring);
		// The corners around the vertex, in order.
		let c = ring[0];
		const first = c;
		for (let i = 0; i < n; i++) {
			if (labelOf[c >> 2] !== labelOf[first >> 2]) return Infinity;
			ring[i] = c;
			c = edit.opposite(edit.before(c));
			if (c < 0) return Infinity;
		}
		if (c !== first || n !== degree[v]) return Infinity;
		let best = Infinity;
		const isBound = edit.kind[v] !== FREE;
		const ideal = edit.ideal[v];
		const off = n - ideal;
		for (let i = 0; i < n; i++) {
			for (let j = i + 2; j < (isBound ? i + n - 1 : n) && j - i <= n - 2; j++) {
				// The vertex stays on its lines: only faces between two of them go over to the new one.
				if (isBound && this.#hasLine(ring, i, j, n)) break;
				const inner = j - i + 1 - 4;
				const outer = n - (j - i) + 1 - ideal;
				const a = at[edit.after(ring[i])];
				const b = at[edit.after(ring[j % n])];
				const sum = weigh(inner) + weigh(outer) - weigh(off) + changeAt(this.#edit, a, 1) + changeAt(this.#edit, b, 1);
				if (sum >= best) continue;
				best = sum;
				this.#from = i;
				this.#to = j;
			}
		}
		return best;
	}

	/** Is an edge between places i and j of a ring, both left out, a line? */
	#hasLine(ring: Int32Array, i: number, j: number, n: number): boolean {
		for (let k = i + 1; k < j; k++) if (!this.#edit.isLoose(ring[k % n], this.#surface.sharpness)) return true;
		return false;
	}

	#openVertex(v: number): boolean {
		const edit = this.#edit;
		const { at, positions: p, degree } = edit;
		const ring = this.#ringA;
		const n = degree[v];
		const from = this.#from;
		const to = this.#to;
		const a = at[edit.after(ring[from])];
		const b = at[edit.after(ring[to % n])];
		const moved = this.#ringB;
		const count = to - from;
		for (let i = 0; i < count; i++) moved[i] = ring[(from + i) % n];
		this.#normal.fill(0);
		for (let i = 0; i < n; i++) this.#addFace(ring[i] >> 2);
		const normal = this.#normal.slice();
		const was = p.slice(3 * v, 3 * v + 3);
		const u = edit.open(v, moved, count, a, b);
		this.#pull(u, was, normal);
		if (edit.kind[v] === FREE) this.#pull(v, was, normal);
		if (this.#worstAround(u) >= MIN_CORNER && this.#worstAround(v) >= MIN_CORNER) return true;
		p.set(was, 3 * v);
		edit.close(u, v);
		return false;
	}

	/** Lays a vertex between where it was and the middle of its faces, on the surface. */
	#pull(v: number, was: Float64Array, normal: Float64Array): void {
		const edit = this.#edit;
		const { at, positions: p, sides } = edit;
		const n = edit.ring(v, this.#ringC);
		const to = new Float64Array(3);
		let count = 0;
		for (let i = 0; i < n; i++) {
			const f = this.#ringC[i] >> 2;
			for (let k = 4 * f; k < 4 * f + sides[f]; k++) {
				if (at[k] === v) continue;
				count++;
				for (let x = 0; x < 3; x++) to[x] += p[3 * at[k] + x];
			}
		}
		for (let x = 0; x < 3; x++) to[x] = 0.5 * was[x] + (0.5 * to[x]) / count;
		const reach = Math.hypot(to[0] - was[0], to[1] - was[1], to[2] - was[2]);
		const { near } = this.#surface;
		if (findNearest(this.#surface, to[0], to[1], to[2], normal[0], normal[1], normal[2], reach))
			to.set([near.x, near.y, near.z]);
		p.set(to, 3 * v);
	}

	#worstAround(v: number): number {
		const edit = this.#edit;
		const n = edit.ring(v, this.#ringC);
		let worst = 1;
		for (let i = 0; i < n; i++) {
			const [a, b, c, d] = edit.at.subarray(this.#ringC[i] & ~3, (this.#ringC[i] & ~3) + 4);
			this.#old.fill(0);
			addNormal(edit.positions, a, b, c, d, this.#old);
			const [x, y, z] = this.#old;
			worst = Math.min(worst, worstCorner(edit.positions, a, b, c, d, x, y, z));
			if (facesOut(edit.positions, a, b, c, d, this.#surface) < MIN_OUT) return -1;
		}
		return worst;
	}

	/** Collapses quads along a diagonal, best first, while it costs less than `most` and more than `limit` faces are left. */
	collapse(most: number, limit: number): number {
		const edit = this.#edit;
		const { sides } = edit;
		const costs = new Float64Array(2 * sides.length).fill(Infinity);
		const order: number[] = [];
		for (let i = 0; i < costs.length; i++) {
			costs[i] = this.#collapseCost(i >> 1, i & 1);
			if (costs[i] < most) order.push(i);
		}
		order.sort((a, b) => costs[a] - costs[b] || a - b);
		let collapsed = 0;
		for (const i of order) {
			if (edit.faces <= limit) break;
			if (this.#collapseCost(i >> 1, i & 1) > costs[i] + 1e-9) continue;
			if (this.#collapseQuad(i >> 1, i & 1)) collapsed++;
		}
		return collapsed;
	}

	/** Change of the sum, plus the share of the quad's size in that of its neighbours as a tie break. */
	#collapseCost(f: number, diagonal: number): number {
		const edit = this.#edit;
		const { at, sides, positions: p, kind, degree, ideal } = edit;
		if (sides[f] !== 4) return Infinity;
		const [a, b, c, d] = [0, 1, 2, 3].map((k) => at[4 * f + ((k + diagonal) & 3)]);
		if (kind[a] !== FREE && kind[c] !== FREE) return Infinity;
		if (degree[a] > 12 || degree[c] > 12) return Infinity;
		const stays = kind[a] >= kind[c] ? a : c;
		const off = degree[a] + degree[c] - 2 - ideal[stays];
		const offA = degree[a] - ideal[a];
		const offC = degree[c] - ideal[c];
		const sum = weigh(off) - weigh(offA) - weigh(offC) + changeAt(this.#edit, b, -1) + changeAt(this.#edit, d, -1);
		const along = squared(p, a, c);
		const across = squared(p, b, d);
		return sum + (0.5 * along) / (along + across);
	}

	#collapseQuad(f: number, diagonal: number): boolean {
		const edit = this.#edit;
		const { at, positions: p, kind, degree } = edit;
		const [a, b, c, d] = [0, 1, 2, 3].map((k) => at[4 * f + ((k + diagonal) & 3)]);
		for (const v of [b, d]) if (degree[v] < (kind[v] === FREE ? 4 : 2)) return false;
		const inA = edit.ring(a, this.#ringA);
		const inC = edit.ring(c, this.#ringB);
		if (inA === MOST_CORNERS || inC === MOST_CORNERS) return false;
		// No other face may hold both, and no other vertex be a neighbour of both.
		for (let i = 0; i < inA; i++) {
			const face = this.#ringA[i] >> 2;
			if (face === f) continue;
			for (let k = 4 * face; k < 4 * face + edit.sides[face]; k++) {
				if (at[k] === c) return false;
				if (at[k] === a || at[k] === b || at[k] === d) continue;
				for (let j = 0; j < inC; j++) {
					const e = this.#ringB[j];
					if (at[edit.after(e)] === at[k] || at[edit.before(e)] === at[k]) return false;
				}
			}
		}
		const stays = kind[a] >= kind[c] ? a : c;
		const goes = stays === a ? c : a;
		const was = [...p.subarray(3 * a, 3 * a + 3), ...p.subarray(3 * c, 3 * c + 3)];
		const to = kind[stays] === FREE ? this.#between(a, c, f) : p.slice(3 * stays, 3 * stays + 3);
		const before = this.#qualities(f, inA, inC);
		p.set(to, 3 * a);
		p.set(to, 3 * c);
		if (!this.#areSound(f, inA, inC, before) || this.#cutsOff(f, inA, inC, was)) {
			p.set(was.slice(0, 3), 3 * a);
			p.set(was.slice(3), 3 * c);
			return false;
		}
		edit.remove(f);
		edit.merge(goes, stays);
		return true;
	}

	/** The middle of two vertices, on the surface. */
	#between(a: number, c: number, f: number): Float64Array {
		const { positions: p } = this.#edit;
		const to = Float64Array.from([0, 1, 2], (k) => (p[3 * a + k] + p[3 * c + k]) / 2);
		this.#normal.fill(0);
		this.#addFace(f);
		const [nx, ny, nz] = this.#normal;
		const { near } = this.#surface;
		if (findNearest(this.#surface, to[0], to[1], to[2], nx, ny, nz, Math.sqrt(squared(p, a, c))))
			to.set([near.x, near.y, near.z]);
		return to;
	}

	/** Would the ends of the diagonal, which were at `was`, lie far from the faces around it: is a tip cut off? */
	#cutsOff(f: number, inA: number, inC: number, was: readonly number[]): boolean {
		const { at, sides, positions } = this.#edit;
		const length = Math.hypot(was[3] - was[0], was[4] - was[1], was[5] - was[2]);
		const most = Math.max(CUT_OFF * length, CUT_OFF_AT_LEAST * this.#surface.diagonal);
		const allowed = Math.min(most, this.#reach);
		for (const end of [0, 3]) {
			let least = Infinity;
			for (let i = 0; i < inA + inC && least > allowed; i++) {
				const g = (i < inA ? this.#ringA[i] : this.#ringB[i - inA]) >> 2;
				if (g === f) continue;
				for (let k = 2; k < sides[g]; k++) {
					const d = distanceTo(
						positions,
						at[4 * g],
						at[4 * g + k - 1],
						at[4 * g + k],
						was[end],
						was[end + 1],
						was[end + 2],
					);
					least = Math.min(least, d);
				}
			}
			if (least > allowed) return true;
		}
		return false;
	}

	/** Normal and worst corner of each face around the diagonal. */
	#qualities(f: number, inA: number, inC: number): Float64Array {
		const { at, positions } = this.#edit;
		const out = new Float64Array(6 * (inA + inC));
		for (let i = 0; i < inA + inC; i++) {
			const g = (i < inA ? this.#ringA[i] : this.#ringB[i - inA]) >> 2;
			if (g === f) continue;
			const [a, b, c, d] = at.subarray(4 * g, 4 * g + 4);
			this.#old.fill(0);
			addNormal(positions, a, b, c, d, this.#old);
			out.set(this.#old, 6 * i);
			out[6 * i + 4] = facesOut(positions, a, b, c, d, this.#surface);
			out[6 * i + 5] = this.#surface.near.distance;
			out[6 * i + 3] = worstCorner(positions, a, b, c, d, this.#old[0], this.#old[1], this.#old[2]);
		}
		return out;
	}

	#areSound(f: number, inA: number, inC: number, before: Float64Array): boolean {
		const { at, positions } = this.#edit;
		for (let i = 0; i < inA + inC; i++) {
			const g = (i < inA ? this.#ringA[i] : this.#ringB[i - inA]) >> 2;
			if (g === f) continue;
			const [a, b, c, d] = at.subarray(4 * g, 4 * g + 4);
			const [ox, oy, oz, quality, out, off] = before.subarray(6 * i, 6 * i + 6);
			this.#old.fill(0);
			addNormal(positions, a, b, c, d, this.#old);
			const [nx, ny, nz] = this.#old;
			const turn =
				(nx * ox + ny * oy + nz * oz) / Math.sqrt((nx * nx + ny * ny + nz * nz) * (ox * ox + oy * oy + oz * oz));
			if (!(turn >= MIN_TURN)) return false;
			const worst = worstCorner(positions, a, b, c, d, nx, ny, nz);
			if (worst < MIN_CORNER && worst < quality) return false;
			if (facesOut(positions, a, b, c, d, this.#surface) < Math.min(MIN_OUT, out)) return false;
			const allowed = Math.min(BRIDGES * Math.sqrt(Math.sqrt(nx * nx + ny * ny + nz * nz)), this.#reach);
			if (this.#surface.near.distance > Math.max(allowed, off)) return false;
		}
		return true;
	}
}

/** Distance of a point from a triangle. */
function distanceTo(p: Float64Array, a: number, b: number, c: number, x: number, y: number, z: number): number {
	const [ax, ay, az] = [p[3 * a], p[3 * a + 1], p[3 * a + 2]];
	const [ux, uy, uz] = [p[3 * b] - ax, p[3 * b + 1] - ay, p[3 * b + 2] - az];
	const [vx, vy, vz] = [p[3 * c] - ax, p[3 * c + 1] - ay, p[3 * c + 2] - az];
	const [wx, wy, wz] = [x - ax, y - ay, z - az];
	const uu = ux * ux + uy * uy + uz * uz;
	const uv = ux * vx + uy * vy + uz * vz;
	const vv = vx * vx + vy * vy + vz * vz;
	const wu = wx * ux + wy * uy + wz * uz;
	const wv = wx * vx + wy * vy + wz * vz;
	const area = uu * vv - uv * uv;
	const s = (vv * wu - uv * wv) / area;
	const t = (uu * wv - uv * wu) / area;
	const off = (s: number, t: number): number =>
		Math.hypot(wx - s * ux - t * vx, wy - s * uy - t * vy, wz - s * uz - t * vz);
	if (s >= 0 && t >= 0 && s + t <= 1) return off(s, t);
	const clamp = (r: number): number => (r > 0 ? Math.min(r, 1) : 0);
	const e = clamp((wv - wu + uu - uv) / (uu - 2 * uv + vv));
	return Math.min(off(clamp(wu / uu), 0), off(0, clamp(wv / vv)), off(1 - e, e));
}
