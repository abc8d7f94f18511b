import type { FastifyInstance } from 'fastify';
import { STUDIO_ERROR, WALLET } from '../../contract/studio3d-v1.ts';
import type { Backend } from '../../tasks/backend.ts';
import { requireKey } from '../auth.ts';
import type { Limits } from '../limits.ts';
import { limitRate } from '../rate-limit.ts';
import { answerErrors } from './answers.ts';
import { statusRoute } from './status.ts';
import { submissionRoute } from './submission.ts';

/** The 3D AI Studio surface, under `/v1`. */
export const studio3dV1 = (backend: Backend, limits: Limits) => async (scope: FastifyInstance) => {
	requireKey(scope, backend.keys);
	scope.addHook('onRequest', limitRate(limits.requests, 'requests'));
	answerErrors(scope);
	submissionRoute(scope, backend, limits);
	statusRoute(scope, backend);
	for (const path of ['/account/user/wallet/', '/user/wallet/']) {
		scope.get(path, { config: { operation: GET_WALLET } }, async ({ key }) => {
			const { balance } = await backend.keys.balance(key.id);
			return { balance: balance.toFixed(2) };
		});
	}
};

const GET_WALLET = {
	tag: '3D AI Studio v1',
	summary: 'Credits',
	answer: WALLET,
	errors: STUDIO_ERROR,
	statuses: [401],
};
