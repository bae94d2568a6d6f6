import { networkInterfaces } from 'node:os';

import type { ICredentialType, IExecuteFunctions, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { startEmulator, type RunningEmulator } from '../../emulator/server';
import { Engine, itemsOf } from '../../harness/engine';
import {
	attack,
	CONTINUING,
	CREDENTIAL_TYPE,
	credentialFor,
	hurry,
	latestCredentialId,
	rowsOf,
} from '../support/attack';
import { hostileServer, type HostileServer } from '../support/hostileServer';

type Field = 'tenantId' | 'authority' | 'baseUrl';

/** Where a secret would go if nobody looked: the emulator, a witness on this machine, one on its network. */
interface Places {
	readonly store: string;
	readonly witness: HostileServer;
	/** Another address of this machine than loopback, with the witness behind it. */
	readonly network: string;
}

interface Vector {
	readonly because: string;
	readonly value: (places: Places) => unknown;
}

const fixed = (value: unknown) => () => value;
const hostOf = (url: string) => url.replace('http://', '');

const TENANTS: readonly Vector[] = [
	{ because: 'empty', value: fixed('') },
	{ because: 'white space', value: fixed(' \t ') },
	{ because: 'null', value: fixed(null) },
	{ because: 'an object', value: fixed({ id: 1 }) },
	{ because: 'a number', value: fixed(5) },
	{ because: 'parent folder', value: fixed('..') },
	{ because: 'a path', value: fixed('../../other') },
	{ because: 'a segment too many', value: fixed('11111111-2222-3333-4444-555555555555/v2.0') },
	{ because: 'a query', value: fixed('contoso.com?x=') },
	{ because: 'a fragment', value: fixed('contoso.com#') },
	{ because: 'a user before a host', value: ({ witness }) => `@127.0.0.1:${witness.port}` },
	{
		because: 'a host after the authority',
		value: ({ witness }) => `.evil.example:${witness.port}`,
	},
	{ because: 'a whole address', value: ({ witness }) => witness.url },
	{ because: 'a space inside', value: fixed('contoso .com') },
	{ because: 'a line break', value: fixed('contoso.com\r\nX-Evil: 1') },
	{ because: 'an encoded slash', value: fixed('contoso.com%2f..') },
	{ because: 'a back slash', value: fixed('contoso.com\\..') },
	{ because: 'a bare word', value: fixed('contoso') },
	{ because: 'a GUID in braces', value: fixed('{11111111-2222-3333-4444-555555555555}') },
	{ because: 'a GUID one digit short', value: fixed('11111111-2222-3333-4444-55555555555') },
	{ because: 'a quotation mark and code', value: fixed('" + $self["clientSecret"] + "') },
	{ because: '10,000 characters', value: fixed(`${'a'.repeat(10_000)}!`) },
	{ because: 'many labels and a wrong end', value: fixed(`${'a.'.repeat(5_000)}!`) },
];

const ADDRESSES: readonly Vector[] = [
	{ because: 'empty', value: fixed('') },
	{ because: 'white space', value: fixed('  ') },
	// Nothing, null included, is n8n's default value, Microsoft's own address; so it is no vector here.
	{ because: 'a number', value: fixed(443) },
	{ because: 'a space inside', value: ({ store }) => `${store} /x` },
	{ because: 'a space after the scheme', value: ({ store }) => store.replace('//', '// ') },
	{ because: 'no scheme', value: ({ store }) => hostOf(store) },
	{ because: 'no scheme but slashes', value: ({ store }) => `//${hostOf(store)}` },
	{ because: 'a scheme without slashes', value: ({ store }) => `http:${hostOf(store)}` },
	{ because: 'javascript:', value: fixed('javascript:alert(1)') },
	{ because: 'data:', value: fixed('data:application/json,{}') },
	{ because: 'file:', value: fixed('file:///etc/passwd') },
	{ because: 'ftp:', value: fixed('ftp://127.0.0.1') },
	{ because: 'ws:', value: ({ store }) => store.replace('http', 'ws') },
	{ because: 'a user name', value: ({ store }) => store.replace('//', '//user@') },
	{
		because: 'a user name and a password',
		value: ({ store }) => store.replace('//', '//user:pass@'),
	},
	{
		because: 'a known host as a user name',
		value: ({ witness }) => `https://login.microsoftonline.com@127.0.0.1:${witness.port}`,
	},
	{
		because: 'a known host as a user name over http',
		value: ({ witness }) => `http://localhost@127.0.0.1:${witness.port}`,
	},
	{ because: 'parent folder', value: ({ store }) => `${store}/..` },
	{ because: 'parent folder in the middle', value: ({ store }) => `${store}/a/../b` },
	{ because: 'this folder', value: ({ store }) => `${store}/./` },
	{ because: 'encoded parent folder', value: ({ store }) => `${store}/%2e%2e` },
	{ because: 'a back slash in the path', value: ({ store }) => `${store}\\..` },
	{ because: 'back slashes for slashes', value: ({ store }) => store.replace('//', '\\\\') },
	{
		because: 'a back slash before another host',
		value: ({ witness }) => `https://login.microsoftonline.com\\@127.0.0.1:${witness.port}`,
	},
	{ because: 'a query', value: ({ store }) => `${store}?x=1` },
	{ because: 'an empty query', value: ({ store }) => `${store}?` },
	{ because: 'a fragment', value: ({ store }) => `${store}#x` },
	{ because: 'an empty fragment', value: ({ store }) => `${store}#` },
	{ because: 'http to the network', value: ({ network }) => network },
	{ because: 'http to the network, with a path', value: ({ network }) => `${network}/localhost` },
	{
		because: 'http to a name that begins with localhost',
		value: ({ witness }) => `http://localhost.evil.example:${witness.port}`,
	},
	{
		because: 'http to a name that begins with 127.0.0.1',
		value: ({ witness }) => `http://127.0.0.1.evil.example:${witness.port}`,
	},
	{ because: 'http to every address', value: ({ witness }) => `http://0.0.0.0:${witness.port}` },
	{ because: 'http to a short address', value: ({ witness }) => `http://127.1:${witness.port}` },
	{
		because: 'http to a decimal address',
		value: ({ witness }) => `http://2130706433:${witness.port}`,
	},
	{
		because: 'http to a mapped address',
		value: ({ witness }) => `http://[::ffff:127.0.0.1]:${witness.port}`,
	},
	{
		because: 'HTTP in capitals to the network',
		value: ({ network }) => network.replace('http', 'HTTP'),
	},
	{ because: 'a line break', value: ({ store }) => `${store}\r\nX-Evil: 1` },
	{ because: 'a tab, which URLs leave out', value: ({ store }) => store.replace('//', '/\t/') },
	{ because: 'NUL', value: ({ store }) => `${store}/\u0000` },
	{ because: 'a full-width slash', value: ({ store }) => `${store}／..` },
	{ because: 'an invisible character', value: ({ store }) => `${store}/\u200b` },
	{ because: 'a host of nothing', value: fixed('https://') },
	{ because: 'a host of nothing with a port', value: fixed('https://:443') },
	{ because: 'a host of points', value: fixed('https://..') },
	{ because: 'a list of two', value: ({ store, witness }) => `${store},${witness.url}` },
	{ because: 'a quotation mark and code', value: fixed('https://x" + $self["clientSecret"] + "') },
	{ because: '100,000 characters', value: ({ store }) => `${store}/${'a/'.repeat(50_000)}!` },
];

const LABELS: Record<Field, string> = {
	tenantId: 'Tenant ID',
	authority: 'Authority',
	baseUrl: 'Base URL',
};

const numbered = (
	[
		['tenantId', TENANTS],
		['authority', ADDRESSES],
		['baseUrl', ADDRESSES],
	] as ReadonlyArray<[Field, readonly Vector[]]>
).flatMap(([field, vectors]) =>
	vectors.map((vector, index): [Field, number, string, Vector] => [
		field,
		index + 1,
		vector.because,
		vector,
	]),
);

const INERT = /^check-the-[a-z-]+:$/;

/** Lets n8n itself send a request with the credential, without this package's node in between. */
class Bare implements INodeType {
	description = {
		displayName: 'bare',
		name: 'bare',
		group: ['transform' as const],
		version: 1,
		description: 'bare',
		defaults: { name: 'bare' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true }],
		properties: [{ displayName: 'URL', name: 'url', type: 'string' as const, default: '' }],
	};

	async execute(this: IExecuteFunctions) {
		let said = 'sent';
		try {
			await this.helpers.httpRequestWithAuthentication.call(this, CREDENTIAL_TYPE, {
				url: this.getNodeParameter('url', 0) as string,
			});
		} catch (error) {
			said = String(error);
		}
		return [[{ json: { said } }]];
	}
}

