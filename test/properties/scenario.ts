import fc from 'fast-check';

import type { FaultEffect, FaultRule } from '../../emulator/faults';
import type { QuirkSettings } from '../../emulator/quirks';
import type { RateLimitOptions } from '../../emulator/rateLimit';

/** Everything by which two runs can differ. Nothing else is random: a seed repeats a run exactly. */
export interface Scenario {
	readonly seed: number;
	readonly action: 'Assign' | 'Reclaim';
	readonly onError: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	readonly rows: ReadonlyArray<{ readonly product: number; readonly names: readonly string[] }>;
	/** Indices of users who hold a seat of each product at the start. */
	readonly holders: ReadonlyArray<readonly number[]>;
	readonly capacity: readonly [number, number];
	readonly lateUsersAfterS: number;
	readonly options: {
		readonly batchSize: number;
		readonly maxConcurrency: number;
		readonly maxAttempts: number;
		readonly requestTimeout: number;
		readonly retryUnknownUsers: number;
	};
	readonly latencyMs: number;
	readonly quirks: QuirkSettings;
	readonly faults: readonly FaultRule[];
	readonly rateLimit?: RateLimitOptions;
	readonly tokenLifetimeSeconds: number;
}

export const PRODUCTS = [
	{ productId: 'CFQ7TTC0K5DR', skuId: '0002' },
	{ productId: '9NBLGGH4R2R6', skuId: '0016' },
	/** Licensed offline: refused with a 409. */
	{ productId: '9NBLGGH4R2R6', skuId: '0017' },
	/** In no inventory. */
	{ productId: '9NBLGGH4R000', skuId: '0001' },
] as const;

export const USERS = 40;
/** These are known to the Store only some time after the start. */
export const LATE_USERS = 4;
export const userName = (index: number) => `user${String(index).padStart(2, '0')}@contoso.com`;
export const objectIdOf = (index: number) =>
	`aaaaaaaa-0000-4000-8000-${String(index).padStart(12, '0')}`;

const cased = (name: string) =>
	fc.constantFrom(
		name,
		name,
		name,
		name.toUpperCase(),
		` ${name[0].toUpperCase()}${name.slice(1)}`,
	);

const knownName = fc.integer({ min: 0, max: USERS - 1 }).chain((index) => cased(userName(index)));
const objectIdName = fc
	.integer({ min: 0, max: USERS - 1 })
	.chain((index) => fc.constantFrom(objectIdOf(index), `{${objectIdOf(index).toUpperCase()}}`));
const strangeName = fc.constantFrom(
	'ghost@contoso.com',
	'nobody@contoso.com',
	'no-at-sign',
	'__proto__',
	'constructor',
	'a/../b@contoso.com',
	'..',
	'x\u0007y@contoso.com',
	'half\ud800@contoso.com',
	'%2e%2e@contoso.com',
	'müller@contoso.com',
	`${'long'.repeat(80)}@contoso.com`,
);
const name = fc.oneof(
	{ weight: 20, arbitrary: knownName },
	{ weight: 2, arbitrary: objectIdName },
	{ weight: 2, arbitrary: strangeName },
);

const row = fc.record({
	product: fc.oneof(
		{ weight: 8, arbitrary: fc.constantFrom(0, 1) },
		{ weight: 1, arbitrary: fc.constantFrom(2, 3) },
	),
	names: fc.array(name, { minLength: 0, maxLength: 12 }),
});

const some = fc.constantFrom(0.05, 0.2, 0.5);
const selection = fc.oneof(
	{ weight: 3, arbitrary: fc.constant(false as const) },
	{ weight: 1, arbitrary: some },
);

const quirks: fc.Arbitrary<QuirkSettings> = fc.record({
	casing: fc.constantFrom('camel', 'pascal'),
	emptyLists: fc.constantFrom('array', 'null', 'absent'),
	shuffle: fc.boolean(),
	userCasing: fc.constantFrom('asStored', 'upper', 'lower', 'mixed'),
	assignedToAs: fc.constantFrom('upn', 'upn', 'objectId', 'bracedObjectId'),
	omitUsers: selection,
	omitUndone: selection,
	repeatUsers: selection,
	contradictUsers: selection,
	strangers: fc.constantFrom(0, 0, 3),
	malformedName: fc.constantFrom('refuseBatch', 'refuseName'),
	unknownUser: fc.constantFrom('refuseName', 'refuseName', 'refuseBatch400', 'refuseBatch404User'),
	alreadyAssigned: fc.constantFrom('refuse', 'succeed'),
	nothingToReclaim: fc.constantFrom('refuse', 'succeed'),
	errorShape: fc.constantFrom('flat', 'nested', 'pascal', 'data', 'html', 'text'),
	badNamesNamed: fc.boolean(),
	stateMissing: fc.boolean(),
	showRevoked: fc.boolean(),
	outOfSeatsBeforeAlready: fc.boolean(),
	readsLagMs: fc.constantFrom(0, 0, 0, 3_000),
});

