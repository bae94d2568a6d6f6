import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
	readonly method: string;
	readonly url: string;
	readonly headers: IncomingMessage['headers'];
	readonly body: string;
}

export interface HostileServer {
	readonly url: string;
	readonly port: number;
	/** Everything that arrived, in order. */
	readonly heard: readonly Heard[];
	close(): Promise<void>;
}

type Answerer = (heard: Heard, response: ServerResponse) => void | Promise<void>;

/** A server that answers as a test says; without a say, a witness that answers 200 to everything. */
export async function hostileServer(
	answer: Answerer = (_heard, response) => void response.end('{}'),
	host = '127.0.0.1',
): Promise<HostileServer> {
	const heard: Heard[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const one: Heard = {
				method: request.method ?? '',
				url: request.url ?? '',
				headers: request.headers,
				body: Buffer.concat(chunks).toString('utf8'),
			};
			heard.push(one);
			void answer(one, response);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, host, resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		port,
		heard,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** Writes JSON as the Store and the token endpoint do. */
export function json(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
	response.end(JSON.stringify(body));
}

/** Answers a request for a token; false if it was none. */
export function gaveToken(heard: Heard, response: ServerResponse, token: string): boolean {
	if (!heard.url.endsWith('/oauth2/token')) return false;
	json(response, 200, { token_type: 'Bearer', expires_in: '3600', access_token: token });
	return true;
}
