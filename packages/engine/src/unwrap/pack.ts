import { type Cells, rasterise, TraceScratch } from './cells.ts';
import type { Flat } from './flatten.ts';

/** Where a chart goes: turned by `turn` quarters after `angle`, scaled, then moved; all in texels, y up. */
export type Placed = {
	/** xy of each point of the chart, texels. */
	readonly points: Float64Array[];
	/** Texels for each unit of length. */
	readonly scale: number;
};

/** Cells for each padding: finer cells waste less around each chart (half a cell's diagonal) and cost more. */
const CELLS_A_PADDING = 3;
const LEAST_CELLS = 128;
const MOST_CELLS = 1024;
/** Charts times attempts that are worth their time; attempts are at least and at most so many. */
const WORK = 1000;
const LEAST_ATTEMPTS = 6;
/** More find hardly more: 24 cover .602 in place of .599 with koala's 22 charts, the same with five other models. */
const MOST_ATTEMPTS = 14;
/** Attempts after which the padding alone must be too much. */
const HOPELESS = 24;
/** Rows of the first attempt, in sides of the square. */
const STRIP = 8;
/** Ratio of two scales below which the search is at its end. */
const NEAR_ENOUGH = 1.003;
/** Charts whose sides differ by less than this are of one class: the next of a class is not tried below the last. */
const CLASS = 1.1;
/** Up to so many charts there are no classes: every place is tried. */
const FEW = 24;

/** Ways to pack: what the charts are sorted by, how much a chart's height counts beside where it stands, turns tried. */
const STRATEGIES = [
	{ by: 'girth', height: 1, angles: 1 },
	{ by: 'area', height: 1, angles: 2 },
	{ by: 'area', height: 0.5, angles: 1 },
	{ by: 'girth', height: 0.5, angles: 2 },
] as const;
type Strategy = (typeof STRATEGIES)[number];
const MOST_ANGLES = 2;

/**
 * Packs charts into a square of `size` texels, `padding` apart and half of it from its edges, all at one scale, as large
 * as it can find; undefined where so many charts with such a padding find no room at any scale.
 *
 * Charts become sets of grid cells: those that a chart, widened by half the padding, may touch. Largest first, each goes
 * to the lowest place, then the leftmost, in the turn in which it stands lowest; gaps between charts and holes in them
 * are places too. Never mirrored. The scale is found by packing at several, in several ways (the fewer charts the more).
 *
 * The search is fast because each cell knows where its run of free or taken cells ends: a row of a chart is tested in
 * one look, and where it does not fit the chart jumps behind what is in its way.
 *
 * Lévy et al. 2002 [levy2002] let charts fall on a skyline, which leaves holes and gaps empty.
 *
 * Tried (2026-11, 2048 texels): watlas' packer on the same charts covers .58 of the square with the bunny and .53 with
 * a house of 448 charts, mirrors half of them, and takes longer; here .68 and .63. Every place for every chart, without
 * classes, gains .01 to .02 at up to 2.5 times the time; a grid of 1024 cells in place of 768 up to .02 at 1.5 times,
 * one of 512 loses up to .02.
 */
