import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ERROR, WATCH_FRAME } from '../../contract/tripo-v2.ts';
import type { Backend } from '../../tasks/backend.ts';
import { isFinal, type Task } from '../../tasks/task.ts';
import { ApiError } from '../errors.ts';
import { publicBase } from '../links.ts';
import { taskObject } from './task-object.ts';
import { taskNotFound } from './tasks.ts';

/** ms between two pings; proxies drop connections that are silent for a minute. */
const PING = 30_000;
/** Bytes that may wait for a slow reader before it is dropped: it can ask again. */
const WAITING = 2 ** 20;
const CLOSE_NORMAL = 1000;
const CLOSE_OVERLOADED = 1013;

type OneTask = { Params: { id: string } };

/** Tells of tasks as they change, over a WebSocket: frames `{event: "update" | "finalized", data: task}`. */
export function watchRoutes(scope: FastifyInstance, backend: Backend): void {
	const { tasks } = backend;

	scope.get<OneTask>(
		'/task/watch/:id',
		{
			websocket: true,
			config: { operation: WATCH_ONE },
			// Before the upgrade, so that a missing task is an HTTP answer and not a connection that closes.
			preValidation: async (request) => {
				requireUpgrade(request);
				const { key, params } = request;
				if (!(await tasks.get(key.id, params.id))) throw taskNotFound(params.id);
			},
		},
		(socket, request) => watchOne(socket, request, backend),
	);

	scope.get(
		'/task/watch/all',
		{
			websocket: true,
			config: { operation: WATCH_ALL },
			preValidation: async (request) => requireUpgrade(request),
		},
		(socket, request) => {
			const send = framer(socket, request, backend);
			keepAlive(socket, tasks.watch(request.key.id, send));
		},
	);
}

function requireUpgrade({ ws }: FastifyRequest): void {
	if (!ws) throw new ApiError('no-such-route', 'tasks are watched over a WebSocket: connect with ws:// or wss://');
}

async function watchOne(socket: WebSocket, request: FastifyRequest<OneTask>, backend: Backend): Promise<void> {
	const { tasks } = backend;
	const send = framer(socket, request, backend);
	let told = false;
	const tell = (task: Task): void => {
		if (socket.readyState !== socket.OPEN) return;
		told = true;
		send(task);
		if (isFinal(task.status)) socket.close(CLOSE_NORMAL);
	};
	// Watch first and look afterwards, so that no change falls between; what was told meanwhile is newer than the look.
	const unwatch = tasks.watch(request.key.id, (task) => {
		if (task.id === request.params.id) tell(task);
	});
	keepAlive(socket, unwatch);
	const now = await tasks.get(request.key.id, request.params.id);
	if (now && !told) tell(now);
}

function framer(socket: WebSocket, request: FastifyRequest, { files, config }: Backend): (task: Task) => void {
	const base = publicBase(request, config);
	return (task) => {
		if (socket.bufferedAmount > WAITING) return socket.close(CLOSE_OVERLOADED, 'the reader is too slow');
		const event = isFinal(task.status) ? 'finalized' : 'update';
		socket.send(JSON.stringify({ event, data: taskObject(task, files, base) }));
	};
}

/** Pings the socket while it is open, and ends the watch with it. */
function keepAlive(socket: WebSocket, unwatch: () => void): void {
	const timer = setInterval(() => socket.ping(), PING);
	socket.on('error', () => socket.terminate());
	socket.on('close', () => {
		clearInterval(timer);
		unwatch();
	});
}

const operation = { tag: 'Tripo v2', frames: WATCH_FRAME, errors: ERROR };
const WATCH_ONE = { ...operation, summary: 'Watches a task (WebSocket)', statuses: [401, 404] };
const WATCH_ALL = { ...operation, summary: 'Watches all tasks of a key (WebSocket)', statuses: [401] };
