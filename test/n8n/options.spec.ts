import type { INodeProperties } from 'n8n-workflow';

import { RANGES } from '../../nodes/StoreSeats/n8n/options';
import { assign } from '../../nodes/StoreSeats/operations/seat/changeSeats.operation';

const onScreen = assign.properties.find(({ name }) => name === 'options')
	?.options as INodeProperties[];

describe('the options on screen', () => {
	it.each(Object.entries(RANGES))(
		'%s has the default and the range that are checked',
		(name, range) => {
			const option = onScreen.find((candidate) => candidate.name === name);
			expect(option?.default).toBe(range.fallback);
			expect(option?.typeOptions).toMatchObject({ minValue: range.from, maxValue: range.to });
		},
	);

	it('are those of the contract, in the order of their names', () => {
		expect(onScreen.map(({ name }) => name)).toEqual([
			'batchSize',
			'failOnFailedSeats',
			'maxAttempts',
			'maxConcurrency',
			'requestTimeout',
			'retryUnknownUsers',
		]);
		const names = onScreen.map(({ displayName }) => displayName);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
	});
});
