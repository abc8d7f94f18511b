import type { FastifyInstance, FastifyRequest } from 'fastify';
import { segmentOptions } from '../../contract/segmentation.ts';
import { STUDIO_ERROR, SUBMISSION, SUBMITTED } from '../../contract/studio3d-v1.ts';
import type { Backend, NewTask, Upload } from '../../tasks/backend.ts';
import { ApiError } from '../errors.ts';
import { refuseOtherThanModels } from '../file-kind.ts';
import { receiveForm } from '../form.ts';
import type { Limits } from '../limits.ts';
import { checked, idempotencyOf, parametersOf } from '../parameters.ts';
import { limitRate } from '../rate-limit.ts';

/**
 * Takes submissions: a model as a file or as an address, in a form or as JSON.
 *
 * The limit of requests a minute counts submissions that led to a task, since the documents count requests that cost
 * something: polling is free, and a submission that is refused gives its place back.
 */
export function submissionRoute(scope: FastifyInstance, backend: Backend, limits: Limits): void {
	const { submissions } = limits;
	const route = '/3d-models/tripo/mesh-segmentation/';
	const onRequest = [limitRate(limits.uploads, 'uploads'), limitRate(submissions, 'submissions')];

	scope.post(route, { onRequest, config: { operation: SUBMIT } }, async (request) => {
		try {
			return await submit(request, backend);
		} catch (error) {
			submissions.giveBack(request.key.id);
			throw error;
		}
	});
}

async function submit(request: FastifyRequest, { tasks, uploads, config }: Backend) {
	const { upload, fields } = request.isMultipart()
		? await receiveForm(request, uploads, { fileField: 'model', maxBytes: config.limits.uploadBytes })
		: { upload: undefined, fields: parametersOf(request) };
	try {
		if (upload) await refuseOtherThanModels(uploads, request.key.id, upload.token);
		const task = await tasks.create(request.key.id, { ...readSubmission(fields, upload), ...idempotencyOf(request) });
		const createdAt = new Date(task.createdAt).toISOString().replace(/\.\d+Z$/, 'Z');
		return { task_id: task.id, created_at: createdAt };
	} catch (error) {
		if (upload) await uploads.remove(request.key.id, upload.token);
		throw error;
	}
}

function readSubmission(fields: Readonly<Record<string, unknown>>, upload: Upload | undefined): NewTask {
	const { model_url: url, ...controls } = checked(SUBMISSION, fields);
	const kind = { surface: 'studio3d-v1', type: 'mesh_segmentation', options: segmentOptions(controls) } as const;
	if (upload && url) throw new ApiError('invalid-parameter', "give either the file 'model' or 'model_url', not both");
	if (upload) {
		const source = { kind: 'upload', token: upload.token } as const;
		return { ...kind, input: { ...fields, model: upload.name }, source };
	}
	if (!url) throw new ApiError('invalid-parameter', "no model provided: give the file 'model' or 'model_url'");
	return { ...kind, input: fields, source: { kind: 'url', url } };
}

const SUBMIT = {
	tag: '3D AI Studio v1',
	summary: 'Segments a model',
	body: SUBMISSION,
	file: 'model',
	answer: SUBMITTED,
	errors: STUDIO_ERROR,
	statuses: [400, 401, 402, 429, 500],
};
