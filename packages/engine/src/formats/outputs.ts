import type { Codec } from '../image/image.ts';
import type { Model } from '../mesh/model.ts';
import type { Parts } from '../mesh/parts.ts';
import { writeFbx } from './fbx.ts';
import { flattenParts } from './flat-scene.ts';
import { type WritePartsOptions, writeParts } from './parts.ts';
import { writeObj } from './write-obj.ts';

export type WriteOutputOptions = WritePartsOptions & {
	/** Redraws images that a format cannot hold as they are. GLB needs none. */
	readonly codec?: Codec;
};

/** A format that is written. */
export type Output = {
	/** As options name it. */
	readonly format: string;
	/** For people. */
	readonly title: string;
	/** Of the file that is written, without the dot. */
	readonly extension: string;
	readonly mimeType: string;
	/** Faces of more than three corners stay such. */
	readonly hasPolygons: boolean;
	/** Skins, morph targets, animations and the tree of nodes are kept. */
	readonly hasScene: boolean;
	readonly write: (model: Model, parts: Parts, options?: WriteOutputOptions) => Promise<Uint8Array>;
};

/** Every format that is written: the parts of a model, and what was made for it. */
export const OUTPUTS: readonly Output[] = [
	{
		format: 'glb',
		title: 'glTF binary',
		extension: 'glb',
		mimeType: 'model/gltf-binary',
		hasPolygons: false,
		hasScene: true,
		write: writeParts,
	},
	{
		format: 'fbx',
		title: 'FBX 7.4, binary',
		extension: 'fbx',
		mimeType: 'application/vnd.autodesk.fbx',
		hasPolygons: true,
		hasScene: false,
		write: async (model, parts, options = {}) => writeFbx(flattenParts(model, parts, options), options),
	},
	{
		format: 'obj',
		title: 'Wavefront OBJ with its material library and textures, in a ZIP',
		extension: 'zip',
		mimeType: 'application/zip',
		hasPolygons: true,
		hasScene: false,
		write: async (model, parts, options = {}) => writeObj(flattenParts(model, parts, options), options),
	},
];
