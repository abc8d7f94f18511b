import type { FastifyInstance } from 'fastify';
import { type GenerationStatus, STATUS, STUDIO_ERROR } from '../../contract/studio3d-v1.ts';
import type { Backend, Files } from '../../tasks/backend.ts';
import type { Task, TaskStatus } from '../../tasks/task.ts';
import { ApiError } from '../errors.ts';
import { publicBase } from '../links.ts';

/** An expired task was finished: its results are gone, its credits spent. */
const STATUSES: Readonly<Record<TaskStatus, GenerationStatus['status']>> = {
	queued: 'PENDING',
	running: 'IN_PROGRESS',
	success: 'FINISHED',
	expired: 'FINISHED',
	failed: 'FAILED',
	cancelled: 'FAILED',
};

/** Tells of a submission. */
export function statusRoute(scope: FastifyInstance, { tasks, files, config }: Backend): void {
	const route = '/generation-request/:id/status/';
	scope.get<{ Params: { id: string } }>(route, { config: { operation: GET_STATUS } }, async (request) => {
		const { id } = request.params;
		const task = await tasks.get(request.key.id, id);
		if (!task) throw new ApiError('task-not-found', `there is no generation request '${id}'`);
		return statusOf(task, files, publicBase(request, config));
	});
}

function statusOf(task: Task, files: Files, base: string): GenerationStatus {
	const models = task.outputs.filter(({ role }) => role === 'model');
	return {
		status: STATUSES[task.status],
		progress: Math.trunc(task.progress),
		failure_reason: reasonOf(task),
		results: models.map(({ name }) => ({
			asset: base + files.link(task, name),
			asset_type: '3D_MODEL',
			metadata: null,
		})),
	};
}

function reasonOf({ status, error }: Task): string | null {
	if (error) return `${error.message} ${error.cure}`;
	if (status === 'cancelled') return 'The request was cancelled.';
	if (status === 'expired') return 'The results have expired; submit the model again.';
	return null;
}

const GET_STATUS = {
	tag: '3D AI Studio v1',
	summary: 'Tells of a submission',
	answer: STATUS,
	errors: STUDIO_ERROR,
	statuses: [401, 404, 429, 500],
};
