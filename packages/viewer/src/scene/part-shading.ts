import { type DataTexture, DoubleSide, type IUniform, type Material, ShaderMaterial } from 'three';
import { PARTS_PER_ROW } from './part-table.ts';

/** Shared by all materials of the model: set once, seen by all. */
export type PartUniforms = {
	readonly partTable: IUniform<DataTexture | null>;
	/** How far the parts are pulled apart, in their distances from the centre: 0 is together. */
	readonly explode: IUniform<number>;
	/** 0: the model's own look, 1: a colour for each part. */
	readonly tint: IUniform<number>;
};

export const partUniforms = (): PartUniforms => ({
	partTable: { value: null },
	explode: { value: 0 },
	tint: { value: 1 },
});

const LOOK_UP = /* glsl */ `
attribute float part;
uniform sampler2D partTable;
uniform float explode;
vec4 lookUpPart(int row) {
	int p = int(part + 0.5);
	return texelFetch(partTable, ivec2(p % ${PARTS_PER_ROW}, 2 * (p / ${PARTS_PER_ROW}) + row), 0);
}
`;

/** Triangles of a hidden part collapse behind the far plane: all three corners have the same part. */
const HIDE = /* glsl */ `
if (lookUpPart(0).w < 0.5) gl_Position = vec4(0.0, 0.0, 2.0, 1.0);
`;

/** Makes one of the model's own materials follow the part table. */
export function followParts(material: Material, uniforms: PartUniforms): void {
	material.onBeforeCompile = (shader) => {
		Object.assign(shader.uniforms, uniforms);
		shader.vertexShader = shader.vertexShader
			.replace('#include <common>', `#include <common>\n${LOOK_UP}\nvarying vec4 vPart;`)
			.replace(
				'#include <begin_vertex>',
				'vec3 transformed = position + explode * lookUpPart(0).xyz;\nvPart = lookUpPart(1);',
			)
			.replace('#include <project_vertex>', `#include <project_vertex>\n${HIDE}`);
		shader.fragmentShader = shader.fragmentShader
			.replace('#include <common>', '#include <common>\nuniform float tint;\nvarying vec4 vPart;')
			.replace(
				'#include <color_fragment>',
				'#include <color_fragment>\ndiffuseColor.rgb = mix(diffuseColor.rgb, vPart.rgb, tint);',
			)
			.replace(
				'#include <roughnessmap_fragment>',
				'#include <roughnessmap_fragment>\nroughnessFactor = mix(roughnessFactor, 0.8, tint);',
			)
			.replace(
				'#include <metalnessmap_fragment>',
				'#include <metalnessmap_fragment>\nmetalnessFactor = mix(metalnessFactor, 0.0, tint);',
			)
			.replace(
				'#include <emissivemap_fragment>',
				'#include <emissivemap_fragment>\ntotalEmissiveRadiance *= 1.0 - tint;',
			)
			// After lighting, so that emphasis looks the same on any material.
			.replace(
				'#include <opaque_fragment>',
				`outgoingLight = vPart.a >= 0.0
	? mix(outgoingLight, vec3(1.0), vPart.a)
	: mix(outgoingLight, vec3(0.5 * dot(outgoingLight, vec3(0.2126, 0.7152, 0.0722)) + 0.12), -vPart.a);
#include <opaque_fragment>`,
			);
	};
}

/** Draws edges in ink, thin enough to see the colours between them. */
export function edgeMaterial(uniforms: PartUniforms): ShaderMaterial {
	return new ShaderMaterial({
		transparent: true,
		depthWrite: false,
		uniforms: uniforms as unknown as Record<string, IUniform>,
		vertexShader: `${LOOK_UP}
void main() {
	gl_Position = projectionMatrix * modelViewMatrix * vec4(position + explode * lookUpPart(0).xyz, 1.0);
	${HIDE}
}`,
		fragmentShader: 'void main() { gl_FragColor = vec4(0.06, 0.07, 0.1, 0.55); }',
	});
}

/** Draws each part in the colour that is its number + 1, for picking. */
export function partNumberMaterial(uniforms: PartUniforms): ShaderMaterial {
	return new ShaderMaterial({
		side: DoubleSide,
		uniforms: uniforms as unknown as Record<string, IUniform>,
		vertexShader: `${LOOK_UP}
flat varying int vNumber;
void main() {
	vNumber = int(part + 0.5) + 1;
	gl_Position = projectionMatrix * modelViewMatrix * vec4(position + explode * lookUpPart(0).xyz, 1.0);
	${HIDE}
}`,
		fragmentShader: `
flat varying int vNumber;
void main() {
	gl_FragColor = vec4(float(vNumber % 256), float((vNumber / 256) % 256), 0.0, 255.0) / 255.0;
}`,
	});
}
