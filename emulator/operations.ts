import type { Authority } from './authority';
import {
	type JsonObject,
	Refusal,
	type Reply,
	conflict,
	invalidParameter,
	missingParameter,
	notFound,
} from './answers';
import type { Quirks, UserSelection } from './quirks';
import {
	type InventoryEntry,
	type PackageSpec,
	type Seat,
	type StoreState,
	type User,
	asGuid,
	isoDate,
} from './store';

/** What an operation may look at; `nowMs` is the moment at which its work is done. */
export interface OperationContext {
	state: StoreState;
	quirks: Quirks;
	authority: Authority;
	random: () => number;
	nowMs: number;
}

/** A request that was matched to an operation. */
export interface OperationRequest {
	/** Path parameters, percent-decoded once. */
	params: Record<string, string>;
	query: Query;
	headers: Record<string, string>;
	body: string;
	/** The body parsed, where the operation takes JSON; undefined if it is none. */
	json?: unknown;
}

/** Query parameters, whose names the service reads in any casing. */
export class Query {
	private readonly values = new Map<string, string[]>();

	constructor(text: string) {
		if (!text) return;
		for (const [name, value] of new URLSearchParams(text)) {
			const key = name.toLowerCase();
			const values = this.values.get(key);
			if (values) values.push(value);
			else this.values.set(key, [value]);
		}
	}

	/** The first value; empty counts as not given, as the reference writes `continuationToken=`. */
	first(name: string): string | undefined {
		return this.all(name)[0];
	}

	all(name: string): string[] {
		return (this.values.get(name.toLowerCase()) ?? []).filter((value) => value !== '');
	}
}

type Handler = (request: OperationRequest, context: OperationContext) => Reply;

interface OperationShape {
	name: string;
	method: 'GET' | 'POST' | 'DELETE';
	/** `{name}` stands for one path segment. */
	path: string;
	/** Whether the Store serves it, and not the token endpoint's host. */
	store: boolean;
	handler: Handler;
}

/** Documented default and maximum of a page; for the inventory only the default is documented. */
const defaultPageSize = 25;
const maxPageSize = 100;
/** Documented: a longer list of users is refused. */
export const maxUsernames = 25;

const productPath = '/V1/Products/{productId}/{skuId}';
const seatsPath = '/V1/Inventory/{productId}/{skuId}/Seats';

/** All that the emulator serves; routing, faults and the log go by these names. */
export const operations = [
	{
		name: 'getInventory',
		method: 'GET',
		path: '/V1/Inventory',
		store: true,
		handler: getInventory,
	},
	{ name: 'getProduct', method: 'GET', path: productPath, store: true, handler: getProduct },
	{
		name: 'getLocalizedDetails',
		method: 'GET',
		path: `${productPath}/LocalizedDetails/{language}`,
		store: true,
		handler: getLocalizedDetails,
	},
	{
		name: 'getOfflineLicense',
		method: 'POST',
		path: `${productPath}/OfflineLicense/{contentId}`,
		store: true,
		handler: getOfflineLicense,
	},
	{
		name: 'getPackages',
		method: 'GET',
		path: `${productPath}/Packages`,
		store: true,
		handler: getPackages,
	},
	{
		name: 'getPackage',
		method: 'GET',
		path: `${productPath}/Packages/{packageId}`,
		store: true,
		handler: getPackage,
	},
	{ name: 'bulkSeats', method: 'POST', path: seatsPath, store: true, handler: bulkSeats },
	{ name: 'getSeats', method: 'GET', path: seatsPath, store: true, handler: getSeats },
	{
		name: 'getSeat',
		method: 'GET',
		path: `${seatsPath}/{username}`,
		store: true,
		handler: getSeat,
	},
	{
		name: 'assignSeat',
		method: 'POST',
		path: `${seatsPath}/{username}`,
		store: true,
		handler: assignSeat,
	},
	{
		name: 'reclaimSeat',
		method: 'DELETE',
		path: `${seatsPath}/{username}`,
		store: true,
		handler: reclaimSeat,
	},
	{
		name: 'getSeatsByUser',
		method: 'GET',
		path: '/V1/Users/{username}/Seats',
		store: true,
		handler: getSeatsByUser,
	},
	{
		name: 'token',
		method: 'POST',
		path: '/{tenant}/oauth2/token',
		store: false,
		handler: (request, context) => answerToken(1, request, context),
	},
	{
		name: 'token',
		method: 'POST',
		path: '/{tenant}/oauth2/v2.0/token',
		store: false,
		handler: (request, context) => answerToken(2, request, context),
	},
	{
		name: 'authorize',
		method: 'GET',
		path: '/{tenant}/oauth2/authorize',
		store: false,
		handler: (request, context) => answerAuthorize(1, request, context),
	},
	{
		name: 'authorize',
		method: 'GET',
		path: '/{tenant}/oauth2/v2.0/authorize',
		store: false,
		handler: (request, context) => answerAuthorize(2, request, context),
	},
] as const satisfies readonly OperationShape[];

