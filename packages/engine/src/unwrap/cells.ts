/** A chart as cells, in one quarter turn: runs of cells in rows from the bottom. */
export type Cells = {
	readonly left: number;
	readonly bottom: number;
	readonly width: number;
	readonly height: number;
	/** Row, first and end (exclusive) cell of each run, the longest run first. 3 × runs. */
	readonly runs: Int32Array;
};

/** Cells that the chart may touch when widened by `reach`, in each quarter turn that differs. All in cells. */
export function rasterise(
	points: Float64Array,
	border: Uint32Array,
	scale: number,
	reach: number,
	scratch: TraceScratch,
): (Cells | undefined)[] {
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
	// A cell is touched when its middle is within `reach` and half its own diagonal of the chart.
	const radius = reach + Math.SQRT1_2;
	const lines = new Float64Array(2 * border.length);
	for (let i = 0; i < border.length; i++) {
		lines[2 * i] = points[2 * border[i]] * scale - x;
		lines[2 * i + 1] = points[2 * border[i] + 1] * scale - y;
	}
	const upright = traceRuns(lines, 0, width, height, radius, scratch);
	const across = traceRuns(lines, 1, height, width, radius, scratch);
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

/**
 * Runs of the cells whose middles are inside of a border, or within `radius` of it.
 *
 * Row by row, from where the border crosses the middle of a row and from what its edges cover there. Tried: a bitmap of
 * the box, filled and read (2026-11): three times as long, since most cells are far from any border.
 *
 * @param lines xy of both ends of each edge of the border.
 * @param along Which coordinate runs along the rows: 0 x, 1 y.
 */
function traceRuns(
	lines: Float64Array,
	along: 0 | 1,
	width: number,
	height: number,
	radius: number,
	{ spans, crossings }: TraceScratch,
): Int32Array {
	spans.count = 0;
	crossings.count = 0;
	for (let i = 0; i < lines.length; i += 4) {
		const ax = lines[i + along];
		const ay = lines[i + 1 - along];
		const bx = lines[i + 2 + along];
		const by = lines[i + 3 - along];
		addCapsule(spans, width, height, ax, ay, bx, by, radius);
		addCrossings(crossings, width, height, ax, ay, bx, by);
	}
	fillBetween(crossings, spans, width, height);
	return joinSpans(spans, height);
}

/** Spans of cells in rows, in any order. */
class Spans {
	/** Row, first and end (exclusive) cell of each. */
	numbers = new Int32Array(3 * 256);
	count = 0;
	#offsets = new Uint32Array(256);
	#fill = new Uint32Array(256);
	#list = new Uint32Array(256);

	add(row: number, from: number, to: number): void {
		const at = 3 * this.count++;
		if (at === this.numbers.length) {
			const longer = new Int32Array(2 * at);
			longer.set(this.numbers);
			this.numbers = longer;
		}
		this.numbers[at] = row;
		this.numbers[at + 1] = from;
		this.numbers[at + 2] = to;
	}

	/**
	 * Where each span stands in `numbers`, from left to right: those of row `y` are `list[offsets[y] .. offsets[y + 1]]`.
	 * Holds until the next call.
	 */
	sorted(height: number): { offsets: Uint32Array; list: Uint32Array } {
		const { numbers, count } = this;
		if (this.#offsets.length <= height) {
			this.#offsets = new Uint32Array(2 * height);
			this.#fill = new Uint32Array(2 * height);
		}
		if (this.#list.length < count) this.#list = new Uint32Array(2 * count);
		const offsets = this.#offsets;
		const fill = this.#fill;
		const list = this.#list;
		for (let row = 0; row <= height; row++) offsets[row] = 0;
		for (let i = 0; i < 3 * count; i += 3) offsets[numbers[i] + 1]++;
		for (let row = 0; row < height; row++) {
			fill[row] = offsets[row];
			offsets[row + 1] += offsets[row];
		}
		for (let i = 0; i < 3 * count; i += 3) {
			// Rows have few spans, and what follows in a border comes near to it: insertion finds its place soon.
			const row = numbers[i];
			let place = fill[row]++;
			while (place > offsets[row] && numbers[list[place - 1] + 1] > numbers[i + 1]) {
				list[place] = list[place - 1];
				place--;
			}
			list[place] = i;
		}
		return { offsets, list };
	}
}

/** Memory that charts share, one after the other. */
export class TraceScratch {
	readonly spans = new Spans();
	readonly crossings = new Spans();
}

/** Adds the spans from where a row comes in to where it leaves, at the latest at its end. */
function fillBetween(crossings: Spans, spans: Spans, width: number, height: number): void {
	const { offsets, list } = crossings.sorted(height);
	const { numbers } = crossings;
	for (let row = 0; row < height; row++) {
		const end = offsets[row + 1];
		for (let i = offsets[row]; i < end; i += 2) {
			const from = numbers[list[i] + 1];
			const to = i + 1 < end ? numbers[list[i + 1] + 1] : width;
			if (from < to) spans.add(row, from, to);
		}
	}
}

/** Row, first and end of each run that the spans make together. */
function joinSpans(spans: Spans, height: number): Int32Array {
	const { offsets, list } = spans.sorted(height);
	const { numbers } = spans;
	const runs = new Int32Array(3 * spans.count);
	let count = 0;
	for (let row = 0; row < height; row++) {
		let last = -1;
		for (let i = offsets[row]; i < offsets[row + 1]; i++) {
			const from = numbers[list[i] + 1];
			const to = numbers[list[i] + 2];
			if (last >= 0 && from <= runs[last + 2]) {
				if (to > runs[last + 2]) runs[last + 2] = to;
				continue;
			}
			last = count;
			runs[count++] = row;
			runs[count++] = from;
			runs[count++] = to;
		}
	}
	return runs.slice(0, count);
}

/** Adds the cells whose middles are within `radius` of a segment. */
function addCapsule(
	spans: Spans,
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
		const first = Math.max(0, Math.ceil(begin - 0.5));
		const last = Math.min(width, Math.floor(end + 0.5));
		if (first < last) spans.add(row, first, last);
	}
}

/** Adds where the middles of rows cross a segment: inside and outside change from that cell on. */
function addCrossings(
	crossings: Spans,
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
		if (at < width) crossings.add(row, at, at);
	}
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
