/** xyz. */
export type Vector3 = readonly [number, number, number];

export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const minus = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

export const cross = (a: Vector3, b: Vector3): Vector3 => [
	a[1] * b[2] - a[2] * b[1],
	a[2] * b[0] - a[0] * b[2],
	a[0] * b[1] - a[1] * b[0],
];

/** The same direction with unit length; undefined where there is no direction. */
export function unit(v: Vector3): Vector3 | undefined {
	const length = Math.hypot(v[0], v[1], v[2]);
	return length > 0 && length < Number.POSITIVE_INFINITY ? [v[0] / length, v[1] / length, v[2] / length] : undefined;
}
