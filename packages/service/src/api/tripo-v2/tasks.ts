import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BATCH, ERROR, NEW_TASK, ok as okSchema, TASK } from '../../contract/tripo-v2.ts';
import type { Backend } from '../../tasks/backend.ts';
import type { Task } from '../../tasks/task.ts';
import { ApiError } from '../errors.ts';
import { refuseOtherThanModels } from '../file-kind.ts';
import { publicBase } from '../links.ts';
import { checked, idempotencyOf, parametersOf } from '../parameters.ts';
import { ok } from './answers.ts';
import { readNewTask } from './new-task.ts';
import { taskObject } from './task-object.ts';

const tag = 'Tripo v2';

/** Makes tasks and tells of them. */
export function taskRoutes(scope: FastifyInstance, { tasks, uploads, files, config }: Backend): void {
	const shown = (task: Task, request: FastifyRequest) => taskObject(task, files, publicBase(request, config));

	scope.post('/task', { config: { operation: CREATE } }, async (request) => {
		const task = readNewTask(parametersOf(request), config);
		if (task.source.kind === 'upload') await refuseOtherThanModels(uploads, request.key.id, task.source.token);
		const made = await tasks.create(request.key.id, { surface: 'tripo-v2', ...task, ...idempotencyOf(request) });
		return ok({ task_id: made.id });
	});

	scope.get<{ Params: { id: string } }>('/task/:id', { config: { operation: GET } }, async (request) => {
		const task = await tasks.get(request.key.id, request.params.id);
		if (!task) throw taskNotFound(request.params.id);
		return ok(shown(task, request));
	});

	scope.post('/task/batch', { config: { operation: GET_BATCH } }, async (request) => {
		const { task_ids } = checked(BATCH, parametersOf(request));
		const found: Record<string, unknown> = {};
		const missed: string[] = [];
		for (const id of new Set(task_ids)) {
			const task = await tasks.get(request.key.id, id);
			if (task) found[id] = shown(task, request);
			else missed.push(id);
		}
		return ok({ tasks: found, missed });
	});
}

export const taskNotFound = (id: string): ApiError => new ApiError('task-not-found', `task '${id}' not found`);

const CREATE = {
	tag,
	summary: 'Makes a task',
	body: NEW_TASK,
	answer: okSchema(z.object({ task_id: z.string() })),
	errors: ERROR,
	statuses: [400, 401, 403, 404, 429, 500],
};
const GET = { tag, summary: 'Tells of a task', answer: okSchema(TASK), errors: ERROR, statuses: [401, 404, 429, 500] };
const GET_BATCH = {
	tag,
	summary: 'Tells of up to 100 tasks',
	body: BATCH,
	answer: okSchema(z.object({ tasks: z.record(z.string(), TASK), missed: z.array(z.string()) })),
	errors: ERROR,
};
