import { describe, expect, it } from 'vitest';
import { boxAround } from '../../src/completion/box.ts';
import { newDraft } from '../../src/completion/cap.ts';
import { columnsOf, sealed } from '../../src/completion/columns.ts';
import { complete } from '../../src/completion/complete.ts';
import { obstaclesOf } from '../../src/completion/crossings.ts';
import { newEdgeMap } from '../../src/completion/edge-map.ts';
import { insideWhole, wholeOf } from '../../src/completion/inside.ts';
import { cutPatch } from '../../src/completion/patch.ts';
import { thicken } from '../../src/completion/sheet.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Parts } from '../../src/mesh/parts.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { buildWinding, windingNumber } from '../../src/spatial/winding.ts';
import { box, type Surface, sphere, toMesh, torus } from '../spatial/surfaces.ts';

function partsOf(labels: readonly number[]): Parts {
	const count = Math.max(...labels) + 1;
	return {
		partOf: Uint16Array.from(labels),
		parts: Array.from({ length: count }, (_, part) => ({
			name: `part_${part}`,
			triangles: labels.filter((label) => label === part).length,
			area: 0,
			neighbours: [],
		})),
	};
}

const meshOf = (positions: readonly number[], triangles: readonly number[]): Mesh =>
	toMesh({ positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) });

/** A sheet of n × n squares rolled to a tube that is open along one side and at both ends. */
function openTube(n: number): Mesh {
	const positions: number[] = [];
	const triangles: number[] = [];
	for (let j = 0; j <= n; j++)
		for (let i = 0; i <= n; i++) positions.push(Math.cos((5.5 * i) / n), Math.sin((5.5 * i) / n), j / n);
	for (let j = 0; j < n; j++)
		for (let i = 0; i < n; i++) {
			const a = i + (n + 1) * j;
			triangles.push(a, a + 1, a + n + 2, a, a + n + 2, a + n + 1);
		}
	return meshOf(positions, triangles);
}

const CORNER = [0, 0, 0, 1, 0, 0, 0, 1, 0];

describe.each(['overlap', 'tile'] as const)('mode %s: what was found in soups', (mode) => {
	it.each([
		['a triangle and its reverse', meshOf(CORNER, [0, 1, 2, 0, 2, 1]), [0, 0]],
		['triangles with two corners at one vertex', meshOf(CORNER, [0, 0, 1, 1, 1, 1]), [0, 0]],
		['a part without area', meshOf([0, 0, 0, 1, 0, 0, 2, 0, 0], [0, 1, 2]), [0]],
		['all vertices in one place', meshOf(new Array(12).fill(1), [0, 1, 2, 1, 3, 2]), [0, 1]],
	])('%s: a part that holds nothing says so', (_, mesh, labels) => {
		for (const part of complete(mesh, partsOf(labels), { mode }).parts) {
			expect(part.volume).toBe(0);
			expect(part.warnings).toContain('encloses nothing');
		}
	});

	it('a part of one triangle gets a solid', () => {
		const mesh = meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2]);
		for (const part of complete(mesh, partsOf([0, 1, 2, 3]), { mode }).parts) {
			expect(part.closed).toBe(true);
			expect(part.volume).toBeGreaterThan(0);
		}
	});

	it('half an open tube is a solid beside a solid half, not a slab that crosses itself', () => {
		const mesh = openTube(16);
		const labels = Array.from({ length: mesh.triangles.length / 3 }, (_, t) => {
			const [a, b, c] = [0, 1, 2].map((k) => mesh.positions[3 * mesh.triangles[3 * t + k]]);
			return a + b + c > 0 ? 1 : 0;
		});
		for (const part of complete(mesh, partsOf(labels), { mode }).parts) {
			expect(part.sheet).toBe(false);
			expect(part.closed).toBe(true);
			expect(part.selfIntersections).toBe(0);
		}
	});
});

describe('a ribbon that passes through itself', () => {
	it('tells the crossings of its border from those of its cap', () => {
		const [along, across] = [60, 6];
		const positions: number[] = [];
		const triangles: number[] = [];
		for (let i = 0; i <= along; i++)
			for (let j = 0; j <= across; j++) {
				const turn = 0.13 + (6 * i) / along;
				positions.push(Math.cos(turn), Math.sin(2 * turn), j / across + (0.4 * i) / along);
			}
		for (let i = 0; i < along; i++)
			for (let j = 0; j < across; j++) {
				const a = i * (across + 1) + j;
				triangles.push(a, a + across + 1, a + across + 2, a, a + across + 2, a + 1);
			}
		const mesh = meshOf(positions, triangles);
		const patch = cutPatch(mesh, new Uint8Array(triangles.length / 3), 0);
		const draft = newDraft(patch);
		thicken(patch, draft, 0.005);
		const { given } = obstaclesOf(wholeOf(mesh), patch, 1e-6).find(draft);
		expect(given.length).toBeGreaterThan(0);
		const [part] = complete(mesh, partsOf(new Array(triangles.length / 3).fill(0))).parts;
		expect(part.closed).toBe(true);
		expect(part.selfIntersections).toBeGreaterThanOrEqual(given.length / 2);
		expect(part.warnings.join()).toContain('where the visible surface crosses itself at the seam');
	});
});