export function packCharts(
	charts: readonly Flat[],
	size: number,
	padding: number,
	advance: (f: number) => void,
): Placed | undefined {
	// Each takes at least a disc of this diameter.
	if (charts.length * padding * padding * (Math.PI / 4) > size * size) return undefined;
	const upright = charts.map(({ points, border }) => straighten(points, border));
	const cells = Math.round(Math.min(MOST_CELLS, Math.max(LEAST_CELLS, (CELLS_A_PADDING * size) / padding)));
	const cell = size / cells;
	const areas = upright.map((points, i) => areaOf(points, charts[i].border));
	const area = areas.reduce((sum, a) => sum + a, 0);
	const orders = {
		girth: sortDown(upright.map(girth)),
		area: sortDown(areas),
	};
	const grid = new Grid(cells);
	const shapes = new Shapes(charts, upright, padding / cell / 2);
	const tryAt = (scale: number, strategy: Strategy, rows: number): Packed | undefined =>
		placeAll(charts.length, shapes.at(scale / cell), orders[strategy.by], strategy, grid, rows);

	// How high a strip gets tells how large the charts may be; from there it is trial and error.
	const attempts = Math.min(MOST_ATTEMPTS, Math.max(LEAST_ATTEMPTS, Math.ceil(WORK / charts.length)));
	const severalWays = attempts >= 2 * STRATEGIES.length;
	let scale = Math.sqrt((0.6 * size * size) / area);
	const strip = tryAt(scale, STRATEGIES[0], STRIP * cells);
	scale *= Math.sqrt(strip ? cells / strip.top : 1 / STRIP);
	let best: { scale: number; spots: Spot[] } | undefined;
	let high = Infinity;
	let refused = 0;
	for (let attempt = 0, s = 0; attempt < attempts || !best; attempt++) {
		if (attempt === HOPELESS) return undefined;
		advance(attempt / HOPELESS);
		const packed = tryAt(scale, STRATEGIES[s], cells);
		if (packed) {
			best = { scale, spots: packed.spots };
			refused = 0;
			scale = high === Infinity ? scale * 1.02 : (scale + high) / 2;
		} else if (best && severalWays && ++refused < STRATEGIES.length) {
			s = (s + 1) % STRATEGIES.length;
		} else {
			high = scale;
			refused = 0;
			scale = best ? (best.scale + high) / 2 : scale * (attempt < 5 ? 0.96 : 0.7);
		}
		if (best && high / best.scale < NEAR_ENOUGH) break;
	}
	if (!best) return undefined;
	const { spots, scale: found } = best;
	return { points: upright.map((xy, i) => moved(xy, spots[i], found, cell)), scale: found };
}

/** Numbers of the values, greatest first. */
const sortDown = (values: readonly number[]): number[] =>
	values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b);

/** A chart where it was placed. */
function moved(points: Float64Array, { angle, quarter, x, y }: Spot, scale: number, cell: number): Float64Array {
	const out = rotate(points, angle);
	for (let p = 0; p < out.length; p += 2) {
		const [px, py] = turned(out[p], out[p + 1], quarter);
		out[p] = px * scale + x * cell;
		out[p + 1] = py * scale + y * cell;
	}
	return out;
}

/** Turned by `angle`, then by quarters, scaled, and moved by x and y cells. */
type Spot = { readonly angle: number; readonly quarter: number; readonly x: number; readonly y: number };
type Packed = { readonly spots: Spot[]; readonly top: number };

function turned(x: number, y: number, quarter: number): [number, number] {
	return quarter === 0 ? [x, y] : quarter === 1 ? [-y, x] : quarter === 2 ? [-x, -y] : [y, -x];
}

/** Turns a chart so that its smallest box lies along the axes, the longer side along x. */
function straighten(points: Float64Array, border: Uint32Array): Float64Array {
	const hull = convexHull(points, border);
	let least = Infinity;
	let [ux, uy] = [1, 0];
	for (let i = 0; i < hull.length; i++) {
		const a = hull[i];
		const b = hull[(i + 1) % hull.length];
		const ex = points[2 * b] - points[2 * a];
		const ey = points[2 * b + 1] - points[2 * a + 1];
		const length = Math.hypot(ex, ey);
		if (!(length > 0)) continue;
		const [x, y] = [ex / length, ey / length];
		let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
		for (const p of hull) {
			const along = points[2 * p] * x + points[2 * p + 1] * y;
			const off = points[2 * p + 1] * x - points[2 * p] * y;
			left = Math.min(left, along);
			right = Math.max(right, along);
			bottom = Math.min(bottom, off);
			top = Math.max(top, off);
		}
		const box = (right - left) * (top - bottom);
		if (box < least) {
			least = box;
			[ux, uy] = right - left >= top - bottom ? [x, y] : [-y, x];
		}
	}
	const out = new Float64Array(points.length);
	for (let p = 0; p < points.length; p += 2) {
		out[p] = points[p] * ux + points[p + 1] * uy;
		out[p + 1] = points[p + 1] * ux - points[p] * uy;
	}
	return out;
}

