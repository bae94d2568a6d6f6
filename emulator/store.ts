export type LicenseType = 'Online' | 'Offline';
export type DistributionPolicy = 'Open' | 'Restricted';
export type EntryStatus = 'Active' | 'Removed';
export type SeatState = 'Active' | 'Revoked';

export interface UserSpec {
	/** The user principal name, in the casing that the directory shows. */
	upn: string;
	/** A GUID; generated when left out. */
	objectId?: string;
	email?: string;
	/** A user just created in Entra: unknown to the Store before this time (epoch milliseconds). */
	knownFromMs?: number;
}

export interface User extends UserSpec {
	objectId: string;
}

export interface PlatformSpec {
	platformName: string;
	minVersion: VersionSpec;
	maxTestedVersion: VersionSpec;
}

export interface VersionSpec {
	major: number;
	minor: number;
	build: number;
	revision: number;
}

export interface FrameworkPackageSpec {
	packageId: string;
	contentId: string;
	packageFullName: string;
	packageIdentityName: string;
	architectures: Array<'neutral' | 'arm' | 'x86' | 'x64'>;
	packageFormat: 'appx' | 'appxBundle' | 'xap';
	platforms: PlatformSpec[];
	fileSize: number;
	packageRank: number;
}

export interface PackageSpec extends FrameworkPackageSpec {
	frameworkDependencyPackages: FrameworkPackageSpec[];
}

export interface OfflineLicenseSpec {
	contentId: string;
	/** Base64. */
	licenseBlob: string;
	licenseInstanceId: string;
	requestorId: string;
}

export interface ImageSpec {
	location: string;
	purpose: string;
	height: number;
	width: number;
	caption?: string;
	backgroundColor?: string;
	foregroundColor?: string;
	fileSize?: number;
}

export interface LocalizedSpec {
	displayName: string;
	description?: string;
	images?: ImageSpec[];
	publisher?: { publisherName: string; publisherWebsite?: string };
}

export interface SkuSpec {
	skuId: string;
	/** Default `Online`. */
	licenseType?: LicenseType;
	/** Default `Restricted`: only as many seats as `seatCapacity`. `Open` never runs out. */
	distributionPolicy?: DistributionPolicy;
	/** Default 100, and 0 for an Open SKU. */
	seatCapacity?: number;
	/** Default `Active`. */
	status?: EntryStatus;
	/** ISO 8601. */
	lastModified?: string;
	/** Default true. A SKU that is not owned is in the catalogue but not in the inventory. */
	owned?: boolean;
	/** Users who hold a seat from the start; those the directory lacks are added to it. */
	holders?: string[];
	packages?: PackageSpec[];
	offlineLicense?: OfflineLicenseSpec;
}

export interface ProductSpec {
	productId: string;
	productType?: string;
	publisherId?: string;
	category?: string;
	packageFamilyName?: string;
	alternateIds?: Array<{ type: string; value: string }>;
	supportedPlatforms?: PlatformSpec[];
	/** By language tag, such as `en-us`; a language may be missing, and so may all of them. */
	localized?: Record<string, LocalizedSpec>;
	skus: SkuSpec[];
}

/** One seat of one user, from its assignment to its reclaim. Ended ones are kept as history. */
export interface Seat {
	readonly user: User;
	readonly entry: InventoryEntry;
	/** ISO 8601, as the service shows it. */
	readonly dateAssigned: string;
	/** Epoch milliseconds; `-Infinity` for seats held from the start. */
	readonly fromMs: number;
	/** Epoch milliseconds of the reclaim; `Infinity` while the user holds the seat. */
	toMs: number;
}

/** What the inventory says about one SKU, with the seats counted. */
export interface EntryView {
	productId: string;
	skuId: string;
	seatCapacity: number;
	availableSeats: number;
	assignedSeats: number;
	licenseType: LicenseType;
	distributionPolicy: DistributionPolicy;
	status: EntryStatus;
	lastModified: string;
	owned: boolean;
}

export interface StateSnapshot {
	users: Array<{ upn: string; objectId: string; knownFromMs?: number }>;
	entries: Array<EntryView & { holders: string[] }>;
}

export type AssignResult =
	{ kind: 'assigned' | 'alreadyAssigned'; seat: Seat } | { kind: 'noSeats'; seat?: Seat };
export type ReclaimResult =
	| { kind: 'reclaimed'; seat: Seat }
	/** `seat` is the last one the user held, if ever. */
	| { kind: 'nothingToReclaim'; seat?: Seat };

const guidPattern = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
const defaultLastModified = '2026-01-15T09:00:00Z';

/** The GUID in lower case without braces, or undefined if the text is none. */
export function asGuid(text: string): string | undefined {
	return guidPattern.exec(text)?.[1].toLowerCase();
}

