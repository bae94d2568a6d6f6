import type { Reply } from './answers';
import type { Clock } from './clock';

/** An application that may ask for tokens. */
export interface ClientSpec {
	tenantId: string;
	clientId: string;
	clientSecret: string;
}

export type TokenState = 'valid' | 'expired' | 'missing' | 'unknown';

/** The Store's audience: an identifier, never called. */
export const storeResource = 'https://onestore.microsoft.com';

interface Grant {
	clientId: string;
	resource: string;
}

interface Code extends Grant {
	redirectUri: string;
}

/** An answer of the token endpoint that is no token; `aadsts` is Entra's own error number. */
class TokenRefusal extends Error {
	constructor(
		readonly status: number,
		readonly error: string,
		readonly aadsts: number,
		description: string,
	) {
		super(description);
	}
}

/**
 * The part of Entra ID that matters here: the v1 and v2 token endpoints with their refusals, and a
 * sign-in page that never asks. Tokens are text with a meaning only to the emulator that issued them.
 */
export class Authority {
	/** Access tokens issued since the start or the last reset. */
	issued = 0;
	private readonly expiryByToken = new Map<string, number>();
	private readonly codes = new Map<string, Code>();
	private readonly refreshTokens = new Map<string, Grant>();
	private serial = 0;

	constructor(
		private readonly clients: readonly ClientSpec[],
		private readonly lifetimeSeconds: number,
		private readonly clock: Clock,
		private readonly random: () => number,
	) {}

	/** A new access token, as if a client had asked for one. */
	issue(): string {
		const token = this.invent('emulated');
		this.issued++;
		this.expiryByToken.set(token, this.clock.nowMs() + this.lifetimeSeconds * 1000);
		return token;
	}

	/** Makes all access tokens issued so far invalid; refresh tokens stay. */
	expireAll(): void {
		for (const token of this.expiryByToken.keys()) this.expiryByToken.set(token, -Infinity);
	}

	/** What an `Authorization` header is worth now. */
	check(authorization: string | undefined): TokenState {
		if (!authorization) return 'missing';
		const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
		const expiryMs = token === undefined ? undefined : this.expiryByToken.get(token);
		if (expiryMs === undefined) return 'unknown';
		return this.clock.nowMs() < expiryMs ? 'valid' : 'expired';
	}

	/**
	 * The token endpoint. `version` 1 wants `resource`, 2 wants `scope`; a code or a refresh token
	 * brings its own, so that there they may be left out.
	 */
	answerToken(version: 1 | 2, tenantId: string, authorization: string, body: string): Reply {
		try {
			const form = new URLSearchParams(body);
			const client = this.authenticate(tenantId, authorization, form);
			const granted = this.redeem(client, version, form);
			return this.tokenReply(version, granted, form);
		} catch (refusal) {
			if (refusal instanceof TokenRefusal) return this.writeTokenRefusal(refusal);
			throw refusal;
		}
	}

	/**
	 * The sign-in page: sends the browser straight back with a code. Only to this machine, as a page
	 * that forwards codes anywhere would be a gift to others.
	 */
	answerAuthorize(version: 1 | 2, tenantId: string, query: (name: string) => string): Reply {
		const redirectUri = query('redirect_uri');
		const problem = this.authorizeProblem(version, tenantId, query);
		if (problem) {
			const headers = { 'content-type': 'text/plain; charset=utf-8' };
			return { status: 400, headers, body: problem };
		}
		const code = this.invent('emulated-code');
		const resource = version === 1 ? query('resource') : resourceOfScope(query('scope'));
		this.codes.set(code, { clientId: query('client_id'), resource: resource ?? '', redirectUri });
		const location = new URL(redirectUri);
		location.searchParams.set('code', code);
		if (query('state')) location.searchParams.set('state', query('state'));
		return { status: 302, headers: { location: location.href }, body: '' };
	}

	private authorizeProblem(
		version: 1 | 2,
		tenantId: string,
		query: (name: string) => string,
	): string | undefined {
		if (!this.clients.some((client) => sameText(client.tenantId, tenantId))) {
			return `AADSTS90002: Tenant '${tenantId}' not found.`;
		}
		if (!this.findClient(tenantId, query('client_id'))) {
			return `AADSTS700016: Application '${query('client_id')}' was not found in the directory.`;
		}
		if (query('response_type') !== 'code') {
			return "AADSTS700054: The emulator answers response_type 'code' only.";
		}
		if (!isLoopbackUrl(query('redirect_uri'))) {
			return 'AADSTS50011: The emulator redirects to addresses of this machine only.';
		}
		const resource = version === 1 ? query('resource') : resourceOfScope(query('scope'));
		if (version === 1 && !resource) return undefined;
		return resource === storeResource
			? undefined
			: `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`;
	}

