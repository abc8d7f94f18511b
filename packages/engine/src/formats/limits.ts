/** What a file may ask for before it is refused with `too-large`. Bytes, pixels and counts are absolute. */
export type ReadLimits = {
	/** Triangles of the whole model, instances counted each. */
	readonly triangles: number;
	/** Bytes of all accessors and decompressed views together, as declared. */
	readonly declaredBytes: number;
	/** Bytes of accessors that have no data in the file (zeros by the glTF specification). */
	readonly zeroBytes: number;
	/** Bytes of the JSON part of a glTF. */
	readonly jsonBytes: number;
	/** Width × height of one image. */
	readonly pixels: number;
	readonly nodes: number;
	/**
	 * Everything that a glTF lists, primitives, attributes and animation channels included; materials count four times,
	 * extensions 200 times. A loaded object takes some 4 kB and 20 µs, whatever its size in the file.
	 */
	readonly objects: number;
	/** Nodes above a node, itself included. */
	readonly depth: number;
};

export const READ_LIMITS: ReadLimits = Object.freeze({
	triangles: 20_000_000,
	declaredBytes: 1_500_000_000,
	zeroBytes: 128_000_000,
	jsonBytes: 128_000_000,
	pixels: 100_000_000,
	nodes: 100_000,
	objects: 200_000,
	depth: 256,
});
