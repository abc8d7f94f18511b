import { normalAndArea } from '../math/triangle.ts';
import type { Draft } from './cap.ts';
import { windingAbove } from './columns.ts';
import type { Patch } from './patch.ts';
import { signedVolume } from './verify.ts';

/**
 * Triangles of a cap that are of a shell which is inside out, and not within another: where a hollow of the whole
 * that two parts share is closed, a cavity that reaches out of the part is one. Booleans take such a shell's volume away,
 * printers fill it.
 *
 * @param size Longest side of the whole.
 */
export function countTurned(patch: Patch, { positions, triangles }: Draft, size: number): number {
	const shells = shellsOf(patch, triangles, positions.length / 3);
	if (shells.length < 2) return 0;
	const placed = Float32Array.from(positions);
	const plane = new Float64Array(4);
	let turned = 0;
	for (const shell of shells) {
		if (shell.capTriangles === 0 || signedVolume(placed, shell.list) >= 0) continue;
		const count = shell.list.length / 3;
		for (let i = 0; i < ASKED; i++) {
			const t = Math.floor(((i + 0.5) * count) / ASKED);
			normalAndArea(placed, shell.list, t, plane, 0);
			const before = BEFORE * Math.sqrt(plane[3]);
			const at = [0, 1, 2].map((k) => {
				let sum = before * plane[k];
				for (let c = 3 * t; c < 3 * t + 3; c++) sum += placed[3 * shell.list[c] + k] / 3;
				return sum;
			});
			const around =
				windingAbove(patch.positions, patch.triangles, at, size) + windingAbove(placed, triangles, at, size);
			if (around >= 0) continue;
			turned += shell.capTriangles;
			break;
		}
	}
	return turned;
}

/** Triangles of a shell that are asked what is in front of them. */
const ASKED = 12;
/** How far in front of a triangle, in roots of its area. */
const BEFORE = 1e-3;

/** Connected pieces of a part with its cap. */
function shellsOf(patch: Patch, cap: readonly number[], vertices: number) {
	const root = Uint32Array.from({ length: vertices }, (_, v) => v);
	const find = (v: number): number => {
		let top = v;
		while (root[top] !== top) {
			root[top] = root[root[top]];
			top = root[top];
		}
		return top;
	};
	const lists = new Map<number, { corners: number[]; capTriangles: number }>();
	for (const triangles of [patch.triangles, cap])
		for (let c = 0; c < triangles.length; c += 3) {
			root[find(triangles[c])] = find(triangles[c + 1]);
			root[find(triangles[c + 1])] = find(triangles[c + 2]);
		}
	for (const triangles of [patch.triangles, cap])
		for (let c = 0; c < triangles.length; c += 3) {
			const top = find(triangles[c]);
			let shell = lists.get(top);
			if (!shell) {
				shell = { corners: [], capTriangles: 0 };
				lists.set(top, shell);
			}
			shell.corners.push(triangles[c], triangles[c + 1], triangles[c + 2]);
			if (triangles === cap) shell.capTriangles++;
		}
	return [...lists.values()].map(({ corners, capTriangles }) => ({ list: Uint32Array.from(corners), capTriangles }));
}
