import { type Mesh, next, triangleCount } from '../mesh/mesh.ts';
import { type Assembly, assemblyOf } from './assembly.ts';
import type { Draft } from './cap.ts';
import { type CloseOptions, closePart, closeShell, isSound } from './close.ts';
import type { Closed } from './judge.ts';
import type { Patch } from './patch.ts';

/** A part of a tiling: its visible surface, and all that closes it as its cap. */
export type Tile = { readonly part: number; readonly patch: Patch; readonly closed: Closed };

/**
 * Divides the whole into solids that share their cuts: parts are closed one after the other, the largest first, and each
 * cap is at once the hidden surface of the neighbours that it was made against, turned around. What is left after each
 * part is again a whole, with one part less, so that nothing is left over and nothing is taken twice: the volumes of all
 * parts add up to that of the whole, whatever the caps are like.
 *
 * The largest come first since they carry the others: a body that goes on through a belt leaves the belt a ring, and a
 * skull a hat hollow. A part that cannot be cut without crossing something waits, see `pickSound`: one bad cut makes what
 * is left unsound for all parts after it (a bookcase with 0.81 of one board outside the whole, before).
 *
 * What is hidden is estimated from the whole as it was, not from what is left with its caps: as good (volume IoU 0.927 of
 * 122 parts either way), and half the time, since the neighbours' fields are continued once.
 */
export function closeTiles(
	mesh: Mesh,
	partOf: ArrayLike<number>,
	parts: number,
	options: CloseOptions,
	advance: (share: number) => void,
	check: () => void,
): Tile[] {
	let rest: Rest = {
		positions: Array.from(mesh.positions),
		triangles: Array.from(mesh.triangles),
		partOf: Array.from(partOf),
		origin: Array.from({ length: triangleCount(mesh) }, (_, t) => t),
	};
	const seen = assemblyOf(mesh, partOf, check);
	const pending = bySize(mesh, partOf, parts);
	const total = pending.length;
	const tiles: Tile[] = [];
	const refused: Waiting = new Map();
	const slivers = new Set<number>();
	while (pending.length > 0) {
		const whole: Mesh = {
			positions: Float32Array.from(rest.positions),
			triangles: Uint32Array.from(rest.triangles),
			corner: {},
			materialOf: new Uint16Array(rest.triangles.length / 3),
		};
		const assembly = assemblyOf(whole, rest.partOf, check);
		const chosen = pickSound(seen, assembly, pending, refused, options, (share) =>
			advance((tiles.length + share) / total),
		);
		const { part, closed } = chosen;
		const patch = assembly.patchOf(part);
		pending.splice(pending.indexOf(part), 1);
		refused.delete(part);
		for (const neighbour of assembly.neighboursOf(part)) letWait(refused, neighbour);
		const note = slivers.has(part) ? { note: 'holds slivers between caps of a neighbour that touches itself' } : {};
		tiles.push(sorted(part, patch, { ...note, ...closed }, rest.origin));
		rest = without(rest, part, patch, closed, slivers);
	}
	return tiles;
}

/** A part and the best way that was found to cut it. */
type Cut = { readonly part: number; readonly closed: Closed };

/** Parts that could not be cut soundly. */
type Waiting = Map<
	number,
	Cut & {
		/** How often it was tried. */
		readonly tries: number;
		/** Neighbours that have been cut since. */
		readonly cuts: number;
	}
>;

/** Notes that a neighbour of a part has been cut. */
function letWait(refused: Waiting, part: number): void {
	const waiting = refused.get(part);
	if (waiting) refused.set(part, { ...waiting, cuts: waiting.cuts + 1 });
}

/**
 * The first of the parts that can be cut without crossing anything. A part that cannot waits until a neighbour has been cut:
 * what neighbours leave of it is sound by itself. The next time it waits for two, then for four, or until nothing else is
 * left to try: a body of 26 000 triangles with 20 parts of one triangle took 20 s when it was tried after each, 12 s now.
 * Where every part waits, the smallest becomes a thin layer; where not even that crosses nothing, the least bad cut is taken,
 * which says what is wrong with it.
 */
