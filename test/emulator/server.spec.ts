import { connect } from 'node:net';
import axios from 'axios';
import { startEmulator } from '../../emulator/server';
import { defaultClient } from '../../emulator/service';
import { serve } from './support';

let running: Awaited<ReturnType<typeof serve>>;
beforeEach(async () => {
	running = await serve();
});
afterEach(() => running.close());

const seats = '/V1/Inventory/APP/0001/Seats';

/** Sends the bytes as they are: no client tidies the request up. */
function sendRaw(text: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(Number(new URL(running.url).port), '127.0.0.1', () => socket.end(text));
		let answer = '';
		socket.on('data', (data) => (answer += String(data)));
		socket.on('end', () => resolve(answer));
		socket.on('error', reject);
	});
}

test('the emulator sees the raw target, odd encodings and content types included', async () => {
	const authorization = `Authorization: Bearer ${running.emulator.tokens.issue()}`;
	const request = (line: string, more = '') =>
		`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${authorization}\r\n${more}\r\n`;
	const target = `${seats}/%61da%40contoso.com`;
	expect(await sendRaw(request(`POST ${target}`))).toMatch(/^HTTP\/1.1 200 /);
	expect(await sendRaw(request(`GET ${seats}/%zz`))).toMatch(/^HTTP\/1.1 400 /);
	const body = JSON.stringify({ usernames: ['alan@contoso.com'], seatAction: 'Assign' });
	const typed = `Content-Type: no type\r\nContent-Length: ${body.length}\r\n`;
	expect(await sendRaw(`${request(`POST ${seats}`, typed)}${body}`)).toMatch(/^HTTP\/1.1 200 /);
	const untyped = `Content-Length: ${body.length}\r\n`;
	expect(await sendRaw(`${request(`POST ${seats}`, untyped)}${body}`)).toMatch(/^HTTP\/1.1 200 /);
	expect(running.emulator.log[0].target).toBe(target);
	expect(running.emulator.log[2].usernames).toEqual(['alan@contoso.com']);
});

