import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { addNormal } from './quad-shape.ts';

/** A vertex that may move anywhere on the surface. */
export const FREE = 0;
/** A vertex on a line that stays: a border, a change of part or material, a sharp edge. */
export const LINE = 1;
/** A vertex where lines meet or end. */
export const PINNED = 2;

/** What a surface of quads must keep while it is edited. */
export type QuadLines = {
	/** FREE, LINE or PINNED. V. */
	readonly kind: Uint8Array;
	/** Faces that should meet at each vertex: 4 inside, 2 on a straight border. V. */
	readonly ideal: Uint8Array;
};

/** Vertices and faces that may be added to a surface, as a share of its faces. */
const ROOM = 0.3;

/**
 * A surface of quads and triangles under surgery, changed in place. Corner `4f + k` is place `k` of face `f`, and names
 * the edge from there to the next place. Each vertex keeps its corners in a ring of links: no topology is assumed, and
 * an edge with a third wing is simply one that has more than one opposite corner.
 */
export class QuadEdit {
	/** V × 3. */
	readonly positions: Float64Array;
	/** Vertex of each corner; NO_VERTEX at the fourth place of a triangle. F × 4. */
	readonly at: Uint32Array;
	/** 4, 3, or 0 where the face is gone. F. */
	readonly sides: Uint8Array;
	/** Part and material as one number: edges between labels stay. F. */
	readonly labelOf: Uint32Array;
	readonly sourceOf: Uint32Array;
	readonly kind: Uint8Array;
	readonly ideal: Uint8Array;
	/** Faces at each vertex. V. */
	readonly degree: Uint32Array;
	/** Live faces. */
	faces = 0;
	/** Vertices and faces that have been, the dead included. */
	#vertices: number;
	#faces: number;
	/** Next corner at the same vertex, in a ring. */
	readonly #link: Int32Array;
	/** A corner of each vertex, or -1. */
	readonly #head: Int32Array;

	constructor(mesh: QuadMesh, labelOf: Uint32Array, lines: QuadLines) {
		const { positions, faces, sourceOf } = mesh;
		this.#vertices = positions.length / 3;
		this.#faces = sourceOf.length;
		const mostVertices = this.#vertices + Math.ceil(ROOM * this.#faces);
		const mostFaces = this.#faces + Math.ceil(ROOM * this.#faces);
		this.positions = new Float64Array(3 * mostVertices);
		this.positions.set(positions);
		this.at = new Uint32Array(4 * mostFaces);
		this.labelOf = new Uint32Array(mostFaces);
		this.labelOf.set(labelOf);
		this.sourceOf = new Uint32Array(mostFaces);
		this.sourceOf.set(sourceOf);
		this.kind = new Uint8Array(mostVertices);
		this.kind.set(lines.kind);
		this.ideal = new Uint8Array(mostVertices).fill(4);
		this.ideal.set(lines.ideal);
		this.sides = new Uint8Array(mostFaces);
		this.degree = new Uint32Array(mostVertices);
		this.#link = new Int32Array(4 * mostFaces).fill(-1);
		this.#head = new Int32Array(mostVertices).fill(-1);
		for (let f = 0; f < sourceOf.length; f++)
			this.#place(f, faces[4 * f], faces[4 * f + 1], faces[4 * f + 2], faces[4 * f + 3]);
	}

	after(c: number): number {
		const f = c >> 2;
		return (c & 3) + 1 === this.sides[f] ? 4 * f : c + 1;
	}

	before(c: number): number {
		return (c & 3) === 0 ? c + this.sides[c >> 2] - 1 : c - 1;
	}

	/** Writes the corners at vertex `v` to `out`; returns how many. */
	ring(v: number, out: Int32Array): number {
		const head = this.#head[v];
		let count = 0;
		let c = head;
		while (c >= 0 && count < out.length) {
			out[count++] = c;
			c = this.#link[c];
			if (c === head) break;
		}
		return count;
	}

	/** The corner across the edge of `c`; -1 where there is not exactly one, or one that runs the same way. */
	opposite(c: number): number {
		const from = this.at[c];
		const to = this.at[this.after(c)];
		const head = this.#head[to];
		let found = -1;
		let d = head;
		do {
			if (this.at[this.after(d)] === from) {
				if (found >= 0) return -1;
				found = d;
			} else if (this.at[this.before(d)] === from && d !== this.after(c)) return -1;
			d = this.#link[d];
		} while (d !== head);
		return found;
	}

	/**
	 * May the edge of `c` be turned or removed: is it inside of one part, and no line? Between two vertices on lines it is
	 * one where its faces meet sharply.
	 *
	 * @param sharpness Cosine between the normals below which an edge is sharp.
	 */
	isLoose(c: number, sharpness: number): boolean {
		const d = this.opposite(c);
		if (d < 0 || this.labelOf[d >> 2] !== this.labelOf[c >> 2]) return false;
		if (this.kind[this.at[c]] === FREE || this.kind[this.at[this.after(c)]] === FREE) return true;
		const [one, two] = [c >> 2, d >> 2].map((f) => this.#normalOf(f));
		const dot = one[0] * two[0] + one[1] * two[1] + one[2] * two[2];
		return dot >= sharpness * Math.hypot(one[0], one[1], one[2]) * Math.hypot(two[0], two[1], two[2]);
	}

	/** Is the edge of `c` inside of one part, between two faces? */
	isInside(c: number): boolean {
		const d = this.opposite(c);
		return d >= 0 && this.labelOf[d >> 2] === this.labelOf[c >> 2];
	}

	#normalOf(f: number): Float64Array {
		const { at, positions } = this;
		const normal = new Float64Array(3);
		const d = this.sides[f] === 3 ? NO_VERTEX : at[4 * f + 3];
		addNormal(positions, at[4 * f], at[4 * f + 1], at[4 * f + 2], d, normal);
		return normal;
	}

