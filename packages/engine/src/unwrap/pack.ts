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
const MOST_ATTEMPTS = 24;
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
	const tryAt = (scale: number, strategy: Strategy, rows: number): Packed | undefined =>
		placeAll(charts, upright, orders[strategy.by], strategy, scale / cell, padding / cell, grid, rows);

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

/** A chart as cells, in one quarter turn: runs of cells in rows from the bottom. */
type Cells = {
	readonly left: number;
	readonly bottom: number;
	readonly width: number;
	readonly height: number;
	/** Row, first and end (exclusive) cell of each run, the longest run first. 3 × runs. */
	readonly runs: Int32Array;
};

/** Cells that the chart may touch when widened by `reach`, in each quarter turn that differs. All in cells. */
function rasterise(points: Float64Array, border: Uint32Array, scale: number, reach: number): (Cells | undefined)[] {
	let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
	for (const p of border) {
		left = Math.min(left, points[2 * p]);
		right = Math.max(right, points[2 * p]);
		bottom = Math.min(bottom, points[2 * p + 1]);
		top = Math.max(top, points[2 * p + 1]);
	}
	const x = Math.floor(left * scale - reach);
	const y = Math.floor(bottom * scale - reach);
	const width = Math.max(1, Math.ceil(right * scale + reach) - x);
	const height = Math.max(1, Math.ceil(top * scale + reach) - y);
	const taken = new Uint8Array(width * height);
	// A cell is touched when its middle is within `reach` and half its own diagonal of the chart.
	const radius = reach + Math.SQRT1_2;
	for (let i = 0; i < border.length; i += 2) {
		const a = 2 * border[i];
		const b = 2 * border[i + 1];
		const [ax, ay] = [points[a] * scale - x, points[a + 1] * scale - y];
		const [bx, by] = [points[b] * scale - x, points[b + 1] * scale - y];
		drawCapsule(taken, width, height, ax, ay, bx, by, radius);
		flipRight(taken, width, height, ax, ay, bx, by);
	}
	for (let row = 0; row < height; row++) {
		let inside = 0;
		for (let i = row * width, end = i + width; i < end; i++) {
			inside ^= taken[i] & FLIP;
			taken[i] = inside | (taken[i] & MARK) ? 1 : 0;
		}
	}
	const upright = runsOf(taken, width, height, 1, width);
	const across = runsOf(taken, height, width, width, 1);
	const half = turnedHalf(upright, width, height);
	const back = turnedHalf(across, height, width);
	const same = sameRuns(upright, half);
	const cells = (l: number, b: number, w: number, h: number, runs: Int32Array): Cells => ({
		left: l,
		bottom: b,
		width: w,
		height: h,
		runs,
	});
	return [
		cells(x, y, width, height, upright),
		// `across` reads columns as rows: x and y exchanged, a mirror image; half a turn's reversal of its cells undoes it.
		cells(-(y + height), x, height, width, reversedCells(across, height)),
		same ? undefined : cells(-(x + width), -(y + height), width, height, half),
		same ? undefined : cells(y, -(x + width), height, width, reversedCells(back, height)),
	];
}

const MARK = 1;
const FLIP = 2;

/** Marks the cells whose middles are within `radius` of a segment. */
function drawCapsule(
	taken: Uint8Array,
	width: number,
	height: number,
	ax: number,
	ay: number,
	bx: number,
	by: number,
	radius: number,
): void {
	const from = Math.max(0, Math.ceil(Math.min(ay, by) - radius - 0.5));
	const to = Math.min(height - 1, Math.floor(Math.max(ay, by) + radius - 0.5));
	const dx = bx - ax;
	const dy = by - ay;
	const length = Math.sqrt(dx * dx + dy * dy);
	const sideX = length > 0 ? (radius * dy) / length : 0;
	const sideY = length > 0 ? (radius * dx) / length : 0;
	for (let row = from; row <= to; row++) {
		const at = row + 0.5;
		let begin = Infinity;
		let end = -Infinity;
		const da = at - ay;
		if (da * da <= radius * radius) {
			const half = Math.sqrt(radius * radius - da * da);
			begin = ax - half;
			end = ax + half;
		}
		const db = at - by;
		if (db * db <= radius * radius) {
			const half = Math.sqrt(radius * radius - db * db);
			begin = Math.min(begin, bx - half);
			end = Math.max(end, bx + half);
		}
		if (dy !== 0) {
			// The long sides of the capsule: the segment moved by the radius to either side.
			const s = (da - sideY) / dy;
			if (s >= 0 && s <= 1) {
				begin = Math.min(begin, ax - sideX + s * dx);
				end = Math.max(end, ax - sideX + s * dx);
			}
			const r = (da + sideY) / dy;
			if (r >= 0 && r <= 1) {
				begin = Math.min(begin, ax + sideX + r * dx);
				end = Math.max(end, ax + sideX + r * dx);
			}
		}
		const last = Math.min(width, Math.floor(end + 0.5));
		for (let i = Math.max(0, Math.ceil(begin - 0.5)); i < last; i++) taken[row * width + i] |= MARK;
	}
}

