import type { ServerResponse } from 'node:http';

import { faultKinds, type FaultEffect } from '../../emulator/faults';
import type { QuirkSettings } from '../../emulator/quirks';
import { startEmulator } from '../../emulator/server';
import { defaultClient } from '../../emulator/service';
import { Engine } from '../../harness/engine';
import {
	attack,
	hurry,
	latestCredentialId,
	ON_ERROR,
	pause,
	PRODUCT,
	rowsOf,
	SKU,
	type Attack,
	type OnErrorSetting,
} from '../support/attack';
import { hostileServer, json, type Heard } from '../support/hostileServer';
import { leaksIn, Recorder, written } from '../support/leaks';

jest.setTimeout(30_000);

/** With characters that look different in a URL and in a form. */
const SECRET = 'S3cr3t~emulated/with=signs&more+than.usual%41';
const NAMES = ['ada@contoso.com', 'ghost@contoso.com', 'malformed', 'grace@contoso.com'];

describe('secrets', () => {
	let engine: Engine;
	let recorder: Recorder;

	beforeAll(async () => {
		// Read when n8n's logger is made, which is at the engine's start.
		process.env.N8N_LOG_LEVEL = 'debug';
		engine = await Engine.start();
		await hurry(engine);
	});
	beforeEach(() => {
		recorder = new Recorder();
	});
	afterEach(() => recorder.end());

	const storedTokens = async (): Promise<string[]> => {
		const id = latestCredentialId();
		const data = await (await engine.credentials.getCredentials({ id, name: id })).getData();
		const tokens = Object.entries((data.oauthTokenData ?? {}) as Record<string, unknown>);
		return tokens
			.filter(([name]) => /token$/i.test(name))
			.map(([, token]) => token)
			.filter((token) => typeof token === 'string');
	};

	/** Runs and looks through everything that came of it: items, error, messages, log. */
	const expectNoLeak = async (url: string, what: Attack, more: readonly string[] = []) => {
		const messages: unknown[] = [];
		const ended = await attack(engine, url, {
			...what,
			start: { mode: 'manual', onMessage: (message) => messages.push(message) },
		});
		const secrets = [SECRET, ...more, ...(await storedTokens())];
		const log = recorder.text;
		recorder.end();
		expect(leaksIn(written(ended.run.data.resultData), secrets)).toEqual([]);
		expect(leaksIn(written(ended.error), secrets)).toEqual([]);
		expect(leaksIn(written(messages), secrets)).toEqual([]);
		expect(leaksIn(log, secrets)).toEqual([]);
		expect(log).not.toMatch(/Bearer (?!\[removed\])\S/);
		recorder = new Recorder();
		return { ...ended, messages, log };
	};

	it('the recorder hears n8n at work, down to its debug lines', async () => {
		const { emulator, url, close } = await startEmulator({
			users: NAMES.slice(0, 1),
			clients: [{ ...defaultClient, clientSecret: SECRET }],
			faults: [{ on: { operation: 'bulkSeats', nth: 1 }, effect: { kind: 'expireTokens' } }],
		});
		const { log, messages } = await expectNoLeak(url, {
			rows: rowsOf(NAMES.slice(0, 1)),
			credential: { clientSecret: SECRET },
		});
		expect(log).toMatch(/OAuth2 token .* expired/);
		expect(log).toMatch(/Running node "Store Seats"/i);
		expect(messages.length).toBeGreaterThan(0);
		expect(emulator.tokens.issued).toBe(2);
		await close();
	});

	const FAULTS: ReadonlyArray<[string, FaultEffect, QuirkSettings?]> = [
		...[400, 401, 403, 404, 408, 409, 413, 429, 500, 502, 503, 504].map(
			(status): [string, FaultEffect] => [
				`status ${status}`,
				{ kind: 'status', status, retryAfter: status === 429 ? 1 : undefined },
			],
		),
		['a delay past the timeout', { kind: 'delay', ms: 400, of: 'answer' }],
		['a hanging request', { kind: 'hang', work: 'done' }],
		['a cut before the work', { kind: 'cut', at: 'beforeWork' }],
		['a cut after the work', { kind: 'cut', at: 'afterWork' }],
		['a cut in the answer', { kind: 'cut', at: 'midBody' }],
		['a truncated answer', { kind: 'truncate' }],
		['a page', { kind: 'html' }],
		['another body', { kind: 'replace', body: { unexpected: true } }],
		['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:1/' }],
		['expiring tokens', { kind: 'expireTokens' }],
		['a huge answer', { kind: 'huge', megabytes: 1 }],
		['a deep answer', { kind: 'deep', levels: 500 }],
	];

	it('every kind of fault is among them', () => {
		expect(new Set(FAULTS.map(([, { kind }]) => kind))).toEqual(new Set(faultKinds));
	});

	it.each(
		FAULTS.flatMap(([because, effect]) =>
			ON_ERROR.map((onError): [string, OnErrorSetting, FaultEffect] => [because, onError, effect]),
		),
	)('%s, %s: nothing of the secret or a token is written down', async (_, onError, effect) => {
		for (const where of [['bulkSeats'], ['getSeat', 'getSeats'], ['token']] as const) {
			// A token endpoint that hangs has a test among the hostile answers.
			if (where[0] === 'token' && effect.kind === 'hang') continue;
			const { emulator, url, close } = await startEmulator({
				users: NAMES.filter((name) => /ada|grace/.test(name)),
				clients: [{ ...defaultClient, clientSecret: SECRET }],
				quirks: { malformedName: 'refuseName', omitUsers: where[0] === 'getSeat' },
				faults: [{ on: { operation: [...where] }, effect }],
			});
			const known = emulator.tokens.issue();
			await expectNoLeak(
				url,
				{
					rows: rowsOf(NAMES),
					onError,
					credential: {
						clientSecret: SECRET,
						...(where[0] === 'token'
							? {}
							: { oauthTokenData: { access_token: known, token_type: 'Bearer' } }),
					} as never,
					options: { requestTimeout: 0.2, maxAttempts: 2, failOnFailedSeats: true },
				},
				[known],
			).finally(close);
		}
	});

	it.each(
		(['flat', 'nested', 'pascal', 'data', 'html', 'text'] as const).flatMap((errorShape) =>
			ON_ERROR.map((onError): [string, OnErrorSetting] => [errorShape, onError]),
		),
	)(
		'refusals in the form "%s", %s, with the right secret and a wrong one',
		async (errorShape, onError) => {
			for (const clientSecret of [SECRET, `${SECRET}-wrong`]) {
				const { url, close } = await startEmulator({
					users: ['ada@contoso.com'],
					clients: [{ ...defaultClient, clientSecret: SECRET }],
					quirks: {
						errorShape: errorShape as never,
						unknownUser: 'refuseBatch404User',
						badNamesNamed: true,
					},
				});
				await expectNoLeak(url, { rows: rowsOf(NAMES), onError, credential: { clientSecret } }, [
					clientSecret,
				]).finally(close);
			}
		},
	);

	describe('a service that gives back what it was sent', () => {
		const TOKEN = 'echoed.1.kf83hs02ndl1psjd72hsn1ks'.padEnd(1200, 'Zq7w');
		const OLD_TOKEN = 'expired.0.p2ls93mzbq01jd84hskq'.padEnd(300, 'Yx5v');
		const FORMS: ReadonlyArray<[string, (token: string) => string]> = [
			['the header as it is', (token) => `Bearer ${token}`],
			['the token alone', (token) => token],
			['the token in quotation marks', (token) => `token="${token}"`],
			['the header in small letters', (token) => `authorization: bearer ${token}`],
			['the token in a URL', (token) => `https://x/?access_token=${encodeURIComponent(token)}`],
			['the token in base64', (token) => Buffer.from(token).toString('base64')],
			['the header in base64', (token) => Buffer.from(`Bearer ${token}`).toString('base64')],
			['the token in URL-safe base64', (token) => Buffer.from(token).toString('base64url')],
			['the client secret', () => SECRET],
			[
				'the client secret in a form',
				() => new URLSearchParams({ client_secret: SECRET }).toString(),
			],
			[
				'the client secret in a URL in small letters',
				() => encodeURIComponent(SECRET).replace(/%../g, (one) => one.toLowerCase()),
			],
			['the client secret in base64', () => Buffer.from(SECRET).toString('base64')],
			[
				'client id and secret as Basic',
				() => `Basic ${Buffer.from(`emulator-client:${SECRET}`).toString('base64')}`,
			],
			[
				'client id and secret in base64',
				() => Buffer.from(`emulator-client:${SECRET}`).toString('base64'),
			],
			['the token where a line is cut off', (token) => `${'x'.repeat(460)} ${token}`],
			['the token where the reading ends', (token) => `${'x '.repeat(1_980)}${token}`],
			[
				'the token behind white space where the reading ends',
				(token) => `${' '.repeat(3_960)}${token}`,
			],
			[
				'the client secret behind white space where the reading ends',
				() => `${'\n'.repeat(3_970)}${SECRET}`,
			],
			[
				'the token behind mark-up where the reading ends',
				(token) => `<${'i'.repeat(19_950)}>${token}`,
			],
			['the client secret where a line is cut off', () => `${'x'.repeat(470)} ${SECRET}`],
			['the token twice without a gap', (token) => token + token],
			['the token inside a word', (token) => `abc${token}def`],
			['an expired token', () => `Bearer ${OLD_TOKEN}`],
			['an expired token alone', () => OLD_TOKEN],
		];
		const PLACES: ReadonlyArray<[string, (response: ServerResponse, words: string) => void]> = [
			[
				'the message of a 400',
				(response, message) => json(response, 400, { code: 'BadRequest', message }),
			],
			['the code of a 403', (response, code) => json(response, 403, { code })],
			[
				'an unknown field of a 409',
				(response, words) => json(response, 409, { odd: { odder: words } }),
			],
			[
				'the data of a 404',
				(response, details) => json(response, 404, { data: { itemType: 'Inventory', details } }),
			],
			['a 500 of text', (response, words) => void response.writeHead(500).end(words)],
			[
				'the title of a page with 502',
				(response, words) =>
					void response
						.writeHead(502, { 'content-type': 'text/html' })
						.end(`<html><title>${words}</title></html>`),
			],
			[
				'the body of a page with 403',
				(response, words) =>
					void response
						.writeHead(403, { 'content-type': 'text/html' })
						.end(`<html><p>${words}</p></html>`),
			],
			['a 401', (response, message) => json(response, 401, { message })],
			[
				'a reason in a 200',
				(response, failureReason) =>
					json(response, 200, {
						failedSeatOperations: NAMES.map((userName) => ({ userName, failureReason })),
					}),
			],
			[
				'the state of a seat in a 200',
				(response, state) =>
					json(response, 200, { seatDetails: NAMES.map((assignedTo) => ({ assignedTo, state })) }),
			],
			[
				'the date of a seat in a 200',
				(response, dateAssigned) =>
					json(response, 200, {
						seatDetails: NAMES.map((assignedTo) => ({ assignedTo, state: 'Active', dateAssigned })),
					}),
			],
			['a text in a 200', (response, words) => void response.writeHead(200).end(words)],
			[
				'Retry-After',
				(response, words) =>
					void response.writeHead(429, { 'retry-after': words.replace(/[^\x20-\x7e]/g, '') }).end(),
			],
		];

		const echo = async (
			answer: (response: ServerResponse, words: string) => void,
			words: (token: string) => string,
		) => {
			return await hostileServer((heard: Heard, response) => {
				if (heard.url.endsWith('/oauth2/token')) {
					json(response, 200, { token_type: 'Bearer', expires_in: '3600', access_token: TOKEN });
				} else {
					const sent = heard.headers.authorization?.replace(/^Bearer /, '') ?? TOKEN;
					answer(response, words(sent));
				}
			});
		};

		it.each(
			FORMS.flatMap(([form, words]) =>
				PLACES.map(
					([place, answer]): [
						string,
						string,
						(token: string) => string,
						(response: ServerResponse, words: string) => void,
					] => [form, place, words, answer],
				),
			),
		)('%s, in %s', async (_, __, words, answer) => {
			const server = await echo(answer, words);
			try {
				const old = { access_token: OLD_TOKEN, token_type: 'Bearer' };
				// A first run has no token yet, a later one has one that is stored.
				// What the service gives back of a token that this run never had is no business of the node's.
				const first = words('').includes(OLD_TOKEN) ? old : undefined;
				for (const [onError, oauthTokenData] of [
					['stopWorkflow', first],
					['continueRegularOutput', old],
					['continueErrorOutput', first],
				] as const) {
					await expectNoLeak(
						server.url,
						{
							rows: rowsOf(NAMES),
							onError,
							credential: {
								clientSecret: SECRET,
								...(oauthTokenData && { oauthTokenData }),
							} as never,
							options: { maxAttempts: 2, requestTimeout: 2, failOnFailedSeats: true },
						},
						[TOKEN, OLD_TOKEN],
					);
				}
			} finally {
				await server.close();
			}
		});

		it('a token that is fetched while another answer comes in', async () => {
			let fetched = 0;
			const server = await hostileServer(async (heard: Heard, response) => {
				if (heard.url.endsWith('/oauth2/token')) {
					const access_token = `opaque-token-number-${++fetched}`;
					if (fetched > 1) await pause(300);
					json(response, 200, { token_type: 'Bearer', expires_in: '3600', access_token });
					return;
				}
				const sent = String(heard.headers.authorization).replace('Bearer ', '');
				const isOld = sent.endsWith('-1');
				const [userName] =
					heard.method === 'GET'
						? []
						: (JSON.parse(heard.body) as { usernames: string[] }).usernames;
				if (userName === NAMES[2]) await pause(150);
				if (isOld && (heard.method === 'GET' || userName === NAMES[1])) {
					json(response, 401, {});
				} else if (userName === NAMES[1]) {
					const failureReason = `User unknown to the caller ${sent}`;
					json(response, 200, { failedSeatOperations: [{ userName, failureReason }] });
				} else {
					json(response, 200, { seatDetails: [{ assignedTo: userName, state: 'Active' }] });
				}
			});
			try {
				const { main } = await expectNoLeak(
					server.url,
					{ rows: rowsOf(NAMES.slice(0, 3)), options: { batchSize: 1, maxConcurrency: 3 } },
					['opaque-token-number-1', 'opaque-token-number-2'],
				);
				expect(fetched).toBe(2);
				expect(main[1].failureReason).toBe('User unknown to the caller [removed]');
			} finally {
				await server.close();
			}
		});

		it.each(FORMS)('%s, in every part of what a read gives', async (_, words) => {
			const server = await echo(
				(response, said) =>
					json(response, 200, {
						inventoryEntries: [
							{ productKey: { productId: PRODUCT, skuId: SKU }, status: said, [said]: [said, 7] },
						],
					}),
				words,
			);
			try {
				const { main } = await expectNoLeak(
					server.url,
					{
						rows: rowsOf(NAMES.slice(0, 2)),
						parameters: { resource: 'inventory', operation: 'getAll', returnAll: true },
						credential: {
							clientSecret: SECRET,
							oauthTokenData: { access_token: OLD_TOKEN, token_type: 'Bearer' },
						} as never,
					},
					[TOKEN, OLD_TOKEN],
				);
				expect(main).toHaveLength(2);
				expect(main[0]).toMatchObject({ productKey: { productId: PRODUCT, skuId: SKU } });
				expect(JSON.stringify(main)).toContain('[removed]');
			} finally {
				await server.close();
			}
		});

		it.each<[string, number, string, (form: URLSearchParams) => string]>([
			[
				'an OAuth error',
				400,
				'application/json',
				(form) =>
					JSON.stringify({
						error: 'invalid_client',
						error_description: `Bad secret ${form.get('client_secret')}`,
					}),
			],
			[
				'an OAuth error with the whole form',
				401,
				'application/json',
				(form) => JSON.stringify({ error: 'invalid_client', error_description: form.toString() }),
			],
			[
				'an error of its own',
				400,
				'application/json',
				(form) => JSON.stringify({ message: form.get('client_secret') }),
			],
			['a page', 403, 'text/html', (form) => `<title>${form.get('client_secret')}</title>`],
			['text', 500, 'text/plain', (form) => form.toString()],
			[
				'JSON that is none',
				200,
				'application/json',
				(form) => `${form.get('client_secret')}{"access_token":"${TOKEN}"`,
			],
			[
				'JSON with something behind it',
				200,
				'application/json',
				() => `{"access_token":"${TOKEN}"}x`,
			],
			['another content type', 200, 'text/plain', () => TOKEN],
		])('the token endpoint gives the secret back in %s', async (_, status, contentType, body) => {
			const server = await hostileServer((heard, response) => {
				response.writeHead(status, { 'content-type': contentType });
				response.end(body(new URLSearchParams(heard.body)));
			});
			try {
				for (const onError of ON_ERROR) {
					await expectNoLeak(
						server.url,
						{
							rows: rowsOf(NAMES),
							onError,
							credential: { clientSecret: SECRET },
							options: { maxAttempts: 2 },
						},
						[TOKEN],
					);
				}
			} finally {
				await server.close();
			}
		});
	});

	it('the product, SKU and names that a row gives are shown, whatever they look like', async () => {
		const { url, close } = await startEmulator({
			users: ['basic@contoso.com'],
			clients: [{ ...defaultClient, clientSecret: SECRET }],
		});
		const { outcomes } = await attack(engine, url, {
			rows: rowsOf(['basic@contoso.com', 'Bearer-of-bad-news@contoso.com']),
			onError: 'continueRegularOutput',
			credential: { clientSecret: SECRET },
		});
		expect(outcomes).toMatchObject([
			{ productId: PRODUCT, skuId: SKU, username: 'basic@contoso.com', status: 'succeeded' },
			{ username: 'Bearer-of-bad-news@contoso.com', status: 'failed' },
		]);
		await close();
	});
});
