// report.html in a real browser, opened from disk: it draws every line, tells values, and says and asks nothing else.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonReport } from '../../src/comparison/findings.ts';
import { asHtml, figuresOf } from '../../src/comparison/page.ts';
import { CHROMIUM } from '../chromium.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { bareReport, fakeLadder, fakeReport } from './fake-report.ts';

const HOSTILE = `</div></script><script>window.obeyed = 1</script><img src="http://127.0.0.1:9/x" onerror="window.obeyed = 1"><!--`;

if (!CHROMIUM) it.skip('the report: chromium is not installed', () => {});

describe.skipIf(!CHROMIUM)('the report', () => {
  let folder: string;
  let browser: Browser;
  const said: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    folder = temporaryFolder();
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function open(
    report: ComparisonReport,
    { width = 1280, colorScheme = 'light' as 'light' | 'dark' } = {},
  ): Promise<Page> {
    const path = join(folder, 'report.html');
    await writeFile(path, asHtml(report, 'Which is best.', ['How it was run.']));
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => said.push(message.text()));
    page.on('request', (request) => asked.push(request.url().slice(0, 5)));
    await page.goto(pathToFileURL(path).href);
    await page.evaluate('new Promise(requestAnimationFrame)');
    return page;
  }

  /** How many pixels of a figure's picture have each of these colours of the style. */
  async function pixels(page: Page, id: string, colours: string[]): Promise<number[]> {
    await page.evaluate('new Promise(requestAnimationFrame)');
    return page.evaluate<number[]>(`(() => {
      const canvas = document.querySelector('#${id} canvas');
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const style = getComputedStyle(document.documentElement);
      return ${JSON.stringify(colours)}.map((name) => {
        const [r, g, b] = style.getPropertyValue(name).match(/\\w\\w/g).map((hex) => parseInt(hex, 16));
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
          if (Math.hypot(data[i] - r, data[i + 1] - g, data[i + 2] - b) < 8 && data[i + 3] > 200) count++;
        return count;
      });
    })()`);
  }

  it.each([
    ['all that there can be, in light', fakeReport(), 1280, 'light'],
    ['all that there can be, in dark', fakeReport(), 1280, 'dark'],
    ['several sizes, on a phone', fakeLadder(), 360, 'dark'],
    ['the least that there can be', bareReport(), 360, 'light'],
  ] as const)('draws every line of %s', async (_, report, width, colorScheme) => {
    const page = await open(report, { width, colorScheme });
    for (const { id, views, first } of figuresOf(report)) {
      const lines = views[first]!.lines.filter(({ kind }) => kind === 'main' || kind === 'dots');
      expect(await page.locator(`#${id} .names button`).count()).toBe(lines.length);
      const colours = [...new Set(lines.map(({ colour }) => `--c${colour}`))];
      for (const count of await pixels(page, id, colours)) expect(count).toBeGreaterThan(30);
      await page.locator(`#${id} .u-over`).hover();
      expect(await page.locator(`#${id} .tip b`).allTextContents()).toHaveLength(lines.length);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  it('tells the values at the pointer, over each of its axes', async () => {
    const page = await open(fakeReport());
    const tip = page.locator('#loss .tip');
    expect(await tip.isVisible()).toBe(false);
    for (const [name, label, place] of [
      ['Tokens', 'tokens seen', /^tokens seen: 3,072,000/],
      ['FLOPs', 'training FLOPs', /1\.\d+ × 10¹³/],
      ['Seconds', 'training time', /at \d min \d\d s/],
    ] as const) {
      await page.getByLabel(name, { exact: true }).check();
      expect(await page.textContent('#loss .x-label')).toBe(label);
      await page.locator('#loss .u-over').hover();
      const words = (await tip.textContent())!;
      expect(words).toMatch(place);
      for (const arch of ['gpt', 'lstm', 'rnn'])
        expect(words).toMatch(new RegExp(`${arch} 1\\.\\d{4} ± 0\\.\\d{4}`));
    }
    await page.mouse.move(0, 0);
    expect(await tip.isVisible()).toBe(false);
    await page.close();
  });

  it('shows and hides a line by its name', async () => {
    const page = await open(fakeReport());
    const pixelsOfRnn = async () => (await pixels(page, 'loss', ['--c2']))[0];
    expect(await pixelsOfRnn()).toBeGreaterThan(500);
    const button = page.locator('#loss .names').getByText('rnn');
    await button.click();
    expect(await pixelsOfRnn()).toBe(0);
    // And so it stays over another axis.
    await page.getByLabel('FLOPs', { exact: true }).check();
    expect(await pixelsOfRnn()).toBe(0);
    await page.getByLabel('Tokens', { exact: true }).check();
    await button.click();
    expect(await pixelsOfRnn()).toBeGreaterThan(500);
    await page.close();
  });

  it('bears that all are hidden', async () => {
    const page = await open(fakeLadder());
    for (const button of await page.locator('.names button').all()) await button.click();
    for (const id of ['loss', 'scaling']) {
      expect(await pixels(page, id, ['--c0', '--c1'])).toEqual([0, 0]);
      await page.locator(`#${id} .u-over`).hover();
      expect(await page.locator(`#${id} .tip`).isVisible()).toBe(false);
    }
    await page.close();
  });

  it('looks closer where a frame is drawn, and goes back', async () => {
    const page = await open(fakeReport());
    const over = page.locator('#loss .u-over');
    await over.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await over.boundingBox())!;
    const readings = async () => {
      await page.mouse.move(x + 0.2 * width, y + 0.5 * height);
      return page.textContent('#loss .tip');
    };
    const before = await readings();
    await page.mouse.move(x + 0.5 * width, y + 0.6 * height);
    await page.mouse.down();
    await page.mouse.move(x + 0.9 * width, y + 0.9 * height, { steps: 4 });
    await page.mouse.up();
    expect(await readings()).toContain('tokens seen: 3,584,000');
    await page.mouse.dblclick(x + 0.2 * width, y + 0.5 * height);
    expect(await readings()).toBe(before);
    await page.close();
  });

  it('is read by keyboard alone', async () => {
    const page = await open(fakeReport());
    const drawing = page.locator('#loss .drawing');
    await drawing.focus();
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
    expect(await drawing.getAttribute('aria-label')).toMatch(/gpt 1\.\d{4}, .*floor 0\.9820/);
    await page.keyboard.press('ArrowRight');
    const status = page.locator('#loss [role=status]');
    expect(await status.textContent()).toMatch(/^tokens seen: 0; .*gpt 6/);
    await page.keyboard.press('ArrowRight');
    expect(await status.textContent()).toMatch(/^tokens seen: 256,000; /);
    await page.keyboard.press('End');
    expect(await status.textContent()).toMatch(/^tokens seen: 6,144,000; /);
    await page.close();
  });

  it('shows hostile samples and obeys none', async () => {
    const report = fakeReport();
    report.entries[0]!.name = HOSTILE;
    report.entries[0]!.runs[0]!.sample = HOSTILE;
    report.sampling!.prompt = '\n<b>';
    const page = await open(report);
    expect(await page.textContent('.prose')).toBe(`\n<b>${HOSTILE}`);
    expect(await page.locator('#loss .names').textContent()).toContain(HOSTILE);
    expect(await page.evaluate('window.obeyed')).toBeUndefined();
    await page.close();
  });

  it('and nothing goes wrong unseen', () => {
    expect(said).toEqual([]);
    expect(new Set(asked)).toEqual(new Set(['file:']));
  });
});
