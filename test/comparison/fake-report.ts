// A report as a comparison could find it; its losses are of formulas, with a wobble of sines in place of noise.
import type { ComparedRun, ComparisonEntry, ComparisonReport } from '../../src/comparison/findings.ts';
import { powerLaw } from '../../src/comparison/power-law.ts';
import { sampleOf } from '../../src/comparison/statistics.ts';
import { resolveSettings } from '../../src/settings/settings.ts';

const FLOOR = 0.982;
const [TOKENS, EVALUATIONS, CONTEXT, BYTES_PER_TOKEN] = [6_144_000, 24, 256, 2.71];

interface Wish {
  arch: string;
  name?: string;
  parameters: number;
  /** Above the floor, once it has learned. */
  gap: number;
  speed: number;
  /** Up to which position the loss falls. */
  memory: number;
  sample?: string;
  seeds?: number;
}

const wobble = (...coordinates: number[]) =>
  Math.sin(coordinates.reduce((sum, c, i) => sum + c * (12.9 + 65.3 * i), 1));

function entryOf(wish: Wish): ComparisonEntry {
  const { arch, parameters } = wish;
  const runs = Array.from({ length: wish.seeds ?? 3 }, (_, i) => runOf(wish, i + 1));
  return {
    name: wish.name ?? arch,
    arch,
    shape: '4 layers, width 128, context 256',
    settings: resolveSettings({ arch: 'gpt' }),
    parameters,
    flopsPerToken: 6.2 * parameters,
    memoryBytes: 212 * parameters,
    sweep: [0.0005, 0.001, 0.002, 0.004, 0.008].map((rate) => ({
      rate,
      loss: FLOOR + 2 * wish.gap + 0.11 * Math.log2(rate / (wish.memory > 100 ? 0.0018 : 0.0035)) ** 2,
    })),
    runs,
    loss: sampleOf(runs.map(({ evaluation }) => evaluation.loss)),
    afresh: sampleOf(runs.map(({ afresh }) => afresh.loss)),
  };
}

