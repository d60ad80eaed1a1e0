// The model that the worker holds: it is created or opened, trained, sampled from and saved here, with a report of each.
import {
  architectureNamed,
  assignTensors,
  checkMemory,
  checkpointName,
  createAnyModel,
  createOptimizer,
  emptyModel,
  learnBpe,
  learnCharacters,
  type Model,
  modelOf,
  newState,
  type Optimizer,
  packCheckpoint,
  parameterCount,
  prepareInMemory,
  type RunState,
  type Settings,
  type SpeedReport,
  statePerParameter,
  type Tokenizer,
  TrainingRun,
  TsgptError,
  taskOf,
  tensorsOf,
  trainingOf,
  type UnpackedCheckpoint,
  type WebSize,
  write,
  zipPieces,
} from 'tsgpt/web';
import type { Plan, Report, WritingSettings } from './messages.ts';
import { furtherSettings, settingsOf, VOCAB_SIZE } from './sizes.ts';
import { sourceOf } from './text-choice.ts';

type Tell = (report: Report) => void;

const VAL_FRACTION = 0.1;
/**
 * The first evaluation comes after so many seconds of training, and each later one when an eighth more has passed: the loss
 * changes ever more slowly.
 */
const FIRST_EVALUATION = 3;
const GROWTH = 1 / 8;
/** A forward pass alone is about three times as fast as a training step. */
const EVAL_SPEEDUP = 3;
/** An evaluation reads as many tokens as take about a second, within these limits. */
const [LEAST_EVAL_TOKENS, MOST_EVAL_TOKENS] = [512, 8192];
/** On a slow backend a sample ends after this time, so that training goes on. */
const LONGEST_SAMPLE_MS = 1500;
const SAMPLE_CHARACTERS = 220;

export class Session {
  readonly #tell: Tell;
  readonly #model: Model;
  readonly #tokenizer: Tokenizer;
  readonly #state: RunState = newState();
  #work: { run: TrainingRun; optimizer: Optimizer; prompt: string } | undefined;
  #isOpened = false;
  #nextEvaluation = 0;
  /** An exponential moving average. */
  #tokensPerSecond = 0;
  /** The last in the queue of what needs the model alone: stretches of training, texts, saving. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Training gives way while others wait in the queue. */
  #waiting = 0;
  #stopWriting = new AbortController();