export type OperationName = (typeof operations)[number]['name'];

export interface Operation extends OperationShape {
	name: OperationName;
}

/** The names, each once. */
export const operationNames = [...new Set(operations.map(({ name }) => name))] as OperationName[];

const routes = operations.map((operation: Operation) => ({
	operation,
	segments: operation.path.split('/').map((segment) => ({
		literal: segment.toLowerCase(),
		param: /^\{(\w+)\}$/.exec(segment)?.[1],
	})),
}));

export type Match =
	| { kind: 'operation'; operation: Operation; params: Record<string, string> }
	| { kind: 'wrongMethod'; allow: string }
	/** A path parameter that is no valid percent-encoding. */
	| { kind: 'badEncoding' }
	| { kind: 'nothing' };

/**
 * Finds the operation for a raw path. Segments are split before they are decoded, and decoded once,
 * so that a name with `%2F` stays one segment and a name encoded twice stays wrong.
 */
export function matchOperation(method: string, rawPath: string): Match {
	const given = rawPath.split('/');
	const allowed: string[] = [];
	for (const { operation, segments } of routes) {
		if (segments.length !== given.length) continue;
		const fits = segments.every(({ literal, param }, index) =>
			param ? given[index] !== '' : literal === given[index].toLowerCase(),
		);
		if (!fits) continue;
		if (operation.method !== method) {
			allowed.push(operation.method);
			continue;
		}
		const params: Record<string, string> = {};
		try {
			segments.forEach(({ param }, index) => {
				if (param) params[param] = decodeURIComponent(given[index]);
			});
		} catch {
			return { kind: 'badEncoding' };
		}
		return { kind: 'operation', operation, params };
	}
	return allowed.length > 0
		? { kind: 'wrongMethod', allow: allowed.join(', ') }
		: { kind: 'nothing' };
}

// Seats

/**
 * Bulk assign and reclaim. 200 with one or both lists, even if every user is refused. Refused as a
 * whole: a bad parameter (400), a product the tenant lacks (404), an offline or removed one (409).
 */
function bulkSeats(request: OperationRequest, context: OperationContext): Reply {
	const { usernames, assign } = readBulkBody(request.json);
	const entry = inventoryEntry(request.params, context);
	requireOnline(entry);
	if (assign) requireActive(entry);
	refuseBatchForNames(usernames, context);

	const { quirks } = context;
	const details: JsonObject[] = [];
	const failures: JsonObject[] = [];
	for (const username of usernames) {
		const user = context.state.findUser(username, context.nowMs);
		const selected = (selection: UserSelection) =>
			isSelected(selection, username, user, context.random);
		if (selected(quirks.omitUndone)) continue;
		const outcome = changeSeat(entry, username, user, assign, context);
		if (selected(quirks.omitUsers)) continue;
		const failure = (reason: string) => failedSeat(entry, username, reason, context);
		const copies = selected(quirks.repeatUsers) ? 2 : 1;
		for (let copy = 0; copy < copies; copy++) {
			if (typeof outcome === 'string') failures.push(failure(outcome));
			else details.push({ ...outcome });
		}
		if (!selected(quirks.contradictUsers)) continue;
		if (typeof outcome === 'string') {
			details.push(seatDetails(username, entry, isoDate(context.nowMs), assign, context));
		} else {
			failures.push(failure(quirks.words.contradicted));
		}
	}
	for (let n = 1; n <= quirks.strangers; n++) {
		const stranger = `stranger${n}@elsewhere.example`;
		if (n % 2) details.push(seatDetails(stranger, entry, isoDate(context.nowMs), assign, context));
		else failures.push(failedSeat(entry, stranger, quirks.words.unknownUser, context));
	}
	return ok({
		seatDetails: inAnswerOrder(details, context),
		failedSeatOperations: inAnswerOrder(failures, context),
	});
}