function runOf(
  { arch, parameters, gap, speed, memory, sample = 'and so they were friends.' }: Wish,
  seed: number,
): ComparedRun {
  const loss = FLOOR + gap * (1 + 0.03 * wobble(seed, parameters));
  const bitsPerByte = loss / Math.LN2 / BYTES_PER_TOKEN;
  const curve = Array.from({ length: EVALUATIONS + 1 }, (_, i) => {
    const done = i / EVALUATIONS;
    const left = (6.24 - loss) * Math.exp(-7 * done ** 0.55) * (1 + 0.1 * wobble(seed, i, parameters));
    return { tokens: done * TOKENS, seconds: (done * TOKENS * (1 + 0.02 * seed)) / speed, loss: loss + left };
  });
  const positions = Array.from(
    { length: CONTEXT },
    (_, i) => loss - 0.08 + 1.9 / (1 + Math.min(i, memory)) ** 0.8 + 0.02 * wobble(seed, i),
  );
  const bins = Array.from({ length: 9 }, (_, i) => {
    const confidence = (i + 1.5) / 10;
    return {
      count: Math.round(2000 + 900 * i),
      confidence,
      accuracy: confidence + 0.06 * (memory / 200 - 0.6) * Math.sin(3 * confidence) + 0.008 * wobble(seed, i),
    };
  });
  return {
    seed,
    checkpoint: `checkpoints/comparison/${arch}/step-000500`,
    tokens: TOKENS,
    seconds: TOKENS / speed,
    tokensPerSecond: speed * (1 + 0.01 * wobble(seed)),
    evaluation: { loss, tokens: 102_400, bitsPerByte },
    figures: [
      { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per token' },
      { label: 'perplexity', value: Math.exp(loss), text: Math.exp(loss).toFixed(3) },
      { label: 'bits per byte', value: bitsPerByte, text: bitsPerByte.toFixed(4) },
    ],
    conditions: 'every window of 256 tokens starts afresh; stride 256',
    afresh: { loss: loss + 0.01, tokens: 102_400, bitsPerByte },
    curve,
    profile: { windows: 400, lossByPosition: positions, shuffledLoss: 4 * loss, calibration: bins },
    sample,
  };
}

const GPT = `a little fox named Tom lived near the river. Every morning he looked for berries, and every evening he shared them with his friend, the old owl.

"Why do you give me so many?" asked the owl.

"Because they taste better when we are two," said Tom. So they sat under the tree until the stars came out.`;
const LSTM = `there was a girl called Mia. She had a red kite. The kite was in the tree, and Mia was sad. Her brother came and he helped her to get the kite. Mia was happy. They went home and they had soup.`;
const RNN = `the dog the dog was very happy and the dog was to the park. He said "yes" and the cat was the happy. The little was a big tree and the and they was happy.`;

const FAMILY: Wish[] = [
  { arch: 'gpt', parameters: 1_003_520, gap: 0.214, speed: 21_400, memory: 250, sample: GPT },
  { arch: 'lstm', parameters: 1_001_216, gap: 0.2205, speed: 14_900, memory: 120, sample: LSTM },
  { arch: 'rnn', parameters: 1_004_800, gap: 0.371, speed: 18_200, memory: 18, sample: RNN },
];
const SIZES = [
  ['0.1M', 101_000, 2.1],
  ['0.3M', 302_000, 1.45],
  ['1M', 1_002_000, 1],
] as const;

const split = { tokens: 102_401, bytes: 277_500, documents: 812, sha256: 'ab', nats: FLOOR * 102_401 };

/** Every optional part is there. */
export function fakeReport(wishes: Wish[] = FAMILY): ComparisonReport {
  return {
    ...bareReport(wishes.map(entryOf)),
    budget: { tokens: TOKENS },
    equalTerms: 'every window afresh',
    floor: { loss: FLOOR, bitsPerByte: FLOOR / Math.LN2 / BYTES_PER_TOKEN },
    sampling: { given: 'prompt', prompt: 'One morning ', temperature: 0.8, maxTokens: 200, seed: 1 },
    compressors: [
      { name: 'gzip -9', bitsPerByte: 1.9131 },
      { name: 'xz -9e', bitsPerByte: 1.6217 },
    ],
  };
}

/** Two architectures in three sizes, with the power laws through them. */
export function fakeLadder(): ComparisonReport {
  const report = fakeReport(
    FAMILY.slice(0, 2).flatMap((wish) =>
      SIZES.map(([size, parameters, factor]) => ({
        ...wish,
        name: `${wish.arch} ${size}`,
        parameters,
        gap: wish.gap * factor * (1 + 0.03 * wobble(parameters)),
      })),
    ),
  );
  const scaling = FAMILY.slice(0, 2).map(({ arch }) => {
    const own = report.entries.filter((entry) => entry.arch === arch);
    const points = own.map(({ parameters, loss }) => ({ parameters, loss: loss.mean }));
    return { arch, points, law: powerLaw(points.map(({ parameters, loss }) => [parameters, loss - FLOOR])) };
  });
  return { ...report, scaling };
}

/** One seed, and no optional part. */
export function bareReport(
  entries: ComparisonEntry[] = FAMILY.map((wish) => bare(entryOf({ ...wish, seeds: 1 }))),
): ComparisonReport {
  return {
    format: 2,
    batch: '12 windows of 64 tokens',
    budget: { tokens: TOKENS },
    created: '2026-01-01T00:00:00.000Z',
    data: {
      folder: 'data/stories',
      format: 1,
      kind: 'tokens',
      dtype: 'uint16',
      tokenizer: { name: 'bpe', kind: 'bpe', vocabSize: 512, fingerprint: 'f00' },
      source: 'built-in stories',
      seed: 1,
      valFraction: 0.1,
      splitRule: 'whole stories',
      splits: { train: { ...split, tokens: 921_600 }, val: split },
    },
    match: 'parameters',
    backend: { name: 'native', detail: '2 threads, AVX2' },
    precision: 'fp32',
    machine: { node: 'v22', platform: 'linux-x64', cpu: 'Xeon 2.1 GHz', cores: 2 },
    entries,
    compressors: [],
  };
}

function bare(entry: ComparisonEntry): ComparisonEntry {
  const runs = entry.runs.map((run) => ({ ...run, profile: undefined, sample: undefined }));
  return { ...entry, memoryBytes: null, sweep: undefined, runs };
}
