import type { Codec } from '../image/image.ts';
import { type CornerAttribute, NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import type { Rows } from '../mesh/topology.ts';
import {
	CREATION_TIME,
	encodeFbx,
	type FbxNode,
	FILE_ID,
	int,
	ints,
	long,
	named,
	node,
	raw,
	reals,
	text,
} from './fbx-binary.ts';
import { addFbxMaterials, connect, type FbxGraph, properties, property, shading, words } from './fbx-materials.ts';
import { addFbxBones, addFbxPose, addFbxSkin } from './fbx-skins.ts';
import type { FlatScene } from './flat-scene.ts';
import { placeUv } from './placed-uv.ts';
import { listPolygons } from './polygons.ts';
import { linearToSrgb } from './surface-colors.ts';
import { TextureFiles } from './texture-files.ts';

export type WriteFlatOptions = {
	/** Redraws images that the format cannot hold as they are. Default: none; such textures are left out, with a warning. */
	readonly codec?: Codec;
	/** Hears what could not be written, each in a sentence. Default: nobody does. */
	readonly warn?: (sentence: string) => void;
	/** Goes to where the format names its writer. Default `Meshwright`. */
	readonly generator?: string;
};

/** Numbers of objects in the file start here; 0 is the root. */
const FIRST_ID = 1_000_000;

/**
 * Binary FBX 7.4 with true polygons: one model for each part, under its name, with normals, tangents, texture
 * coordinates, colours, materials and skins; images embedded. Y is up and the unit a metre, as in glTF.
 *
 * Materials are Phong with metallic and roughness in the places where Blender keeps them, and Stingray properties
 * beside; metallic-roughness images are divided into one grey image each, which takes a codec.
 *
 * @returns bytes of the file.
 */
export async function writeFbx(scene: FlatScene, options: WriteFlatOptions = {}): Promise<Uint8Array> {
	const { codec, warn = () => {}, generator = 'Meshwright' } = options;
	if (scene.unkept.length > 0) warn(`FBX is written without ${scene.unkept.join(' and ')}; GLB keeps them.`);
	const graph: FbxGraph = { objects: [], connections: [], nextId: FIRST_ID };
	const polygons = listPolygons(scene.mesh);
	const uv = placeUv(scene, warn);
	const partPolygons = groupPolygons(scene, polygons);
	const used = new Set(scene.mesh.materialOf);
	const wanted = scene.materials.flatMap((material, m) => (used.has(m) ? [{ material, m }] : []));
	const files = new TextureFiles(scene.images, codec, warn);
	const ids = await addFbxMaterials(
		graph,
		wanted.map(({ material }) => material),
		files,
	);
	const idOf = new Map(wanted.map(({ m }, i) => [m, ids[i]]));
	const { skin } = scene;
	const boneIds = skin ? addFbxBones(graph, skin) : [];
	const bound: number[] = [];
	for (const [part, list] of partPolygons) {
		const { model, geometry, vertices } = addPart(graph, scene, part, polygons, list, uv, idOf);
		if (skin && addFbxSkin(graph, geometry, scene.partNames[part], skin, boneIds, vertices)) bound.push(model);
	}
	if (skin) addFbxPose(graph, skin, boneIds, bound);
	return encodeFbx([
		...describeFile(generator),
		describeDefinitions(graph.objects),
		node('Objects', [], graph.objects),
		node('Connections', [], graph.connections),
		node('Takes', [], [node('Current', [text('')])]),
	]);
}

/** Numbers of the polygons of each part. */
function groupPolygons({ partOf, partNames }: FlatScene, { offsets, list }: Rows): Map<number, number[]> {
	const lists = partNames.map((): number[] => []);
	for (let f = 0; f + 1 < offsets.length; f++) lists[partOf[Math.floor(list[offsets[f]] / 3)]].push(f);
	return new Map([...lists.entries()].filter(([, polygons]) => polygons.length > 0));
}

function addPart(
	graph: FbxGraph,
	scene: FlatScene,
	part: number,
	{ offsets, list }: Rows,
	polygons: readonly number[],
	uv: CornerAttribute | undefined,
	idOf: ReadonlyMap<number, number>,
): { model: number; geometry: number; vertices: readonly number[] } {
	const { mesh, partNames } = scene;
	const corners: number[] = [];
	const ends: number[] = [];
	const vertexOf = new Map<number, number>();
	const vertices: number[] = [];
	for (const f of polygons) {
		for (let i = offsets[f]; i < offsets[f + 1]; i++) {
			const v = mesh.triangles[list[i]];
			let own = vertexOf.get(v);
			if (own === undefined) {
				own = vertexOf.size;
				vertexOf.set(v, own);
				vertices.push(mesh.positions[3 * v], mesh.positions[3 * v + 1], mesh.positions[3 * v + 2]);
			}
			corners.push(list[i]);
			// The last corner of a polygon is told by its sign.
			ends.push(i + 1 < offsets[f + 1] ? own : -own - 1);
		}
	}
	const materials = polygons.map((f) => mesh.materialOf[Math.floor(list[offsets[f]] / 3)]);
	const slots = [...new Set(materials)].filter((m) => m !== NO_MATERIAL);
	const layers = describeLayers(mesh.corner, corners, uv);
	if (slots.length > 0) {
		const slotOf = materials.map((m) => Math.max(0, slots.indexOf(m)));
		layers.push(describeMaterialLayer(slotOf, slots.length === 1));
	}
	const geometry = graph.nextId++;
	const model = graph.nextId++;
	graph.objects.push(
		node(
			'Geometry',
			[long(geometry), named(partNames[part], 'Geometry'), text('Mesh')],
			[
				properties(),
				node('GeometryVersion', [int(124)]),
				node('Vertices', [reals(vertices)]),
				node('PolygonVertexIndex', [ints(ends)]),
				...layers,
				node(
					'Layer',
					[int(0)],
					[
						node('Version', [int(100)]),
						...layers.map(({ name }) =>
							node('LayerElement', [], [node('Type', [text(name)]), node('TypedIndex', [int(0)])]),
						),
					],
				),
			],
		),
		node(
			'Model',
			[long(model), named(partNames[part], 'Model'), text('Mesh')],
			[
				node('Version', [int(232)]),
				properties(
					property('InheritType', 'enum', '', '', 1),
					property('DefaultAttributeIndex', 'int', 'Integer', '', 0),
					property('Lcl Translation', 'Lcl Translation', '', 'A', 0, 0, 0),
					property('Lcl Rotation', 'Lcl Rotation', '', 'A', 0, 0, 0),
					property('Lcl Scaling', 'Lcl Scaling', '', 'A', 1, 1, 1),
				),
				...shading(),
			],
		),
	);
	connect(graph, model, 0);
	connect(graph, geometry, model);
	for (const slot of slots) connect(graph, idOf.get(slot)!, model);
	return { model, geometry, vertices: [...vertexOf.keys()] };
}

/** Normals, tangents, texture coordinates and colours of some corners, where all of them have a value. */
function describeLayers(
	{ normal, tangent, color }: Readonly<Record<string, CornerAttribute>>,
	corners: readonly number[],
	uv: CornerAttribute | undefined,
): FbxNode[] {
	const has = (attribute: CornerAttribute | undefined): attribute is CornerAttribute =>
		attribute !== undefined && corners.every((c) => attribute.indices[c] !== NO_ROW);
	const rows = ({ values, indices, size }: CornerAttribute, from: number, to: number): number[] =>
		corners.flatMap((c) => [...values.subarray(size * indices[c] + from, size * indices[c] + to)]);
	const layer = (name: string, version: number, title: string, reference: string, data: FbxNode[]): FbxNode =>
		node(
			name,
			[int(0)],
			[
				node('Version', [int(version)]),
				node('Name', [text(title)]),
				node('MappingInformationType', [text('ByPolygonVertex')]),
				node('ReferenceInformationType', [text(reference)]),
				...data,
			],
		);
	const layers: FbxNode[] = [];
	if (has(normal)) {
		layers.push(layer('LayerElementNormal', 101, '', 'Direct', [node('Normals', [reals(rows(normal, 0, 3))])]));
	}
	if (has(normal) && has(tangent) && tangent.size === 4) {
		const across = crossRows(rows(normal, 0, 3), rows(tangent, 0, 4));
		layers.push(layer('LayerElementBinormal', 101, 'UVMap', 'Direct', [node('Binormals', [reals(across)])]));
		layers.push(layer('LayerElementTangent', 101, 'UVMap', 'Direct', [node('Tangents', [reals(rows(tangent, 0, 3))])]));
	}
	if (has(uv)) {
		const { values, indices } = compact(uv, corners);
		layers.push(
			layer('LayerElementUV', 101, 'UVMap', 'IndexToDirect', [
				node('UV', [reals(values)]),
				node('UVIndex', [ints(indices)]),
			]),
		);
	}
	if (has(color)) {
		const { values, indices } = compact(color, corners);
		const colors: number[] = [];
		for (let i = 0; i < values.length; i += color.size) {
			for (let k = 0; k < 3; k++) colors.push(linearToSrgb(values[i + k]));
			colors.push(color.size === 4 ? values[i + 3] : 1);
		}
		layers.push(
			layer('LayerElementColor', 101, 'Color', 'IndexToDirect', [
				node('Colors', [reals(colors)]),
				node('ColorIndex', [ints(indices)]),
			]),
		);
	}
	return layers;
}

/** Normal × tangent, times handedness. */
function crossRows(normals: readonly number[], tangents: readonly number[]): number[] {
	const across: number[] = [];
	for (let i = 0, j = 0; i < normals.length; i += 3, j += 4) {
		const [nx, ny, nz] = [normals[i], normals[i + 1], normals[i + 2]];
		const [tx, ty, tz, w] = [tangents[j], tangents[j + 1], tangents[j + 2], tangents[j + 3]];
		across.push(w * (ny * tz - nz * ty), w * (nz * tx - nx * tz), w * (nx * ty - ny * tx));
	}
	return across;
}

/** The rows that some corners use, in order of first use. */
function compact(
	{ values, indices, size }: CornerAttribute,
	corners: readonly number[],
): {
	values: number[];
	indices: number[];
} {
	const numberOf = new Map<number, number>();
	const used: number[] = [];
	const numbers = corners.map((c) => {
		const row = indices[c];
		let number = numberOf.get(row);
		if (number === undefined) {
			number = numberOf.size;
			numberOf.set(row, number);
			for (let k = 0; k < size; k++) used.push(values[size * row + k]);
		}
		return number;
	});
	return { values: used, indices: numbers };
}

const describeMaterialLayer = (slotOf: readonly number[], isSame: boolean): FbxNode =>
	node(
		'LayerElementMaterial',
		[int(0)],
		[
			node('Version', [int(101)]),
			node('Name', [text('')]),
			node('MappingInformationType', [text(isSame ? 'AllSame' : 'ByPolygon')]),
			node('ReferenceInformationType', [text('IndexToDirect')]),
			node('Materials', [ints(isSame ? [0] : slotOf)]),
		],
	);

function describeFile(generator: string): FbxNode[] {
	const stamp = Object.entries({ Version: 1000, Year: 1970, Month: 1, Day: 1, Hour: 10, Minute: 0, Second: 0 });
	return [
		node(
			'FBXHeaderExtension',
			[],
			[
				node('FBXHeaderVersion', [int(1003)]),
				node('FBXVersion', [int(7400)]),
				node('EncryptionType', [int(0)]),
				node(
					'CreationTimeStamp',
					[],
					[...stamp, ['Millisecond', 0] as const].map(([name, x]) => node(name, [int(x)])),
				),
				node('Creator', [text(generator)]),
			],
		),
		node('FileId', [raw(FILE_ID)]),
		node('CreationTime', [text(CREATION_TIME)]),
		node('Creator', [text(generator)]),
		node(
			'GlobalSettings',
			[],
			[
				node('Version', [int(1000)]),
				properties(
					...Object.entries({
						UpAxis: 1,
						UpAxisSign: 1,
						FrontAxis: 2,
						FrontAxisSign: 1,
						CoordAxis: 0,
						CoordAxisSign: 1,
						OriginalUpAxis: 1,
						OriginalUpAxisSign: 1,
					}).map(([name, x]) => property(name, 'int', 'Integer', '', x)),
					// Centimetres in a unit: a metre.
					property('UnitScaleFactor', 'double', 'Number', '', 100),
					property('OriginalUnitScaleFactor', 'double', 'Number', '', 100),
				),
			],
		),
		node(
			'Documents',
			[],
			[
				node('Count', [int(1)]),
				node(
					'Document',
					[long(FIRST_ID - 1), text('Scene'), text('Scene')],
					[properties(words('ActiveAnimStackName', 'KString', '', '', '')), node('RootNode', [long(0)])],
				),
			],
		),
		node('References'),
	];
}

function describeDefinitions(objects: readonly FbxNode[]): FbxNode {
	const counts = new Map([['GlobalSettings', 1]]);
	for (const { name } of objects) counts.set(name, (counts.get(name) ?? 0) + 1);
	return node(
		'Definitions',
		[],
		[
			node('Version', [int(100)]),
			node('Count', [int(objects.length + 1)]),
			...[...counts].map(([name, count]) => node('ObjectType', [text(name)], [node('Count', [int(count)])])),
		],
	);
}
