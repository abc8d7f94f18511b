import { random } from '../../src/math/random.ts';
import { type Mesh, NO_MATERIAL } from '../../src/mesh/mesh.ts';

/** Shapes that the suites of space, analysis and pictures measure themselves against. */
export type Surface = Pick<Mesh, 'positions' | 'triangles'>;

export function toMesh({ positions, triangles }: Surface): Mesh {
	return { positions, triangles, corner: {}, materialOf: new Uint16Array(triangles.length / 3).fill(NO_MATERIAL) };
}

/** A closed unit sphere, counter-clockwise seen from outside. */
export function sphere(around: number, up: number): Surface {
	const positions: number[] = [0, 1, 0, 0, -1, 0];
	for (let j = 1; j < up; j++)
		for (let i = 0; i < around; i++) {
			const polar = (Math.PI * j) / up;
			const turn = (2 * Math.PI * i) / around;
			positions.push(Math.sin(polar) * Math.sin(turn), Math.cos(polar), Math.sin(polar) * Math.cos(turn));
		}
	const at = (i: number, j: number): number => (j === 0 ? 0 : j === up ? 1 : 2 + (j - 1) * around + (i % around));
	const triangles: number[] = [];
	for (let j = 0; j < up; j++)
		for (let i = 0; i < around; i++) {
			if (j > 0) triangles.push(at(i, j), at(i, j + 1), at(i + 1, j));
			if (j + 1 < up) triangles.push(at(i + 1, j), at(i, j + 1), at(i + 1, j + 1));
		}
	return { positions: new Float32Array(positions), triangles: new Uint32Array(triangles) };
}

/** A closed torus of radii 1 and 0.4 around z. */
export function torus(around: number, across: number): Surface {
	const positions: number[] = [];
	const triangles: number[] = [];
	for (let i = 0; i < around; i++)
		for (let j = 0; j < across; j++) {
			const a = (2 * Math.PI * i) / around;
			const b = (2 * Math.PI * j) / across;
			const r = 1 + 0.4 * Math.cos(b);
			positions.push(r * Math.cos(a), r * Math.sin(a), 0.4 * Math.sin(b));
			const i1 = ((i + 1) % around) * across;
			const j1 = (j + 1) % across;
			triangles.push(i * across + j, i1 + j, i1 + j1, i * across + j, i1 + j1, i * across + j1);
		}
	return { positions: new Float32Array(positions), triangles: new Uint32Array(triangles) };
}

/** Triangles of about `size` anywhere in -1..1. */
export function soup(count: number, size: number, seed: number): Surface {
	const next = random(seed);
	const positions = new Float32Array(count * 9);
	for (let t = 0; t < count; t++)
		for (let k = 0; k < 3; k++) {
			const middle = 2 * next() - 1;
			for (let i = 0; i < 3; i++) positions[9 * t + 3 * i + k] = middle + size * (next() - 0.5);
		}
	return { positions, triangles: Uint32Array.from({ length: count * 3 }, (_, c) => c) };
}

/** A closed box of the given sides around the origin, each side divided into n × n squares. */
export function box(sides: readonly [number, number, number], n: number): Surface {
	const rows = new Map<string, number>();
	const positions: number[] = [];
	const triangles: number[] = [];
	const vertex = (p: number[]): number => {
		const key = p.join();
		let v = rows.get(key);
		if (v === undefined) {
			v = rows.size;
			rows.set(key, v);
			positions.push(...p.map((x, k) => (x / n - 0.5) * sides[k]));
		}
		return v;
	};
	for (let axis = 0; axis < 3; axis++)
		for (const end of [0, n])
			for (let i = 0; i < n; i++)
				for (let j = 0; j < n; j++) {
					const corner = (a: number, b: number): number => {
						const p = [0, 0, 0];
						p[axis] = end;
						p[(axis + 1) % 3] = a;
						p[(axis + 2) % 3] = b;
						return vertex(p);
					};
					const [a, b, c, d] = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)];
					triangles.push(...(end === n ? [a, b, c, a, c, d] : [a, c, b, a, d, c]));
				}
	return { positions: new Float32Array(positions), triangles: new Uint32Array(triangles) };
}
