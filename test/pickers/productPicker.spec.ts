import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { manyProducts } from '../../emulator/seed';
import type { Runtime } from '../../nodes/StoreSeats/n8n/runtime';
import { searchProducts, searchSkus } from '../../nodes/StoreSeats/pickers/productPicker';
import { until } from '../support/attack';
import { Bench, byId } from '../support/store';
import { list, namesOf, pickerContext, rounds } from './support';

let bench: Bench;

beforeAll(async () => {
	bench = await Bench.start();
});
afterEach(async () => await bench.closeAll());

/** A request's own time, at the end of which it is tried again, and shorter than the list's. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Pauses take no time; a request's time and the list's pass only when the test says so. */
class HeldClock {
	private readonly asleep = new Set<{ ms: number; wake: () => void }>();

	nowMs(): number {
		return Date.now();
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (ms < REQUEST_TIMEOUT_MS || signal?.aborted) return;
		let sleeper: { ms: number; wake: () => void } | undefined;
		await new Promise<void>((wake) => {
			sleeper = { ms, wake };
			this.asleep.add(sleeper);
			signal?.addEventListener('abort', () => wake(), { once: true });
		});
		if (sleeper !== undefined) this.asleep.delete(sleeper);
	}

	/** The list's own wait, and one for each request under way. */
	get waits(): number {
		return this.asleep.size;
	}

	/** Ends the longest waits that there are, which are those of the list. */
	timeIsUp(): void {
		const longestMs = Math.max(...[...this.asleep].map(({ ms }) => ms));
		expect(longestMs).toBeGreaterThan(REQUEST_TIMEOUT_MS);
		for (const { ms, wake } of this.asleep) if (ms === longestMs) wake();
	}
}

const runtimeWith = (clock: HeldClock): Runtime => ({ clock, random: Math.random });

