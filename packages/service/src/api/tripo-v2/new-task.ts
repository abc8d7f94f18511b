import type { Config } from '../../config.ts';
import { completeOptions, lowpolyOptions } from '../../contract/editing.ts';
import { segmentOptions } from '../../contract/segmentation.ts';
import {
	BUCKET,
	HIGHPOLY_TO_LOWPOLY,
	IMPORT_MODEL,
	MESH_COMPLETION,
	MESH_SEGMENTATION,
	MODEL_VERSIONS,
	TASK_HEAD,
	TASK_TYPES,
} from '../../contract/tripo-v2.ts';
import type { NewTask, TaskSource } from '../../tasks/backend.ts';

import { ApiError } from '../errors.ts';
import { checked } from '../parameters.ts';
import { tokenOfKey } from '../s3/credentials.ts';

/**
 * A request to `POST /task` as a task. What the schema does not know is kept in `input` and otherwise ignored, since
 * clients send parameters of other types along.
 *
 * @throws ApiError `invalid-parameter`, `unsupported-type`, `version-deprecated`, `version-unknown`, `not-allowed`.
 */
export function readNewTask(
	parameters: Record<string, unknown>,
	{ deprecatedVersions }: Pick<Config, 'deprecatedVersions'>,
): Omit<NewTask, 'surface'> {
	const head = checked(TASK_HEAD, parameters);
	checkType(head.type);
	if (deprecatedVersions === 'refuse') checkDeprecated(head.type, head.model_version);
	checkVersion(head.type, head.model_version);
	const { type: _, ...input } = parameters;
	if (head.type === 'import_model') {
		const { file } = checked(IMPORT_MODEL, { ...parameters, type: head.type });
		return { type: 'import_model', input, source: sourceOf(file), options: {} };
	}
	if (head.type === 'mesh_completion') {
		const task = checked(MESH_COMPLETION, { ...parameters, type: head.type });
		return { type: head.type, input, source: originalOf(task), options: completeOptions(task) };
	}
	if (head.type === 'highpoly_to_lowpoly') {
		const task = checked(HIGHPOLY_TO_LOWPOLY, { ...parameters, type: head.type });
		return { type: head.type, input, source: originalOf(task), options: lowpolyOptions(task) };
	}
	const task = checked(MESH_SEGMENTATION, { ...parameters, type: head.type });
	return { type: 'mesh_segmentation', input, source: originalOf(task), options: segmentOptions(task) };
}

const originalOf = (task: { readonly original_model_task_id: string }): TaskSource => ({
	kind: 'task',
	taskId: task.original_model_task_id,
});

function checkType(type: string): void {
	const runs = new Map<string, boolean>(Object.entries(TASK_TYPES)).get(type);
	if (runs) return;
	const names = Object.entries(TASK_TYPES).flatMap(([name, runs]) => (runs ? [name] : []));
	const what = runs === false ? `this server does not run '${type}' (yet)` : `there is no task type '${type}'`;
	throw new ApiError('unsupported-type', `the task type is unsupported: ${what}; it runs ${names.join(', ')}`);
}

function checkDeprecated(type: string, version: string | undefined): void {
	const versions = MODEL_VERSIONS[type];
	if (version === undefined || !versions?.deprecated.includes(version)) return;
	throw new ApiError('version-deprecated', `model_version '${version}' is deprecated; use '${versions.current[0]}'`);
}

function checkVersion(type: string, version: string | undefined): void {
	const versions = MODEL_VERSIONS[type];
	if (version === undefined || !versions || [...versions.current, ...versions.deprecated].includes(version)) return;
	const known = versions.current.map((name) => `'${name}'`).join(' or ');
	throw new ApiError('version-unknown', `invalid model version '${version}': ${type} has ${known}`);
}

type FileReference = ReturnType<typeof IMPORT_MODEL.parse>['file'];

/** Where the model is; the schema has made sure that it is told in exactly one way. */
function sourceOf({ object, file_token: token, url }: FileReference): TaskSource {
	if (url !== undefined) return { kind: 'url', url };
	if (token !== undefined) return { kind: 'upload', token };
	const { bucket, key } = object!;
	if (bucket !== BUCKET)
		throw new ApiError('not-allowed', `file.object.bucket '${bucket}' is not read here; uploads are in '${BUCKET}'`);
	return { kind: 'upload', token: tokenOfKey(key) };
}
