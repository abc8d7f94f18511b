import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { QuadEdit } from '../../src/retopology/quad-edit.ts';
import { fitQuads } from '../../src/retopology/quad-fit.ts';
import { meetTriangles } from '../../src/retopology/quad-meet.ts';
import { mendQuads } from '../../src/retopology/quad-mend.ts';
import { NO_VERTEX, type QuadMesh } from '../../src/retopology/quad-mesh.ts';
import { pinchTriangles } from '../../src/retopology/quad-pinch.ts';
import { triangleOut, worstCorner } from '../../src/retopology/quad-shape.ts';
import { smoothQuads } from '../../src/retopology/quad-smooth.ts';
import { denseSurface } from '../../src/retopology/quad-surface.ts';
import { STRICT } from '../../src/retopology/quad-turn.ts';
import { unfoldQuads } from '../../src/retopology/quad-unfold.ts';
import { cube, grid } from './surfaces.ts';

const FREE = 0;
const LINE = 1;
const PINNED = 2;

/** n × n quads over the unit square in the plane z = 0; its corners are pinned, its sides are lines. */
function quads(n: number) {
	const across = n + 1;
	const positions = Float64Array.from({ length: 3 * across * across }, (_, i) => {
		const v = Math.floor(i / 3);
		return [(v % across) / n, Math.floor(v / across) / n, 0][i % 3];
	});
	const faces = Uint32Array.from({ length: 4 * n * n }, (_, i) => {
		const f = i >> 2;
		const a = (f % n) + across * Math.floor(f / n);
		return [a, a + 1, a + across + 1, a + across][i & 3];
	});
	const isEnd = (x: number): boolean => x === 0 || x === n;
	const kind = Uint8Array.from({ length: across * across }, (_, v) => {
		const ends = [v % across, Math.floor(v / across)].filter(isEnd).length;
		return [FREE, LINE, PINNED][ends];
	});
	const mesh: QuadMesh = { positions, faces, sourceOf: new Uint32Array(n * n) };
	return { mesh, labelOf: new Uint32Array(n * n), lines: { kind, ideal: kind.map((k) => [4, 2, 1][k]) } };
}

/** Moves every vertex inside by up to `by`, and those on the sides along them. */
function shake({ mesh, lines }: ReturnType<typeof quads>, n: number, by: number): void {
	const draw = random(3);
	for (let v = 0; v < lines.kind.length; v++) {
		const [x, y] = [v % (n + 1), Math.floor(v / (n + 1))];
		const [dx, dy] = [by * (2 * draw() - 1), by * (2 * draw() - 1)];
		if (x > 0 && x < n) mesh.positions[3 * v] += dx;
		if (y > 0 && y < n) mesh.positions[3 * v + 1] += dy;
	}
}

const surface = denseSurface(grid(24), Math.SQRT2, 36);

