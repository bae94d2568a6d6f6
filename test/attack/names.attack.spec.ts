import { startEmulator, type RunningEmulator, type ServerOptions } from '../../emulator/server';
import { isMalformedName } from '../../emulator/operations';
import { Engine } from '../../harness/engine';
import {
	attack,
	expectOneOutcomeEach,
	expectPathsInPlace,
	expectTruth,
	hurry,
	PRODUCT,
	rowsOf,
	SKU,
} from '../support/attack';

const GUID = '8c0f0000-1111-4222-8333-444455556666';

interface Vector {
	readonly email: unknown;
	readonly because: string;
	/** The names that have to come out; the one given, if left out. */
	readonly asked?: readonly string[];
	/** Refused by the node itself: must never be on the wire. */
	readonly neverSent?: true;
}

const VECTORS: readonly Vector[] = [
	{ email: '..', because: 'parent folder: would make the path that of the SKU', neverSent: true },
	{ email: '.', because: 'this folder: would make the path that of the list', neverSent: true },
	{
		email: '..\u200b',
		because: 'the same behind an invisible character',
		asked: ['..'],
		neverSent: true,
	},
	{ email: 'a/../b@x', because: 'a path inside a name' },
	{ email: '../../../V1/Users/a@x', because: 'climbs to another operation' },
	{ email: 'a\\..\\b@x', because: 'back slashes, which WHATWG URLs take for slashes' },
	{ email: '/a@x', because: 'an empty segment before it' },
	{ email: 'a@x/', because: 'an empty segment behind it' },
	{ email: '//evil.example/a@x', because: 'a protocol-relative address' },
	{ email: 'https://evil.example/a@x', because: 'an absolute address' },
	{ email: '?', because: 'an empty query' },
	{ email: 'a@x?maxResults=1', because: 'a query of its own' },
	{ email: '#', because: 'an empty fragment' },
	{ email: 'a@x#fragment', because: 'a fragment, which is never sent' },
	{ email: '%2e%2e', because: 'encoded parent folder, which URLs take for one' },
	{ email: '%2E', because: 'encoded this folder' },
	{ email: '.%2e', because: 'half encoded' },
	{ email: '%2fa%2f..@x', because: 'encoded slashes' },
	{ email: '%252e%252e', because: 'encoded twice' },
	{ email: '%', because: 'a broken escape' },
	{ email: '%00@x', because: 'an encoded NUL' },
	{ email: 'a&b=c@x', because: 'the characters of a query' },
	{ email: 'a+b@contoso.com', because: 'a plus is a plus in a path' },
	{ email: 'a:b@x', because: 'a colon, as in a scheme' },
	{ email: '@', because: 'nothing but the sign' },
	{ email: 'a\u0000b@x', because: 'NUL', neverSent: true },
	{ email: 'a\u0007b@x', because: 'a bell', neverSent: true },
	{ email: 'a\u007fb@x', because: 'DEL', neverSent: true },
	{ email: 'a\u0085b@x', because: 'a C1 control character', neverSent: true },
	{ email: 'a\rb@x', because: 'a bare CR separates', asked: ['a', 'b@x'] },
	{ email: 'a@x\r\nX-Evil: 1', because: 'header injection', asked: ['a@x', 'X-Evil:', '1'] },
	{
		email: 'a\ud800@x',
		because: 'a lone high surrogate makes encodeURIComponent throw',
		neverSent: true,
	},
	{ email: '\udc00a@x', because: 'a lone low surrogate', neverSent: true },
	{ email: '__proto__', because: 'the key that pollutes prototypes' },
	{ email: '__proto__@contoso.com', because: 'the same as a user name' },
	{ email: 'constructor', because: 'an inherited property' },
	{ email: 'constructor@contoso.com', because: 'the same as a user name' },
	{ email: 'hasOwnProperty@contoso.com', because: 'a method of every object' },
	{ email: 'toString', because: 'a method of every object' },
	{ email: 'jo_fabrikam.com#EXT#@contoso.onmicrosoft.com', because: 'a guest' },
	{ email: "o'brien@contoso.com", because: 'an apostrophe, which encodeURIComponent leaves' },
	{ email: '"quoted"@contoso.com', because: 'quotation marks' },
	{ email: '$(id)@contoso.com', because: 'a shell' },
	{ email: '{{$json}}@contoso.com', because: 'an expression inside a value is text' },
	{
		email: '={{ 1 + 1 }}@x',
		because: 'a value that looks like a parameter',
		asked: ['={{', '1', '+', '}}@x'],
	},
	{ email: 'zo\u00eb.new@contoso.com', because: 'an umlaut in one character' },
	{ email: 'zoe\u0308.nfd@contoso.com', because: 'an umlaut in two characters' },
	{ email: '\u0130stanbul@contoso.com', because: 'a letter whose lower case is two' },
	{ email: 'stra\u00dfe@contoso.com', because: 'a letter whose upper case is two' },
	{ email: '\u202emoc.osotnoc@ada', because: 'text direction turned round' },
	{ email: '\u200fa@contoso.com', because: 'a right-to-left mark' },
	{ email: '\u05d0\u05d1@contoso.com', because: 'Hebrew' },
	{ email: '👩‍🏫@contoso.com', because: 'an emoji of three, joined' },
	{ email: '😀', because: 'an emoji and nothing else' },
	{ email: `${'a'.repeat(288)}@contoso.com`, because: '300 characters' },
	{ email: `${'a'.repeat(9_988)}@contoso.com`, because: '10,000 characters', neverSent: true },
	{
		email: `${'\u00e4'.repeat(9_988)}@contoso.com`,
		because: '10,000 characters, 60,000 encoded: more than a server reads',
		neverSent: true,
	},
	{ email: `{${GUID}}`, because: 'an object id in braces' },
	{ email: GUID.toUpperCase(), because: 'an object id in capitals' },
	{ email: '{ada}@contoso.com', because: 'braces around a part' },
	{ email: '{}', because: 'empty braces' },
	{ email: '[', because: 'the beginning of a JSON list' },
	{
		email: '["x@contoso.com","y@contoso.com"]',
		because: 'a JSON list as text',
		asked: ['x@contoso.com', 'y@contoso.com'],
	},
	{
		email: '[["x@contoso.com"],[["deep"]]]',
		because: 'a list nested as text',
		asked: ['', 'x@contoso.com'],
	},
	{ email: '['.repeat(5_000), because: 'five thousand brackets' },
	{ email: 12345, because: 'a number', asked: ['12345'] },
	{ email: -0.5, because: 'a number with a sign and a point', asked: ['-0.5'] },
	{ email: true, because: 'a boolean', asked: [''] },
	{ email: null, because: 'nothing', asked: [''] },
	{ email: '', because: 'empty text', asked: [''] },
	{ email: ' \t\r\n,;,; ', because: 'nothing but separators', asked: [''] },
	{ email: { upn: 'ada@contoso.com' }, because: 'an object', asked: [''] },
	{
		email: { toString: 'ada@contoso.com' },
		because: 'an object that cannot become text',
		asked: [''],
	},
	{ email: [], because: 'an empty list', asked: [''] },
	{ email: [null, '', ' '], because: 'a list of nothing', asked: [''] },
	{
		email: ['x@contoso.com', { a: 1 }, 7, false],
		because: 'a mixed list',
		asked: ['', 'x@contoso.com', '7'],
	},
	{
		email: [['x@contoso.com'], ['y@contoso.com']],
		because: 'a list of lists',
		asked: ['x@contoso.com', 'y@contoso.com'],
	},
	{ email: [[['x@contoso.com']]], because: 'a list nested too deeply', asked: [''] },
	{
		email: 'X@contoso.com, x@CONTOSO.com;x@contoso.com',
		because: 'one name three times',
		asked: ['X@contoso.com'],
	},
];

