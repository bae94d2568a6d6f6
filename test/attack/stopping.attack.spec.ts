import type { FaultRule } from '../../emulator/faults';
import type { QuirkSettings } from '../../emulator/quirks';
import { startEmulator, type RunningEmulator, type ServerOptions } from '../../emulator/server';
import type { WireLogEntry } from '../../emulator/service';
import { numberedUpns } from '../../emulator/store';
import { Engine } from '../../harness/engine';
import {
	attack,
	expectTruth,
	ON_ERROR,
	pause,
	rowsOf,
	until,
	type AttackRun,
} from '../support/attack';

jest.setTimeout(20_000);

const PUPILS = numberedUpns(100, { prefix: 'pupil', from: 100 });

interface Vector {
	readonly because: string;
	readonly names: readonly string[];
	readonly faults?: readonly FaultRule[];
	readonly quirks?: QuirkSettings;
	readonly emulator?: ServerOptions;
	readonly options?: object;
	/** Cancel as soon as the log looks like this, a moment later. */
	readonly when: (log: readonly WireLogEntry[]) => boolean;
}

const bulk = (log: readonly WireLogEntry[]) =>
	log.filter(({ operation }) => operation === 'bulkSeats');
const answered =
	(status: number, times = 1) =>
	(log: readonly WireLogEntry[]) =>
		bulk(log).filter((entry) => entry.status === status && entry.endedMs !== undefined).length >=
		times;

const VECTORS: readonly Vector[] = [
	{
		because: 'while the first request hangs',
		names: PUPILS.slice(0, 50),
		faults: [{ on: { operation: 'bulkSeats' }, effect: { kind: 'hang', work: 'none' } }],
		when: (log) => bulk(log).length === 1,
	},
	{
		because: 'while the first request hangs, its work done',
		names: PUPILS.slice(0, 50),
		faults: [{ on: { operation: 'bulkSeats' }, effect: { kind: 'hang', work: 'done' } }],
		when: (log) => bulk(log).length === 1,
	},
	{
		because: 'while the token is fetched',
		names: PUPILS.slice(0, 5),
		faults: [{ on: { operation: 'token' }, effect: { kind: 'hang', work: 'none' } }],
		when: (log) => log.length === 1,
	},
	{
		because: 'in a Retry-After pause of 100 s',
		names: PUPILS.slice(0, 50),
		faults: [
			{ on: { operation: 'bulkSeats' }, effect: { kind: 'status', status: 429, retryAfter: 100 } },
		],
		when: answered(429),
	},
	{
		because: 'in a Retry-After pause of 100 s after an error that is none of the rate',
		names: PUPILS.slice(0, 50),
		faults: [
			{ on: { operation: 'bulkSeats' }, effect: { kind: 'status', status: 500, retryAfter: 100 } },
		],
		when: answered(500),
	},
	{
		because: 'in the pause before another try',
		names: PUPILS.slice(0, 50),
		faults: [{ on: { operation: 'bulkSeats' }, effect: { kind: 'status', status: 502 } }],
		options: { maxAttempts: 20 },
		when: answered(502, 2),
	},
	{
		because: 'in the pause after a cut connection',
		names: PUPILS.slice(0, 50),
		faults: [{ on: { operation: 'bulkSeats' }, effect: { kind: 'cut', at: 'afterWork' } }],
		options: { maxAttempts: 20 },
		when: (log) => bulk(log).filter(({ status }) => status === 'cut').length >= 1,
	},
	{
		because: 'while users who are not known yet are waited for',
		names: ['nobody@contoso.com', ...PUPILS.slice(0, 3)],
		options: { retryUnknownUsers: 600 },
		when: answered(200),
	},
	{
		because: 'before a name that was passed over is asked for again',
		names: PUPILS.slice(0, 3),
		quirks: { omitUndone: true },
		when: (log) =>
			log.filter(({ operation, endedMs }) => operation === 'getSeat' && endedMs !== undefined)
				.length >= 3,
	},
	{
		because:
			'before a name that was passed over is asked for again, the work done and look-ups forbidden',
		names: PUPILS.slice(0, 2),
		quirks: { omitUsers: true },
		faults: [
			{ on: { operation: ['getSeat', 'getSeats'] }, effect: { kind: 'status', status: 403 } },
		],
		when: (log) =>
			log.some(({ operation, endedMs }) => operation === 'getSeat' && endedMs !== undefined),
	},
	{
		because: 'in the middle of a division',
		names: PUPILS.slice(0, 25).map((name, n) => (n % 6 === 3 ? `malformed-${n}` : name)),
		emulator: { latencyMs: 60 },
		when: answered(400, 2),
	},
	{
		because: 'with several requests in flight',
		names: PUPILS,
		emulator: { latencyMs: 150 },
		options: { batchSize: 5 },
		when: (log) => bulk(log).length >= 4,
	},
	{
		because: 'while a seat is looked up',
		names: PUPILS.slice(0, 2),
		quirks: { omitUsers: true },
		faults: [{ on: { operation: 'getSeat' }, effect: { kind: 'hang', work: 'none' } }],
		when: (log) => log.some(({ operation }) => operation === 'getSeat'),
	},
];