	private authenticate(tenantId: string, authorization: string, form: URLSearchParams): ClientSpec {
		if (!this.clients.some((client) => sameText(client.tenantId, tenantId))) {
			throw new TokenRefusal(
				400,
				'invalid_request',
				90002,
				`Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID.`,
			);
		}
		const basic = readBasic(authorization);
		const clientId = basic?.clientId ?? form.get('client_id');
		const secret = basic?.clientSecret ?? form.get('client_secret');
		if (!form.get('grant_type')) throw missingField('grant_type');
		if (!clientId) throw missingField('client_id');
		const client = this.findClient(tenantId, clientId);
		if (!client) {
			throw new TokenRefusal(
				400,
				'unauthorized_client',
				700016,
				`Application with identifier '${clientId}' was not found in the directory '${tenantId}'.`,
			);
		}
		if (!secret) {
			throw new TokenRefusal(
				401,
				'invalid_client',
				7000218,
				"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
			);
		}
		if (secret !== client.clientSecret) {
			throw new TokenRefusal(
				401,
				'invalid_client',
				7000215,
				`Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
			);
		}
		return client;
	}

	private redeem(client: ClientSpec, version: 1 | 2, form: URLSearchParams): Grant {
		const grantType = form.get('grant_type');
		const asked = version === 1 ? form.get('resource') : resourceOfScope(form.get('scope') ?? '');
		let resource = asked || undefined;
		if (grantType === 'authorization_code') {
			const code = form.get('code') ?? '';
			const known = this.codes.get(code);
			this.codes.delete(code);
			if (known?.clientId !== client.clientId || known.redirectUri !== form.get('redirect_uri')) {
				throw invalidGrant('The provided authorization code is invalid or was redeemed already.');
			}
			resource ??= known.resource || undefined;
		} else if (grantType === 'refresh_token') {
			const known = this.refreshTokens.get(form.get('refresh_token') ?? '');
			if (known?.clientId !== client.clientId) {
				throw invalidGrant('The provided refresh token is invalid.');
			}
			resource ??= known.resource;
		} else if (grantType !== 'client_credentials') {
			throw new TokenRefusal(
				400,
				'unsupported_grant_type',
				70003,
				`The app requested an unsupported grant type '${grantType}'.`,
			);
		}
		if (!resource) throw missingField(version === 1 ? 'resource' : 'scope');
		if (resource !== storeResource) {
			throw new TokenRefusal(
				400,
				'invalid_target',
				500011,
				`The resource principal named ${resource} was not found in the tenant named ${client.tenantId}.`,
			);
		}
		return { clientId: client.clientId, resource };
	}

	private tokenReply(version: 1 | 2, grant: Grant, form: URLSearchParams): Reply {
		const seconds = this.lifetimeSeconds;
		const nowSeconds = Math.floor(this.clock.nowMs() / 1000);
		const accessToken = this.issue();
		let refresh = {};
		if (form.get('grant_type') !== 'client_credentials') {
			const refreshToken = this.invent('emulated-refresh');
			this.refreshTokens.set(refreshToken, grant);
			refresh = { refresh_token: refreshToken };
		}
		const body =
			version === 1
				? {
						token_type: 'Bearer',
						expires_in: String(seconds),
						ext_expires_in: String(seconds),
						expires_on: String(nowSeconds + seconds),
						not_before: String(nowSeconds),
						resource: grant.resource,
						access_token: accessToken,
						...refresh,
					}
				: {
						token_type: 'Bearer',
						expires_in: seconds,
						ext_expires_in: seconds,
						access_token: accessToken,
						...refresh,
					};
		const headers = { 'cache-control': 'no-store', pragma: 'no-cache' };
		return { status: 200, headers, body };
	}

	private writeTokenRefusal(refusal: TokenRefusal): Reply {
		const timestamp =
			new Date(this.clock.nowMs()).toISOString().replace('T', ' ').slice(0, 19) + 'Z';
		const id = '0e0e0e0e-0000-4000-8000-000000000000';
		const description = `AADSTS${refusal.aadsts}: ${refusal.message}`;
		return {
			status: refusal.status,
			body: {
				error: refusal.error,
				error_description: `${description} Trace ID: ${id} Correlation ID: ${id} Timestamp: ${timestamp}`,
				error_codes: [refusal.aadsts],
				timestamp,
				trace_id: id,
				correlation_id: id,
				error_uri: `https://login.microsoftonline.com/error?code=${refusal.aadsts}`,
			},
		};
	}

	private findClient(tenantId: string, clientId: string): ClientSpec | undefined {
		return this.clients.find(
			(client) => sameText(client.tenantId, tenantId) && sameText(client.clientId, clientId),
		);
	}

	/** `<kind>.<n>.<random>`: not to be guessed, and not to be taken for the real thing. */
	private invent(kind: string): string {
		const digits = Array.from({ length: 24 }, () => Math.floor(this.random() * 36).toString(36));
		return `${kind}.${++this.serial}.${digits.join('')}`;
	}
}

function missingField(name: string): TokenRefusal {
	return new TokenRefusal(
		400,
		'invalid_request',
		900144,
		`The request body must contain the following parameter: '${name}'.`,
	);
}

function invalidGrant(description: string): TokenRefusal {
	return new TokenRefusal(400, 'invalid_grant', 70008, description);
}

function resourceOfScope(scope: string): string | undefined {
	const audience = scope.split(' ').find((part) => part.includes('://'));
	return audience?.endsWith('/.default') ? audience.slice(0, -'/.default'.length) : audience;
}

function readBasic(authorization: string): { clientId: string; clientSecret: string } | undefined {
	const encoded = /^Basic +(\S+)$/i.exec(authorization)?.[1];
	if (!encoded) return undefined;
	const text = Buffer.from(encoded, 'base64').toString('utf8');
	const colon = text.indexOf(':');
	if (colon < 0) return undefined;
	return {
		clientId: formDecode(text.slice(0, colon)),
		clientSecret: formDecode(text.slice(colon + 1)),
	};
}

function formDecode(text: string): string {
	try {
		return decodeURIComponent(text.replace(/\+/g, ' '));
	} catch {
		return text;
	}
}

function isLoopbackUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const url = new URL(text);
	return /^https?:$/.test(url.protocol) && isLoopback(url.hostname);
}

/** Whether a host name or address can only mean this machine. */
export function isLoopback(host: string): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function sameText(one: string, other: string): boolean {
	return one.toLowerCase() === other.toLowerCase();
}
