import { getEventListeners } from 'node:events';

import { errorOf, itemsOf } from '../../harness/engine';
import {
	Bench,
	byId,
	jsonOf,
	NODE_TYPE,
	PRODUCT,
	pupil,
	pupils,
	rowsOf,
	SKU,
} from '../support/store';

let bench: Bench;

beforeAll(async () => {
	bench = await Bench.start();
});
afterEach(async () => await bench.closeAll());

/** 60 rows as a spreadsheet has them: 57 people, one of them twice, and two whom nobody knows. */
function spreadsheet() {
	const names = pupils(57);
	names.splice(10, 0, 'ghost@contoso.com');
	names.splice(30, 0, pupil(3).toUpperCase());
	names.splice(59, 0, 'nobody@contoso.com');
	return names;
}

describe('a spreadsheet of 60 people', () => {
	it('becomes one item a row, in order, with 3 requests', async () => {
		const { emulator, url } = await bench.store();
		const names = spreadsheet();
		const run = await bench.change(url, rowsOf(names));

		expect(errorOf(run)).toBeUndefined();
		const items = jsonOf(run);
		expect(items.map(({ username }) => username)).toEqual(names);
		expect(items.filter(({ status }) => status === 'succeeded')).toHaveLength(58);
		expect(items[10]).toEqual({
			productId: PRODUCT,
			skuId: SKU,
			username: 'ghost@contoso.com',
			seatAction: 'Assign',
			status: 'failed',
			failureReason: 'The user was not found.',
		});
		expect(items[0]).toEqual({
			productId: PRODUCT,
			skuId: SKU,
			username: pupil(0),
			seatAction: 'Assign',
			status: 'succeeded',
			assignedTo: pupil(0),
			state: 'Active',
			dateAssigned: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
		});
		expect(emulator.requests('bulkSeats').map(({ operation }) => operation)).toEqual([
			'bulkSeats',
			'bulkSeats',
			'bulkSeats',
		]);
		expect(emulator.state.holders(PRODUCT, SKU)).toEqual(expect.arrayContaining(pupils(57)));
	});

	it('is asked of the service once, and answered twice, for two rows that want the same seat', async () => {
		const { emulator, url } = await bench.store();
		const run = await bench.change(url, rowsOf([pupil(1), pupil(2), pupil(1).toUpperCase()]));
		expect(jsonOf(run).map(({ status }) => status)).toEqual(Array(3).fill('succeeded'));
		expect(emulator.requests('bulkSeats').flatMap(({ usernames }) => usernames)).toEqual([
			pupil(1),
			pupil(2),
		]);
	});

	it('is taken back with Reclaim', async () => {
		const { emulator, url } = await bench.store();
		await bench.change(url, rowsOf(pupils(30)));
		const run = await bench.change(url, rowsOf(pupils(30)), { operation: 'reclaim' });
		expect(new Set(jsonOf(run).map(({ status }) => status))).toEqual(new Set(['succeeded']));
		for (const name of pupils(30)) {
			expect(emulator.state.holders(PRODUCT, SKU)).not.toContain(name);
		}
	});

	it('keeps each item linked to its own row, also two nodes further on', async () => {
		const { url } = await bench.store();
		const rows = spreadsheet().map((email, index) => ({ email, class: `class ${index}` }));
		const run = await bench.engine.run({
			rows,
			nodes: [
				bench.seats(url),
				{ name: 'Between', type: 'harness.edit', parameters: { value: '={{ $json.status }}' } },
				{
					name: 'After',
					type: 'harness.edit',
					parameters: { value: "={{ $('Spreadsheet').item.json.class }}" },
				},
			],
		});
		expect(jsonOf(run, 'After').map(({ value }) => value)).toEqual(rows.map((row) => row.class));
	});
});

describe('one row', () => {
	it('may carry a whole class, and each pupil is linked to it', async () => {
		const { emulator, url } = await bench.store();
		const rows = [
			{ class: '5a', pupils: pupils(30).join('; ') },
			{ class: '5b', pupils: [pupil(40), pupil(41), pupil(40)] },
		];
		const run = await bench.engine.run({
			rows: rows as never,
			nodes: [
				bench.seats(url, { usernames: '={{ $json.pupils }}' }),
				{
					name: 'After',
					type: 'harness.edit',
					parameters: { value: "={{ $('Spreadsheet').item.json.class }}" },
				},
			],
		});
		expect(jsonOf(run, 'After').map(({ value }) => value)).toEqual([
			...Array(30).fill('5a'),
			'5b',
			'5b',
		]);
		expect(emulator.requests('bulkSeats')).toHaveLength(2);
	});

	it('without a name gives one item that says so', async () => {
		const { url } = await bench.store();
		const run = await bench.change(url, [
			{ email: '' },
			{ email: pupil(1) },
			{ email: null as never },
		]);
		const items = jsonOf(run);
		expect(items.map(({ username, status }) => [username, status])).toEqual([
			['', 'failed'],
			[pupil(1), 'succeeded'],
			['', 'failed'],
		]);
		expect(items[0].failureReason).toContain('no user name');
	});
});

