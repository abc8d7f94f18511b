/** The package brings no types; what the tests use of it. */
declare module 'gltf-validator' {
	export type Issue = {
		readonly code: string;
		readonly message: string;
		readonly severity: number;
		readonly pointer?: string;
	};
	export function validateBytes(
		bytes: Uint8Array,
		options?: { readonly maxIssues?: number },
	): Promise<{
		readonly issues: { readonly numErrors: number; readonly numWarnings: number; readonly messages: readonly Issue[] };
	}>;
}
