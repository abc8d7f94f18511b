import { type Accessor, Document, type Node, type Primitive, type TypedArray } from '@gltf-transform/core';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Model } from '../../src/mesh/model.ts';
import type { Parts } from '../../src/mesh/parts.ts';

/** An accessor in the one buffer of a document. */
export function accessor(
	document: Document,
	type: 'SCALAR' | 'VEC2' | 'VEC3' | 'VEC4' | 'MAT4',
	array: TypedArray,
): Accessor {
	const buffer = document.getRoot().listBuffers()[0] ?? document.createBuffer();
	return document.createAccessor().setType(type).setArray(array).setBuffer(buffer);
}

/**
 * A strip of `quads` unit squares along x in the plane z = 0, facing +z, two triangles each, with normals and uv.
 * Corners of neighbouring squares share vertices.
 */
export function ribbon(document: Document, quads: number): Primitive {
	const vertices = 2 * (quads + 1);
	const positions = new Float32Array(3 * vertices);
	const normals = new Float32Array(3 * vertices);
	const uvs = new Float32Array(2 * vertices);
	for (let i = 0; i <= quads; i++) {
		positions.set([i, 0, 0, i, 1, 0], 6 * i);
		normals.set([0, 0, 1, 0, 0, 1], 6 * i);
		uvs.set([i / quads, 1, i / quads, 0], 4 * i);
	}
	const indices = new Uint16Array(6 * quads);
	for (let i = 0; i < quads; i++) {
		const v = 2 * i;
		indices.set([v, v + 2, v + 1, v + 2, v + 3, v + 1], 6 * i);
	}
	return document
		.createPrimitive()
		.setAttribute('POSITION', accessor(document, 'VEC3', positions))
		.setAttribute('NORMAL', accessor(document, 'VEC3', normals))
		.setAttribute('TEXCOORD_0', accessor(document, 'VEC2', uvs))
		.setIndices(accessor(document, 'SCALAR', indices));
}

/** A document whose scene shows one node for each primitive, named `node_0` …, with the meshes `mesh_0` …. */
export function sceneOf(make: (document: Document) => Primitive[]): { document: Document; nodes: Node[] } {
	const document = new Document();
	const scene = document.createScene();
	document.getRoot().setDefaultScene(scene);
	const nodes = make(document).map((primitive, i) => {
		const mesh = document.createMesh(`mesh_${i}`).addPrimitive(primitive);
		return document.createNode(`node_${i}`).setMesh(mesh);
	});
	for (const node of nodes) scene.addChild(node);
	return { document, nodes };
}

/** Parts by a label for each triangle, without what only the segmentation knows. */
export function partsOf(labels: ArrayLike<number>): Parts {
	const partOf = Uint16Array.from(labels);
	const count = partOf.reduce((most, part) => Math.max(most, part + 1), 0);
	const parts = Array.from({ length: count }, (_, part) => ({
		name: `part_${part}`,
		triangles: partOf.filter((other) => other === part).length,
		area: 1,
		neighbours: [],
	}));
	return { partOf, parts };
}

/**
 * Every triangle in a line of text: positions, all corner attributes and the material, bit by bit, from its least
 * corner on; sorted. Two models with the same lines show the same.
 */
export function triangleLines({ mesh, materials }: Model, names = Object.keys(mesh.corner).sort()): string[] {
	const lines: string[] = [];
	for (let t = 0; t < mesh.triangles.length / 3; t++) {
		const corners = [3 * t, 3 * t + 1, 3 * t + 2].map(
			(c) =>
				rowBits(mesh.positions, mesh.triangles[c], 3) +
				names.map((name) => ` ${name}${attributeBits(mesh, name, c)}`).join(''),
		);
		const first = corners.indexOf([...corners].sort()[0]);
		const turned = [0, 1, 2].map((k) => corners[(first + k) % 3]);
		lines.push([materials[mesh.materialOf[t]]?.name ?? '', ...turned].join('|'));
	}
	return lines.sort();
}

function attributeBits({ corner }: Mesh, name: string, c: number): string {
	const { values, indices, size } = corner[name];
	return indices[c] === 0xffffffff ? '-' : rowBits(values, indices[c], size);
}

function rowBits(values: Float32Array, row: number, size: number): string {
	const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
	return Array.from(bits.subarray(row * size, (row + 1) * size), (bit) => bit.toString(36)).join();
}

/** A GLB of the given JSON and binary chunk, without any check: for files that are wrong. */
export function rawGlb(json: unknown, bin = new Uint8Array(0)): Uint8Array {
	const text = new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));
	const textLength = Math.ceil(text.length / 4) * 4;
	const glb = new Uint8Array(28 + textLength + bin.length);
	const view = new DataView(glb.buffer);
	[0x46546c67, 2, glb.length, textLength, 0x4e4f534a].forEach((word, i) => {
		view.setUint32(4 * i, word, true);
	});
	glb.fill(0x20, 20, 20 + textLength);
	glb.set(text, 20);
	view.setUint32(20 + textLength, bin.length, true);
	view.setUint32(24 + textLength, 0x004e4942, true);
	glb.set(bin, 28 + textLength);
	return glb;
}
