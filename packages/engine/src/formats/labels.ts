import { MeshError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';

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
