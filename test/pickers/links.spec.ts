import { PRODUCT_URL } from '../../nodes/StoreSeats/operations/fields';

/** As n8n takes the product out of what is pasted. */
const productIn = (link: string) => new RegExp(PRODUCT_URL).exec(link)?.slice(1);

describe('the product in a link', () => {
	it.each([
		['https://www.microsoft.com/store/apps/9NBLGGH4R2R6', '9NBLGGH4R2R6'],
		['https://www.microsoft.com/store/productId/9NBLGGH4R2R6', '9NBLGGH4R2R6'],
		['https://www.microsoft.com/store/productid/9nblggh4r2r6?ocid=badge', '9nblggh4r2r6'],
		['https://www.microsoft.com/en-us/store/apps/contoso-atlas/9nblggh4r2r6', '9nblggh4r2r6'],
		['https://www.microsoft.com/en-us/store/p/contoso-atlas/9nblggh4r2r6', '9nblggh4r2r6'],
		[
			'https://www.microsoft.com/en-us/p/contoso-atlas/9nblggh4r2r6?activetab=pivot:overviewtab',
			'9nblggh4r2r6',
		],
		['https://www.microsoft.com/de-de/p/contoso-atlas/9nblggh4r2r6#reviews', '9nblggh4r2r6'],
		['https://www.microsoft.com/en-us/p/contoso-atlas/9nblggh4r2r6/0016', '9nblggh4r2r6'],
		['https://www.microsoft.com/en-us/p/angrybirds22/9nblggh4r2r6', '9nblggh4r2r6'],
		['https://apps.microsoft.com/detail/9NBLGGH4R2R6', '9NBLGGH4R2R6'],
		['https://apps.microsoft.com/detail/9nblggh4r2r6?hl=en-us&gl=US', '9nblggh4r2r6'],
		['https://apps.microsoft.com/store/detail/contoso-atlas/9NBLGGH4R2R6?hl=en-us', '9NBLGGH4R2R6'],
		['apps.microsoft.com/detail/9NBLGGH4R2R6/', '9NBLGGH4R2R6'],
		['  https://apps.microsoft.com/detail/9NBLGGH4R2R6  ', '9NBLGGH4R2R6'],
		['ms-windows-store://pdp/?productid=9NBLGGH4R2R6', '9NBLGGH4R2R6'],
		['ms-windows-store://pdp/?mode=mini&ProductId=9NBLGGH4R2R6&cid=x', '9NBLGGH4R2R6'],
		[
			'https://businessstore.microsoft.com/en-us/AppInstall?productId=CFQ7TTC0K5DR&skuId=0002&catalogId=4',
			'CFQ7TTC0K5DR',
		],
		[
			'https://businessstore.microsoft.com/en-us/store/details/minecraft-education-edition/CFQ7TTC0K5DR',
			'CFQ7TTC0K5DR',
		],
		[
			'https://educationstore.microsoft.com/en-us/store/details/minecraft-education-edition/9nblggh4r2r6?referrer=x',
			'9nblggh4r2r6',
		],
		[
			'https://businessstore.microsoft.com/en-us/manage/inventory/apps/CFQ7TTC0K5DR/0002/00000000/details',
			'CFQ7TTC0K5DR',
		],
	])('%s', (link, productId) => {
		expect(productIn(link)).toEqual([productId]);
	});

	it.each([
		'https://www.microsoft.com/store/apps',
		'https://www.microsoft.com/en-us/p/contoso-atlas',
		'https://businessstore.microsoft.com/en-us/AppInstall?skuId=0002&catalogId=4',
		'https://apps.microsoft.com/detail/9NBLGGH4R2R6EXTRA',
		'https://apps.microsoft.com/detail/minecraftedu',
		'CFQ7TTC0K5DR',
		'',
	])('there is none in %j', (link) => {
		expect(productIn(link)).toBeUndefined();
	});

	// Were the time to grow with the square of the length, this one would run into jest's own limit.
	it.each(['/', '?', '&', '?productId=', 'a/', '9NBLGGH4R2R'])(
		'is looked for in a link of 200,000 times %j',
		(piece) => {
			expect(productIn(`https://x.example/${piece.repeat(200_000)}`)).toBeUndefined();
		},
	);
});
