import { operationNames, operations } from '../../emulator/operations';
import { manyProducts } from '../../emulator/seed';
import { StoreEmulator } from '../../emulator/service';
import { numberedUpns } from '../../emulator/store';
import { emulate, names } from './support';

const seats = '/V1/Inventory/APP/0001/Seats';

test('there are twelve operations of the Store', () => {
	const ofStore = new Set<string>(operations.filter(({ store }) => store).map(({ name }) => name));
	expect(ofStore.size).toBe(12);
	expect(operationNames).toEqual(expect.arrayContaining([...ofStore, 'token']));
});

describe('bulkSeats', () => {
	test('assigns and partly refuses in one answer', async () => {
		const { bulk, emulator } = emulate();
		const answer = await bulk('Assign', ['ada@contoso.com', 'ghost@contoso.com']);
		expect(answer.status).toBe(200);
		expect(answer.data).toEqual({
			seatDetails: [
				{
					assignedTo: 'ada@contoso.com',
					dateAssigned: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
					state: 'Active',
					productKey: { productId: 'APP', skuId: '0001' },
				},
			],
			failedSeatOperations: [
				{
					failureReason: 'The user was not found.',
					productKey: { productId: 'APP', skuId: '0001' },
					userName: 'ghost@contoso.com',
				},
			],
		});
		expect(emulator.state.holders('APP', '0001')).toEqual(['ada@contoso.com']);
	});

	test('reclaims, whatever the casing of the action', async () => {
		const { bulk, emulator } = emulate();
		await bulk('assign', ['ada@contoso.com', 'alan@contoso.com']);
		const { data } = await bulk('RECLAIM', ['ada@contoso.com', 'zoe@contoso.com']);
		expect(data.seatDetails).toMatchObject([{ assignedTo: 'ada@contoso.com', state: 'Revoked' }]);
		expect(data.failedSeatOperations).toMatchObject([
			{ failureReason: 'The user does not have a seat for this product.' },
		]);
		expect(emulator.state.holders('APP', '0001')).toEqual(['alan@contoso.com']);
	});

	test('finds a user by UPN or object id in any casing, with braces or without', async () => {
		const { bulk, emulator } = emulate();
		await bulk('Assign', [
			'ADA@CONTOSO.COM',
			'{AAAAAAAA-0000-4000-8000-000000000002}',
			'aaaaaaaa-0000-4000-8000-000000000003',
		]);
		const holders = ['ada@contoso.com', 'Grace@contoso.com', 'alan@contoso.com'];
		expect(emulator.state.holders('APP', '0001')).toEqual(holders);
		expect(emulator.state.seat('app', '0001', 'grace@CONTOSO.com')?.user.upn).toBe(holders[1]);
	});

	test('a Restricted SKU runs out of seats, an Open one does not', async () => {
		const { bulk, emulator } = emulate();
		const everyone = emulator.state.users.map(({ upn }) => upn);
		const { data } = await bulk('Assign', everyone);
		expect(data.seatDetails).toHaveLength(3);
		expect(data.failedSeatOperations).toMatchObject([
			{ userName: 'zoe@contoso.com', failureReason: 'There are no seats available.' },
		]);
		expect(emulator.state.entry('APP', '0001')).toMatchObject({
			seatCapacity: 3,
			assignedSeats: 3,
			availableSeats: 0,
		});
		expect((await bulk('Assign', everyone, 'APP/0002')).data.seatDetails).toHaveLength(4);
	});

	test('refuses one who holds a seat', async () => {
		const { bulk } = emulate();
		await bulk('Assign', ['ada@contoso.com']);
		const { data } = await bulk('Assign', ['ada@contoso.com']);
		expect(data.failedSeatOperations).toMatchObject([
			{ failureReason: 'The user already has a seat for this product.' },
		]);
	});

	const good = { usernames: ['ada@contoso.com'], seatAction: 'Assign' };
	test.each([
		['more than 25 users', { ...good, usernames: numberedUpns(26) }, 'usernames'],
		['an empty list', { ...good, usernames: [] }, 'usernames'],
		['no list', { seatAction: 'Assign' }, 'usernames'],
		['names that are no text', { ...good, usernames: [1] }, 'usernames'],
		['another action', { ...good, seatAction: 'Remove' }, 'seatAction'],
		['no action', { usernames: good.usernames }, 'seatAction'],
		['a name with white space', { ...good, usernames: ['a b@contoso.com'] }, 'usernames'],
		[
			'a name with a control character',
			{ ...good, usernames: ['a\u0007@contoso.com'] },
			'usernames',
		],
		['neither UPN nor GUID', { ...good, usernames: ['ada'] }, 'usernames'],
		['no JSON', 'usernames=ada', 'body'],
	])('400 for %s', async (_what, body, parameterName) => {
		const { call, emulator } = emulate();
		const { status, data } = await call('POST', seats, body);
		expect(status).toBe(400);
		expect(data).toMatchObject({ code: 'BadRequest', parameterName });
		expect(emulator.state.holders('APP', '0001')).toEqual([]);
	});

	test('404 and 409', async () => {
		const { bulk } = emulate();
		const missing = await bulk('Assign', ['ada@contoso.com'], 'NONE/0001');
		expect(missing).toMatchObject({
			status: 404,
			data: { itemType: 'Inventory', values: ['NONE', '0001'] },
		});
		const offline = await bulk('Assign', ['ada@contoso.com'], 'OFFLINE/0001');
		expect(offline).toMatchObject({ status: 409, data: { reason: 'NotOnlineLicensed' } });
	});

	test('a removed product takes seats back and gives none', async () => {
		const { bulk, emulator } = emulate();
		await bulk('Assign', ['ada@contoso.com']);
		emulator.state.changeEntry('APP', '0001', { status: 'Removed' });
		expect((await bulk('Assign', ['zoe@contoso.com'])).status).toBe(409);
		expect(names(await bulk('Reclaim', ['ada@contoso.com'])).assigned).toEqual(['ada@contoso.com']);
	});
});