	/** Gives face `f` new vertices; `d` is NO_VERTEX for a triangle. */
	replace(f: number, a: number, b: number, c: number, d: number): void {
		this.remove(f);
		this.#place(f, a, b, c, d);
	}

	remove(f: number): void {
		if (this.sides[f] === 0) return;
		for (let k = 0; k < this.sides[f]; k++) this.#unlink(4 * f + k);
		this.sides[f] = 0;
		this.faces--;
	}

	/** Is there room for another vertex and another face? */
	hasRoom(): boolean {
		return this.#vertices < this.degree.length && this.#faces < this.sides.length;
	}

	/**
	 * Opens a quad at vertex `v`: the faces of `corners` get a new vertex in its place, and the gap between is closed by
	 * the quad (v, from, new vertex, to). Returns the new vertex.
	 */
	open(v: number, corners: Int32Array, count: number, from: number, to: number): number {
		const u = this.#vertices++;
		this.positions.set(this.positions.subarray(3 * v, 3 * v + 3), 3 * u);
		for (let i = 0; i < count; i++) {
			const c = corners[i];
			this.#unlink(c);
			this.at[c] = u;
			this.#insert(c);
		}
		const f = this.#faces++;
		this.labelOf[f] = this.labelOf[corners[0] >> 2];
		this.sourceOf[f] = this.sourceOf[corners[0] >> 2];
		this.#place(f, v, from, u, to);
		return u;
	}

	/** Undoes the last `open`, which returned `u`. */
	close(u: number, v: number): void {
		this.remove(--this.#faces);
		this.#vertices--;
		this.merge(u, v);
	}

	/** Puts vertex `v` in the place of `u` in all faces. */
	merge(u: number, v: number): void {
		const a = this.#head[u];
		if (a < 0) return;
		let c = a;
		do {
			this.at[c] = v;
			c = this.#link[c];
		} while (c !== a);
		const b = this.#head[v];
		if (b < 0) this.#head[v] = a;
		else {
			const swap = this.#link[a];
			this.#link[a] = this.#link[b];
			this.#link[b] = swap;
		}
		this.degree[v] += this.degree[u];
		this.degree[u] = 0;
		this.#head[u] = -1;
	}

	/** What is left, with the vertices numbered anew in their old order, and their old numbers. */
	finish(): { mesh: QuadMesh; labelOf: Uint32Array; lines: QuadLines } {
		const newOf = new Int32Array(this.degree.length).fill(-1);
		let vertices = 0;
		for (let v = 0; v < this.#vertices; v++) if (this.#head[v] >= 0) newOf[v] = vertices++;
		const positions = new Float64Array(3 * vertices);
		const kind = new Uint8Array(vertices);
		const ideal = new Uint8Array(vertices);
		for (let v = 0; v < newOf.length; v++) {
			if (newOf[v] < 0) continue;
			for (let k = 0; k < 3; k++) positions[3 * newOf[v] + k] = this.positions[3 * v + k];
			kind[newOf[v]] = this.kind[v];
			ideal[newOf[v]] = this.ideal[v];
		}
		const faces = new Uint32Array(4 * this.faces).fill(NO_VERTEX);
		const sourceOf = new Uint32Array(this.faces);
		const labelOf = new Uint32Array(this.faces);
		let g = 0;
		for (let f = 0; f < this.#faces; f++) {
			if (this.sides[f] === 0) continue;
			for (let k = 0; k < this.sides[f]; k++) faces[4 * g + k] = newOf[this.at[4 * f + k]];
			sourceOf[g] = this.sourceOf[f];
			labelOf[g++] = this.labelOf[f];
		}
		return { mesh: { positions, faces, sourceOf }, labelOf, lines: { kind, ideal } };
	}

	#place(f: number, a: number, b: number, c: number, d: number): void {
		const { at } = this;
		at[4 * f] = a;
		at[4 * f + 1] = b;
		at[4 * f + 2] = c;
		at[4 * f + 3] = d;
		this.sides[f] = d === NO_VERTEX ? 3 : 4;
		for (let i = 4 * f; i < 4 * f + this.sides[f]; i++) this.#insert(i);
		this.faces++;
	}

	#insert(c: number): void {
		const v = this.at[c];
		const head = this.#head[v];
		if (head < 0) {
			this.#link[c] = c;
			this.#head[v] = c;
		} else {
			this.#link[c] = this.#link[head];
			this.#link[head] = c;
		}
		this.degree[v]++;
	}

	#unlink(c: number): void {
		const v = this.at[c];
		let before = c;
		while (this.#link[before] !== c) before = this.#link[before];
		if (before === c) this.#head[v] = -1;
		else {
			this.#link[before] = this.#link[c];
			if (this.#head[v] === c) this.#head[v] = before;
		}
		this.#link[c] = -1;
		this.degree[v]--;
	}
}
