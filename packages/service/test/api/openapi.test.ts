import { expect, it } from 'vitest';
import { openDoor } from './open-door.ts';

it('describes every documented route, with references that lead somewhere', async () => {
	const { ask } = await openDoor();
	const { status, json } = await ask('/openapi.json');
	expect([status, json.openapi]).toEqual([200, '3.1.0']);
	expect(
		Object.entries(json.paths)
			.flatMap(([path, methods]) => Object.keys(methods as object).map((m) => `${m} ${path}`))
			.sort(),
	).toEqual([
		'get /v1/account/user/wallet/',
		'get /v1/generation-request/{id}/status/',
		'get /v1/user/wallet/',
		'get /v2/openapi/task/watch/all',
		'get /v2/openapi/task/watch/{id}',
		'get /v2/openapi/task/{id}',
		'get /v2/openapi/user/balance',
		'get /v2/openapi/user/wallet/balance',
		'post /v1/3d-models/tripo/mesh-segmentation/',
		'post /v2/openapi/task',
		'post /v2/openapi/task/batch',
		'post /v2/openapi/upload',
		'post /v2/openapi/upload/sts',
		'post /v2/openapi/upload/sts/token',
	]);
	const references = [...JSON.stringify(json).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
		([, name]) => name!,
	);
	expect(references).toContain('MeshSegmentation');
	for (const name of references) expect(json.components.schemas).toHaveProperty(name);
	expect(json.components.schemas.MeshSegmentation.required).toEqual(['type', 'original_model_task_id']);
	expect(json.components.schemas.Task.required).toContain('create_time');
});

it('tells that it is alive', async () => {
	const { base } = await openDoor();
	expect(await (await fetch(`${base}/health`)).json()).toEqual({ status: 'ok' });
});
