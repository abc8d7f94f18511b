import { IndexedHeap } from '../math/heap.ts';
import { next, prev } from '../mesh/mesh.ts';
import type { Level } from './field-hierarchy.ts';
import { quarterTurns } from './field-orientation.ts';
import { meet, newMeeting } from './field-position.ts';
import { type FieldSurface, FREE, PINNED, turnedX, turnedY } from './field-surface.ts';

/** Least cost of carrying a mismatch over an edge, so that paths are short. */
const MIN_COST = 0.05;
/** Cost of a step that spans more than one cell. */
const LONG = 2;
/** Cost of a triangle that the lattice runs over backwards. */
const FLIPPED = 6;
/** Cost of ending a mismatch in a singularity, which then may need a partner. */
const ABSORBED = 0.3;
/** Cost of leaving a line. */
const ACROSS = 12;
/** How far, in cost, partners are looked for: round by round, so that near ones find each other. */
const ROUNDS = [1, 2, 4, 8, 16, 64, Infinity];
/** Sweeps of vertices over to a better lattice point. */
const SWEEPS = 8;

/**
 * Makes the steps of the lattice along the edges whole numbers that agree around every triangle: then they are the
 * differences of a map onto the integer lattice, and its cells are quads. Written to `dx, dy, turn` of the surface.
 *
 * Rounding leaves mismatches: triangles whose steps do not add up, the ends of rows of quads that begin or stop inside.
 * A mismatch can be carried over an edge into the next triangle by changing the step along that edge, at the cost of
 * moving lattice points further. Each is carried along the cheapest path to one that cancels it, to a singularity
 * of the crosses, or over a border. A singularity whose steps are odd in sum would be a triangle or a pentagon; those
 * are joined in pairs in the same way, and become vertices. In the end vertices change over to neighbouring lattice
 * points where that turns flipped triangles back.
 *
 * Based on: Huang, Zhou, Niessner, Shewchuk, Guibas. QuadriFlow: a scalable and robust method for quadrangulation. 2018.
 * [huang2018] (position singularities are a flow). Departs from it: cheapest paths on the four-fold cover of the
 * triangles, one mismatch after the other, instead of one minimum-cost flow: quarter turns need no cut, and the work is
 * in proportion to the mismatches. Flips are turned back by local moves instead of a satisfiability problem.
 *
 * @returns Singular triangles (index not 0), 1, others 0. T.
 */
export function settleSteps(
	surface: FieldSurface,
	level: Level,
	spacing: number,
	advance: (fraction: number) => void,
): StepReport {
	const work = new Integers(surface, level, spacing);
	advance(0.3);
	const mismatches = work.cancelMismatches();
	advance(0.6);
	const odd = work.pairOdd();
	advance(0.8);
	const flipped = work.turnFlipped();
	return { mismatches, odd, flipped, singular: work.singularCount() };
}

export type StepReport = { mismatches: number; odd: number; flipped: number; singular: number };

class Integers {
	readonly surface: FieldSurface;
	/** Quarter turns from coordinates at the start of a half-edge to those at its end, and to those of its triangle. C. */
	readonly #along: Uint8Array;
	readonly #into: Uint8Array;
	/** Steps along the half-edge as the origins lie, not whole, in the frame of the triangle. C. */
	readonly #fx: Float32Array;
	readonly #fy: Float32Array;
	/** Which component of a step along a line may differ from 0: 1 x, 2 y, 3 both. C. */
	readonly #may: Uint8Array;
	readonly #singular: Uint8Array;
	readonly #heap: IndexedHeap;
	readonly #cost: Float64Array;
	readonly #from: Int32Array;
	readonly #seen: Int32Array;
	#search = 0;

	constructor(surface: FieldSurface, level: Level, spacing: number) {
		this.surface = surface;
		const corners = 3 * surface.triangles;
		this.#along = new Uint8Array(corners);
		this.#into = new Uint8Array(corners);
		this.#fx = new Float32Array(corners);
		this.#fy = new Float32Array(corners);
		this.#may = new Uint8Array(corners).fill(3);
		this.#singular = new Uint8Array(surface.triangles);
		const nodes = 4 * surface.triangles;
		this.#heap = new IndexedHeap(nodes);
		this.#cost = new Float64Array(nodes);
		this.#from = new Int32Array(nodes);
		this.#seen = new Int32Array(nodes);
		this.#findTurns(level);
		this.#roundSteps(level, spacing);
	}

