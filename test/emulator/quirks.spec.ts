import { checkQuirks, quirkNames, withDefaults } from '../../emulator/quirks';
import { emulate, names } from './support';

const ada = 'ada@contoso.com';
const alan = 'alan@contoso.com';
const ghost = 'ghost@contoso.com';

test('casing', async () => {
	const { bulk } = emulate({ quirks: { casing: 'pascal' } });
	const { data } = await bulk('Assign', [ada, ghost]);
	expect(data.SeatDetails[0]).toMatchObject({ AssignedTo: ada, ProductKey: { ProductId: 'APP' } });
	expect(data.FailedSeatOperations[0].UserName).toBe(ghost);
});

test('emptyLists', async () => {
	const { bulk, emulator } = emulate();
	expect((await bulk('Assign', [ada])).data.failedSeatOperations).toEqual([]);
	emulator.quirks.emptyLists = 'null';
	expect((await bulk('Reclaim', [ada])).data.failedSeatOperations).toBeNull();
	emulator.quirks.emptyLists = 'absent';
	expect((await bulk('Assign', [ada])).data).not.toHaveProperty('failedSeatOperations');
});

test('shuffle', async () => {
	const { bulk } = emulate({ quirks: { shuffle: true }, random: () => 0 });
	expect(names(await bulk('Assign', [ada, alan, 'zoe@contoso.com'])).assigned).toEqual([
		alan,
		'zoe@contoso.com',
		ada,
	]);
});

test('userCasing', async () => {
	const draws = [0, 0.9];
	const { bulk, emulator } = emulate({ random: () => (draws.push(draws.shift()!), draws[0]) });
	const shown = async () => {
		const { assigned, failed } = names(await bulk('Assign', ['GRACE@contoso.com', 'Ghost@b.c']));
		await bulk('Reclaim', ['GRACE@contoso.com']);
		return [...assigned, ...failed];
	};
	expect(await shown()).toEqual(['Grace@contoso.com', 'Ghost@b.c']);
	emulator.quirks.userCasing = 'upper';
	expect(await shown()).toEqual(['GRACE@CONTOSO.COM', 'GHOST@B.C']);
	emulator.quirks.userCasing = 'lower';
	expect(await shown()).toEqual(['grace@contoso.com', 'ghost@b.c']);
	emulator.quirks.userCasing = 'mixed';
	const [mixed] = await shown();
	expect(mixed).not.toBe(mixed.toLowerCase());
	expect(mixed.toLowerCase()).toBe('grace@contoso.com');
});

test('assignedToAs', async () => {
	const { bulk, call, emulator } = emulate({ quirks: { assignedToAs: 'objectId' } });
	const id = 'aaaaaaaa-0000-4000-8000-000000000001';
	expect(names(await bulk('Assign', [ada])).assigned).toEqual([id]);
	emulator.quirks.assignedToAs = 'bracedObjectId';
	const { data } = await call('GET', `/V1/Inventory/APP/0001/Seats/${ada}`);
	expect(data.assignedTo).toBe(`{${id}}`);
});

test('omitUsers does the work, omitUndone does not', async () => {
	const { bulk, emulator } = emulate({ quirks: { omitUsers: ['ADA@contoso.com'] } });
	expect(names(await bulk('Assign', [ada, alan]))).toEqual({ assigned: [alan], failed: [] });
	expect(emulator.state.holders('APP', '0001')).toEqual([ada, alan]);
	emulator.quirks = { omitUndone: ['{aaaaaaaa-0000-4000-8000-000000000001}'] };
	expect(names(await bulk('Reclaim', [ada, alan]))).toEqual({ assigned: [alan], failed: [] });
	expect(emulator.state.holders('APP', '0001')).toEqual([ada]);
});

test('a selection may be a share', async () => {
	const draws = [0.4, 0.6];
	const { bulk } = emulate({
		quirks: { omitUsers: 0.5 },
		random: () => draws.shift() ?? 0,
	});
	draws.splice(0, draws.length, 0.4, 0.6);
	expect(names(await bulk('Assign', [ada, alan])).assigned).toEqual([alan]);
});

test('repeatUsers', async () => {
	const { bulk } = emulate({ quirks: { repeatUsers: true } });
	expect(names(await bulk('Assign', [ada, ghost]))).toEqual({
		assigned: [ada, ada],
		failed: [ghost, ghost],
	});
});

test('contradictUsers', async () => {
	const { bulk, emulator } = emulate({ quirks: { contradictUsers: true } });
	const { assigned, failed } = names(await bulk('Assign', [ada, ghost]));
	expect([assigned, failed]).toEqual([
		[ada, ghost],
		[ada, ghost],
	]);
	expect(emulator.state.holders('APP', '0001')).toEqual([ada]);
});

test('strangers', async () => {
	const { bulk, emulator } = emulate({ quirks: { strangers: 3 } });
	expect(names(await bulk('Assign', [ada]))).toEqual({
		assigned: [ada, 'stranger1@elsewhere.example', 'stranger3@elsewhere.example'],
		failed: ['stranger2@elsewhere.example'],
	});
	expect(emulator.state.holders('APP', '0001')).toEqual([ada]);
});

