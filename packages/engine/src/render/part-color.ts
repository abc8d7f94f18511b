import { toSrgb } from './srgb.ts';

/** Oklab coordinates and linear RGB of a colour. */
type Candidate = { readonly lab: readonly [number, number, number]; readonly rgb: readonly [number, number, number] };

/** Enough for every part that a person can tell apart; then they come again. */
const COLORS = 96;

/** Picked when first asked for: 5 ms that not everybody who loads the engine wants to wait. */
let palette: readonly (readonly [number, number, number])[] | undefined;

/**
 * The colour of part `p`: sRGB, 0..255. Neighbouring numbers differ most, and nothing is too dark or too pale to shade.
 * Part 0 is a calm blue; after 96 parts the colours come again.
 */
export function partColor(p: number): readonly [number, number, number] {
	palette ??= pickFarthest(listCandidates(), COLORS);
	return palette[p % palette.length];
}

/** Colours of three lightnesses and two strengths all around the hue circle that a screen can show. */
function listCandidates(): Candidate[] {
	const candidates: Candidate[] = [];
	for (const lightness of [0.7, 0.82, 0.58])
		for (const chroma of [0.125, 0.075])
			for (let hue = 0; hue < 360; hue += 10) {
				const angle = ((hue + 250) * Math.PI) / 180;
				const lab = [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)] as const;
				const rgb = toLinear(lab);
				if (rgb.every((value) => value >= 0 && value <= 1)) candidates.push({ lab, rgb });
			}
	return candidates;
}

/** The first candidate, then again and again the one that is farthest from all before it, until `count`. */
function pickFarthest(candidates: Candidate[], count: number): (readonly [number, number, number])[] {
	const picked: (readonly [number, number, number])[] = [];
	const distance = candidates.map(() => Infinity);
	let best = 0;
	while (picked.length < count) {
		const { lab, rgb } = candidates[best];
		picked.push([toSrgb(rgb[0]), toSrgb(rgb[1]), toSrgb(rgb[2])]);
		candidates.forEach((candidate, i) => {
			const [l, a, b] = candidate.lab;
			distance[i] = Math.min(distance[i], Math.hypot(l - lab[0], a - lab[1], b - lab[2]));
		});
		best = distance.indexOf(Math.max(...distance));
	}
	return picked;
}

/** Ottosson. A perceptual color space for image processing. 2020. [ottosson2020] */
function toLinear([lightness, a, b]: readonly [number, number, number]): readonly [number, number, number] {
	const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
	const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
	const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
	return [
		4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
		-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
		-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
	];
}