	singularCount(): number {
		let count = 0;
		for (const s of this.#singular) if (s !== 0) count++;
		return count;
	}

	#findTurns(level: Level): void {
		const { at, twin, turn, triangles } = this.surface;
		const along = this.#along;
		const into = this.#into;
		for (let c = 0; c < 3 * triangles; c++) {
			if (c < twin[c]) continue;
			along[c] = (4 - quarterTurns(level, at[c], at[next(c)])) & 3;
			if (twin[c] >= 0) along[twin[c]] = (4 - along[c]) & 3;
		}
		for (let t = 0; t < triangles; t++) {
			into[3 * t + 1] = (4 - along[3 * t]) & 3;
			into[3 * t + 2] = along[3 * t + 2];
			this.#singular[t] = (along[3 * t] + along[3 * t + 1] + along[3 * t + 2]) & 3;
		}
		for (let c = 0; c < 3 * triangles; c++) turn[c] = twin[c] < 0 ? 0 : (8 - into[c] + along[c] + into[twin[c]]) & 3;
	}

	#roundSteps(level: Level, spacing: number): void {
		const { at, twin, line, turn, dx, dy, triangles } = this.surface;
		const { origins: o, normals: n, cross: q, points } = level;
		const meeting = newMeeting();
		const { a, b } = meeting;
		for (let c = 0; c < 3 * triangles; c++) {
			if (c < twin[c]) continue;
			const i = at[c];
			const j = at[next(c)];
			meet(level, i, o[3 * i], o[3 * i + 1], o[3 * i + 2], j, spacing, meeting);
			const back = (4 - this.#along[c]) & 3;
			let x = meeting.ix - turnedX(meeting.jx, meeting.jy, back);
			let y = meeting.iy - turnedY(meeting.jx, meeting.jy, back);
			const k = 3 * i;
			const ux = q[k];
			const uy = q[k + 1];
			const uz = q[k + 2];
			const wx = n[k + 1] * uz - n[k + 2] * uy;
			const wy = n[k + 2] * ux - n[k] * uz;
			const wz = n[k] * uy - n[k + 1] * ux;
			const fx = x + ((b[0] - a[0]) * ux + (b[1] - a[1]) * uy + (b[2] - a[2]) * uz) / spacing;
			const fy = y + ((b[0] - a[0]) * wx + (b[1] - a[1]) * wy + (b[2] - a[2]) * wz) / spacing;
			const r = this.#into[c];
			if (line[c] !== 0) {
				const ex = points[3 * j] - points[k];
				const ey = points[3 * j + 1] - points[k + 1];
				const ez = points[3 * j + 2] - points[k + 2];
				const alongX = Math.abs(ex * ux + ey * uy + ez * uz) >= Math.abs(ex * wx + ey * wy + ez * wz);
				if (alongX) y = 0;
				else x = 0;
				this.#may[c] = alongX === ((r & 1) === 0) ? 1 : 2;
			}
			dx[c] = turnedX(x, y, r);
			dy[c] = turnedY(x, y, r);
			this.#fx[c] = turnedX(fx, fy, r);
			this.#fy[c] = turnedY(fx, fy, r);
			const t = twin[c];
			if (t < 0) continue;
			const m = turn[c];
			dx[t] = -turnedX(dx[c], dy[c], m);
			dy[t] = -turnedY(dx[c], dy[c], m);
			this.#fx[t] = -turnedX(this.#fx[c], this.#fy[c], m);
			this.#fy[t] = -turnedY(this.#fx[c], this.#fy[c], m);
			if (line[c] !== 0) this.#may[t] = (m & 1) === 0 ? this.#may[c] : 3 - this.#may[c];
		}
	}