describe('the list of products', () => {
	it('shows title, license type and free seats, and the ID where there is no title', async () => {
		const { emulator, url } = await bench.store();
		const found = await list(bench, url, 'searchProducts');
		expect(found).toEqual({
			results: [
				{ name: 'Minecraft: Education Edition · Online · 6277 seats free', value: 'CFQ7TTC0K5DR' },
				{ name: 'Contoso Atlas · Online and Offline · 120 seats free', value: '9NBLGGH4R2R6' },
				{ name: 'Contoso Notebook · Online · no seat limit', value: '9WZDNCRFJ3Q2' },
				{ name: 'Fabrikam Geometry · Online · 2 seats free', value: '9P0000000001' },
				{
					name: 'Fabrikam Vocabulary 2019 · Online · 19 seats free · removed',
					value: '9P0000000002',
				},
				{ name: '9P0000000003 · Online · 40 seats free', value: '9P0000000003' },
			],
		});
		expect(emulator.requests('getInventory')).toHaveLength(1);
		expect(emulator.requests('getLocalizedDetails')).toHaveLength(6);
	});

	it('is the same with a service that answers in PascalCase', async () => {
		const { emulator, url } = await bench.store();
		const camel = await list(bench, url, 'searchProducts');
		emulator.quirks.casing = 'pascal';
		expect(await list(bench, url, 'searchProducts')).toEqual(camel);
	});

	it('opens for 500 products at 50 ms latency in seven rounds, asking for 25 titles', async () => {
		const { emulator, url } = await bench.store({ products: manyProducts(500), latencyMs: 50 });
		const found = await list(bench, url, 'searchProducts');
		expect(found.results).toHaveLength(25);
		expect(found.paginationToken).toBe('25');
		expect(emulator.requests('getInventory')).toHaveLength(5);
		expect(emulator.requests('getLocalizedDetails')).toHaveLength(25);
		expect(emulator.tokens.issued).toBe(1);
		// A token, five pages, the titles.
		expect(rounds(emulator.log)).toBeLessThanOrEqual(7);
	});

	it('goes on from page to page to the end, each product once', async () => {
		const { emulator, url } = await bench.store({ products: manyProducts(60) });
		const seen: unknown[] = [];
		const sizes: number[] = [];
		let page: string | undefined;
		do {
			const found = await list(bench, url, 'searchProducts', { page });
			seen.push(...found.results.map(({ value }) => value));
			sizes.push(found.results.length);
			page = found.paginationToken as string | undefined;
		} while (page !== undefined);
		expect(sizes).toEqual([25, 25, 10]);
		expect(seen).toEqual(manyProducts(60).map(({ productId }) => productId));
		expect(emulator.requests('getLocalizedDetails')).toHaveLength(60);
	});

	it('is filtered by what is typed: words of the title in any casing, or a part of the ID', async () => {
		const { emulator, url } = await bench.store();
		const filtered = async (filter: string) =>
			namesOf(await list(bench, url, 'searchProducts', { filter }));
		expect(await filtered(' mineCRAFT ')).toEqual([
			'Minecraft: Education Edition · Online · 6277 seats free',
		]);
		expect(await filtered('9p000000000')).toHaveLength(3);
		expect(await filtered('offline')).toEqual([
			'Contoso Atlas · Online and Offline · 120 seats free',
		]);
		expect(await filtered('nothing of the kind')).toEqual([]);
		expect(await filtered('   ')).toHaveLength(6);
		expect(emulator.requests('getInventory')).toHaveLength(5);
	});

	it('stops asking for titles once a filter has filled a page', async () => {
		const { emulator, url } = await bench.store({ products: manyProducts(500) });
		const found = await list(bench, url, 'searchProducts', { filter: 'sample' });
		expect(found.results).toHaveLength(25);
		expect(emulator.requests('getLocalizedDetails').length).toBeLessThanOrEqual(50);
		const next = { filter: 'sample', page: String(found.paginationToken) };
		expect(namesOf(await list(bench, url, 'searchProducts', next))[0]).toMatch(/^Sample app 26 /);
	});

	it('finds the last of 500 products, 25 titles at a time', async () => {
		const { emulator, url } = await bench.store({ products: manyProducts(500), latencyMs: 5 });
		const found = await list(bench, url, 'searchProducts', { filter: 'app 500' });
		expect(found).toEqual({
			results: [{ name: 'Sample app 500 · Online · 599 seats free', value: '9M0000000500' }],
		});
		expect(emulator.maxInFlight).toBe(25);
	});

	it('shows IDs where titles are refused or do not come, and does not wait for ever', async () => {
		const { emulator, url } = await bench.store();
		const context = pickerContext(bench, url) as unknown as ILoadOptionsFunctions;
		emulator.faults.add({
			on: { operation: 'getLocalizedDetails' },
			effect: { kind: 'status', status: 500 },
		});
		const clock = new HeldClock();
		expect(namesOf(await searchProducts(context, runtimeWith(clock)))).toContain(
			'9WZDNCRFJ3Q2 · Online · no seat limit',
		);

		emulator.faults.clear();
		emulator.faults.add({
			on: { operation: 'getLocalizedDetails', productId: 'CFQ7TTC0K5DR' },
			effect: { kind: 'hang', work: 'none' },
		});
		const opening = searchProducts(context, runtimeWith(clock));
		const answered = () =>
			emulator.requests('getLocalizedDetails').filter(({ status }) => status === 200);
		await until(() => answered().length === 4 && clock.waits === 2);
		clock.timeIsUp();
		const slow = namesOf(await opening);
		expect(slow.slice(0, 2)).toEqual([
			'CFQ7TTC0K5DR · Online · 6277 seats free',
			'Contoso Atlas · Online and Offline · 120 seats free',
		]);
	});

	it.each([
		[403, 'The inventory could not be read', /no right/],
		[404, 'The inventory could not be read', /Base URL/],
	])('says so where the inventory is refused with %d', async (status, message, advice) => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({ on: { operation: 'getInventory' }, effect: { kind: 'status', status } });
		await expect(list(bench, url, 'searchProducts')).rejects.toMatchObject({
			message: expect.stringMatching(`^${message}: `),
			description: expect.stringMatching(advice),
		});
		expect(emulator.requests('getInventory')).toHaveLength(1);
	});

	it('says so where the inventory does not come', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'getInventory' },
			effect: { kind: 'hang', work: 'none' },
		});
		const context = pickerContext(bench, url) as unknown as ILoadOptionsFunctions;
		const clock = new HeldClock();
		const opening = searchProducts(context, runtimeWith(clock));
		const said = expect(opening).rejects.toMatchObject({
			message: 'The Store did not give the inventory in time',
			description: 'Try again in a while, or give the IDs by hand.',
		});
		await until(() => emulator.requests('getInventory').length > 0);
		clock.timeIsUp();
		await said;
	});
});

