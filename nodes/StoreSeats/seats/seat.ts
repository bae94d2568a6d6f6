/** What is asked of the Store for a seat; spelt as the service's reference spells `seatAction`. */
export type SeatAction = 'Assign' | 'Reclaim';

/** The service's ProductKey: one license of one product. */
export interface ProductKey {
	readonly productId: string;
	readonly skuId: string;
}

/** The service's SeatDetails as far as they were readable; any of it may be missing. */
export interface SeatDetails {
	readonly assignedTo?: string;
	readonly state?: string;
	readonly dateAssigned?: string;
	readonly productKey?: Partial<ProductKey>;
}

/**
 * What became of one seat. There is no fourth status: what was neither confirmed nor refused, and
 * could not be looked up, is `unknown` and never dressed up as one of the other two.
 */
export type Outcome =
	| { readonly status: 'succeeded'; readonly details: SeatDetails; readonly unchanged?: true }
	| { readonly status: 'failed'; readonly failureReason: string; readonly httpStatus?: number }
	| { readonly status: 'unknown'; readonly failureReason: string; readonly httpStatus?: number };

/** A failed outcome, with a status only where a request was refused with one. */
export const failed = (failureReason: string, httpStatus?: number): Outcome => ({
	status: 'failed',
	failureReason,
	...(httpStatus === undefined ? {} : { httpStatus }),
});

/** One seat of one user: asked of the Store once, however many rows want it. */
export interface Seat {
	readonly key: ProductKey;
	/** The first spelling that a row gave; this is what is sent. */
	readonly name: string;
}

/** Whether a seat exists for the user, as a look-up showed it. */
export type Holding = 'held' | 'notHeld';

/** The state that makes an action a success. */
export const wantedHolding = (action: SeatAction): Holding =>
	action === 'Assign' ? 'held' : 'notHeld';

/** Reads the service's seat state (`Active | Revoked`, any casing); undefined for anything else. */
export function holdingOf(state: string | undefined): Holding | undefined {
	switch (state?.trim().toLowerCase()) {
		case 'active':
			return 'held';
		case 'revoked':
			return 'notHeld';
		default:
			return undefined;
	}
}

/** Two keys name the same product and SKU; the service's casing of ids is not to be relied upon. */
export const sameProduct = (a: ProductKey, b: Partial<ProductKey>): boolean =>
	(b.productId === undefined || b.productId.toLowerCase() === a.productId.toLowerCase()) &&
	(b.skuId === undefined || b.skuId.toLowerCase() === a.skuId.toLowerCase());
