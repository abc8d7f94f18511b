import { Document, WebIO } from '@gltf-transform/core';
import { zipSync } from 'fflate';

/** A shape as a test would draw it: polygons over shared vertices, and its triangles for formats that know no more. */
export type Shape = {
	readonly points: readonly (readonly number[])[];
	readonly faces: readonly (readonly number[])[];
	/** The same surface cut by hand. */
	readonly triangles: readonly (readonly number[])[];
	/** A row for each point, v up. */
	readonly uvs: readonly (readonly number[])[];
	/** 0..255, a row for each point. */
	readonly colors: readonly (readonly number[])[];
};

const encoder = new TextEncoder();
const text = (lines: readonly string[]): Uint8Array => encoder.encode(`${lines.join('\n')}\n`);

export const obj = ({ points, faces, uvs, colors }: Shape): Uint8Array =>
	text([
		...points.map((p, v) => `v ${p.join(' ')} ${colors[v]!.map((c) => c / 255).join(' ')}`),
		...uvs.map((uv) => `vt ${uv.join(' ')}`),
		...faces.map((face) => `f ${face.map((v) => `${v + 1}/${v + 1}`).join(' ')}`),
	]);

export const off = ({ points, faces }: Shape): Uint8Array =>
	text([
		'OFF',
		`${points.length} ${faces.length} 0`,
		...points.map((p) => p.join(' ')),
		...faces.map((face) => `${face.length} ${face.join(' ')}`),
	]);

/** With colours and texture coordinates. */
export const stcoff = ({ points, faces, uvs, colors }: Shape): Uint8Array =>
	text([
		'STCOFF',
		`${points.length} ${faces.length} 0`,
		...points.map((p, v) => [...p, ...colors[v]!, ...uvs[v]!].join(' ')),
		...faces.map((face) => `${face.length} ${face.join(' ')}`),
	]);

export const stlText = ({ points, triangles }: Shape): Uint8Array =>
	text([
		'solid shape',
		...triangles.flatMap((face) => [
			'facet normal 0 0 0',
			'outer loop',
			...face.map((v) => `vertex ${points[v]!.join(' ')}`),
			'endloop',
			'endfacet',
		]),
		'endsolid shape',
	]);

export function stlBinary({ points, triangles }: Shape, header = ''): Uint8Array {
	const bytes = new Uint8Array(84 + 50 * triangles.length);
	const view = new DataView(bytes.buffer);
	bytes.set(encoder.encode(header));
	view.setUint32(80, triangles.length, true);
	triangles.forEach((face, f) => {
		face.forEach((v, k) => {
			points[v]!.forEach((x, d) => {
				view.setFloat32(84 + 50 * f + 12 + 12 * k + 4 * d, x, true);
			});
		});
	});
	return bytes;
}

export function ply(
	{ points, faces, uvs, colors }: Shape,
	encoding: 'ascii' | 'binary_little_endian' | 'binary_big_endian',
): Uint8Array {
	const header = [
		'ply',
		`format ${encoding} 1.0`,
		'comment one that says nothing',
		`element vertex ${points.length}`,
		...['x', 'y', 'z', 'quality', 's', 't'].map((name) => `property float ${name}`),
		...['red', 'green', 'blue'].map((name) => `property uchar ${name}`),
		`element face ${faces.length}`,
		'property list uchar int vertex_indices',
		'element edge 1',
		'property int vertex1',
		'end_header',
	];
	const rows = points.map((p, v) => [...p, 0.5, ...uvs[v]!]);
	if (encoding === 'ascii') {
		return text([
			...header,
			...rows.map((row, v) => [...row, ...colors[v]!].join(' ')),
			...faces.map((face) => `${face.length} ${face.join(' ')}`),
			'0',
		]);
	}
	const isLittle = encoding === 'binary_little_endian';
	const view = new DataView(new ArrayBuffer(27 * points.length + 4 + faces.reduce((n, f) => n + 1 + 4 * f.length, 0)));
	let at = 0;
	rows.forEach((row, v) => {
		for (const value of row) {
			view.setFloat32(at, value, isLittle);
			at += 4;
		}
		for (const c of colors[v]!) view.setUint8(at++, c);
	});
	for (const face of faces) {
		view.setUint8(at++, face.length);
		for (const v of face) {
			view.setInt32(at, v, isLittle);
			at += 4;
		}
	}
	return join(text(header), new Uint8Array(view.buffer));
}

export async function glb({ points, triangles, uvs }: Shape): Promise<Uint8Array> {
	const document = new Document();
	const buffer = document.createBuffer();
	const accessor = (type: 'VEC2' | 'VEC3', rows: readonly (readonly number[])[]) =>
		document.createAccessor().setType(type).setArray(new Float32Array(rows.flat())).setBuffer(buffer);
	const primitive = document
		.createPrimitive()
		.setAttribute('POSITION', accessor('VEC3', points))
		.setAttribute(
			'TEXCOORD_0',
			accessor(
				'VEC2',
				uvs.map(([u = 0, v = 0]) => [u, 1 - v]),
			),
		)
		.setIndices(document.createAccessor().setArray(new Uint16Array(triangles.flat())).setBuffer(buffer));
	const node = document.createNode().setMesh(document.createMesh().addPrimitive(primitive));
	document.createScene().addChild(node);
	return new WebIO().writeBinary(document);
}

export const zip = (files: Record<string, Uint8Array | string>): Uint8Array =>
	zipSync(
		Object.fromEntries(
			Object.entries(files).map(([name, file]) => [name, typeof file === 'string' ? encoder.encode(file) : file]),
		),
	);

export function join(a: Uint8Array, b: Uint8Array): Uint8Array {
	const joined = new Uint8Array(a.length + b.length);
	joined.set(a);
	joined.set(b, a.length);
	return joined;
}
