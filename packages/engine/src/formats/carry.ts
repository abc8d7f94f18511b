import type { Node, Skin } from '@gltf-transform/core';
import type { Made } from '../mesh/made.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { vertexCorners } from '../mesh/topology.ts';
import { RowWeld } from '../mesh/weld.ts';
import {
	addInfluences,
	type FileVertex,
	type Influences,
	influencesAt,
	SourceCorners,
	spreadInfluences,
	strongest,
	valueAt,
} from './influences.ts';
import { defaultWeights, invertAffine, type Matrix, type Pose } from './pose.ts';
import type { PrimitiveSource } from './sources.ts';

/** What a made surface moves with: a node of the scene, and the sources whose vertices move alike. */
export type Home = {
	/** Whose frame, skin and morph targets apply; none stands for the scene itself. */
	readonly node: Node | undefined;
	/** False for a surface that the node carries without the node's own skin and morph targets. */
	readonly deforms: boolean;
	/** Numbers of the sources that move alike. */
	readonly sources: ReadonlySet<number>;
};

/** Vertices in the frame that a file has them in, row for row of what was asked for. */
export type Carried = {
	/** n × 3. */
	readonly positions: Float32Array<ArrayBuffer>;
	/** Frame-to-world matrix: 16 numbers for all vertices, or 16 for each. */
	readonly matrices: Float64Array;
	/** Four joints of each vertex a set; no set where there is no skin. */
	readonly joints: readonly Uint16Array<ArrayBuffer>[];
	readonly weights: readonly Float32Array<ArrayBuffer>[];
	/** By morph target and semantic, n × 3. */
	readonly targets: readonly ReadonlyMap<string, Float32Array<ArrayBuffer>>[];
};

/** A matrix whose volume is below this share of its longest axis cubed cannot be gone back through. */
const FLAT = 1e-9;

/**
 * Brings vertices of a made surface from the world into the frame of a node, so that a viewer shows them where they
 * are: back through the node's matrix, or through the blend of joints, and through morph targets at their default
 * weights.
 *
 * A vertex that lies bit for bit on a vertex of the model takes over everything of it as it is in the file, so that the
 * two stay at one place in every pose. Others mix the skin weights and morph targets of their anchors. Where there are
 * none, weights spread from neighbour to neighbour.
 */
export class Carrier {
	/** Skinned vertices that neither anchors nor neighbours gave weights. */
	lostWeights = 0;
	/** Vertices that no way leads back from the world for: a flat node or joint. */
	lostPlaces = 0;
	readonly #sources: readonly PrimitiveSource[];
	readonly #pose: Pose;
	readonly #model: Mesh;
	readonly #made: Made;
	/** Vertex of the model at the very same place, or one past its vertices. */
	readonly #twinOf: Uint32Array;
	readonly #corners: SourceCorners;
	readonly #numbersOf = new Map<Skin, ReadonlyMap<Node, number>>();
	readonly #partOf: ArrayLike<number>;

