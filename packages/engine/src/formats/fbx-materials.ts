import type { Material } from '../mesh/model.ts';
import { type FbxNode, flag, int, long, named, node, raw, real, text } from './fbx-binary.ts';
import type { TextureFile, TextureFiles, TextureSlot } from './texture-files.ts';

/** Objects and the lines between them. */
export type FbxGraph = { readonly objects: FbxNode[]; readonly connections: FbxNode[]; nextId: number };

/**
 * The properties of a material that a texture is connected to: those of the old Phong model, which everyone reads, and
 * those of Maya's Stingray surface, by which engines know metallic-roughness materials.
 */
const SLOTS: Readonly<Record<TextureSlot, readonly string[]>> = {
	color: ['DiffuseColor', 'Maya|TEX_color_map'],
	normal: ['NormalMap', 'Maya|TEX_normal_map'],
	metallic: ['ReflectionFactor', 'Maya|TEX_metallic_map'],
	roughness: ['ShininessExponent', 'Maya|TEX_roughness_map'],
	emissive: ['EmissiveColor', 'Maya|TEX_emissive_map'],
	occlusion: ['Maya|TEX_ao_map'],
};

const ALL_SLOTS = new Set(Object.keys(SLOTS) as TextureSlot[]);

export const property = (name: string, type: string, label: string, flags: string, ...values: number[]): FbxNode =>
	node('P', [
		text(name),
		text(type),
		text(label),
		text(flags),
		...values.map((x) => (type === 'int' || type === 'enum' || type === 'bool' ? int(x) : real(x))),
	]);
export const words = (name: string, type: string, label: string, flags: string, value: string): FbxNode =>
	node('P', [text(name), text(type), text(label), text(flags), text(value)]);
export const properties = (...list: FbxNode[]): FbxNode => node('Properties70', [], list);

export const connect = (graph: FbxGraph, child: number, parent: number, slot?: string): void => {
	const ends = [long(child), long(parent)];
	graph.connections.push(node('C', slot === undefined ? [text('OO'), ...ends] : [text('OP'), ...ends, text(slot)]));
};

/** Adds materials with their textures and embedded images; returns the number of each in the file. */
export async function addFbxMaterials(
	graph: FbxGraph,
	materials: readonly Material[],
	files: TextureFiles,
): Promise<number[]> {
	const ids: number[] = [];
	const videoOf = new Map<TextureFile, number>();
	for (const material of materials) {
		const id = graph.nextId++;
		ids.push(id);
		const textures = await files.ofMaterial(material, ALL_SLOTS);
		graph.objects.push(describeMaterial(id, material, textures));
		for (const [slot, file] of textures) {
			const texture = addTexture(graph, material, file, videoOf);
			for (const name of SLOTS[slot]) connect(graph, texture, id, name);
			if (slot === 'color' && material.alphaMode !== 'OPAQUE') connect(graph, texture, id, 'TransparencyFactor');
		}
	}
	return ids;
}

