import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

import { CHROMIUM_FLAGS, chromiumPath } from '../machine/browser';
import { IMAGES } from '../machine/paths';
import { OWNER } from '../server/api';

export type Scheme = 'light' | 'dark';

/** The messages in the corner come and go, and would hide what a picture is about. */
const WITHOUT_MESSAGES = '.el-notification { visibility: hidden !important; }';
const MOST_BYTES = 200_000;

/** The editor in a browser, as a person who is logged in sees it. */
export class EditorPage {
	private constructor(
		private readonly browser: Browser,
		readonly page: Page,
		private readonly scheme: Scheme,
		/** Addresses beyond this machine that the page wanted to load; it was not let. */
		readonly elsewhere: readonly string[],
	) {}

	static async open(url: string, scheme: Scheme): Promise<EditorPage> {
		const browser = await chromium.launch({
			executablePath: chromiumPath(),
			args: CHROMIUM_FLAGS,
			handleSIGINT: false,
		});
		const context = await browser.newContext({
			viewport: { width: 1280, height: 880 },
			colorScheme: scheme,
			reducedMotion: 'reduce',
		});
		const elsewhere: string[] = [];
		await context.route(/^(https?|wss?):\/\/(?!127\.0\.0\.1[:/])/, async (route) => {
			elsewhere.push(route.request().url());
			await route.abort();
		});
		const page = await context.newPage();
		page.setDefaultTimeout(20_000);
		await page.goto(`${url}/signin`);
		await page.fill('input[name="emailOrLdapLoginId"]', OWNER.email);
		await page.fill('input[name="password"]', OWNER.password);
		await page.keyboard.press('Enter');
		await page.waitForURL(/home|workflow/);
		return new EditorPage(browser, page, scheme, elsewhere);
	}

	/** An element by the mark that n8n's own tests find it by. */
	marked(mark: string): Locator {
		return this.page.locator(`[data-test-id="${mark}"]`);
	}

	async openWorkflow(url: string, id: string): Promise<void> {
		await this.page.goto(`${url}/workflow/${id}`);
		await this.marked('canvas-node').first().waitFor();
	}

	/** Opens a picker, types what to look for and gives the names listed, once there are any. */
	async search(parameter: string, words: string): Promise<Locator> {
		await this.marked(`resource-locator-${parameter}`)
			.locator('[data-test-id="rlc-input"]')
			.click();
		// The list of another picker may still be there, out of sight.
		const items = this.marked('rlc-item').filter({ visible: true });
		await items.first().waitFor();
		if (words !== '') {
			await this.page.keyboard.type(words);
			await items
				.filter({ hasText: new RegExp(words, 'i') })
				.first()
				.waitFor();
		}
		return items;
	}

	/** Opens the form of a new credential: the newest n8n has a button for it, the oldest an entry in the list. */
	async newCredential(): Promise<void> {
		const button = this.page.getByRole('button', { name: 'Connect to Store for Business' });
		const select = this.marked('node-credentials-select');
		await button.or(select).first().waitFor();
		if (await button.isVisible()) {
			await button.click();
		} else {
			await select.click();
			await this.marked('node-credentials-select-item-new').click();
		}
		await this.marked('credential-save-button').waitFor();
	}

	/** Saves it and comes back to the node: the newest n8n closes the form by itself, the oldest does not. */
	async saveCredential(): Promise<void> {
		const form = this.marked('editCredential-modal');
		await this.marked('credential-save-button').click();
		await this.marked('credentials-config-container-test-success')
			.or(this.page.locator('body:not(:has([data-test-id="editCredential-modal"]))'))
			.first()
			.waitFor();
		if (await form.isVisible()) await form.locator('.el-dialog__headerbtn').first().click();
		await form.waitFor({ state: 'hidden' });
	}

	/** Drags a field of the input onto a parameter, as a person maps it. */
	async dragField(field: string, parameter: string): Promise<void> {
		const from = await this.marked('run-data-schema-item')
			.filter({ hasText: field })
			.first()
			.locator('[class*="pill"]')
			.first()
			.boundingBox();
		const to = await this.marked(`parameter-input-${parameter}`).boundingBox();
		if (from === null || to === null) throw new Error(`${field} or ${parameter} is not on screen`);
		const { mouse } = this.page;
		await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
		await mouse.down();
		await mouse.move(from.x + 60, from.y + 40, { steps: 5 });
		await mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 15 });
		await mouse.up();
	}

	/** Gives the output more room, as a person does who wants to read it. */
	async widenOutput(pixels: number): Promise<void> {
		const handle = this.marked('panel-drag-button');
		const at = await handle.boundingBox();
		if (at === null) throw new Error('The panels cannot be moved');
		const { mouse } = this.page;
		await mouse.move(at.x + at.width / 2, at.y + at.height / 2);
		await mouse.down();
		await mouse.move(at.x + at.width / 2 - pixels, at.y + at.height / 2, { steps: 10 });
		await mouse.up();
	}

	/** The cells of the table of results, row by row. */
	async table(): Promise<string[][]> {
		const rows = this.marked('output-panel').locator('tbody tr');
		const texts = await rows.evaluateAll((all) =>
			all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim())),
		);
		return texts.filter((cells) => cells.some((text) => text !== ''));
	}

	/** A picture for the documentation; only when the pictures are to be made anew. */
	async picture(name: string): Promise<void> {
		if (process.env.STORE_SEATS_E2E_SCREENSHOTS !== '1') return;
		await mkdir(IMAGES, { recursive: true });
		const path = join(IMAGES, `${name}-${this.scheme}.png`);
		await this.page.screenshot({
			path,
			animations: 'disabled',
			caret: 'hide',
			style: WITHOUT_MESSAGES,
		});
		const { size } = await stat(path);
		if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`);
	}

	async close(): Promise<void> {
		await this.browser.close();
	}
}