describe('several products in one run', () => {
	it('are grouped, and the items stay in the order of the rows', async () => {
		const { emulator, url } = await bench.store();
		const products = [
			{ product: PRODUCT, sku: SKU },
			{ product: '9NBLGGH4R2R6', sku: '0016' },
		];
		const rows = pupils(40).map((email, index) => ({ email, ...products[index % 2] }));
		const run = await bench.change(url, rows, {
			productId: byId('={{ $json.product }}'),
			skuId: byId('={{ $json.sku }}'),
		});
		const items = jsonOf(run);
		expect(items.map(({ username, productId }) => [username, productId])).toEqual(
			rows.map(({ email, product }) => [email, product]),
		);
		expect(items.every(({ status }) => status === 'succeeded')).toBe(true);
		expect(
			emulator
				.requests('bulkSeats')
				.map(({ productId, usernames }) => [productId, usernames?.length]),
		).toEqual(
			expect.arrayContaining([
				[PRODUCT, 20],
				['9NBLGGH4R2R6', 20],
			]),
		);
		expect(emulator.requests('bulkSeats')).toHaveLength(2);
	});
});

describe('On Error', () => {
	it('Stop: seats that fail are items; nothing is thrown', async () => {
		const { url } = await bench.store();
		const run = await bench.change(url, rowsOf(['ghost@contoso.com', pupil(1)]));
		expect(jsonOf(run).map(({ status }) => status)).toEqual(['failed', 'succeeded']);
	});

	it('Stop with Fail on Failed Seats: stops after the run and carries every outcome', async () => {
		const { emulator, url } = await bench.store();
		const run = await bench.change(url, rowsOf(['ghost@contoso.com', pupil(1)]), {
			options: { failOnFailedSeats: true },
		});
		const error = errorOf(run);
		expect(error?.message).toBe('1 of 2 results are seats that could not be changed');
		expect(error?.context?.data).toMatchObject({
			seatsChanged: 1,
			outcomes: [{ status: 'failed' }, { status: 'succeeded' }],
		});
		expect(emulator.state.holders(PRODUCT, SKU)).toContain(pupil(1));
	});

	it('Stop: a refused request stops the node, says what to do, and what had been changed', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'bulkSeats', nth: { from: 2 } },
			effect: { kind: 'status', status: 403, body: { message: 'Not a management tool' } },
		});
		const run = await bench.change(url, rowsOf(pupils(60)), { options: { maxConcurrency: 1 } });
		const error = errorOf(run) as ReturnType<typeof errorOf> & { httpCode?: string };
		expect(error?.message).toBe(
			`The Store refused the request (HTTP 403) for product ${PRODUCT}, SKU ${SKU}: Not a management tool`,
		);
		expect(error?.description).toContain('Activate the app as a management tool');
		expect(error?.description).toContain('25 seats of 60 had been changed');
		expect(error?.httpCode).toBe('403');
		const { outcomes } = error?.context?.data as { outcomes: unknown[] };
		expect(outcomes).toHaveLength(60);
		expect(emulator.requests('bulkSeats')).toHaveLength(2);
	});

	it('Continue: a refused product gives failed items, other products go on', async () => {
		const { emulator, url } = await bench.store();
		const rows = pupils(120).map((email, index) => ({
			email,
			product: index % 2 === 0 ? PRODUCT : '9NBLGGH4R000',
		}));
		const run = await bench.change(url, rows, {
			productId: byId('={{ $json.product }}'),
			node: { onError: 'continueRegularOutput' },
		});
		const items = jsonOf(run);
		expect(items).toHaveLength(120);
		for (const { productId, status, httpStatus, failureReason } of items) {
			expect(status).toBe(productId === PRODUCT ? 'succeeded' : 'failed');
			if (productId !== PRODUCT) {
				expect(httpStatus).toBe(404);
				expect(failureReason).toEqual(expect.any(String));
			}
		}
		const asked = emulator
			.requests('bulkSeats')
			.filter(({ productId }) => productId === '9NBLGGH4R000');
		expect(asked).toHaveLength(1);
	});

	it('Continue (error output): failed seats leave by it with their row and one key `error`, linked', async () => {
		const { url } = await bench.store();
		const rows = ['ghost@contoso.com', pupil(1), 'nobody@contoso.com'].map((email, index) => ({
			email,
			class: `class ${index}`,
		}));
		const line = {
			rows,
			nodes: [
				bench.seats(url, { node: { onError: 'continueErrorOutput' } }),
				{ name: 'Done', type: 'harness.edit', parameters: { value: '={{ $json.status }}' } },
				{
					name: 'Rejected',
					type: 'harness.edit',
					parameters: { value: "={{ $('Spreadsheet').item.json.class }}" },
				},
			],
			branches: [{ from: 'Seats', output: 1, to: 'Rejected' }],
		};
		const run = await bench.engine.run(line);
		expect(jsonOf(run, 'Seats').map(({ username }) => username)).toEqual([pupil(1)]);
		expect(jsonOf(run, 'Seats', 1)).toEqual(
			[0, 2].map((index) => ({
				...rows[index],
				error: {
					message: 'The user was not found.',
					productId: PRODUCT,
					skuId: SKU,
					username: rows[index].email,
					seatAction: 'Assign',
					status: 'failed',
					failureReason: 'The user was not found.',
				},
			})),
		);
		expect(jsonOf(run, 'Rejected').map(({ value }) => value)).toEqual(['class 0', 'class 2']);
	});

	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s: even a credential that cannot be right gives one item a seat',
		async (onError) => {
			const { emulator, url } = await bench.store();
			const node = bench.seats(url, { node: { onError } });
			const run = await bench.engine.run({
				rows: rowsOf(pupils(3)),
				nodes: [{ ...node, credentials: bench.credential(url, { tenantId: 'my tenant' }) }],
			});
			const output = onError === 'continueErrorOutput' ? 1 : 0;
			expect(jsonOf(run, 'Seats', output)).toHaveLength(3);
			expect(JSON.stringify(jsonOf(run, 'Seats', output))).toContain('Tenant ID');
			expect(emulator.log).toEqual([]);
		},
	);

	it('Stop: a missing product is refused before anything is sent, and the item is named', async () => {
		const { emulator, url } = await bench.store();
		const run = await bench.change(url, rowsOf(pupils(2)), {
			productId: byId('={{ $json.none }}'),
		});
		expect(errorOf(run)?.message).toContain("'Product' is empty");
		expect(errorOf(run)?.context?.itemIndex).toBe(0);
		expect(emulator.log).toEqual([]);
	});

	it('Retry On Fail runs the node again from the start, and that does no harm', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 2 },
			effect: { kind: 'status', status: 409, body: { message: 'Try later' } },
		});
		const run = await bench.change(url, rowsOf(pupils(50)), {
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
		});
		const items = jsonOf(run);
		expect(items).toHaveLength(50);
		expect(items.every(({ status }) => status === 'succeeded')).toBe(true);
		expect(items.filter(({ unchanged }) => unchanged === true)).toHaveLength(25);
		expect(emulator.state.holders(PRODUCT, SKU)).toEqual(expect.arrayContaining(pupils(50)));
	});
});

