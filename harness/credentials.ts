import type {
	ICredentialDataDecryptedObject,
	IHttpRequestOptions,
	INode,
	INodeCredentialsDetails,
	INodeProperties,
	INodeTypes,
	IRequestOptionsSimplified,
	ICredentialType,
} from 'n8n-workflow';
import { ICredentialsHelper, NodeHelpers, Workflow } from 'n8n-workflow';
import { Credentials } from 'n8n-core';

const OAUTH2_TOKEN_DATA: INodeProperties = {
	displayName: 'oauthTokenData',
	name: 'oauthTokenData',
	type: 'json',
	default: {},
};

/**
 * Keeps credentials as n8n's server does: encrypted by n8n-core, hidden fields derived from the
 * credential type's own expressions, new tokens stored for the next request.
 */
export class MemoryCredentials extends ICredentialsHelper {
	private readonly stored = new Map<string, Credentials>();
	/** How often n8n stored a new token. */
	tokensStored = 0;

	constructor(
		private readonly types: Readonly<Record<string, ICredentialType>>,
		private readonly nodeTypes: INodeTypes,
	) {
		super();
	}

	save(id: string, type: string, data: ICredentialDataDecryptedObject): INodeCredentialsDetails {
		const credentials = new Credentials({ id, name: id }, type);
		credentials.setData(data);
		this.stored.set(id, credentials);
		return { id, name: id };
	}

	getParentTypes(name: string): string[] {
		return this.types[name]?.extends ?? [];
	}

	async authenticate(
		_credentials: ICredentialDataDecryptedObject,
		_typeName: string,
		requestOptions: IHttpRequestOptions | IRequestOptionsSimplified,
	): Promise<IHttpRequestOptions> {
		return requestOptions as IHttpRequestOptions;
	}

	async preAuthentication(): Promise<ICredentialDataDecryptedObject | undefined> {
		return undefined;
	}

	async runPreAuthentication(): Promise<ICredentialDataDecryptedObject | undefined> {
		return undefined;
	}

	getCredentialsProperties(type: string): INodeProperties[] {
		const properties: INodeProperties[] = [];
		for (const parent of this.getParentTypes(type)) {
			NodeHelpers.mergeNodeProperties(properties, this.types[parent]?.properties ?? []);
			properties.push(OAUTH2_TOKEN_DATA);
		}
		NodeHelpers.mergeNodeProperties(properties, this.types[type].properties);
		return properties;
	}

	async getCredentials(nodeCredentials: INodeCredentialsDetails): Promise<Credentials> {
		const credentials = this.stored.get(nodeCredentials.id ?? '');
		if (credentials === undefined) throw new Error(`No credential "${nodeCredentials.name}"`);
		return credentials;
	}

	async getDecrypted(
		_additionalData: unknown,
		nodeCredentials: INodeCredentialsDetails,
		type: string,
		mode: 'manual' | 'trigger' | 'internal',
		_executeData?: unknown,
		raw?: boolean,
	): Promise<ICredentialDataDecryptedObject> {
		const data = await (await this.getCredentials(nodeCredentials)).getData();
		if (raw) return data;
		const withDefaults = NodeHelpers.getNodeParameters(
			this.getCredentialsProperties(type),
			data as never,
			true,
			false,
			null,
			null,
		) as ICredentialDataDecryptedObject;
		if (data.oauthTokenData !== undefined) withDefaults.oauthTokenData = data.oauthTokenData;
		const node: INode = {
			id: 'credential',
			name: 'credential',
			type: 'harness.edit',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		};
		const workflow = new Workflow({
			nodes: [node],
			connections: {},
			active: false,
			nodeTypes: this.nodeTypes,
		});
		return workflow.expression.getComplexParameterValue(
			node,
			withDefaults as never,
			mode,
			{},
			undefined,
			undefined,
			withDefaults as never,
		) as unknown as ICredentialDataDecryptedObject;
	}

	async updateCredentials(
		nodeCredentials: INodeCredentialsDetails,
		_type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		(await this.getCredentials(nodeCredentials)).setData(data);
	}

	async updateCredentialsOauthTokenData(
		nodeCredentials: INodeCredentialsDetails,
		_type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		this.tokensStored++;
		const credentials = await this.getCredentials(nodeCredentials);
		const stored = await credentials.getData();
		credentials.setData({ ...stored, oauthTokenData: data.oauthTokenData });
	}
}