describe('credentials that cannot be right', () => {
	let engine: Engine;
	let running: RunningEmulator;
	let places: Places;
	let outside: HostileServer;

	beforeAll(async () => {
		engine = await Engine.start();
		await hurry(engine);
		engine.replaceNodeType('harness.bare', new Bare());
	});
	beforeEach(async () => {
		running = await startEmulator({ users: ['ada@contoso.com'] });
		outside = await hostileServer(undefined, '0.0.0.0');
		const address = Object.values(networkInterfaces())
			.flat()
			.find((one) => one?.family === 'IPv4' && !one.internal)?.address;
		places = {
			store: running.url,
			witness: outside,
			// Reserved for documentation and routed nowhere, for a machine without a network.
			network: `http://${address ?? '192.0.2.1'}:${outside.port}`,
		};
	});
	afterEach(async () => {
		await running.close();
		await outside.close();
	});

	const expectSilence = () => {
		expect(running.emulator.requests()).toEqual([]);
		expect(outside.heard).toEqual([]);
	};

	const derived = async () =>
		await engine.credentials.getDecrypted(
			undefined,
			{ id: latestCredentialId(), name: latestCredentialId() },
			CREDENTIAL_TYPE,
			'manual',
		);

	/** The credential test's base URL, resolved as n8n does, with the credential as `$credentials`. */
	const testBaseUrl = (credential: object): string => {
		const type = (engine.credentials as unknown as { types: Record<string, ICredentialType> })
			.types[CREDENTIAL_TYPE];
		const workflow = engine.workflow({ rows: [], nodes: [] });
		return workflow.expression.getParameterValue(
			(type.test as { request: { baseURL: string } }).request.baseURL,
			null,
			0,
			0,
			'Spreadsheet',
			[],
			'manual',
			{ $credentials: credential } as never,
		) as string;
	};

	it.each(numbered)(
		'%s, vector %i, %s: the node says so and sends nothing',
		async (field, _, __, vector) => {
			const credential = { [field]: vector.value(places) } as never;
			const stopped = await attack(engine, running.url, {
				rows: rowsOf(['ada@contoso.com']),
				credential,
			});
			expect(stopped.error?.message).toMatch(new RegExp(`${LABELS[field]} of the credential`));
			expect(stopped.error?.message).toMatch(/Enter /);
			expect(stopped.error?.description).toMatch(/Nothing has been sent/);
			expect(stopped.error!.message.length).toBeLessThan(500);
			for (const onError of CONTINUING) {
				const { outcomes, error } = await attack(engine, running.url, {
					rows: rowsOf(['ada@contoso.com']),
					credential,
					onError,
				});
				expect(error).toBeUndefined();
				expect(outcomes).toMatchObject([
					{
						username: 'ada@contoso.com',
						status: 'failed',
						failureReason: expect.stringContaining(LABELS[field]),
					},
				]);
			}
			expectSilence();
		},
	);

	it.each(numbered)(
		'%s, vector %i, %s: what the credential derives leads nowhere else',
		async (field, _, __, vector) => {
			const url = running.url;
			const given = { ...credentialFor(url), [field]: vector.value(places) };
			const run = await engine.run({
				rows: [{}],
				nodes: [
					{
						name: 'Bare',
						type: 'harness.bare',
						credentials: engine.saveCredential('bare', given as never),
						parameters: { url: `${outside.url}/store` },
					},
				],
			});
			const credential = await engine.credentials.getDecrypted(
				undefined,
				{ id: 'bare', name: 'bare' },
				CREDENTIAL_TYPE,
				'manual',
			);
			for (const address of [credential.accessTokenUrl, credential.authUrl]) {
				if (field !== 'baseUrl') expect(address).toMatch(INERT);
				else
					expect(
						String(address).startsWith(`${url}/11111111-2222-3333-4444-555555555555/oauth2/`),
					).toBe(true);
				expect(address).not.toContain('emulator-secret');
			}
			const tested = testBaseUrl(credential);
			if (field === 'baseUrl') expect(tested).toMatch(INERT);
			else expect(tested).toBe(url);
			// With the token endpoint's address inert, n8n itself cannot send the secret anywhere.
			if (field !== 'baseUrl') {
				expect(itemsOf(run, 'Bare')[0].json.said).not.toBe('sent');
				expectSilence();
			}
		},
	);

	it.each<[string, (url: string) => object]>([
		['a slash behind the authority', (url) => ({ authority: `${url}/` })],
		['a slash behind the base URL', (url) => ({ baseUrl: `${url}/` })],
		['slashes behind both', (url) => ({ authority: `${url}/`, baseUrl: `${url}/` })],
		[
			'white space around everything',
			(url) => ({
				authority: ` ${url}\n`,
				baseUrl: `\t${url} `,
				tenantId: ' 11111111-2222-3333-4444-555555555555 ',
			}),
		],
		[
			'a tenant in capitals',
			() => ({ tenantId: '11111111-2222-3333-4444-555555555555'.toUpperCase() }),
		],
	])('%s is fine', async (_, changed) => {
		const { outcomes } = await attack(engine, running.url, {
			rows: rowsOf(['ada@contoso.com']),
			credential: changed(running.url) as never,
		});
		expect(outcomes).toMatchObject([{ status: 'succeeded' }]);
		const credential = await derived();
		expect(new URL(String(credential.accessTokenUrl)).origin).toBe(running.url);
		expect(testBaseUrl(credential)).toBe(running.url);
		for (const { target } of running.emulator.requests()) expect(target).not.toContain('//');
	});

	it.each([
		'https://login.microsoftonline.com',
		'https://login.microsoftonline.us/',
		'https://proxy.contoso.example:8443/entra/v1',
		'https://[::1]',
	])('%s is taken or refused alike by the node and by the credential', async (authority) => {
		await attack(engine, running.url, {
			rows: [],
			credential: { authority },
		});
		const credential = await derived();
		const url = String(credential.accessTokenUrl);
		if (INERT.test(url)) return;
		expect(new URL(url).origin).toBe(new URL(authority).origin);
		expect(url).toBe(
			`${authority.replace(/\/$/, '')}/11111111-2222-3333-4444-555555555555/oauth2/token`,
		);
	});

	it('an unknown tenant and a wrong secret are asked for a token a few times at most, whatever the number of seats', async () => {
		for (const credential of [
			{ tenantId: '99999999-2222-3333-4444-555555555555' },
			{ clientSecret: 'wrong-secret' },
			{ clientId: 'nobody' },
		]) {
			running.emulator.clearLog();
			const names = Array.from({ length: 100 }, (_, n) => `u${n}@contoso.com`);
			const { outcomes } = await attack(engine, running.url, {
				rows: rowsOf(names),
				credential,
				onError: 'continueRegularOutput',
			});
			expect(outcomes.every(({ status }) => status === 'failed')).toBe(true);
			expect(outcomes[0].failureReason).toMatch(/sign-in|AADSTS|tenant|client|secret/i);
			expect(running.emulator.requests('token').length).toBeLessThanOrEqual(2);
			expect(running.emulator.requests('bulkSeats')).toEqual([]);
		}
	});
});
