/** Corners of the cube around `x` with half edges of `half`, and its six quads, as OBJ lines. */
function cubeLines(x: number, half: number, firstVertex: number): string[] {
	const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => {
		const sign = (bit: number): number => (k & bit ? half : -half);
		return `v ${x + sign(1)} ${sign(2)} ${sign(4)}`;
	});
	const quads = ['1 3 4 2', '5 6 8 7', '1 2 6 5', '3 7 8 4', '1 5 7 3', '2 4 8 6'];
	const faces = quads.map(
		(quad) =>
			`f ${quad
				.split(' ')
				.map((v) => Number(v) + firstVertex)
				.join(' ')}`,
	);
	return [...corners, ...faces];
}

/** Two cubes far apart: 12 faces, 24 triangles, two parts whatever one thinks of parts. */
export const TWO_CUBES_OBJ = [...cubeLines(0, 1, 0), ...cubeLines(10, 2, 8)].join('\n');

/** A large cube between two small ones, in a row along x. */
export const ROW_OF_CUBES_OBJ = [...cubeLines(0, 2, 0), ...cubeLines(-4, 1, 8), ...cubeLines(4, 1, 16)].join('\n');

/** A glTF of one triangle whose buffer is the file at `uri`: three positions, 36 bytes. */
export const triangleGltf = (uri: string): string =>
	JSON.stringify({
		asset: { version: '2.0' },
		scene: 0,
		scenes: [{ nodes: [0] }],
		nodes: [{ mesh: 0 }],
		meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
		accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3', min: [0, 0, 0], max: [1, 1, 0] }],
		bufferViews: [{ buffer: 0, byteLength: 36 }],
		buffers: [{ uri, byteLength: 36 }],
	});

/** The buffer of `triangleGltf`. */
export const TRIANGLE_BIN = new Uint8Array(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0).buffer);

/** A bumpy sphere of 4·n² triangles as OFF: large enough to be stopped on the way. */
export function bumpySphereOff(n: number): string {
	const lines = [`OFF\n${2 * n * (n + 1)} ${4 * n * n} 0`];
	for (let i = 0; i <= n; i++) {
		for (let j = 0; j < 2 * n; j++) {
			const [theta, phi] = [(Math.PI * i) / n, (Math.PI * j) / n];
			const r = 1 + 0.2 * Math.sin(5 * theta) * Math.cos(4 * phi);
			const xyz = [Math.sin(theta) * Math.cos(phi), Math.sin(theta) * Math.sin(phi), Math.cos(theta)];
			lines.push(xyz.map((x) => (r * x).toFixed(6)).join(' '));
		}
	}
	for (let i = 0; i < n; i++) {
		for (let j = 0; j < 2 * n; j++) {
			const [a, b] = [2 * n * i + j, 2 * n * i + ((j + 1) % (2 * n))];
			lines.push(`3 ${a} ${a + 2 * n} ${b}`, `3 ${b} ${a + 2 * n} ${b + 2 * n}`);
		}
	}
	return `${lines.join('\n')}\n`;
}
