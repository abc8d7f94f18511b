import type { TripoTask } from '../../contract/tripo-v2.ts';
import type { Files } from '../../tasks/backend.ts';
import { isFinal, type Task, type TaskFailure } from '../../tasks/task.ts';

/** Error code of a failed task by the cause of the failure; what is not listed is an unknown error, 1000. */
export const FAILURE_CODES: Readonly<Record<string, number>> = {
	'invalid-option': 1004,
	'no-triangles': 2003,
	'unknown-format': 2004,
	'unsupported-format': 2004,
	'unsupported-extension': 2004,
	'malformed-file': 2004,
	'truncated-file': 2004,
	'out-of-range': 2004,
	'missing-resource': 2004,
	'not-finite': 2004,
	'malformed-image': 2004,
	'missing-codec': 2004,
	'too-large': 2018,
	'out-of-memory': 2018,
	timeout: 2018,
	'download-failed': 2019,
};

const UNKNOWN_ERROR = 1000;

/** A task as this surface shows it. @param base Start of the links, from `publicBase`. */
export function taskObject(task: Task, files: Files, base: string): TripoTask {
	return {
		task_id: task.id,
		type: task.type,
		status: task.status,
		input: { ...task.input },
		output: Object.fromEntries(task.outputs.map(({ role, name }) => [role, base + files.link(task, name)])),
		progress: Math.trunc(task.progress),
		create_time: Math.floor(task.createdAt / 1000),
		queuing_num: task.status === 'queued' ? task.queuePosition : -1,
		running_left_time: isFinal(task.status) ? -1 : Math.max(0, Math.ceil(task.remainingMs / 1000)),
		consumed_credit: task.consumed,
		...(task.error ? failure(task.error) : {}),
		...(task.report ? { report: { ...task.report } } : {}),
	};
}

function failure({ code, message, cure }: TaskFailure): { error_code: number; error_msg: string } {
	return { error_code: FAILURE_CODES[code] ?? UNKNOWN_ERROR, error_msg: `${sentence(message)} ${sentence(cure)}` };
}

const sentence = (words: string): string => {
	const text = words.charAt(0).toUpperCase() + words.slice(1);
	return /[.!?]$/.test(text) ? text : `${text}.`;
};
