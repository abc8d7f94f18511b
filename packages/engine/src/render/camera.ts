import { MeshError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';

type Vector = readonly [number, number, number];

/** Where a picture is taken from: a perspective camera. World space, y up. */
export type View = {
	readonly eye: Vector;
	/** The point in the middle of the picture. */
	readonly target: Vector;
	readonly up: Vector;
	/** Vertical opening of the picture, radians, above 0 and below π. */
	readonly fieldOfView: number;
};

export type FrameOptions = {
	/** Radians around y from the front (+z) towards the right (+x). Default 35°. */
	readonly azimuth?: number;
	/** Radians above the horizon, -π/2..π/2. Default 20°. */
	readonly elevation?: number;
	/** Width over height of the picture. Default 1. */
	readonly aspect?: number;
	/** Vertical opening, radians. Default 30°. */
	readonly fieldOfView?: number;
	/** Free share of the picture at each side. Default 0.04. */
	readonly margin?: number;
};

const DEGREE = Math.PI / 180;

/** A three-quarter view from the front. */
export const FRAME_DEFAULTS = Object.freeze({
	azimuth: 35 * DEGREE,
	elevation: 20 * DEGREE,
	aspect: 1,
	fieldOfView: 30 * DEGREE,
	margin: 0.04,
}) satisfies Required<FrameOptions>;

/**
 * The view in a given direction that just holds the mesh: as near as all vertices allow, touching
 * the margins on both sides of the tighter direction and in the middle of the other.
 *
 * @throws MeshError `no-triangles`: there is nothing to look at.
 */
export function frame(mesh: Mesh, options: FrameOptions = {}): View {
	const { azimuth, elevation, aspect, fieldOfView, margin } = { ...FRAME_DEFAULTS, ...options };
	if (mesh.triangles.length === 0) throw new MeshError('no-triangles', 'a mesh without triangles has no view');
	const centre = middle(mesh);
	// From the middle to the eye.
	const back: Vector = [
		Math.cos(elevation) * Math.sin(azimuth),
		Math.sin(elevation),
		Math.cos(elevation) * Math.cos(azimuth),
	];
	const right: Vector = [Math.cos(azimuth), 0, -Math.sin(azimuth)];
	const up = cross(back, right);
	const tangentY = Math.tan(fieldOfView / 2) * (1 - 2 * margin);
	const tangentX = tangentY * aspect;
	// In each direction of the picture: how far to move aside so that both ends touch, and how far away that takes.
	const [aside, wide] = fit(mesh, centre, right, back, tangentX);
	const [above, high] = fit(mesh, centre, up, back, tangentY);
	const target = along(along(centre, right, aside), up, above);
	const eye = along(target, back, Math.max(wide, high) || 1);
	return { eye, target, up, fieldOfView };
}

function middle({ positions }: Mesh): Vector {
	const centre: [number, number, number] = [0, 0, 0];
	for (let k = 0; k < 3; k++) {
		let low = Infinity;
		let high = -Infinity;
		for (let i = k; i < positions.length; i += 3) {
			if (positions[i] < low) low = positions[i];
			if (positions[i] > high) high = positions[i];
		}
		centre[k] = (low + high) / 2;
	}
	return centre;
}

/**
 * A vertex at (x, z), across and towards the eye, is inside of the picture of an eye at (s, d) when
 * |x - s| ≤ tangent · (d - z). Returns the s and the least d at which all are; d is 0 where all are in one point.
 */
function fit({ positions }: Mesh, centre: Vector, across: Vector, back: Vector, tangent: number): [number, number] {
	let most = -Infinity;
	let least = Infinity;
	for (let i = 0; i < positions.length; i += 3) {
		const px = positions[i] - centre[0];
		const py = positions[i + 1] - centre[1];
		const pz = positions[i + 2] - centre[2];
		const x = px * across[0] + py * across[1] + pz * across[2];
		const z = (px * back[0] + py * back[1] + pz * back[2]) * tangent;
		if (x + z > most) most = x + z;
		if (x - z < least) least = x - z;
	}
	return [(most + least) / 2, (most - least) / 2 / tangent];
}

const along = (p: Vector, direction: Vector, distance: number): Vector => [
	p[0] + distance * direction[0],
	p[1] + distance * direction[1],
	p[2] + distance * direction[2],
];

/** A view made ready for a picture of a given size. */
export type Projection = {
	readonly width: number;
	readonly height: number;
	/** Pixels per unit of (sideways over forward). */
	readonly focal: number;
	readonly eye: Vector;
	readonly right: Vector;
	readonly up: Vector;
	readonly forward: Vector;
	/** What is nearer than this along `forward` is cut away, object units. */
	readonly near: number;
};

/**
 * Makes a view ready for a picture of `width` × `height`.
 *
 * @throws MeshError `invalid-option`: the view has no direction, its `up` runs along it, or its opening is not sound.
 */
export function project(view: View, width: number, height: number): Projection {
	const { eye, target, fieldOfView } = view;
	const towards: Vector = [target[0] - eye[0], target[1] - eye[1], target[2] - eye[2]];
	const distance = Math.hypot(...towards);
	const forward = unit(towards);
	const right = forward && unit(cross(forward, view.up));
	if (!forward || !right || !(fieldOfView > 0 && fieldOfView < Math.PI))
		throw new MeshError('invalid-option', 'view needs eye ≠ target, up across them, and 0 < fieldOfView < π', { view });
	const focal = height / 2 / Math.tan(fieldOfView / 2);
	return { width, height, focal, eye, right, up: cross(right, forward), forward, near: distance * NEAR };
}

const NEAR = 1e-4;

const cross = (a: Vector, b: Vector): Vector => [
	a[1] * b[2] - a[2] * b[1],
	a[2] * b[0] - a[0] * b[2],
	a[0] * b[1] - a[1] * b[0],
];

function unit(a: Vector): Vector | undefined {
	const length = Math.hypot(...a);
	return length > 0 && Number.isFinite(length) ? [a[0] / length, a[1] / length, a[2] / length] : undefined;
}
