import { type CornerAttribute, NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import type { TextureUse } from '../mesh/model.ts';
import type { FlatScene } from './flat-scene.ts';
import { usesOf } from './texture-files.ts';

/**
 * Texture coordinates as formats without texture transforms want them: those that the textures of each triangle's
 * material are looked up by, moved as the material says, v up from the bottom.
 *
 * A material whose textures lie differently can only have one of its ways: that of its first texture, with a warning.
 * Triangles without textures keep their first set.
 */
export function placeUv({ mesh, materials }: FlatScene, warn: (sentence: string) => void): CornerAttribute | undefined {
	const sets = Object.keys(mesh.corner).filter((name) => /^uv\d?$/.test(name));
	if (sets.length === 0) return undefined;
	const placements = materials.map((material): Pick<TextureUse, 'uv' | 'transform'> | undefined => usesOf(material)[0]);
	const torn = materials.filter((material) => new Set(usesOf(material).map(wayOf)).size > 1).length;
	if (torn > 0) warn(`The textures of ${torn} materials lie in different ways, which this format cannot say.`);
	const indices = new Uint32Array(mesh.triangles.length).fill(NO_ROW);
	const values: number[] = [];
	const rowOf = new Map<string, Map<number, number>>();
	for (let c = 0; c < indices.length; c++) {
		const material = mesh.materialOf[Math.floor(c / 3)];
		const way = (material === NO_MATERIAL ? undefined : placements[material]) ?? PLAIN;
		const attribute = mesh.corner[way.uv];
		const row = attribute?.indices[c] ?? NO_ROW;
		if (row === NO_ROW) continue;
		const key = wayOf(way);
		const rows = rowOf.get(key) ?? new Map<number, number>();
		rowOf.set(key, rows);
		const known = rows.get(row);
		if (known === undefined) {
			rows.set(row, values.length / 2);
			indices[c] = values.length / 2;
			const [u, v] = [attribute.values[2 * row], attribute.values[2 * row + 1]];
			const m = way.transform;
			values.push(m[0] * u + m[1] * v + m[2], 1 - (m[3] * u + m[4] * v + m[5]));
		} else indices[c] = known;
	}
	return { values: Float32Array.from(values), indices, size: 2 };
}

const PLAIN = { uv: 'uv', transform: [1, 0, 0, 0, 1, 0] } as const;
const wayOf = ({ uv, transform }: Pick<TextureUse, 'uv' | 'transform'>): string => [uv, ...transform].join(' ');
