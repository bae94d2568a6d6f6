import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { addAdminRoutes, adminPrefix } from './admin';
import { isLoopback } from './authority';
import { type EmulatorOptions, StoreEmulator, type WireAnswer, type WireRequest } from './service';

export interface ServerOptions extends EmulatorOptions {
	/** Default 0: any free port. */
	port?: number;
	/** Default 127.0.0.1. Anything that is not loopback is refused. */
	host?: string;
}

export interface RunningEmulator {
	emulator: StoreEmulator;
	/** Base URL of the Store and of the token authority, without a slash at the end. */
	url: string;
	/** Ends every connection at once, also those that hang, and frees the port. */
	close(): Promise<void>;
}

const maxBodyBytes = 64 * 1024 * 1024;
const wireRoute = '/wire';

/**
 * Starts an emulator on this machine. Rejects for a host that is not loopback, as neither the admin
 * surface nor the sign-in page asks who is there, and for a port that is taken (`EADDRINUSE`).
 */
export async function startEmulator(options: ServerOptions = {}): Promise<RunningEmulator> {
	const { port = 0, host = '127.0.0.1', ...emulatorOptions } = options;
	if (!isLoopback(host)) {
		throw new Error(`The emulator listens on this machine only, so not on ${host}. Use 127.0.0.1.`);
	}
	const emulator = new StoreEmulator(emulatorOptions);
	const server = createServer(emulator);
	await server.listen({ port, host });
	const address = server.server.address() as AddressInfo;
	const shownHost = host.includes(':') ? `[${host.replace(/[[\]]/g, '')}]` : host;
	return {
		emulator,
		url: `http://${shownHost}:${address.port}`,
		close: async () => {
			emulator.close();
			await server.close();
		},
	};
}

/**
 * The HTTP shell. Fastify's router decodes paths and refuses odd ones, so everything but the admin
 * surface is sent to one route and matched by the emulator on the raw target.
 */
function createServer(emulator: StoreEmulator): FastifyInstance {
	const arrived = new WeakMap<IncomingMessage, Pick<WireRequest, 'target' | 'headers'>>();
	const server = Fastify({
		bodyLimit: maxBodyBytes,
		forceCloseConnections: true,
		rewriteUrl: (rewritten) => {
			const request = rewritten as IncomingMessage;
			const target = request.url ?? '/';
			if (target.startsWith(`${adminPrefix}/`)) return target;
			arrived.set(request, { target, headers: joinedHeaders(request) });
			// Fastify answers 415 by itself to a content type that is none; that is for the Store to say.
			if (request.headers['content-type']) request.headers['content-type'] = 'text/plain';
			return wireRoute;
		},
	});
	server.removeAllContentTypeParsers();
	server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
		done(null, body);
	});
	server.all(wireRoute, async (request, reply) => {
		const raw = request.raw as IncomingMessage;
		reply.hijack();
		const gone = new AbortController();
		reply.raw.on('close', () => {
			if (!reply.raw.writableFinished) gone.abort();
		});
		const wireRequest: WireRequest = {
			method: raw.method ?? 'GET',
			target: arrived.get(raw)?.target ?? '/',
			headers: arrived.get(raw)?.headers ?? {},
			body: typeof request.body === 'string' ? request.body : '',
		};
		await emulator
			.handle(wireRequest, gone.signal)
			.then((answer) => send(answer, reply.raw))
			.catch(() => reply.raw.destroy());
	});
	addAdminRoutes(server, emulator);
	return server;
}

function joinedHeaders({ headers }: IncomingMessage): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
	);
}

function send(answer: WireAnswer, response: ServerResponse): void {
	if (answer.cut === 'beforeHeaders' || response.destroyed) {
		response.destroy();
		return;
	}
	const body = Buffer.from(answer.body as string);
	response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
	if (answer.cut === 'midBody') {
		response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
	} else {
		response.end(body);
	}
}
