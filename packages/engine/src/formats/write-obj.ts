import { type Zippable, zipSync } from 'fflate';
import { type CornerAttribute, NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import type { Material } from '../mesh/model.ts';
import type { WriteFlatOptions } from './fbx.ts';
import type { FlatScene } from './flat-scene.ts';
import { placeUv } from './placed-uv.ts';
import { listPolygons } from './polygons.ts';
import { linearToSrgb } from './surface-colors.ts';
import { type TextureFile, TextureFiles, type TextureSlot } from './texture-files.ts';

/** Statements of a material library that name a texture. */
const STATEMENTS: readonly (readonly [TextureSlot, string])[] = [
	['color', 'map_Kd'],
	['roughness', 'map_Pr'],
	['metallic', 'map_Pm'],
	['emissive', 'map_Ke'],
	['normal', 'norm'],
	['normal', 'map_Bump -bm 1'],
];
const SLOTS = new Set(STATEMENTS.map(([slot]) => slot));
/** The earliest date that a ZIP can say: the same file in, the same bytes out. */
const NO_DATE = new Date(1980, 0, 1);

/**
 * A ZIP of a Wavefront OBJ with true polygons, one object for each part, its material library with the statements of
 * physically based materials (`Pr`, `Pm`, `norm`), and the textures.
 *
 * @returns bytes of the ZIP: `model.obj`, `model.mtl` and the images beside.
 */
export async function writeObj(scene: FlatScene, options: WriteFlatOptions = {}): Promise<Uint8Array> {
	const { codec, warn = () => {}, generator = 'Meshwright' } = options;
	const unkept = [...(scene.skin ? ['skins'] : []), ...scene.unkept];
	if (unkept.length > 0) warn(`OBJ is written without ${unkept.join(' and ')}; GLB keeps them.`);
	const files = new TextureFiles(scene.images, codec, warn);
	const used = new Set(scene.mesh.materialOf);
	const names = nameMaterials(scene.materials);
	const library: string[] = [`# ${generator}`];
	for (const [m, material] of scene.materials.entries()) {
		if (used.has(m)) library.push(...describeMaterial(names[m], material, await files.ofMaterial(material, SLOTS)));
	}
	const obj = [`# ${generator}`, 'mtllib model.mtl', ...describeSurface(scene, names, placeUv(scene, warn), warn)];
	const zip: Zippable = { 'model.obj': [encode(obj), { level: 6 }], 'model.mtl': [encode(library), { level: 6 }] };
	for (const { name, bytes } of files.list()) zip[name] = [bytes, { level: 0 }];
	return zipSync(zip, { mtime: NO_DATE });
}

const encode = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);

/** A float in as many digits as bring it back, and no more. */
const number = (x: number): string => String(Number(x.toPrecision(9)));

/** Names without blanks, each once. */
function nameMaterials(materials: readonly Material[]): string[] {
	const taken = new Set<string>();
	return materials.map(({ name }, m) => {
		const plain = name.trim().replace(/\s+/g, '_') || `material_${m}`;
		let unique = plain;
		for (let k = 2; taken.has(unique); k++) unique = `${plain}_${k}`;
		taken.add(unique);
		return unique;
	});
}

function describeMaterial(name: string, material: Material, textures: ReadonlyMap<TextureSlot, TextureFile>): string[] {
	const { baseColor, roughness, metallic, emissive, alphaMode, baseColorTexture } = material;
	const color = (list: readonly number[]): string =>
		list.map((x) => number(Math.fround(linearToSrgb(Math.min(1, x))))).join(' ');
	const isClamped = baseColorTexture?.wrapU === 'clamp' && baseColorTexture.wrapV === 'clamp';
	const clamp = isClamped ? ' -clamp on' : '';
	const lines = [
		'',
		`newmtl ${name}`,
		`Kd ${color(baseColor.slice(0, 3))}`,
		`Ke ${color(emissive)}`,
		`Ns ${number(1000 * (1 - roughness) ** 2)}`,
		`d ${number(baseColor[3])}`,
		`Pr ${number(roughness)}`,
		`Pm ${number(metallic)}`,
		'illum 2',
	];
	for (const [slot, statement] of STATEMENTS) {
		const file = textures.get(slot);
		if (file) lines.push(`${statement}${clamp} ${file.name}`);
	}
	const file = textures.get('color');
	if (file && alphaMode !== 'OPAQUE') lines.push(`map_d${clamp} ${file.name}`);
	return lines;
}