describe('the list of SKUs', () => {
	const chosen = (productId: unknown) => ({ parameters: { productId } as never });

	it.each([
		['chosen by ID', byId('CFQ7TTC0K5DR')],
		['in another casing', byId('cfq7ttc0k5dr')],
		[
			'chosen by link',
			{
				__rl: true,
				mode: 'url',
				value: 'https://apps.microsoft.com/detail/cfq7ttc0k5dr?hl=en-us&gl=US',
			},
		],
	])('has those of the product %s', async (_how, productId) => {
		const { emulator, url } = await bench.store();
		expect(await list(bench, url, 'searchSkus', chosen(productId))).toEqual({
			results: [
				{ name: '0001 · Online · 50 seats free', value: '0001' },
				{ name: '0002 · Online · 5997 seats free', value: '0002' },
				{ name: '0004 · Online · 200 seats free', value: '0004' },
				{ name: '0005 · Online · 30 seats free', value: '0005' },
			],
		});
		expect(emulator.requests()).toHaveLength(2);
	});

	it('shows license type and status, and is filtered by what is typed', async () => {
		const { url } = await bench.store();
		expect(namesOf(await list(bench, url, 'searchSkus', chosen(byId('9NBLGGH4R2R6'))))).toEqual([
			'0016 · Online · 120 seats free',
			'0017 · Offline · 0 seats free',
		]);
		const offline = { ...chosen(byId('9NBLGGH4R2R6')), filter: 'OFF' };
		expect(namesOf(await list(bench, url, 'searchSkus', offline))).toEqual([
			'0017 · Offline · 0 seats free',
		]);
		expect(namesOf(await list(bench, url, 'searchSkus', chosen(byId('9P0000000002'))))).toEqual([
			'0001 · Online · 19 seats free · removed',
		]);
	});

	it('is empty for a product that is not in the inventory', async () => {
		const { url } = await bench.store();
		const found = await list(bench, url, 'searchSkus', chosen(byId('9P0000000004')));
		expect(found).toEqual({ results: [] });
	});

	it.each([
		['nothing', undefined, 'Choose a product first'],
		['an empty ID', byId(' '), 'Choose a product first'],
		[
			'an expression',
			byId('={{ $json.product }}'),
			'The product is an expression, so what there is to choose is not known here',
		],
		[
			'an expression for a link',
			{ __rl: true, mode: 'url', value: '={{ $json.link }}' },
			'The product is an expression, so what there is to choose is not known here',
		],
	])(
		'asks for a product, and the Store for nothing, where %s is chosen',
		async (_what, productId, message) => {
			const { emulator, url } = await bench.store();
			const context = pickerContext(bench, url, { productId: productId as never });
			await expect(
				searchSkus(context as unknown as ILoadOptionsFunctions, runtimeWith(new HeldClock())),
			).rejects.toMatchObject({ message });
			expect(emulator.log).toEqual([]);
		},
	);
});