function readBulkBody(json: unknown): { usernames: string[]; assign: boolean } {
	if (typeof json !== 'object' || json === null) throw missingParameter('body');
	const body = Object.fromEntries(
		Object.entries(json).map(([name, value]) => [name.toLowerCase(), value as unknown]),
	);
	const { usernames, seataction: seatAction } = body;
	if (usernames === undefined || usernames === null) throw missingParameter('usernames');
	if (!Array.isArray(usernames) || !usernames.every((name) => typeof name === 'string')) {
		throw invalidParameter('usernames', 'usernames is a list of texts.');
	}
	if (usernames.length === 0) throw missingParameter('usernames');
	if (usernames.length > maxUsernames) {
		throw invalidParameter('usernames', `usernames can hold at most ${maxUsernames} elements.`);
	}
	if (seatAction === undefined || seatAction === null) throw missingParameter('seatAction');
	const action = typeof seatAction === 'string' ? seatAction.toLowerCase() : '';
	if (action !== 'assign' && action !== 'reclaim') {
		throw invalidParameter('seatAction', 'seatAction is Assign or Reclaim.');
	}
	return { usernames, assign: action === 'assign' };
}

function refuseBatchForNames(usernames: string[], { state, quirks, nowMs }: OperationContext) {
	const named = (names: string[]) => (quirks.badNamesNamed ? `: ${names.join(', ')}` : '.');
	if (quirks.malformedName === 'refuseBatch') {
		const malformed = usernames.filter(isMalformedName);
		if (malformed.length > 0) {
			throw invalidParameter(
				'usernames',
				`One or more user names are not valid${named(malformed)}`,
			);
		}
	}
	if (quirks.unknownUser === 'refuseName') return;
	const unknown = usernames.filter(
		(name) => !isMalformedName(name) && !state.findUser(name, nowMs),
	);
	if (unknown.length === 0) return;
	if (quirks.unknownUser === 'refuseBatch404User') {
		throw notFound('User', quirks.badNamesNamed ? unknown : []);
	}
	throw invalidParameter('usernames', `One or more users were not found${named(unknown)}`);
}

/** The seat as it is answered, or the reason why there is none. */
function changeSeat(
	entry: InventoryEntry,
	username: string,
	user: User | undefined,
	assign: boolean,
	context: OperationContext,
): JsonObject | string {
	const { quirks, nowMs } = context;
	const { words } = quirks;
	if (isMalformedName(username)) return words.malformedName;
	if (!user) return words.unknownUser;
	if (assign) {
		if (quirks.outOfSeatsBeforeAlready && entry.isFull) return words.noSeats;
		const result = entry.assign(user, nowMs);
		if (result.kind === 'noSeats') return words.noSeats;
		if (result.kind === 'alreadyAssigned' && quirks.alreadyAssigned === 'refuse') {
			return words.alreadyAssigned;
		}
		return seatDetails(user, entry, result.seat.dateAssigned, true, context);
	}
	const result = entry.reclaim(user, nowMs);
	if (result.kind === 'nothingToReclaim' && quirks.nothingToReclaim === 'refuse') {
		return words.nothingToReclaim;
	}
	const dateAssigned = result.seat?.dateAssigned ?? isoDate(nowMs);
	return seatDetails(user, entry, dateAssigned, false, context);
}

/** One page of those who hold a seat, in the order of their assignment. */
function getSeats(request: OperationRequest, context: OperationContext): Reply {
	const entry = inventoryEntry(request.params, context);
	const page = readPage(request.query, `seats ${entry.productId}/${entry.skuId}`);
	requireOnline(entry);
	const atMs = readTime(context);
	const isShown = (seat: Seat) =>
		entry.seatOf(seat.user, atMs, context.quirks.showRevoked) === seat;
	const { elements, continuationToken } = takePage(entry.seats, page, isShown);
	const seats = elements.map((seat) => shownSeat(seat, atMs, context));
	return ok({ seats: inAnswerOrder(seats, context), continuationToken });
}

function getSeat(request: OperationRequest, context: OperationContext): Reply {
	const { entry, user } = seatAddress(request, context);
	const atMs = readTime(context);
	const seat = entry.seatOf(user, atMs, context.quirks.showRevoked);
	if (!seat) throw noSeat(entry, request.params.username);
	return ok(shownSeat(seat, atMs, context));
}

/**
 * Assign one seat. What the reference leaves open: a user who has one already, and an empty pool,
 * are answered with 409, the only documented error that neither parameter nor address explains.
 */
