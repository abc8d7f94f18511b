/** Numbers as a person reads them. English, the same everywhere: output does not depend on the machine's locale. */

/** 1234567 → `1,234,567`; a whole number. Not by `toLocaleString`, whose first call takes 20 ms of the command's time. */
export const countInWords = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** 0.1234 → `12.3 %`. */
export const shareInWords = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** Bytes → `512 B`, `1.5 MB`, in powers of 1000. */
export function bytesInWords(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB'];
	let unit = 0;
	let amount = bytes;
	for (; amount >= 999.5 && unit < units.length - 1; unit++) amount /= 1000;
	return `${unit === 0 || amount >= 99.5 ? amount.toFixed(0) : amount.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds → `0.8 s`, `12 s`, `3 min 5 s`. */
export function durationInWords(ms: number): string {
	const seconds = ms / 1000;
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
