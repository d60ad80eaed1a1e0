// A model in training, wherever it is kept: its steps, how well it does, and what a checkpoint of it holds. The run on disk
// (run.ts) and the page's are made of it; it knows of neither.
import type { Model } from '../architectures/language-model.ts';
import { gpuAtWork, stepsAhead } from '../backends/index.ts';
import type { Weights } from '../checkpoint/checkpoint.ts';
import type { Collective } from '../collectives/collective.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { type TrainingConfig, WARM_UP_STEPS } from '../settings/training.ts';
import type { Batch, Figure, Measures, Task } from '../tasks/task.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type LoopOptions, type StepReport, trainingLoop } from '../training/loop.ts';
import { Ranked } from '../training/ranked.ts';
import type { RunState } from './state.ts';
import { tensorsOf } from './weights.ts';

export interface InTraining {
  model: Model;
  /** What it is trained for. */
  task: Task;
  tokenizer: Tokenizer;
  optimizer: Optimizer;
  training: TrainingConfig;
  /** Splits as the model's task knows them. */
  data: { readonly train: unknown; readonly val: unknown };
  /** Updated with each step and evaluation. */
  state: RunState;
  overfitOneBatch?: boolean;
  /** Those that train it together. */
  ranks?: Collective | undefined;
}

type Watch = Pick<LoopOptions<Model, unknown, Batch>, 'looksAfter' | 'signal' | 'onMicroBatch'>;

export interface SpeedReport extends StepReport {
  tokensPerSecond: number;
}

export class TrainingRun {
  readonly #run: InTraining;
  readonly #gpu = gpuAtWork();
  /** Milliseconds in steps, and in waiting for their batches. */
  readonly #time = { all: 0, data: 0 };

  constructor(run: InTraining) {
    this.#run = run;
  }

  /** The GPU's time is measured in them, until something else is done in between. */
  async *steps(watch: Watch): AsyncGenerator<SpeedReport> {
    const { model, task: declared, data, state, tokenizer, ...rest } = this.#run;
    const task = await declared.load();
    let { tokens } = state;
    let taken = 0;
    const split = task.forTraining?.(data.train, model, tokenizer) ?? data.train;
    const loop = { ...rest, ...watch, model, task, split, progress: state };
    for await (const report of trainingLoop({ ...loop, stepsAhead: stepsAhead() })) {
      const tokensPerSecond = ((report.tokens - tokens) / report.ms) * 1000;
      tokens = report.tokens;
      this.#time.all += report.ms;
      this.#time.data += report.dataMs;
      yield { ...report, tokensPerSecond };
      this.#gpu?.measureIdle(++taken >= WARM_UP_STEPS);
    }
  }

  /** On the validation split, or on about so many of its tokens. */
  async evaluate(
    maxTokens: number,
  ): Promise<{ measures: Measures; figures: readonly Figure[]; isBest: boolean }> {
    const { model, data, state, tokenizer, ranks } = this.#run;
    this.pauseClock();
    this.#gpu?.freeUnused();
    const task = await this.#run.task.load();
    const measures = await task.measure(model, data.val, { tokenizer, maxTokens, ranks });
    this.#gpu?.freeUnused(); // steps have arrays of other sizes
    const { loss } = measures;
    const isBest = loss < (state.bestValLoss ?? Infinity);
    state.valLoss = Number.isFinite(loss) ? loss : undefined; // JSON has no NaN
    if (isBest) state.bestValLoss = loss;
    state.evaluationsSinceBest = isBest ? 0 : state.evaluationsSinceBest + 1;
    return { measures, figures: task.figures(measures), isBest };
  }

  /** What goes on with training from here needs, beside the weights. */
  async contents(): Promise<{
    tokenizer: Tokenizer;
    state: Record<string, unknown>;
    optimizer: Weights['parameters'];
  }> {
    const { tokenizer, state, optimizer } = this.#run;
    const kept = optimizer instanceof Ranked ? optimizer.wholeState() : tensorsOf(optimizer.state);
    return { tokenizer, state: { ...state }, optimizer: await kept };
  }

  /** The share of the steps' time in which they waited for data; null where there was no step. */
  dataWait(): number | null {
    return this.#time.all === 0 ? null : this.#time.data / this.#time.all;
  }

  /** The share of the steps' time in which the GPU had nothing to do; null where that cannot be told. */
  async gpuIdle(): Promise<number | null> {
    return (await this.#gpu?.idle()) ?? null;
  }

  /** What is done from here on, up to the next step, is not training. */
  pauseClock(): void {
    this.#gpu?.measureIdle(false);
  }
}
