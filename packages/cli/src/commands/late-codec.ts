import type { Codec } from '@meshwright/engine';

export type LateCodec = Codec & {
	/** From then on images are handed over as soon as they are known, and decoded beside what else there is to do. */
	readonly load: () => Promise<Codec>;
};

/** The image codec, loaded when it is first needed: many models have no images, and it takes long to load. */
export function lateCodec(): LateCodec {
	let loading: Promise<Codec> | undefined;
	let loaded: Codec | undefined;
	const load = (): Promise<Codec> => {
		loading ??= import('@meshwright/service/codecs').then(({ sharpCodec }) => {
			loaded = sharpCodec();
			return loaded;
		});
		return loading;
	};
	return {
		load,
		decode: async (...image) => (loaded ?? (await load())).decode(...image),
		encode: async (image, mimeType) => (loaded ?? (await load())).encode(image, mimeType),
	};
}
