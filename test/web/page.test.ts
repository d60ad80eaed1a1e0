// The page in a real browser: learns, writes as it goes, is saved and opened again, and opens what the command line saved.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/backends/list-web.ts';
import { unpack, zipEntries } from '../../src/base/zip.ts';
import { CHROMIUM } from '../chromium.ts';
import { prepareStories, trainTiny } from '../commands/tiny.ts';
import { type Started, start, tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const BUILT = existsSync(new URL('../../dist/web/index.html', import.meta.url));
const missing =
  CHROMIUM === undefined ? 'chromium is not installed' : BUILT ? '' : 'the page has not been built';

/** A GPU where there is none. */
const FLAGS = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Of the texts, in tokens. */
const LENGTH = 20;
/** Milliseconds: a GPU that is a program on two cores needs its time. */
const PATIENCE = 240_000;

const GPT2 = fileURLToPath(new URL('../golden/gpt2-tiny', import.meta.url));
const TUNED = 'tuned/step-000006';

if (missing) it.skip(`the page: ${missing}`, () => {});

describe.skipIf(missing)('the page', () => {
  const folder = temporaryFolder();
  let server: Started;
  let address: string;
  let browser: Browser;
  const said: string[] = [];

  beforeAll(async () => {
    server = start(['web', '--port', '0']);
    const [line] = await once(server.child.stdout, 'data');
    address = String(line).trim();
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: FLAGS });
  });

  afterAll(async () => {
    await browser?.close();
    server?.child.kill();
  });

  async function open(backend = 'plain', width = 1280): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    await page.goto(`${address}?backend=${backend}`);
    await page.getByText(/^It computes on/).waitFor();
    return page;
  }

  /** As a browser drops them, but for their coming from no disk, so that there are no folders. */
  async function drop(page: Page, paths: string[]): Promise<void> {
    const read = async (path: string) => [basename(path), (await readFile(path)).toString('base64')] as const;
    const files = JSON.stringify(await Promise.all(paths.map(read)));
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      for (const [name, content] of ${files})
        dataTransfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
      const init = { dataTransfer, bubbles: true, cancelable: true };
      document.querySelector('main').dispatchEvent(new DragEvent('drop', init));
    }`);
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
    await page.getByText(/^Opened: /).waitFor();
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
      await atStep(page, 10);
      expect(await figure(page, 'loss')).toBeLessThan(before - 0.5);

      // Streaming: the text grows while training goes on.
      await page.fill('#length', backend === 'plain' ? '120' : '40'); // enough for some looks at it, at either speed
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

      // A GPU that is a program would compile every shader anew for a page of its own.
      const again = backend === 'plain' ? await open(backend) : page;
      await again.fill('#prompt', 'The');
      await openModel(again, saved);
      expect(await write(again)).toBe(text);
      await page.close();
      if (again !== page) await again.close();

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

  it('opens an adapter together with its base, and says so where that is missing', async () => {
    await trainTiny(folder, 'checkpoints/base', '--backend', 'plain');
    const words = 'train --data data/stories --init checkpoints/base --out checkpoints/tuned --lora-rank 2';
    const tune = `${words} --max-steps 6 --eval-interval 3 --eval-tokens 400 --learning-rate 0.1 --backend plain`;
    expect(await tsgpt(tune.split(' '), { cwd: folder })).toMatchObject({ code: 0 });
    const both = join(folder, 'both');
    for (const part of ['base', TUNED]) {
      const from = join(folder, 'checkpoints', part);
      for (const file of await readdir(from, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const to = join(both, part, file.parentPath.slice(from.length));
        await mkdir(to, { recursive: true });
        await copyFile(join(file.parentPath, file.name), join(to, file.name));
      }
    }
    const page = await open();
    await page.fill('#prompt', 'One day');
    await page.setInputFiles('#model-folder', join(both, 'tuned'));
    const alert = page.getByRole('alert');
    await alert.getByText('is an adapter of another checkpoint’s weights').waitFor();
    await alert.getByText(/Give both folders at once: .*checkpoints.base/).waitFor();
    expect(await page.textContent('#status')).toBe('No model yet.');
    await openModel(page, both);
    const text = await write(page);
    expect(text).toBe(await written(`checkpoints/${TUNED}`, 'One day'));
    expect(text).not.toBe(await written('checkpoints/base', 'One day'));
    await page.close();
  });

  it('takes a long text that is pasted, and what is dropped: a text to learn from, and the files of a model from the hub, in halves', async () => {
    const hub = join(folder, 'hub');
    await mkdir(hub);
    for (const name of ['config.json', 'tokenizer.json']) await copyFile(join(GPT2, name), join(hub, name));
    await copyFile(join(GPT2, 'other/f16.safetensors'), join(hub, 'model.safetensors'));
    const text = join(folder, 'rhyme.txt');
    await writeFile(text, 'The cat sat on the mat, and the dog sat on the log. '.repeat(100));

    const page = await open();
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'The cat sat.\\n'.repeat(40_000));
      const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.getElementById('text').dispatchEvent(paste);
    }`);
    await page.getByText('the pasted text, 520 kB').waitFor();
    await drop(page, [text]);
    await page.getByText('rhyme.txt, 6 kB').waitFor();
    await page.click('#train');
    await atStep(page, 2);
    expect(await figure(page, 'loss')).toBeGreaterThan(1);

    // While it trains, which ends that.
    const files = (await readdir(hub)).map((name) => join(hub, name));
    await drop(page, files);
    await page.getByText(/^Opened: GPT, .* context 32; it reads word pieces/).waitFor();
    expect(await page.isVisible('#stop')).toBe(false);
    await page.fill('#prompt', 'the');
    expect(await write(page)).toBe(await written('hub', 'the'));
    await drop(page, [join(hub, 'model.safetensors')]);
    await page.getByRole('alert').getByText('it has no config.json').waitFor();
    await page.close();
  });

  it('says why the GPU is not used', async () => {
    const page = await open('auto');
    const words = 'WebGPU is not used: its only GPU is a program on the CPU';
    await page.getByText(words).waitFor();
    await page.close();
  });

  it('is used by keyboard alone, on a phone’s width', async () => {
    const page = await open('plain', 390);
    const focused = () => page.evaluate<string>('document.activeElement.id');
    const tabTo = async (id: string) => {
      for (let presses = 0; presses < 30 && (await focused()) !== id; presses++)
        await page.keyboard.press('Tab');
      expect(await focused()).toBe(id);
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      expect(outline).not.toBe('none');
    };
    await tabTo('text');
    await tabTo('stories');
    await page.keyboard.press('Enter');
    await tabTo('train');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('stop');
    await atStep(page, 2);
    await page.keyboard.press('Enter');
    await page.getByText(/^Stopped after/).waitFor();
    expect(await focused()).toBe('go-on');
    await tabTo('prompt');
    await page.keyboard.press('Enter');
    await page.getByText(/^\d+ tokens, .* seed \d+/).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.close();
  });

  it('bears a hurried hand', async () => {
    const page = await open();
    await page.click('#stories');
    await page.dblclick('#train');
    await page.click('#stop');
    await page.getByText(/^Stopped (after|before)/).waitFor();
    await page.getByRole('button', { name: /^Train/ }).click();
    await atStep(page, 2);
    // One text in the end, not three in one.
    await page.uncheck('#new-seed');
    await page.evaluate(`for (let i = 0; i < 3; i++) document.getElementById('write').click()`);
    await page.getByText(/^\d+ tokens, /).waitFor();
    await saveModel(page);
    await atStep(page, (await figure(page, 'step')) + 1);
    await page.click('#stop');
    await page.getByText(/^Stopped after/).waitFor();
    expect(await page.isVisible('#error')).toBe(false);
    await page.close();
  });

  it('goes on drawing while a step takes its time', async () => {
    const page = await open();
    await page.click('#stories');
    await page.getByLabel('Small').check();
    await page.click('#train');
    await page.getByText('Before it has learned anything').waitFor();
    const start = Date.now();
    const gap = await page.evaluate<number>(`new Promise((resolve) => {
      let [last, longest] = [performance.now(), 0];
      const frame = (now) => {
        longest = Math.max(longest, now - last);
        last = now;
        if (document.getElementById('step').textContent === '1') resolve(longest);
        else requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    })`);
    const step = Date.now() - start;
    console.info(`the longest gap between two frames: ${Math.round(gap)} ms, in a step of ${step} ms`);
    expect(gap).toBeLessThan(step / 3);
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