/** Counter-clockwise, by Andrew's monotone chain. */
function convexHull(points: Float64Array, border: Uint32Array): number[] {
	const sorted = [...new Set(border)].sort(
		(a, b) => points[2 * a] - points[2 * b] || points[2 * a + 1] - points[2 * b + 1],
	);
	const half = (order: number[]): number[] => {
		const chain: number[] = [];
		for (const p of order) {
			while (chain.length > 1 && area2(points, chain[chain.length - 2], chain[chain.length - 1], p) <= 0) chain.pop();
			chain.push(p);
		}
		chain.pop();
		return chain;
	};
	return [...half(sorted), ...half(sorted.reverse())];
}

const area2 = (points: Float64Array, a: number, b: number, c: number): number =>
	(points[2 * b] - points[2 * a]) * (points[2 * c + 1] - points[2 * a + 1]) -
	(points[2 * b + 1] - points[2 * a + 1]) * (points[2 * c] - points[2 * a]);

function rotate(points: Float64Array, angle: number): Float64Array {
	if (angle === 0) return points.slice();
	const c = Math.cos(angle);
	const s = Math.sin(angle);
	const out = new Float64Array(points.length);
	for (let p = 0; p < points.length; p += 2) {
		out[p] = c * points[p] - s * points[p + 1];
		out[p + 1] = s * points[p] + c * points[p + 1];
	}
	return out;
}

function areaOf(points: Float64Array, border: Uint32Array): number {
	let twice = 0;
	for (let i = 0; i < border.length; i += 2) {
		const a = 2 * border[i];
		const b = 2 * border[i + 1];
		twice += points[a] * points[b + 1] - points[a + 1] * points[b];
	}
	return twice / 2;
}

/** Half the way around the box. */
function girth(points: Float64Array): number {
	let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
	for (let p = 0; p < points.length; p += 2) {
		left = Math.min(left, points[p]);
		right = Math.max(right, points[p]);
		bottom = Math.min(bottom, points[p + 1]);
		top = Math.max(top, points[p + 1]);
	}
	return right - left + top - bottom;
}

/** The charts as cells, at one scale after the other: several ways to pack are tried at each. */
class Shapes {
	readonly #charts: readonly Flat[];
	readonly #upright: readonly Float64Array[];
	/** Cells that each chart is widened by. */
	readonly #reach: number;
	readonly #scratch = new TraceScratch();
	#scale = 0;
	/** In the order of charts, once for each angle: see `turns`. */
	#known: (readonly (Cells | undefined)[])[] = [];

	constructor(charts: readonly Flat[], upright: readonly Float64Array[], reach: number) {
		this.#charts = charts;
		this.#upright = upright;
		this.#reach = reach;
	}

	/** The same at another scale, cells for each unit of length. */
	at(scale: number): Shapes {
		if (scale !== this.#scale) this.#known = [];
		this.#scale = scale;
		return this;
	}

	/** Chart `i` turned by `k` of the `angles` that divide a quarter, in each quarter turn that differs. */
	turns(i: number, k: number, angles: number): readonly (Cells | undefined)[] {
		const at = i + ((MOST_ANGLES * k) / angles) * this.#charts.length;
		const angle = (k * Math.PI) / 2 / angles;
		const points = this.#upright[i];
		this.#known[at] ??= rasterise(
			angle > 0 ? rotate(points, angle) : points,
			this.#charts[i].border,
			this.#scale,
			this.#reach,
			this.#scratch,
		);
		return this.#known[at];
	}
}

/** Places all charts at one scale in `rows` rows; undefined where they do not fit. `top`: the first row above them. */
function placeAll(
	charts: number,
	shapes: Shapes,
	order: readonly number[],
	{ height, angles }: Strategy,
	grid: Grid,
	rows: number,
): Packed | undefined {
	const spots: Spot[] = new Array(charts);
	grid.clear();
	const floors = new Map<number, number>();
	let top = 1;
	for (const i of order) {
		let chosen: { cells: Cells; angle: number; quarter: number; x: number; y: number } | undefined;
		let least = Infinity;
		for (let k = 0; k < angles; k++) {
			const angle = (k * Math.PI) / 2 / angles;
			const turns = shapes.turns(i, k, angles);
			for (let quarter = 0; quarter < 4; quarter++) {
				const cells = turns[quarter];
				if (!cells || cells.width > grid.columns) continue;
				const kind = charts > FEW ? kindOf(cells) : -1;
				const floor = floors.get(kind) ?? 0;
				const highest = Math.min(rows - cells.height, Math.ceil(least - height * cells.height) - 1);
				const found = grid.find(cells, floor, highest);
				if (kind >= 0) floors.set(kind, Math.max(floor, found ? found.y : highest + 1));
				if (!found) continue;
				least = found.y + height * cells.height;
				chosen = { cells, angle, quarter, ...found };
			}
		}
		if (!chosen) return undefined;
		const { cells, x, y } = chosen;
		grid.take(cells, x, y);
		top = Math.max(top, y + cells.height);
		spots[i] = { angle: chosen.angle, quarter: chosen.quarter, x: x - cells.left, y: y - cells.bottom };
	}
	return { spots, top };
}

