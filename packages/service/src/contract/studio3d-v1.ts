import { z } from 'zod';
import { optional } from './lenient.ts';
import { checkUrl } from './model-url.ts';
import { SEGMENTATION_CONTROLS } from './segmentation.ts';

/** Fields of a submission beside the file `model`: exactly one of the file and `model_url` is given. */
export const SUBMISSION = z
	.looseObject({
		model_url: optional(
			z.string().superRefine((url, ctx) => {
				const problem = checkUrl(url);
				if (problem) ctx.addIssue({ code: 'custom', message: problem });
			}),
		).describe('Public address of the model; instead of the file `model`.'),
		...SEGMENTATION_CONTROLS,
	})
	.meta({ id: 'Submission' });

export const SUBMITTED = z
	.object({ task_id: z.string(), created_at: z.string().describe('ISO 8601, UTC, whole seconds.') })
	.meta({ id: 'Submitted' });

export const STATUS = z
	.object({
		status: z.enum(['PENDING', 'IN_PROGRESS', 'FINISHED', 'FAILED']),
		progress: z.int().min(0).max(100),
		failure_reason: z.string().nullable(),
		results: z.array(z.object({ asset: z.string(), asset_type: z.literal('3D_MODEL'), metadata: z.null() })),
	})
	.meta({ id: 'GenerationStatus' });
export type GenerationStatus = z.infer<typeof STATUS>;

export const WALLET = z.object({ balance: z.string().describe('Credits with two decimals.') }).meta({ id: 'Wallet' });

export const STUDIO_ERROR = z
	.object({ error: z.object({ code: z.string(), message: z.string() }), detail: z.string() })
	.meta({ id: 'StudioError' });
