import { Scanner } from './scanner.ts';
import { PLAIN_MATERIAL, type SurfaceMaterial, type SurfaceTexture } from './surface-materials.ts';

/** How many words follow each option of a texture statement, at most. Numbers after `-s`, `-o`, `-t` may be fewer. */
const OPTION_WORDS: Readonly<Record<string, number>> = {
	'-blendu': 1,
	'-blendv': 1,
	'-boost': 1,
	'-bm': 1,
	'-cc': 1,
	'-clamp': 1,
	'-imfchan': 1,
	'-texres': 1,
	'-type': 1,
	'-mm': 2,
	'-o': 3,
	'-s': 3,
	'-t': 3,
};

type Draft = { -readonly [K in keyof SurfaceMaterial]: SurfaceMaterial[K] };

/**
 * Reads a Wavefront material library, with the PBR statements that Blender and others write (`Pr`, `Pm`, `norm`).
 * Texture kinds that the metallic-roughness model cannot hold without new images are named in a warning.
 */
export function readMtl(bytes: Uint8Array, warnings: string[]): SurfaceMaterial[] {
	const scanner = new Scanner(bytes);
	const materials: Draft[] = [];
	const unkept = new Set<string>();
	while (scanner.seek()) {
		const word = scanner.word().toLowerCase();
		scanner.hasMore();
		if (word === 'newmtl') materials.push({ ...PLAIN_MATERIAL, name: scanner.rest() });
		const material = materials.at(-1);
		if (material && word !== 'newmtl') readStatement(word, scanner, material, unkept);
		scanner.nextLine();
	}
	for (const kind of unkept) warnings.push(`textures of kind '${kind}' were left out`);
	return materials;
}

function readStatement(word: string, scanner: Scanner, material: Draft, unkept: Set<string>): void {
	if (word === 'kd') material.color = readColor(scanner);
	else if (word === 'ke') material.emissive = readColor(scanner);
	// Nobody means a surface that cannot be seen: exporters that write 0 have the sense reversed.
	else if (word === 'd') material.alpha = readShare(scanner) || 1;
	else if (word === 'tr') material.alpha = 1 - readShare(scanner) || 1;
	// The mapping of Blender's exporter, reversed: a shininess of 1000 is smooth.
	else if (word === 'ns') material.roughness = 1 - Math.sqrt(Math.min(1000, Math.max(0, scanner.number())) / 1000);
	else if (word === 'pr') material.roughness = readShare(scanner);
	else if (word === 'pm') material.metallic = readShare(scanner);
	else if (word === 'map_kd') setTexture(material, 'colorTexture', scanner.rest());
	else if (word === 'map_ke') setTexture(material, 'emissiveTexture', scanner.rest());
	else if (word === 'norm' || word === 'map_norm') setTexture(material, 'normalTexture', scanner.rest());
	else if (/^(map_|bump|disp|decal|refl)/.test(word) && word !== 'map_ka') {
		// Beside `norm`, the same image as `map_Bump` is for programs that know no other.
		const isSame = /bump$/.test(word) && readTexture(scanner.rest())?.uri === material.normalTexture?.uri;
		if (!isSame) unkept.add(word);
	}
}

function setTexture(
	material: Draft,
	use: 'colorTexture' | 'emissiveTexture' | 'normalTexture',
	statement: string,
): void {
	const texture = readTexture(statement);
	if (texture) material[use] = texture;
}

/** A colour of one or three numbers. `spectral` and `xyz` forms, which nobody writes, leave white. */
function readColor(scanner: Scanner): readonly [number, number, number] {
	if (!scanner.isAtNumber()) return [1, 1, 1];
	const r = readShare(scanner);
	const g = scanner.hasMore() ? readShare(scanner) : r;
	const b = scanner.hasMore() ? readShare(scanner) : g;
	return [r, g, b];
}

/** A number within 0..1; 0 where there is none. */
function readShare(scanner: Scanner): number {
	if (!scanner.hasMore() || !scanner.isAtNumber()) return 0;
	return Math.min(1, Math.max(0, scanner.number() || 0));
}

/** Options, then the file name, which may have blanks. */
function readTexture(statement: string): SurfaceTexture | undefined {
	const scale: [number, number] = [1, 1];
	const offset: [number, number] = [0, 0];
	let isClamped = false;
	let rest = statement;
	for (;;) {
		const [option = '', ...words] = rest.split(/\s+/);
		const most = OPTION_WORDS[option.toLowerCase()];
		if (most === undefined) break;
		let used = 0;
		const isNumeric = most === 3;
		while (used < most && used < words.length - 1 && !(isNumeric && Number.isNaN(Number(words[used])))) used++;
		const [u = 0, v = u] = words.slice(0, used).map(Number);
		if (option === '-s' && used > 0) [scale[0], scale[1]] = [u, used > 1 ? v : 1];
		if (option === '-o' && used > 0) [offset[0], offset[1]] = [u, used > 1 ? v : 0];
		if (option === '-clamp') isClamped = words[0] === 'on';
		rest = words.slice(used).join(' ');
	}
	const uri = rest.replaceAll('\\', '/').replace(/^\.\//, '');
	return uri === '' ? undefined : { uri, scale, offset, isClamped };
}
