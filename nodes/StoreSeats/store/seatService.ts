import { holdingOf, sameProduct, type ProductKey, type SeatAction } from '../seats/seat';
import {
	STOPPED,
	type ChangeReply,
	type SeatPageReply,
	type SeatReply,
	type SeatService,
} from '../seats/service';
import { readBulkAnswer, readSeat, readSeatPage } from './answers';
import { LARGEST_PAGE } from './pages';
import type { Sender } from './sender';

/** Where the seats of a product are, by the reference. */
export const seatsPath = ({ productId, skuId }: ProductKey) => [
	'V1',
	'Inventory',
	productId,
	skuId,
	'Seats',
];

/** The Store's seat operations as the domain needs them, over HTTP. */
export class HttpSeatService implements SeatService {
	constructor(private readonly sender: Sender) {}

	async change(
		key: ProductKey,
		action: SeatAction,
		usernames: readonly string[],
		stillWanted: () => boolean,
	): Promise<ChangeReply> {
		return await this.sender.send(
			{
				method: 'POST',
				path: seatsPath(key),
				body: { usernames: [...usernames], seatAction: action },
			},
			readBulkAnswer,
			stillWanted,
		);
	}

	async seat(key: ProductKey, username: string): Promise<SeatReply> {
		const sent = await this.sender.send(
			{ method: 'GET', path: [...seatsPath(key), username] },
			(body) => {
				const details = readSeat(body);
				const holding = holdingOf(details?.state);
				const ours = details?.productKey === undefined || sameProduct(key, details.productKey);
				return details === undefined || holding === undefined || !ours
					? undefined
					: { details, holding };
			},
		);
		if (sent.kind === 'answered') return { kind: 'seat', ...sent.answer };
		if (sent.kind === 'notSent') return { kind: 'inconclusive', refusal: sent.because ?? STOPPED };
		const { refusal } = sent;
		// Documented for an unknown inventory, user or seat. The last two say that the user has no seat; a
		// 404 that does not say what it missed may come from anywhere.
		if (refusal.httpStatus === 404 && (refusal.missing === 'seat' || refusal.missing === 'user')) {
			return { kind: 'noSeat', userUnknown: refusal.missing === 'user' };
		}
		return { kind: 'inconclusive', refusal };
	}

	async seatPage(key: ProductKey, continuationToken?: string): Promise<SeatPageReply> {
		const sent = await this.sender.send(
			{
				method: 'GET',
				path: seatsPath(key),
				query: { continuationToken, maxResults: LARGEST_PAGE },
			},
			readSeatPage,
		);
		if (sent.kind === 'answered') return { kind: 'page', ...sent.answer };
		return {
			kind: 'inconclusive',
			refusal: sent.kind === 'refused' ? sent.refusal : (sent.because ?? STOPPED),
		};
	}
}
