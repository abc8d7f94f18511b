import { createHmac, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { CONFIG, type ConfigFile } from '../../src/config.ts';
import { type Backend, type Key, type NewTask, Refusal, type Upload } from '../../src/tasks/backend.ts';
import { isFinal, type OutputFile, type Task, type TaskFailure } from '../../src/tasks/task.ts';

/** A house of nothing but memory, with a hand on its clockwork: tasks run when a test says so. */
export type MemoryBackend = Backend & {
	/** Makes a key and returns its secret. */
	newKey(credits?: number): Promise<string>;
	/** Moves a task on: to running, to success with these results, to failure. */
	run(taskId: string, progress?: number): void;
	succeed(taskId: string, outputs?: Record<string, Buffer>): void;
	fail(taskId: string, error: TaskFailure): void;
	change(taskId: string, change: Partial<Task>): void;
	/** Content of an upload. */
	uploaded(token: string): Buffer | undefined;
	/** Tokens of all filled uploads. */
	tokens(): string[];
	/** What `tasks.create` was given last. */
	lastTask(): NewTask;
	/** Makes the next call of `tasks.get` fail with this error. */
	breakWith(error: Error): void;
};

const PNG = { role: 'rendered_image', mimeType: 'image/png' } as const;
const GLB = { role: 'model', mimeType: 'model/gltf-binary' } as const;

export function memoryBackend(file: ConfigFile = {}): MemoryBackend {
	const config = CONFIG.parse(file);
	const keys = new Map<string, { secret: string; key: Key; balance: number; frozen: number }>();
	const tasks = new Map<string, Task>();
	const uploads = new Map<string, Upload & { keyId: string; content?: Buffer }>();
	const results = new Map<string, Buffer>();
	const replays = new Map<string, { task: Task; request: string }>();
	const listeners = new Set<{ keyId: string; listener: (task: Task) => void }>();
	let last: NewTask | undefined;
	let broken: Error | undefined;

	const sign = (text: string): string => createHmac('sha256', 'links').update(text).digest('hex');
	const change = (taskId: string, changes: Partial<Task>): void => {
		const task = { ...tasks.get(taskId)!, ...changes };
		tasks.set(taskId, task);
		for (const { keyId, listener } of listeners) if (keyId === task.keyId) listener(task);
	};
	const finish = (taskId: string, changes: Partial<Task>): void =>
		change(taskId, { finishedAt: Date.now(), remainingMs: -1, queuePosition: -1, held: 0, ...changes });

	function create(keyId: string, asked: NewTask): Task {
		last = asked;
		const account = keys.get(keyId)!;
		const replayKey = asked.idempotencyKey && `${keyId} ${asked.idempotencyKey}`;
		const request = JSON.stringify([asked.type, asked.source, asked.options]);
		const replay = replayKey && replays.get(replayKey);
		if (replay && replay.request !== request)
			throw new Refusal('idempotency-mismatch', 'Idempotency-Key was used before');
		if (replay) return replay.task;
		checkSource(keyId, asked);
		const open = [...tasks.values()].filter(
			(task) => task.keyId === keyId && task.type === asked.type && !isFinal(task.status),
		);
		if (open.length >= config.limits.openTasksPerType)
			throw new Refusal('too-many-tasks', 'You have exceeded the limit of generation');
		const { studio_segmentation, ...prices } = config.prices;
		const price = asked.surface === 'studio3d-v1' ? studio_segmentation : prices[asked.type];
		if (account.balance < price) throw new Refusal('no-credits', 'You need more credits to start a new task');
		account.balance -= price;
		account.frozen += price;
		const task: Task = {
			id: randomUUID(),
			keyId,
			surface: asked.surface,
			type: asked.type,
			input: asked.input,
			status: 'queued',
			progress: 0,
			step: '',
			createdAt: Date.now(),
			startedAt: null,
			finishedAt: null,
			expiresAt: null,
			queuePosition: open.length,
			remainingMs: 4200,
			consumed: 0,
			held: price,
			outputs: [],
			report: null,
			error: null,
		};
		tasks.set(task.id, task);
		if (replayKey) replays.set(replayKey, { task, request });
		return task;
	}

	function checkSource(keyId: string, { type, source }: NewTask): void {
		if (source.kind === 'upload') {
			const upload = uploads.get(source.token);
			if (upload?.keyId !== keyId || !upload.content) throw new Refusal('upload-not-found', 'file not found');
		}
		if (source.kind !== 'task') return;
		const original = tasks.get(source.taskId);
		if (original?.keyId !== keyId) throw new Refusal('source-not-found', 'Task not found');
		if (original.type === type) throw new Refusal('source-type', 'The type of the input original task is invalid');
		if (original.status === 'expired') throw new Refusal('source-expired', 'The original task has expired');
		if (original.status !== 'success')
			throw new Refusal('source-not-successful', 'The status of the original task is not success');
	}

	return {
		config,
		keys: {
			async create({ name, credits }) {
				const secret = `tsk_${randomUUID()}`;
				const key = { id: randomUUID(), name, prefix: secret.slice(0, 8), createdAt: Date.now(), revokedAt: null };
				keys.set(key.id, { secret, key, balance: credits, frozen: 0 });
				return { key, secret };
			},
			find: async (secret) => [...keys.values()].find((one) => one.secret === secret && !one.key.revokedAt)?.key,
			list: async () => [...keys.values()].map(({ key, balance, frozen }) => ({ ...key, balance, frozen })),
			revoke: async (id) => void keys.set(id, { ...keys.get(id)!, secret: '' }),
			grant: async (id, credits) => {
				keys.get(id)!.balance += credits;
			},
			balance: async (id) => ({ balance: keys.get(id)!.balance, frozen: keys.get(id)!.frozen }),
		},
		tasks: {
			create: async (keyId, task) => create(keyId, task),
			async get(keyId, taskId) {
				const error = broken;
				broken = undefined;
				if (error) throw error;
				const task = tasks.get(taskId);
				return task?.keyId === keyId ? task : undefined;
			},
			list: async (keyId) => [...tasks.values()].filter((task) => task.keyId === keyId),
			cancel: async (_, taskId) => tasks.get(taskId),
			watch(keyId, listener) {
				const entry = { keyId, listener };
				listeners.add(entry);
				return () => listeners.delete(entry);
			},
		},
		uploads: {
			async put(keyId, { name, body, token }) {
				const chunks: Buffer[] = [];
				let bytes = 0;
				for await (const chunk of body) {
					chunks.push(chunk as Buffer);
					bytes += (chunk as Buffer).length;
					if (bytes > config.limits.uploadBytes) throw new Refusal('file-too-large', 'the file is too large');
				}
				if (bytes === 0) throw new Refusal('empty-file', 'the file is empty');
				const upload = { token: token ?? randomUUID(), name, bytes, createdAt: Date.now() };
				uploads.set(upload.token, { ...upload, keyId, content: Buffer.concat(chunks) });
				return upload;
			},
			async reserve(keyId, { name }) {
				const token = randomUUID();
				uploads.set(token, { token, name, bytes: 0, createdAt: Date.now(), keyId });
				return token;
			},
			find: async (keyId, token) => (uploads.get(token)?.keyId === keyId ? uploads.get(token) : undefined),
			async open(keyId, token) {
				const upload = uploads.get(token);
				return upload?.keyId === keyId && upload.content ? Readable.from([upload.content]) : undefined;
			},
			remove: async (_, token) => void uploads.delete(token),
		},
		files: {
			link(task, name) {
				const exp = String(Math.floor(Date.now() / 1000) + config.linkLifetimeSeconds);
				return `/files/${task.id}/${name}?exp=${exp}&sig=${sign(`${task.id}/${name}/${exp}`)}`;
			},
			async open({ taskId, name, exp, sig }, range) {
				if (sig !== sign(`${taskId}/${name}/${exp}`)) return 'invalid';
				if (Number(exp) * 1000 < Date.now()) return 'expired';
				const output = tasks.get(taskId)?.outputs.find((file) => file.name === name);
				const content = output && results.get(output.key);
				if (!content) return 'gone';
				const piece = range ? content.subarray(range.start, (range.end ?? content.length - 1) + 1) : content;
				const { mimeType } = output;
				return { body: Readable.from([piece]), bytes: content.length, mimeType, etag: `"${sign(output.key)}"` };
			},
		},
		secretFor: (purpose) => createHmac('sha256', 'house').update(purpose).digest(),
		close: async () => {},

		async newKey(credits = 10_000) {
			return (await this.keys.create({ name: 'test', credits })).secret;
		},
		run: (taskId, progress = 50) =>
			change(taskId, { status: 'running', progress, startedAt: Date.now(), queuePosition: -1, remainingMs: 1500 }),
		succeed(taskId, files = { 'model.glb': Buffer.from('glTF model'), 'picture.png': Buffer.from('picture') }) {
			const outputs = Object.entries(files).map(([name, content]): OutputFile => {
				const key = `${taskId}/${name}`;
				results.set(key, content);
				return { ...(name.endsWith('.png') ? PNG : GLB), name, key, bytes: content.length };
			});
			finish(taskId, {
				status: 'success',
				progress: 100,
				consumed: tasks.get(taskId)!.held,
				outputs,
				report: { parts: 3 },
			});
		},
		fail: (taskId, error) => finish(taskId, { status: 'failed', error }),
		change,
		uploaded: (token) => uploads.get(token)?.content,
		tokens: () => [...uploads.values()].flatMap(({ token, content }) => (content ? [token] : [])),
		lastTask: () => last!,
		breakWith(error) {
			broken = error;
		},
	};
}
