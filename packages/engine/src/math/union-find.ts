/** Disjoint sets over 0..n-1, merged by smaller root so that a set's name does not depend on the order of merging. */
export class UnionFind {
	readonly #parent: Uint32Array;

	constructor(n: number) {
		this.#parent = new Uint32Array(n);
		for (let i = 0; i < n; i++) this.#parent[i] = i;
	}

	/** The smallest member of the set of `i`. */
	find(i: number): number {
		const parent = this.#parent;
		while (parent[i] !== i) {
			parent[i] = parent[parent[i]];
			i = parent[i];
		}
		return i;
	}

	/** Joins the sets of `a` and `b`; false when they were one already. */
	union(a: number, b: number): boolean {
		a = this.find(a);
		b = this.find(b);
		if (a === b) return false;
		if (a < b) this.#parent[b] = a;
		else this.#parent[a] = b;
		return true;
	}
}
