import { next, prev } from '../mesh/mesh.ts';

/** How a vertex may move: anywhere on the surface, along its line, nowhere. */
export const FREE = 0;
export const LINE = 1;
export const PINNED = 2;

/** `at` of the corners of a triangle that is gone. */
export const GONE = -1;

/**
 * A triangulated surface under surgery. Manifold, with or without borders: every operation keeps it so, or refuses.
 *
 * Corner `c` of triangle `c / 3 | 0` starts at vertex `at[c]` and names the half-edge to `at[next(c)]`; `twin[c]` is the
 * half-edge the other way, -1 on a border.
 *
 * Each triangle has a frame of its own, a lattice with two axes. `dx, dy` is the step of the lattice along a half-edge,
 * in the frame of its triangle, and `turn[c]` the number of quarter turns that take coordinates of this frame to those
 * of the frame across, so that always (dx, dy) of the twin = −turned (dx, dy). All 0 until the lattice is known; the
 * operations carry them along.
 *
 *            x                     The edge c runs from a to b, with x on its left and y on its right.
 *          ↗   ↘
 *        a ──c──→ b
 *          ↘   ↗
 *            y
 */
export class FieldSurface {
	/** V × 3. */
	positions: Float64Array;
	/** FREE, LINE or PINNED. V. */
	kind: Uint8Array;
	/** A corner that starts at each vertex; GONE where there is none any more. V. */
	cornerOf: Int32Array;
	vertices: number;
	/** C. */
	at: Int32Array;
	twin: Int32Array;
	/** Is the edge a feature: a border, a crease, a border of parts? C. */
	line: Uint8Array;
	dx: Int16Array;
	dy: Int16Array;
	turn: Uint8Array;
	/** Triangles, with those that are gone. */
	triangles: number;

	/** Corners that start at the vertex asked last, counter-clockwise; see `walk`. */
	ring = new Int32Array(64);
	/** Does the ring of the vertex asked last end at a border? */
	open = false;
	#stamp: Int32Array;
	#stamps = 0;

	constructor(positions: Float64Array, at: Int32Array, twin: Int32Array, line: Uint8Array, kind: Uint8Array) {
		this.positions = positions;
		this.kind = kind;
		this.vertices = kind.length;
		this.at = at;
		this.twin = twin;
		this.line = line;
		this.triangles = at.length / 3;
		this.dx = new Int16Array(at.length);
		this.dy = new Int16Array(at.length);
		this.turn = new Uint8Array(at.length);
		this.cornerOf = new Int32Array(this.vertices).fill(GONE);
		for (let c = 0; c < at.length; c++) this.cornerOf[at[c]] = c;
		this.#stamp = new Int32Array(this.vertices);
	}

	/** Fills `ring` with the corners that start at `v`, and says how many they are. */
	walk(v: number): number {
		const { twin } = this;
		const start = this.cornerOf[v];
		let first = start;
		this.open = false;
		for (;;) {
			const t = twin[first];
			if (t < 0) {
				this.open = true;
				break;
			}
			first = next(t);
			if (first === start) break;
		}
		let count = 0;
		let c = first;
		do {
			if (count === this.ring.length) this.ring = grown(this.ring);
			this.ring[count++] = c;
			c = twin[prev(c)];
		} while (c >= 0 && c !== first);
		return count;
	}

	/** Squared length of the edge from the corner. */
	squaredLength(c: number): number {
		const p = this.positions;
		const a = 3 * this.at[c];
		const b = 3 * this.at[next(c)];
		const x = p[a] - p[b];
		const y = p[a + 1] - p[b + 1];
		const z = p[a + 2] - p[b + 2];
		return x * x + y * y + z * z;
	}

	/** Are two vertices joined by an edge? */
	joined(a: number, b: number): boolean {
		const count = this.walk(a);
		for (let i = 0; i < count; i++) if (this.at[next(this.ring[i])] === b) return true;
		return this.open && this.at[prev(this.ring[count - 1])] === b;
	}

	/** Would merging the ends of the edge leave the lines as they run? */
	keepsLines(c: number): boolean {
		const { at, twin, line, kind } = this;
		const a = at[c];
		const b = at[next(c)];
		const t = twin[c];
		if (line[c] === 0 && kind[a] !== FREE && kind[b] !== FREE) return false;
		if (kind[a] === PINNED && kind[b] === PINNED) return false;
		if (line[next(c)] !== 0 && line[prev(c)] !== 0) return false;
		return t < 0 || line[next(t)] === 0 || line[prev(t)] === 0;
	}

