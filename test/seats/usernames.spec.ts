import { nameKey, parseUsernames, unsendable } from '../../nodes/StoreSeats/seats/usernames';

describe('parseUsernames', () => {
	it.each([
		['one name', 'ada@contoso.com', ['ada@contoso.com']],
		['surrounding space', '  ada@contoso.com\n', ['ada@contoso.com']],
		['commas and semicolons', 'a@x,b@x; c@x', ['a@x', 'b@x', 'c@x']],
		['new lines of Windows', 'a@x\r\nb@x\r\n', ['a@x', 'b@x']],
		['non-breaking space and zero-width space', '\u200ba@x\u00a0b@x\u200b', ['a@x', 'b@x']],
		['a list', ['a@x', ' b@x '], ['a@x', 'b@x']],
		['a list of lists of names', [['a@x', 'b@x'], 'c@x;d@x'], ['a@x', 'b@x', 'c@x', 'd@x']],
		['a JSON list as text', '["a@x", "b@x"]', ['a@x', 'b@x']],
		['empty cells', ['', null, undefined, 'a@x', ' , ;'], ['a@x']],
		['a number', 12345, ['12345']],
		['nothing', undefined, []],
		['separators only', ' ;,\n', []],
	])('reads %s', (_what, value, names) => {
		expect(parseUsernames(value)).toEqual({ names });
	});

	it.each([
		['an object', { mail: 'a@x' }, 'a value of type object'],
		['an object in a list', ['a@x', { mail: 'b@x' }], 'a value of type object'],
		['a boolean', true, 'a value of type boolean'],
		['deep lists', [[['a@x']]], 'a list nested too deeply'],
	])('reports %s instead of skipping it', (_what, value, leftOver) => {
		expect(parseUsernames(value).leftOver).toBe(leftOver);
	});

	// Were the time to grow with the square of the length, this one would run into jest's own limit.
	it('reads a cell of a million characters that nobody sees', () => {
		const value = `a@x${'\u200b'.repeat(1_000_000)}b@x`;
		expect(parseUsernames(value).names).toEqual([value]);
	});

	it('takes text that only looks like JSON as text', () => {
		expect(parseUsernames('[ada@contoso.com').names).toEqual(['[ada@contoso.com']);
	});
});

describe('nameKey', () => {
	const id = '8C0F1F9A-0000-4000-8000-0123456789AB';

	it.each([
		['casing', 'ADA@Contoso.com', 'ada@contoso.com'],
		['braces of an object id', `{${id}}`, id.toLowerCase()],
	])('disregards %s', (_what, one, other) => {
		expect(nameKey(one)).toBe(nameKey(other));
	});

	it('keeps names apart that differ in Unicode composition, as the service may', () => {
		expect(nameKey('mu\u0308ller@contoso.com')).not.toBe(nameKey('m\u00fcller@contoso.com'));
	});

	it('keeps braces that are not those of an object id', () => {
		expect(nameKey('{ada@contoso.com}')).not.toBe(nameKey('ada@contoso.com'));
	});
});

describe('unsendable', () => {
	it.each(['.', '..', 'x'.repeat(1025), 'a\u0000b', 'a\ud800b', 'a\u0085b'])(
		'refuses %j',
		(name) => {
			expect(unsendable(name)).toEqual(expect.any(String));
		},
	);

	it.each([
		'ada@contoso.com',
		"o'neil@contoso.com",
		'guest_example.com#EXT#@contoso.onmicrosoft.com',
		'müller@contoso.com',
		'__proto__',
		'a/b?c#d%2e%2e',
		'…',
		'😀@contoso.com',
		'x'.repeat(300),
	])('leaves %j to the service', (name) => {
		expect(unsendable(name)).toBeUndefined();
	});
});