function pickSound(
	seen: Assembly,
	assembly: Assembly,
	pending: readonly number[],
	refused: Waiting,
	options: CloseOptions,
	advance: (share: number) => void,
): Cut {
	for (const isPatient of [true, false])
		for (const part of pending) {
			const { tries, cuts } = refused.get(part) ?? { tries: 0, cuts: 1 };
			if (cuts < (isPatient ? 2 ** (tries - 1) : 1)) continue;
			const closed = closePart(assembly, part, options, advance, seen);
			if (pending.length === 1 || closed.sheet || isSound(assembly.patchOf(part), closed)) return { part, closed };
			refused.set(part, { part, closed, tries: tries + 1, cuts: 0 });
		}
	for (const part of pending.toReversed()) {
		advance(0.5);
		const closed = closeShell(assembly, part);
		if (closed) return { part, closed };
	}
	return [...refused.values()].reduce((best, other) => (other.closed.merit > best.closed.merit ? other : best));
}

/** What is not closed yet: visible triangles and the caps of their neighbours, as plain lists. */
type Rest = {
	readonly positions: number[];
	readonly triangles: number[];
	readonly partOf: number[];
	/** Triangle of the input, or -1 for one of a cap. */
	readonly origin: number[];
};

function bySize({ positions, triangles }: Mesh, partOf: ArrayLike<number>, parts: number): number[] {
	const low = new Float64Array(3 * parts).fill(Infinity);
	const high = new Float64Array(3 * parts).fill(-Infinity);
	for (let c = 0; c < triangles.length; c++) {
		const part = partOf[(c / 3) | 0];
		for (let k = 0; k < 3; k++) {
			const value = positions[3 * triangles[c] + k];
			low[3 * part + k] = Math.min(low[3 * part + k], value);
			high[3 * part + k] = Math.max(high[3 * part + k], value);
		}
	}
	const size = Array.from(
		{ length: parts },
		(_, p) => (high[3 * p] - low[3 * p]) * (high[3 * p + 1] - low[3 * p + 1]) * (high[3 * p + 2] - low[3 * p + 2]),
	);
	return size
		.map((_, part) => part)
		.filter((part) => size[part] >= 0)
		.sort((a, b) => size[b] - size[a] || a - b);
}

/** The rest without a part, its cap turned around and given to the neighbours along its seams. */
function without(rest: Rest, part: number, patch: Patch, { draft, sheet }: Closed, slivers: Set<number>): Rest {
	const positions = rest.positions.slice();
	const kept = rest.partOf.map((_, t) => t).filter((t) => rest.partOf[t] !== part);
	const triangles = kept.flatMap((t) => rest.triangles.slice(3 * t, 3 * t + 3));
	const partOf = kept.map((t) => rest.partOf[t]);
	const origin = kept.map((t) => rest.origin[t]);
	if (sheet || kept.length === 0) return { positions, triangles, partOf, origin };
	const first = patch.vertexOf.length;
	const placeOf = (v: number): number => (v < first ? patch.vertexOf[v] : rest.positions.length / 3 + v - first);
	for (let i = 3 * first; i < draft.positions.length; i++) positions.push(draft.positions[i]);
	const owners = ownersOf(rest, part, patch, draft, slivers);
	for (let c = 0; c < draft.triangles.length; c += 3) {
		const owner = owners[c / 3];
		if (owner < 0) continue;
		triangles.push(placeOf(draft.triangles[c]), placeOf(draft.triangles[c + 2]), placeOf(draft.triangles[c + 1]));
		partOf.push(owner);
		origin.push(-1);
	}
	return { positions, triangles, partOf, origin };
}

/**
 * The neighbour that each triangle of a cap is given to: the one across the nearest seam, spread from the seam inwards
 * over the cap, ring by ring. -1 for the caps of a part without neighbours.
 *
 * @param slivers Takes the neighbour that gets caps which no neighbour is across of.
 */