	/** Would merging the ends of the edge leave a manifold? */
	mayCollapse(c: number): boolean {
		const { at, twin } = this;
		const a = at[c];
		const b = at[next(c)];
		const t = twin[c];
		if (a === b) return false;
		// Link condition [dey1999]: a and b have no neighbours in common but x and y.
		const mark = ++this.#stamps;
		const stamp = this.#stamp;
		let count = this.walk(a);
		if (count === 1) return false;
		for (let i = 0; i < count; i++) stamp[at[next(this.ring[i])]] = mark;
		const openA = this.open;
		if (openA) stamp[at[prev(this.ring[count - 1])]] = mark;
		count = this.walk(b);
		if (count === 1 || (openA && this.open && t >= 0)) return false;
		let common = 0;
		for (let i = 0; i < count; i++) if (stamp[at[next(this.ring[i])]] === mark) common++;
		if (this.open && stamp[at[prev(this.ring[count - 1])]] === mark) common++;
		if (common !== (t < 0 ? 1 : 2)) return false;
		return this.#mayLoseTriangle(at[prev(c)]) && (t < 0 || this.#mayLoseTriangle(at[prev(t)]));
	}

	/** A vertex inside keeps three neighbours, one at the border a triangle. */
	#mayLoseTriangle(v: number): boolean {
		const count = this.walk(v);
		return this.open ? count > 1 : count > 3;
	}

	/** Merges the far end of the edge into its near one, which keeps its place. */
	collapse(c: number): void {
		const { at, twin, kind, cornerOf } = this;
		const a = at[c];
		const b = at[next(c)];
		const t = twin[c];
		const count = this.walk(b);
		for (let i = 0; i < count; i++) at[this.ring[i]] = a;
		kind[a] = Math.max(kind[a], kind[b]);
		const left = this.#glue(c);
		const right = t >= 0 ? this.#glue(t) : GONE;
		cornerOf[b] = GONE;
		for (const corner of [left, right]) {
			if (corner < 0) continue;
			cornerOf[at[corner]] = corner;
			cornerOf[at[next(corner)]] = next(corner);
		}
	}

	/** Takes the triangle of an edge without length out and joins its other two sides; a corner beside it. */
	#glue(c: number): number {
		const { at, twin, line, turn } = this;
		const n = next(c);
		const p = prev(c);
		const tn = twin[n];
		const tp = twin[p];
		const isLine = line[n] | line[p];
		if (tn >= 0) {
			twin[tn] = tp;
			line[tn] = isLine;
			if (tp < 0) line[tn] = 1;
		}
		if (tp >= 0) {
			twin[tp] = tn;
			line[tp] = isLine;
			if (tn < 0) line[tp] = 1;
		}
		if (tn >= 0 && tp >= 0) {
			const k = (turn[tn] + turn[p] + this.#holonomy(n, p)) & 3;
			turn[tn] = k;
			turn[tp] = (4 - k) & 3;
		}
		at[c] = GONE;
		at[n] = GONE;
		at[p] = GONE;
		return tn >= 0 ? tn : tp;
	}

	/** Quarter turns that take the step along `n` to the opposite of that along `p`: not 0 where the frame is singular. */
	#holonomy(n: number, p: number): number {
		let x = this.dx[n];
		let y = this.dy[n];
		for (let k = 0; k < 4; k++) {
			if (x === -this.dx[p] && y === -this.dy[p]) return k;
			const z = x;
			x = -y;
			y = z;
		}
		return 0;
	}

	/**
	 * Puts one triangle in the place of those that three edges cut off: `c` or its twin from a to b or back, `toA` from a
	 * to w, `toB` from b to w. The step along the edge of `c` stays, the others follow from the outside.
	 */
	replace(inside: readonly number[], c: number, toA: number, toB: number): void {
		const { at, twin, line, turn, cornerOf } = this;
		const gone = new Set(inside);
		const within = (d: number): boolean => gone.has((d / 3) | 0);
		// The three half-edges inside, and the frame of the triangle that holds the first: it becomes the new one.
		const walls = [c, toA, toB].map((d) => (within(d) ? d : twin[d]));
		const [first] = walls;
		const u = at[first];
		const v = at[next(first)];
		const second = walls.find((d) => d !== first && at[d] === v);
		const third = walls.find((d) => d !== first && at[next(d)] === u);
		if (second === undefined || third === undefined) throw new Error('three edges that do not close');
		const outside = [first, second, third].map((d) => twin[d]);
		const w = at[third];
		const frame = (first / 3) | 0;
		const step = [this.dx[first], this.dy[first]];
		const firstTurn = turn[first];
		for (const t of inside) {
			for (let d = 3 * t; d < 3 * t + 3; d++) {
				if (at[d] !== u && at[d] !== v && at[d] !== w) cornerOf[at[d]] = GONE;
				at[d] = GONE;
			}
		}
		const corners = [3 * frame, 3 * frame + 1, 3 * frame + 2];
		const starts = [u, v, w];
		for (let k = 0; k < 3; k++) {
			const d = corners[k];
			const o = outside[k];
			at[d] = starts[k];
			twin[d] = o;
			twin[o] = d;
			line[d] = line[o];
			cornerOf[starts[k]] = d;
			if (k === 0) {
				this.#step(d, step[0], step[1]);
				turn[d] = firstTurn;
				turn[o] = (4 - firstTurn) & 3;
			} else if (k === 1) {
				// The frame across is as it was seen from there: the quarter that closes the triangle best is found below.
				this.#match(d, o, 0);
			} else {
				const back = corners[1];
				this.#step(d, -this.dx[corners[0]] - this.dx[back], -this.dy[corners[0]] - this.dy[back]);
				turn[d] = this.#turnBetween(d, o);
				turn[o] = (4 - turn[d]) & 3;
			}
		}
	}

	/** Gives `d` the step of its twin, seen over so many quarter turns. */
	#match(d: number, o: number, k: number): void {
		this.turn[d] = k;
		this.turn[o] = (4 - k) & 3;
		this.#step(d, -turnedX(this.dx[o], this.dy[o], this.turn[o]), -turnedY(this.dx[o], this.dy[o], this.turn[o]));
	}

	/** Quarter turns that take the step along `d` to the opposite of that along `o`. */
	#turnBetween(d: number, o: number): number {
		for (let k = 0; k < 4; k++) {
			const x = turnedX(this.dx[d], this.dy[d], k);
			const y = turnedY(this.dx[d], this.dy[d], k);
			if (x === -this.dx[o] && y === -this.dy[o]) return k;
		}
		return 0;
	}

	/** Parts the edge at its middle; the step of its first half is (dx, dy). The new vertex. */
	split(c: number, dx = 0, dy = 0): number {
		this.#reserve();
		const { at, twin, line, kind, positions, cornerOf, turn } = this;
		const a = at[c];
		const b = at[next(c)];
		const t = twin[c];
		const m = this.vertices++;
		for (let k = 0; k < 3; k++) positions[3 * m + k] = (positions[3 * a + k] + positions[3 * b + k]) / 2;
		kind[m] = line[c] !== 0 ? LINE : FREE;
		const restX = this.dx[c] - dx;
		const restY = this.dy[c] - dy;
		const c2 = this.#part(c, m);
		this.#step(c, dx, dy);
		this.#step(c2, restX, restY);
		this.#close(c2);
		cornerOf[m] = c2;
		cornerOf[a] = c;
		cornerOf[b] = next(c2);
		if (t < 0) {
			twin[c] = -1;
			twin[c2] = -1;
			return m;
		}
		const k = turn[c];
		const t2 = this.#part(t, m);
		this.#step(t, turnedX(-restX, -restY, k), turnedY(-restX, -restY, k));
		this.#step(t2, turnedX(-dx, -dy, k), turnedY(-dx, -dy, k));
		this.#close(t2);
		twin[c] = t2;
		twin[t2] = c;
		twin[c2] = t;
		twin[t] = c2;
		turn[c2] = k;
		turn[t2] = turn[t];
		return m;
	}

	/** Cuts the triangle of `c` from its opposite vertex to `m` on the edge; the corner of the new one that starts at `m`. */
	#part(c: number, m: number): number {
		const { at, twin, line, turn, dx, dy } = this;
		const n = next(c);
		const c2 = 3 * this.triangles++;
		const n2 = c2 + 1;
		const p2 = c2 + 2;
		at[c2] = m;
		at[n2] = at[n];
		at[p2] = at[prev(c)];
		at[n] = m;
		line[c2] = line[c];
		line[n2] = line[n];
		line[p2] = 0;
		line[n] = 0;
		dx[n2] = dx[n];
		dy[n2] = dy[n];
		turn[n2] = turn[n];
		twin[n2] = twin[n];
		if (twin[n] >= 0) twin[twin[n]] = n2;
		this.cornerOf[at[p2]] = p2;
		twin[n] = p2;
		twin[p2] = n;
		turn[n] = 0;
		turn[p2] = 0;
		return c2;
	}

	/** The step along the new edge that `#part` made: from the edges on its shorter side, where the triangle is singular. */
	#close(c2: number): void {
		const { dx, dy, twin } = this;
		const n = twin[c2 + 2];
		const x = dx[c2] + dx[c2 + 1];
		const y = dy[c2] + dy[c2 + 1];
		const otherX = -dx[prev(n)] - dx[next(n)];
		const otherY = -dy[prev(n)] - dy[next(n)];
		const shorter = Math.max(Math.abs(x), Math.abs(y)) <= Math.max(Math.abs(otherX), Math.abs(otherY));
		this.#step(n, shorter ? x : otherX, shorter ? y : otherY);
		this.#step(c2 + 2, -dx[n], -dy[n]);
	}

	#step(c: number, dx: number, dy: number): void {
		this.dx[c] = dx;
		this.dy[c] = dy;
	}

	/** Turns the edge between two triangles to their other diagonal. The caller knows that its ends are not joined yet. */
	flip(c: number): void {
		const { at, twin, line, turn, dx, dy, cornerOf } = this;
		const t = twin[c];
		const n = next(c);
		const p = prev(c);
		const n2 = next(t);
		const p2 = prev(t);
		const k = turn[c];
		const back = (4 - k) & 3;
		const x = at[p];
		const y = at[p2];
		const a = at[c];
		const b = at[t];
		const [stepX, stepY, tp] = [dx[p], dy[p], twin[p]];
		const [turnP, lineP] = [turn[p], line[p]];
		at[c] = y;
		at[t] = x;
		twin[c] = twin[p2];
		line[c] = line[p2];
		turn[c] = (k + turn[p2]) & 3;
		this.#step(c, turnedX(dx[p2], dy[p2], back), turnedY(dx[p2], dy[p2], back));
		if (twin[c] >= 0) {
			twin[twin[c]] = c;
			turn[twin[c]] = (4 - turn[c]) & 3;
		}
		twin[t] = tp;
		line[t] = lineP;
		turn[t] = (back + turnP) & 3;
		this.#step(t, turnedX(stepX, stepY, k), turnedY(stepX, stepY, k));
		if (tp >= 0) {
			twin[tp] = t;
			turn[tp] = (4 - turn[t]) & 3;
		}
		twin[p] = p2;
		twin[p2] = p;
		line[p] = 0;
		line[p2] = 0;
		turn[p] = k;
		turn[p2] = back;
		this.#step(p, -dx[c] - dx[n], -dy[c] - dy[n]);
		this.#step(p2, turnedX(-dx[p], -dy[p], k), turnedY(-dx[p], -dy[p], k));
		cornerOf[a] = n2;
		cornerOf[b] = n;
		cornerOf[x] = p;
		cornerOf[y] = p2;
	}

	/** The same without what is gone. */
	compact(): FieldSurface {
		const { at, twin, cornerOf } = this;
		const newVertex = new Int32Array(this.vertices);
		let vertices = 0;
		for (let v = 0; v < this.vertices; v++) if (cornerOf[v] !== GONE) newVertex[v] = vertices++;
		const newTriangle = new Int32Array(this.triangles);
		let triangles = 0;
		for (let t = 0; t < this.triangles; t++) if (at[3 * t] !== GONE) newTriangle[t] = triangles++;
		const positions = new Float64Array(3 * vertices);
		const kind = new Uint8Array(vertices);
		for (let v = 0; v < this.vertices; v++) {
			if (cornerOf[v] === GONE) continue;
			const w = newVertex[v];
			kind[w] = this.kind[v];
			for (let k = 0; k < 3; k++) positions[3 * w + k] = this.positions[3 * v + k];
		}
		const corners = 3 * triangles;
		const newAt = new Int32Array(corners);
		const newTwin = new Int32Array(corners);
		const line = new Uint8Array(corners);
		for (let t = 0; t < this.triangles; t++) {
			if (at[3 * t] === GONE) continue;
			for (let k = 0; k < 3; k++) {
				const c = 3 * newTriangle[t] + k;
				const old = 3 * t + k;
				newAt[c] = newVertex[at[old]];
				newTwin[c] = twin[old] < 0 ? -1 : 3 * newTriangle[(twin[old] / 3) | 0] + (twin[old] % 3);
				line[c] = this.line[old];
			}
		}
		return new FieldSurface(positions, newAt, newTwin, line, kind);
	}

	/** Room for one vertex and two triangles more. */
	#reserve(): void {
		if (this.vertices === this.kind.length) {
			this.kind = grown(this.kind);
			this.cornerOf = grown(this.cornerOf);
			this.#stamp = grown(this.#stamp);
		}
		if (3 * this.vertices + 3 > this.positions.length) this.positions = grown(this.positions);
		if (3 * this.triangles + 6 > this.at.length) {
			this.at = grown(this.at);
			this.twin = grown(this.twin);
			this.line = grown(this.line);
			this.dx = grown(this.dx);
			this.dy = grown(this.dy);
			this.turn = grown(this.turn);
		}
	}
}

/** (x, y) turned by k quarters. */
export const turnedX = (x: number, y: number, k: number): number => (k === 0 ? x : k === 1 ? -y : k === 2 ? -x : y);
export const turnedY = (x: number, y: number, k: number): number => (k === 0 ? y : k === 1 ? x : k === 2 ? -y : -x);

type Growing = Float64Array | Int32Array | Int16Array | Uint8Array;

function grown<T extends Growing>(array: T): T {
	const larger = new (array.constructor as new (length: number) => T)(Math.ceil(1.5 * array.length) + 6);
	larger.set(array as never);
	return larger;
}
