import { type Mesh, NO_MATERIAL } from '../../src/mesh/mesh.ts';
import { RowWeld } from '../../src/mesh/weld.ts';

/** A mesh over points that may repeat: equal ones become one vertex. */
export function meshOf(points: readonly number[], corners: readonly number[]): Mesh {
	const rowOf = new Uint32Array(points.length / 3);
	const weld = new RowWeld(3);
	weld.add(Float32Array.from(points), rowOf.length, rowOf);
	return {
		positions: weld.values(),
		triangles: Uint32Array.from(corners, (v) => rowOf[v]),
		corner: {},
		materialOf: new Uint16Array(corners.length / 3).fill(NO_MATERIAL),
	};
}

/** The unit square in the plane z = 0, n × n cells. */
export function grid(n: number): Mesh {
	const { points, corners } = sheet(n, n, (u, v) => [u, v, 0]);
	return meshOf(points, corners);
}

/** The unit cube, n × n cells a side, closed. */
export function cube(n: number): Mesh {
	const sides = [
		(u: number, v: number) => [v, u, 0],
		(u: number, v: number) => [u, v, 1],
		(u: number, v: number) => [u, 0, v],
		(u: number, v: number) => [v, 1, u],
		(u: number, v: number) => [0, v, u],
		(u: number, v: number) => [1, u, v],
	];
	return soup(sides.map((side) => sheet(n, n, side)).map(({ points, corners }) => meshOf(points, corners)));
}

/** The unit sphere by latitude and longitude, closed; triangles without area at the poles are left out. */
export function sphere(rows: number, columns: number): Mesh {
	const { points, corners } = sheet(columns, rows, (u, v) => {
		const around = 2 * Math.PI * (u === 1 ? 0 : u);
		const r = v === 0 || v === 1 ? 0 : Math.sin(Math.PI * v);
		return [r * Math.cos(around), r * Math.sin(around), v === 0 ? -1 : v === 1 ? 1 : -Math.cos(Math.PI * v)];
	});
	const { positions, triangles } = meshOf(points, corners);
	const kept: number[] = [];
	for (let t = 0; t < triangles.length; t += 3) {
		const [a, b, c] = triangles.subarray(t, t + 3);
		if (a !== b && b !== c && c !== a) kept.push(a, b, c);
	}
	return meshOf([...positions], kept);
}

function sheet(columns: number, rows: number, at: (u: number, v: number) => number[]) {
	const points: number[] = [];
	const corners: number[] = [];
	for (let j = 0; j <= rows; j++) for (let i = 0; i <= columns; i++) points.push(...at(i / columns, j / rows));
	for (let j = 0; j < rows; j++) {
		for (let i = 0; i < columns; i++) {
			const a = j * (columns + 1) + i;
			const [b, c, d] = [a + 1, a + columns + 2, a + columns + 1];
			corners.push(a, b, c, a, c, d);
		}
	}
	return { points, corners };
}

/** Several surfaces as one mesh, in order; points in the same place become one vertex. */
export function soup(meshes: readonly Mesh[]): Mesh {
	const points: number[] = [];
	const corners: number[] = [];
	for (const { positions, triangles } of meshes) {
		for (const v of triangles) corners.push(points.length / 3 + v);
		points.push(...positions);
	}
	return meshOf(points, corners);
}

export function scaled(mesh: Mesh, factor: number): Mesh {
	return { ...mesh, positions: mesh.positions.map((x) => x * factor) };
}

/** Turned about the x axis. */
export function rotated(mesh: Mesh, angle: number): Mesh {
	const positions = mesh.positions.slice();
	for (let v = 0; v < positions.length; v += 3) {
		const [y, z] = positions.subarray(v + 1, v + 3);
		positions[v + 1] = Math.fround(Math.cos(angle) * y - Math.sin(angle) * z);
		positions[v + 2] = Math.fround(Math.sin(angle) * y + Math.cos(angle) * z);
	}
	return { ...mesh, positions };
}