function assignSeat(request: OperationRequest, context: OperationContext): Reply {
	const { entry, user } = seatAddress(request, context);
	requireActive(entry);
	const outcome = changeSeat(entry, request.params.username, user, true, context);
	if (typeof outcome !== 'string') return ok(outcome);
	const isPoolEmpty = outcome === context.quirks.words.noSeats;
	throw conflict(isPoolEmpty ? 'NoSeatsAvailable' : 'AlreadyAssigned', outcome);
}

function reclaimSeat(request: OperationRequest, context: OperationContext): Reply {
	const { entry, user } = seatAddress(request, context);
	const outcome = changeSeat(entry, request.params.username, user, false, context);
	if (typeof outcome === 'string') throw noSeat(entry, request.params.username);
	return ok(outcome);
}

function getSeatsByUser(request: OperationRequest, context: OperationContext): Reply {
	const user = knownUser(request.params.username, context);
	const page = readPage(request.query, `user ${user.objectId}`);
	const atMs = readTime(context);
	const entries = context.state.entries;
	const seatOn = (entry: InventoryEntry) => entry.seatOf(user, atMs, context.quirks.showRevoked);
	const { elements, continuationToken } = takePage(entries, page, (entry) => !!seatOn(entry));
	const seats = elements.map((entry) => shownSeat(seatOn(entry)!, atMs, context));
	return ok({ seats: inAnswerOrder(seats, context), continuationToken });
}

function seatAddress(
	{ params }: OperationRequest,
	context: OperationContext,
): { entry: InventoryEntry; user: User } {
	const entry = inventoryEntry(params, context);
	requireOnline(entry);
	return { entry, user: knownUser(params.username, context) };
}

function knownUser(username: string, { state, nowMs }: OperationContext): User {
	if (isMalformedName(username)) throw invalidParameter('username', 'The user name is not valid.');
	const user = state.findUser(username, nowMs);
	if (!user) throw notFound('User', [username]);
	return user;
}

/** White space or control characters anywhere, or neither a UPN nor an object id. */
export function isMalformedName(name: string): boolean {
	return /[\s\p{Cc}]/u.test(name) || (!/[^@]@[^@]/.test(name) && !asGuid(name));
}

function isSelected(
	selection: UserSelection,
	username: string,
	user: User | undefined,
	random: () => number,
): boolean {
	if (typeof selection === 'boolean') return selection;
	if (typeof selection === 'number') return selection > 0 && random() < selection;
	const names = [username, user?.upn, user?.objectId].map((name) => name?.toLowerCase());
	return selection.some((name) => names.includes(asGuid(name) ?? name.toLowerCase()));
}

function shownSeat(seat: Seat, atMs: number, context: OperationContext): JsonObject {
	const isActive = seat.toMs === Infinity || seat.toMs > atMs;
	return seatDetails(seat.user, seat.entry, seat.dateAssigned, isActive, context);
}

function seatDetails(
	user: User | string,
	entry: InventoryEntry,
	dateAssigned: string,
	isActive: boolean,
	context: OperationContext,
): JsonObject {
	return {
		assignedTo: inAnswerCasing(shownName(user, context.quirks), context),
		dateAssigned,
		...(context.quirks.stateMissing ? {} : { state: isActive ? 'Active' : 'Revoked' }),
		productKey: productKey(entry),
	};
}

function shownName(user: User | string, { assignedToAs }: Quirks): string {
	if (typeof user === 'string') return user;
	if (assignedToAs === 'objectId') return user.objectId;
	return assignedToAs === 'bracedObjectId' ? `{${user.objectId}}` : user.upn;
}

function failedSeat(
	entry: InventoryEntry,
	username: string,
	failureReason: string,
	context: OperationContext,
): JsonObject {
	return {
		failureReason,
		productKey: productKey(entry),
		userName: inAnswerCasing(username, context),
	};
}

function inAnswerCasing(name: string, { quirks, random }: OperationContext): string {
	switch (quirks.userCasing) {
		case 'asStored':
			return name;
		case 'upper':
			return name.toUpperCase();
		case 'lower':
			return name.toLowerCase();
		case 'mixed':
			return Array.from(name, (letter) =>
				random() < 0.5 ? letter.toUpperCase() : letter.toLowerCase(),
			).join('');
	}
}

