// Runs that learn labels, under each output layer: one that is stopped and resumed ends with the same bits, and the checkpoint
// knows what may follow what.
import { join } from 'node:path';
import { openPairs, preparePairs, tokenizersOfPairs } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LabelModel } from '../../src/architectures/label-model.ts';
import { OUTPUTS } from '../../src/architectures/tagger/config.ts';
import { startBackend } from '../../src/backends/index.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { openAnyModel } from '../../src/run/open.ts';
import { collectSamples, type Sample } from '../../src/sampling/generate.ts';
import { evaluateLabels } from '../../src/tasks/labels/evaluate.ts';
import { write } from '../../src/tasks/write.ts';
import { ENGINES, FASTEST, missing } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, run } from './tiny.ts';

const root = temporaryFolder();
const [TAGS, STRETCHED] = [join(root, 'tags'), join(root, 'stretched')];

beforeAll(async () => {
  for (const out of [TAGS, STRETCHED]) {
    const source = await openPairs(`builtin:${out === TAGS ? 'tags' : 'stretched'}`, { count: 200 });
    const names = out === TAGS ? { tokenizer: 'word', sourceTokenizer: 'word' } : { tokenizer: 'char' };
    await preparePairs({
      source,
      ...(await tokenizersOfPairs(names, source)),
      out,
      valFraction: 0.1,
      seed: 1,
    });
  }
});

if (missing) it.skip(missing, () => {});

const request = (head: string, out: string) => ({
  out,
  data: head === 'ctc' ? STRETCHED : TAGS,
  arch: 'tagger',
  flags: { head, context: 128, totalBatchTokens: 512, maxSteps: 5 }, // two micro-batches
});

describe.each(ENGINES)('on $name', (engine) => {
  describe.each(OUTPUTS)('%s', (head) => {
    it('goes on to the same bits after interruptions at odd steps, with a loss that falls', async () => {
      const [whole, stopped] = ['whole', 'stopped'].map((name) =>
        join(root, `${head}-${engine.name.replace(' ', '-')}-${name}`),
      ) as [string, string];
      await startBackend(engine.backend, engine);
      await run(request(head, whole), {}, engine);
      await run(request(head, stopped), interruptAt(2), engine);
      await run({ out: stopped, resume: true }, interruptAt(3), engine);
      await run({ out: stopped, resume: true }, {}, engine);
      const course = await courseOf(whole);
      expect(await courseOf(stopped)).toEqual(course);
      const losses = course.log.flatMap((entry) => ('valLoss' in entry ? [Number(entry.valLoss)] : []));
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
    });
  });
});

describe('a checkpoint of a CRF', () => {
  let model: LabelModel;
  let opened: Awaited<ReturnType<typeof openAnyModel>>;
  beforeAll(async () => {
    const out = join(root, 'crf');
    await run(request('crf', out));
    opened = await openAnyModel(out, 'last');
    model = opened.model as LabelModel;
  });

  it('knows the names of its labels, and never breaks their rule', async () => {
    expect(model.config.labels).toContain('BPERSON');
    const { test } = openDataset(TAGS, 'pairs');
    expect(await evaluateLabels(model, test, opened)).toMatchObject({
      brokenRule: 0,
      spanF1: expect.any(Number),
    });
  });

  it('writes a label for each word of a source', async () => {
    const events = await write(opened.model, opened.tokenizer, 'may met tom in new york', {});
    const [{ text }] = (await collectSamples(events)) as [Sample];
    expect(text.split(' ')).toHaveLength(6);
    for (const label of text.split(' ')) expect(model.config.labels).toContain(label);
  });
});

it('a run is refused with pairs of other lengths, before anything is trained', async () => {
  const refused = run({ ...request('crf', join(root, 'refused')), data: STRETCHED }, {}, FASTEST);
  await expect(refused).rejects.toThrow('expected a label for each token, but pair 1 of');
});
