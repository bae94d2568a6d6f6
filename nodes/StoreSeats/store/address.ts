/** The addresses and the tenant that a credential names. */
export interface CredentialAddresses {
	readonly tenantId?: unknown;
	readonly authority?: unknown;
	readonly baseUrl?: unknown;
}

/**
 * A tenant is a GUID or a domain; nothing in either can change a URL's path. The patterns stand without
 * anchors and flags, because the credential's own expressions are made of them too.
 */
export const TENANT =
	'(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+)';

/**
 * An address that a secret or a token may go to: https (http on this machine only), a host, a plain
 * path. No user name, no query, no fragment, no `..`, no escape.
 */
export const ADDRESS =
	'(?:https:\\/\\/[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d{1,5})?|http:\\/\\/(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\])(?::\\d{1,5})?)(?:\\/(?!\\.{1,2}(?:\\/|$))[A-Za-z0-9._~-]+)*\\/?';

const isTenant = new RegExp(`^${TENANT}$`);
const isAddress = new RegExp(`^${ADDRESS}$`);

/**
 * Checks what a credential says of where to go, before a secret or a token goes there. Returns what is
 * wrong and what to enter instead, as a sentence; undefined if nothing is.
 */
export function addressComplaint(credential: CredentialAddresses): string | undefined {
	const tenantId = textOf(credential.tenantId);
	if (!isTenant.test(tenantId)) {
		return `${cannotBeRight('Tenant ID', tenantId)} Enter the directory (tenant) ID of your Entra tenant, such as 11111111-2222-3333-4444-555555555555, or one of its domains.`;
	}
	return (
		addressRefused(
			'Authority',
			textOf(credential.authority),
			'https://login.microsoftonline.com',
		) ?? addressRefused('Base URL', textOf(credential.baseUrl), 'https://bspmts.mp.microsoft.com')
	);
}

/** The base URL without a slash at its end; only for a credential that `addressComplaint` has passed. */
export const baseUrlOf = (credential: CredentialAddresses): string =>
	textOf(credential.baseUrl).replace(/\/$/, '');

function addressRefused(label: string, value: string, example: string): string | undefined {
	if (isAddress.test(value)) return undefined;
	const rule = /^http:/i.test(value)
		? 'It would send the token without encryption: http:// is for this machine only.'
		: 'It has to begin with https:// and may have no spaces, user name, query or ".." in it.';
	return `${cannotBeRight(label, value)} ${rule} Enter an address such as ${example}.`;
}

const cannotBeRight = (label: string, value: string): string =>
	value === ''
		? `The ${label} of the credential is empty.`
		: `The ${label} of the credential, "${shown(value)}", cannot be right.`;

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const shown = (value: string): string => (value.length > 80 ? `${value.slice(0, 80)}…` : value);