function describeSurface(
	scene: FlatScene,
	materialNames: readonly string[],
	uv: CornerAttribute | undefined,
	warn: (sentence: string) => void,
): string[] {
	const { mesh, partOf, partNames } = scene;
	const { normal } = mesh.corner;
	const { offsets, list } = listPolygons(mesh);
	const vertices = new Numbering(mesh.triangles);
	const uvs = new Numbering(uv?.indices);
	const normals = new Numbering(normal?.indices);
	const faces: string[][] = partNames.map(() => []);
	const lastMaterial = partNames.map(() => NO_MATERIAL);
	for (let f = 0; f + 1 < offsets.length; f++) {
		const t = Math.floor(list[offsets[f]] / 3);
		const part = partOf[t];
		const material = mesh.materialOf[t];
		if (material !== lastMaterial[part] && material !== NO_MATERIAL) {
			faces[part].push(`usemtl ${materialNames[material]}`);
			lastMaterial[part] = material;
		}
		let line = 'f';
		for (let i = offsets[f]; i < offsets[f + 1]; i++) {
			const vt = uvs.of(list[i]);
			const vn = normals.of(list[i]);
			line += ` ${vertices.of(list[i])}`;
			if (vt || vn) line += `/${vt || ''}${vn ? `/${vn}` : ''}`;
		}
		faces[part].push(line);
	}
	const colors = vertexColors(scene, warn);
	const rows = (statement: string, { rows }: Numbering, values: Float32Array, size: number): string[] =>
		rows.map((row) => `${statement} ${Array.from(values.subarray(size * row, size * (row + 1)), number).join(' ')}`);
	return [
		...rows('v', vertices, mesh.positions, 3).map((line, i) => line + (colors?.get(vertices.rows[i]) ?? '')),
		...(uv ? rows('vt', uvs, uv.values, 2) : []),
		...(normal ? rows('vn', normals, normal.values, 3) : []),
		...faces.flatMap((lines, part) => (lines.length > 0 ? [`o ${oneLine(partNames[part])}`, ...lines] : [])),
	];
}

const oneLine = (name: string): string => name.replace(/[\r\n]+/g, ' ').trim() || 'part';

/** Numbers rows from 1 in order of first use. */
class Numbering {
	readonly rows: number[] = [];
	readonly #indices: Uint32Array | undefined;
	readonly #numberOf = new Map<number, number>();

	constructor(indices: Uint32Array | undefined) {
		this.#indices = indices;
	}

	/** Number of the row of a corner; 0 where it has none. */
	of(c: number): number {
		const row = this.#indices?.[c] ?? NO_ROW;
		if (row === NO_ROW) return 0;
		const known = this.#numberOf.get(row);
		if (known !== undefined) return known;
		this.rows.push(row);
		this.#numberOf.set(row, this.rows.length);
		return this.rows.length;
	}
}

/** Colours behind the coordinates, as many programs write and read them: one for each vertex. */
function vertexColors({ mesh }: FlatScene, warn: (sentence: string) => void): Map<number, string> | undefined {
	const { color } = mesh.corner;
	if (!color) return undefined;
	const { values, indices, size } = color;
	const rowOf = new Map<number, number>();
	let torn = 0;
	for (let c = 0; c < indices.length; c++) {
		if (indices[c] === NO_ROW) continue;
		const known = rowOf.get(mesh.triangles[c]);
		if (known === undefined) rowOf.set(mesh.triangles[c], indices[c]);
		else if (known !== indices[c]) torn++;
	}
	if (torn > 0) warn(`At ${torn} corners the colour differs from others of the same vertex; OBJ has one for each.`);
	if (rowOf.size === 0) return undefined;
	const colors = new Map<number, string>();
	for (const [v, row] of rowOf) {
		const rgb = Array.from(values.subarray(size * row, size * row + 3), (x) => number(Math.fround(linearToSrgb(x))));
		colors.set(v, ` ${rgb.join(' ')}`);
	}
	return colors;
}
