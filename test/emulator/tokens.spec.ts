import axios from 'axios';
import { storeResource } from '../../emulator/authority';
import { defaultClient } from '../../emulator/service';
import { serve } from './support';

const { tenantId, clientId, clientSecret } = defaultClient;
const v1 = `/${tenantId}/oauth2/token`;
const v2 = `/${tenantId}/oauth2/v2.0/token`;
const secret = { client_id: clientId, client_secret: clientSecret };
const v1Form = { grant_type: 'client_credentials', ...secret, resource: storeResource };
const v2Form = {
	grant_type: 'client_credentials',
	...secret,
	scope: `openid ${storeResource}/.default`,
};

let running: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
	running = await serve({ tokenLifetimeSeconds: 1800 });
});
afterAll(() => running.close());

const ask = (
	path: string,
	form: Record<string, string | undefined>,
	headers: Record<string, string> = {},
) => {
	const given = Object.entries(form).filter(([, value]) => value !== undefined);
	return axios.post(running.url + path, new URLSearchParams(given as Array<[string, string]>), {
		headers,
		validateStatus: () => true,
	});
};
const inventoryStatus = async (token: string) => {
	const headers = { Authorization: `Bearer ${token}` };
	const options = { headers, validateStatus: () => true };
	return (await axios.get(`${running.url}/V1/Inventory`, options)).status;
};

test('v1', async () => {
	const { status, data } = await ask(v1, v1Form);
	expect(status).toBe(200);
	expect(data).toMatchObject({
		token_type: 'Bearer',
		expires_in: '1800',
		ext_expires_in: '1800',
		resource: storeResource,
		access_token: expect.stringMatching(/^emulated\.\d+\.[a-z0-9]{24}$/),
	});
	expect(data).not.toHaveProperty('refresh_token');
	expect(await inventoryStatus(data.access_token)).toBe(200);
});

test('v2', async () => {
	const { data } = await ask(v2, v2Form);
	expect(data).toMatchObject({ token_type: 'Bearer', expires_in: 1800 });
	expect(await inventoryStatus(data.access_token)).toBe(200);
});

test('client credentials as HTTP Basic', async () => {
	const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
	const form = { ...v1Form, client_id: undefined, client_secret: undefined };
	const authorization = basic(`${clientId}:${clientSecret}`);
	expect((await ask(v1, form, { authorization })).status).toBe(200);
	const wrong = basic(`${clientId}:wrong`);
	expect((await ask(v1, form, { authorization: wrong })).status).toBe(401);
});

