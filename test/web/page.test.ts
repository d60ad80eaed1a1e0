// The page in a real browser: learns, writes as it goes, is saved and opened again, and opens what the command line saved.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/backends/list-web.ts';
import { unpack, zipEntries } from '../../src/base/zip.ts';
import { prepareStories, remove, temporaryFolder, trainTiny, tsgpt } from '../commands/run-cli.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const BUILT = existsSync(new URL('../../dist/web/index.html', import.meta.url));
const missing =
  CHROMIUM === undefined ? 'chromium is not installed' : BUILT ? '' : 'the page has not been built';

/** A GPU where there is none. */
const FLAGS = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Of the texts, in tokens. */
const LENGTH = 60;
/** Milliseconds: a GPU that is a program on two cores needs its time. */
const PATIENCE = 60_000;

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

if (missing) it.skip(`the page: ${missing}`, () => {});

describe.skipIf(missing)('the page', () => {
  let folder: string;
  let server: ChildProcess;
  let address: string;
  let browser: Browser;
  const said: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = spawn(process.execPath, [CLI, 'web', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(server.stdout!, 'data');
    address = String(line).trim();
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: FLAGS });
  });

  afterAll(async () => {
    await browser?.close();
    server?.kill();
    await remove(folder);
  });

  async function open(backend = 'plain'): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    await page.goto(`${address}?backend=${backend}`);
    await page.getByText(/^It computes on/).waitFor();
    return page;
  }

  const figure = async (page: Page, id: string) =>
    Number((await page.textContent(`#${id}`))!.replaceAll(',', ''));

  const atStep = (page: Page, step: number) =>
    page.waitForFunction(`Number(document.getElementById('step').textContent) >= ${step}`);

  /** What the model writes after the prompt that stands there, with this seed. */
  async function write(page: Page, seed = 7): Promise<string> {
    await page.uncheck('#new-seed');
    await page.fill('#seed', String(seed));
    await page.fill('#length', String(LENGTH));
    await page.click('#write');
    await page.getByText(/^\d+ tokens, .* seed \d+/).waitFor();
    const text = await page.textContent('#written');
    return text!;
  }

  async function openModel(page: Page, paths: string | string[]): Promise<void> {
    await page.setInputFiles(
      Array.isArray(paths) ? '#model-file' : paths.endsWith('.zip') ? '#model-file' : '#model-folder',
      paths,
    );
    await page.getByText(/^Opened: a /).waitFor();
  }

  async function saveModel(page: Page): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  }

  it.each(BACKENDS.map(({ name }) => name))(
    'learns from a pasted text on %s, writes meanwhile, stops, is saved, and writes the same when opened again',
    async (backend) => {
      const page = await open(backend);
      await page.fill('#text', 'The cat sat on the mat, and the dog sat on the log. '.repeat(200));
      await page.getByLabel('Letters').check();
      await page.fill('#prompt', 'The');
      await page.click('#train');
      await page.getByText('Before it has learned anything').waitFor();
      const before = await figure(page, 'val-loss');
      expect(before).toBeGreaterThan(2);
      await atStep(page, 20);
      expect(await figure(page, 'loss')).toBeLessThan(before - 0.5);

      // Streaming: the text grows while training goes on.
      await page.click('#write');
      const lengths = new Set<number>();
      while (!(await page.textContent('#pace'))) lengths.add((await page.textContent('#written'))!.length);
      expect(lengths.size).toBeGreaterThan(3);
      const step = await figure(page, 'step');
      await atStep(page, step + 1);

      await page.click('#stop');
      await page.getByText(/^Stopped after \d+ steps/).waitFor();
      expect(await page.locator('#chart path.training').count()).toBe(1);
      const text = await write(page);
      expect(await write(page, 8)).not.toBe(text);
      const saved = await saveModel(page);
      await page.close();

      const again = await open(backend);
      await again.fill('#prompt', 'The');
      await openModel(again, saved);
      expect(await write(again)).toBe(text);
      await again.close();

      // Another backend may round the last bit otherwise.
      if (backend !== 'plain') return;
      expect(await written(await unzipped(saved), 'The')).toBe(text);
    },
    3 * PATIENCE,
  );

  it('opens what the command line saved, as a folder and as files, and writes what it writes', async () => {
    await prepareStories(folder);
    await trainTiny(folder, 'checkpoints/tiny', '--backend', 'plain');
    const text = await written('checkpoints/tiny', 'One day');
    const page = await open();
    await page.fill('#prompt', 'One day');
    await openModel(page, join(folder, 'checkpoints/tiny'));
    expect(await write(page)).toBe(text);
    const files = [
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'state.json',
      'tokenizer_config.json',
    ];
    await openModel(
      page,
      files.map((name) => join(folder, 'checkpoints/tiny/step-000006', name)),
    );
    expect(await write(page)).toBe(text);

    // And it can learn further.
    await page.click('#stories');
    await page.click('#train');
    await atStep(page, 8);
    await page.click('#stop');
    await page.getByText(/^Stopped after/).waitFor();
    await page.close();
  });

  it('tells what is wrong in words', async () => {
    const page = await open();
    const alert = page.getByRole('alert');
    await page.click('#train');
    await alert.getByText('There is no text to learn from yet').waitFor();
    const file = join(folder, 'broken.zip');
    await writeFile(file, 'no zip');
    await page.setInputFiles('#model-file', file);
    await alert.getByText('broken.zip is not a zip archive').waitFor();
    await page.fill('#text', 'short');
    await page.click('#train');
    await alert.getByText('The text is too short').waitFor();
    await page.fill('#text', 'incomprehensibilities '.repeat(100));
    await page.getByLabel('Medium').check();
    await page.click('#train');
    await alert.getByText('the text is too short for this model').waitFor();
    expect(await page.isEnabled('#train')).toBe(true);
    await page.close();
  });

  it('and nothing goes wrong unseen', () => {
    expect(said).toEqual([]);
  });

  /** What the command line writes with a checkpoint. */
  async function written(path: string, prompt: string): Promise<string> {
    const words = `sample ${path} --seed 7 --max-tokens ${LENGTH} --backend plain --json`.split(' ');
    const { stdout } = await tsgpt([...words, '--prompt', prompt], { cwd: folder });
    return JSON.parse(stdout).samples[0].text;
  }

  /** Returns the checkpoint's folder. */
  async function unzipped(archive: string): Promise<string> {
    let inside = '';
    for (const entry of zipEntries(await readFile(archive), archive)) {
      const path = join(folder, entry.name);
      inside = dirname(path);
      await mkdir(inside, { recursive: true });
      await writeFile(path, await unpack(entry, archive));
    }
    return inside;
  }
});
