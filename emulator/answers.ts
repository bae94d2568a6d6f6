import type { Quirks } from './quirks';

export type JsonObject = { [name: string]: unknown };

/** What an operation answers, before it is written down. */
export interface Reply {
	status: number;
	body: JsonObject | string;
	headers?: Record<string, string>;
}

/** Facts that an error body carries; which ones depends on the status. */
export interface RefusalData {
	/** 400 */
	parameterName?: string;
	/** 400: `MissingParameter` or `InvalidParameter`; 409: why the product cannot serve this. */
	reason?: string;
	/** 400 */
	details?: string;
	/** 404: `Inventory`, `Product`, `User`, `Seat`, … */
	itemType?: string;
	/** 404: what was looked for. */
	values?: string[];
}

/** An answer other than success. Status, code and data are documented; their spelling is not. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		readonly data: RefusalData = {},
		readonly headers: Record<string, string> = {},
	) {
		super(message);
	}
}

export const invalidParameter = (parameterName: string, details: string) =>
	new Refusal(400, 'BadRequest', `The parameter ${parameterName} is invalid.`, {
		parameterName,
		reason: 'InvalidParameter',
		details,
	});

export const missingParameter = (parameterName: string) =>
	new Refusal(400, 'BadRequest', `The parameter ${parameterName} is missing.`, {
		parameterName,
		reason: 'MissingParameter',
		details: `${parameterName} is required.`,
	});

export const notFound = (itemType: string, values: string[]) =>
	new Refusal(404, 'NotFound', `${itemType} not found.`, { itemType, values });

export const conflict = (reason: string, message: string) =>
	new Refusal(409, 'Conflict', message, { reason });

/** The refusal in the spelling that `errorShape` asks for. */
export function writeRefusal(refusal: Refusal, shape: Quirks['errorShape']): Reply {
	const { status, code, message, data } = refusal;
	const description = data.details ?? message;
	const headers = { ...refusal.headers };
	if (shape === 'html') {
		headers['content-type'] = 'text/html; charset=utf-8';
		return { status, headers, body: htmlPage(status, description) };
	}
	if (shape === 'text') {
		headers['content-type'] = 'text/plain; charset=utf-8';
		return { status, headers, body: description };
	}
	const bodies: Record<'flat' | 'nested' | 'pascal' | 'data', JsonObject> = {
		flat: { code, message, description, ...data },
		nested: { error: { code, message, innererror: { code: data.reason ?? code, ...data } } },
		pascal: pascalKeys({ code, message, description, data }) as JsonObject,
		data: { code, data: { ...data, details: description } },
	};
	return { status, headers, body: bodies[shape] };
}

/** What a gateway in front of the service sends instead of JSON. */
export function htmlPage(status: number, text: string): string {
	return `<!DOCTYPE html>\r\n<html><head><title>${status}</title></head>\r\n<body><h1>${status}</h1><p>${text}</p></body></html>\r\n`;
}

/** A successful body with the casing and the empty lists that the quirks ask for. */
export function shapeBody(body: JsonObject, quirks: Quirks): JsonObject {
	if (quirks.casing === 'camel' && quirks.emptyLists === 'array') return body;
	const shaped = quirks.emptyLists === 'array' ? body : emptyListsAs(body, quirks.emptyLists);
	return (quirks.casing === 'pascal' ? pascalKeys(shaped) : shaped) as JsonObject;
}

function pascalKeys(value: unknown): unknown {
	return mapObjects(value, (name, inner) => [name.charAt(0).toUpperCase() + name.slice(1), inner]);
}

function emptyListsAs(value: unknown, written: 'null' | 'absent'): unknown {
	return mapObjects(value, (name, inner) => {
		if (!Array.isArray(inner) || inner.length > 0) return [name, inner];
		return [name, written === 'null' ? null : undefined];
	});
}

function mapObjects(
	value: unknown,
	change: (name: string, inner: unknown) => [string, unknown],
): unknown {
	if (Array.isArray(value)) return value.map((element) => mapObjects(element, change));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => change(name, mapObjects(inner, change))),
	);
}
