import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { partsOfNodes, readModel, segmentModel } from '@meshwright/engine';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sharpCodec } from '../../service/src/codecs.ts';
import { servePage } from './page-server.ts';

const ROOT = resolve(import.meta.dirname, '..');
const LANTERN = resolve(ROOT, '../../examples/models/lantern.glb');
const CHROMIUM = [
	process.env.CHROMIUM ?? '',
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
].find(existsSync);

/** A bumpy sphere of 4·n² triangles as OFF: large enough to be stopped on the way. */
function bumpySphereOff(n: number): string {
	const lines = [`OFF\n${2 * n * (n + 1)} ${4 * n * n} 0`];
	for (let i = 0; i <= n; i++) {
		for (let j = 0; j < 2 * n; j++) {
			const [theta, phi] = [(Math.PI * i) / n, (Math.PI * j) / n];
			const r = 1 + 0.2 * Math.sin(5 * theta) * Math.cos(4 * phi);
			const xyz = [Math.sin(theta) * Math.cos(phi), Math.sin(theta) * Math.sin(phi), Math.cos(theta)];
			lines.push(xyz.map((x) => (r * x).toFixed(6)).join(' '));
		}
	}
	for (let i = 0; i < n; i++) {
		for (let j = 0; j < 2 * n; j++) {
			const [a, b] = [2 * n * i + j, 2 * n * i + ((j + 1) % (2 * n))];
			lines.push(`3 ${a} ${a + 2 * n} ${b}`, `3 ${b} ${a + 2 * n} ${b + 2 * n}`);
		}
	}
	return `${lines.join('\n')}\n`;
}