function describeMaterial(id: number, material: Material, textures: ReadonlyMap<TextureSlot, TextureFile>): FbxNode {
	const { baseColor, metallic, roughness, emissive } = material;
	const [r, g, b, alpha] = baseColor;
	const strength = Math.max(1, ...emissive);
	const glow = emissive.map((x) => x / strength);
	const color = (name: string, list: readonly number[]): FbxNode => property(name, 'Color', '', 'A', ...list);
	const number = (name: string, x: number): FbxNode => property(name, 'Number', '', 'A', x);
	const float = (name: string, x: number): FbxNode => property(name, 'float', '', 'A', x);
	const uses = (name: string, slot: TextureSlot): FbxNode => float(name, textures.has(slot) ? 1 : 0);
	const isSeen = glow.some((x) => x > 0);
	return node(
		'Material',
		[long(id), named(material.name || 'material', 'Material'), text('')],
		[
			node('Version', [int(102)]),
			node('ShadingModel', [text('phong')]),
			node('MultiLayer', [int(0)]),
			properties(
				words('ShadingModel', 'KString', '', '', 'phong'),
				color('DiffuseColor', [r, g, b]),
				number('DiffuseFactor', 1),
				color('AmbientColor', [0, 0, 0]),
				color('SpecularColor', [1, 1, 1]),
				number('SpecularFactor', 0.25),
				// As Blender reads and writes it: roughness = 1 − √shininess / 10.
				number('Shininess', (10 * (1 - roughness)) ** 2),
				number('ShininessExponent', (10 * (1 - roughness)) ** 2),
				color('ReflectionColor', [1, 1, 1]),
				number('ReflectionFactor', metallic),
				color('EmissiveColor', glow),
				number('EmissiveFactor', isSeen ? strength : 0),
				color('TransparentColor', [1, 1, 1]),
				number('TransparencyFactor', 1 - alpha),
				number('Opacity', alpha),
				...(textures.has('normal') ? [property('BumpFactor', 'double', 'Number', '', material.normalScale ?? 1)] : []),
				property('Maya', 'Compound', '', ''),
				property('Maya|base_color', 'Vector3D', 'Vector', '', r, g, b),
				float('Maya|metallic', metallic),
				float('Maya|roughness', roughness),
				property('Maya|emissive', 'Vector3D', 'Vector', '', ...glow),
				float('Maya|emissive_intensity', isSeen ? strength : 0),
				uses('Maya|use_color_map', 'color'),
				uses('Maya|use_normal_map', 'normal'),
				uses('Maya|use_metallic_map', 'metallic'),
				uses('Maya|use_roughness_map', 'roughness'),
				uses('Maya|use_emissive_map', 'emissive'),
				uses('Maya|use_ao_map', 'occlusion'),
			),
		],
	);
}

function addTexture(graph: FbxGraph, material: Material, file: TextureFile, videoOf: Map<TextureFile, number>): number {
	let video = videoOf.get(file);
	if (video === undefined) {
		video = graph.nextId++;
		videoOf.set(file, video);
		graph.objects.push(describeVideo(video, file));
	}
	const id = graph.nextId++;
	const use = material.baseColorTexture ?? material.normalTexture ?? material.emissiveTexture;
	const wrap = (mode: string | undefined): number => (mode === 'clamp' ? 1 : 0);
	graph.objects.push(
		node(
			'Texture',
			[long(id), named(file.name, 'Texture'), text('')],
			[
				node('Type', [text('TextureVideoClip')]),
				node('Version', [int(202)]),
				node('TextureName', [named(file.name, 'Texture')]),
				properties(
					words('UVSet', 'KString', '', '', 'UVMap'),
					property('UseMaterial', 'bool', '', '', 1),
					property('WrapModeU', 'enum', '', '', wrap(use?.wrapU)),
					property('WrapModeV', 'enum', '', '', wrap(use?.wrapV)),
				),
				node('Media', [named(file.name, 'Video')]),
				node('FileName', [text(file.name)]),
				node('RelativeFilename', [text(file.name)]),
				node('ModelUVTranslation', [real(0), real(0)]),
				node('ModelUVScaling', [real(1), real(1)]),
				node('Texture_Alpha_Source', [text('None')]),
				node('Cropping', [int(0), int(0), int(0), int(0)]),
			],
		),
	);
	connect(graph, video, id);
	return id;
}

const describeVideo = (id: number, { name, bytes }: TextureFile): FbxNode =>
	node(
		'Video',
		[long(id), named(name, 'Video'), text('Clip')],
		[
			node('Type', [text('Clip')]),
			properties(words('Path', 'KString', 'XRefUrl', '', name)),
			node('UseMipMap', [int(0)]),
			node('Filename', [text(name)]),
			node('RelativeFilename', [text(name)]),
			node('Content', [raw(bytes)]),
		],
	);

/** Of a model: shown from both sides or not. */
export const shading = (): FbxNode[] => [node('Shading', [flag(true)]), node('Culling', [text('CullingOff')])];
