import { checkProductKey } from '../../nodes/StoreSeats/seats/productKey';

describe('checkProductKey', () => {
	it('takes published ids, trimmed', () => {
		expect(checkProductKey(' CFQ7TTC0K5DR ', '0002')).toEqual({
			key: { productId: 'CFQ7TTC0K5DR', skuId: '0002' },
		});
	});

	it.each([
		['', '0002', "'Product' is empty"],
		['CFQ7TTC0K5DR', undefined, "'SKU' is empty"],
		['CFQ7TTC0K5DR', null, "'SKU' is empty"],
		[{}, '0002', "'Product' is empty"],
		['..', '0002', 'set to "..", which is not an ID'],
		['.', '0002', 'set to ".", which is not an ID'],
		['CFQ7/../0002', '0002', 'is not an ID'],
		['%2e%2e', '0002', 'is not an ID'],
		['CFQ7?x=1', '0002', 'is not an ID'],
		['CFQ7#x', '0002', 'is not an ID'],
		['CFQ7TTC0K5DR', '00\\02', 'set to "00\\02", which is not an ID'],
		['CFQ7\u0000', '0002', 'is not an ID'],
		['CFQ7\ud800', '0002', 'is not an ID'],
		['a..b', '0002', 'is not an ID'],
		['x'.repeat(500), '0002', `"${'x'.repeat(60)}…", which is not an ID`],
	])('refuses %j / %j and says what to give', (productId, skuId, words) => {
		const checked = checkProductKey(productId, skuId);
		expect('refused' in checked && checked.refused).toContain(words);
		expect('refused' in checked && checked.refused).toContain('such as');
	});
});