test.each([
	['unknown tenant', '/nowhere/oauth2/token', v1Form, 400, 'invalid_request', 90002],
	['unknown client', v1, { ...v1Form, client_id: 'other' }, 400, 'unauthorized_client', 700016],
	['wrong secret', v1, { ...v1Form, client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
	['no secret', v1, { ...v1Form, client_secret: undefined }, 401, 'invalid_client', 7000218],
	['no client', v1, { ...v1Form, client_id: undefined }, 400, 'invalid_request', 900144],
	[
		'wrong resource',
		v1,
		{ ...v1Form, resource: 'https://x.example' },
		400,
		'invalid_target',
		500011,
	],
	['no resource', v1, { ...v1Form, resource: undefined }, 400, 'invalid_request', 900144],
	[
		'wrong scope',
		v2,
		{ ...v2Form, scope: 'https://x.example/.default' },
		400,
		'invalid_target',
		500011,
	],
	['no scope', v2, { ...v2Form, scope: undefined }, 400, 'invalid_request', 900144],
	['no grant', v1, { ...v1Form, grant_type: undefined }, 400, 'invalid_request', 900144],
	['other grant', v1, { ...v1Form, grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
	[
		'bad code',
		v1,
		{ ...v1Form, grant_type: 'authorization_code', code: 'x' },
		400,
		'invalid_grant',
		70008,
	],
	[
		'bad refresh token',
		v1,
		{ ...v1Form, grant_type: 'refresh_token' },
		400,
		'invalid_grant',
		70008,
	],
])('%s', async (_what, path, form, status, error, number) => {
	const issued = running.emulator.tokens.issued;
	const answer = await ask(path, form);
	expect(answer.status).toBe(status);
	expect(answer.data).toMatchObject({ error, error_codes: [number] });
	expect(answer.data.error_description).toMatch(new RegExp(`^AADSTS${number}: `));
	expect(running.emulator.tokens.issued).toBe(issued);
});

describe('delegated sign-in', () => {
	const redirectUri = 'http://localhost:5678/rest/oauth2-credential/callback';
	const signIn = (path: string, params: Record<string, string> = {}) =>
		axios.get(running.url + path, {
			params: {
				client_id: clientId,
				response_type: 'code',
				redirect_uri: redirectUri,
				state: 'a state',
				...params,
			},
			maxRedirects: 0,
			validateStatus: () => true,
		});

	test.each([
		[`/${tenantId}/oauth2/authorize`, v1, { resource: storeResource }],
		[
			`/${tenantId}/oauth2/v2.0/authorize`,
			v2,
			{ scope: `${storeResource}/.default offline_access` },
		],
	])('%s', async (authorizePath, tokenPath, params) => {
		const { status, headers } = await signIn(authorizePath, params as Record<string, string>);
		expect(status).toBe(302);
		const location = new URL(headers.location);
		expect(location.href.startsWith(redirectUri)).toBe(true);
		expect(location.searchParams.get('state')).toBe('a state');
		const code = location.searchParams.get('code')!;
		const form = { grant_type: 'authorization_code', ...secret, code, redirect_uri: redirectUri };
		const { data } = await ask(tokenPath, form);
		expect(await inventoryStatus(data.access_token)).toBe(200);
		expect((await ask(tokenPath, form)).data.error).toBe('invalid_grant');
		const refresh = { grant_type: 'refresh_token', ...secret, refresh_token: data.refresh_token };
		const renewed = await ask(tokenPath, refresh);
		expect(await inventoryStatus(renewed.data.access_token)).toBe(200);
	});

	test.each([
		[{ redirect_uri: 'https://elsewhere.example/' }, 'AADSTS50011'],
		[{ redirect_uri: 'http://localhost.elsewhere.example/' }, 'AADSTS50011'],
		[{ redirect_uri: 'nonsense' }, 'AADSTS50011'],
		[{ client_id: 'other' }, 'AADSTS700016'],
		[{ response_type: 'token' }, 'AADSTS700054'],
		[{ resource: 'https://x.example' }, 'AADSTS500011'],
	])('refuses %j', async (params, number) => {
		const { status, data } = await signIn(`/${tenantId}/oauth2/authorize`, params as never);
		expect(status).toBe(400);
		expect(data).toContain(number);
	});

	test('refuses an unknown tenant, and v2 without the scope', async () => {
		expect((await signIn('/nowhere/oauth2/authorize')).data).toContain('AADSTS90002');
		expect((await signIn(`/${tenantId}/oauth2/v2.0/authorize`)).status).toBe(400);
	});
});

test.each([
	['missing', undefined],
	['unknown', 'Bearer emulated.1.made-up'],
	['unknown', 'Basic eDp5'],
])('401 for a token that is %s', async (tokenState, authorization) => {
	const { status, data, headers } = await axios.get(`${running.url}/V1/Inventory`, {
		headers: authorization ? { authorization } : {},
		validateStatus: () => true,
	});
	expect(status).toBe(401);
	expect(data.code).toBe('Unauthorized');
	expect(headers['www-authenticate']).toMatch(/^Bearer /);
	expect(running.emulator.log.at(-1)).toMatchObject({
		tokenState,
		hadAuthorization: authorization !== undefined,
	});
});