	/** @param partOf Part of each triangle of the model. */
	constructor(model: Mesh, partOf: ArrayLike<number>, made: Made, sources: readonly PrimitiveSource[], pose: Pose) {
		this.#model = model;
		this.#partOf = partOf;
		this.#made = made;
		this.#sources = sources;
		this.#pose = pose;
		this.#twinOf = new Uint32Array(made.mesh.positions.length / 3);
		const weld = new RowWeld(3);
		weld.add(model.positions, model.positions.length / 3, new Uint32Array(model.positions.length / 3));
		weld.add(made.mesh.positions, this.#twinOf.length, this.#twinOf);
		this.#corners = new SourceCorners(sources, pose);
	}

	/** Number of the source that a corner of the model belongs to. */
	sourceAt(c: number): number {
		return this.#corners.sourceAt(c);
	}

	/** Corners of the model that are at a made vertex: none where the vertex is new. */
	cornersAt(v: number): Uint32Array {
		const { offsets, list } = vertexCorners(this.#model);
		const twin = this.#twinOf[v];
		return twin + 1 < offsets.length ? list.subarray(offsets[twin], offsets[twin + 1]) : new Uint32Array(0);
	}

	/**
	 * @param part Whose corners are preferred, where several parts meet at a vertex.
	 * @param used Made vertices, each once.
	 * @param triangles Triangles over the places in `used`: the neighbours that weights spread to.
	 */
	carry(home: Home, part: number, used: Uint32Array, triangles: Uint32Array): Carried {
		const n = used.length;
		const { node } = home;
		const skin = home.deforms && node ? node.getSkin() : null;
		const exact: (FileVertex | undefined)[] = [];
		for (let i = 0; i < n; i++) exact.push(this.#findTwin(home, part, used[i]));
		const influences = skin ? this.#influence(home, part, skin, used, exact, triangles) : undefined;
		const matrices = influences
			? this.#blend(influences, skin!)
			: Float64Array.from(node ? this.#pose.world(node) : IDENTITY);
		const targets = this.#morph(home, used, exact);
		const positions = this.#unpose(home, used, exact, matrices, targets);
		const sets = influences ? Math.ceil(Math.max(1, ...influences.map(({ joints }) => joints.length)) / 4) : 0;
		const joints = Array.from({ length: sets }, () => new Uint16Array(4 * n));
		const weights = Array.from({ length: sets }, () => new Float32Array(4 * n));
		influences?.forEach((influence, i) => {
			for (let k = 0; k < influence.joints.length; k++) {
				joints[k >> 2][4 * i + (k & 3)] = influence.weights[k] === 0 ? 0 : influence.joints[k];
				weights[k >> 2][4 * i + (k & 3)] = influence.weights[k];
			}
		});
		return { positions, matrices, joints, weights, targets };
	}

	#findTwin(home: Home, part: number, v: number): FileVertex | undefined {
		let found = -1;
		const corners = this.cornersAt(v);
		for (let i = 0; i < corners.length; i++) {
			const c = corners[i];
			if (!home.sources.has(this.sourceAt(c))) continue;
			if (!home.deforms && this.#sources[this.sourceAt(c)].node !== home.node) continue;
			if (found < 0) found = c;
			if (this.#partOf[Math.floor(c / 3)] !== part) continue;
			found = c;
			break;
		}
		return found < 0 ? undefined : this.#corners.vertexAt(found);
	}

	/** Anchors of a made vertex that have weight and lie in the home. */
	#anchors(home: Home, v: number): { at: FileVertex; source: number; weight: number }[] {
		const { anchors } = this.#made;
		const found: { at: FileVertex; source: number; weight: number }[] = [];
		for (let k = 4 * v; anchors && k < 4 * v + 4; k++) {
			const weight = anchors.weights[k];
			if (!(weight > 0)) continue;
			const source = this.sourceAt(anchors.corners[k]);
			if (home.sources.has(source)) found.push({ at: this.#corners.vertexAt(anchors.corners[k]), source, weight });
		}
		return found;
	}

	/** Corners that a made vertex takes after: those at the same place, of its part if any is, or else its anchors. */
	#origins(part: number, v: number): { c: number; weight: number }[] {
		const twins = [...this.cornersAt(v)];
		const own = twins.filter((c) => this.#partOf[Math.floor(c / 3)] === part);
		if (twins.length > 0) return [{ c: (own.length > 0 ? own : twins)[0], weight: 1 }];
		const { anchors } = this.#made;
		return [0, 1, 2, 3].flatMap((k) => {
			const weight = anchors?.weights[4 * v + k] ?? 0;
			return anchors && weight > 0 ? [{ c: anchors.corners[4 * v + k], weight }] : [];
		});
	}

	/** What a corner moves with in terms of the skin of the home; nothing where they have no joint in common. */
	#mapped(home: Home, skin: Skin, c: number): Influences | undefined {
		const source = this.sourceAt(c);
		const influences = influencesAt(this.#corners.vertexAt(c));
		const other = this.#sources[source].node.getSkin();
		if (home.sources.has(source) || other === skin) return influences;
		if (!other) return undefined;
		const numberOf = this.#jointNumbers(skin);
		const joints = other.listJoints();
		const kept = influences.joints.flatMap((joint, k) => {
			const number = numberOf.get(joints[joint]);
			return number === undefined || influences.weights[k] === 0 ? [] : [{ number, weight: influences.weights[k] }];
		});
		if (kept.length === 0) return undefined;
		return { joints: kept.map(({ number }) => number), weights: kept.map(({ weight }) => weight) };
	}

	#jointNumbers(skin: Skin): ReadonlyMap<Node, number> {
		let numberOf = this.#numbersOf.get(skin);
		if (!numberOf) {
			numberOf = new Map(skin.listJoints().map((joint, number) => [joint, number]));
			this.#numbersOf.set(skin, numberOf);
		}
		return numberOf;
	}

	#influence(
		home: Home,
		part: number,
		skin: Skin,
		used: Uint32Array,
		exact: readonly (FileVertex | undefined)[],
		triangles: Uint32Array,
	): Influences[] {
		const count = skin.listJoints().length;
		const known: (Influences | undefined)[] = [];
		for (let i = 0; i < used.length; i++) {
			const twin = exact[i];
			if (twin) {
				known.push(influencesAt(twin));
				continue;
			}
			const mixed = new Map<number, number>();
			for (const { c, weight } of this.#origins(part, used[i])) {
				const influences = this.#mapped(home, skin, c);
				if (influences) addInfluences(mixed, influences, weight);
			}
			known.push(strongest(mixed));
		}
		spreadInfluences(known, triangles);
		const first = this.#firstInfluences(home);
		return known.map((influences) => {
			if (influences?.joints.every((joint, k) => joint < count || influences.weights[k] === 0)) {
				return influences;
			}
			this.lostWeights++;
			return first;
		});
	}

	/** What the first vertex of the home's sources moves with: for vertices that nothing is known of. */
	#firstInfluences(home: Home): Influences {
		for (const s of home.sources) {
			const { primitive, corners } = this.#sources[s];
			return influencesAt({ primitive, vertex: corners[0] });
		}
		return { joints: [0], weights: [1] };
	}

	/** Joint matrices of each vertex, mixed as the reader and viewers do. */
	#blend(influences: readonly Influences[], skin: Skin): Float64Array {
		const joints = this.#pose.joints(skin);
		const matrices = new Float64Array(16 * influences.length);
		for (let i = 0; i < influences.length; i++) {
			const influence = influences[i];
			let total = 0;
			for (let k = 0; k < influence.weights.length; k++) total += influence.weights[k];
			for (let k = 0; k < influence.weights.length; k++) {
				const weight = influence.weights[k] / total;
				if (weight === 0) continue;
				const from = 16 * influence.joints[k];
				for (let e = 0; e < 16; e++) matrices[16 * i + e] += weight * joints[from + e];
			}
		}
		return matrices;
	}

	#morph(
		home: Home,
		used: Uint32Array,
		exact: readonly (FileVertex | undefined)[],
	): Map<string, Float32Array<ArrayBuffer>>[] {
		const models = home.deforms ? [...home.sources].map((s) => this.#sources[s].primitive) : [];
		const count = models[0]?.listTargets().length ?? 0;
		const targets: Map<string, Float32Array<ArrayBuffer>>[] = [];
		for (let k = 0; k < count; k++) {
			const deltas = new Map([['POSITION', new Float32Array(3 * used.length)]]);
			for (const semantic of ['NORMAL', 'TANGENT']) {
				const isThere = models.some((primitive) => primitive.listTargets()[k]?.getAttribute(semantic));
				if (isThere) deltas.set(semantic, new Float32Array(3 * used.length));
			}
			targets.push(deltas);
		}
		if (count === 0) return targets;
		for (let i = 0; i < used.length; i++) {
			const twin = exact[i];
			const origins = twin ? [{ at: twin, weight: 1 }] : this.#anchors(home, used[i]);
			for (const { at, weight } of origins) {
				const own = at.primitive.listTargets();
				for (let k = 0; k < count; k++) {
					for (const [semantic, deltas] of targets[k]) {
						const accessor = own[k]?.getAttribute(semantic);
						if (!accessor) continue;
						for (let e = 0; e < 3; e++) deltas[3 * i + e] += weight * valueAt(accessor, at.vertex, e);
					}
				}
			}
		}
		return targets;
	}

	#unpose(
		home: Home,
		used: Uint32Array,
		exact: readonly (FileVertex | undefined)[],
		matrices: Float64Array,
		targets: readonly ReadonlyMap<string, Float32Array>[],
	): Float32Array<ArrayBuffer> {
		const n = used.length;
		const places = this.#made.mesh.positions;
		const positions = new Float32Array(3 * n);
		const shifts = targets.map((deltas, k) => ({
			weight: home.node ? (defaultWeights(home.node)[k] ?? 0) : 0,
			deltas: deltas.get('POSITION')!,
		}));
		let inverse = invertAffine(matrices, 0, FLAT);
		for (let i = 0; i < n; i++) {
			const v = 3 * used[i];
			const twin = exact[i];
			if (twin) {
				const position = twin.primitive.getAttribute('POSITION')!;
				for (let e = 0; e < 3; e++) positions[3 * i + e] = valueAt(position, twin.vertex, e);
				continue;
			}
			if (matrices.length > 16) inverse = invertAffine(matrices, 16 * i, FLAT);
			if (!inverse) this.lostPlaces++;
			const m = inverse ?? IDENTITY;
			for (let e = 0; e < 3; e++) {
				let x = m[e] * places[v] + m[e + 4] * places[v + 1] + m[e + 8] * places[v + 2] + m[e + 12];
				for (const { weight, deltas } of shifts) x -= weight * deltas[3 * i + e];
				positions[3 * i + e] = x;
			}
		}
		return positions;
	}
}

const IDENTITY: Matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
