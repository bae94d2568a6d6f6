import {
	readBulkAnswer,
	readRefusalBody,
	readSeatPage,
} from '../../nodes/StoreSeats/store/answers';
import { camelCased } from '../../nodes/StoreSeats/store/camelCase';
import { Redactor } from '../../nodes/StoreSeats/store/secrets';
import { ADDRESS, addressComplaint, TENANT } from '../../nodes/StoreSeats/store/address';

describe('readBulkAnswer', () => {
	it('reads any casing', () => {
		expect(
			readBulkAnswer({
				SeatDetails: [{ AssignedTo: 'a@x', STATE: 'Active', dateassigned: 'd' }],
				failedseatoperations: [
					{ UserName: 'b@x', FailureReason: 'no', ProductKey: { SkuId: '1' } },
				],
			}),
		).toEqual({
			details: [{ assignedTo: 'a@x', state: 'Active', dateAssigned: 'd', productKey: undefined }],
			refused: [
				{ userName: 'b@x', failureReason: 'no', productKey: { productId: undefined, skuId: '1' } },
			],
		});
	});

	it.each([{}, { seatDetails: null }, { failedSeatOperations: [] }])(
		'takes %j as an answer that names nobody',
		(body) => expect(readBulkAnswer(body)).toEqual({ details: [], refused: [] }),
	);

	it.each([
		undefined,
		null,
		'',
		'<html>',
		'{"seatDetails":[',
		7,
		[],
		{ seatDetails: 7 },
		{ seatDetails: {} },
		{ failedSeatOperations: 'x' },
		{ message: 'something else altogether' },
	])('does not take %j for an answer', (body) => {
		expect(readBulkAnswer(body)).toBeUndefined();
	});

	it('leaves out entries that name nobody', () => {
		expect(
			readBulkAnswer({
				seatDetails: [null, 1, 'x', {}, [], { state: 5 }],
				failedSeatOperations: [null, { failureReason: 'nobody in particular' }],
			}),
		).toEqual({ details: [expect.objectContaining({ state: '5' })], refused: [] });
	});
});

describe('readSeatPage', () => {
	it('reads seats and the token', () => {
		expect(readSeatPage({ Seats: [{ assignedTo: 'a@x' }], ContinuationToken: 't' })).toMatchObject({
			seats: [{ assignedTo: 'a@x' }],
			continuationToken: 't',
		});
	});

	it('takes a body without the list for an empty page', () => {
		expect(readSeatPage({ continuationToken: 't' })?.seats).toEqual([]);
	});

	it.each([{ message: 'x' }, [], 'x', { seats: 5 }])('does not take %j for a page', (body) => {
		expect(readSeatPage(body)).toBeUndefined();
	});
});

describe('readRefusalBody', () => {
	it.each([
		[{ message: 'No.' }, 'No.'],
		[{ Code: 'NotFound', Message: 'No', Description: 'Not here' }, 'No. Not here.'],
		[
			{ error: { code: 'x', message: 'Inner', innererror: { message: 'Innermost' } } },
			'Inner. Innermost.',
		],
		[{ code: 'OnlyACode' }, 'OnlyACode.'],
		[{ data: { reason: 'Because' } }, 'Because.'],
		['{"message":"As text"}', 'As text.'],
		['plain words', 'plain words'],
		[
			'<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>',
			'502 Bad Gateway',
		],
		['<p>No <b>title</b></p><script>evil()</script>', 'No title'],
		[{ some: 'other' }, '{"some":"other"}'],
		['', undefined],
		[null, undefined],
	])('reads the words of %j', (body, words) => {
		expect(readRefusalBody(body).words).toBe(words);
	});

	it('reads what was missing and which parameter was wrong', () => {
		expect(readRefusalBody({ message: 'x', data: { ItemType: 'User' } }).missing).toBe('user');
		expect(readRefusalBody({ message: 'x', Data: { ParameterName: 'Usernames' } }).parameter).toBe(
			'usernames',
		);
	});

	it('keeps to one line and 500 characters', () => {
		const { words } = readRefusalBody({ message: `a\n\tb${'c'.repeat(9999)}` });
		expect(words).toHaveLength(500);
		expect(words).toMatch(/^a b/);
	});

	it('is not led into depth', () => {
		let body: object = { message: 'deep' };
		for (let i = 0; i < 5000; i++) body = { error: body };
		expect(() => readRefusalBody(body)).not.toThrow();
	});
});

