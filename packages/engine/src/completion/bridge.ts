/**
 * Several loops made one, which a triangulation of one loop can span: the loop nearest to those that are joined already is
 * joined next, by an edge between the two nearest vertices, walked both ways.
 *
 *     ┌──────────┐        out along the outer loop, over the bridge, around the inner one,
 *     │   ┌──┐   │        back over the bridge, on along the outer loop
 *     │   └──┘╲  │
 *     └────────╲─┘
 *
 * So a board that other boards stand on gets the strips where they stand, where loops closed one by one get each window
 * its own lid, coincident with it.
 *
 * @param positions xyz of all vertices. V × 3.
 * @param loops Vertices of each in the direction of the wanted triangles.
 * @returns The loop, and the edges of the bridges, two vertices each: no other edge may join these.
 */
export function bridgeLoops(
	positions: ArrayLike<number>,
	loops: readonly ArrayLike<number>[],
): { readonly loop: number[]; readonly bridges: number[] } {
	let loop = Array.from(loops[0] ?? []);
	const bridges: number[] = [];
	const left = loops.slice(1).map((other) => Array.from(other));
	while (left.length > 0) {
		let best = Infinity;
		let [which, at, there] = [0, 0, 0];
		for (let l = 0; l < left.length; l++)
			for (let j = 0; j < left[l].length; j++)
				for (let i = 0; i < loop.length; i++) {
					const squared = squaredLength(positions, loop[i], left[l][j]);
					if (squared >= best) continue;
					best = squared;
					[which, at, there] = [l, i, j];
				}
		const [other] = left.splice(which, 1);
		bridges.push(loop[at], other[there]);
		loop = [...loop.slice(0, at + 1), ...other.slice(there), ...other.slice(0, there + 1), ...loop.slice(at)];
	}
	return { loop, bridges };
}

const squaredLength = (positions: ArrayLike<number>, a: number, b: number): number =>
	(positions[3 * a] - positions[3 * b]) ** 2 +
	(positions[3 * a + 1] - positions[3 * b + 1]) ** 2 +
	(positions[3 * a + 2] - positions[3 * b + 2]) ** 2;
