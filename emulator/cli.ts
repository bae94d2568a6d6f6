import { InvalidArgumentError, program } from 'commander';
import pc from 'picocolors';
import { adminPrefix } from './admin';
import { defaultUsers } from './seed';
import { checkQuirks, quirkNames } from './quirks';
import { type RunningEmulator, startEmulator } from './server';
import { plainSpoken } from '../harness/terminal';
import type { WireLogEntry } from './service';
import { storeResource } from './authority';

interface CliOptions {
	port: number;
	host: string;
	latency: number;
	rate?: number;
	burst?: number;
	users: number;
	tokenLifetime: number;
	casing?: string;
	quirk?: Record<string, unknown>;
	quiet?: boolean;
}

async function main(): Promise<void> {
	plainSpoken(program)
		.name('npm run emulator --')
		.description('A Microsoft Store for Business on this machine.')
		.option('--port <port>', 'port to listen on; 0 for any free one', numberFrom(0, 65_535), 4010)
		.option('--host <address>', 'loopback address to listen on', '127.0.0.1')
		.option('--latency <ms>', 'wait before each answer', numberFrom(0), 0)
		.option('--rate <perSecond>', 'requests a second before 429', numberFrom(0.01))
		.option('--burst <n>', 'requests at once before 429; only with --rate', numberFrom(1))
		.option('--users <n>', 'pupils in the directory', numberFrom(0, 1_000_000), 5000)
		.option('--token-lifetime <s>', 'seconds until an access token expires', numberFrom(0), 3600)
		.option('--casing <casing>', 'property names in answers: camel or pascal')
		.option('--quirk <name=value>', `repeatable; one of ${quirkNames.join(', ')}`, readQuirk)
		.option('--quiet', 'no line for each request')
		.parse();
	const options = program.opts<CliOptions>();
	if (options.burst !== undefined && options.rate === undefined) {
		throw new Error('--burst is a part of a rate limit: give --rate as well.');
	}
	const quirks = { ...options.quirk, ...(options.casing ? { casing: options.casing } : {}) };
	const running = await startEmulator({
		port: options.port,
		host: options.host,
		latencyMs: options.latency,
		users: defaultUsers(options.users),
		tokenLifetimeSeconds: options.tokenLifetime,
		quirks: checkQuirks(quirks),
		rateLimit: options.rate ? { perSecond: options.rate, burst: options.burst } : undefined,
	});
	console.log(banner(running));
	if (!options.quiet) {
		running.emulator.on('answered', (entry: WireLogEntry) => console.log(requestLine(entry)));
	}
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void running.close().then(() => process.exit(0)));
	}
}

function banner({ emulator, url }: RunningEmulator): string {
	const [client] = emulator.clients;
	const facts = [
		['Base URL', url],
		['Authority', url],
		['Resource', storeResource],
		['Tenant id', client.tenantId],
		['Client id', client.clientId],
		['Client secret', client.clientSecret],
		['Admin', `${url}${adminPrefix}/state`],
	];
	const products = emulator.state.entries
		.filter((entry) => entry.owned)
		.map((entry) => {
			const isOpen = entry.distributionPolicy === 'Open';
			const free = isOpen ? 'open' : `${entry.availableSeats()} of ${entry.seatCapacity} free`;
			const title = entry.product.localized?.['en-us']?.displayName ?? '(no title)';
			const removed = entry.status === 'Removed' ? ', removed' : '';
			const id = `${entry.productId.padEnd(13)} ${entry.skuId.padEnd(5)}`;
			return `  ${id} ${entry.licenseType.padEnd(8)} ${free.padEnd(18)} ${title}${removed}`;
		});
	return [
		pc.bold('Microsoft Store for Business, emulated'),
		...facts.map(([name, value]) => `  ${name.padEnd(14)} ${pc.cyan(value)}`),
		'',
		pc.bold('Inventory'),
		...products,
		'',
		`${emulator.state.users.length} users. Ctrl+C stops.`,
		'',
	].join('\n');
}

/** One line a request; by construction of the log, without tokens. */
function requestLine(entry: WireLogEntry): string {
	const time = new Date(entry.startedMs).toISOString().slice(11, 23);
	const isGood = typeof entry.status === 'number' && entry.status < 400;
	const status = (isGood ? pc.green : pc.red)(String(entry.status));
	const users = entry.operation === 'bulkSeats' ? (entry.usernames?.length ?? 0) : 0;
	const bulk = users > 0 ? ` ${entry.seatAction} ${users} users` : '';
	const retry =
		entry.retryAfterSeconds === undefined ? '' : `, retry after ${entry.retryAfterSeconds} s`;
	const took = `${Math.round((entry.endedMs ?? entry.startedMs) - entry.startedMs)} ms`;
	return `${pc.dim(time)} ${entry.method} ${entry.target}${bulk} ${status} ${pc.dim(took + retry)}`;
}

const numberFrom =
	(from: number, to = Infinity) =>
	(text: string): number => {
		const number = Number(text);
		if (text.trim() !== '' && number >= from && number <= to) return number;
		const most = to === Infinity ? ' or more' : ` to ${to}`;
		throw new InvalidArgumentError(`Give a number, ${from}${most}.`);
	};

function readQuirk(text: string, earlier: Record<string, unknown> = {}): Record<string, unknown> {
	const [name, ...rest] = text.split('=');
	const value = rest.join('=');
	try {
		return { ...earlier, [name]: JSON.parse(value) as unknown };
	} catch {
		return { ...earlier, [name]: value };
	}
}

main().catch((error: NodeJS.ErrnoException) => {
	const isTaken = error.code === 'EADDRINUSE';
	const { port } = program.opts<CliOptions>();
	const sentence = isTaken
		? `Port ${port} is in use. Stop what is listening there, or choose another: --port ${port + 1}`
		: error.message;
	console.error(pc.red(sentence));
	process.exitCode = 1;
});
