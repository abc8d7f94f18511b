/// <reference lib="webworker" />
import {
	FORMATS,
	hintsOf,
	MeshError,
	type Model,
	moverOf,
	partColor,
	pictureOf,
	readModel,
	recut,
	renderParts,
	type Segmentation,
	segment,
	writeParts,
} from '@meshwright/engine';
import { browserCodec, decodeBitmap } from './browser-codec.ts';
import { layOut, partBoxes } from './drawable.ts';
import type { Cut, Division, Failure, Message, ModelFile, Product, Request } from './protocol.ts';

/** The engine beside the page: it computes here, so that the page stays alive. Cancel = end this worker. */
let opened: { readonly model: Model; segmentation: Segmentation } | undefined;

/** Share of the run that reading takes. */
const READING = 0.1;
/** Size of a picture, pixels. */
const PICTURE = Object.freeze({ width: 1024, height: 1024 });

const tell = (message: Message, transfer: Transferable[] = []): void => self.postMessage(message, { transfer });

async function open(id: number, files: readonly ModelFile[], cut: Cut): Promise<void> {
	tell({ kind: 'progress', id, step: 'read model', fraction: 0 });
	const [{ name, bytes }, ...others] = files;
	const model = await readModel(bytes, { name, resources: (uri) => findFile(others, uri) });
	const { images, warnings } = await decodeImages(model);
	const onProgress = ({ step, fraction }: { step: string; fraction: number }): void =>
		tell({ kind: 'progress', id, step, fraction: READING + (1 - READING) * fraction });
	// What cannot be decoded was said above.
	const { hints } = await hintsOf(model, browserCodec);
	const segmentation = segment(model.mesh, { apartBy: moverOf(model), hints, ...cut }, { onProgress });
	opened = { model, segmentation };
	const drawable = layOut(model, images);
	const division = divisionOf(model, segmentation, [...model.warnings, ...warnings]);
	tell({ kind: 'opened', id, drawable, division }, [
		...[drawable.positions, drawable.normals, drawable.triangleAt, drawable.uv, drawable.uv1, drawable.colors].flatMap(
			(array) => (array ? [array.buffer as ArrayBuffer] : []),
		),
		...images.flatMap((image) => (image ? [image] : [])),
	]);
}

function cutAgain(id: number, cut: Cut): void {
	const { model, segmentation } = demandModel();
	opened = { model, segmentation: recut(segmentation, cut) };
	tell({ kind: 'recut', id, division: divisionOf(model, opened.segmentation, model.warnings) });
}

async function save(id: number, what: Product): Promise<void> {
	const bytes = new Uint8Array(await make(what));
	tell({ kind: 'saved', id, bytes }, [bytes.buffer]);
}

async function make(what: Product): Promise<Uint8Array> {
	const { model, segmentation } = demandModel();
	if (what === 'model') return await writeParts(model, segmentation);
	if (what === 'picture') return (await pictureOf(model, browserCodec)).png;
	return await browserCodec.encode(renderParts(model.mesh, segmentation.partOf, PICTURE), 'image/png');
}

function demandModel(): NonNullable<typeof opened> {
	if (!opened) throw new Error('no model is open');
	return opened;
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
	const used = new Set(materials.flatMap((m) => [m.baseColorTexture?.image, m.emissiveTexture?.image]));
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

function divisionOf({ mesh }: Model, { partOf, parts, warnings }: Segmentation, more: readonly string[]): Division {
	const total = parts.reduce((sum, { area }) => sum + area, 0) || 1;
	const boxes = partBoxes(mesh, partOf, parts.length);
	return {
		partOf,
		parts: parts.map(({ name, triangles, area }, p) => ({
			name,
			triangles,
			share: area / total,
			color: partColor(p),
			box: boxes[p],
		})),
		warnings: [...more, ...warnings],
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

self.onmessage = async ({ data }: MessageEvent<Request>): Promise<void> => {
	try {
		if (data.verb === 'open') await open(data.id, data.files, data.cut);
		else if (data.verb === 'recut') cutAgain(data.id, data.cut);
		else await save(data.id, data.what);
	} catch (error) {
		tell({ kind: 'failed', id: data.id, failure: failureOf(error) });
	}
};

tell({ kind: 'ready', extensions: FORMATS.flatMap(({ read, extensions }) => (read ? extensions : [])) });
