import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { isOn } from './parameters';

/** The options of Assign and Reclaim, checked; times in milliseconds. */
export interface SeatOptions {
	readonly batchSize: number;
	readonly maxConcurrency: number;
	readonly maxAttempts: number;
	readonly timeoutMs: number;
	readonly retryUnknownUsersMs: number;
	readonly failOnFailedSeats: boolean;
}

interface Range {
	readonly label: string;
	readonly fallback: number;
	readonly from: number;
	readonly to: number;
	readonly whole: boolean;
}

/** The service's own limit; the reference refuses a request with more. */
export const MOST_NAMES_IN_A_BATCH = 25;

export const RANGES = {
	batchSize: { label: 'Batch Size', fallback: 25, from: 1, to: MOST_NAMES_IN_A_BATCH, whole: true },
	maxConcurrency: { label: 'Max Concurrency', fallback: 4, from: 1, to: 64, whole: true },
	maxAttempts: { label: 'Max Attempts', fallback: 5, from: 1, to: 20, whole: true },
	requestTimeout: {
		label: 'Request Timeout (Seconds)',
		fallback: 60,
		from: 0.05,
		to: 600,
		whole: false,
	},
	retryUnknownUsers: {
		label: 'Retry Unknown Users (Seconds)',
		fallback: 0,
		from: 0,
		to: 3600,
		whole: false,
	},
} as const satisfies Record<string, Range>;

/** Reads the options once for the whole run. Throws, before anything is sent, if one is out of range. */
export function readSeatOptions(context: IExecuteFunctions): SeatOptions {
	const given = context.getNodeParameter('options', 0, {}) as Record<string, unknown>;
	const number = (name: keyof typeof RANGES): number => checked(context, RANGES[name], given[name]);
	return {
		batchSize: number('batchSize'),
		maxConcurrency: number('maxConcurrency'),
		maxAttempts: number('maxAttempts'),
		timeoutMs: Math.ceil(number('requestTimeout') * 1000),
		retryUnknownUsersMs: number('retryUnknownUsers') * 1000,
		failOnFailedSeats: isOn(given.failOnFailedSeats),
	};
}

function checked(context: IExecuteFunctions, range: Range, value: unknown): number {
	if (value === undefined || value === null || value === '') return range.fallback;
	const number = typeof value === 'string' ? Number(value) : value;
	if (
		typeof number === 'number' &&
		number >= range.from &&
		number <= range.to &&
		(!range.whole || Number.isInteger(number))
	) {
		return number;
	}
	const kind = range.whole ? 'a whole number' : 'a number';
	throw new NodeOperationError(
		context.getNode(),
		`The option '${range.label}' has to be ${kind} from ${range.from} to ${range.to}`,
		{
			description:
				'Correct the option and run the workflow again. Nothing has been sent to the Store.',
		},
	);
}
