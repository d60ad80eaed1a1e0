// The seam between data and models: what an example and a batch are, how a loss is taken, how a split is measured and how
// such a model writes. Trainer, evaluation, run, comparison and the page know batches only through it.
import type { z } from 'zod';
import type * as tf from '#tfjs';
import type { ModelConfig } from '../architectures/config.ts';
import type { LossOptions, Model } from '../architectures/language-model.ts';
import type { Collective } from '../collectives/collective.ts';
import type { DataMeta } from '../data/meta.ts';
import type { HeatMap } from '../evaluation/heat-map.ts';
import type { SampleEvent } from '../sampling/generate.ts';
import type { SamplingInput } from '../sampling/options.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** Sizes, and names of labels, that a model takes from its data, by their names in its configuration. */
export type DataSizes = Readonly<Record<string, number | readonly string[]>>;

/** What of a prepared text decides a model's sizes. */
export interface SizedData {
  readonly tokenizer: {
    readonly name: string;
    readonly vocabSize: number;
    readonly endOfText?: number | undefined;
    readonly mask?: number | undefined;
  };
  /** Of pairs: the sources', where it is another. */
  readonly sourceTokenizer?: { readonly vocabSize: number };
  /** Of pairs: the targets' words by their ids, where they are a few of their own. */
  readonly labels?: readonly string[] | undefined;
}

/** What a task declares of itself. Light, as an architecture is: what computes is loaded when it is asked for. */
export interface Task {
  /** The name that an architecture gives it. */
  readonly name: string;
  /** The task whose models learn this one as well, where they are given its data. Absent where it has models of its own. */
  readonly modelsOf?: string;
  /** The kind of prepared text that it learns from. */
  readonly data: DataMeta['kind'];
  /** What a model is given to write from: the beginning of its text, or another text, whose target it writes. */
  readonly given: 'prompt' | 'source';
  /** Whether it also writes without a source. */
  readonly startsFromNothing?: true;
  /** What such a model writes is the prompt, filled in, and does not follow it. Absent where it does. */
  readonly fillsIn?: true;
  /** A loss that is measured is no less than what texts cost. Absent where it is just that. */
  readonly lossIsBound?: true;
  /** Settings of measuring a split, each with a description: flags of `eval`. */
  readonly measuring: z.ZodRawShape;
  sizes(data: SizedData): DataSizes;
  /** The most tokens of an example whose texts have at most `context` each: steps, budgets and memory are planned by them. */
  exampleTokens(context: number): number;
  load(): Promise<AnyLearning>;
}

/** Each is written for its own kind of model and split; an architecture and a prepared text are of the same task. */
export type AnyLearning = Learning<Model, unknown, Batch, Measures>;

/** What a task computes. */
export interface Learning<M extends Model, Split, B extends Batch, Result extends Measures> {
  /** Refuses a split that has not one example of this length, or one that such a model cannot learn. */
  checkSplit(split: Split, context: number, config: ModelConfig): void;
  /** What a user should know before training on the split: "3 of 100 conversations are longer than 512 tokens". */
  note?(split: Split, context: number): string | undefined;
  /** What batches are drawn from, where they depend on the model or the tokenizer. Absent where they do not. */
  forTraining?(split: Split, model: M, tokenizer: Tokenizer): Split;
  batchAt(split: Split, place: BatchPlace): B;
  /** The mean loss over what the batch counts, recorded for its gradient. */
  loss(model: M, batch: B, options: LossOptions): tf.Scalar;
  measure(model: M, split: Split, options: MeasureOptions): Promise<Result>;
  /** What was measured, for people: the first is the loss. Models are ranked by the one that says so, or by the loss. */
  figures(measures: Result): Figure[];
  /** How it was measured, in words: "every window of 64 tokens starts afresh; stride 64". */
  conditions(measures: Result): string;
  /** Another way to measure, which gives models that remember more than others no advantage; `label` follows "loss, ". */
  readonly onEqualTerms?: {
    readonly label: string;
    readonly options: Readonly<Record<string, unknown>>;
    matters(model: M): boolean;
  };
  /** Where the loss comes from, on about `maxTokens` of a split. Absent where a loss has no such parts. */
  profile?(model: M, split: Split, maxTokens: number): Promise<Profile>;
  /** "32 pairs": what the examples of a batch are. */
  batchInWords(batchSize: number, context: number): string;
  /** A text of the split that a model can be given, to be shown what it makes of it; absent where any text will do. */
  example?(split: Split, tokenizer: Tokenizer): string;
  /** Writes from what it is given, which is checked at once. Absent where such models write nothing. */
  write?(
    model: M,
    tokenizer: Tokenizer,
    prompt: string,
    options: SamplingInput,
    signal?: AbortSignal,
  ): AsyncGenerator<SampleEvent, void>;
  /** Writes the texts on the way from one to another, in so many steps. Absent where there is no such way. */
  walk?(
    model: M,
    tokenizer: Tokenizer,
    ends: readonly [from: string, to: string],
    steps: number,
    options: SamplingInput,
    signal?: AbortSignal,
  ): AsyncGenerator<SampleEvent, void>;
  /** How much each token of a target that was written looked at each of its source. Absent where models do not look so. */
  attention?(model: M, tokenizer: Tokenizer, source: string, target: readonly number[]): Promise<HeatMap>;
  /** A split of random examples, to measure speed with. */
  randomSplit(config: ModelConfig, seed: number): Split;
}

/** Where in a run a batch stands. What the batch holds is a pure function of this and of the split. */
export interface BatchPlace {
  batchSize: number;
  /** The most tokens that a text of an example has. */
  context: number;
  seed: number;
  step: number;
  /** Which of the step's micro-batches this is, and how many each step has, if more than one. */
  micro: number;
  micros?: number;
  /** Examples are drawn at random, or, shuffled, each once in an epoch. At random if not given. */
  order?: 'random' | 'shuffled';
}

/** What the trainer knows of a batch; the rest is between a task and its models. */
export interface Batch {
  /** How many tokens of it count as trained on. */
  readonly size: number;
  /** How many losses its loss is the mean of, at least one: each weighs in a step as much as one of another micro-batch. */
  readonly counted: number;
}

/** How well a model does on a split. Each task adds measures of its own. */
export interface Measures {
  /** Nats per token (or per label): what training lowers, and what decides which checkpoint is the best. */
  readonly loss: number;
  /** How many were predicted. */
  readonly tokens: number;
  /** Absent where a loss is not that of a whole text, or a text's tokens do not hold all of it. */
  readonly bitsPerByte?: number;
}

export interface Profile {
  /** Windows that were read, each afresh. */
  readonly windows: number;
  /** The mean loss of the first, second, … token of a window. */
  readonly lossByPosition: readonly number[];
  /** The mean loss where the tokens of each window stand in a random order: a control, which must be higher. */
  readonly shuffledLoss: number;
  /** Predictions by how sure the model was: the mean probability of the likeliest token, and how often that was right. */
  readonly calibration: readonly { count: number; confidence: number; accuracy: number }[];
}

/** "loss", 1.23452, "1.2345", "nats per token". */
export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly unit?: string;
  /** Whether models are ranked by it, and which value is the best. */
  readonly best?: 'highest' | 'lowest';
}

/** With the task's own settings of measuring beside. */
export interface MeasureOptions {
  tokenizer: Tokenizer;
  /** How many tokens to read, spread evenly over the split; all of them if not given. */
  maxTokens?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Those that measure it together, where others do than this process alone. */
  ranks?: Collective | undefined;
}
