import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';

import { until } from './poll';

const execute = promisify(execFile);

interface Service {
	readonly name: string;
	readonly port: number;
	readonly debianPackage: string;
	/** Starts the service if it is installed; rejects if it is not. */
	start(): Promise<unknown>;
}

const HOST = '127.0.0.1';

/** Where the suite finds PostgreSQL and Redis; both on this machine, both as the environment says. */
export const postgres = {
	host: HOST,
	port: Number(process.env.PGPORT ?? 5432),
	user: process.env.PGUSER ?? 'postgres',
	password: process.env.PGPASSWORD ?? '',
};
export const redis = { host: HOST, port: Number(process.env.REDIS_PORT ?? 6379), db: 9 };

const SERVICES: readonly Service[] = [
	{
		name: 'PostgreSQL',
		port: postgres.port,
		debianPackage: 'postgresql',
		start: async () => {
			const [version] = readdirSync('/etc/postgresql').sort().reverse();
			await execute('pg_ctlcluster', ['--skip-systemctl-redirect', version, 'main', 'start']);
		},
	},
	{
		name: 'Redis',
		port: redis.port,
		debianPackage: 'redis-server',
		start: async () =>
			await execute('redis-server', [
				...['--daemonize', 'yes', '--bind', HOST, '--port', String(redis.port)],
				...['--save', '', '--appendonly', 'no'],
			]),
	},
];

/**
 * Starts PostgreSQL and Redis if they are installed and not running. Says in one line what is missing
 * and how to get it; undefined once both answer.
 */
export async function missingServices(say: (line: string) => void): Promise<string | undefined> {
	const missing: Service[] = [];
	for (const service of SERVICES) {
		if (await answers(service.port)) continue;
		try {
			await service.start();
			await until(service.name, async () => await answers(service.port), { timeoutMs: 15_000 });
			say(`Started ${service.name}`);
		} catch {
			missing.push(service);
		}
	}
	if (missing.length === 0) return undefined;
	const names = missing.map(({ name }) => name).join(' and ');
	const packages = missing.map(({ debianPackage }) => debianPackage).join(' ');
	return `${names} neither running nor installed here: apt-get install ${packages}`;
}

async function answers(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const socket = connect({ host: HOST, port });
		const end = (answer: boolean) => {
			socket.destroy();
			resolve(answer);
		};
		socket.on('connect', () => end(true));
		socket.on('error', () => end(false));
		socket.setTimeout(2000, () => end(false));
	});
}