function ownersOf(rest: Rest, part: number, patch: Patch, { triangles }: Draft, slivers: Set<number>): Int32Array {
	const keyOf = (a: number, b: number): number => a * 2 ** 26 + b;
	const across = new Map<number, number>();
	for (let c = 0; c < rest.triangles.length; c++) {
		const owner = rest.partOf[(c / 3) | 0];
		if (owner !== part) across.set(keyOf(rest.triangles[c], rest.triangles[next(c)]), owner);
	}
	const owners = new Int32Array(triangles.length / 3).fill(-1);
	const cornerOf = new Map<number, number>();
	let front: number[] = [];
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		const b = triangles[next(c)];
		cornerOf.set(keyOf(a, b), c);
		if (a >= patch.vertexOf.length || b >= patch.vertexOf.length || owners[(c / 3) | 0] >= 0) continue;
		// The cap runs along the seam as the neighbour does.
		const owner = across.get(keyOf(patch.vertexOf[a], patch.vertexOf[b]));
		if (owner === undefined) continue;
		owners[(c / 3) | 0] = owner;
		front.push((c / 3) | 0);
	}
	while (front.length > 0) {
		const after: number[] = [];
		for (const t of front)
			for (let c = 3 * t; c < 3 * t + 3; c++) {
				const twin = cornerOf.get(keyOf(triangles[next(c)], triangles[c]));
				if (twin === undefined || owners[(twin / 3) | 0] >= 0) continue;
				owners[(twin / 3) | 0] = owners[t];
				after.push((twin / 3) | 0);
			}
		front = after;
	}
	// Where the part touches itself along edges it has caps that no neighbour is across of: in pairs, which only hold together.
	const any = owners.find((owner) => owner >= 0);
	if (any === undefined || !owners.includes(-1)) return owners;
	for (let t = 0; t < owners.length; t++) if (owners[t] < 0) owners[t] = any;
	slivers.add(any);
	return owners;
}

/** A closed part with its visible triangles and vertices first, in the input's numbers, and all else as its cap. */
function sorted(part: number, patch: Patch, closed: Closed, origin: readonly number[]): Tile {
	const { draft } = closed;
	const isVisible = (t: number): boolean => origin[patch.triangleOf[t]] >= 0;
	const count = patch.triangles.length / 3;
	const place = new Int32Array(draft.positions.length / 3).fill(-1);
	const old: number[] = [];
	const visit = (v: number): number => {
		if (place[v] < 0) place[v] = old.push(v) - 1;
		return place[v];
	};
	const visible: number[] = [];
	const triangleOf: number[] = [];
	for (let t = 0; t < count; t++) {
		if (!isVisible(t)) continue;
		triangleOf.push(origin[patch.triangleOf[t]]);
		for (let c = 3 * t; c < 3 * t + 3; c++) visible.push(visit(patch.triangles[c]));
	}
	const seen = old.length;
	const cap: number[] = [];
	for (let t = 0; t < count; t++)
		if (!isVisible(t)) for (let c = 3 * t; c < 3 * t + 3; c++) cap.push(visit(patch.triangles[c]));
	for (const v of draft.triangles) cap.push(visit(v));
	const positions = old.flatMap((v) => draft.positions.slice(3 * v, 3 * v + 3));
	const vertexOf = Uint32Array.from(old.slice(0, seen), (v) => patch.vertexOf[v]);
	const tile: Patch = {
		positions: Float32Array.from(positions.slice(0, 3 * seen)),
		triangles: Uint32Array.from(visible),
		vertexOf,
		triangleOf: Uint32Array.from(triangleOf),
		loops: rimOf(visible),
		collapsed: patch.collapsed,
	};
	const inherits = draft.triangles.length === 0 && cap.length > 0;
	const method = inherits && closed.method === 'whole' ? 'shared' : closed.method;
	return { part, patch: tile, closed: { ...closed, method, draft: { positions, triangles: cap } } };
}

/** Vertices on the border of the visible triangles, as one list: what a cap's colours are filled from. */
function rimOf(visible: readonly number[]): Uint32Array[] {
	const after = new Map<number, number>();
	const edges = new Set<number>();
	const keyOf = (a: number, b: number): number => a * 2 ** 26 + b;
	for (let c = 0; c < visible.length; c++) edges.add(keyOf(visible[c], visible[next(c)]));
	for (let c = 0; c < visible.length; c++) {
		const a = visible[c];
		const b = visible[next(c)];
		if (!edges.has(keyOf(b, a))) after.set(b, a);
	}
	const loops: Uint32Array[] = [];
	const done = new Set<number>();
	for (const start of after.keys()) {
		const loop: number[] = [];
		for (let v: number | undefined = start; v !== undefined && !done.has(v); v = after.get(v)) {
			done.add(v);
			loop.push(v);
		}
		if (loop.length > 0) loops.push(Uint32Array.from(loop));
	}
	return loops;
}
