// An encoder and a decoder that begin as a BERT and a GPT-2 were trained: their weights and sizes are those runs', and what is new
// is drawn.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { preparePairs, type RunRequest, startRun, tokenizersOfPairs, UsageError } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Seq2SeqConfig } from '../../src/architectures/seq2seq/config.ts';
import type { FloatTensor } from '../../src/base/safetensors-file.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { checkpointFolder } from '../../src/run/open.ts';
import { createModel } from '../made-models.ts';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, type Hooks, interruptAt, prepareFor, recordOf, run, TEXT } from './tiny.ts';

const root = temporaryFolder();
const [BERT, GPT] = [join(root, 'bert'), join(root, 'gpt')];
const PAIRS = {
  description: 'words',
  pairs: async function* () {
    for (const word of TEXT.split(' ').slice(0, 120)) yield { source: word, target: word.slice(0, 2) };
  },
};
let data: string;

beforeAll(async () => {
  const text = await prepareFor('vae', root); // its tokenizer has an end of text
  await run({ out: BERT, data: text, arch: 'bert', flags: { maxSteps: 2, context: 16 } });
  await run({ out: GPT, data: text, arch: 'gpt', flags: { maxSteps: 2, context: 12 } });
  data = join(root, 'pairs-of-theirs');
  const tokenizers = await tokenizersOfPairs({ tokenizer: text }, PAIRS);
  await preparePairs({ source: PAIRS, ...tokenizers, out: data, valFraction: 0.1, seed: 1 });
});

/** Cross-attention is new. */
const NEW = [
  'ln_cross_attn',
  'crossattention.c_attn',
  'crossattention.q_attn',
  'crossattention.c_proj',
].flatMap((name) => [`decoder.h.0.${name}.bias`, `decoder.h.0.${name}.weight`]);
const PARTS = { encoder: BERT, decoder: GPT };

/** Its sizes are its parts'. */
function train(name: string, request: Partial<RunRequest>, hooks?: Hooks) {
  const flags = {
    batchSize: 2,
    maxSteps: 4,
    evalTokens: 32,
    evalInterval: 2,
    checkpointInterval: 2,
    keepLast: 9,
  };
  const asked = { parts: PARTS, ...request, flags: { ...flags, ...request.flags } };
  return startRun({ out: join(root, name), data, arch: 'seq2seq', ...asked }, FASTEST, hooks);
}

function resume(name: string) {
  return startRun({ out: join(root, name), resume: true }, FASTEST);
}

async function tensorsAt(folder: string, step: string) {
  const { parameters } = await loadCheckpoint(join(folder, `step-${step}`), { optimizer: false });
  return parameters;
}

