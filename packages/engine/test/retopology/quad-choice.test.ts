import { describe, expect, it } from 'vitest';
import { type Candidate, chooseByPiece, sizeFor } from '../../src/retopology/quad-choice.ts';
import { splitAgain } from '../../src/retopology/quad-worth.ts';

type Piece = { readonly faces: number; readonly irregular: number; readonly distance: number };

/** A candidate of pieces of one unit of area each; distances in shares of a diagonal of 1. */
const candidate = (...pieces: readonly Piece[]): Candidate => ({
	draft: undefined as never,
	scores: {
		weight: Float64Array.from(pieces, () => 1),
		distance: Float64Array.from(pieces, ({ distance }) => distance),
		normals: Float64Array.from(pieces, () => 0.99),
		turned: new Float64Array(pieces.length),
		most: Float64Array.from(pieces, () => 0.005),
		faces: Uint32Array.from(pieces, ({ faces }) => faces),
		borders: new Uint32Array(pieces.length),
		irregular: Float64Array.from(pieces, ({ irregular }) => irregular),
	},
});
const near = { faces: 100, irregular: 0.4, distance: 1e-4 };
const regular = { faces: 100, irregular: 0.1, distance: 2e-4 };
const one = { pieceOf: new Uint32Array(1), count: 1 };
const size = sizeFor(1, 5000);

describe('chooseByPiece', () => {
	it('takes the more regular candidate while it is near, and not where it is far', () => {
		expect([...chooseByPiece([candidate(near), candidate(regular)], one, size).chosen]).toEqual([1]);
		const far = { ...regular, distance: 1e-3 };
		expect([...chooseByPiece([candidate(near), candidate(far)], one, size).chosen]).toEqual([0]);
	});

	it('takes the nearer one where both are as regular', () => {
		const pair = [candidate(regular), candidate({ ...regular, distance: 1e-4 })];
		expect([...chooseByPiece(pair, one, size).chosen]).toEqual([1]);
	});

	it('loses no piece that a candidate has', () => {
		const lost = { faces: 0, irregular: 0, distance: 0 };
		const two = { pieceOf: new Uint32Array(2), count: 2 };
		for (const isCrowded of [false, true]) {
			const choice = chooseByPiece([candidate(lost, near), candidate(near, lost)], two, size, { isCrowded });
			expect([...choice.chosen]).toEqual([1, 0]);
		}
	});

	it('asks, where there are too many faces, what a candidate is with as many as the reference', () => {
		const rich = candidate({ ...regular, faces: 400, distance: 2e-4 });
		const choose = (isCrowded: boolean) => [...chooseByPiece([candidate(near), rich], one, size, { isCrowded }).chosen];
		expect(choose(false)).toEqual([1]);
		expect(choose(true)).toEqual([0]);
	});

	it('is the same in other units, and allows more where there are fewer faces', () => {
		const scale = 1024;
		const scaled = [near, regular].map((piece) => candidate({ ...piece, distance: scale * piece.distance }));
		expect([...chooseByPiece(scaled, one, sizeFor(scale, 5000)).chosen]).toEqual([1]);
		const far = candidate({ ...regular, distance: 8e-4 });
		expect([...chooseByPiece([candidate(near), far], one, size).chosen]).toEqual([0]);
		expect([...chooseByPiece([candidate(near), far], one, sizeFor(1, 1000)).chosen]).toEqual([1]);
	});
});

describe('chooseByPiece: normals', () => {
	it('lets few faces follow the normals less closely, but not lose a tip', () => {
		const like = (normals: number, most: number): Candidate => {
			const { draft, scores } = candidate(regular);
			return { draft, scores: { ...scores, normals: Float64Array.of(normals), most: Float64Array.of(most) } };
		};
		const choose = (other: Candidate, faces: number) =>
			chooseByPiece([candidate({ ...near, irregular: 0.6 }), other], one, sizeFor(1, faces)).chosen[0];
		expect(choose(like(0.93, 0.005), 5000)).toBe(0);
		expect(choose(like(0.93, 0.005), 1000)).toBe(1);
		expect(choose(like(0.93, 0.04), 1000)).toBe(0);
	});
});

describe('splitAgain', () => {
	it('splits loosely what is near and irregular, partly what is less near, carefully what is not quite near enough', () => {
		expect(splitAgain(candidate({ ...near, irregular: 0.2 }), size)).toBe('loosely');
		expect(splitAgain(candidate({ ...near, distance: 5e-4 }), size)).toBe('carefully');
		const rough = candidate({ ...near, distance: 3.8e-4, irregular: 0.2 });
		expect(splitAgain(rough, size)).toBe('partly');
		expect(splitAgain(rough, size, true)).toBeUndefined();
		expect(splitAgain(candidate({ ...near, distance: 5e-3 }), size)).toBeUndefined();
		expect(splitAgain(candidate(regular), size)).toBeUndefined();
	});
});
