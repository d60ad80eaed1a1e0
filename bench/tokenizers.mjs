// How fast texts are encoded, and byte-pair merges learned, beside others, as Markdown: npm run bench:tokenizers -- [--encode MB] [--learn MB]
// [--vocab-size N] [--only encode,learn]. Speeds are by processor time, of all threads together, so that they are those of a core.
// Python's tokenizers takes part where $PYTHON or python3 has it, gpt-tokenizer where it is installed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AutoTokenizer, env } from '@xenova/transformers';
import { get_encoding } from 'tiktoken';
import { formatCount } from '#dist/base/format.js';
import { openText } from '#dist/text/open.js';
import { tiktokenEncoding } from '#dist/tokenizers/encodings.js';
import { learnFrom } from '#dist/tokenizers/learner.js';
import { GPT2_PATTERN } from '#dist/tokenizers/patterns.js';
import { learnFrom as learnPlainly } from '#dist/tokenizers/plain-learner.js';
import { saveTokenizer } from '#dist/tokenizers/store.js';
import { writeCorpus } from './corpus.mjs';
import { note, table, whole } from './side-by-side.mjs';

/** Some are so slow that they get a part of the text. */
const PART = 2 ** 20;

const { values } = parseArgs({
  options: {
    encode: { type: 'string', default: '16' },
    learn: { type: 'string', default: '100' },
    'vocab-size': { type: 'string', default: '32768' },
    only: { type: 'string', default: 'encode,learn' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'tokenizers-'));
const script = fileURLToPath(new URL('peer_tokenizers.py', import.meta.url));
try {
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}\n`);
  if (values.only.includes('encode')) console.log(await encoding(whole('encode', values.encode)));
  if (values.only.includes('learn'))
    console.log(await learning(whole('learn', values.learn), whole('vocab-size', values['vocab-size'])));
} finally {
  rmSync(folder, { recursive: true });
}

/** The seconds of processor time that a call takes. @template T @param {() => T | Promise<T>} call */
async function timed(call) {
  const begun = process.cpuUsage();
  const clock = performance.now();
  const result = await call();
  const { user, system } = process.cpuUsage(begun);
  return { result, seconds: (user + system) / 1e6, wall: (performance.now() - clock) / 1000 };
}

/** What peer_tokenizers.py prints. @param {string[]} words */
function inPython(...words) {
  try {
    return JSON.parse(
      execFileSync(process.env.PYTHON ?? 'python3', [script, ...words], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    note('no Python with tokenizers was found ($PYTHON, python3): left out');
    return undefined;
  }
}

/** @param {number} megabytes */
async function encoding(megabytes) {
  const rows = [];
  for (const kind of /** @type {const} */ (['english', 'mixed'])) {
    const path = join(folder, kind);
    await writeCorpus(path, kind, megabytes * 1e6);
    const text = readFileSync(path, 'utf8');
    const part = text.slice(0, PART);
    const partPath = join(folder, `${kind}-part`);
    writeFileSync(partPath, part);
    for (const name of /** @type {const} */ (['gpt2', 'cl100k_base', 'o200k_base'])) {
      note(`${kind}, ${name}`);
      const ours = await tiktokenEncoding(name);
      saveTokenizer(join(folder, name), ours);
      const speed = (/** @type {string} */ of, /** @type {number} */ seconds) =>
        (Buffer.byteLength(of) / 1e6 / seconds).toFixed(1);
      const expected = ours.encode(part); // what is measured is the second time, with all that is made once
      const native = await timed(() => ours.encode(text));
      const engine = get_encoding(name);
      const tiktoken = await timed(() => engine.encode_ordinary(part));
      if (Buffer.compare(Buffer.from(expected.buffer), Buffer.from(tiktoken.result.buffer)) !== 0)
        throw new Error(`${name}: other ids than tiktoken’s`);
      engine.free();
      Object.assign(env, { allowRemoteModels: false, localModelPath: folder });
      const transformers = await AutoTokenizer.from_pretrained(name);
      const theirs = await timed(() => transformers.encode(part.slice(0, PART / 8)));
      const gptTokenizer = await others(name, part);
      const python = inPython('encode', join(folder, name, 'tokenizer.json'), partPath);
      rows.push([
        kind,
        name,
        speed(text, native.seconds),
        speed(part, tiktoken.seconds),
        gptTokenizer === undefined ? '–' : speed(part, gptTokenizer),
        speed(part.slice(0, PART / 8), theirs.seconds),
        python === undefined ? '–' : speed(part, python.seconds),
      ]);
    }
  }
  const heads = 'text, encoding, tsgpt, tiktoken (WASM), gpt-tokenizer, transformers.js, tokenizers (Python)';
  return `Encoded, MB a second of one core:\n\n${table(heads, rows).join('\n')}\n`;
}

/** gpt-tokenizer's seconds, where it is installed. @param {string} name @param {string} text */
async function others(name, text) {
  const file = name === 'gpt2' ? 'r50k_base' : name;
  const found = await import(`gpt-tokenizer/encoding/${file}`).catch(() => undefined);
  if (found === undefined) return undefined;
  found.encode(text.slice(0, 1000));
  return (await timed(() => found.encode(text))).seconds;
}

/** @param {number} megabytes @param {number} vocabSize */
async function learning(megabytes, vocabSize) {
  const path = join(folder, 'learn.txt');
  await writeCorpus(path, 'english', megabytes * 5e5);
  const more = join(folder, 'more.txt');
  await writeCorpus(more, 'mixed', megabytes * 5e5);
  writeFileSync(path, readFileSync(more), { flag: 'a' });
  const source = await openText([path]);
  const wanted = { pattern: GPT2_PATTERN, merges: vocabSize - 257, least: 2 };
  let memory = 0;
  const told = {
    characters() {},
    merges() {},
    memory: (/** @type {number} */ _, /** @type {number} */ bytes) => (memory = bytes),
  };
  const native = await timed(() => learnFrom(source, wanted, told));
  note(`native: ${native.seconds.toFixed(1)} s of processor time, ${native.wall.toFixed(1)} s`);
  const plain = megabytes > 200 ? undefined : await timed(() => learnPlainly(source, wanted, told));
  if (plain !== undefined && JSON.stringify(plain.result) !== JSON.stringify(native.result))
    throw new Error('other merges than JavaScript’s');
  const python = inPython('learn', path, String(vocabSize), GPT2_PATTERN);
  const row = (
    /** @type {string} */ side,
    /** @type {{ seconds: number, wall: number } | undefined} */ time,
    /** @type {number | undefined} */ bytes,
  ) => [
    side,
    time === undefined ? '–' : time.seconds.toFixed(1),
    time === undefined ? '–' : time.wall.toFixed(1),
    bytes === undefined ? '–' : formatCount(Math.round(bytes / 1e6)),
  ];
  const rows = [
    row('tsgpt, C++', native, memory),
    row('tsgpt, JavaScript', plain, undefined),
    row('tokenizers (Python)', python, python?.peak),
  ];
  return `${formatCount(vocabSize)} tokens learned from ${megabytes} MB:\n\n${table('side, processor s, s, MB of memory', rows).join('\n')}\n`;
}
