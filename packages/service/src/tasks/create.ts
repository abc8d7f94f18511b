import { createHash, randomUUID } from 'node:crypto';
import { hold } from '../credits/ledger.ts';
import type { Transaction } from '../database/schema.ts';
import { type NewTask, Refusal, type TaskSource } from './backend.ts';
import { CATALOGUE } from './catalogue.ts';
import type { House } from './house.ts';
import { outputsOf, type TaskRow } from './row.ts';
import type { OutputFile, TaskStatus, TaskType } from './task.ts';
import { unknownUpload, uploadKey } from './uploads.ts';

/**
 * Takes a task in: one transaction that does all of it or nothing, so that no two requests, however close, get past the
 * same limit or spend the same credits.
 *
 * @returns The row, and whether this request made it (false: an earlier one with the same idempotency key did).
 * @throws Refusal, see `Tasks.create`.
 */
export function createTask(
	{ db, config, now }: House,
	keyId: string,
	task: NewTask,
): Promise<{ row: TaskRow; isNew: boolean }> {
	return db.transaction().execute(async (tx) => {
		const fingerprint = await fingerprintOf(tx, task);
		const earlier = await findEarlier(tx, keyId, task.idempotencyKey);
		if (earlier) return { row: checkSame(earlier, fingerprint), isNew: false };

		const source = await findSource(tx, keyId, task, config.limits.triangles);
		await checkOpenTasks(tx, keyId, task.type, config.limits.openTasksPerType);
		const row: TaskRow = {
			id: randomUUID(),
			key_id: keyId,
			surface: task.surface,
			type: task.type,
			input: JSON.stringify(task.input),
			options: JSON.stringify(task.options),
			...source,
			idempotency_key: task.idempotencyKey ?? null,
			fingerprint,
			price: CATALOGUE[task.type].price(config.prices, task.surface),
			status: 'queued' satisfies TaskStatus,
			progress: 0,
			step: '',
			created_at: await nextMoment(tx, now()),
			started_at: null,
			finished_at: null,
			expires_at: null,
			purged_at: null,
			attempt: 0,
			lease: null,
			outputs: null,
			report: null,
			error: null,
		};
		await tx.insertInto('task').values(row).execute();
		if (!(await hold(tx, { keyId, taskId: row.id, credits: row.price, now: row.created_at }))) {
			throw new Refusal('no-credits', `a task of type ${task.type} costs ${row.price} credits: the balance is too low`);
		}
		return { row, isNew: true };
	});
}

/** What was asked, as a hash. An upload counts by its bytes: who sends the file again gets another token for it. */
async function fingerprintOf(tx: Transaction, { surface, type, source, options }: NewTask): Promise<string> {
	const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
	const asked = JSON.stringify([surface, type, source.kind, await identityOf(tx, source), sorted]);
	return createHash('sha256').update(asked).digest('hex');
}

async function identityOf(tx: Transaction, source: TaskSource): Promise<string> {
	if (source.kind === 'task') return source.taskId;
	if (source.kind === 'url') return source.url;
	const upload = await tx.selectFrom('upload').select('sha256').where('token', '=', source.token).executeTakeFirst();
	return upload?.sha256 ?? source.token;
}

async function findEarlier(tx: Transaction, keyId: string, idempotencyKey?: string): Promise<TaskRow | undefined> {
	if (idempotencyKey === undefined) return undefined;
	return tx
		.selectFrom('task')
		.selectAll()
		.where('key_id', '=', keyId)
		.where('idempotency_key', '=', idempotencyKey)
		.executeTakeFirst();
}

function checkSame(earlier: TaskRow, fingerprint: string): TaskRow {
	if (earlier.fingerprint === fingerprint) return earlier;
	throw new Refusal(
		'idempotency-mismatch',
		`the idempotency key '${earlier.idempotency_key}' was used for another request: take a new one`,
	);
}

type SourceColumns = Pick<TaskRow, 'source_kind' | 'source_ref' | 'source_key' | 'source_name' | 'source_bytes'>;

