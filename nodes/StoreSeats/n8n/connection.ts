import type { IAllExecuteFunctions, INode, ICredentialDataDecryptedObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { addressComplaint, baseUrlOf } from '../store/address';
import { CREDENTIAL_TYPE, StoreClient } from '../store/client';
import { Pace } from '../store/pace';
import { Redactor } from '../store/secrets';
import { Sender } from '../store/sender';
import type { Runtime } from './runtime';

export interface ConnectionOptions {
	readonly timeoutMs: number;
	readonly maxAttempts: number;
	readonly maxConcurrency: number;
	readonly signal?: AbortSignal;
}

export interface Connection {
	readonly client: StoreClient;
	readonly sender: Sender;
	/** Another execution may have renewed the token: to be called before anything of the service is shown. */
	readonly learnSecrets: () => Promise<boolean>;
}

type ConnectionContext = Pick<IAllExecuteFunctions, 'getCredentials' | 'helpers'> & {
	getNode(): INode;
};

/**
 * Everything that one run needs to talk to the Store of the node's credential. Throws, before anything
 * is sent, if the credential names a tenant or an address that cannot be right.
 */
export async function connect(
	context: ConnectionContext,
	options: ConnectionOptions,
	runtime: Runtime,
	redactor = new Redactor(),
): Promise<Connection> {
	const read = async () =>
		await context.getCredentials<ICredentialDataDecryptedObject>(CREDENTIAL_TYPE);
	const credential = await read();
	const complaint = addressComplaint(credential);
	if (complaint !== undefined) {
		throw new NodeOperationError(context.getNode(), complaint, {
			description:
				'Correct the credential and run the workflow again. Nothing has been sent, neither to the Store nor to the sign-in service.',
		});
	}
	const { clock, random } = runtime;
	const { timeoutMs, maxAttempts, maxConcurrency, signal } = options;
	rememberSecrets(redactor, credential);
	const learnSecrets = async (): Promise<boolean> => {
		try {
			return rememberSecrets(redactor, await read());
		} catch {
			// n8n's database may be busy for a moment. That is no reason to lose what the Store answered.
			return true;
		}
	};
	const client = new StoreClient(context, {
		baseUrl: baseUrlOf(credential),
		timeoutMs,
		clock,
		random,
		redactor,
		learnSecrets,
		signal,
	});
	const pace = new Pace({ clock, random, maxConcurrency });
	return {
		client,
		learnSecrets,
		sender: new Sender({ client, pace, clock, random, maxAttempts, signal }),
	};
}

/** Returns whether there is a token. */
function rememberSecrets(redactor: Redactor, credential: ICredentialDataDecryptedObject): boolean {
	const { clientId, clientSecret } = credential;
	redactor.add(clientSecret);
	// Basic authentication sends the two as one.
	if (clientSecret) redactor.add(`${String(clientId)}:${String(clientSecret)}`);
	const token = credential.oauthTokenData;
	if (typeof token !== 'object' || token === null) return false;
	for (const [name, value] of Object.entries(token)) {
		if (!/token$/i.test(name)) continue;
		redactor.add(value);
		redactor.add(`Bearer ${String(value)}`);
	}
	return 'access_token' in token && Boolean(token.access_token);
}
