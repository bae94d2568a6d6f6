import { join } from 'node:path';

import { E2E, type N8nVersion } from '../machine/paths';

/** The ports of one n8n process, all of this machine. */
export interface Ports {
	readonly editor: number;
	readonly broker: number;
}

export interface SettingsInput {
	readonly version: N8nVersion;
	readonly userFolder: string;
	readonly ports: Ports;
	/** File that lists the hosts that something other than loopback was asked for. */
	readonly outboundFile: string;
	readonly extra?: NodeJS.ProcessEnv;
}

/** Modules that phone home by themselves; a name that a version does not know stops its start. */
const DISABLED_MODULES: Record<N8nVersion, string> = {
	'2.41.1': 'mcp-registry,instance-ai,instance-reporting',
	'2.0.3': '',
};

/** From the environment of the suite, only what a process needs to run at all: no n8n setting leaks in. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'SystemRoot'];

/** The environment of an n8n process that talks to nobody but this machine and shows no banner. */
export function n8nSettings(input: SettingsInput): NodeJS.ProcessEnv {
	const { version, userFolder, ports, outboundFile, extra } = input;
	const inherited = Object.fromEntries(
		INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
	);
	return {
		...inherited,
		NODE_ENV: 'production',
		NODE_OPTIONS: `--require ${JSON.stringify(join(E2E, 'machine', 'guard.js'))}`,
		STORE_SEATS_E2E_OUTBOUND: outboundFile,
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: 'an-example-key-of-the-suite',
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(ports.editor),
		N8N_RUNNERS_BROKER_PORT: String(ports.broker),
		N8N_EDITOR_BASE_URL: `http://127.0.0.1:${ports.editor}`,
		N8N_SECURE_COOKIE: 'false',
		GENERIC_TIMEZONE: 'UTC',
		DB_TYPE: 'sqlite',
		DB_SQLITE_POOL_SIZE: '2',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		N8N_AI_GATEWAY_ENABLED: 'false',
		N8N_COMMUNITY_PACKAGES_ENABLED: 'true',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_REINSTALL_MISSING_PACKAGES: 'false',
		N8N_DISABLED_MODULES: DISABLED_MODULES[version],
		N8N_LOG_LEVEL: 'info',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false',
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5',
		...extra,
	};
}
