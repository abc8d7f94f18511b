/**
 * What the engine offers and `--help` and the ending of `--out` speak of. Said again here, and compared with the engine
 * by a test: to load the engine only for this would keep the user waiting for as long as the model takes to read.
 */
export const TEXTURE_SIZE = 2048;

/** Formats that are written, by the ending of a file's name. */
export const ENDINGS: readonly { readonly extension: string; readonly format: string; readonly title: string }[] = [
	{ extension: 'glb', format: 'glb', title: 'glTF binary' },
	{ extension: 'fbx', format: 'fbx', title: 'FBX 7.4, binary' },
	{ extension: 'zip', format: 'obj', title: 'Wavefront OBJ with its material library and textures, in a ZIP' },
];