  private constructor(model: Model, tokenizer: Tokenizer, tell: Tell) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#tell = tell;
  }

  /** The tokenizer of a new model is learned from the text that it trains on. */
  static async create(plan: Plan & { size: WebSize }, signal: AbortSignal, tell: Tell): Promise<Session> {
    const source = sourceOf(plan.text, signal);
    tell({ type: 'status', text: 'Learning which pieces the text is made of…' });
    const tokenizer =
      plan.tokens === 'characters'
        ? await learnCharacters(source)
        : await learnBpe(source, VOCAB_SIZE, ({ text }) => tell({ type: 'progress', text }));
    const settings = settingsOf(plan.size, plan.arch);
    const config = modelOf(settings, plan.arch, taskOf(plan).sizes({ tokenizer }));
    const model = await createAnyModel(config, settings.seed);
    const session = new Session(model, tokenizer, tell);
    try {
      await session.#prepare(plan, settings, signal);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  static async open(
    { model: config, parameters, tokenizer, state }: UnpackedCheckpoint,
    where: string,
    tell: Tell,
  ): Promise<Session> {
    const model = await emptyModel(config);
    try {
      assignTensors(model.parameters, parameters, where);
    } catch (error) {
      model.dispose();
      throw error;
    }
    const session = new Session(model, tokenizer, tell);
    if (typeof state?.step === 'number') session.#state.step = state.step;
    if (typeof state?.tokens === 'number') session.#state.tokens = state.tokens;
    session.#isOpened = true;
    return session;
  }

  /** Fine-tunes the current model on another text. */
  async learnFrom(plan: Plan, signal: AbortSignal): Promise<void> {
    await this.#prepare(plan, furtherSettings(this.#model.config.arch), signal);
  }

  async #prepare(plan: Plan, settings: Settings, signal: AbortSignal): Promise<void> {
    const training = trainingOf(settings);
    this.#tell({ type: 'status', text: 'Turning the text into tokens…' });
    const data = await prepareInMemory({
      source: sourceOf(plan.text, signal),
      tokenizer: this.#tokenizer,
      valFraction: VAL_FRACTION,
      seed: training.seed,
      onProgress: ({ bytes, totalBytes = Infinity }) =>
        this.#tell({ type: 'progress', text: `${Math.round((100 * bytes) / totalBytes)} %` }),
    });
    signal.throwIfAborted();
    const { context } = this.#model.config;
    if (data.train.length <= context) {
      const found = `it has ${data.train.length} tokens, and the model sees ${context} at a time`;
      throw new TsgptError(
        `the text is too short for this model: ${found}`,
        'give it a longer text, or take a smaller model',
      );
    }
    const { parameters, config } = this.#model;
    const trained = { parameters, statePerParameter: statePerParameter(settings) };
    await checkMemory(this.#model, trained, training).catch((error) => {
      throw error instanceof TsgptError ? new TsgptError(error.message, 'take a smaller model') : error;
    });
    this.#work?.optimizer.dispose();
    const optimizer = await createOptimizer(parameters, config, settings);
    const [model, tokenizer, state] = [this.#model, this.#tokenizer, this.#state];
    const run = new TrainingRun({ model, task: taskOf(config), tokenizer, optimizer, training, data, state });
    this.#work = { run, optimizer, prompt: this.#usable(plan.prompt) };
    this.#nextEvaluation = this.#state.seconds;
    this.#tell({ type: 'text', trainTokens: data.train.length, valTokens: data.val.length });
  }

  /** An opened model has no text to train on until it is given one. */
  get canGoOn(): boolean {
    return this.#work !== undefined;
  }

  /** Training goes on until `signal` ends it. */
  async train(signal: AbortSignal): Promise<void> {
    try {
      await this.#inTurn(() => this.#evaluate(signal));
      let hasMore = true;
      while (hasMore && !signal.aborted) hasMore = await this.#inTurn(() => this.#stretch(signal));
    } finally {
      this.#tell({ type: 'stopped', canGoOn: true });
    }
  }

  /** Training goes on until something else waits for the model. Returns whether there is more to do. */
  async #stretch(signal: AbortSignal): Promise<boolean> {
    const isEvaluationDue = () => this.#state.seconds >= this.#nextEvaluation;
    const end = new AbortController();
    for await (const report of this.#work!.run.steps({ looksAfter: isEvaluationDue, signal: end.signal })) {
      this.#tellStep(report);
      if (report.settled && isEvaluationDue()) await this.#evaluate(signal);
      if (signal.aborted || this.#waiting > 0) end.abort();
    }
    return end.signal.aborted;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    const done = this.#turn.then(() => {
      this.#waiting--;
      return work();
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  #tellStep({ step, loss, tokensPerSecond }: SpeedReport): void {
    const seconds = 1 / tokensPerSecond; // the average is of times, since a speed is infinite where reports come in bursts
    this.#tokensPerSecond =
      1 / (this.#tokensPerSecond === 0 ? seconds : 0.9 / this.#tokensPerSecond + 0.1 * seconds);
    this.#tell({
      type: 'step',
      step,
      loss,
      tokensPerSecond: this.#tokensPerSecond,
      seconds: this.#state.seconds,
    });
  }

  /** Reports the loss on unseen text, and a sample. */
  async #evaluate(signal: AbortSignal): Promise<void> {
    const { run, prompt } = this.#work!;
    const { step, seconds } = this.#state;
    this.#nextEvaluation = seconds + Math.max(FIRST_EVALUATION, GROWTH * seconds);
    const { measures } = await run.evaluate(this.#evalTokens());
    const { loss, bitsPerByte } = measures;
    this.#tell({ type: 'evaluation', step, loss, bitsPerByte });
    let text = '';
    const start = performance.now();
    const maxTokens =
      this.#tokenizer.kind === 'bpe' ? Math.round(SAMPLE_CHARACTERS / 2.5) : SAMPLE_CHARACTERS;
    const events = await write(this.#model, this.#tokenizer, prompt, { maxTokens });
    for await (const event of events) {
      if (event.kind === 'text') text += event.text;
      if (signal.aborted || this.#waiting > 0 || performance.now() - start > LONGEST_SAMPLE_MS) break;
    }
    this.#tell({ type: 'sample', step, prompt, text });
  }

  /** A power of two, so that evaluations at nearly the same speed read the same text and their losses can be compared. */
  #evalTokens(): number {
    const wanted = 2 ** Math.floor(Math.log2(EVAL_SPEEDUP * this.#tokensPerSecond));
    return Math.max(LEAST_EVAL_TOKENS, Math.min(MOST_EVAL_TOKENS, wanted));
  }

  /** Streams a text; one that is still being written ends there. */
  write(settings: WritingSettings): Promise<void> {
    this.#stopWriting.abort();
    this.#stopWriting = new AbortController();
    const { signal } = this.#stopWriting;
    return this.#inTurn(() => this.#writeNow(settings, signal));
  }

  async #writeNow({ prompt, ...options }: WritingSettings, signal: AbortSignal): Promise<void> {
    this.#tell({ type: 'writing' });
    const start = performance.now();
    let tokens = 0;
    for await (const event of await write(this.#model, this.#tokenizer, prompt, options)) {
      if (event.kind === 'text') this.#tell({ type: 'piece', text: event.text });
      tokens++;
      if (signal.aborted) break;
    }
    this.#tell({ type: 'written', tokens, seconds: (performance.now() - start) / 1000 });
  }

  stopWriting(): void {
    this.#stopWriting.abort();
  }

  /** Reports a zip archive that unpacks to a checkpoint's folder. */
  save(): Promise<void> {
    return this.#inTurn(() => this.#saveNow());
  }

  async #saveNow(): Promise<void> {
    const folder = checkpointName(this.#state.step);
    const files = await packCheckpoint({
      model: this.#model.config,
      parameters: await tensorsOf(this.#model.parameters),
      tokenizer: this.#tokenizer,
      state: { ...this.#state },
    });
    const inFolder = new Map([...files].map(([name, bytes]) => [`${folder}/${name}`, bytes]));
    const file = new Blob(zipPieces(inFolder), { type: 'application/zip' });
    this.#tell({ type: 'saved', name: `tsgpt-${folder}.zip`, file });
  }

  tellModel(): void {
    const { config } = this.#model;
    const architecture = architectureNamed(config.arch);
    const parameters = parameterCount(this.#model);
    const tokenizer = {
      ...{ bpe: 'word pieces', wordpiece: 'word pieces' },
      ...{ char: 'characters', byte: 'bytes', word: 'words' },
    }[this.#tokenizer.kind];
    const facts = {
      title: architecture.title,
      shape: architecture.describe(config),
      parameters,
      tokenizer,
      vocabSize: config.vocabSize,
      step: this.#state.step,
    };
    this.#tell({ type: 'model', facts, isOpened: this.#isOpened });
  }

  /** A prompt that the tokenizer cannot encode is left out of samples; `write` reports the error. */
  #usable(prompt: string): string {
    try {
      this.#tokenizer.encode(prompt);
      return prompt;
    } catch {
      return '';
    }
  }

  /** Training must have ended. */
  async close(): Promise<void> {
    this.#stopWriting.abort();
    await this.#turn;
    this.#work?.optimizer.dispose();
    this.#model.dispose();
  }
}