/** Turns inside to outside for all cells right of a segment, in the rows that it crosses. */
function flipRight(
	taken: Uint8Array,
	width: number,
	height: number,
	ax: number,
	ay: number,
	bx: number,
	by: number,
): void {
	if (ay === by) return;
	const from = Math.max(0, Math.ceil(Math.min(ay, by) - 0.5));
	const to = Math.min(height - 1, Math.ceil(Math.max(ay, by) - 0.5) - 1);
	const slope = (bx - ax) / (by - ay);
	for (let row = from; row <= to; row++) {
		const at = Math.max(0, Math.ceil(ax + slope * (row + 0.5 - ay) - 0.5));
		if (at < width) taken[row * width + at] ^= FLIP;
	}
}

/** Runs of a bitmap whose cell (i, row) is at i·step + row·stride. */
function runsOf(taken: Uint8Array, width: number, height: number, step: number, stride: number): Int32Array {
	let count = 0;
	for (let row = 0; row < height; row++) {
		let before = 0;
		for (let i = 0, at = row * stride; i < width; i++, at += step) {
			if (taken[at] > before) count++;
			before = taken[at];
		}
	}
	const runs = new Int32Array(3 * count);
	let end = 0;
	for (let row = 0; row < height; row++) {
		let from = -1;
		for (let i = 0, at = row * stride; i <= width; i++, at += step) {
			const is = i < width && taken[at] > 0;
			if (is && from < 0) from = i;
			else if (!is && from >= 0) {
				runs[end++] = row;
				runs[end++] = from;
				runs[end++] = i;
				from = -1;
			}
		}
	}
	return runs;
}

/** Half a turn. */
function turnedHalf(runs: Int32Array, width: number, height: number): Int32Array {
	const out = new Int32Array(runs.length);
	for (let i = 0, j = runs.length - 3; i < runs.length; i += 3, j -= 3) {
		out[j] = height - 1 - runs[i];
		out[j + 1] = width - runs[i + 2];
		out[j + 2] = width - runs[i + 1];
	}
	return out;
}

/** Left and right exchanged; the runs of a row come in the other order, which does not matter. */
function reversedCells(runs: Int32Array, width: number): Int32Array {
	const out = runs.slice();
	for (let i = 0; i < runs.length; i += 3) {
		out[i + 1] = width - runs[i + 2];
		out[i + 2] = width - runs[i + 1];
	}
	return out;
}

function sameRuns(a: Int32Array, b: Int32Array): boolean {
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

/** Places all charts at one scale in `rows` rows; undefined where they do not fit. `top`: the first row above them. */
function placeAll(
	charts: readonly Flat[],
	upright: readonly Float64Array[],
	order: readonly number[],
	{ height, angles }: Strategy,
	scale: number,
	padding: number,
	grid: Grid,
	rows: number,
): Packed | undefined {
	const spots: Spot[] = new Array(charts.length);
	grid.clear();
	const floors = new Map<number, number>();
	let top = 1;
	for (const i of order) {
		let chosen: { cells: Cells; angle: number; quarter: number; x: number; y: number } | undefined;
		let least = Infinity;
		for (let k = 0; k < angles; k++) {
			const angle = (k * Math.PI) / 2 / angles;
			const turns = rasterise(angle > 0 ? rotate(upright[i], angle) : upright[i], charts[i].border, scale, padding / 2);
			for (let quarter = 0; quarter < 4; quarter++) {
				const cells = turns[quarter];
				if (!cells || cells.width > grid.columns) continue;
				const kind = charts.length > FEW ? kindOf(cells) : -1;
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
