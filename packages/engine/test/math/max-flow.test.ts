import { describe, expect, it } from 'vitest';
import { minCut } from '../../src/math/max-flow.ts';
import { random } from '../../src/math/random.ts';

type Graph = { nodes: number; a: number[]; b: number[]; capacity: number[] };

const cut = ({ nodes, a, b, capacity }: Graph, source: number, sink: number): Uint8Array => {
	const mark = (n: number): Uint8Array => Uint8Array.from({ length: nodes }, (_, i) => (i === n ? 1 : 0));
	return minCut(nodes, Uint32Array.from(a), Uint32Array.from(b), Float64Array.from(capacity), mark(source), mark(sink));
};

const cost = ({ a, b, capacity }: Graph, side: ArrayLike<number>): number =>
	capacity.reduce((sum, w, e) => sum + (side[a[e]] !== side[b[e]] ? w : 0), 0);

describe('minCut', () => {
	it('cuts a chain at its weakest link', () => {
		const chain = { nodes: 5, a: [0, 1, 2, 3], b: [1, 2, 3, 4], capacity: [3, 2, 1, 5] };
		expect([...cut(chain, 0, 4)]).toEqual([1, 1, 1, 0, 0]);
	});

	it('leaves what it cannot reach with the sink', () => {
		expect([...cut({ nodes: 3, a: [0], b: [1], capacity: [1] }, 0, 2)]).toEqual([1, 1, 0]);
	});

	it('is as cheap as the best of all cuts of small random graphs', () => {
		const draw = random(3);
		for (let round = 0; round < 60; round++) {
			const nodes = 7;
			const graph: Graph = { nodes, a: [], b: [], capacity: [] };
			for (let i = 0; i < nodes; i++)
				for (let j = i + 1; j < nodes; j++)
					if (draw() < 0.6) {
						graph.a.push(i);
						graph.b.push(j);
						graph.capacity.push(draw());
					}
			let best = Number.POSITIVE_INFINITY;
			for (let bits = 0; bits < 2 ** (nodes - 2); bits++) {
				const side = Array.from({ length: nodes }, (_, n) =>
					n === 0 ? 1 : n === nodes - 1 ? 0 : (bits >> (n - 1)) & 1,
				);
				best = Math.min(best, cost(graph, side));
			}
			expect(cost(graph, cut(graph, 0, nodes - 1))).toBeCloseTo(best, 9);
		}
	});

	it('takes several sources and sinks, and a long chain without recursion', () => {
		const n = 50_000;
		const a = Uint32Array.from({ length: n - 1 }, (_, i) => i);
		const b = Uint32Array.from({ length: n - 1 }, (_, i) => i + 1);
		const capacity = new Float64Array(n - 1).fill(1);
		capacity[30_000] = 0.5;
		const source = new Uint8Array(n);
		const sink = new Uint8Array(n);
		source[0] = source[10] = 1;
		sink[n - 1] = sink[n - 5] = 1;
		const side = minCut(n, a, b, capacity, source, sink);
		expect(side.indexOf(0)).toBe(30_001);
	});
});
