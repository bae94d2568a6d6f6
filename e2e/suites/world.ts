import { type RunningEmulator, startEmulator } from '../../emulator/server';
import { defaultClient } from '../../emulator/service';
import type { Installation } from '../machine/install';
import { type Json, N8nApi } from '../server/api';
import { type RunningN8n, startN8n } from '../server/n8n';

export const CREDENTIAL_TYPE = 'storeForBusinessOAuth2Api';
/** The name that the example workflows give their credential. */
export const CREDENTIAL_NAME = 'Store for Business account';

export const PRODUCT = 'CFQ7TTC0K5DR';
export const SKU = '0002';

export type CredentialReference = Record<string, { id: string; name: string }>;

/** An n8n with its owner, and the Store beside it. */
export interface World {
	readonly emulator: RunningEmulator['emulator'];
	readonly storeUrl: string;
	readonly n8n: RunningN8n;
	readonly api: N8nApi;
	stop(): Promise<void>;
}

/**
 * Starts the emulator (on the port wished for, if it is free) and a new n8n with the package installed
 * and an owner logged in.
 */
export async function startWorld(
	installation: Installation,
	tarball: string,
	storePort = 0,
): Promise<World> {
	const {
		emulator,
		url: storeUrl,
		close,
	} = await startEmulator({ port: storePort }).catch(async () => await startEmulator());
	try {
		const n8n = await startN8n({ installation, tarball });
		const api = new N8nApi(n8n.url, installation.version !== '2.0.3');
		await api.setUpOwner();
		return {
			emulator,
			storeUrl,
			n8n,
			api,
			stop: async () => {
				await n8n.stop();
				await close();
			},
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** What a person fills in for an emulator; everything else of the credential is derived. */
export const credentialData = (storeUrl: string, changes: Json = {}): Json => ({
	tenantId: defaultClient.tenantId,
	clientId: defaultClient.clientId,
	clientSecret: defaultClient.clientSecret,
	grantType: 'clientCredentials',
	authority: storeUrl,
	resource: 'https://onestore.microsoft.com',
	baseUrl: storeUrl,
	...changes,
});

let credentialCount = 0;

/** A credential of its own for a test: its token is not yet there, and its name is no other's. */
export async function newCredential(
	{ api, storeUrl }: Pick<World, 'api' | 'storeUrl'>,
	changes: Json = {},
	name = `Store of test ${++credentialCount}`,
): Promise<CredentialReference> {
	const id = await api.createCredential(name, CREDENTIAL_TYPE, credentialData(storeUrl, changes));
	return { [CREDENTIAL_TYPE]: { id, name } };
}