const numbered = VECTORS.flatMap((vector, index) =>
	ON_ERROR.map((onError): [number, string, (typeof ON_ERROR)[number], Vector] => [
		index + 1,
		vector.because,
		onError,
		vector,
	]),
);

/** Timers that would keep the process up; jest's own are there before and after. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('an execution that is stopped', () => {
	let engine: Engine;
	let running: RunningEmulator;

	beforeAll(async () => {
		engine = await Engine.start();
	});
	afterEach(async () => await running.close());

	it.each(numbered)(
		'vector %i, %s, %s: nothing more is sent, and the run ends',
		async (_, __, onError, vector) => {
			running = await startEmulator({
				users: PUPILS,
				faults: vector.faults,
				quirks: vector.quirks,
				...vector.emulator,
			});
			const { emulator, url } = running;
			let cancel = () => {};
			const ended = attack(engine, url, {
				rows: rowsOf(vector.names),
				onError,
				options: { requestTimeout: 60, maxAttempts: 3, ...vector.options },
				start: { onStart: (stop) => (cancel = stop) },
			});
			await until(() => vector.when(emulator.requests()));
			expect(vector.when(emulator.requests())).toBe(true);
			await pause(20);
			cancel();
			const sentByThen = emulator.requests().length;
			const first = await Promise.race([ended, pause(4_000)]);
			await pause(700);
			expect(emulator.requests()).toHaveLength(sentByThen);
			// Ended by itself, and not by the emulator that goes away.
			expect(first).toBeDefined();
			const { run, outcomes, error } = first as AttackRun;
			expect(run.status).toBe('canceled');
			// But for the token: n8n's own fetching of it heeds no signal.
			const open = emulator
				.requests()
				.filter(({ endedMs, operation }) => endedMs === undefined && operation !== 'token');
			expect(open).toEqual([]);
			expectTruth(emulator, outcomes);
			if (error?.context?.data) expectTruth(emulator, error.context.data.outcomes);
		},
	);

	it('an execution that is stopped before it begins sends nothing', async () => {
		running = await startEmulator({ users: PUPILS });
		const ended = await attack(engine, running.url, {
			rows: rowsOf(PUPILS),
			start: { onStart: (cancel) => cancel() },
		});
		expect(ended.run.status).toBe('canceled');
		expect(running.emulator.requests()).toEqual([]);
	});

	it('ten stopped executions leave no timer', async () => {
		running = await startEmulator({
			users: PUPILS,
			faults: [
				{
					on: { operation: 'bulkSeats' },
					effect: { kind: 'status', status: 429, retryAfter: 100 },
				},
			],
		});
		const { emulator, url } = running;
		const before = timers();
		for (let n = 1; n <= 10; n++) {
			let cancel = () => {};
			const ended = attack(engine, url, {
				rows: rowsOf(PUPILS.slice(0, 5)),
				onError: 'continueRegularOutput',
				start: { onStart: (stop) => (cancel = stop) },
			});
			await until(
				() => emulator.requests('bulkSeats').filter(({ status }) => status === 429).length >= n,
			);
			await pause(20);
			cancel();
			await ended;
		}
		await pause(500);
		expect(timers() - before).toBeLessThan(5);
	});
});
