import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import axios from 'axios';

import type { WireLogEntry } from '../emulator/service';

/** An emulator in a process of its own, so that its work is not counted as the node's. */
export class BenchStore {
	private constructor(
		private readonly child: ChildProcess,
		readonly url: string,
	) {}

	static async start(users: number): Promise<BenchStore> {
		const cli = join(__dirname, '../emulator/cli.ts');
		const child = spawn(
			process.execPath,
			['--import', 'tsx', cli, '--port', '0', '--quiet', '--users', String(users)],
			{ stdio: ['ignore', 'pipe', 'inherit'] },
		);
		const url = await new Promise<string>((resolve, reject) => {
			let printed = '';
			child.stdout?.on('data', (chunk: Buffer) => {
				printed += chunk.toString();
				const found = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
				if (found !== undefined) resolve(found);
			});
			child.once('exit', (code) =>
				reject(new Error(`The emulator ended with ${code}: ${printed}`)),
			);
		});
		return new BenchStore(child, url);
	}

	/** Everything as at the start, then the given latency and limit. */
	async reset(latencyMs = 0, rateLimit: object | null = null): Promise<void> {
		await axios.post(`${this.url}/_emulator/reset`, {});
		await axios.put(`${this.url}/_emulator/latency`, { latencyMs });
		await axios.put(`${this.url}/_emulator/rate-limit`, rateLimit ?? undefined);
	}

	/** The requests to the Store since the last reset, without the token's. */
	async requests(): Promise<WireLogEntry[]> {
		const { data } = await axios.get<{ requests: WireLogEntry[] }>(`${this.url}/_emulator/log`);
		return data.requests.filter(({ operation }) => operation !== 'token');
	}

	stop(): void {
		this.child.removeAllListeners('exit');
		this.child.kill();
	}
}
