import { limitField, usernameField as usernameOf } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { listFields, usernameField } from '../fields';
import type { Operation } from '../operation';

export const getByUser: Operation = {
	resource: 'seat',
	operation: 'getByUser',
	name: 'Get Many by User',
	action: 'Get many seats of user',
	description: 'Retrieve the licenses of all products that one user holds',
	properties: [usernameField, ...listFields],
	execute: async (run) =>
		await readItems(run, {
			fields: { username: usernameOf(run), limit: limitField(run) },
			subject: ({ username }) => `the seats of ${username}`,
			reading: ({ username, limit }) => readings.seatsOfUser(username, limit),
			advice: {
				400: 'Check the user name: a user principal name such as ada@contoso.com, or an Entra object ID.',
				404: 'Check the user name. A user just created in Entra ID can take a minute or more to be known to the Store.',
			},
		}),
};
