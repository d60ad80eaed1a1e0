// Both architectures learn a sentence by heart, and a hundred steps leave no tensor behind.
import { join } from 'node:path';
import { collectSamples, generate, openDataset, openModel } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { batchAt } from '../../src/tasks/next-token/batches.ts';
import { LANGUAGE_ARCHS } from '../made-models.ts';
import { ENGINES, missing } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { prepareText, run } from './tiny.ts';

const root = temporaryFolder();
const SENTENCE = 'wolves jump quickly; ';

/** The first window of the batch that --overfit-one-batch learns. */
function firstRow(data: string, { batchSize, context }: { batchSize: number; context: number }): Uint32Array {
  const { train, close } = openDataset(data, 'tokens');
  const batch = batchAt(train, { batchSize, context, seed: 1337, step: 0, micro: 0 });
  close();
  return Uint32Array.from(batch.tokens.subarray(0, context));
}

/** On plain, which is slow, what the others are made of: test/ops and test/models have each op and each model on it. */
const CASES = ENGINES.flatMap((engine) =>
  (engine.name === 'plain' ? ['gpt', 'lstm'] : LANGUAGE_ARCHS).map((arch) => ({ engine, arch })),
);

if (missing) it.skip(missing, () => {});

describe.each(CASES)('$arch on $engine.name', ({ engine, arch }) => {
  const name = `${arch} ${engine.name}`;
  let data: string;
  beforeAll(async () => {
    // Twelve times: nine tenths of it train, so that what is held back is the sentence, too.
    data = await prepareText(join(root, name), SENTENCE.repeat(12));
  });

  it('learns a batch by heart and writes it', async () => {
    const out = join(root, `${name} by heart`);
    const flags = {
      width: arch === 'gpt' ? 32 : 48,
      ...(arch === 'gpt' && { heads: 4 }),
      context: 24,
      dropout: 0,
      batchSize: 2,
      totalBatchTokens: 1,
      maxSteps: 120,
      learningRate: 0.02,
      warmupSteps: 5,
      weightDecay: 0,
      evalInterval: 1000,
      checkpointInterval: 1000,
    };
    const losses: number[] = [];
    await run(
      { out, data, arch, flags, overfitOneBatch: true },
      { onEvent: (event) => event.type === 'step' && losses.push(event.report.loss) },
      engine,
    );
    expect(losses[0]).toBeGreaterThan(2);
    expect(losses.at(-1)).toBeLessThan(0.05);
    const { model, tokenizer } = await openModel(out, 'last');
    const learned = firstRow(data, flags);
    const prompt = Array.from(learned.subarray(0, 4));
    const [sample] = await collectSamples(
      generate(model, tokenizer, prompt, { temperature: 0, maxTokens: learned.length - 4 }),
    );
    expect(sample!.text).toContain(tokenizer.decode(learned.subarray(4)));
    model.dispose();
  });

  if (engine.precision === 'bf16') return; // which has the tensors that fp32 has
  it('has as many tensors after step 100 as after step 9, nine evaluations and three checkpoints before, and none when it is done', async () => {
    const tensors = () => [tf.memory().numTensors, tf.memory().numDataBuffers];
    const before = tensors();
    const after = new Map<number, number[]>();
    const flags = {
      width: 4,
      context: 2,
      batchSize: 1,
      totalBatchTokens: 4,
      maxSteps: 100,
      evalInterval: 10,
      evalTokens: 4,
      checkpointInterval: 25,
    };
    await run(
      { out: join(root, `${name} leaks`), data, arch, flags },
      { onEvent: (event) => event.type === 'step' && after.set(event.report.step, tensors()) },
      engine,
    );
    expect(after.get(100)).toEqual(after.get(9));
    expect(after.get(9)![0]).toBeGreaterThan(before[0]!);
    expect(tensors()).toEqual(before);
  });
});
