import type { QuadEdit } from './quad-edit.ts';
import { NO_VERTEX } from './quad-mesh.ts';
import type { DenseSurface } from './quad-surface.ts';
import { changeAt, QuadTurns, type TurnLimits } from './quad-turn.ts';

/** What a triangle weighs, over a vertex that has one face too many or too few. */
const TRIANGLE = 2;
/** Quads between two triangles that meet, at most. */
const LONGEST = 8;
/** Cuts that are tried for one triangle. */
const TRIES = 120;
/** Rounds: a triangle whose partner has met another looks for a new one in the next. */
const ROUNDS = 3;

/**
 * Brings triangles together two by two: one walks through the quads between by turns of edges, each of which leaves a
 * quad behind, until it shares an edge with the other, and both become a quad. A walk is taken where the sum of what
 * vertices weigh (quad-tidy.ts) rises by less than the two triangles weigh; of those tried the best.
 *
 * Each triangle that is split leaves a vertex of three faces: at 5000 faces (2026-11) bunny_hr had 38 triangles among the
 * 1257 faces to split, boot 134, track 154, after it 6, 82 and 104; triangles that sharp edges part stay. What they leave
 * behind is irregular too, and wanders and meets in hot rounds: by itself this takes .4 % of irregular vertices on average.
 *
 * @param limits What faces must keep.
 * @returns how many pairs met.
 */
export function meetTriangles(edit: QuadEdit, surface: DenseSurface, reach: number, limits: TurnLimits): number {
	const work = new Walker(edit, new QuadTurns(edit, surface, reach, limits));
	let met = 0;
	for (let round = 0; round < ROUNDS; round++) {
		const before = met;
		work.measureWays();
		for (let f = 0; f < edit.sides.length; f++) if (edit.sides[f] === 3 && work.meet(f)) met++;
		if (met === before) break;
	}
	return met;
}

/** A cut of the edge from a corner, at a place of the outline; -1 joins two triangles. */
type Step = { readonly corner: number; readonly place: number; readonly change: number };

class Walker {
	readonly #edit: QuadEdit;
	readonly #turns: QuadTurns;
	/** The two triangles nearest to each face through edges that may turn, and their distances in faces. F × 2. */
	readonly #nearest: Int32Array;
	readonly #ways: Int32Array;
	#triangle = 0;
	#tries = 0;
	#best = 0;
	#path: Step[] = [];
	#bestPath: Step[] = [];

	constructor(edit: QuadEdit, turns: QuadTurns) {
		this.#edit = edit;
		this.#turns = turns;
		this.#nearest = new Int32Array(2 * edit.sides.length);
		this.#ways = new Int32Array(2 * edit.sides.length);
	}

	measureWays(): void {
		const { sides } = this.#edit;
		const nearest = this.#nearest.fill(-1);
		const ways = this.#ways.fill(LONGEST + 1);
		const queue: number[] = [];
		for (let f = 0; f < sides.length; f++) {
			if (sides[f] !== 3) continue;
			nearest[2 * f] = f;
			ways[2 * f] = 0;
			queue.push(2 * f);
		}
		for (let i = 0; i < queue.length; i++) {
			const slot = queue[i];
			const f = slot >> 1;
			if (ways[slot] === LONGEST) continue;
			for (let k = 0; k < sides[f]; k++) {
				if (!this.#turns.mayTurn(4 * f + k)) continue;
				const g = this.#edit.opposite(4 * f + k) >> 2;
				const from = nearest[slot];
				if (nearest[2 * g] === from || nearest[2 * g + 1] === from) continue;
				const free = nearest[2 * g] < 0 ? 2 * g : nearest[2 * g + 1] < 0 ? 2 * g + 1 : -1;
				if (free < 0) continue;
				nearest[free] = from;
				ways[free] = ways[slot] + 1;
				queue.push(free);
			}
		}
	}

	/** How far face `f` is from the nearest triangle other than the one that walks. */
	#wayOf(f: number): number {
		const own = this.#nearest[2 * f] === this.#triangle ? 2 * f + 1 : 2 * f;
		const to = this.#nearest[own];
		return to >= 0 ? this.#ways[own] : LONGEST + 1;
	}

	meet(f: number): boolean {
		this.#triangle = f;
		const way = this.#wayOf(f);
		if (way > LONGEST) return false;
		this.#tries = TRIES;
		this.#best = 2 * TRIANGLE - 1e-9;
		this.#bestPath = [];
		this.#search(f, way + 1, 0);
		for (const { corner, place } of this.#bestPath) this.#take(corner, place);
		return this.#bestPath.length > 0;
	}

	#take(corner: number, place: number): void {
		const turns = this.#turns;
		turns.take(corner);
		if (place < 0) turns.join();
		else turns.cut(place);
	}

	/** Tries all ways of triangle `f` that may meet another within `left` turns, the cheapest first. */
	#search(f: number, left: number, cost: number): void {
		const { at } = this.#edit;
		for (const step of this.#steps(f, left)) {
			if (this.#tries <= 0) return;
			const total = cost + step.change;
			if (total >= this.#best) continue;
			const turns = this.#turns;
			if (!turns.take(step.corner)) continue;
			this.#tries--;
			if (step.place < 0) {
				if (!turns.mayJoin()) continue;
				this.#best = total;
				this.#bestPath = [...this.#path, step];
				continue;
			}
			if (!turns.mayCut(step.place)) continue;
			const g = turns.g;
			const was = [f, g].map((face) => [...at.subarray(4 * face, 4 * face + 4)]);
			turns.cut(step.place);
			this.#path.push(step);
			this.#search(g, left - 1, total);
			this.#path.pop();
			this.#edit.remove(f);
			this.#edit.remove(g);
			this.#edit.replace(f, was[0][0], was[0][1], was[0][2], NO_VERTEX);
			this.#edit.replace(g, was[1][0], was[1][1], was[1][2], was[1][3]);
		}
	}

	#steps(f: number, left: number): Step[] {
		const { sides } = this.#edit;
		const turns = this.#turns;
		const steps: Step[] = [];
		for (let k = 0; k < 3; k++) {
			const corner = 4 * f + k;
			const d = this.#edit.opposite(corner);
			if (d < 0 || this.#wayOf(d >> 2) > left - 1 || !turns.take(corner)) continue;
			if (sides[d >> 2] === 3) {
				const change = changeAt(this.#edit, turns.outline[0], -1) + changeAt(this.#edit, turns.outline[2], -1);
				steps.push({ corner, place: -1, change });
				continue;
			}
			for (let i = 0; i < 5; i++) {
				if (turns.isEdge(i)) continue;
				const change = turns.change(i);
				if (change < 50) steps.push({ corner, place: i, change });
			}
		}
		return steps.sort((a, b) => a.change - b.change);
	}
}