	#sumX(t: number): number {
		const { dx } = this.surface;
		return dx[3 * t] + dx[3 * t + 1] + dx[3 * t + 2];
	}

	#sumY(t: number): number {
		const { dy } = this.surface;
		return dy[3 * t] + dy[3 * t + 1] + dy[3 * t + 2];
	}

	/** Carries every mismatch to where it ends. How many are left. */
	cancelMismatches(): number {
		let open: number[] = [];
		for (let t = 0; t < this.surface.triangles; t++)
			if (this.#singular[t] === 0 && (this.#sumX(t) !== 0 || this.#sumY(t) !== 0)) open.push(t);
		for (const most of ROUNDS) {
			open = open.filter((t) => !this.#cancel(t, most));
			if (open.length === 0) break;
		}
		return open.length;
	}

	#cancel(t: number, most: number): boolean {
		for (;;) {
			const x = this.#sumX(t);
			const y = this.#sumY(t);
			if (x === 0 && y === 0) return true;
			this.#begin();
			if (x !== 0) this.#start(4 * t + (x > 0 ? 0 : 2));
			if (y !== 0) this.#start(4 * t + (y > 0 ? 1 : 3));
			const end = this.#seek(most, (node) => {
				const u = node >> 2;
				if (u === t) return false;
				if (this.#singular[u] !== 0) return true;
				const k = node & 3;
				return turnedX(1, 0, k) * this.#sumX(u) + turnedY(1, 0, k) * this.#sumY(u) < 0;
			});
			if (!end) return false;
		}
	}

	/** Joins the singularities with an odd sum in pairs. How many are left. */
	pairOdd(): number {
		const isOdd = (t: number): boolean => this.#singular[t] !== 0 && ((this.#sumX(t) + this.#sumY(t)) & 1) !== 0;
		let odd: number[] = [];
		for (let t = 0; t < this.surface.triangles; t++) if (isOdd(t)) odd.push(t);
		for (const most of ROUNDS) {
			for (const t of odd) {
				if (!isOdd(t)) continue;
				this.#begin();
				for (let k = 0; k < 4; k++) this.#start(4 * t + k);
				this.#seek(most, (node) => node >> 2 !== t && isOdd(node >> 2));
			}
			odd = odd.filter(isOdd);
			if (odd.length === 0) break;
		}
		return odd.length;
	}

	#begin(): void {
		this.#search++;
		this.#heap.clear();
	}

	#start(node: number): void {
		this.#seen[node] = this.#search;
		this.#cost[node] = 0;
		this.#from[node] = -1;
		this.#heap.set(node, 0);
	}

	/**
	 * Looks for the cheapest way from the started nodes to a goal, or over a border, and goes it. A node is a triangle
	 * and the direction of what is carried, in quarter turns from its x axis.
	 */
	#seek(most: number, isGoal: (node: number) => boolean): boolean {
		const { twin, turn } = this.surface;
		const heap = this.#heap;
		let outCost = Infinity;
		let outNode = -1;
		let outCorner = -1;
		for (;;) {
			const node = heap.pop();
			const cost = node < 0 ? Infinity : this.#cost[node];
			if (Math.min(cost, outCost) > most) return false;
			if (outCost <= cost) {
				this.#change(outCorner, outNode & 3);
				this.#goBack(outNode);
				return true;
			}
			const t = node >> 2;
			const k = node & 3;
			if (this.#from[node] >= 0) {
				if (isGoal(node)) {
					this.#goBack(node);
					return true;
				}
				if (this.#singular[t] !== 0) continue;
			}
			const ux = turnedX(1, 0, k);
			const uy = turnedY(1, 0, k);
			for (let c = 3 * t; c < 3 * t + 3; c++) {
				const across = (this.#may[c] & (ux !== 0 ? 1 : 2)) === 0 ? ACROSS : 0;
				const through = cost + across + this.#costOf(c, ux, uy);
				const other = twin[c];
				if (other < 0) {
					if (through < outCost) {
						outCost = through;
						outNode = node;
						outCorner = c;
					}
					continue;
				}
				const u = (other / 3) | 0;
				const target = 4 * u + ((k + turn[c]) & 3);
				const total = through + (this.#singular[u] !== 0 ? ABSORBED : 0);
				if (this.#seen[target] === this.#search && this.#cost[target] <= total) continue;
				this.#seen[target] = this.#search;
				this.#cost[target] = total;
				this.#from[target] = other;
				heap.set(target, total);
			}
		}
	}

	/** What it costs to take (ux, uy) off the step along a half-edge. */
	#costOf(c: number, ux: number, uy: number): number {
		const x = this.surface.dx[c];
		const y = this.surface.dy[c];
		let cost = 1 - 2 * (ux * (x - this.#fx[c]) + uy * (y - this.#fy[c]));
		if (Math.abs(x - ux) > 1 || Math.abs(y - uy) > 1) cost += LONG;
		return Math.max(MIN_COST, cost);
	}

	#goBack(node: number): void {
		while (this.#from[node] >= 0) {
			const other = this.#from[node];
			const c = this.surface.twin[other];
			const k = ((node & 3) + this.surface.turn[other]) & 3;
			this.#change(c, k);
			node = 4 * ((c / 3) | 0) + k;
		}
	}

	/** Takes the unit of direction `k` off the step along a half-edge. */
	#change(c: number, k: number): void {
		this.#add(c, -turnedX(1, 0, k), -turnedY(1, 0, k));
	}

	#add(c: number, x: number, y: number): void {
		const { dx, dy, twin, turn } = this.surface;
		dx[c] += x;
		dy[c] += y;
		const t = twin[c];
		if (t < 0) return;
		dx[t] -= turnedX(x, y, turn[c]);
		dy[t] -= turnedY(x, y, turn[c]);
	}

	/** Moves vertices to neighbouring lattice points where that costs less. How many flipped triangles are left. */
	turnFlipped(): number {
		const { kind, vertices, triangles } = this.surface;
		for (let sweep = 0; sweep < SWEEPS; sweep++) {
			let moves = 0;
			for (let v = 0; v < vertices; v++) if (kind[v] !== PINNED && this.#moveVertex(v)) moves++;
			if (moves === 0) break;
		}
		let flipped = 0;
		for (let t = 0; t < triangles; t++) if (this.#isFlipped(t)) flipped++;
		return flipped;
	}

	#moveVertex(v: number): boolean {
		const count = this.surface.walk(v);
		const before = this.#costAround(count);
		if (before < 0.5 * count) return false;
		let best = before - 1e-6;
		let bestMove = -1;
		for (let k = 0; k < 4; k++) {
			if (this.surface.kind[v] !== FREE && !this.#mayMove(count, k)) continue;
			this.#shift(count, k);
			const after = this.#costAround(count);
			if (after < best) {
				best = after;
				bestMove = k;
			}
			this.#shift(count, (k + 2) & 3);
		}
		if (bestMove >= 0) this.#shift(count, bestMove);
		return bestMove >= 0;
	}

	#mayMove(count: number, k: number): boolean {
		const { ring, open } = this.surface;
		for (let i = 0; i < count; i++) {
			const odd = (k + this.#into[ring[i]]) & 1;
			if ((this.#may[ring[i]] & (odd === 0 ? 1 : 2)) === 0) return false;
		}
		if (!open) return true;
		const p = prev(ring[count - 1]);
		const odd = (k + 4 - this.#along[p] + this.#into[p]) & 1;
		return (this.#may[p] & (odd === 0 ? 1 : 2)) !== 0;
	}

	/** Moves the vertex whose ring was walked by the unit of direction `k`, in its own frame. */
	#shift(count: number, k: number): void {
		const { ring, open } = this.surface;
		for (let i = 0; i < count; i++) {
			const d = (k + this.#into[ring[i]]) & 3;
			this.#add(ring[i], -turnedX(1, 0, d), -turnedY(1, 0, d));
		}
		if (!open) return;
		const p = prev(ring[count - 1]);
		const d = (k + 4 - this.#along[p] + this.#into[p]) & 3;
		this.#add(p, turnedX(1, 0, d), turnedY(1, 0, d));
	}

	#costAround(count: number): number {
		const { ring, open } = this.surface;
		let cost = open ? this.#edgeCost(prev(ring[count - 1])) : 0;
		for (let i = 0; i < count; i++) {
			cost += this.#edgeCost(ring[i]);
			if (this.#isFlipped((ring[i] / 3) | 0)) cost += FLIPPED;
		}
		return cost;
	}

	#edgeCost(c: number): number {
		const x = this.surface.dx[c];
		const y = this.surface.dy[c];
		const long = Math.abs(x) > 1 || Math.abs(y) > 1 ? LONG : 0;
		return (x - this.#fx[c]) ** 2 + (y - this.#fy[c]) ** 2 + long;
	}

	#isFlipped(t: number): boolean {
		if (this.#singular[t] !== 0) return false;
		const { dx, dy } = this.surface;
		return dx[3 * t] * dy[3 * t + 1] - dy[3 * t] * dx[3 * t + 1] < 0;
	}
}
