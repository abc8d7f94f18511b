import { z } from 'zod';
import { COMPLETION_CONTROLS, LOWPOLY_CONTROLS } from './editing.ts';
import { optional, text } from './lenient.ts';
import { checkUrl } from './model-url.ts';
import { SEGMENTATION_CONTROLS } from './segmentation.ts';

/** The one bucket of the upload door: what `resource_bucket` says, and what `file.object.bucket` must say. */
export const BUCKET = 'tripo-data';

/** Types of the documented API, and whether this server runs them. */
export const TASK_TYPES = Object.freeze({
	import_model: true,
	mesh_segmentation: true,
	mesh_completion: true,
	highpoly_to_lowpoly: true,
	convert_model: false,
	text_to_model: false,
	image_to_model: false,
	multiview_to_model: false,
	texture_model: false,
	refine_model: false,
} satisfies Record<string, boolean>);

/** Versions of the methods by task type; the first is the default. A deprecated one runs as the default, or is refused. */
export const MODEL_VERSIONS: Readonly<Record<string, { current: readonly string[]; deprecated: readonly string[] }>> = {
	mesh_segmentation: { current: ['v1.0-20250506', 'v2.0-20260430'], deprecated: [] },
	mesh_completion: { current: ['v1.0-20250506'], deprecated: [] },
	highpoly_to_lowpoly: { current: ['P-v2.0-20251225', 'P-v2.0-20251226'], deprecated: ['P-v1.0-20250506'] },
};

/** Every task has a type; the rest depends on it. */
export const TASK_HEAD = z.looseObject({
	type: text(z.string()).describe('The kind of work.'),
	model_version: optional(z.string()).describe('Version of the method.'),
});

const OBJECT = z.looseObject({
	bucket: text(z.string()).describe('`resource_bucket` of POST /upload/sts/token.'),
	key: text(z.string()).describe('`resource_uri` of POST /upload/sts/token, or the token of an upload.'),
});

const FILE = z
	.looseObject({
		type: z.unknown().optional().describe('Format; not needed: the bytes tell.'),
		object: optional(OBJECT),
		file_token: optional(z.string()).describe('The `image_token` of an upload.'),
		url: optional(z.string()).describe('Public address of the model.'),
	})
	.superRefine(({ object, file_token, url }, ctx) => {
		const given = [object, file_token, url].filter((source) => source !== undefined).length;
		if (given !== 1)
			ctx.addIssue({ code: 'custom', message: `give exactly one of object, file_token and url (${given} are given)` });
		const problem = url !== undefined && checkUrl(url);
		if (problem) ctx.addIssue({ code: 'custom', path: ['url'], message: problem });
	});

export const IMPORT_MODEL = z
	.looseObject({ type: z.literal('import_model'), file: FILE })
	.meta({ id: 'ImportModel', description: 'Brings a model in, for other tasks to work on.' });

export const MESH_SEGMENTATION = z
	.looseObject({
		type: z.literal('mesh_segmentation'),
		original_model_task_id: text(z.string()).describe('A successful task that made or brought a model.'),
		model_version: optional(z.enum(['v1.0-20250506', 'v2.0-20260430'])).describe('Default v1.0-20250506.'),
		...SEGMENTATION_CONTROLS,
	})
	.meta({ id: 'MeshSegmentation', description: 'Separates a whole model into named parts.' });

export const MESH_COMPLETION = z
	.looseObject({
		type: z.literal('mesh_completion'),
		original_model_task_id: text(z.string()).describe('A successful mesh_segmentation task.'),
		model_version: optional(z.enum(['v1.0-20250506'])).describe('Default v1.0-20250506.'),
		...COMPLETION_CONTROLS,
	})
	.meta({ id: 'MeshCompletion', description: 'Turns the open parts of a segmentation into whole, closed ones.' });

export const HIGHPOLY_TO_LOWPOLY = z
	.looseObject({
		type: z.literal('highpoly_to_lowpoly'),
		original_model_task_id: text(z.string()).describe(
			'A successful task that brought, segmented or completed a model.',
		),
		model_version: optional(z.enum(['P-v2.0-20251225', 'P-v2.0-20251226', 'P-v1.0-20250506'])).describe(
			'Default P-v2.0-20251225. P-v1.0-20250506 is deprecated and runs as that.',
		),
		...LOWPOLY_CONTROLS,
	})
	.meta({
		id: 'HighpolyToLowpoly',
		description: 'Smart low-poly: few faces, clean texture coordinates, the look of the source baked in.',
	});

export const NEW_TASK = z.discriminatedUnion('type', [
	IMPORT_MODEL,
	MESH_SEGMENTATION,
	MESH_COMPLETION,
	HIGHPOLY_TO_LOWPOLY,
]);

export const BATCH = z.looseObject({ task_ids: z.array(text(z.string())).max(100) }).meta({ id: 'TaskBatch' });

export const STS_REQUEST = z.looseObject({ format: optional(z.string()) }).meta({ id: 'UploadCredentialsRequest' });

/** The task object. Seven keys are always there; integers are integers. */
export const TASK = z
	.object({
		task_id: z.string(),
		type: z.string(),
		status: z.enum(['queued', 'running', 'success', 'failed', 'banned', 'expired', 'cancelled', 'unknown']),
		input: z.record(z.string(), z.unknown()).describe('The request, without `type`.'),
		output: z
			.object({
				model: z.string().optional().describe('Signed link, good for a GET without further headers.'),
				glb: z.string().optional().describe('Where `model` is of another format: signed link to the same as GLB.'),
				rendered_image: z.string().optional().describe('Signed link to a picture of the result.'),
			})
			.describe('Empty until success.'),
		progress: z.int().min(0).max(100),
		create_time: z.int().describe('Seconds since 1970.'),
		queuing_num: z.int().describe('Tasks ahead in the queue; -1 when not queued.'),
		running_left_time: z.int().describe('Seconds left, estimated; -1 when final.'),
		consumed_credit: z.int(),
		error_code: z.int().optional().describe('When failed: one of the error codes of this surface.'),
		error_msg: z.string().optional().describe('When failed: what is wrong and what to do.'),
		report: z.record(z.string(), z.unknown()).optional().describe('Counts, warnings and times of the result.'),
	})
	.meta({ id: 'Task' });
export type TripoTask = z.infer<typeof TASK>;

export const WATCH_FRAME = z.object({ event: z.enum(['update', 'finalized']), data: TASK }).meta({ id: 'WatchFrame' });

export const UPLOAD_CREDENTIALS = z
	.object({
		s3_host: z.string(),
		s3_scheme: z.enum(['http', 'https']).describe('How s3_host is to be spoken to.'),
		resource_bucket: z.string(),
		resource_uri: z.string().describe('Key of the object.'),
		session_token: z.string(),
		sts_ak: z.string(),
		sts_sk: z.string(),
	})
	.meta({ id: 'UploadCredentials' });

export const BALANCE = z.object({ balance: z.number(), frozen: z.number() }).meta({ id: 'Balance' });

export const ERROR = z
	.object({ code: z.int(), message: z.string(), suggestion: z.string() })
	.meta({ id: 'TripoError' });

/** The envelope of every good answer of this surface. */
export const ok = <S extends z.ZodType>(data: S) => z.object({ code: z.literal(0), data });
