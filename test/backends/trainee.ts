// A model in training, large enough that native cuts its work among threads, and small enough for many steps in a test.
import { type LanguageModel, type Tokens, tokensOf } from 'tsgpt';
import { keyFor, Stream } from '../../src/base/random.ts';
import { batchAt } from '../../src/tasks/next-token/batches.ts';
import { configOf, createModel } from '../made-models.ts';
import { Optimizer } from '../made-optimizer.ts';
import { takeStep } from '../training/one-step.ts';

const SIZES = { context: 64, width: 64 };

/** Three tokens in four follow from the one before: there is something to learn. */
function text(): Tokens {
  const random = new Stream(keyFor(1, 'text'));
  const tokens = [0];
  while (tokens.length < 20_000) {
    const surprise = random.below(4) === 0 ? random.below(65) : 0;
    tokens.push((tokens.at(-1)! * 7 + 3 + surprise) % 65);
  }
  return tokensOf(tokens);
}

const TEXT = text();

export class Trainee {
  readonly model: LanguageModel;
  readonly #optimizer: Optimizer;
  #steps = 0;

  constructor(arch: string, sizes = SIZES) {
    this.model = createModel(
      configOf(arch, { vocabSize: 65, layers: 2, heads: 4, dropout: 0.1, ...sizes }),
      5,
    );
    this.#optimizer = new Optimizer(this.model.parameters);
  }

  /** Their losses. */
  async steps(count: number): Promise<number[]> {
    const losses: number[] = [];
    while (losses.length < count) losses.push(await this.#step(this.#steps++));
    return losses;
  }

  /** Copies, by name. */
  weights(): Map<string, Float32Array> {
    return new Map(
      [...this.model.parameters].map(([name, weight]) => [name, weight.dataSync<'float32'>().slice()]),
    );
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.model.dispose();
  }

  async #step(step: number): Promise<number> {
    const { context } = this.model.config;
    const { loss } = await takeStep(this.model, this.#optimizer, {
      batches: [batchAt(TEXT, { batchSize: 8, context, seed: 2, step, micro: 0 })],
      learningRate: 3e-3,
      clip: 1,
      dropoutKey: keyFor(3, 'dropout', step),
    });
    return loss;
  }
}