test('only loopback, and only a free port', async () => {
	await expect(startEmulator({ host: '0.0.0.0' })).rejects.toThrow('this machine only');
	await expect(startEmulator({ host: 'contoso.com' })).rejects.toThrow('this machine only');
	const port = Number(new URL(running.url).port);
	await expect(startEmulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('close() ends requests that hang', async () => {
	running.emulator.faults.add({ effect: { kind: 'hang', work: 'none' } });
	const hung = running.http.get('/V1/Inventory').catch((error: { code: string }) => error.code);
	await new Promise((resolve) => running.emulator.once('asked', resolve));
	await running.close();
	expect(await hung).toBe('ECONNRESET');
});

test('the log tells what went over the wire, and no secret', async () => {
	const { http, emulator, url } = running;
	const { tenantId, clientId, clientSecret } = defaultClient;
	const form = new URLSearchParams({
		grant_type: 'client_credentials',
		client_id: clientId,
		client_secret: clientSecret,
		resource: 'https://onestore.microsoft.com',
	});
	const { data } = await axios.post(
		`${url}/${tenantId}/oauth2/token?client_secret=${clientSecret}`,
		form,
	);
	const answered: number[] = [];
	emulator.on('answered', ({ n }) => answered.push(n));
	const body = { usernames: ['ada@contoso.com', 'x@contoso.com'], seatAction: 'assign' };
	await http.post(seats, body, { headers: { 'MS-CV': 'q83vASNFZ4mrze8B.0' } });
	await http.get(`${seats}/ada%40contoso.com`);
	await http.get('/elsewhere?a=1');

	expect(emulator.requests('bulkSeats')).toEqual([
		{
			n: 2,
			operation: 'bulkSeats',
			method: 'POST',
			target: seats,
			productId: 'APP',
			skuId: '0001',
			usernames: body.usernames,
			seatAction: 'assign',
			startedMs: expect.any(Number),
			endedMs: expect.any(Number),
			status: 200,
			inFlight: 1,
			userAgentHeaderNames: expect.arrayContaining(['ms-cv', 'content-type']),
			hadAuthorization: true,
			tokenState: 'valid',
			msCv: 'q83vASNFZ4mrze8B.0',
		},
	]);
	expect(emulator.requests('getSeat')[0].usernames).toEqual(['ada@contoso.com']);
	expect(emulator.requests().map(({ operation }) => operation)).toEqual([
		'token',
		'bulkSeats',
		'getSeat',
		undefined,
	]);
	expect(answered).toEqual([2, 3, 4]);
	const written = JSON.stringify(emulator.log);
	expect(written).not.toContain(clientSecret);
	expect(written).not.toContain(data.access_token);
	expect(written).not.toMatch(/emulated\.\d/);
	expect(written).not.toContain('Bearer');
});

describe('admin surface', () => {
	const admin = (method: string, path: string, data?: unknown) =>
		running.http.request({ method, url: `/_emulator${path}`, data });

	test('state and users', async () => {
		const added = await admin('POST', '/users', { count: 2, prefix: 'pupil' });
		expect(added.data).toEqual({ added: ['pupil0001@contoso.com', 'pupil0002@contoso.com'] });
		await admin('POST', '/users', {
			users: ['sam@contoso.com', { upn: 'new@contoso.com', knownInSeconds: 60 }],
		});
		await running.http.post(seats, { usernames: ['sam@contoso.com'], seatAction: 'Assign' });
		const { data } = await admin('GET', '/state');
		expect(data.users).toHaveLength(8);
		expect(data.users[7]).toMatchObject({
			upn: 'new@contoso.com',
			knownFromMs: expect.any(Number),
		});
		expect(data.entries[0]).toMatchObject({
			productId: 'APP',
			seatCapacity: 3,
			availableSeats: 2,
			holders: ['sam@contoso.com'],
		});
	});

	test('products', async () => {
		const product = { productId: 'NEW', skus: [{ skuId: '0001', seatCapacity: 7 }] };
		expect((await admin('POST', '/products', product)).data).toEqual({ added: ['NEW'] });
		expect(running.emulator.state.entry('NEW', '0001').availableSeats).toBe(7);
	});

	test('quirks, faults, rate limit, latency', async () => {
		expect((await admin('PUT', '/quirks', { casing: 'pascal' })).data.casing).toBe('pascal');
		expect((await running.http.get('/V1/Inventory')).data).toHaveProperty('InventoryEntries');
		const rule = { effect: { kind: 'status', status: 503 } };
		expect((await admin('POST', '/faults', rule)).data).toEqual({ faults: [rule] });
		expect((await running.http.get('/V1/Inventory')).status).toBe(503);
		await admin('DELETE', '/faults');
		await admin('PUT', '/rate-limit', { perSecond: 0.001, burst: 1 });
		const ask = () => running.http.get('/V1/Inventory');
		expect([(await ask()).status, (await ask()).status]).toContain(429);
		expect((await admin('PUT', '/rate-limit', null)).data).toEqual({ rateLimit: null });
		expect((await ask()).status).toBe(200);
		await admin('PUT', '/latency', { latencyMs: 1 });
		expect(running.emulator.latencyMs).toBe(1);
	});

	test('tokens, log, reset', async () => {
		await admin('POST', '/tokens/expire');
		expect((await running.http.get('/V1/Inventory')).status).toBe(401);
		const { data } = await admin('GET', '/log');
		expect(data).toMatchObject({ maxInFlight: 1, requests: [{ n: 1, status: 401 }] });
		await admin('DELETE', '/log');
		expect(running.emulator.log).toEqual([]);
		running.emulator.state.addUser('sam@contoso.com');
		running.emulator.latencyMs = 5;
		await admin('POST', '/reset');
		expect(running.emulator.state.users).toHaveLength(4);
		expect([running.emulator.latencyMs, running.emulator.tokens.issued]).toEqual([0, 0]);
	});

	test.each([
		['PUT', '/quirks', { casing: 'kebab' }],
		['PUT', '/quirks', 'nonsense'],
		['POST', '/faults', { effect: { kind: 'boom' } }],
		['PUT', '/rate-limit', { perSecond: 0 }],
		['PUT', '/rate-limit', { perSecond: 1, burst: 0.5 }],
		['PUT', '/latency', { latencyMs: 'long' }],
		['POST', '/users', {}],
		['POST', '/users', { count: -1 }],
		['POST', '/users', { users: ['ada@contoso.com'] }],
	])('%s %s refuses %j with a sentence', async (method, path, body) => {
		const { status, data } = await admin(method, path, body);
		expect(status).toBe(400);
		expect(data.message).toMatch(/\w+ .*/);
	});

	test('is no part of the Store', async () => {
		expect((await admin('GET', '/nothing')).status).toBe(404);
		await admin('GET', '/state');
		expect(running.emulator.log).toEqual([]);
	});
});