/** The source as it stands in the task's row; checks that the key may use it and that it can be used. */
async function findSource(
	tx: Transaction,
	keyId: string,
	{ type, source, options }: NewTask,
	mostTriangles: number,
): Promise<SourceColumns> {
	if (source.kind === 'url') {
		return { source_kind: 'url', source_ref: source.url, source_key: null, source_name: '', source_bytes: null };
	}
	if (source.kind === 'task') return findSourceTask(tx, keyId, type, source.taskId, options, mostTriangles);
	const upload = await tx
		.selectFrom('upload')
		.selectAll()
		.where('token', '=', source.token)
		.where('key_id', '=', keyId)
		.where('expired_at', 'is', null)
		.executeTakeFirst();
	if (!upload || upload.stored_at === null) throw unknownUpload(source.token);
	return {
		source_kind: 'upload',
		source_ref: upload.token,
		source_key: uploadKey(upload.token),
		source_name: upload.name,
		source_bytes: upload.bytes,
	};
}

async function findSourceTask(
	tx: Transaction,
	keyId: string,
	type: TaskType,
	taskId: string,
	options: NewTask['options'],
	mostTriangles: number,
): Promise<SourceColumns> {
	const original = await tx
		.selectFrom('task')
		.select(['type', 'status', 'outputs', 'report'])
		.where('id', '=', taskId)
		.where('key_id', '=', keyId)
		.executeTakeFirst();
	if (!original) throw new Refusal('source-not-found', `there is no task ${taskId}`);
	const { sources } = CATALOGUE[type];
	if (!(sources as readonly string[]).includes(original.type)) {
		const wanted = sources.length ? `one of type ${sources.join(', ')}` : 'an uploaded file or a URL';
		throw new Refusal('source-type', `${type} cannot start from a task of type ${original.type}: give ${wanted}`);
	}
	if (original.status === 'expired') {
		throw new Refusal('source-expired', `the files of task ${taskId} have expired: run it again`);
	}
	const model = original.status === 'success' && modelOf(outputsOf(original));
	if (!model) {
		throw new Refusal(
			'source-not-successful',
			`task ${taskId} is ${original.status}: wait for it, or give another one`,
		);
	}
	const { triangles = 0, parts } = JSON.parse(original.report ?? '{}') as SourceReport;
	if (triangles > mostTriangles) {
		throw new Refusal(
			'too-complex',
			`the model of task ${taskId} is too complex: it has ${triangles} triangles, and ${mostTriangles} are allowed`,
		);
	}
	checkPartNames(taskId, options.partNames as readonly string[] | undefined, parts);
	return {
		source_kind: 'task',
		source_ref: taskId,
		source_key: model.key,
		source_name: model.name,
		source_bytes: model.bytes,
	};
}

/** What is read of the report of a source; one that was only brought in does not tell its parts. */
type SourceReport = { readonly triangles?: number; readonly parts?: readonly { readonly name: string }[] };

/** The file that the engine reads: GLB, also where the result that the client wants is another. */
const modelOf = (outputs: readonly OutputFile[]): OutputFile | undefined =>
	outputs.find(({ role }) => role === 'glb') ?? outputs.find(({ role }) => role === 'model');

function checkPartNames(taskId: string, wanted: readonly string[] | undefined, parts: SourceReport['parts']): void {
	if (!wanted || !parts) return;
	const known = new Set(parts.map(({ name }) => name));
	const unknown = wanted.filter((name) => !known.has(name));
	if (unknown.length === 0) return;
	throw new Refusal(
		'unknown-part',
		`parameter 'part_names': task ${taskId} has no part ${unknown.map((name) => `'${name}'`).join(', ')}; its parts are ${[...known].join(', ')}`,
	);
}

async function checkOpenTasks(tx: Transaction, keyId: string, type: TaskType, limit: number): Promise<void> {
	const { open } = await tx
		.selectFrom('task')
		.select((e) => e.fn.countAll().as('open'))
		.where('key_id', '=', keyId)
		.where('type', '=', type)
		.where('status', 'in', ['queued', 'running'] satisfies TaskStatus[])
		.executeTakeFirstOrThrow();
	if (Number(open) >= limit) {
		throw new Refusal('too-many-tasks', `${open} tasks of type ${type} are queued or running, and ${limit} may be`);
	}
}

/** The present, or the first moment after the newest task: times order the tasks, so no two may be the same. */
async function nextMoment(tx: Transaction, now: number): Promise<number> {
	const { newest } = await tx
		.selectFrom('task')
		.select((e) => e.fn.max('created_at').as('newest'))
		.executeTakeFirstOrThrow();
	return Math.max(now, (newest ?? 0) + 1);
}