function inAnswerOrder<T>(list: T[], { quirks, random }: OperationContext): T[] {
	if (!quirks.shuffle) return list;
	for (let last = list.length - 1; last > 0; last--) {
		const other = Math.floor(random() * (last + 1));
		[list[last], list[other]] = [list[other], list[last]];
	}
	return list;
}

/** The moment that reads show. */
function readTime({ quirks, nowMs }: OperationContext): number {
	return quirks.readsLagMs > 0 ? nowMs - quirks.readsLagMs : Infinity;
}

// Inventory and catalogue

function getInventory(request: OperationRequest, context: OperationContext): Reply {
	const { query } = request;
	const page = readPage(query, 'inventory');
	const modifiedSince = query.first('modifiedSince');
	const sinceMs = modifiedSince === undefined ? -Infinity : Date.parse(modifiedSince);
	if (Number.isNaN(sinceMs)) throw invalidParameter('modifiedSince', 'modifiedSince is a date.');
	const types = query.all('licenseTypes').map((type) => type.toLowerCase());
	if (types.some((type) => type !== 'online' && type !== 'offline')) {
		throw invalidParameter('licenseTypes', 'licenseTypes is online or offline.');
	}
	const isShown = (entry: InventoryEntry) =>
		entry.owned &&
		Date.parse(entry.lastModified) >= sinceMs &&
		(types.length === 0 || types.includes(entry.licenseType.toLowerCase()));
	const { elements, continuationToken } = takePage(context.state.entries, page, isShown);
	const atMs = readTime(context);
	const inventoryEntries = elements.map((entry) => ({
		productKey: productKey(entry),
		seatCapacity: entry.seatCapacity,
		availableSeats: entry.availableSeats(atMs),
		lastModified: entry.lastModified,
		licenseType: entry.licenseType,
		distributionPolicy: entry.distributionPolicy,
		status: entry.status,
	}));
	return ok({ continuationToken, inventoryEntries: inAnswerOrder(inventoryEntries, context) });
}

function getProduct(request: OperationRequest, context: OperationContext): Reply {
	const entry = catalogueEntry(request.params, context);
	const { product } = entry;
	return ok({
		productKey: productKey(entry),
		productType: product.productType ?? 'Application',
		supportedLanguages: Object.keys(product.localized ?? {}),
		publisherId: product.publisherId ?? '',
		category: product.category ?? '',
		alternateIds: product.alternateIds ?? [],
		packageFamilyName: product.packageFamilyName ?? '',
		supportedPlatforms: product.supportedPlatforms ?? [],
	});
}

function getLocalizedDetails(request: OperationRequest, context: OperationContext): Reply {
	const entry = catalogueEntry(request.params, context);
	const language = request.params.language.toLowerCase();
	if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/.test(language)) {
		throw invalidParameter('language', 'language is a tag such as en-us.');
	}
	const localized = Object.entries(entry.product.localized ?? {});
	const details = localized.find(([tag]) => tag.toLowerCase() === language);
	if (!details) throw notFound('Product', [entry.productId, entry.skuId, language]);
	const { displayName, description = '', images = [], publisher } = details[1];
	return ok({
		language: details[0],
		displayName,
		description,
		images,
		publisher: publisher ?? { publisherName: '', publisherWebsite: '' },
	});
}

function getOfflineLicense(request: OperationRequest, context: OperationContext): Reply {
	const entry = catalogueEntry(request.params, context);
	requireOwned(entry);
	if (entry.licenseType !== 'Offline') {
		throw conflict('NotOfflineLicensed', 'The product is not offline-licensed.');
	}
	const license = entry.sku.offlineLicense;
	const { contentId } = request.params;
	if (license?.contentId.toLowerCase() !== contentId.toLowerCase()) {
		throw notFound('Product', [entry.productId, entry.skuId, contentId]);
	}
	return ok({ productKey: productKey(entry), ...license });
}

function getPackages(request: OperationRequest, context: OperationContext): Reply {
	const entry = catalogueEntry(request.params, context);
	requireOwned(entry);
	return ok({
		packageSetId: `${entry.productId}-${entry.skuId}-packages`,
		productPackages: (entry.sku.packages ?? []).map((spec) => packageDetails(spec, context)),
	});
}

function getPackage(request: OperationRequest, context: OperationContext): Reply {
	const entry = catalogueEntry(request.params, context);
	requireOwned(entry);
	const { packageId } = request.params;
	const spec = entry.sku.packages?.find(
		(candidate) => candidate.packageId.toLowerCase() === packageId.toLowerCase(),
	);
	if (!spec) throw notFound('Package', [entry.productId, entry.skuId, packageId]);
	return ok(packageDetails(spec, context));
}

