import type { Node } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { measureParts } from '../mesh/measure-parts.ts';
import type { Model } from '../mesh/model.ts';
import type { Part, Parts } from '../mesh/parts.ts';
import { documentOf } from './scene.ts';
import { listShownNodes, listSources } from './sources.ts';

/** What `writeParts` writes to the extras of a part's node and this reads from the mesh itself. */
const MEASURED = new Set(['part', 'faces', 'area', 'neighbours']);
const MOST_PARTS = 0xffff;

/**
 * The parts that a model was written with: by `writeParts`, whose nodes say `extras.part`, or by any tool that gives
 * each part a node with a name of its own.
 *
 * A part is everything at and below its node down to the next such node, so that its pieces are found together.
 * Triangles without any such node above them are a part for each node. Parts stand in the order of `extras.part`, then
 * in scene order. Areas and seams are measured; other extras of the nodes are kept.
 *
 * @returns one part for each triangle of `model.mesh`; names are made unique, and commas become `_`.
 * @throws `too-large`: more parts than 65535.
 */
export function partsOfNodes(model: Model): Parts {
	const document = documentOf(model);
	const sources = listSources(document, Number.POSITIVE_INFINITY);
	const numbered = listShownNodes(document).some(isNumbered);
	const owned = new Set<Node>();
	const ownerOf: Node[] = [];
	for (const { node } of sources) {
		const owner = findOwner(node, numbered ? isNumbered : isNamed) ?? findOwner(node, isNamed) ?? node;
		ownerOf.push(owner);
		owned.add(owner);
	}
	const owners = [...owned].sort((a, b) => numberOf(a) - numberOf(b) || 0);
	if (owners.length > MOST_PARTS) {
		throw new MeshError('too-large', `The model has ${owners.length} named nodes; ${MOST_PARTS} parts are possible.`);
	}
	const partOf = new Uint16Array(model.mesh.triangles.length / 3);
	const partOfOwner = new Map(owners.map((owner, part) => [owner, part]));
	let t = 0;
	sources.forEach(({ corners }, s) => {
		partOf.fill(partOfOwner.get(ownerOf[s])!, t, t + corners.length / 3);
		t += corners.length / 3;
	});
	const measured = measureParts(model.mesh, partOf, owners.length);
	const names = new Set<string>();
	const parts = owners.map((owner, part): Part => {
		const others = Object.entries(owner.getExtras()).filter(([key]) => !MEASURED.has(key));
		return {
			name: uniqueName(nameOf(owner) || `part_${part}`, names),
			...measured[part],
			...(others.length > 0 && { extras: Object.fromEntries(others) }),
		};
	});
	return { partOf, parts };
}

/** Was the model written with parts by `writeParts`? */
export const hasParts = (model: Model): boolean => listShownNodes(documentOf(model)).some(isNumbered);

const isNumbered = (node: Node): boolean => Number.isInteger(node.getExtras().part);
const isNamed = (node: Node): boolean => nameOf(node) !== '';
const nameOf = (node: Node): string => node.getName() || (node.getMesh()?.getName() ?? '');
/** Those without a number come last, in the order in which they are. */
const numberOf = (node: Node): number => (isNumbered(node) ? (node.getExtras().part as number) : MOST_PARTS + 1);

/** The node itself or the nearest above it that is one. */
function findOwner(node: Node, isOne: (node: Node) => boolean): Node | undefined {
	for (let at: Node | null = node; at; at = at.getParentNode()) if (isOne(at)) return at;
	return undefined;
}

function uniqueName(wanted: string, taken: Set<string>): string {
	const plain = wanted.replaceAll(',', '_').trim() || 'part';
	let name = plain;
	for (let k = 2; taken.has(name); k++) name = `${plain}_${k}`;
	taken.add(name);
	return name;
}
