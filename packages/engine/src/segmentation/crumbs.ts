import type { SurfaceFeatures } from './features.ts';
import type { Regions } from './oversegment.ts';
import type { Contact } from './proximity.ts';
import { tabulateRegions } from './region-table.ts';
import type { SurfaceGraph } from './surface-graph.ts';
import { tidyParts } from './tidy.ts';

/**
 * At most `limit` regions: the smallest join the region that they cling to most. A soup of tens of thousands of loose
 * pieces has a region for each, and merging costs the square of them.
 */
export function gatherCrumbs(
	graph: SurfaceGraph,
	features: SurfaceFeatures,
	fine: Regions,
	contacts: readonly Contact[],
	limit: number,
): { readonly regions: Regions; readonly contacts: readonly Contact[] } {
	if (fine.count <= limit) return { regions: fine, contacts };
	const table = tabulateRegions(graph, fine.regionOf, fine.count, { turn: features.turnFine }, contacts, 1);
	const into = tidyParts(
		table,
		Uint32Array.from({ length: fine.count }, (_, r) => r),
		0,
		limit,
	);
	let count = 0;
	for (const r of into) count = Math.max(count, r + 1);
	const joined = new Map<number, Contact>();
	for (const contact of contacts) {
		const a = Math.min(into[contact.a], into[contact.b]);
		const b = Math.max(into[contact.a], into[contact.b]);
		if (a === b) continue;
		const key = a * count + b;
		joined.set(key, { a, b, contact: contact.contact + (joined.get(key)?.contact ?? 0) });
	}
	return { regions: { count, regionOf: fine.regionOf.map((r) => into[r]) }, contacts: [...joined.values()] };
}
