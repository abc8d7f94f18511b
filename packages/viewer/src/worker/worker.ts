/// <reference lib="webworker" />
import {
	COMPLETE_DEFAULTS,
	FORMATS,
	LOWPOLY_DEFAULTS,
	MeshError,
	type Model,
	partColor,
	type Run,
	readModel,
} from '@meshwright/engine';
import { decodeBitmap } from './browser-codec.ts';
import { layOut, partBoxes } from './drawable.ts';
import type { Ask, Division, Failure, Message, ModelFile, Request } from './protocol.ts';
import { type Piece, Works } from './works.ts';

/** The engine beside the page: it computes here, so that the page stays alive. Cancel = end this worker. */
let works: Works | undefined;

/** Share of the run that reading takes. */
const READING = 0.1;

const tell = (message: Message, transfer: Transferable[] = []): void => self.postMessage(message, { transfer });

async function answer(id: number, ask: Ask): Promise<void> {
	const run = (from: number): Run => ({
		onProgress: ({ step, fraction }) => tell({ kind: 'progress', id, step, fraction: from + (1 - from) * fraction }),
	});
	if (ask.verb === 'open') {
		tell({ kind: 'progress', id, step: 'read model', fraction: 0 });
		const [{ name, bytes }, ...others] = ask.files;
		const model = await readModel(bytes, { name, resources: (uri) => findFile(others, uri) });
		works = await Works.of(model, ask.cut, run(READING));
		return await draw(id, works.show('parts'));
	}
	if (!works) throw new Error('no model is open');
	if (ask.verb === 'recut') tell({ kind: 'recut', id, division: divisionOf(works.recut(ask.cut)) });
	else if (ask.verb === 'complete') await draw(id, await works.complete(ask.wish, run(0)));
	else if (ask.verb === 'lowpoly') await draw(id, await works.lowpoly(ask.wish, run(0)));
	else if (ask.verb === 'show') await draw(id, works.show(ask.work));
	else {
		const bytes = new Uint8Array(await works.save(ask.what));
		tell({ kind: 'saved', id, bytes }, [bytes.buffer]);
	}
}

/** Answers with a piece as it is drawn. */
async function draw(id: number, piece: Piece): Promise<void> {
	const { images, warnings } = await decodeImages(piece.model);
	const drawable = layOut(piece.model, images);
	const { positions, normals, isEdge, triangleAt, uv, uv1, colors } = drawable;
	tell({ kind: 'shown', id, drawable, division: divisionOf(piece, warnings) }, [
		...[positions, normals, isEdge, triangleAt, uv, uv1, colors].flatMap((array) =>
			array ? [array.buffer as ArrayBuffer] : [],
		),
		...images.flatMap((image) => (image ? [image] : [])),
	]);
}

/** A file by the path that the model names it with, or by its bare name: a page is given files without folders. */
function findFile(files: readonly ModelFile[], uri: string): Uint8Array | undefined {
	const path = decodeURIComponent(uri.replace(/%(?![0-9a-f]{2})/gi, '%25')).replaceAll('\\', '/');
	const bare = path.slice(path.lastIndexOf('/') + 1);
	return (files.find(({ name }) => name === path) ?? files.find(({ name }) => name === bare))?.bytes;
}

/** What the browser cannot decode is drawn without, and said; the model keeps it. */
async function decodeImages({
	images,
	materials,
}: Model): Promise<{ images: (ImageBitmap | undefined)[]; warnings: string[] }> {
	const used = new Set(
		materials.flatMap((m) =>
			[m.baseColorTexture, m.metallicRoughnessTexture, m.normalTexture, m.emissiveTexture].map((use) => use?.image),
		),
	);
	const warnings: string[] = [];
	const decoded = images.map(async ({ name, bytes, mimeType }, i) => {
		if (!used.has(i)) return undefined;
		try {
			return await decodeBitmap(bytes, mimeType);
		} catch (error) {
			warnings.push(`Image '${name}' is not shown: ${(error as Error).message}. It is kept in the download.`);
			return undefined;
		}
	});
	return { images: await Promise.all(decoded), warnings };
}

function divisionOf({ model, parts, faces, warnings }: Piece, more: readonly string[] = []): Division {
	const { partOf } = parts;
	const total = parts.parts.reduce((sum, { area }) => sum + area, 0) || 1;
	const boxes = partBoxes(model.mesh, partOf, parts.parts.length);
	return {
		partOf,
		parts: parts.parts.map(({ name, triangles, area }, p) => ({
			name,
			faces: faces?.[p] ?? triangles,
			share: area / total,
			color: partColor(p),
			box: boxes[p],
		})),
		warnings: [...warnings, ...more],
	};
}

function failureOf(error: unknown): Failure {
	if (error instanceof MeshError) return { code: error.code, message: error.message, cure: error.cure };
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof RangeError) {
		return {
			code: 'out-of-memory',
			message,
			cure: 'The model is too large for this browser: use the command instead.',
		};
	}
	return { code: 'bug', message, cure: 'This is a fault of Meshwright: please report it with the model.' };
}

self.onmessage = async ({ data: { id, ...ask } }: MessageEvent<Request>): Promise<void> => {
	try {
		await answer(id, ask as Ask);
	} catch (error) {
		tell({ kind: 'failed', id, failure: failureOf(error) });
	}
};

tell({
	kind: 'ready',
	extensions: FORMATS.flatMap(({ read, extensions }) => (read ? extensions : [])),
	whole: { mode: COMPLETE_DEFAULTS.mode, sheets: COMPLETE_DEFAULTS.sheets },
	low: { bake: LOWPOLY_DEFAULTS.bake },
});
