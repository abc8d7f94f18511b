import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ERROR, ok as okSchema, STS_REQUEST, UPLOAD_CREDENTIALS } from '../../contract/tripo-v2.ts';
import type { Backend } from '../../tasks/backend.ts';
import { ApiError } from '../errors.ts';
import { receiveForm } from '../form.ts';
import { publicBase } from '../links.ts';
import { checked } from '../parameters.ts';
import { limitRate, type TokenBuckets } from '../rate-limit.ts';
import { issueCredentials } from '../s3/credentials.ts';
import { ok } from './answers.ts';

const tag = 'Tripo v2';

/** Takes files in: as a form, or by handing out credentials for the S3 door. */
export function uploadRoutes(scope: FastifyInstance, backend: Backend, buckets: TokenBuckets): void {
	const { uploads, config } = backend;
	const onRequest = limitRate(buckets, 'uploads');

	const receive = async (request: FastifyRequest) => {
		if (!request.isMultipart())
			throw new ApiError('malformed-body', "the body is not multipart/form-data with the file in the field 'file'");
		const { upload } = await receiveForm(request, uploads, { fileField: 'file', maxBytes: config.limits.uploadBytes });
		if (!upload) throw new ApiError('invalid-parameter', "invalid parameter 'file': the form has no file of that name");
		return ok({ image_token: upload.token });
	};
	scope.post('/upload', { onRequest, config: { operation: UPLOAD } }, receive);
	scope.post('/upload/sts', { onRequest, config: { operation: UPLOAD } }, receive);

	// Answers on a server without TLS too: s3_scheme says what s3_host speaks. The vendor's own SDK always takes https,
	// so with boto3 installed it needs `tls` or an https `publicUrl`; without boto3 it uses POST /upload.
	scope.post('/upload/sts/token', { onRequest, config: { operation: CREDENTIALS } }, async (request) => {
		const { format = 'glb' } = checked(STS_REQUEST, request.body ?? {});
		const { protocol, host } = new URL(publicBase(request, config));
		const credentials = await issueCredentials(backend, request.key.id, format);
		return ok({ s3_host: host, s3_scheme: protocol === 'https:' ? 'https' : 'http', ...credentials });
	});
}

const UPLOAD = {
	tag,
	summary: 'Uploads a file',
	file: 'file',
	answer: okSchema(z.object({ image_token: z.string() })),
	errors: ERROR,
	statuses: [400, 401, 413, 429, 500],
};
const CREDENTIALS = {
	tag,
	summary: 'Gives temporary S3 credentials for one upload',
	body: STS_REQUEST,
	answer: okSchema(UPLOAD_CREDENTIALS),
	errors: ERROR,
};
