import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

import { ADDRESS, TENANT } from '../nodes/StoreSeats/store/address';

/** True in an n8n expression if the field, trimmed, is what the pattern describes. */
const fits = (field: string, pattern: string): string =>
	`/^${pattern}$/.test(String(${field} ?? "").trim())`;

const trimmed = (field: string): string => `String(${field}).trim().replace(/\\/$/, "")`;

/**
 * n8n fetches tokens itself, so no code of ours can stand between a mistyped address and the secret.
 * The derived URL does: where the tenant or the authority cannot be right, it is no URL at all but a
 * sentence, which n8n's HTTP client refuses ("Unsupported protocol …") without sending anything.
 */
const oauthUrl = (endpoint: string): string =>
	`={{ ${fits('$self["tenantId"]', TENANT)} && ${fits('$self["authority"]', ADDRESS)} ? ${trimmed('$self["authority"]')} + "/" + ${trimmed('$self["tenantId"]')} + "/oauth2/${endpoint}" : "check-the-tenant-id-and-the-authority-of-this-credential:" }}`;

/** Shown while a value stands in the field that cannot be right; an expression is not judged. */
const complaint = (field: string, pattern: string, displayName: string): INodeProperties => ({
	displayName,
	name: `${field}Notice`,
	type: 'notice',
	default: '',
	displayOptions: {
		show: { [field]: [{ _cnd: { regex: `^(?!=|\\s*$|\\s*${pattern}\\s*$)` } }] },
	},
});

export class StoreForBusinessOAuth2Api implements ICredentialType {
	name = 'storeForBusinessOAuth2Api';

	displayName = 'Store for Business OAuth2 API';

	extends = ['oAuth2Api'];

	icon: Icon = {
		light: 'file:../nodes/StoreSeats/storeSeats.svg',
		dark: 'file:../nodes/StoreSeats/storeSeats.dark.svg',
	};

	documentationUrl = 'https://github.com/store-seats/n8n-nodes-store-seats#the-credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Tenant ID',
			name: 'tenantId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 11111111-2222-3333-4444-555555555555',
			description: 'Directory (tenant) ID of your Entra tenant, or one of its domains',
		},
		complaint(
			'tenantId',
			TENANT,
			'A tenant ID is a GUID such as 11111111-2222-3333-4444-555555555555, or a domain such as contoso.onmicrosoft.com',
		),
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 66666666-7777-8888-9999-000000000000',
			description: 'Application (client) ID of the app registration in Entra ID',
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'The value of a client secret of the app registration, not its ID',
		},
		{
			displayName: 'Grant Type',
			name: 'grantType',
			type: 'options',
			options: [
				{
					name: 'Client Credentials',
					value: 'clientCredentials',
					description: 'The app signs in as itself; it has to be activated as a management tool',
				},
				{
					name: 'Authorization Code',
					value: 'authorizationCode',
					description: 'A user signs in, who needs the Admin or Purchaser role in the Store',
				},
			],
			default: 'clientCredentials',
		},
		{
			displayName: 'Authority',
			name: 'authority',
			type: 'string',
			default: 'https://login.microsoftonline.com',
			description: 'Where to sign in; national clouds have an authority of their own',
		},
		complaint(
			'authority',
			ADDRESS,
			'An authority is an address such as https://login.microsoftonline.com, without a tenant, spaces or a query',
		),
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'string',
			default: 'https://onestore.microsoft.com',
			description: 'The audience that the token is asked for; a name, not an address to call',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://bspmts.mp.microsoft.com',
			description: 'Where the Store answers, without /V1',
		},
		complaint(
			'baseUrl',
			ADDRESS,
			'A base URL is an address such as https://bspmts.mp.microsoft.com, without spaces or a query',
		),
		{
			displayName: 'Authorization URL',
			name: 'authUrl',
			type: 'hidden',
			default: oauthUrl('authorize'),
		},
		{
			displayName: 'Access Token URL',
			name: 'accessTokenUrl',
			type: 'hidden',
			default: oauthUrl('token'),
		},
		{
			displayName: 'Auth URI Query Parameters',
			name: 'authQueryParameters',
			type: 'hidden',
			default: '={{ "resource=" + encodeURIComponent($self["resource"]) }}',
		},
		{
			displayName: 'Send Additional Body Properties',
			name: 'sendAdditionalBodyProperties',
			type: 'hidden',
			default: true,
		},
		{
			displayName: 'Additional Body Properties',
			name: 'additionalBodyProperties',
			type: 'hidden',
			default: '={{ JSON.stringify({ "resource": $self["resource"] }) }}',
		},
		{ displayName: 'Authentication', name: 'authentication', type: 'hidden', default: 'body' },
		{ displayName: 'Scope', name: 'scope', type: 'hidden', default: '' },
		{
			// Whoever may use the credential, but not read it, could have the HTTP Request node send the token
			// anywhere; this node asks for no such leave.
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'hidden',
			default: 'none',
		},
	];

	test: ICredentialTestRequest = {
		request: {
			baseURL: `={{ ${fits('$credentials.baseUrl', ADDRESS)} ? ${trimmed('$credentials.baseUrl')} : "check-the-base-url-of-this-credential:" }}`,
			url: '/V1/Inventory',
			qs: { maxResults: 1 },
			disableFollowRedirect: true,
		},
	};
}
