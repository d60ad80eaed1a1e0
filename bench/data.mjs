// npm run bench:data [-- megabytes]: makes a corpus of that size, prepares it in several ways, and prints how long each took, its
// processor time and the most memory that it held.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyFor, Stream } from '#dist/base/random.js';

const megabytes = Number(process.argv[2] ?? 64);
const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const FILES = 8;
const home = mkdtempSync(join(tmpdir(), 'tsgpt-bench-data-'));

/** Words by Zipf's law, in documents of 20 to 2,000 of them, a tenth of which come twice. */
function makeCorpus() {
  mkdirSync(join(home, 'corpus'));
  const random = new Stream(keyFor(1, 'bench data'));
  const letters = 'etaoinshrdlcumwfgypbvk';
  const word = () =>
    Array.from({ length: 2 + random.below(9) }, () => letters[random.below(letters.length)]).join('');
  const words = Array.from({ length: 50_000 }, word);
  const zipf = () => words[Math.floor(words.length ** random.uniform()) - 1];
  for (let file = 0; file < FILES; file++) {
    const out = openSync(join(home, 'corpus', `part-${file}.jsonl`), 'w');
    for (let bytes = 0; bytes < (megabytes * 1e6) / FILES; ) {
      const text = Array.from({ length: 20 + random.below(1980) }, zipf).join(' ');
      const line = `${JSON.stringify({ text, score: random.uniform() })}\n`;
      bytes += writeSync(out, random.below(10) === 0 ? line + line : line);
    }
    closeSync(out);
  }
}

/** In words: the wall's seconds, the processor's, and the greatest resident size. @param {string[]} words */
function measured(...words) {
  const report = join(home, 'usage.json');
  const preload = `import { writeFileSync } from 'node:fs'; process.on('exit', () =>
    writeFileSync(${JSON.stringify(report)}, JSON.stringify(process.resourceUsage())));`;
  const start = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, PROGRAM, ...words],
    { cwd: home, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const seconds = (performance.now() - start) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(report, 'utf8'));
  const cpu = (userCPUTime + systemCPUTime) / 1e6;
  return [
    seconds.toFixed(1),
    cpu.toFixed(1),
    (megabytes / cpu).toFixed(1),
    `${Math.round(maxRSS / 1024)} MiB`,
  ];
}

const WAYS = {
  'bytes, as they come': [],
  'shards of 64 MB': ['--shard-size', '64MB'],
  'each text once': ['--dedupe'],
  'where, once, shuffled': ['--where', 'score > 0.1', '--dedupe', '--shuffle'],
};

try {
  makeCorpus();
  console.log(
    `| ${megabytes} MB of .jsonl | s | s of processor | MB for each of them | memory |\n|---|---:|---:|---:|---:|`,
  );
  for (const [name, flags] of Object.entries(WAYS)) {
    const row = measured('prepare', 'corpus', '--tokenizer', 'byte', '--out', 'data', ...flags);
    console.log(`| ${[name, ...row].join(' | ')} |`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
