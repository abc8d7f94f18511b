/** 1234567 → `1,234,567`. */
export const countInWords = (n: number): string => n.toLocaleString('en-US');

/** 0.1234 → `12.3 %`. */
export const shareInWords = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** `about 5 s left`; '' while there is too little to judge by. @param elapsed ms. */
export function timeLeftInWords(elapsed: number, fraction: number): string {
	if (elapsed < 800 || fraction < 0.04) return '';
	const seconds = Math.ceil((elapsed * (1 - fraction)) / fraction / 1000);
	return seconds < 60 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}