describe('camelCased', () => {
	it('turns property names, keeps values and unknown fields', () => {
		expect(
			camelCased({
				ProductKey: { ProductId: 'X', SKUId: '1' },
				State: 'Active',
				URL: 'u',
				new_field: [{ A: 1 }],
			}),
		).toEqual({
			productKey: { productId: 'X', skuId: '1' },
			state: 'Active',
			url: 'u',
			new_field: [{ a: 1 }],
		});
	});

	it('pollutes nothing', () => {
		camelCased(JSON.parse('{"__proto__":{"polluted":true}}'));
		expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
	});
});

describe('Redactor', () => {
	it('takes out what it knows, in every form, and what looks like a token', () => {
		const redactor = new Redactor();
		redactor.add('s3cr+t/value');
		const dirty =
			's3cr+t/value s3cr%2Bt%2Fvalue Authorization: Bearer abc.def.ghi Basic dXNlcjpwYXNz eyJhbGciOi.eyJzdWIi.sig';
		expect(redactor.redact(dirty)).toBe(
			'[removed] [removed] Authorization: Bearer [removed] Basic [removed] [removed]',
		);
	});

	it('leaves ordinary words alone', () => {
		const redactor = new Redactor();
		redactor.add('no');
		redactor.add(undefined);
		for (const words of [
			'There are no seats for the basic plan.',
			'The user has a Basic subscription.',
			'Bearer authentication is required, not basic licenses',
		]) {
			expect(redactor.redact(words)).toBe(words);
		}
	});
});

describe('addressComplaint', () => {
	const good = {
		tenantId: '11111111-2222-3333-4444-555555555555',
		authority: 'https://login.microsoftonline.com',
		baseUrl: 'https://bspmts.mp.microsoft.com',
	};

	it.each([
		[{}],
		[{ tenantId: 'contoso.onmicrosoft.com' }],
		[{ authority: 'https://login.partner.microsoftonline.cn/' }],
		[{ baseUrl: 'http://127.0.0.1:4010' }],
		[{ baseUrl: 'http://localhost:4010/store' }],
		[{ baseUrl: 'https://gateway.contoso.com:8443/store/v2' }],
	])('has nothing against %j', (changed) => {
		expect(addressComplaint({ ...good, ...changed })).toBeUndefined();
	});

	it.each([
		[{ tenantId: '' }, 'Tenant ID'],
		[{ tenantId: 'my tenant' }, 'Tenant ID'],
		[{ tenantId: '../common' }, 'Tenant ID'],
		[{ tenantId: 'common' }, 'Tenant ID'],
		[{ authority: 'login.microsoftonline.com' }, 'Authority'],
		[{ authority: 'javascript:alert(1)' }, 'Authority'],
		[{ authority: 'https://user@evil.example' }, 'Authority'],
		[{ authority: 'https://login.microsoftonline.com/..' }, 'Authority'],
		[{ authority: 'http://login.microsoftonline.com' }, 'without encryption'],
		[{ baseUrl: 'https://bspmts.mp.microsoft.com?x=1' }, 'Base URL'],
		[{ baseUrl: 'https://bspmts.mp.microsoft.com#x' }, 'Base URL'],
		[{ baseUrl: 'https://bsp mts' }, 'Base URL'],
		[{ baseUrl: 'https:\\\\evil' }, 'Base URL'],
		[{ baseUrl: 'https://a/%2e%2e/b' }, 'Base URL'],
		[{ baseUrl: 'http://127.0.0.1.evil.example' }, 'Base URL'],
		[{ baseUrl: undefined }, 'Base URL'],
	])('refuses %j and says what to enter', (changed, words) => {
		const complaint = addressComplaint({ ...good, ...changed });
		expect(complaint).toContain(words);
		expect(complaint).toContain('such as');
	});

	it('has patterns that can stand in an n8n expression', () => {
		for (const pattern of [TENANT, ADDRESS]) expect(pattern).not.toMatch(/\{\{|\}\}/);
	});
});
