import { dirname } from 'node:path';
import { inspect } from 'node:util';

import { LoggerProxy } from 'n8n-workflow';

type Level = 'error' | 'warn' | 'info' | 'debug';

/** The logger of n8n-core's own copy of the package, which may not be the one that stands beside it. */
function loggerPrototype(): Record<Level, (...said: unknown[]) => void> {
	const of = dirname(require.resolve('n8n-core'));
	// eslint-disable-next-line @typescript-eslint/no-require-imports
	return require(require.resolve('@n8n/backend-common', { paths: [of] })).Logger.prototype;
}

/** Every form in which a secret could be written down and still be of use to whoever reads it. */
export function formsOf(secret: string, clientId = 'emulator-client'): string[] {
	const base64 = (text: string) => Buffer.from(text).toString('base64');
	const forms = [
		secret,
		encodeURIComponent(secret),
		encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
		new URLSearchParams({ s: secret }).toString().slice(2),
		JSON.stringify(secret).slice(1, -1),
		base64(secret),
		Buffer.from(secret).toString('base64url'),
		base64(`${clientId}:${secret}`),
		base64(`Bearer ${secret}`),
		Buffer.from(secret).toString('hex'),
	];
	return [...new Set(forms)];
}

/** The parts of a text in which one of the secrets stands, in any form; the first part of one counts. */
export function leaksIn(text: string, secrets: readonly string[]): string[] {
	const found: string[] = [];
	for (const secret of secrets) {
		for (const form of formsOf(secret)) {
			const at = text.indexOf(form);
			if (at >= 0)
				found.push(`${form.slice(0, 12)}… in: ${text.slice(Math.max(0, at - 80), at + 60)}`);
		}
		const part = secret.slice(0, Math.min(24, Math.ceil(secret.length / 2)));
		const at = text.indexOf(part);
		if (at >= 0) found.push(`part of a secret in: ${text.slice(Math.max(0, at - 80), at + 60)}`);
	}
	return found;
}

/** Everything that can be seen of a value: as n8n stores it, and as somebody would print it. */
export function written(value: unknown): string {
	const seen = new WeakSet();
	const json = JSON.stringify(value, (_key, inner: unknown) => {
		if (typeof inner !== 'object' || inner === null) return inner;
		if (seen.has(inner)) return undefined;
		seen.add(inner);
		if (!(inner instanceof Error)) return inner;
		const { name, message, stack, cause } = inner;
		return { ...inner, name, message, stack, cause };
	});
	return `${json}\n${inspect(value, { depth: 10, maxStringLength: Infinity, maxArrayLength: Infinity })}`;
}

/** Records what n8n's logger, the console and the process write, until it is ended. */
export class Recorder {
	private readonly lines: string[] = [];
	private readonly spies: jest.SpyInstance[] = [];

	constructor() {
		const record = (...said: unknown[]) => void this.lines.push(said.map(written).join(' '));
		LoggerProxy.init({ error: record, warn: record, info: record, debug: record } as never);
		const logger = loggerPrototype();
		for (const level of ['error', 'warn', 'info', 'debug'] as const) {
			this.spies.push(jest.spyOn(logger, level).mockImplementation(record));
		}
		for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
			this.spies.push(jest.spyOn(console, method).mockImplementation(record));
		}
		for (const stream of [process.stdout, process.stderr]) {
			this.spies.push(
				jest.spyOn(stream, 'write').mockImplementation((said: unknown) => {
					record(said);
					return true;
				}),
			);
		}
	}

	get text(): string {
		return this.lines.join('\n');
	}

	end(): void {
		for (const spy of this.spies) spy.mockRestore();
	}
}
