import type { FastifyInstance } from 'fastify';
import { checkFaultRule } from './faults';
import { checkQuirks } from './quirks';
import { checkRateLimit } from './rateLimit';
import type { StoreEmulator } from './service';
import type { AddUsersOptions, ProductSpec, UserSpec } from './store';

/** Where the admin surface lives, beside the Store's own paths. */
export const adminPrefix = '/_emulator';

/** What `POST /_emulator/users` takes: a number of users to make up, or users. */
interface UsersBody extends AddUsersOptions {
	count?: number;
	users?: Array<string | (UserSpec & { knownInSeconds?: number })>;
}

/**
 * The admin surface, for programs in another process: what a test does with the emulator object, as
 * JSON over HTTP. A body that makes no sense is answered with 400 and a sentence in `message`.
 */
export function addAdminRoutes(server: FastifyInstance, emulator: StoreEmulator): void {
	const route = (
		method: 'GET' | 'POST' | 'PUT' | 'DELETE',
		path: string,
		answer: (body: unknown) => unknown,
	) =>
		server.route({
			method,
			url: `${adminPrefix}${path}`,
			handler: async (request, reply) => {
				try {
					const body = request.body ? (JSON.parse(String(request.body)) as unknown) : undefined;
					return await reply.send(answer(body));
				} catch (error) {
					return await reply.status(400).send({ message: (error as Error).message });
				}
			},
		});

	route('GET', '/state', () => emulator.state.snapshot());
	route('GET', '/log', () => ({ maxInFlight: emulator.maxInFlight, requests: emulator.log }));
	route('DELETE', '/log', () => {
		emulator.clearLog();
		return { requests: [] };
	});
	route('PUT', '/quirks', (body) => {
		emulator.quirks = checkQuirks(body);
		return emulator.quirks;
	});
	route('POST', '/faults', (body) => {
		const rules = [body].flat().map(checkFaultRule);
		emulator.faults.add(...rules);
		return { faults: emulator.faults.rules };
	});
	route('DELETE', '/faults', () => {
		emulator.faults.clear();
		return { faults: [] };
	});
	route('PUT', '/rate-limit', (body) => {
		emulator.rateLimit = checkRateLimit(body ?? null);
		return { rateLimit: emulator.rateLimit ?? null };
	});
	route('PUT', '/latency', (body) => {
		const { latencyMs } = (body ?? {}) as { latencyMs?: unknown };
		if (typeof latencyMs !== 'number' || latencyMs < 0) {
			throw new Error('latencyMs is a number of milliseconds.');
		}
		emulator.latencyMs = latencyMs;
		return { latencyMs };
	});
	route('POST', '/users', (body) => ({ added: addUsers(emulator, (body ?? {}) as UsersBody) }));
	route('POST', '/products', (body) => {
		const products = [body].flat() as ProductSpec[];
		for (const product of products) emulator.state.addProduct(product);
		return { added: products.map(({ productId }) => productId) };
	});
	route('POST', '/tokens/expire', () => {
		emulator.tokens.expireAll();
		return { issued: emulator.tokens.issued };
	});
	route('POST', '/reset', () => {
		emulator.reset();
		return { reset: true };
	});
}

function addUsers(emulator: StoreEmulator, body: UsersBody): string[] {
	if (body.count !== undefined) {
		if (!Number.isInteger(body.count) || body.count < 0)
			throw new Error('count is a whole number.');
		return emulator.state.addUsers(body.count, body);
	}
	if (!Array.isArray(body.users)) throw new Error('Give users, or the count of users to make up.');
	return body.users.map((given) => {
		if (typeof given === 'string') return emulator.state.addUser(given).upn;
		const { knownInSeconds, ...user } = given;
		if (knownInSeconds !== undefined) {
			user.knownFromMs = emulator.clock.nowMs() + knownInSeconds * 1000;
		}
		return emulator.state.addUser(user).upn;
	});
}
