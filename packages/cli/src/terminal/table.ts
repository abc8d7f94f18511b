export type Column = { readonly title: string; readonly align: 'left' | 'right' };

/** Rows as aligned text: two blanks in front and between columns, no lines drawn, a newline after each row. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
	const lines = [columns.map(({ title }) => title), ...rows];
	const widths = columns.map((_, k) => Math.max(...lines.map((line) => line[k]!.length)));
	return lines
		.map((line) => {
			const cells = columns.map(({ align }, k) =>
				align === 'left' ? line[k]!.padEnd(widths[k]!) : line[k]!.padStart(widths[k]!),
			);
			return `  ${cells.join('  ')}`.trimEnd();
		})
		.map((line) => `${line}\n`)
		.join('');
}