function packageDetails(spec: PackageSpec, { nowMs }: OperationContext): JsonObject {
	const expires = isoDate(nowMs + 3_600_000);
	const location = (packageId: string) => ({
		url: `https://packages.example/${encodeURIComponent(packageId)}?expires=${expires}`,
	});
	return {
		...spec,
		location: location(spec.packageId),
		frameworkDependencyPackages: spec.frameworkDependencyPackages.map((framework) => ({
			...framework,
			location: location(framework.packageId),
		})),
	};
}

function catalogueEntry(params: Record<string, string>, { state }: OperationContext) {
	const entry = state.findEntry(params.productId, params.skuId);
	if (!entry) throw notFound('Product', [params.productId, params.skuId]);
	return entry;
}

function inventoryEntry(params: Record<string, string>, { state }: OperationContext) {
	const entry = state.findEntry(params.productId, params.skuId);
	if (!entry?.owned) throw notFound('Inventory', [params.productId, params.skuId]);
	return entry;
}

function requireOnline(entry: InventoryEntry): void {
	if (entry.licenseType === 'Online') return;
	throw conflict('NotOnlineLicensed', 'The product is not online-licensed.');
}

function requireOwned(entry: InventoryEntry): void {
	if (entry.owned) return;
	throw conflict('NotOwned', 'The product is not owned by the organization.');
}

/** Undocumented; the emulator gives no new seats on a removed product and takes old ones back. */
function requireActive(entry: InventoryEntry): void {
	if (entry.status === 'Active') return;
	throw conflict('NotOwned', 'The product was removed from the inventory.');
}

function noSeat(entry: InventoryEntry, username: string): Refusal {
	return notFound('Seat', [entry.productId, entry.skuId, username]);
}

function productKey({ productId, skuId }: InventoryEntry): JsonObject {
	return { productId, skuId };
}

function ok(body: JsonObject): Reply {
	return { status: 200, body };
}

// Pages

interface Page {
	list: string;
	size: number;
	/** Index in the whole list at which the page starts. */
	start: number;
}

function readPage(query: Query, list: string): Page {
	const asked = query.first('maxResults');
	const size = asked === undefined ? defaultPageSize : Number(asked);
	if (!/^\d+$/.test(asked ?? '25') || size < 1 || size > maxPageSize) {
		throw invalidParameter('maxResults', `maxResults is a number from 1 to ${maxPageSize}.`);
	}
	const token = query.first('continuationToken');
	return { list, size, start: token === undefined ? 0 : readToken(token, list) };
}

function takePage<T>(
	all: readonly T[],
	page: Page,
	isShown: (element: T) => boolean,
): { elements: T[]; continuationToken?: string } {
	const elements: T[] = [];
	for (let index = page.start; index < all.length; index++) {
		if (!isShown(all[index])) continue;
		if (elements.length === page.size) {
			return { elements, continuationToken: writeToken(page.list, index) };
		}
		elements.push(all[index]);
	}
	return { elements };
}

/** Leading bytes that base64 writes with `+` and `/`: a client that does not encode them fails. */
const tokenPrefix = Buffer.from([0xfb, 0xef, 0xff]);

function writeToken(list: string, index: number): string {
	return Buffer.concat([tokenPrefix, Buffer.from(`${list}|${index}`)]).toString('base64');
}

function readToken(token: string, list: string): number {
	const bytes = Buffer.from(token, 'base64');
	const [ofList, index] = bytes.subarray(tokenPrefix.length).toString('utf8').split('|');
	const isOwn = bytes.toString('base64') === token && ofList === list && /^\d+$/.test(index ?? '');
	if (!isOwn) throw invalidParameter('continuationToken', 'The continuation token is not valid.');
	return Number(index);
}

// Tokens and sign-in

function answerToken(version: 1 | 2, request: OperationRequest, context: OperationContext): Reply {
	const { authority } = context;
	const authorization = request.headers.authorization ?? '';
	return authority.answerToken(version, request.params.tenant, authorization, request.body);
}

function answerAuthorize(
	version: 1 | 2,
	request: OperationRequest,
	{ authority }: OperationContext,
): Reply {
	const query = (name: string) => request.query.first(name) ?? '';
	return authority.answerAuthorize(version, request.params.tenant, query);
}
