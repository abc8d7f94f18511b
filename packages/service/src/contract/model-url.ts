/** Longest address taken; presigned links of the large stores stay below. */
const LONGEST = 8192;

/**
 * What is wrong with the address of a model, in words, or null. Looks at the text only: where the address leads is
 * checked when it is fetched (`worker/download.ts`), since names may change their meaning in between.
 */
export function checkUrl(text: string): string | null {
	if (text.length > LONGEST) return `the URL is longer than ${LONGEST} characters`;
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		return 'this is not a URL; give one that starts with https:// or http://';
	}
	if (url.protocol !== 'https:' && url.protocol !== 'http:')
		return `'${url.protocol}//' is not fetched; give a URL that starts with https:// or http://`;
	if (url.username !== '' || url.password !== '')
		return 'the URL carries a user name or password; give one without, for example a presigned link';
	return null;
}
