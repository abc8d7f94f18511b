/**
 * Measures and divides every model once, so that merging can be rolled out again and again. With `--shard i/n` does
 * each n-th.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { type Mesh, triangleCount } from '../packages/engine/src/mesh/mesh.ts';
import { connectRegions } from '../packages/engine/src/segmentation/adjacency.ts';
import { coarsenWhenLarge, standIns } from '../packages/engine/src/segmentation/cells.ts';
import { gatherCrumbs } from '../packages/engine/src/segmentation/crumbs.ts';
import { measureFeatures, type SurfaceFeatures } from '../packages/engine/src/segmentation/features.ts';
import { classifyLooks } from '../packages/engine/src/segmentation/looks.ts';
import { findMirror } from '../packages/engine/src/segmentation/mirror.ts';
import { orientOutward } from '../packages/engine/src/segmentation/orient.ts';
import { oversegment } from '../packages/engine/src/segmentation/oversegment.ts';
import { type Contact, findContacts } from '../packages/engine/src/segmentation/proximity.ts';
import { MAX_REGIONS, REGIONS, SEGMENT_DEFAULTS } from '../packages/engine/src/segmentation/segment.ts';
import { modelFrame, triangleGraph } from '../packages/engine/src/segmentation/surface-graph.ts';
import { CACHE, type Item, listItems, loadItem } from './models.ts';
import type { State } from './state.ts';

/** A model measured and divided into regions, and how each person's segments fall on the regions. */
export type Prepared = {
	readonly mesh: Mesh;
	readonly features: SurfaceFeatures;
	readonly cellOf: Uint32Array;
	readonly regionOf: Uint32Array;
	readonly regions: number;
	readonly contacts: readonly Contact[];
	readonly truths: readonly Uint32Array[];
};

export function divide(mesh: Mesh) {
	const idle = (): void => {};
	const oriented = orientOutward(mesh);
	const frame = modelFrame(oriented);
	const triangles = triangleGraph(oriented, frame);
	const { graph, cellOf } = coarsenWhenLarge(triangles, idle);
	const features = measureFeatures(oriented, frame, graph, standIns(triangles, graph, cellOf), idle);
	const lookOf = classifyLooks(oriented, triangles, { graph, cellOf }, SEGMENT_DEFAULTS.cues);
	const fine = oversegment(graph, features, REGIONS, idle, lookOf);
	const touching = findContacts(oriented, frame, graph, cellOf, fine.regionOf, undefined);
	const { regions, contacts } = gatherCrumbs(graph, features, fine, touching, MAX_REGIONS);
	return { features, cellOf, regionOf: regions.regionOf, regions: regions.count, contacts };
}

/** The sums that merging starts from. */
function summarise({ mesh, features, cellOf, regionOf, regions, contacts, truths }: Prepared): State {
	const oriented = orientOutward(mesh);
	const frame = modelFrame(oriented);
	const triangles = triangleGraph(oriented, frame);
	const { graph } = coarsenWhenLarge(triangles, () => {});
	const lookOf = classifyLooks(oriented, triangles, { graph, cellOf }, SEGMENT_DEFAULTS.cues);
	const mirror = findMirror(oriented, frame, graph, cellOf, regionOf, undefined);
	const cut = { count: regions, regionOf };
	const { region, seam, seamA, seamB } = connectRegions(graph, features, cut, contacts, { lookOf, mirror });
	const people = truths.map((truth) => {
		const number = new Map<number, number>();
		for (const label of truth) if (!number.has(label)) number.set(label, number.size);
		const segments = number.size;
		const faces = new Float64Array(regions * segments);
		for (let t = 0; t < truth.length; t++) faces[regionOf[cellOf[t]] * segments + number.get(truth[t])!]++;
		return { segments, faces };
	});
	return {
		faces: cellOf.length,
		regions,
		region: region.slice(0, region.length / 2),
		seam,
		seamA,
		seamB,
		plane: mirror && { normal: mirror.normal, offset: mirror.offset },
		people,
	};
}

const preparedPath = (item: Item): string => join(CACHE, 'prepared', `${item.key}.bin`);
const statePath = (item: Item): string => join(CACHE, 'states', `${item.key}.bin`);

function write(path: string, value: unknown): void {
	writeFileSync(`${path}.part`, serialize(value));
	renameSync(`${path}.part`, path);
}

const { values } = parseArgs({ options: { shard: { type: 'string', default: '0/1' } } });
const [shard, shards] = values.shard.split('/').map(Number);
for (const folder of ['prepared', 'states']) mkdirSync(join(CACHE, folder), { recursive: true });
for (const [i, item] of listItems().entries()) {
	if (i % shards !== shard || existsSync(statePath(item))) continue;
	const start = performance.now();
	if (!existsSync(preparedPath(item))) {
		const { mesh, truths } = await loadItem(item);
		write(preparedPath(item), { mesh, truths, ...divide(mesh) } satisfies Prepared);
	}
	const prepared = deserialize(readFileSync(preparedPath(item))) as Prepared;
	write(statePath(item), summarise(prepared));
	const seconds = ((performance.now() - start) / 1000).toFixed(1);
	console.log(
		`${item.key} ${item.name} ${triangleCount(prepared.mesh)} triangles, ${prepared.regions} regions, ${seconds} s`,
	);
}