describe('the token', () => {
	it('is fetched once at the start, whatever the concurrency', async () => {
		const { emulator, url } = await bench.store({ latencyMs: 5 });
		await bench.change(url, rowsOf(pupils(500)), { options: { maxConcurrency: 8 } });
		expect(emulator.requests('token')).toHaveLength(1);
		expect(emulator.requests('bulkSeats')).toHaveLength(20);
		expect(emulator.maxInFlight).toBeLessThanOrEqual(8);
	});

	it('that expires in the middle is renewed by n8n, and no seat is lost', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 3 },
			effect: { kind: 'expireTokens' },
		});
		const run = await bench.change(url, rowsOf(pupils(150)), { options: { maxConcurrency: 1 } });
		expect(jsonOf(run).filter(({ status }) => status === 'succeeded')).toHaveLength(150);
		expect(emulator.requests('token')).toHaveLength(2);
	});

	it('refused for a wrong secret: says so, asks the Store nothing, shows no secret', async () => {
		const { emulator, url } = await bench.store();
		const node = bench.seats(url);
		const clientSecret = 'wrong-emulator-secret';
		const run = await bench.engine.run({
			rows: rowsOf(pupils(3)),
			nodes: [{ ...node, credentials: bench.credential(url, { clientSecret }) }],
		});
		expect(errorOf(run)?.message).toContain('The sign-in was refused');
		expect(errorOf(run)?.description).toContain('client secret');
		expect(emulator.requests('bulkSeats')).toEqual([]);
		expect(JSON.stringify(run)).not.toContain(clientSecret);
	});
});

