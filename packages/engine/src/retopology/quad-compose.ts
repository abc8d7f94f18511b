import type { Draft } from './pair-quads.ts';
import type { Candidate } from './quad-choice.ts';
import { NO_VERTEX } from './quad-mesh.ts';
import type { Pieces } from './quad-pieces.ts';

/** The pieces of several drafts as one: of each the faces on pieces that chose it. */
export function composeDrafts(candidates: readonly Candidate[], chosen: Uint8Array, pieces: Pieces): Draft {
	if (candidates.length === 1) return candidates[0].draft;
	const parts = candidates.map(({ draft }, k) => {
		const faces: number[] = [];
		for (let f = 0; f < draft.labelOf.length; f++)
			if (chosen[pieces.pieceOf[draft.mesh.sourceOf[f]]] === k) faces.push(f);
		return faces;
	});
	const total = parts.reduce((sum, faces) => sum + faces.length, 0);
	const faces = new Uint32Array(4 * total).fill(NO_VERTEX);
	const sourceOf = new Uint32Array(total);
	const labelOf = new Uint32Array(total);
	const positions: Float64Array[] = [];
	const kinds: Uint8Array[] = [];
	const ideals: Uint8Array[] = [];
	let first = 0;
	let f = 0;
	for (const [k, { draft }] of candidates.entries()) {
		positions.push(draft.mesh.positions);
		kinds.push(draft.lines.kind);
		ideals.push(draft.lines.ideal);
		for (const from of parts[k]) {
			for (let i = 0; i < 4; i++) {
				const v = draft.mesh.faces[4 * from + i];
				if (v !== NO_VERTEX) faces[4 * f + i] = first + v;
			}
			sourceOf[f] = draft.mesh.sourceOf[from];
			labelOf[f++] = draft.labelOf[from];
		}
		first += draft.lines.kind.length;
	}
	return {
		mesh: { positions: Float64Array.from(positions.flatMap((p) => [...p])), faces, sourceOf },
		labelOf,
		lines: {
			kind: Uint8Array.from(kinds.flatMap((p) => [...p])),
			ideal: Uint8Array.from(ideals.flatMap((p) => [...p])),
		},
	};
}
