import type { FastifyInstance } from 'fastify';
import { BALANCE, ERROR, ok as okSchema } from '../../contract/tripo-v2.ts';
import type { Backend } from '../../tasks/backend.ts';
import { requireKey } from '../auth.ts';
import type { Limits } from '../limits.ts';
import { limitRate } from '../rate-limit.ts';
import { answerErrors, ok } from './answers.ts';
import { taskRoutes } from './tasks.ts';
import { uploadRoutes } from './uploads.ts';
import { watchRoutes } from './watch.ts';

/** The Tripo v2 surface, under `/v2/openapi`. */
export const tripoV2 = (backend: Backend, limits: Limits) => async (scope: FastifyInstance) => {
	requireKey(scope, backend.keys);
	scope.addHook('onRequest', limitRate(limits.requests, 'requests'));
	answerErrors(scope);
	taskRoutes(scope, backend);
	watchRoutes(scope, backend);
	uploadRoutes(scope, backend, limits.uploads);
	for (const path of ['/user/balance', '/user/wallet/balance']) {
		scope.get(path, { config: { operation: GET_BALANCE } }, async ({ key }) => {
			const { balance, frozen } = await backend.keys.balance(key.id);
			return ok({ balance, frozen });
		});
	}
};

const GET_BALANCE = { tag: 'Tripo v2', summary: 'Credits', answer: okSchema(BALANCE), errors: ERROR, statuses: [401] };