describe('points by columns', () => {
	const inverted = ({ positions, triangles }: Surface): Surface => ({
		positions,
		triangles: triangles.map((_, c) => triangles[c % 3 === 1 ? c + 1 : c % 3 === 2 ? c - 1 : c]),
	});
	it.each([
		['ball', sphere(20, 12)],
		['ball inside out', inverted(sphere(20, 12))],
		['torus', torus(24, 12)],
		['thin board', box([1, 1, 0.02], 4)],
	])('are inside a %s where its winding number says so, on round numbers too', (_, surface) => {
		const mesh = toMesh(surface);
		const winding = buildWinding(surface);
		const near = newNearest();
		const isInside = columnsOf(mesh, boxAround(mesh.positions));
		for (let i = -11; i <= 11; i++)
			for (let j = -11; j <= 11; j++)
				for (let k = -11; k <= 11; k++) {
					// On the surface itself either answer will do.
					if (nearestPoint(winding.bvh, i / 10, j / 10, k / 10, 1e-6, near)) continue;
					const around = Math.abs(windingNumber(winding, i / 10, j / 10, k / 10));
					expect(isInside(i / 10, j / 10, k / 10)).toBe(around > 0.5);
				}
	});
	it('are asked of surfaces with a hole or a turned triangle closed first', () => {
		const { positions, triangles } = sphere(12, 8);
		const ball = toMesh({ positions, triangles });
		expect(sealed(ball)).toBe(ball);
		const turned = triangles.slice();
		[turned[30], turned[31]] = [turned[31], turned[30]];
		for (const list of [triangles.slice(3), triangles.slice(12), turned]) {
			const { triangles: closed } = sealed(toMesh({ positions, triangles: list }));
			const surplus = new Map<string, number>();
			for (let c = 0; c < closed.length; c++) {
				const [a, b] = [closed[c], closed[c % 3 === 2 ? c - 2 : c + 1]];
				const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
				surplus.set(key, (surplus.get(key) ?? 0) + Math.sign(b - a));
			}
			expect([...surplus.values()].every((count) => count === 0)).toBe(true);
		}
	});
});

describe('a whole with a slit', () => {
	it('keeps caps inside, one without its upper half does not', () => {
		const { positions, triangles } = sphere(32, 20);
		const kept = (above: number): Mesh =>
			toMesh({
				positions,
				triangles: Uint32Array.from([...triangles].filter((_, c) => positions[3 * triangles[c - (c % 3)] + 1] < above)),
			});
		expect(wholeOf(toMesh({ positions, triangles: triangles.slice(6) })).solid).toBeDefined();
		expect(wholeOf(kept(0)).solid).toBeUndefined();
	});
});

describe('nodes of a grid around an open whole', () => {
	it.each([
		['a ball without its cap', sphere(32, 20), 0.7],
		['a torus with a slit', torus(40, 20), 0.8],
	])('%s: are inside where the winding number says so', (_, { positions, triangles }, above) => {
		const kept = [...triangles].filter((_, c) => positions[3 * triangles[c - (c % 3)] + 1] < above);
		const mesh = toMesh({ positions, triangles: Uint32Array.from(kept) });
		const grid = { nx: 25, ny: 25, nz: 25, x: -1.52, y: -1.51, z: -1.53, h: 0.127 };
		const whole = wholeOf(mesh);
		expect(whole.closed).toBe(false);
		const inside = insideWhole(whole, grid);
		let wrong = 0;
		for (let at = 0; at < inside.length; at++) {
			const [i, j, k] = [at % 25, Math.floor(at / 25) % 25, Math.floor(at / 625)];
			const around = windingNumber(whole.winding, grid.x + i * grid.h, grid.y + j * grid.h, grid.z + k * grid.h);
			if (inside[at] !== (Math.abs(around) > 0.5 ? 1 : 0)) wrong++;
		}
		expect(wrong / inside.length).toBeLessThan(1e-3);
	});
});

describe('a map of edges', () => {
	it('keeps directions and negative numbers apart, and grows', () => {
		const map = newEdgeMap(4);
		for (let a = -40; a < 40; a++)
			for (let b = -40; b < 40; b++) expect(map.set(a, b, (a + 40) * 80 + b + 40)).toBe(-1);
		for (let a = -40; a < 40; a++) for (let b = -40; b < 40; b++) expect(map.get(a, b)).toBe((a + 40) * 80 + b + 40);
		expect(map.get(41, 0)).toBe(-1);
		expect(map.set(3, -7, 5)).toBe(43 * 80 + 33);
		expect(map.get(3, -7)).toBe(5);
	});
});