describe('one seat', () => {
	test('assign, get, reclaim', async () => {
		const { call, emulator } = emulate();
		const seat = { assignedTo: 'ada@contoso.com', state: 'Active' };
		expect(await call('POST', `${seats}/ada%40contoso.com`)).toMatchObject({
			status: 200,
			data: seat,
		});
		expect((await call('GET', `${seats}/ADA@contoso.com`)).data).toMatchObject(seat);
		expect((await call('DELETE', `${seats}/ada@contoso.com`)).data.state).toBe('Revoked');
		expect(emulator.state.holders('APP', '0001')).toEqual([]);
		expect(await call('GET', `${seats}/ada@contoso.com`)).toMatchObject({
			status: 404,
			data: { itemType: 'Seat' },
		});
	});

	test.each(['GET', 'POST', 'DELETE'])('documented refusals of %s', async (method) => {
		const { call } = emulate();
		const refusal = async (path: string) => {
			const { status, data } = await call(method, `/V1/Inventory/${path}`);
			return [status, data.itemType ?? data.reason];
		};
		expect(await refusal('NONE/0001/Seats/ada@contoso.com')).toEqual([404, 'Inventory']);
		expect(await refusal('APP/0001/Seats/ghost@contoso.com')).toEqual([404, 'User']);
		expect(await refusal('APP/0001/Seats/a%20b@contoso.com')).toEqual([400, 'InvalidParameter']);
		expect(await refusal('OFFLINE/0001/Seats/ada@contoso.com')).toEqual([409, 'NotOnlineLicensed']);
	});

	test('what only the state forbids', async () => {
		const { call, bulk } = emulate();
		await bulk('Assign', ['ada@contoso.com', 'grace@contoso.com', 'alan@contoso.com']);
		expect(await call('POST', `${seats}/ada@contoso.com`)).toMatchObject({
			status: 409,
			data: { reason: 'AlreadyAssigned' },
		});
		expect(await call('POST', `${seats}/zoe@contoso.com`)).toMatchObject({
			status: 409,
			data: { reason: 'NoSeatsAvailable' },
		});
		expect(await call('DELETE', `${seats}/zoe@contoso.com`)).toMatchObject({
			status: 404,
			data: { itemType: 'Seat' },
		});
	});
});