it('leaves nothing on the signal of an execution in which it runs many times', async () => {
	const { url } = await bench.store({ latencyMs: 5 });
	const added = new Map<AbortSignal, number[]>();
	const listen = jest.spyOn(AbortSignal.prototype, 'addEventListener');
	listen.mockImplementation(function (this: AbortSignal, ...given) {
		EventTarget.prototype.addEventListener.apply(this, given);
		const listening = added.get(this) ?? [];
		added.set(this, listening);
		listening.push(getEventListeners(this, 'abort').length);
	});
	const nodes = Array.from({ length: 15 }, (_, index) =>
		bench.seats(url, {
			usernames: index === 0 ? undefined : '={{ $json.username }}',
			options: { batchSize: 1, maxConcurrency: 20 },
			node: { name: `Seats ${index}` },
		}),
	);
	const run = await bench.engine
		.run({ rows: rowsOf(pupils(40)), nodes })
		.finally(() => listen.mockRestore());
	expect(itemsOf(run, 'Seats 14')).toHaveLength(40);
	// A request has a signal of its own; the one that is listened to time and again is the execution's.
	const [[signal, listening]] = [...added].sort(([, a], [, b]) => b.length - a.length);
	expect(listening.length).toBeGreaterThan(15);
	expect(Math.max(...listening)).toBeLessThanOrEqual(2);
	expect(getEventListeners(signal, 'abort')).toEqual([]);
});

describe('parameters', () => {
	it('that are no expression are read once, and a field reference is not evaluated by n8n', async () => {
		const { url } = await bench.store();
		const evaluate = jest.spyOn(
			(await import('n8n-workflow')).Expression.prototype,
			'resolveSimpleParameterValue',
		);
		const counted = async (usernames: string, rows: number) => {
			evaluate.mockClear();
			await bench.change(url, rowsOf(pupils(rows)), { usernames });
			return evaluate.mock.calls.filter(([value]) => String(value).includes('email')).length;
		};
		expect(await counted('={{ $json.email }}', 50)).toBe(0);
		expect(await counted('={{ $json.email.trim() }}', 50)).toBe(50);
		evaluate.mockRestore();
	});

	it('come from lists, ids and links alike', async () => {
		const { emulator, url } = await bench.store();
		const run = await bench.change(url, rowsOf([pupil(1)]), {
			productId: {
				__rl: true,
				mode: 'url',
				value: `https://businessstore.microsoft.com/en-us/AppInstall?productId=${PRODUCT}&skuId=0002&catalogId=4`,
			},
			skuId: { __rl: true, mode: 'list', value: SKU, cachedResultName: 'volume license' },
		});
		expect(jsonOf(run)[0].status).toBe('succeeded');
		expect(emulator.requests('bulkSeats')[0].productId).toBe(PRODUCT);
	});

	it.each([
		[{ batchSize: 26 }, "'Batch Size' has to be a whole number from 1 to 25"],
		[{ batchSize: 0 }, 'Batch Size'],
		[{ maxConcurrency: 1.5 }, 'Max Concurrency'],
		[{ maxAttempts: -1 }, 'Max Attempts'],
		[{ requestTimeout: 'soon' }, 'Request Timeout'],
	])('out of range, %j, are refused before anything is sent', async (options, words) => {
		const { emulator, url } = await bench.store();
		const run = await bench.change(url, rowsOf(pupils(2)), { options: options as never });
		expect(errorOf(run)?.message).toContain(words);
		expect(emulator.log).toEqual([]);
	});
});

describe('a manual execution', () => {
	it('tells the browser how far it is', async () => {
		const { url } = await bench.store();
		const messages: Array<{ settled: number; of: number; seats: unknown[] }> = [];
		await bench.change(
			url,
			rowsOf(pupils(60)),
			{},
			{
				mode: 'manual',
				onMessage: (message) => messages.push(message as never),
			},
		);
		expect(messages.at(-1)).toMatchObject({ settled: 60, of: 60 });
		expect(messages.flatMap(({ seats }) => seats)).toHaveLength(60);
	});
});

it('says in one hint what came of the run', async () => {
	const { url } = await bench.store();
	const run = await bench.change(url, rowsOf(['ghost@contoso.com', pupil(1)]));
	expect(run.data.resultData.runData.Seats[0].hints).toEqual([
		{
			message: '2 seats: 1 succeeded, 1 failed, 0 unknown, with 1 request to the Store',
			type: 'warning',
			location: 'outputPane',
		},
	]);
	expect(itemsOf(run, 'Seats')).toHaveLength(2);
	expect(NODE_TYPE).toContain('storeSeats');
});

it('hints at a product that has run out of seats, without asking for it', async () => {
	const { emulator, url } = await bench.store();
	const run = await bench.change(url, rowsOf(pupils(4)), {
		productId: byId('9P0000000001'),
		skuId: byId('0001'),
	});
	const hints = run.data.resultData.runData.Seats[0].hints?.map(({ message }) => message);
	expect(hints?.[1]).toContain('Product 9P0000000001, SKU 0001 has no free seats left: 2 users');
	expect(emulator.requests('getInventory')).toEqual([]);
});
