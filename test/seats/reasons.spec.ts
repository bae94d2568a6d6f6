import { reasonKind } from '../../nodes/StoreSeats/seats/reasons';

describe('reasonKind', () => {
	it.each([
		['Assign', 'The user already has a seat for this product.', 'alreadyDone'],
		['Assign', 'SeatAlreadyAssigned', 'alreadyDone'],
		['Assign', 'Duplicate seat', 'alreadyDone'],
		['Reclaim', 'The user does not have a seat for this product.', 'alreadyDone'],
		['Reclaim', 'No seat to reclaim', 'alreadyDone'],
		['Reclaim', 'SeatNotFound', 'alreadyDone'],
		['Reclaim', 'Seat not assigned to user', 'alreadyDone'],
		['Assign', 'The user was not found.', 'unknownUser'],
		['Assign', 'UserNotFound', 'unknownUser'],
		['Assign', "User 'ghost@contoso.com' does not exist", 'unknownUser'],
		['Assign', 'No such user in the directory', 'unknownUser'],
		['Reclaim', 'Unknown user', 'unknownUser'],
		['Assign', 'Invalid user name', 'badName'],
		['Assign', 'The username is malformed', 'badName'],
		['Assign', 'There are no seats available.', 'unclear'],
		['Assign', 'Not found', 'unclear'],
		['Assign', 'Something nobody has seen yet', 'unclear'],
		['Reclaim', 'Kein Platz', 'unclear'],
	] as const)('%s: "%s" is %s', (action, words, kind) => {
		expect(reasonKind(words, action)).toBe(kind);
	});
});
