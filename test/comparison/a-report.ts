// A small report, made by hand, for the tests of what is written of one.
import type { ComparedRun, ComparisonEntry, ComparisonReport } from '../../src/comparison/findings.ts';
import { sampleOf } from '../../src/comparison/statistics.ts';
import { resolveSettings } from '../../src/settings/settings.ts';

function run(seed: number, loss: number, change: Partial<ComparedRun> = {}): ComparedRun {
  const perplexity = Math.exp(loss);
  return {
    seed,
    checkpoint: `out/gpt/step-00001${seed}`,
    tokens: 7680,
    seconds: 12.4,
    tokensPerSecond: 1234.4,
    evaluation: { loss, tokens: 999, bitsPerByte: loss },
    figures: [
      { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per token' },
      { label: 'perplexity', value: perplexity, text: perplexity.toFixed(3) },
      { label: 'bits per byte', value: loss, text: loss.toFixed(4) },
    ],
    conditions: 'every window of 64 tokens starts afresh; stride 64',
    afresh: { loss, tokens: 999 },
    curve: [
      { tokens: 0, seconds: 0, loss: 4 },
      { tokens: 7680, seconds: 12, loss },
    ],
    sample: 'Once\n# no heading\n```\nno fence',
    ...change,
  };
}

function entry(name: string, runs: ComparedRun[], change: Partial<ComparisonEntry> = {}): ComparisonEntry {
  const arch = name.split(' ')[0]!;
  return {
    name,
    arch,
    shape: '4 layers',
    settings: resolveSettings({ arch, preset: 'baby' }),
    parameters: 200_000,
    flopsPerToken: 1_200_000,
    memoryBytes: 2 ** 20,
    runs,
    loss: sampleOf(runs.map(({ evaluation }) => evaluation.loss)),
    afresh: sampleOf(runs.map(({ afresh }) => afresh.loss)),
    ...change,
  };
}

/** `losses` of each seed, of gpt and of lstm. */
export function reportOf(losses: [number[], number[]] = [[2.25], [2]]): ComparisonReport {
  const [gpt, lstm] = losses.map((of) => of.map((loss, i) => run(i, loss)));
  const split = { tokens: 1000, bytes: 2000, documents: 3, sha256: 'ab' };
  return {
    format: 2,
    created: '2026-01-01T00:00:00.000Z',
    data: {
      folder: 'data/x',
      format: 1,
      kind: 'tokens',
      dtype: 'uint16',
      tokenizer: { name: 'bpe', kind: 'bpe', vocabSize: 512, fingerprint: 'f00' },
      source: 'a test',
      seed: 1,
      valFraction: 0.1,
      splitRule: 'by hand',
      splits: { train: { ...split, tokens: 9000 }, val: { ...split, nats: 500 } },
    },
    match: 'parameters',
    budget: { tokens: 7680 },
    equalTerms: 'every window afresh',
    batch: '12 windows of 64 tokens',
    backend: { name: 'plain', detail: 'one thread' },
    precision: 'fp32',
    machine: { node: 'v20', platform: 'linux-x64', cpu: 'a chip', cores: 2 },
    floor: { loss: 0.5, bitsPerByte: 0.36 },
    sampling: { given: 'prompt', prompt: '', temperature: 0.8, maxTokens: 200, seed: 1 },
    entries: [entry('gpt', gpt!), entry('lstm', lstm!, { parameters: 199_000, memoryBytes: null })],
    compressors: [{ name: 'gzip -9', bitsPerByte: 2.5 }],
  };
}