const retryAfter = fc.constantFrom(undefined, 0, 1, 7, 'soon', { date: true as const, seconds: 3 });
const work = fc.constantFrom('none' as const, 'done' as const);
const ms = fc.integer({ min: 0, max: 20_000 });

const effect: fc.Arbitrary<FaultEffect> = fc.oneof(
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(429, 503, 408),
		retryAfter,
	}),
	fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(500, 502, 504), work }),
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(400, 403, 404, 409, 418),
	}),
	fc.record({ kind: fc.constant('delay' as const), ms, of: fc.constantFrom('request', 'answer') }),
	fc.record({
		kind: fc.constant('hang' as const),
		work: fc.oneof(work, fc.record({ afterMs: ms })),
	}),
	fc.record({
		kind: fc.constant('cut' as const),
		at: fc.constantFrom('beforeWork', 'afterWork', 'midBody'),
	}),
	fc.constant({ kind: 'truncate' as const }),
	fc.constant({ kind: 'html' as const, status: 200 }),
	fc.record({
		kind: fc.constant('replace' as const),
		body: fc.constantFrom(
			'',
			'null',
			'[]',
			'{}',
			'"text"',
			{ seatDetails: 7 },
			{ seatDetails: [null, 1] },
		),
		work,
	}),
	fc.constant({ kind: 'redirect' as const, location: 'http://127.0.0.1:9/elsewhere' }),
	fc.constant({ kind: 'expireTokens' as const }),
	fc.constant({ kind: 'deep' as const, levels: 200 }),
	fc.constant({ kind: 'huge' as const, megabytes: 0.01 }),
) as fc.Arbitrary<FaultEffect>;

const fault: fc.Arbitrary<FaultRule> = fc.record({
	on: fc.oneof(
		fc.record({
			operation: fc.constantFrom('bulkSeats', 'bulkSeats', 'getSeat', 'getSeats'),
			probability: some,
		}),
		fc.record({
			operation: fc.constantFrom('bulkSeats', 'getSeat'),
			nth: fc.integer({ min: 1, max: 6 }),
		}),
		fc.record({ probability: fc.constant(0.1) }),
	),
	times: fc.constantFrom(1, 2, 5, 50),
	effect,
}) as fc.Arbitrary<FaultRule>;

const indices = fc.uniqueArray(fc.integer({ min: 0, max: USERS - 1 }), { maxLength: 15 });

export const scenario: fc.Arbitrary<Scenario> = fc.record({
	seed: fc.integer(),
	action: fc.constantFrom('Assign', 'Reclaim'),
	onError: fc.constantFrom('stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'),
	rows: fc.array(row, { minLength: 1, maxLength: 14 }),
	holders: fc.tuple(indices, indices),
	capacity: fc.tuple(fc.constantFrom(15, 20, 1000), fc.constantFrom(15, 1000)),
	lateUsersAfterS: fc.constantFrom(0, 5, 40),
	options: fc.record({
		batchSize: fc.constantFrom(1, 3, 7, 25),
		maxConcurrency: fc.integer({ min: 1, max: 6 }),
		maxAttempts: fc.integer({ min: 1, max: 5 }),
		requestTimeout: fc.constantFrom(1, 5),
		retryUnknownUsers: fc.constantFrom(0, 0, 10, 60),
	}),
	latencyMs: fc.constantFrom(0, 20, 300),
	quirks: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: quirks }),
	faults: fc.array(fault, { maxLength: 4 }),
	rateLimit: fc.option(
		fc.record({
			perSecond: fc.constantFrom(2, 10),
			burst: fc.constantFrom(1, 5),
			retryAfterSeconds: fc.constantFrom(1, 3, null, 'date' as const),
		}),
		{ nil: undefined, freq: 3 },
	) as fc.Arbitrary<RateLimitOptions | undefined>,
	tokenLifetimeSeconds: fc.constantFrom(3600, 2),
}) as fc.Arbitrary<Scenario>;