describe('a model whose parts are a BERT and a GPT-2', () => {
  let begun: Map<string, FloatTensor>;
  beforeAll(async () => {
    await train('unbroken', { flags: { decoder: 'gpt' } });
    begun = new Map(await tensorsAt(join(root, 'unbroken'), '000000'));
  });

  it('has their sizes, and of two contexts the shorter one', async () => {
    const { settings, parts } = await recordOf(join(root, 'unbroken'));
    const sizes = { encoder: 'bert', decoder: 'gpt', layers: 1, heads: 2, width: 8, context: 12, dropout: 0 };
    expect(settings).toMatchObject(sizes);
    expect(parts).toMatchObject({ encoder: { given: BERT }, decoder: { given: GPT } });
  });

  it('begins with their weights: all of their stacks, and of longer tables the rows that it has', async () => {
    const [bert, gpt] = await Promise.all(
      [BERT, GPT].map(
        async (run) =>
          (await loadCheckpoint(await checkpointFolder(run, 'best'), { optimizer: false })).parameters,
      ),
    );
    const taken = (name: string) => {
      const theirs = name.startsWith('source.')
        ? bert!.get(name.replace('source.', 'bert.embeddings.'))
        : name.startsWith('encoder.')
          ? bert!.get(`bert.${name}`)
          : gpt!.get(name.replace(/^(target|decoder)\./, ''));
      return theirs?.data.subarray(0, begun.get(name)!.data.length);
    };
    expect([...begun.keys()].filter((name) => taken(name) === undefined).sort()).toEqual([...NEW].sort());
    for (const [name, { data }] of begun) if (!NEW.includes(name)) expect(data, name).toEqual(taken(name));
  });

  it('has new weights where they have none, those that its seed draws', async () => {
    const { settings } = await recordOf(join(root, 'unbroken'));
    const { vocabSize, sourceVocabSize, end, ...shape } = (
      await loadCheckpoint(join(root, 'unbroken', 'step-000000'), { optimizer: false })
    ).model as Seq2SeqConfig;
    const drawn = createModel({ vocabSize, sourceVocabSize, end, ...shape }, settings.seed);
    for (const name of NEW)
      expect(begun.get(name)!.data, name).toEqual(drawn.parameters.get(name)!.dataSync());
    drawn.dispose();
  });

  it('is resumed to the same bits without the runs that its parts began with', async () => {
    const copies = { encoder: join(root, 'bert-copy'), decoder: join(root, 'gpt-copy') };
    cpSync(BERT, copies.encoder, { recursive: true });
    cpSync(GPT, copies.decoder, { recursive: true });
    await train('broken', { parts: copies }, interruptAt(3));
    for (const folder of Object.values(copies)) rmSync(folder, { recursive: true });
    await resume('broken');
    expect(await courseOf(join(root, 'broken'))).toEqual(await courseOf(join(root, 'unbroken')));
  });

  it('begins so with a plain Hugging Face folder, too', async () => {
    const plain = join(root, 'plain');
    const from = await checkpointFolder(BERT, 'best');
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
      cpSync(join(from, name), join(plain, name));
    await train('from-plain', { parts: { ...PARTS, encoder: plain } });
    expect(await courseOf(join(root, 'from-plain'))).toEqual(await courseOf(join(root, 'unbroken')));
  });

  it('begins again if it is resumed before its first save', async () => {
    await train('early', {}, interruptAt(1));
    for (const name of ['step-000000', 'step-000001']) rmSync(join(root, 'early', name), { recursive: true });
    await resume('early');
    expect(await courseOf(join(root, 'early'))).toEqual(await courseOf(join(root, 'unbroken')));
  });

  it('has their sizes where a preset has others, and a shorter context if one is given', async () => {
    await train('preset', { preset: 'baby', flags: { maxSteps: 1, context: 11 } });
    expect((await recordOf(join(root, 'preset'))).settings).toMatchObject({
      width: 8,
      layers: 1,
      context: 11,
    });
  });

  it('may begin one part alone', async () => {
    await train('encoder-alone', { parts: { encoder: BERT }, flags: { maxSteps: 1 } });
    const { settings } = await recordOf(join(root, 'encoder-alone'));
    expect(settings).toMatchObject({ encoder: 'bert', decoder: 'gru', width: 8, context: 16 });
  });
});

it('an encoder of a tagger begins so too', async () => {
  const { settings } = await train('tagger', {
    arch: 'tagger',
    parts: { encoder: BERT },
    flags: { head: 'ctc', maxSteps: 1 },
  }).then(() => recordOf(join(root, 'tagger')));
  expect(settings).toMatchObject({ encoder: 'bert', width: 8 });
});

it('the command line takes them, and says with what the model begins', async () => {
  const out = join(root, 'told');
  const more = ['--max-steps', '1', '--batch-size', '2', '--backend', 'plain'];
  const { stderr, code } = await tsgpt([
    ...['train', '--arch', 'seq2seq', '--data', data, '--out', out, ...more],
    ...['--init-encoder', BERT, '--init-decoder', GPT],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`begins with ${BERT}`) });
});

describe('is refused', () => {
  it.each<[string, Partial<RunRequest>, string]>([
    ['another size', { flags: { width: 16, context: 8 } }, 'has its sizes, but: width is 8, not 16'],
    ['another encoder', { flags: { encoder: 'gru' } }, 'encoder is bert, not gru'],
    [
      'a model of another kind',
      { parts: { encoder: GPT } },
      'expected a model of bert for --init-encoder, but',
    ],
    ['an architecture without such a part', { arch: 'gpt' }, 'a model of gpt has no encoder'],
    ['a part of what begins as a whole', { init: GPT }, '--init begins with a whole model'],
  ])('%s', async (_, request, message) => {
    const error = await train('refused', request).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(message);
  });

  it('parts of unlike sizes, with both', async () => {
    const wide = join(root, 'wide');
    await run({ out: wide, data: join(root, 'documents'), flags: { maxSteps: 1, width: 16 } });
    await expect(train('refused', { parts: { ...PARTS, decoder: wide } })).rejects.toThrow(
      /both parts must be of the same width, but width is 16 in .*, not 8/,
    );
  });

  it('pairs in tokens of another tokenizer, by name', async () => {
    const others = await prepareFor('seq2seq', join(root));
    await expect(train('refused', { data: others })).rejects.toThrow(
      `was trained with the tokenizer char, but ${others} was prepared with char`,
    );
  });
});