test('malformedName', async () => {
	const { bulk, emulator } = emulate();
	expect((await bulk('Assign', [ada, 'a b'])).data.details).not.toContain('a b');
	emulator.quirks.badNamesNamed = true;
	expect((await bulk('Assign', [ada, 'a b'])).data.details).toContain('a b');
	expect(emulator.state.holders('APP', '0001')).toEqual([]);
	emulator.quirks.malformedName = 'refuseName';
	expect(names(await bulk('Assign', [ada, 'a b']))).toEqual({ assigned: [ada], failed: ['a b'] });
});

test('unknownUser', async () => {
	const { bulk, emulator } = emulate({ quirks: { unknownUser: 'refuseBatch400' } });
	const unnamed = await bulk('Assign', [ada, ghost]);
	expect(unnamed).toMatchObject({ status: 400, data: { parameterName: 'usernames' } });
	expect(JSON.stringify(unnamed.data)).not.toContain(ghost);
	emulator.quirks = { unknownUser: 'refuseBatch404User', badNamesNamed: true };
	expect(await bulk('Assign', [ada, ghost])).toMatchObject({
		status: 404,
		data: { itemType: 'User', values: [ghost] },
	});
	expect(emulator.state.holders('APP', '0001')).toEqual([]);
});

test('alreadyAssigned and nothingToReclaim', async () => {
	const { bulk, call, emulator } = emulate({
		quirks: { alreadyAssigned: 'succeed', nothingToReclaim: 'succeed' },
	});
	const first = await bulk('Assign', [ada]);
	expect((await bulk('Assign', [ada])).data.seatDetails).toEqual(first.data.seatDetails);
	expect((await call('POST', `/V1/Inventory/APP/0001/Seats/${ada}`)).status).toBe(200);
	expect((await bulk('Reclaim', [alan])).data.seatDetails).toMatchObject([{ state: 'Revoked' }]);
	expect(emulator.state.holders('APP', '0001')).toEqual([ada]);
});

test('outOfSeatsBeforeAlready', async () => {
	const { bulk, emulator } = emulate();
	await bulk('Assign', [ada, alan, 'zoe@contoso.com']);
	const reason = async () =>
		(await bulk('Assign', [ada])).data.failedSeatOperations[0].failureReason;
	expect(await reason()).toBe(emulator.quirks.words.alreadyAssigned);
	emulator.quirks.outOfSeatsBeforeAlready = true;
	expect(await reason()).toBe(emulator.quirks.words.noSeats);
});

test('errorShape', async () => {
	const { bulk, emulator } = emulate();
	const refused = async (errorShape: typeof emulator.quirks.errorShape) => {
		emulator.quirks.errorShape = errorShape;
		return await bulk('Assign', []);
	};
	const facts = { parameterName: 'usernames', reason: 'MissingParameter' };
	expect((await refused('flat')).data).toMatchObject({ code: 'BadRequest', ...facts });
	expect((await refused('nested')).data.error).toMatchObject({
		code: 'BadRequest',
		message: expect.any(String),
		innererror: facts,
	});
	expect((await refused('pascal')).data).toMatchObject({
		Code: 'BadRequest',
		Message: expect.any(String),
		Data: { ParameterName: 'usernames', Reason: 'MissingParameter' },
	});
	expect((await refused('data')).data).toMatchObject({ code: 'BadRequest', data: facts });
	const page = await refused('html');
	expect(page.status).toBe(400);
	expect(page.headers['content-type']).toContain('text/html');
	expect(page.data).toContain('usernames is required.');
	expect((await refused('text')).data).toBe('usernames is required.');
});

test('stateMissing', async () => {
	const { bulk } = emulate({ quirks: { stateMissing: true } });
	expect((await bulk('Assign', [ada])).data.seatDetails[0]).not.toHaveProperty('state');
});

test('showRevoked', async () => {
	const { bulk, call } = emulate({ quirks: { showRevoked: true } });
	await bulk('Assign', [ada, alan]);
	await bulk('Reclaim', [ada]);
	const expected = { assignedTo: ada, state: 'Revoked' };
	expect((await call('GET', '/V1/Inventory/APP/0001/Seats')).data.seats).toMatchObject([
		expected,
		{ assignedTo: alan, state: 'Active' },
	]);
	expect((await call('GET', `/V1/Inventory/APP/0001/Seats/${ada}`)).data).toMatchObject(expected);
	expect((await call('GET', `/V1/Users/${ada}/Seats`)).data.seats).toMatchObject([expected]);
});

test('words', async () => {
	const { bulk } = emulate({ quirks: { words: { unknownUser: 'Nobody of that name.' } } });
	const { data } = await bulk('Assign', [ghost]);
	expect(data.failedSeatOperations[0].failureReason).toBe('Nobody of that name.');
});

test('assigning a set of quirks sets the others back', () => {
	const { emulator } = emulate({ quirks: { casing: 'pascal' } });
	emulator.quirks = { shuffle: true };
	expect(emulator.quirks).toEqual(withDefaults({ shuffle: true }));
});

test('quirks from outside are checked', () => {
	expect(quirkNames.sort()).toEqual(Object.keys(withDefaults()).sort());
	expect(checkQuirks(withDefaults())).toEqual(withDefaults());
	expect(() => checkQuirks({ omitUsers: 2 })).toThrow('Quirk "omitUsers" cannot be 2.');
	expect(() => checkQuirks({ toString: 1 })).toThrow('There is no quirk "toString".');
	expect(() => checkQuirks(null)).toThrow();
	expect(() => checkQuirks({ words: { other: 'x' } })).toThrow();
});
