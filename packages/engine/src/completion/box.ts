/** Least x, y, z, then the greatest. */
export function boxAround(positions: ArrayLike<number>): number[] {
	const box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
	for (let i = 0; i < positions.length; i++) {
		const k = i % 3;
		if (positions[i] < box[k]) box[k] = positions[i];
		if (positions[i] > box[k + 3]) box[k + 3] = positions[i];
	}
	return box;
}

export const longestSide = (box: readonly number[]): number =>
	Math.max(0, box[3] - box[0], box[4] - box[1], box[5] - box[2]);
