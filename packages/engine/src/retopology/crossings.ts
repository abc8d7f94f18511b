import { LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';
import { quickBvh } from '../spatial/quick-bvh.ts';

/** A surface whose vertices move: xyz of each, any unit, V × 3; vertices of each triangle; which of these are there. */
export type MovingSurface = {
	readonly positions: Float64Array;
	readonly at: Uint32Array;
	readonly live: Uint8Array;
};

/** Deeper than this, as a share of the greatest coordinate, one triangle has to reach through another. */
const DEPTH = 4e-7;

/**
 * Which triangles of a surface pass through each other, while the surface changes.
 *
 * Found by a hierarchy that is built once; boxes only grow with the triangles that move (`grow`), which is enough as
 * long as triangles stay about where they were. Touching, lying in one plane, and neighbours across an edge do not count.
 *
 * Based on: Möller. A fast triangle-triangle intersection test. 1997. [moller1997] (the overlap of two intervals on the
 * line in which the planes meet)
 */
export class Crossings {
	readonly #surface: MovingSurface;
	readonly #nodes: Float32Array;
	readonly #links: Int32Array;
	/** Triangle at each place of the leaf order. */
	readonly #inLeaf: Uint32Array;
	/** Where in `#nodes` the box of each triangle's leaf begins; -1 where it is in none. T. */
	readonly #boxOf: Int32Array;
	/** Where in `#nodes` the box of each node begins, or -1. */
	readonly #boxOfNode: Int32Array;
	readonly #stack: Int32Array;
	/** Triangles of the list at hand carry its number here. T. */
	readonly #mark: Uint32Array;
	#stamp = 0;
	/** Are the marked triangles compared among themselves? */
	#listing = false;
	readonly #depth: number;
	/** A vertex that counts as another: the two ends of an edge that is about to vanish. */
	#alias = -1;
	#aliasOf = -1;
	/** Distances of a triangle's vertices to another's plane, and the interval that they cut out of it. */
	readonly #cut = new Float64Array(7);
	readonly #box = new Float64Array(6);
	/** Triangles that the last query of `find` met. */
	readonly met: number[] = [];

	constructor(surface: MovingSurface) {
		const { positions, at, live } = surface;
		this.#surface = surface;
		const list: number[] = [];
		for (let t = 0; t < live.length; t++) if (live[t] !== 0) list.push(t);
		const triangles = new Uint32Array(3 * list.length);
		for (let i = 0; i < triangles.length; i++) triangles[i] = at[3 * list[(i / 3) | 0] + (i % 3)];
		const bvh = quickBvh({ positions: Float32Array.from(positions), triangles });
		this.#nodes = bvh.nodes;
		this.#links = bvh.links;
		this.#inLeaf = bvh.triangleOf.map((t) => list[t]);
		this.#stack = new Int32Array(bvh.stack.length);
		this.#mark = new Uint32Array(live.length);
		this.#boxOf = new Int32Array(live.length).fill(-1);
		this.#boxOfNode = new Int32Array(bvh.nodes.length / NODE_WORDS).fill(-1);
		for (let node = 0; node < this.#boxOfNode.length; node++) {
			for (let child = 0; child < 2; child++) {
				const link = bvh.links[NODE_WORDS * node + LINKS + child];
				const box = NODE_WORDS * node + 6 * child;
				if (link >= 0) this.#boxOfNode[link] = box;
				else for (let i = 0; i < leafCount(link); i++) this.#boxOf[this.#inLeaf[leafFirst(link) + i]] = box;
			}
		}
		let greatest = 0;
		for (let i = 0; i < positions.length; i++) greatest = Math.max(greatest, Math.abs(positions[i]));
		this.#depth = DEPTH * greatest;
	}

	/** Tells that a triangle has moved: it is found from now on where it is now. */
	grow(t: number): void {
		this.#measure(t);
		const box = this.#box;
		const x0 = box[0] + this.#depth;
		const y0 = box[1] + this.#depth;
		const z0 = box[2] + this.#depth;
		const x1 = box[3] - this.#depth;
		const y1 = box[4] - this.#depth;
		const z1 = box[5] - this.#depth;
		const nodes = this.#nodes;
		for (let b = this.#boxOf[t]; b >= 0; b = this.#boxOfNode[(b / NODE_WORDS) | 0]) {
			const inside = nodes[b] <= x0 && nodes[b + 1] <= y0 && nodes[b + 2] <= z0;
			if (inside && nodes[b + 3] >= x1 && nodes[b + 4] >= y1 && nodes[b + 5] >= z1) return;
			for (let k = 0; k < 3; k++) {
				if (box[k] < nodes[b + k]) nodes[b + k] = box[k];
				if (box[3 + k] > nodes[b + 3 + k]) nodes[b + 3 + k] = box[3 + k];
			}
		}
	}

	/** Do any triangles pass through each other? */
	any(): boolean {
		const { live } = this.#surface;
		for (let t = 0; t < live.length; t++)
			if (this.#boxOf[t] >= 0 && live[t] !== 0 && this.find(t, t + 1) > 0) return true;
		return false;
	}

	/**
	 * Pairs of triangles that pass through each other, of which at least one is in the list.
	 *
	 * @param alias A vertex that stands for `aliasOf`, at the same place.
	 */
	count(list: ArrayLike<number>, length: number, alias = -1, aliasOf = -1): number {
		this.#alias = alias;
		this.#aliasOf = aliasOf;
		this.#listing = true;
		const stamp = ++this.#stamp;
		for (let i = 0; i < length; i++) this.#mark[list[i]] = stamp;
		let found = 0;
		for (let i = 0; i < length; i++) {
			for (let k = i + 1; k < length; k++) if (this.#cross(list[i], list[k])) found++;
			found += this.find(list[i]);
		}
		this.#alias = -1;
		this.#listing = false;
		return found;
	}

	/**
	 * Triangles that triangle `t` passes through, into `met`: how many. Those of the list of `count` are left out, and
	 * those before `from`.
	 */
	find(t: number, from = 0): number {
		const { positions: p, at, live } = this.#surface;
		const mark = this.#mark;
		const stamp = this.#listing ? this.#stamp : -1;
		const inLeaf = this.#inLeaf;
		const nodes = this.#nodes;
		const links = this.#links;
		const stack = this.#stack;
		this.met.length = 0;
		this.#measure(t);
		const box = this.#box;
		const x0 = box[0];
		const y0 = box[1];
		const z0 = box[2];
		const x1 = box[3];
		const y1 = box[4];
		const z1 = box[5];
		let top = 0;
		stack[top++] = 0;
		while (top > 0) {
			const link = stack[--top];
			if (link >= 0) {
				const o = NODE_WORDS * link;
				for (let b = o; b < o + 12; b += 6) {
					if (nodes[b] > x1 || nodes[b + 3] < x0 || nodes[b + 1] > y1 || nodes[b + 4] < y0) continue;
					if (nodes[b + 2] > z1 || nodes[b + 5] < z0) continue;
					stack[top++] = links[o + LINKS + (b === o ? 0 : 1)];
				}
				continue;
			}
			const first = leafFirst(link);
			const end = first + leafCount(link);
			for (let i = first; i < end; i++) {
				const other = inLeaf[i];
				if (other === t || other < from || live[other] === 0 || mark[other] === stamp) continue;
				const d = 3 * at[3 * other];
				const e = 3 * at[3 * other + 1];
				const f = 3 * at[3 * other + 2];
				if (Math.min(p[d], p[e], p[f]) > x1 || Math.max(p[d], p[e], p[f]) < x0) continue;
				if (Math.min(p[d + 1], p[e + 1], p[f + 1]) > y1 || Math.max(p[d + 1], p[e + 1], p[f + 1]) < y0) continue;
				if (Math.min(p[d + 2], p[e + 2], p[f + 2]) > z1 || Math.max(p[d + 2], p[e + 2], p[f + 2]) < z0) continue;
				if (this.#cross(t, other)) this.met.push(other);
			}
		}
		return this.met.length;
	}

	/** Box of a triangle, with room for the rounding of the boxes that it is compared with. */
	#measure(t: number): void {
		const { positions: p, at } = this.#surface;
		const a = 3 * at[3 * t];
		const b = 3 * at[3 * t + 1];
		const c = 3 * at[3 * t + 2];
		for (let k = 0; k < 3; k++) {
			this.#box[k] = Math.min(p[a + k], p[b + k], p[c + k]) - this.#depth;
			this.#box[3 + k] = Math.max(p[a + k], p[b + k], p[c + k]) + this.#depth;
		}
	}

	#cross(s: number, t: number): boolean {
		const { at } = this.#surface;
		// Neighbours across an edge share two vertices.
		let shared = 0;
		for (let i = 3 * s; i < 3 * s + 3; i++) {
			const v = at[i] === this.#alias ? this.#aliasOf : at[i];
			for (let k = 3 * t; k < 3 * t + 3; k++) if (v === (at[k] === this.#alias ? this.#aliasOf : at[k])) shared++;
		}
		if (shared > 1) return false;
		const { positions: p } = this.#surface;
		const a = 3 * at[3 * s];
		const b = 3 * at[3 * s + 1];
		const c = 3 * at[3 * s + 2];
		const d = 3 * at[3 * t];
		const e = 3 * at[3 * t + 1];
		const f = 3 * at[3 * t + 2];
		// The plane of t, and that of s.
		let ux = p[e] - p[d];
		let uy = p[e + 1] - p[d + 1];
		let uz = p[e + 2] - p[d + 2];
		let vx = p[f] - p[d];
		let vy = p[f + 1] - p[d + 1];
		let vz = p[f + 2] - p[d + 2];
		const nx = uy * vz - uz * vy;
		const ny = uz * vx - ux * vz;
		const nz = ux * vy - uy * vx;
		if (!this.#reaches(a, b, c, d, nx, ny, nz)) return false;
		ux = p[b] - p[a];
		uy = p[b + 1] - p[a + 1];
		uz = p[b + 2] - p[a + 2];
		vx = p[c] - p[a];
		vy = p[c + 1] - p[a + 1];
		vz = p[c + 2] - p[a + 2];
		const mx = uy * vz - uz * vy;
		const my = uz * vx - ux * vz;
		const mz = ux * vy - uy * vx;
		const cut = this.#cut;
		const d0 = cut[0];
		const d1 = cut[1];
		const d2 = cut[2];
		if (!this.#reaches(d, e, f, a, mx, my, mz)) return false;
		// Along the axis that the line in which the planes meet is nearest to.
		const lx = Math.abs(ny * mz - nz * my);
		const ly = Math.abs(nz * mx - nx * mz);
		const lz = Math.abs(nx * my - ny * mx);
		const k = lx >= ly && lx >= lz ? 0 : ly >= lz ? 1 : 2;
		this.#interval(p[d + k], p[e + k], p[f + k]);
		const low = cut[5];
		const high = cut[6];
		cut[0] = d0;
		cut[1] = d1;
		cut[2] = d2;
		this.#interval(p[a + k], p[b + k], p[c + k]);
		return Math.min(high, cut[6]) - Math.max(low, cut[5]) > 2 * this.#depth;
	}

	/** Are a, b, c on both sides of the plane through `o`? Their distances go to `#cut`, those within the depth as 0. */
	#reaches(a: number, b: number, c: number, o: number, nx: number, ny: number, nz: number): boolean {
		const { positions: p } = this.#surface;
		const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
		if (length === 0) return false;
		const least = this.#depth;
		const cut = this.#cut;
		let above = false;
		let below = false;
		for (let i = 0; i < 3; i++) {
			const v = i === 0 ? a : i === 1 ? b : c;
			const distance = ((p[v] - p[o]) * nx + (p[v + 1] - p[o + 1]) * ny + (p[v + 2] - p[o + 2]) * nz) / length;
			cut[i] = Math.abs(distance) <= least ? 0 : distance;
			if (distance > least) above = true;
			if (distance < -least) below = true;
		}
		return above && below;
	}

	/** The interval between the two points where a triangle at these places meets the plane, from the distances in `#cut`. */
	#interval(x: number, y: number, z: number): void {
		const cut = this.#cut;
		cut[5] = Infinity;
		cut[6] = -Infinity;
		this.#meet(x, y, cut[0], cut[1]);
		this.#meet(y, z, cut[1], cut[2]);
		this.#meet(z, x, cut[2], cut[0]);
	}

	#meet(x: number, y: number, dx: number, dy: number): void {
		if (dx === 0) this.#widen(x);
		else if (dx * dy < 0) this.#widen(x + ((y - x) * dx) / (dx - dy));
	}

	#widen(x: number): void {
		const cut = this.#cut;
		if (x < cut[5]) cut[5] = x;
		if (x > cut[6]) cut[6] = x;
	}
}
