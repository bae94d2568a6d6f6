import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Redis from 'ioredis';
import { Client } from 'pg';

import type { Installation } from '../machine/install';
import { installCommunityPackage } from '../machine/package';
import { freePorts } from '../machine/ports';
import { type Background, startBackground } from '../machine/processes';
import { postgres, redis } from '../machine/services';
import { untilReady } from './n8n';
import { n8nSettings } from './settings';

/** Shorter than n8n's own (60 s, 10 s, 30 s), so that a lost job is found within seconds. */
export const QUEUE_TIMES = {
	QUEUE_WORKER_LOCK_DURATION: '6000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '1500',
	QUEUE_WORKER_STALLED_INTERVAL: '3000',
};

export interface ClusterProcess {
	readonly url: string;
	readonly background: Background;
	log(): Promise<string>;
}

/** n8n in queue mode: a main process, a process for webhooks, and workers. */
export interface Cluster {
	readonly main: ClusterProcess;
	readonly webhooks: ClusterProcess;
	readonly workers: readonly ClusterProcess[];
	outbound(): Promise<string[]>;
	/** Ends every process and removes the database, the keys in Redis and the folders. */
	stop(): Promise<void>;
}

/** Starts n8n in queue mode on a new PostgreSQL database and keys of its own in Redis. */
export async function startCluster(
	installation: Installation,
	tarball: string,
	workerCount: number,
): Promise<Cluster> {
	const name = `store_seats_e2e_${process.pid}_${Date.now().toString(36)}`;
	const folder = await mkdtemp(join(tmpdir(), 'store-seats-queue-'));
	const outboundFile = join(folder, 'outbound.txt');
	const processes: ClusterProcess[] = [];
	const stop = async () => {
		await Promise.all(processes.map(async ({ background }) => await background.stop()));
		await dropDatabase(name);
		await removeKeys(name);
		await rm(folder, { recursive: true, force: true });
	};

	const start = async (role: string, args: string[], extra: NodeJS.ProcessEnv = {}) => {
		const userFolder = join(folder, role);
		await mkdir(userFolder);
		await installCommunityPackage(userFolder, tarball);
		const [editor, broker] = await freePorts(2);
		const logFile = join(userFolder, 'n8n.log');
		const env = n8nSettings({
			version: installation.version,
			userFolder,
			ports: { editor, broker },
			outboundFile,
			extra: { ...queueSettings(name), QUEUE_HEALTH_CHECK_PORT: String(editor), ...extra },
		});
		const background = startBackground(installation.node, [installation.cli, ...args], {
			env,
			cwd: userFolder,
			logFile,
		});
		const started = {
			url: `http://127.0.0.1:${editor}`,
			background,
			log: async () => await readFile(logFile, 'utf8'),
		};
		processes.push(started);
		await untilReady(started.url, background, logFile, role === 'main');
		return started;
	};

	try {
		await createDatabase(name);
		const main = await start('main', ['start'], { N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true' });
		const [webhooks, ...workers] = await Promise.all([
			start('webhook', ['webhook']),
			...Array.from(
				{ length: workerCount },
				async (_, index) => await start(`worker${index + 1}`, ['worker', '--concurrency=5']),
			),
		]);
		return {
			main,
			webhooks,
			workers,
			stop,
			outbound: async () =>
				existsSync(outboundFile) ? (await readFile(outboundFile, 'utf8')).trim().split('\n') : [],
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

const queueSettings = (name: string): NodeJS.ProcessEnv => ({
	EXECUTIONS_MODE: 'queue',
	DB_TYPE: 'postgresdb',
	DB_POSTGRESDB_HOST: postgres.host,
	DB_POSTGRESDB_PORT: String(postgres.port),
	DB_POSTGRESDB_USER: postgres.user,
	DB_POSTGRESDB_PASSWORD: postgres.password,
	DB_POSTGRESDB_DATABASE: name,
	QUEUE_BULL_REDIS_HOST: redis.host,
	QUEUE_BULL_REDIS_PORT: String(redis.port),
	QUEUE_BULL_REDIS_DB: String(redis.db),
	QUEUE_BULL_PREFIX: name,
	N8N_REDIS_KEY_PREFIX: name,
	QUEUE_HEALTH_CHECK_ACTIVE: 'true',
	N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
	...QUEUE_TIMES,
});

async function withPostgres(work: (client: Client) => Promise<unknown>): Promise<void> {
	const client = new Client({ ...postgres, database: 'postgres' });
	await client.connect();
	try {
		await work(client);
	} finally {
		await client.end();
	}
}

const createDatabase = async (name: string): Promise<void> =>
	await withPostgres(async (client) => await client.query(`CREATE DATABASE ${name}`));

const dropDatabase = async (name: string): Promise<void> =>
	await withPostgres(
		async (client) => await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
	);

async function removeKeys(prefix: string): Promise<void> {
	const client = new Redis(redis);
	const keys = await client.keys(`*${prefix}*`);
	if (keys.length > 0) await client.del(...keys);
	await client.quit();
}