/** One number for all charts about so wide and high. */
const kindOf = ({ width, height }: Cells): number =>
	1000 * Math.floor(Math.log(width) / Math.log(CLASS)) + Math.floor(Math.log(height) / Math.log(CLASS));

/** Rows of cells that know their runs. Rows come as they are needed. */
class Grid {
	readonly columns: number;
	/** For a free cell the end of its free run, for a taken one minus the end of its taken run. */
	readonly #ends: Int16Array[] = [];
	/** The longest free run of each row. */
	readonly #widest: number[] = [];

	constructor(columns: number) {
		this.columns = columns;
	}

	clear(): void {
		for (const row of this.#ends) row.fill(this.columns);
		this.#widest.fill(this.columns);
	}

	#reach(y: number): void {
		while (this.#ends.length <= y) {
			this.#ends.push(new Int16Array(this.columns).fill(this.columns));
			this.#widest.push(this.columns);
		}
	}

	/** The lowest, then leftmost place with its bottom in the rows from `floor` to `highest`. */
	find({ runs, width, height }: Cells, floor: number, highest: number): { x: number; y: number } | undefined {
		const count = runs.length / 3;
		const most = this.columns - width;
		let longest = 0;
		for (let i = 1; i < count; i++)
			if (runs[3 * i + 2] - runs[3 * i + 1] > runs[3 * longest + 2] - runs[3 * longest + 1]) longest = i;
		const need = runs[3 * longest + 2] - runs[3 * longest + 1];
		const needAt = runs[3 * longest];
		const ends = this.#ends;
		const widest = this.#widest;
		for (let y = floor; y <= highest; y++) {
			this.#reach(y + height - 1);
			if (widest[y + needAt] < need) continue;
			let x = 0;
			let i = longest;
			for (let passed = 0; passed < count; ) {
				const row = ends[y + runs[3 * i]];
				const end = row[x + runs[3 * i + 1]];
				if (end >= x + runs[3 * i + 2]) {
					passed++;
					i = i + 1 === count ? 0 : i + 1;
					continue;
				}
				// Behind the taken run that is in the way.
				x = (end < 0 ? -end : -row[end]) - runs[3 * i + 1];
				if (x > most) break;
				passed = 0;
			}
			if (x <= most) return { x, y };
		}
		return undefined;
	}

	take({ runs, height }: Cells, x: number, y: number): void {
		const columns = this.columns;
		this.#reach(y + height - 1);
		for (let i = 0; i < runs.length; i += 3) {
			const row = this.#ends[y + runs[i]];
			const from = x + runs[i + 1];
			const to = x + runs[i + 2];
			// What is taken joins the taken run after it; the run of either kind before it now ends where it must.
			const end = to < columns && row[to] < 0 ? row[to] : -to;
			for (let cell = from; cell < to; cell++) row[cell] = end;
			let cell = from - 1;
			if (cell >= 0 && row[cell] < 0) for (; cell >= 0 && row[cell] < 0; cell--) row[cell] = end;
			else for (; cell >= 0 && row[cell] > 0; cell--) row[cell] = from;
		}
		for (let r = 0; r < height; r++) {
			const row = this.#ends[y + r];
			let most = 0;
			for (let cell = 0; cell < columns; ) {
				const end = row[cell];
				if (end > 0) most = Math.max(most, end - cell);
				cell = Math.abs(end);
			}
			this.#widest[y + r] = most;
		}
	}
}