describe.skipIf(!CHROMIUM)('the page in Chromium (skipped where there is none; CHROMIUM names one)', () => {
	let browser: Browser;
	let site: Awaited<ReturnType<typeof servePage>>;
	let dist: string;

	beforeAll(async () => {
		dist = mkdtempSync(join(tmpdir(), 'meshwright-page-'));
		await build({ root: ROOT, logLevel: 'error', build: { outDir: dist, emptyOutDir: true } });
		site = await servePage(dist, '/studio/');
		browser = await chromium.launch({
			executablePath: CHROMIUM!,
			headless: true,
			chromiumSandbox: false,
			args: ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
		});
	}, 60_000);

	afterAll(async () => {
		await browser?.close();
		site?.close();
		rmSync(dist, { recursive: true, force: true });
	});

	/** The page, ready to open a model. Whatever it complains about fails the test. */
	async function openPage(): Promise<{ page: Page; requests: string[] }> {
		const page = await browser.newPage({ viewport: { width: 1100, height: 720 } });
		const complaints: string[] = [];
		const requests: string[] = [];
		page.on('pageerror', ({ message }) => complaints.push(message));
		page.on('console', (message) => {
			if (message.type() === 'error') complaints.push(message.text());
		});
		page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
		onTestFinished(async () => {
			await page.close();
			expect(complaints).toEqual([]);
		});
		await page.goto(site.url);
		await page.getByText('GLB').waitFor();
		return { page, requests };
	}

	async function openLantern(): Promise<{ page: Page; requests: string[] }> {
		const opened = await openPage();
		await opened.page.setInputFiles('input[type=file]', LANTERN);
		await opened.page.getByRole('list', { name: 'Parts' }).waitFor();
		return opened;
	}

	const names = (page: Page): Promise<string[]> => page.locator('aside .label').allTextContents();
	const selected = (page: Page): Promise<string[]> => page.locator('li.selected .label').allTextContents();

	/** Waits until the number of parts is as said. */
	const waitForParts = (page: Page, title: string): Promise<void> =>
		page.getByRole('heading', { name: title, exact: true }).waitFor();

	it('divides a model without sending it anywhere', async () => {
		const { page, requests } = await openLantern();
		const shares = (await page.locator('.share').allTextContents()).map(Number.parseFloat);
		expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, -0.5);
		await expect(page.locator('.head .quiet').textContent()).resolves.toBe('2,976 faces');
		for (const request of requests) expect(request).toMatch(`GET ${site.url}`);
	});

	it('finds the parts that the command finds, though the browser decodes the texture', async () => {
		const { page } = await openLantern();
		const model = await readModel(readFileSync(LANTERN), { name: 'lantern.glb' });
		const { report } = await segmentModel(model, {}, { codec: sharpCodec() });
		expect(report.parts.length).toBeGreaterThan(2);
		expect(await names(page)).toEqual(report.parts.map(({ name }) => name));
		const total = report.parts.reduce((sum, { area }) => sum + area, 0);
		const shares = (await page.locator('.share').allTextContents()).map(Number.parseFloat);
		for (const [p, { area }] of report.parts.entries())
			expect(Math.abs(shares[p] - (100 * area) / total)).toBeLessThan(0.6);
	});

	it('selects the part under the pointer, and what is behind it when it is hidden', async () => {
		const { page } = await openLantern();
		const box = (await page.locator('canvas').boundingBox())!;
		const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
		await page.mouse.click(x, y);
		await page.locator('li.selected').waitFor();
		const [front] = await selected(page);
		await page.getByRole('button', { name: `Hide ${front}` }).click();
		await page.mouse.click(x, y);
		await expect.poll(() => selected(page)).not.toEqual([front]);
		await page.mouse.click(box.x + 5, box.y + 5);
		await expect.poll(() => selected(page)).toEqual([]);
		await page.getByRole('button', { name: 'Show all' }).click();
		await page.mouse.click(x, y);
		await expect.poll(() => selected(page)).toEqual([front]);
	});

	it('cuts again at once, by number and by fineness, and the download is what is shown', async () => {
		const { page } = await openLantern();
		await page.getByLabel('Number of parts').fill('4');
		await page.keyboard.press('Enter');
		await waitForParts(page, '4 parts');
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Download GLB' }).click();
		const download = await downloading;
		expect(download.suggestedFilename()).toBe('lantern_parts.glb');
		const glb = readFileSync(await download.path());
		const { nodes } = JSON.parse(glb.subarray(20, 20 + glb.readUInt32LE(12)).toString());
		const named = nodes.map(({ name }: { name?: string }) => name).filter(Boolean);
		expect(named).toEqual(['part_0', 'part_1', 'part_2', 'part_3']);

		for (const look of ['Part colours', 'Own materials']) {
			await page.getByLabel(look).check();
			const picturing = page.waitForEvent('download');
			await page.getByRole('button', { name: 'Picture' }).click();
			const picture = readFileSync(await (await picturing).path());
			expect(picture.subarray(1, 4).toString()).toBe('PNG');
			expect(picture.readUInt32BE(16)).toBe(1024);
		}

		await page.getByLabel('Fineness').fill('0.9');
		await expect.poll(async () => (await names(page)).length).toBeGreaterThan(4);
	});

	it('pulls the parts apart and shows the own materials', async () => {
		const { page } = await openLantern();
		const picture = (): Promise<Buffer> => page.locator('canvas').screenshot();
		const together = await picture();
		await page.getByLabel('Pull apart').fill('0.8');
		await expect.poll(async () => (await picture()).equals(together)).toBe(false);
		const apart = await picture();
		await page.getByLabel('Own materials').check();
		await expect.poll(async () => (await picture()).equals(apart)).toBe(false);
		await page.getByLabel('Part colours').check();
		await page.getByLabel('Pull apart').fill('0');
		await expect.poll(async () => (await picture()).equals(together)).toBe(true);
	});

	/** Presses a button and reads what the browser is given. */
	async function download(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: button, exact: true }).click();
		const given = await downloading;
		return { name: given.suggestedFilename(), bytes: readFileSync(await given.path()) };
	}

	it('makes the parts whole, and shows the open ones again', async () => {
		const { page } = await openLantern();
		const picture = (): Promise<Buffer> => page.locator('canvas').screenshot();
		await page.getByLabel('Pull apart').fill('0.8');
		const open = await picture();
		await page.getByRole('tab', { name: 'Whole' }).click();
		await expect(page.getByRole('button', { name: 'Download GLB' }).isDisabled()).resolves.toBe(true);
		await page.getByRole('button', { name: 'Make whole' }).click();
		await page.getByRole('button', { name: 'Make whole again' }).waitFor();
		expect((await picture()).equals(open)).toBe(false);
		const { name, bytes } = await download(page, 'Download GLB');
		expect(name).toBe('lantern_whole.glb');
		const parts = partsOfNodes(await readModel(bytes)).parts;
		expect(parts.map((part) => part.name)).toEqual(await names(page));
		for (const { extras } of parts) expect(extras?.completion).toMatchObject({ closed: true });
		await page.getByRole('tab', { name: 'Parts' }).click();
		await expect.poll(async () => (await picture()).equals(open)).toBe(true);
	});

	it('makes the parts whole on the way to few faces', async () => {
		const { page } = await openLantern();
		await page.getByRole('tab', { name: 'Low-poly' }).click();
		await page.getByLabel('Most faces').fill('300');
		await page.getByLabel('Bake').uncheck();
		await page.getByLabel('Of whole parts').check();
		await page.getByRole('button', { name: 'Reduce' }).click();
		await page.getByRole('button', { name: 'Reduce again' }).waitFor();
		const { mesh } = await readModel((await download(page, 'Download GLB')).bytes);
		// Closed: every edge, by where its ends are, is walked once in each direction.
		const ends = (v: number): string => mesh.positions.subarray(3 * v, 3 * v + 3).join();
		const walked = new Map<string, number>();
		for (let c = 0; c < mesh.triangles.length; c++) {
			const a = ends(mesh.triangles[c]);
			const b = ends(mesh.triangles[c % 3 === 2 ? c - 2 : c + 1]);
			const key = a < b ? `${a}|${b}` : `${b}|${a}`;
			walked.set(key, (walked.get(key) ?? 0) + (a < b ? 1 : -1));
		}
		expect([...walked.values()].filter((balance) => balance !== 0)).toEqual([]);
		await page.getByRole('tab', { name: 'Whole' }).click();
		await page.getByRole('button', { name: 'Make whole again' }).waitFor();
	});

	it('gives the parts few faces, quads where they are wanted, as GLB, FBX and OBJ', async () => {
		const { page } = await openLantern();
		const picture = (): Promise<Buffer> => page.locator('canvas').screenshot();
		await page.getByRole('tab', { name: 'Low-poly' }).click();
		await page.getByLabel('Most faces').fill('300');
		await page.getByLabel('Corners').selectOption('quads');
		await page.getByRole('button', { name: 'Reduce' }).click();
		await page.getByRole('button', { name: 'Reduce again' }).waitFor();
		const faces = Number.parseInt((await page.locator('.head .quiet').textContent())!, 10);
		expect(faces).toBeGreaterThan(200);
		expect(faces).toBeLessThanOrEqual(300);

		const plain = await picture();
		await page.getByLabel('Edges').check();
		await expect.poll(async () => (await picture()).equals(plain)).toBe(false);

		const glb = await download(page, 'Download GLB');
		expect(glb.name).toBe('lantern_low.glb');
		const low = await readModel(glb.bytes);
		// A quad is two triangles there.
		expect(low.mesh.triangles.length / 3).toBeGreaterThan(1.2 * faces);
		expect(low.materials[0].baseColorTexture).toBeDefined();
		expect((await download(page, 'Download FBX')).bytes.toString('latin1', 0, 18)).toBe('Kaydara FBX Binary');
		expect((await download(page, 'Download OBJ')).bytes.toString('latin1', 0, 2)).toBe('PK');

		// What was made of the parts goes with them.
		await page.getByRole('tab', { name: 'Parts' }).click();
		await page.getByLabel('Number of parts').fill('4');
		await page.keyboard.press('Enter');
		await waitForParts(page, '4 parts');
		await page.getByRole('tab', { name: 'Low-poly' }).click();
		await page.getByRole('button', { name: 'Reduce', exact: true }).waitFor();
		await expect(page.getByRole('button', { name: 'Download GLB' }).isDisabled()).resolves.toBe(true);
	});

	it('stops making on request, and has the parts as they were', async () => {
		const { page } = await openLantern();
		await page.getByLabel('Number of parts').fill('4');
		await page.keyboard.press('Enter');
		await waitForParts(page, '4 parts');
		await page.getByRole('tab', { name: 'Low-poly' }).click();
		await page.getByRole('button', { name: 'Reduce' }).click();
		await page.getByRole('progressbar').waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole('tab', { name: 'Parts', selected: true }).waitFor();
		await waitForParts(page, '4 parts');
		await page.getByRole('tab', { name: 'Whole' }).click();
		await page.getByRole('button', { name: 'Make whole' }).click();
		await page.getByRole('button', { name: 'Make whole again' }).waitFor();
		expect((await names(page)).length).toBe(4);
	});

	it('can be worked by keyboard', async () => {
		const { page } = await openLantern();
		await page.locator('aside .name').first().focus();
		await page.keyboard.press('Enter');
		expect(await selected(page)).toEqual(['part_0']);
		await page.keyboard.press('ArrowDown');
		expect(await selected(page)).toEqual(['part_1']);
		await page.keyboard.press('h');
		await page.getByRole('button', { name: 'Show part_1' }).waitFor();
		await page.keyboard.press('i');
		expect(await page.locator('li.hidden').count()).toBe((await names(page)).length - 1);
		await page.keyboard.press('Escape');
		expect(await selected(page)).toEqual([]);
	});

	it('stops on request, and is ready again', async () => {
		const { page } = await openPage();
		const buffer = Buffer.from(bumpySphereOff(220));
		await page.setInputFiles('input[type=file]', { name: 'sphere.off', mimeType: 'model/off', buffer });
		await page.getByRole('progressbar').waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Choose a model' }).waitFor();
		await page.setInputFiles('input[type=file]', LANTERN);
		await page.getByRole('list', { name: 'Parts' }).waitFor();
	});

	it('says what is wrong with a file and what to do, and keeps the model before', async () => {
		const { page } = await openLantern();
		const buffer = readFileSync(LANTERN).subarray(0, 5000);
		await page.setInputFiles('input[type=file]', { name: 'half.glb', mimeType: '', buffer });
		const alert = page.getByRole('alert');
		await alert.waitFor();
		expect(await alert.textContent()).toMatch(/5000.*Transfer or export the file again/);
		expect((await names(page)).length).toBeGreaterThan(2);
		expect(await page.locator('.file').textContent()).toBe('lantern.glb');
		await page.keyboard.press('Escape');
		await alert.waitFor({ state: 'detached' });
	});

	it('opens dropped files together with what they name', async () => {
		const { page } = await openPage();
		const transfer = await page.evaluateHandle(() => {
			const transfer = new DataTransfer();
			const cube = `mtllib cube.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\nusemtl red
f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n`;
			transfer.items.add(new File(['newmtl red\nKd 1 0 0\n'], 'cube.mtl'));
			transfer.items.add(new File([cube], 'cube.obj'));
			return transfer;
		});
		await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
		await page.getByRole('list', { name: 'Parts' }).waitFor();
		await expect(page.locator('.file').textContent()).resolves.toBe('cube.obj');
		expect(await page.locator('details').count()).toBe(0);
	});
});
