import { Color } from 'three';

/** Turn of hue from one part to the next, degrees: the golden angle, so that any first few parts lie far apart. */
const HUE_STEP = 137.508;
const FIRST_HUE = 255;

/** A colour for each part, as CSS. Three lightnesses tell parts apart whose hues come near each other. */
export function partColour(part: number): string {
	const lightness = [0.72, 0.62, 0.8][part % 3];
	const chroma = [0.13, 0.14, 0.1][part % 3];
	return `oklch(${lightness} ${chroma} ${((FIRST_HUE + part * HUE_STEP) % 360).toFixed(1)})`;
}

/** The same colour for shaders: linear RGB, 0..1. */
export function partColourLinear(part: number): Color {
	const lightness = [0.72, 0.62, 0.8][part % 3];
	const chroma = [0.13, 0.14, 0.1][part % 3];
	const hue = (((FIRST_HUE + part * HUE_STEP) % 360) * Math.PI) / 180;
	return oklchToLinear(lightness, chroma, hue);
}

/** Björn Ottosson. A perceptual color space for image processing. 2020. */
function oklchToLinear(lightness: number, chroma: number, hue: number): Color {
	const a = chroma * Math.cos(hue);
	const b = chroma * Math.sin(hue);
	const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
	const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
	const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
	const clamp = (x: number): number => Math.min(1, Math.max(0, x));
	return new Color(
		clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
		clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
		clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
	);
}
