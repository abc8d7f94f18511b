import { normalAndArea } from '../math/triangle.ts';
import { UnionFind } from '../math/union-find.ts';
import type { Coarse } from './coarse.ts';

/**
 * Drops whole components, least area first, until at most `limit` triangles are left; the largest always stays.
 * The last resort: for surfaces of more pieces than the limit has triangles. Ties go to the later component.
 *
 * @returns how many were dropped.
 */
export function dropSmallest(coarse: Coarse, limit: number): number {
	const { at, live } = coarse;
	const sets = new UnionFind(coarse.positions.length / 3);
	for (let t = 0; t < live.length; t++) {
		if (live[t] === 0) continue;
		sets.union(at[3 * t], at[3 * t + 1]);
		sets.union(at[3 * t], at[3 * t + 2]);
	}
	const plane = new Float64Array(4);
	const pieces = new Map<number, { root: number; area: number; faces: number }>();
	for (let t = 0; t < live.length; t++) {
		if (live[t] === 0) continue;
		const root = sets.find(at[3 * t]);
		const piece = pieces.get(root) ?? { root, area: 0, faces: 0 };
		normalAndArea(coarse.positions, at, t, plane, 0);
		piece.area += plane[3];
		piece.faces++;
		pieces.set(root, piece);
	}
	const gone = new Set<number>();
	const byArea = [...pieces.values()].sort((a, b) => a.area - b.area || b.root - a.root);
	for (const { root, faces } of byArea.slice(0, -1)) {
		if (coarse.faces <= limit) break;
		gone.add(root);
		coarse.faces -= faces;
	}
	for (let t = 0; t < live.length; t++) if (live[t] !== 0 && gone.has(sets.find(at[3 * t]))) live[t] = 0;
	return gone.size;
}