function corners({ positions, faces }: QuadMesh): number[] {
	return Array.from({ length: faces.length / 4 }, (_, f) => {
		const [a, b, c, d] = faces.subarray(4 * f, 4 * f + 4);
		return worstCorner(positions, a, b, c, d, 0, 0, 1);
	});
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('smoothQuads', () => {
	it('makes shaken squares square again, slides along lines and leaves them where they are', () => {
		const shaken = quads(6);
		shake(shaken, 6, 0.06);
		const before = corners(shaken.mesh);
		smoothQuads(shaken.mesh, shaken.labelOf, shaken.lines, surface, 20);
		const after = corners(shaken.mesh);
		expect(mean(before)).toBeLessThan(0.9);
		expect(mean(after)).toBeGreaterThan(0.99);
		expect(Math.min(...after)).toBeGreaterThan(Math.min(...before));
		const { positions: p } = shaken.mesh;
		const slid = [1, 2, 3, 4, 5].map((v) => [...p.subarray(3 * v, 3 * v + 3)]);
		for (const [i, [x, y]] of slid.entries()) {
			expect(y).toBe(0);
			expect(Math.abs(x - (i + 1) / 6)).toBeLessThan(0.02);
		}
		expect([...p.subarray(0, 3)]).toEqual([0, 0, 0]);
	});

	it('is the same in other units', () => {
		const [one, other] = [quads(6), quads(6)];
		for (const each of [one, other]) shake(each, 6, 0.06);
		const unit = 1024;
		for (let i = 0; i < other.mesh.positions.length; i++) other.mesh.positions[i] *= unit;
		const large = grid(24);
		const scaled = { ...large, positions: large.positions.map((x) => x * unit) };
		smoothQuads(one.mesh, one.labelOf, one.lines, surface, 3);
		smoothQuads(other.mesh, other.labelOf, other.lines, denseSurface(scaled, unit * Math.SQRT2, 36), 3);
		for (const [i, x] of one.mesh.positions.entries()) expect(other.mesh.positions[i] / unit).toBeCloseTo(x, 9);
	});
});

describe('mendQuads', () => {
	it('unfolds what a vertex pushed over its neighbours folded, and moves nothing else', () => {
		const { mesh, labelOf, lines } = quads(6);
		const v = 3 + 7 * 3;
		mesh.positions[3 * v] += 0.25;
		mesh.positions[3 * v + 1] += 0.21;
		expect(Math.min(...corners(mesh))).toBeLessThan(0);
		const before = mesh.positions.slice();
		const edit = new QuadEdit(mesh, labelOf, lines);
		expect(mendQuads(edit, surface, () => {})).toBe(0);
		const mended = edit.finish().mesh;
		expect(Math.min(...corners(mended))).toBeGreaterThan(0);
		for (const i of [0, 3, 18, 3 * 8, 3 * 40]) expect(mended.positions[i]).toBeCloseTo(before[i], 6);
		for (let f = 0; 4 * f < mended.faces.length; f++) {
			const [a, b, c] = mended.faces.subarray(4 * f, 4 * f + 3);
			expect(triangleOut(mended.positions, a, b, c, surface)).toBeGreaterThan(0);
		}
	});

	it('leaves a good surface as it is', () => {
		const { mesh, labelOf, lines } = quads(4);
		const edit = new QuadEdit(mesh, labelOf, lines);
		expect(mendQuads(edit, surface, () => {})).toBe(0);
		expect(edit.finish().mesh).toEqual({ ...mesh, positions: mesh.positions.map(Math.fround) });
	});
});

describe('pinchTriangles', () => {
	it('takes out two triangles on either side of a line, along the line', () => {
		// Two rows of three quads; the middle ones of both rows are cut, and the line between the rows stays.
		const { mesh, labelOf, lines } = quads(3);
		const cut: number[] = [];
		const labels: number[] = [];
		for (let f = 0; f < labelOf.length; f++) {
			const [a, b, c, d] = mesh.faces.subarray(4 * f, 4 * f + 4);
			if (f === 1) cut.push(a, b, d, NO_VERTEX, b, c, d, NO_VERTEX);
			else if (f === 4) cut.push(a, b, c, NO_VERTEX, a, c, d, NO_VERTEX);
			else cut.push(a, b, c, d);
			for (let k = f === 1 || f === 4 ? 2 : 1; k > 0; k--) labels.push(f < 3 ? 0 : 1);
		}
		const faces = Uint32Array.from(cut);
		const kind = lines.kind.slice();
		for (const v of [5, 6]) kind[v] = LINE;
		const all = { ...mesh, faces, sourceOf: new Uint32Array(labels.length) };
		const edit = new QuadEdit(all, Uint32Array.from(labels), { kind, ideal: lines.ideal });
		const area = (m: QuadMesh): number => {
			let sum = 0;
			for (let f = 0; f < m.faces.length; f += 4) {
				const ring = [...m.faces.subarray(f, f + 4)].filter((v) => v !== NO_VERTEX);
				for (const [i, v] of ring.entries()) {
					const w = ring[(i + 1) % ring.length];
					sum += (m.positions[3 * v] * m.positions[3 * w + 1] - m.positions[3 * w] * m.positions[3 * v + 1]) / 2;
				}
			}
			return sum;
		};
		const triangles = (m: QuadMesh): number => m.faces.filter((v, i) => i % 4 === 3 && v === NO_VERTEX).length;
		expect(area(all)).toBeCloseTo(1, 9);
		expect(pinchTriangles(edit, surface, 1)).toBeGreaterThan(0);
		const { mesh: pinched, labelOf: left } = edit.finish();
		expect(triangles(pinched)).toBeLessThan(triangles(all));
		expect(area(pinched)).toBeCloseTo(1, 9);
		expect(new Set(left).size).toBe(2);
	});
});

describe('meetTriangles', () => {
	/** 6 × 6 quads, four of the third row sheared into a triangle, three quads and a triangle. */
	function sheared() {
		const whole = quads(6);
		const below = (x: number): number => x + 14;
		const above = (x: number): number => x + 21;
		const row = [
			[below(1), below(2), above(1), NO_VERTEX],
			...[2, 3, 4].map((x) => [below(x), below(x + 1), above(x), above(x - 1)]),
			[below(5), above(5), above(4), NO_VERTEX],
		];
		const rest = [...Array(36).keys()].filter((f) => f < 13 || f > 16);
		const faces = [...rest.flatMap((f) => [...whole.mesh.faces.subarray(4 * f, 4 * f + 4)]), ...row.flat()];
		return {
			mesh: { ...whole.mesh, faces: Uint32Array.from(faces), sourceOf: new Uint32Array(37) },
			labelOf: new Uint32Array(37),
			lines: whole.lines,
		};
	}

	it('leads two triangles to each other through the quads between, and moves no vertex', () => {
		const { mesh, labelOf, lines } = sheared();
		const edit = new QuadEdit(mesh, labelOf, lines);
		expect(meetTriangles(edit, surface, Infinity, STRICT)).toBe(1);
		expect(edit.faces).toBe(36);
		expect(edit.sides.filter((n) => n === 3).length).toBe(0);
		for (let v = 0; v < 49; v++) expect(edit.degree[v]).toBe(lines.ideal[v]);
		expect(edit.finish().mesh.positions).toEqual(mesh.positions);
	});

	it('leaves triangles where a line runs between them', () => {
		const { mesh, labelOf, lines } = sheared();
		for (let f = 0; f < 37; f++) {
			const at = [...mesh.faces.subarray(4 * f, 4 * f + 4)].filter((v) => v !== NO_VERTEX);
			if (at.reduce((sum, v) => sum + mesh.positions[3 * v], 0) / at.length > 0.5) labelOf[f] = 1;
		}
		const edit = new QuadEdit(mesh, labelOf, lines);
		expect(meetTriangles(edit, surface, Infinity, STRICT)).toBe(0);
		expect(edit.finish().mesh.faces).toEqual(mesh.faces);
	});
});

describe('fitQuads', () => {
	/** The unit cube as one quad a side, split in four, its corners as they are, all else pulled inwards. */
	function smallCube(): QuadMesh {
		const source = cube(2);
		const faces: number[] = [];
		for (let c = 0; c < source.triangles.length; c += 6) {
			const [a, b, d, , , e] = source.triangles.subarray(c, c + 6);
			faces.push(a, b, d, e);
		}
		const isOn = (x: number): boolean => x === 0 || x === 1;
		const positions = Float64Array.from(source.positions);
		for (let v = 0; v < positions.length; v += 3) {
			const at = positions.subarray(v, v + 3);
			if (!at.every(isOn)) for (let i = 0; i < 3; i++) at[i] = 0.5 + 0.94 * (at[i] - 0.5);
		}
		return { positions, faces: Uint32Array.from(faces), sourceOf: new Uint32Array(faces.length / 4) };
	}

	it('brings vertices to sharp edges, and leaves those that are the corners of the source', () => {
		const target = denseSurface(cube(8), Math.sqrt(3), 24);
		const mesh = smallCube();
		const before = mesh.positions.slice();
		fitQuads(mesh, new Uint32Array(24), target, 4, () => {});
		let onEdges = 0;
		for (let v = 0; v < before.length; v += 3) {
			const was = before.subarray(v, v + 3);
			const now = mesh.positions.subarray(v, v + 3);
			if (was.every((x) => x === 0 || x === 1)) expect([...now]).toEqual([...was]);
			const sides = [...now].filter((x) => Math.min(Math.abs(x), Math.abs(1 - x)) < 0.01).length;
			if (sides === 2) onEdges++;
		}
		expect(onEdges).toBe(12);
	});

	it('leaves borders, and lines between labels', () => {
		const { mesh } = quads(6);
		const before = mesh.positions.slice();
		for (let v = 0; v < before.length / 3; v++) mesh.positions[3 * v + 2] = 0.02;
		const labelOf = Uint32Array.from({ length: 36 }, (_, f) => (f % 6 < 3 ? 0 : 1));
		fitQuads(mesh, labelOf, surface, 3, () => {});
		for (let v = 0; v < before.length / 3; v++) {
			const [x, y] = [v % 7, Math.floor(v / 7)];
			const isBound = x === 0 || x === 6 || y === 0 || y === 6 || x === 3;
			if (isBound) expect(mesh.positions[3 * v + 2]).toBe(0.02);
			else expect(mesh.positions[3 * v + 2]).toBeLessThan(0.012);
		}
	});
});

describe('unfoldQuads', () => {
	it('cuts a folded quad along the diagonal that lies inside, while the limit allows it', () => {
		const { mesh } = quads(3);
		const faces = mesh.faces.slice();
		mesh.positions.set([0.55, 0.55, 0], 3 * 5); // over the middle of the quad that it is the first corner of
		const folded = corners(mesh).filter((worst) => worst <= 0).length;
		expect(folded).toBe(1);
		const result = unfoldQuads(mesh, 10, surface);
		expect(result.sourceOf.length).toBe(10);
		expect(Math.min(...corners(result))).toBeGreaterThan(0);
		expect(mesh.faces).toEqual(faces);
		expect(unfoldQuads(mesh, 9, surface)).toBe(mesh);
	});
});
