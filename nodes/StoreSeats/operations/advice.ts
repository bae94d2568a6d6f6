import type { StatusAdvice } from '../n8n/readFailures';

/** What to do where the Store has no such product, or not of the kind that is asked about. */
export const PRODUCT_ADVICE: StatusAdvice = {
	400: 'Check product and SKU.',
	404: 'Check product and SKU: this pair has to be in the catalog of the Store.',
};

export const SEATS_ADVICE: StatusAdvice = {
	400: 'Check product and SKU.',
	404: 'Check product and SKU: the product has to be in the inventory of this tenant.',
	409: 'Seats exist for online licenses only. Check in the inventory that this product and SKU are licensed online.',
};

export const OWNED_ADVICE: StatusAdvice = {
	...PRODUCT_ADVICE,
	409: 'Packages are given for products that the organization owns. Check that this product and SKU are in the inventory.',
};