/** ISO 8601 in UTC; the fraction only where there is one, as the service writes dates. */
export function isoDate(ms: number): string {
	return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** One SKU: its facts, and every seat ever given on it. */
export class InventoryEntry {
	/** In the order of their assignment; never shortened, so that an index is a stable cursor. */
	readonly seats: Seat[] = [];
	assignedSeats = 0;
	seatCapacity: number;
	status: EntryStatus;
	lastModified: string;
	readonly productId: string;
	readonly skuId: string;
	readonly licenseType: LicenseType;
	readonly distributionPolicy: DistributionPolicy;
	readonly owned: boolean;
	private readonly seatsByUser = new Map<User, Seat[]>();

	constructor(
		readonly product: ProductSpec,
		readonly sku: SkuSpec,
	) {
		this.productId = product.productId;
		this.skuId = sku.skuId;
		this.licenseType = sku.licenseType ?? 'Online';
		this.distributionPolicy = sku.distributionPolicy ?? 'Restricted';
		this.seatCapacity = sku.seatCapacity ?? (this.distributionPolicy === 'Open' ? 0 : 100);
		this.status = sku.status ?? 'Active';
		this.lastModified = sku.lastModified ?? defaultLastModified;
		this.owned = sku.owned ?? true;
	}

	/** The seat the user holds, or held at `atMs`; with `revokedToo`, else the last one given up. */
	seatOf(user: User, atMs = Infinity, revokedToo = false): Seat | undefined {
		const seats = this.seatsByUser.get(user);
		if (!seats) return undefined;
		for (let index = seats.length - 1; index >= 0; index--) {
			const seat = seats[index];
			if (seat.fromMs > atMs) continue;
			return seat.toMs > atMs || seat.toMs === Infinity || revokedToo ? seat : undefined;
		}
		return undefined;
	}

	/** Seats held, now or at `atMs`. */
	countSeats(atMs = Infinity): number {
		if (atMs === Infinity) return this.assignedSeats;
		return this.seats.filter((seat) => seat.fromMs <= atMs && seat.toMs > atMs).length;
	}

	/** Seats left; an Open SKU reports its whole capacity, whoever holds a seat. */
	availableSeats(atMs = Infinity): number {
		if (this.distributionPolicy === 'Open') return this.seatCapacity;
		return Math.max(0, this.seatCapacity - this.countSeats(atMs));
	}

	get isFull(): boolean {
		return this.distributionPolicy === 'Restricted' && this.assignedSeats >= this.seatCapacity;
	}

	assign(user: User, nowMs: number, dateAssigned = isoDate(nowMs)): AssignResult {
		const held = this.seatOf(user);
		if (held) return { kind: 'alreadyAssigned', seat: held };
		if (this.isFull) return { kind: 'noSeats' };
		const seat = { user, entry: this, dateAssigned, fromMs: nowMs, toMs: Infinity };
		this.seats.push(seat);
		this.assignedSeats++;
		const seats = this.seatsByUser.get(user);
		if (seats) seats.push(seat);
		else this.seatsByUser.set(user, [seat]);
		return { kind: 'assigned', seat };
	}

	reclaim(user: User, nowMs: number): ReclaimResult {
		const seat = this.seatOf(user);
		if (!seat) return { kind: 'nothingToReclaim', seat: this.seatOf(user, Infinity, true) };
		seat.toMs = nowMs;
		this.assignedSeats--;
		return { kind: 'reclaimed', seat };
	}

	view(): EntryView {
		return {
			productId: this.productId,
			skuId: this.skuId,
			seatCapacity: this.seatCapacity,
			availableSeats: this.availableSeats(),
			assignedSeats: this.assignedSeats,
			licenseType: this.licenseType,
			distributionPolicy: this.distributionPolicy,
			status: this.status,
			lastModified: this.lastModified,
			owned: this.owned,
		};
	}
}

export interface AddUsersOptions {
	/** Default `user`. */
	prefix?: string;
	/** Default `contoso.com`. */
	domain?: string;
	/** Digits of the number in the name, default 4. */
	digits?: number;
	/** Number of the first one, default 1. */
	from?: number;
	knownFromMs?: number;
}

/**
 * A tenant of the Store: its directory, its inventory and its seats. Synchronous and without a
 * clock; methods that change seats are told the time.
 */
export class StoreState {
	private readonly usersByName = new Map<string, User>();
	private readonly entriesByKey = new Map<string, InventoryEntry>();
	private userCount = 0;

	constructor(users: ReadonlyArray<string | UserSpec>, products: readonly ProductSpec[]) {
		for (const user of users) this.addUser(user);
		for (const product of products) this.addProduct(product);
	}

	get users(): User[] {
		return [...new Set(this.usersByName.values())];
	}

	/** Every SKU, in the order of the inventory. */
	get entries(): InventoryEntry[] {
		return [...this.entriesByKey.values()];
	}

	/** Adds a user; a UPN or object id that is taken already is an error. */
	addUser(spec: string | UserSpec): User {
		const given: UserSpec = typeof spec === 'string' ? { upn: spec } : spec;
		this.userCount++;
		const hex = this.userCount.toString(16).padStart(12, '0');
		const user: User = { ...given, objectId: given.objectId ?? `0e0e0e0e-0000-4000-8000-${hex}` };
		const names = [user.upn.toLowerCase(), asGuid(user.objectId) ?? user.objectId.toLowerCase()];
		for (const name of names) {
			if (this.usersByName.has(name)) throw new Error(`The directory already has ${name}.`);
		}
		for (const name of names) this.usersByName.set(name, user);
		return user;
	}

	/** Adds `count` numbered users (`user0001@contoso.com`, …) and returns their UPNs. */
	addUsers(count: number, options: AddUsersOptions = {}): string[] {
		return numberedUpns(count, options).map(
			(upn) => this.addUser({ upn, knownFromMs: options.knownFromMs }).upn,
		);
	}

	/** Takes a user out of the directory; seats that the user holds stay taken. */
	removeUser(name: string): void {
		const user = this.findUser(name);
		if (!user) throw new Error(`The directory has no ${name}.`);
		for (const [key, value] of this.usersByName) {
			if (value === user) this.usersByName.delete(key);
		}
	}

	/**
	 * The user with this UPN or object id, in any casing, the id with or without braces. With
	 * `nowMs`, only a user that the Store knows by then.
	 */
	findUser(name: string, nowMs = Infinity): User | undefined {
		const user =
			this.usersByName.get(name.toLowerCase()) ?? this.usersByName.get(asGuid(name) ?? '');
		return user && (user.knownFromMs ?? -Infinity) <= nowMs ? user : undefined;
	}

	/** Adds a product to catalogue and inventory; a product with a known id gains the new SKUs. */
	addProduct(product: ProductSpec): void {
		for (const sku of product.skus) {
			const key = entryKey(product.productId, sku.skuId);
			if (this.entriesByKey.has(key)) throw new Error(`The inventory already has ${key}.`);
			const entry = new InventoryEntry(product, sku);
			this.entriesByKey.set(key, entry);
			for (const holder of sku.holders ?? []) {
				const user = this.findUser(holder) ?? this.addUser(holder);
				entry.assign(user, -Infinity, entry.lastModified);
			}
		}
	}

	/** The SKU, ids in any casing; undefined if the catalogue has none such. */
	findEntry(productId: string, skuId: string): InventoryEntry | undefined {
		return this.entriesByKey.get(entryKey(productId, skuId));
	}

	/** Changes what the tenant owns, as a purchase or a withdrawal would. */
	changeEntry(
		productId: string,
		skuId: string,
		change: { seatCapacity?: number; status?: EntryStatus; lastModified?: string },
	): void {
		const entry = this.knownEntry(productId, skuId);
		entry.seatCapacity = change.seatCapacity ?? entry.seatCapacity;
		entry.status = change.status ?? entry.status;
		entry.lastModified = change.lastModified ?? entry.lastModified;
	}

	/** UPNs of those who hold a seat, in the order of assignment. Throws for an unknown SKU. */
	holders(productId: string, skuId: string): string[] {
		return this.knownEntry(productId, skuId)
			.seats.filter((seat) => seat.toMs === Infinity)
			.map((seat) => seat.user.upn);
	}

	/** The seat that the user holds, if any. Throws for an unknown SKU. */
	seat(productId: string, skuId: string, user: string): Seat | undefined {
		const entry = this.knownEntry(productId, skuId);
		const found = this.findUser(user);
		return found && entry.seatOf(found);
	}

	/** Capacity and free seats of a SKU. Throws for an unknown one. */
	entry(productId: string, skuId: string): EntryView {
		return this.knownEntry(productId, skuId).view();
	}

	/** Everything, as plain data. */
	snapshot(): StateSnapshot {
		return {
			users: this.users.map(({ upn, objectId, knownFromMs }) => ({ upn, objectId, knownFromMs })),
			entries: this.entries.map((entry) => ({
				...entry.view(),
				holders: this.holders(entry.productId, entry.skuId),
			})),
		};
	}

	private knownEntry(productId: string, skuId: string): InventoryEntry {
		const entry = this.findEntry(productId, skuId);
		if (!entry) throw new Error(`The emulator has no product ${productId} with SKU ${skuId}.`);
		return entry;
	}
}

/** `user0001@contoso.com`, `user0002@contoso.com`, … */
export function numberedUpns(count: number, options: AddUsersOptions = {}): string[] {
	const { prefix = 'user', domain = 'contoso.com', digits = 4, from = 1 } = options;
	return Array.from(
		{ length: count },
		(_, index) => `${prefix}${String(from + index).padStart(digits, '0')}@${domain}`,
	);
}

function entryKey(productId: string, skuId: string): string {
	return `${productId}/${skuId}`.toUpperCase();
}