describe('lists of seats', () => {
	const crowd = numberedUpns(130);
	const crowded = () =>
		emulate({
			users: crowd,
			products: [
				{ productId: 'APP', skus: [{ skuId: '0001', seatCapacity: 200, holders: crowd }] },
			],
		});

	test('pages of 25 by default and of 100 at most', async () => {
		const { call } = crowded();
		const pages: string[][] = [];
		for (let token = ''; ;) {
			const { data } = await call('GET', `${seats}?continuationToken=${encodeURIComponent(token)}`);
			pages.push(data.seats.map((seat: any) => seat.assignedTo));
			token = data.continuationToken;
			if (!token) break;
		}
		expect(pages.map((page) => page.length)).toEqual([25, 25, 25, 25, 25, 5]);
		expect(pages.flat()).toEqual(crowd);
		expect((await call('GET', `${seats}?maxResults=100`)).data.seats).toHaveLength(100);
	});

	test('the last page has no token, even when it is full', async () => {
		const { call, emulator } = crowded();
		for (const upn of crowd.slice(100))
			emulator.state.findEntry('APP', '0001')!.reclaim(emulator.state.findUser(upn)!, 1);
		expect((await call('GET', `${seats}?maxResults=100`)).data).not.toHaveProperty(
			'continuationToken',
		);
	});

	test('a token must be encoded, and serves its own list only', async () => {
		const { call } = crowded();
		const { continuationToken } = (await call('GET', seats)).data;
		expect(continuationToken).toMatch(/\+.*\//);
		const refused = await call('GET', `${seats}?continuationToken=${continuationToken}`);
		expect(refused).toMatchObject({ status: 400, data: { parameterName: 'continuationToken' } });
		const elsewhere = `/V1/Inventory?continuationToken=${encodeURIComponent(continuationToken)}`;
		expect((await call('GET', elsewhere)).status).toBe(400);
	});

	test.each(['0', '101', '-1', '2.5', 'ten'])('400 for maxResults=%s', async (maxResults) => {
		const { call } = emulate();
		for (const path of [seats, '/V1/Users/ada@contoso.com/Seats', '/V1/Inventory']) {
			const { status, data } = await call('GET', `${path}?maxResults=${maxResults}`);
			expect([status, data.parameterName]).toEqual([400, 'maxResults']);
		}
	});

	test('404 and 409', async () => {
		const { call } = emulate();
		expect((await call('GET', '/V1/Inventory/NONE/1/Seats')).status).toBe(404);
		expect((await call('GET', '/V1/Inventory/OFFLINE/0001/Seats')).status).toBe(409);
	});

	test('of one user, over all products', async () => {
		const { call, bulk } = emulate();
		await bulk('Assign', ['ada@contoso.com']);
		await bulk('Assign', ['ada@contoso.com'], 'APP/0002');
		const first = await call('GET', '/V1/Users/ADA@contoso.com/Seats?maxResults=1');
		expect(first.data.seats).toMatchObject([{ productKey: { skuId: '0001' } }]);
		const token = encodeURIComponent(first.data.continuationToken);
		const next = await call('GET', `/V1/Users/ada@contoso.com/Seats?continuationToken=${token}`);
		expect(next.data.seats).toMatchObject([{ productKey: { skuId: '0002' } }]);
		expect(next.data).not.toHaveProperty('continuationToken');
		const ghost = await call('GET', '/V1/Users/ghost@contoso.com/Seats');
		expect(ghost).toMatchObject({ status: 404, data: { itemType: 'User' } });
	});
});

describe('inventory and catalogue, of the sample tenant', () => {
	const tenant = () => emulate({ users: undefined, products: undefined });

	test('the inventory, by license type and date', async () => {
		const { call } = tenant();
		const ids = async (query: string) => {
			const { data } = await call('GET', `/V1/Inventory?${query}`);
			return data.inventoryEntries.map((entry: any) => Object.values(entry.productKey).join('/'));
		};
		const all = await ids('');
		expect(all).toHaveLength(10);
		expect(all).not.toContain('9P0000000004/0001');
		expect(await ids('licenseTypes=offline')).toEqual(['9NBLGGH4R2R6/0017']);
		expect(await ids('licenseTypes=online&licenseTypes=Offline')).toEqual(all);
		expect(await ids('modifiedSince=2026-03-01T00:00:00Z')).toEqual([
			'9P0000000001/0001',
			'9P0000000003/0001',
		]);
		const { data } = await call('GET', '/V1/Inventory');
		expect(data.inventoryEntries[1]).toEqual({
			productKey: { productId: 'CFQ7TTC0K5DR', skuId: '0002' },
			seatCapacity: 6000,
			availableSeats: 5997,
			lastModified: '2026-02-10T08:00:00Z',
			licenseType: 'Online',
			distributionPolicy: 'Restricted',
			status: 'Active',
		});
	});

	test.each([
		['modifiedSince=yesterday', 'modifiedSince'],
		['licenseTypes=online,offline', 'licenseTypes'],
		['continuationToken=nonsense', 'continuationToken'],
	])('400 for %s', async (query, parameterName) => {
		const { status, data } = await tenant().call('GET', `/V1/Inventory?${query}`);
		expect([status, data.parameterName]).toEqual([400, parameterName]);
	});

	test('500 products come in pages', async () => {
		const { call } = emulate({ products: manyProducts(500) });
		let count = 0;
		let pages = 0;
		for (let token = ''; token !== undefined; pages++) {
			const query = `maxResults=100&continuationToken=${encodeURIComponent(token)}`;
			const { data } = await call('GET', `/V1/Inventory?${query}`);
			count += data.inventoryEntries.length;
			token = data.continuationToken;
		}
		expect([count, pages]).toEqual([500, 5]);
	});

	test('product details', async () => {
		const { call } = tenant();
		const { status, data } = await call('GET', '/V1/Products/CFQ7TTC0K5DR/0002');
		expect(status).toBe(200);
		expect(data).toMatchObject({
			productKey: { productId: 'CFQ7TTC0K5DR', skuId: '0002' },
			supportedLanguages: ['en-us', 'de-de'],
			supportedPlatforms: [{ platformName: 'Windows.Universal', minVersion: { major: 10 } }],
		});
		expect(await call('GET', '/V1/Products/CFQ7TTC0K5DR/9999')).toMatchObject({
			status: 404,
			data: { itemType: 'Product', values: ['CFQ7TTC0K5DR', '9999'] },
		});
	});

	test('localized details', async () => {
		const { call } = tenant();
		const details = (path: string) => call('GET', `/V1/Products/${path}`);
		expect((await details('CFQ7TTC0K5DR/0002/LocalizedDetails/EN-US')).data).toMatchObject({
			language: 'en-us',
			displayName: 'Minecraft: Education Edition',
			images: [{ purpose: 'logo' }],
			publisher: { publisherName: 'Microsoft Studios' },
		});
		expect((await details('CFQ7TTC0K5DR/0002/LocalizedDetails/fr-fr')).status).toBe(404);
		expect((await details('9P0000000003/0001/LocalizedDetails/en-us')).status).toBe(404);
		expect((await details('CFQ7TTC0K5DR/0002/LocalizedDetails/english!')).status).toBe(400);
	});

	test('offline license', async () => {
		const { call } = tenant();
		const contentId = '0f0f0f0f-0000-4000-8000-000000000001';
		const license = (sku: string, id = contentId) =>
			call('POST', `/V1/Products/${sku}/OfflineLicense/${id}`);
		const { data } = await license('9NBLGGH4R2R6/0017');
		expect(data).toMatchObject({ contentId, productKey: { skuId: '0017' } });
		expect(Buffer.from(data.licenseBlob, 'base64').toString()).toContain('emulated');
		expect(await license('9NBLGGH4R2R6/0016')).toMatchObject({
			status: 409,
			data: { reason: 'NotOfflineLicensed' },
		});
		expect(await license('9P0000000004/0001')).toMatchObject({
			status: 409,
			data: { reason: 'NotOwned' },
		});
		expect((await license('9NBLGGH4R2R6/0017', 'other')).status).toBe(404);
		expect((await license('NONE/0001')).status).toBe(404);
	});

	test('packages', async () => {
		const { call } = tenant();
		const { data } = await call('GET', '/V1/Products/9NBLGGH4R2R6/0017/Packages');
		expect(data.productPackages).toMatchObject([
			{ packageId: 'atlas-x64', frameworkDependencyPackages: [{ packageId: 'vclibs-x64' }] },
			{ packageId: 'atlas-x86', frameworkDependencyPackages: [] },
		]);
		expect(data.productPackages[0].location.url).toMatch(/^https:.*expires=/);
		const one = await call('GET', '/V1/Products/9NBLGGH4R2R6/0017/Packages/atlas-x86');
		expect(one.data).toMatchObject({ packageId: 'atlas-x86', architectures: ['x86'] });
		const statuses = await Promise.all(
			['9NBLGGH4R2R6/0017/Packages/other', 'NONE/1/Packages', '9P0000000004/0001/Packages'].map(
				async (path) => (await call('GET', `/V1/Products/${path}`)).status,
			),
		);
		expect(statuses).toEqual([404, 404, 409]);
	});
});

describe('addresses', () => {
	test('names are matched on the raw path and decoded once', async () => {
		const guest = 'guest_fabrikam.com#EXT#@contoso.onmicrosoft.com';
		const { call } = emulate({ users: [guest, "o'neil@contoso.com", 'a/b@contoso.com'] });
		const assigned = async (segment: string) => {
			const { status, data } = await call('POST', `${seats}/${segment}`);
			return data.assignedTo ?? status;
		};
		expect(await assigned(encodeURIComponent(guest))).toBe(guest);
		expect(await assigned("o'neil%40contoso.com")).toBe("o'neil@contoso.com");
		expect(await assigned('a%2Fb@contoso.com')).toBe('a/b@contoso.com');
		expect(await assigned('a/b@contoso.com')).toBe(404);
		expect(await assigned(encodeURIComponent(encodeURIComponent(guest)))).toBe(400);
		expect(await assigned('%zz@contoso.com')).toBe(400);
	});

	test('405 names the methods, 404 is for the rest', async () => {
		const { call } = emulate();
		const wrong = await call('PUT', seats);
		expect(wrong.status).toBe(405);
		expect(wrong.headers.allow).toBe('POST, GET');
		expect((await call('GET', '/V2/Inventory')).status).toBe(404);
		expect((await call('GET', '//V1/Inventory')).status).toBe(404);
		expect((await call('GET', '/v1/inventory')).status).toBe(200);
	});
});

test('the sample tenant is usable as it is', async () => {
	const emulator = new StoreEmulator();
	expect(emulator.state.users).toHaveLength(5008);
	expect(emulator.state.holders('9P0000000001', '0001')).toHaveLength(3);
});

test('the directory: duplicates are refused, and one who leaves keeps the seat taken', async () => {
	const { emulator, bulk } = emulate();
	const { state } = emulator;
	expect(() => state.addUser('ADA@contoso.com')).toThrow('already has ada@contoso.com');
	await bulk('Assign', ['ada@contoso.com']);
	state.removeUser('ada@contoso.com');
	expect(names(await bulk('Reclaim', ['ada@contoso.com'])).failed).toEqual(['ada@contoso.com']);
	expect(state.entry('APP', '0001').availableSeats).toBe(2);
	expect(() => state.removeUser('ada@contoso.com')).toThrow('has no ada@contoso.com');
	expect(() => state.holders('APP', '9999')).toThrow('no product APP with SKU 9999');
});
