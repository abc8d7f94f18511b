import { MeshError } from '../errors.ts';
import { GrowingFloats, GrowingIndices } from './growing.ts';
import { Scanner } from './scanner.ts';
import type { Surface } from './surface.ts';

const HEADER_BYTES = 84;
const FACET_BYTES = 50;

/**
 * Is it a text STL? Binary files may begin with `solid` as well, so that a size that fits the binary count exactly
 * comes first, and a text has a facet or an end near its beginning.
 */
export function isTextStl(bytes: Uint8Array): boolean {
	if (isExactBinaryStl(bytes)) return false;
	const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096)).toLowerCase();
	return /^\s*solid/.test(head) && /\b(facet|endsolid)\b/.test(head);
}

/** Is the size the one that the count of a binary STL asks for? */
export function isExactBinaryStl(bytes: Uint8Array): boolean {
	return bytes.length >= HEADER_BYTES && bytes.length === HEADER_BYTES + FACET_BYTES * declaredFacets(bytes);
}

const declaredFacets = (bytes: Uint8Array): number =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(80, true);

/**
 * Reads an STL, text or binary. The normals in the file are not used: they follow from the corners, and many
 * exporters leave them empty.
 *
 * @throws `truncated-file`, `malformed-file`.
 */
export function readStl(bytes: Uint8Array): Surface {
	return isTextStl(bytes) ? readText(bytes) : readBinary(bytes);
}

function readBinary(bytes: Uint8Array): Surface {
	const held = Math.floor((bytes.length - HEADER_BYTES) / FACET_BYTES);
	if (held < 0) {
		throw new MeshError('truncated-file', `a binary STL has a header of 84 bytes; this file has ${bytes.length}`);
	}
	const declared = declaredFacets(bytes);
	if (declared > held) {
		throw new MeshError('truncated-file', `the header announces ${declared} facets; the file holds ${held}`, {
			declared,
			held,
		});
	}
	const warnings: string[] = [];
	const facets = declared === 0 ? held : declared; // exporters that stream leave the count at 0
	if (facets !== declared) warnings.push(`the header announces no facets; ${facets} were read`);
	else if (bytes.length > HEADER_BYTES + FACET_BYTES * facets)
		warnings.push('bytes behind the last facet were ignored');
	if (/COLOR=/.test(new TextDecoder('latin1').decode(bytes.subarray(0, 80))))
		warnings.push('the colours of the facets (an extension of STL) were left out');

	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const positions = new Float32Array(9 * facets);
	for (let f = 0; f < facets; f++) {
		const at = HEADER_BYTES + FACET_BYTES * f + 12;
		for (let k = 0; k < 9; k++) positions[9 * f + k] = view.getFloat32(at + 4 * k, true);
	}
	const offsets = new Uint32Array(facets + 1);
	for (let f = 0; f <= facets; f++) offsets[f] = 3 * f;
	return soup(positions, offsets, [], warnings);
}

function readText(bytes: Uint8Array): Surface {
	const scanner = new Scanner(bytes);
	const positions = new GrowingFloats();
	const offsets = new GrowingIndices();
	const groups: { name: string; firstFace: number }[] = [];
	offsets.push(0);
	let isInSolid = false;
	while (scanner.seek()) {
		const word = scanner.word().toLowerCase();
		scanner.hasMore();
		if (word === 'vertex') {
			for (let k = 0; k < 3; k++) {
				if (!scanner.hasMore()) throw endOr(scanner, "'vertex' has fewer than 3 numbers");
				positions.push(scanner.number());
			}
		} else if (word === 'endloop') offsets.push(positions.length / 3);
		else if (word === 'solid') {
			isInSolid = true;
			const name = scanner.rest();
			if (name !== '') groups.push({ name, firstFace: offsets.length - 1 });
		} else if (word === 'endsolid') {
			isInSolid = false;
			scanner.rest();
		} else if (word === 'facet' || word === 'outer' || word === 'color') scanner.rest();
		else if (word !== 'loop' && word !== 'endfacet') throw endOr(scanner, `did not expect '${word.slice(0, 40)}'`);
	}
	if (isInSolid) throw new MeshError('truncated-file', "the file ends without 'endsolid'");
	return soup(positions.finish(), offsets.finish(), groups, []);

	function endOr(where: Scanner, what: string): MeshError {
		return where.isEnd() ? new MeshError('truncated-file', `line ${where.line}: ${what}`) : where.malformed(what);
	}
}

/** A surface whose corners share nothing. */
function soup(
	positions: Float32Array,
	offsets: Uint32Array,
	groups: Surface['groups'],
	warnings: readonly string[],
): Surface {
	const list = new Uint32Array(positions.length / 3);
	for (let c = 0; c < list.length; c++) list[c] = c;
	return { positions, faces: { offsets, list }, materials: [], groups, warnings };
}
