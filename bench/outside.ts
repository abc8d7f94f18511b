import { random } from '../packages/engine/src/math/random.ts';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';

type Surface = Pick<Mesh, 'positions' | 'triangles'>;

/**
 * Share of a part's volume that is outside the whole which it was cut from, measured along columns: straight lines in each
 * of the three directions, jittered over the part's box, along which lengths inside the part are summed, and those of them
 * that are outside the whole. Inside is where the winding number is not 0. Exact along each column, up to rounding.
 *
 * Booleans of manifold-3d measured this before. They draw together what is nearly at one place, which changes solids that
 * touch themselves: of 1 202 public parts 5 leaked by them, one by 1.2e-2, where no column finds more than 4e-8; and one of
 * the artist's own parts, which the whole was made of, leaked 0.17. They did not see shells that are inside out, nor wholes
 * that are not manifold: columns found fifteen such parts among 728, one with 0.3 of its volume outside.
 *
 * @param whole Of each edge as many triangles run the one way as the other, see `sealed`.
 */
export function outsideShare(part: Surface, whole: Surface): number {
	const draw = random(1);
	let inside = 0;
	let outside = 0;
	for (let axis = 0; axis < 3; axis++) {
		const ours = columnsAlong(part, axis);
		const theirs = columnsAlong(whole, axis);
		const width = (ours.high[0] - ours.low[0]) / COLUMNS;
		const height = (ours.high[1] - ours.low[1]) / COLUMNS;
		for (let j = 0; j < COLUMNS; j++)
			for (let i = 0; i < COLUMNS; i++) {
				const u = ours.low[0] + (i + draw()) * width;
				const v = ours.low[1] + (j + draw()) * height;
				const steps = ours.at(u, v);
				if (steps.length === 0) continue;
				const found = walk(steps, theirs.at(u, v));
				inside += found.inside * width * height;
				outside += found.outside * width * height;
			}
	}
	return inside > 0 ? outside / inside : 0;
}

/** Along each side of the part's box. */
const COLUMNS = 160;

/** Where a column passes through a surface: how high, and by how much the winding number changes there. */
type Step = { readonly height: number; readonly change: number };

/** Lengths inside a part, and inside it but not in the whole, by the steps of both. */
function walk(ours: readonly Step[], theirs: readonly Step[]): { inside: number; outside: number } {
	let [inside, outside, last] = [0, 0, 0];
	let [part, whole] = [0, 0];
	for (let i = 0, j = 0; i < ours.length; ) {
		const isOurs = j >= theirs.length || ours[i]!.height <= theirs[j]!.height;
		const { height, change } = isOurs ? ours[i++]! : theirs[j++]!;
		if (part !== 0) inside += height - last;
		if (part !== 0 && whole === 0) outside += height - last;
		if (isOurs) part += change;
		else whole += change;
		last = height;
	}
	return { inside, outside };
}

type Columns = {
	readonly low: readonly [number, number];
	readonly high: readonly [number, number];
	/** Steps of the column at u, v, by rising height. */
	readonly at: (u: number, v: number) => Step[];
};

const known = new WeakMap<Surface, Columns[]>();

/** Columns of a surface along an axis, made once; its triangles stand in a grid over the other two. */
function columnsAlong(surface: Surface, axis: number): Columns {
	const ofSurface = known.get(surface) ?? [];
	known.set(surface, ofSurface);
	ofSurface[axis] ??= layColumns(surface, axis);
	return ofSurface[axis];
}

function layColumns({ positions: p, triangles }: Surface, axis: number): Columns {
	const [across, along] = [(axis + 1) % 3, (axis + 2) % 3];
	const low: [number, number] = [Infinity, Infinity];
	const high: [number, number] = [-Infinity, -Infinity];
	for (const v of triangles)
		for (const [k, d] of [across, along].entries()) {
			low[k] = Math.min(low[k]!, p[3 * v + d]!);
			high[k] = Math.max(high[k]!, p[3 * v + d]!);
		}
	const cells = Math.max(4, Math.min(256, Math.round(Math.sqrt(triangles.length / 3))));
	const cell = (value: number, k: 0 | 1): number =>
		Math.max(0, Math.min(cells - 1, Math.floor(((value - low[k]) / (high[k] - low[k] || 1)) * cells)));
	const bins: number[][] = Array.from({ length: cells * cells }, () => []);
	for (let c = 0; c < triangles.length; c += 3) {
		const us = [0, 1, 2].map((k) => p[3 * triangles[c + k]! + across]!);
		const vs = [0, 1, 2].map((k) => p[3 * triangles[c + k]! + along]!);
		for (let j = cell(Math.min(...vs), 1); j <= cell(Math.max(...vs), 1); j++)
			for (let i = cell(Math.min(...us), 0); i <= cell(Math.max(...us), 0); i++) bins[i + cells * j]!.push(c);
	}
	/** Twice the area of (a, b, column): exactly opposite for the same edge the other way, so that neighbours agree. */
	const side = (a: number, b: number, u: number, v: number): number => {
		const [au, av, bu, bv] = [p[a + across]!, p[a + along]!, p[b + across]!, p[b + along]!];
		return au < bu || (au === bu && av < bv)
			? (bu - au) * (v - av) - (bv - av) * (u - au)
			: -((au - bu) * (v - bv) - (av - bv) * (u - bu));
	};
	const at = (u: number, v: number): Step[] => {
		if (!(u >= low[0] && u <= high[0] && v >= low[1] && v <= high[1])) return [];
		const steps: Step[] = [];
		for (const c of bins[cell(u, 0) + cells * cell(v, 1)]!) {
			const [a, b, d] = [3 * triangles[c]!, 3 * triangles[c + 1]!, 3 * triangles[c + 2]!];
			const [x, y, z] = [side(b, d, u, v), side(d, a, u, v), side(a, b, u, v)];
			const facesUp = x >= 0 && y >= 0 && z >= 0;
			if ((!facesUp && !(x <= 0 && y <= 0 && z <= 0)) || x + y + z === 0) continue;
			const height = (x * p[a + axis]! + y * p[b + axis]! + z * p[d + axis]!) / (x + y + z);
			// What faces up ends what is inside below it.
			steps.push({ height, change: facesUp ? -1 : 1 });
		}
		return steps.sort((one, other) => one.height - other.height);
	};
	return { low, high, at };
}