const numbered = VECTORS.map((vector, index): [number, string, Vector] => [
	index + 1,
	vector.because,
	vector,
]);
const askedOf = ({ email, asked }: Vector): readonly string[] => asked ?? [String(email)];

/** A tenant that knows every name a directory could hold, so that each can really be assigned. */
async function tenant(options: ServerOptions): Promise<RunningEmulator> {
	const running = await startEmulator({
		users: ['ada@contoso.com', 'grace@contoso.com'],
		...options,
	});
	const { state } = running.emulator;
	state.addUser({ upn: 'object-id@contoso.com', objectId: GUID });
	for (const vector of VECTORS) {
		if (vector.neverSent) continue;
		for (const name of askedOf(vector)) {
			if (!isMalformedName(name) && !state.findUser(name)) state.addUser(name);
		}
	}
	return running;
}

describe('user names that want more than to be one', () => {
	let engine: Engine;
	let running: RunningEmulator;
	const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).sort();

	beforeAll(async () => {
		engine = await Engine.start();
		await hurry(engine);
	});

	afterEach(async () => {
		await running.close();
		expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(prototypeBefore);
	});

	const expectContained = (vector: Vector) => {
		const { emulator } = running;
		expectPathsInPlace(emulator);
		const sent = emulator.requests().flatMap(({ usernames = [] }) => usernames);
		if (vector.neverSent) {
			for (const name of askedOf(vector)) expect(sent).not.toContain(name);
		}
		const known = [...askedOf(vector), 'ada@contoso.com', 'grace@contoso.com'];
		for (const name of sent) expect(known).toContain(name);
	};

	describe.each(['assign', 'reclaim'] as const)('%s', (operation) => {
		it.each(numbered)(
			'vector %i, %s: one outcome, and the neighbour is served',
			async (_, __, vector) => {
				running = await tenant({});
				const { emulator, url } = running;
				if (operation === 'reclaim')
					emulator.state
						.findEntry(PRODUCT, SKU)
						?.assign(emulator.state.findUser('ada@contoso.com')!, 0);
				const { outcomes } = await attack(engine, url, {
					operation,
					rows: [{ email: vector.email } as never, { email: 'ada@contoso.com' }],
					onError: 'continueRegularOutput',
				});
				expectOneOutcomeEach(outcomes, [askedOf(vector), ['ada@contoso.com']]);
				expect(outcomes.at(-1)).toMatchObject({ status: 'succeeded' });
				expect(outcomes.filter(({ status }) => status === 'unknown')).toEqual([]);
				expectTruth(emulator, outcomes, operation);
				expectContained(vector);
			},
		);
	});

	it.each(numbered)('vector %i, %s: looked up in its own place', async (_, __, vector) => {
		running = await tenant({ quirks: { omitUsers: true, malformedName: 'refuseName' } });
		const { emulator, url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: [{ email: vector.email } as never, { email: 'ada@contoso.com' }],
			onError: 'continueRegularOutput',
		});
		expectOneOutcomeEach(outcomes, [askedOf(vector), ['ada@contoso.com']]);
		expectTruth(emulator, outcomes);
		expectContained(vector);
		// The other user's look-up tells, whatever came of the hostile name's.
		expect(outcomes.at(-1)).toMatchObject({ status: 'succeeded' });
	});

	it.each(numbered.filter(([, , { neverSent, asked }]) => !neverSent && !asked))(
		'vector %i, %s: a name that the directory knows gets its seat by look-up alone',
		async (_, __, vector) => {
			const name = String(vector.email);
			running = await tenant({ quirks: { omitUsers: true, malformedName: 'refuseName' } });
			const { emulator, url } = running;
			const { outcomes } = await attack(engine, url, {
				rows: rowsOf([name]),
				onError: 'continueRegularOutput',
			});
			expectContained(vector);
			expectTruth(emulator, outcomes);
			const served = emulator.state.seat(PRODUCT, SKU, name) !== undefined;
			if (served && canBeLookedUp(name)) expect(outcomes).toMatchObject([{ status: 'succeeded' }]);
			else expect(outcomes).not.toMatchObject([{ status: 'succeeded' }]);
		},
	);

	it('all of them in one run: each once, in the order asked, and the ordinary ones served', async () => {
		running = await tenant({});
		const { emulator, url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: rowsOf(VECTORS.flatMap(({ email }) => [email, 'ada@contoso.com'])),
			onError: 'continueRegularOutput',
		});
		expectOneOutcomeEach(
			outcomes,
			VECTORS.flatMap((vector) => [askedOf(vector), ['ada@contoso.com']]),
		);
		expectTruth(emulator, outcomes);
		expectPathsInPlace(emulator);
		expect(outcomes.filter(({ status }) => status === 'unknown')).toEqual([]);
	});

	it('all of them looked up in one run: no name costs another its look-up', async () => {
		running = await tenant({ quirks: { omitUsers: true, malformedName: 'refuseName' } });
		const { emulator, url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: rowsOf(VECTORS.map(({ email }) => email)),
			onError: 'continueRegularOutput',
		});
		expectOneOutcomeEach(outcomes, VECTORS.map(askedOf));
		expectTruth(emulator, outcomes);
		expectPathsInPlace(emulator);
		for (const { username, status } of outcomes) {
			if (!canBeLookedUp(username)) continue;
			if (username !== '' && emulator.state.seat(PRODUCT, SKU, username)) {
				expect({ username, status }).toEqual({ username, status: 'succeeded' });
			}
		}
	});

	it('a name refused on its look-up does not end the look-ups of the others', async () => {
		running = await startEmulator({
			users: ['ada@contoso.com', 'grace@contoso.com'],
			quirks: { omitUsers: true, malformedName: 'refuseName' },
		});
		const { emulator, url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: rowsOf(['malformed', 'ada@contoso.com']),
			onError: 'continueRegularOutput',
			options: { maxConcurrency: 1 },
		});
		expectTruth(emulator, outcomes);
		expect(outcomes[1]).toMatchObject({ username: 'ada@contoso.com', status: 'succeeded' });
	});

	it('the composed spelling of a name gets its seat although a row before it has the other', async () => {
		running = await startEmulator({ users: ['zo\u00eb@contoso.com'] });
		const { emulator, url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: rowsOf(['zoe\u0308@contoso.com', 'zo\u00eb@contoso.com']),
			onError: 'continueRegularOutput',
		});
		expect(outcomes[1]).toMatchObject({ username: 'zo\u00eb@contoso.com', status: 'succeeded' });
		expect(emulator.state.seat(PRODUCT, SKU, 'zo\u00eb@contoso.com')).toBeDefined();
	});

	it('rows that carry __proto__ and constructor as fields change no prototype', async () => {
		running = await startEmulator({ users: ['ada@contoso.com'] });
		const row = JSON.parse(
			'{"email":"ada@contoso.com","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
		);
		const { outcomes } = await attack(engine, running.url, {
			rows: [row],
			onError: 'continueErrorOutput',
		});
		expect(outcomes).toMatchObject([{ status: 'succeeded' }]);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});
});

/** A path of more than 16 KB is more than a server reads; what it is about stays `unknown`. */
const canBeLookedUp = (name: string): boolean =>
	encodeURIComponent(name.replace(/\p{Cs}/gu, '\ufffd')).length < 16_000;
