import { MeshError } from '../errors.ts';
import { measureParts } from '../mesh/measure-parts.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';

/**
 * The part of each face of the input file, in the order of the file.
 *
 * A polygon has the part of its first triangle. Faces that could not become a triangle (fewer than three corners) have
 * the part of the face before them, or 0 at the beginning; those behind the last face that could are not counted.
 *
 * @param partOf Part of each triangle of `mesh`. T.
 */
export function faceLabels(mesh: Mesh, partOf: ArrayLike<number>): Uint32Array {
	const { polygonOf } = mesh;
	if (!polygonOf) return Uint32Array.from(partOf);
	let faces = 0;
	for (let t = 0; t < polygonOf.length; t++) if (polygonOf[t] >= faces) faces = polygonOf[t] + 1;
	const firstTriangle = new Int32Array(faces).fill(-1);
	for (let t = polygonOf.length - 1; t >= 0; t--) firstTriangle[polygonOf[t]] = t;
	const labels = new Uint32Array(faces);
	let last = 0;
	for (let f = 0; f < faces; f++) {
		if (firstTriangle[f] >= 0) last = partOf[firstTriangle[f]];
		labels[f] = last;
	}
	return labels;
}

/** Labels as text: one whole number a line, as the Princeton Segmentation Benchmark has them. */
export function writeSeg(labels: ArrayLike<number>): string {
	return labels.length === 0 ? '' : `${Array.from(labels).join('\n')}\n`;
}

/**
 * Reads what `writeSeg` wrote.
 *
 * @throws `malformed-file`: a line that is not a whole number from 0 on.
 */
export function readSeg(text: string): Uint32Array {
	const lines = text.split(/\r?\n|\r/);
	while (lines.at(-1)?.trim() === '') lines.pop();
	return Uint32Array.from(lines, (line, i) => {
		const label = Number(line);
		const isLabel = line.trim() !== '' && Number.isInteger(label) && label >= 0 && label <= 0xffffffff;
		if (!isLabel) throw new MeshError('malformed-file', `line ${i + 1}: expected a part number`, { line: i + 1 });
		return label;
	});
}

/**
 * The parts of a model by the part of each face of its file, as `readSeg` gives them: the inverse of `faceLabels`.
 * Parts are numbered by falling area, and named `part_0` on.
 *
 * @throws `malformed-file`: not one label for each face, or more than 65535 different ones.
 */
export function partsOfLabels(mesh: Mesh, labels: ArrayLike<number>): Parts {
	const { polygonOf } = mesh;
	const triangles = triangleCount(mesh);
	let faces = polygonOf ? 0 : triangles;
	if (polygonOf) for (let t = 0; t < triangles; t++) faces = Math.max(faces, polygonOf[t] + 1);
	if (labels.length !== faces)
		throw new MeshError('malformed-file', `there are ${labels.length} labels, and the model has ${faces} faces`);
	const numberOf = new Map<number, number>();
	const partOf = new Uint16Array(triangles);
	for (let t = 0; t < triangles; t++) {
		const label = labels[polygonOf ? polygonOf[t] : t];
		if (!numberOf.has(label)) numberOf.set(label, numberOf.size);
		partOf[t] = numberOf.get(label)!;
	}
	if (numberOf.size > MOST_PARTS)
		throw new MeshError(
			'malformed-file',
			`there are ${numberOf.size} different labels; ${MOST_PARTS} parts are possible`,
		);
	const measured = measureParts(mesh, partOf, numberOf.size);
	const order = measured.map((_, p) => p).sort((p, q) => measured[q].area - measured[p].area || p - q);
	const rank = new Uint16Array(order.length);
	for (let i = 0; i < order.length; i++) rank[order[i]] = i;
	return {
		partOf: partOf.map((p) => rank[p]),
		parts: order.map((p, i) => ({
			...measured[p],
			name: `part_${i}`,
			neighbours: measured[p].neighbours
				.map(({ part, seam }) => ({ part: rank[part], seam }))
				.sort((a, b) => a.part - b.part),
		})),
	};
}

const MOST_PARTS = 0xffff;
