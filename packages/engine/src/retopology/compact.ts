import type { Coarse } from './coarse.ts';

/** The surface without what is dead: its triangles and vertices numbered anew in their old order. */
export function compact(coarse: Coarse): Coarse {
	const { at, live, faces } = coarse;
	const triangles = new Uint32Array(faces);
	let count = 0;
	for (let t = 0; t < live.length; t++) if (live[t] !== 0) triangles[count++] = t;
	const kept = listVertices(coarse);
	const vertices = kept.length;
	const numberOf = new Int32Array(coarse.kind.length).fill(-1);
	for (let v = 0; v < vertices; v++) numberOf[kept[v]] = v;
	const compacted: Coarse = {
		positions: new Float64Array(3 * vertices),
		at: new Uint32Array(3 * faces),
		live: new Uint8Array(faces).fill(1),
		line: new Uint8Array(3 * faces),
		kind: new Uint8Array(vertices),
		moved: new Uint8Array(vertices),
		facing: new Float32Array(3 * faces),
		vertexOf: new Uint32Array(vertices),
		triangleOf: triangles.map((t) => coarse.triangleOf[t]),
		faces,
		error: coarse.error,
	};
	for (let c = 0; c < 3 * faces; c++) {
		const old = 3 * triangles[(c / 3) | 0] + (c % 3);
		compacted.at[c] = numberOf[at[old]];
		compacted.line[c] = coarse.line[old];
		compacted.facing[c] = coarse.facing[old];
	}
	for (let v = 0; v < numberOf.length; v++) {
		const w = numberOf[v];
		if (w < 0) continue;
		compacted.kind[w] = coarse.kind[v];
		compacted.moved[w] = coarse.moved[v];
		compacted.vertexOf[w] = coarse.vertexOf[v];
		for (let k = 0; k < 3; k++) compacted.positions[3 * w + k] = coarse.positions[3 * v + k];
	}
	return compacted;
}

/** Vertices that live triangles have, ascending. */
export function listVertices({ at, live, kind }: Coarse): Uint32Array {
	const used = new Uint8Array(kind.length);
	for (let c = 0; c < at.length; c++) if (live[(c / 3) | 0] !== 0) used[at[c]] = 1;
	const list = new Uint32Array(kind.length);
	let count = 0;
	for (let v = 0; v < used.length; v++) if (used[v] !== 0) list[count++] = v;
	return list.slice(0, count);
}

/** The same surface, to be changed on its own. */
export function copyOf(coarse: Coarse): Coarse {
	return {
		...coarse,
		positions: coarse.positions.slice(),
		at: coarse.at.slice(),
		live: coarse.live.slice(),
		line: coarse.line.slice(),
		kind: coarse.kind.slice(),
		moved: coarse.moved.slice(),
	};
}
