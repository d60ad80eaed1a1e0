// One model in the worker: made or opened, trained, asked to write, saved. Reports as it goes.
import {
  assignTensors,
  byteLengths,
  checkMemory,
  createModel,
  emptyModel,
  evaluate,
  generate,
  type LanguageModel,
  learnBpe,
  learnCharacters,
  type MemoryDataset,
  modelOf,
  newState,
  Optimizer,
  packCheckpoint,
  parameterCount,
  prepareInMemory,
  type RunState,
  resolveSettings,
  type StepReport,
  stepsAhead,
  type Tokenizer,
  type TrainingConfig,
  TsgptError,
  tensorsOf,
  tokensPerStep,
  trainingLoop,
  trainingOf,
  type UnpackedCheckpoint,
  zipPieces,
} from 'tsgpt/web';
import type { Plan, Report, WritingSettings } from './messages.ts';
import { FURTHER, settingsOf, VOCAB_SIZE } from './sizes.ts';
import { sourceOf } from './text-choice.ts';

type Tell = (report: Report) => void;

const VAL_FRACTION = 0.1;
/** Looks at itself after this many seconds of training, and then ever more rarely: each time an eighth later. */
const FIRST_LOOK = 3;
const GROWTH = 1 / 8;
/** Tokens of the unseen text: what takes about a second, if it reads three times as fast as it learns. */
const [LEAST_READ, MOST_READ] = [512, 8192];
/** Milliseconds: a slower engine writes less on the way. */
const LONGEST_SAMPLE = 1500;
const SAMPLE_CHARACTERS = 220;

export class Session {
  readonly #tell: Tell;
  readonly #model: LanguageModel;
  readonly #tokenizer: Tokenizer;
  readonly #state: RunState = newState();
  #work: { data: MemoryDataset; training: TrainingConfig; optimizer: Optimizer; prompt: string } | undefined;
  /** Of the training that goes on, if it does. */
  #stopTraining: AbortController | undefined;
  #saveAsked = false;
  #nextLook = 0;
  /** Tokens a second, smoothed. */
  #speed = 0;
  #writing: Promise<void> = Promise.resolve();
  #stopWriting = new AbortController();

  private constructor(model: LanguageModel, tokenizer: Tokenizer, tell: Tell) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#tell = tell;
  }

  /** A new model, with a tokenizer learned from the text. */
  static async create(plan: Plan & { size: 'tiny' | 'small' | 'medium' }, tell: Tell): Promise<Session> {
    const source = sourceOf(plan.text);
    tell({ type: 'status', text: 'Learning which pieces the text is made of…' });
    const tokenizer =
      plan.tokens === 'characters' ? await learnCharacters(source) : await learnBpe(source, VOCAB_SIZE);
    const settings = resolveSettings({ arch: plan.arch, file: settingsOf(plan.size, plan.arch) });
    const model = createModel(modelOf(settings, plan.arch, tokenizer.vocabSize), settings.seed);
    const session = new Session(model, tokenizer, tell);
    try {
      await session.#prepare(plan, trainingOf(settings));
    } catch (error) {
      session.dispose();
      throw error;
    }
    session.#tellModel(false);
    return session;
  }

  static open(
    { model: config, parameters, tokenizer, state }: UnpackedCheckpoint,
    where: string,
    tell: Tell,
  ): Session {
    const model = emptyModel(config);
    try {
      assignTensors(model.parameters, parameters, where);
    } catch (error) {
      model.dispose();
      throw error;
    }
    const session = new Session(model, tokenizer, tell);
    if (typeof state?.step === 'number') session.#state.step = state.step;
    session.#tellModel(true);
    return session;
  }

  /** Makes the model at hand learn further, from another text. */
  async learnFrom(plan: Plan): Promise<void> {
    const { arch } = this.#model.config;
    await this.#prepare(plan, trainingOf(resolveSettings({ arch, file: FURTHER })));
  }

  async #prepare(plan: Plan, training: TrainingConfig): Promise<void> {
    this.#tell({ type: 'status', text: 'Turning the text into tokens…' });
    const options = { source: sourceOf(plan.text), tokenizer: this.#tokenizer, valFraction: VAL_FRACTION };
    const data = await prepareInMemory({ ...options, seed: training.seed });
    const { context } = this.#model.config;
    if (data.train.length <= context) {
      const found = `it has ${data.train.length} tokens, and the model sees ${context} at a time`;
      throw new TsgptError(`the text is too short for this model: ${found}`, 'give it a longer text');
    }
    this.#work?.optimizer.dispose();
    await checkMemory(this.#model, this.#model.parameters, training).catch((error) => {
      throw error instanceof TsgptError ? new TsgptError(error.message, 'take a smaller model') : error;
    });
    const optimizer = new Optimizer(this.#model.parameters, training);
    this.#work = { data, training, optimizer, prompt: this.#usable(plan.prompt) };
    this.#nextLook = this.#state.seconds;
    this.#tell({ type: 'text', trainTokens: data.train.length, valTokens: data.val.length });
  }

  /** Trains until `stop`. */
  async train(): Promise<void> {
    const work = this.#work;
    if (work === undefined || this.#stopTraining) return;
    this.#stopTraining = new AbortController();
    const { signal } = this.#stopTraining;
    const { data, training } = work;
    const tokens = tokensPerStep(training, this.#model.config.context);
    const isLookDue = () => this.#state.seconds >= this.#nextLook;
    const options = {
      ...work,
      model: this.#model,
      text: data.train,
      progress: this.#state,
      stepsAhead: stepsAhead(),
      looksAfter: () => isLookDue() || this.#saveAsked,
      signal,
    };
    try {
      await this.#look(signal);
      for await (const report of trainingLoop(options)) {
        this.#tellStep(report, tokens);
        if (report.settled) await this.#saveIfAsked();
        if (report.settled && isLookDue()) await this.#look(signal);
        await this.#writing; // it goes first
      }
    } finally {
      this.#stopTraining = undefined;
      this.#tell({ type: 'stopped', canGoOn: true });
      await this.#saveIfAsked();
    }
  }

  stop(): void {
    this.#stopTraining?.abort();
  }

  #tellStep({ step, loss, ms }: StepReport, tokens: number): void {
    const seconds = ms / 1000 / tokens; // smoothed as such: where reports come in bursts, a speed may be infinite
    this.#speed = 1 / (this.#speed === 0 ? seconds : 0.9 / this.#speed + 0.1 * seconds);
    this.#tell({ type: 'step', step, loss, tokensPerSecond: this.#speed, seconds: this.#state.seconds });
  }

  /** Measures and shows how far it has come. */
  async #look(signal: AbortSignal): Promise<void> {
    const { data, prompt } = this.#work!;
    const { step, seconds } = this.#state;
    this.#nextLook = seconds + Math.max(FIRST_LOOK, GROWTH * seconds);
    const { loss, bitsPerByte } = await evaluate(this.#model, data.val, {
      byteLength: byteLengths(this.#tokenizer),
      maxTokens: this.#tokensToRead(),
    });
    this.#state.valLoss = loss;
    this.#state.bestValLoss = Math.min(loss, this.#state.bestValLoss ?? Infinity);
    this.#tell({ type: 'evaluation', step, loss, bitsPerByte });
    let text = '';
    const start = performance.now();
    const maxTokens =
      this.#tokenizer.kind === 'bpe' ? Math.round(SAMPLE_CHARACTERS / 2.5) : SAMPLE_CHARACTERS;
    const events = generate(this.#model, this.#tokenizer, this.#tokenizer.encode(prompt), { maxTokens });
    for await (const event of events) {
      if (event.kind === 'text') text += event.text;
      if (signal.aborted || performance.now() - start > LONGEST_SAMPLE) break;
    }
    this.#tell({ type: 'sample', step, prompt, text });
  }

  /** A power of two, so that one look is like another. */
  #tokensToRead(): number {
    const wanted = 2 ** Math.floor(Math.log2(3 * this.#speed));
    return Math.max(LEAST_READ, Math.min(MOST_READ, wanted));
  }

  /** Streams a text; training waits meanwhile. */
  async write({ prompt, ...options }: WritingSettings): Promise<void> {
    this.#stopWriting.abort();
    await this.#writing;
    this.#stopWriting = new AbortController();
    const { promise, resolve } = pending();
    this.#writing = promise;
    try {
      await this.#writeNow(prompt, options, this.#stopWriting.signal);
    } finally {
      resolve();
    }
  }

  async #writeNow(
    prompt: string,
    options: Omit<WritingSettings, 'prompt'>,
    signal: AbortSignal,
  ): Promise<void> {
    const start = performance.now();
    let tokens = 0;
    const ids = this.#tokenizer.encode(prompt);
    for await (const event of generate(this.#model, this.#tokenizer, ids, options)) {
      if (event.kind === 'text') this.#tell({ type: 'piece', text: event.text });
      tokens++;
      if (signal.aborted) break;
    }
    this.#tell({ type: 'written', tokens, seconds: (performance.now() - start) / 1000 });
  }

  stopWriting(): void {
    this.#stopWriting.abort();
  }

  /** A zip archive that unpacks to a checkpoint's folder; while the model is trained, after the next step. */
  async save(): Promise<void> {
    this.#saveAsked = true;
    if (this.#stopTraining === undefined) await this.#saveIfAsked();
  }

  async #saveIfAsked(): Promise<void> {
    if (!this.#saveAsked) return;
    this.#saveAsked = false;
    const { step } = this.#state;
    const folder = `step-${String(step).padStart(6, '0')}`;
    const files = packCheckpoint({
      model: this.#model.config,
      parameters: await tensorsOf(this.#model.parameters),
      tokenizer: this.#tokenizer,
      state: { ...this.#state },
    });
    const inFolder = new Map([...files].map(([name, bytes]) => [`${folder}/${name}`, bytes]));
    const file = new Blob(zipPieces(inFolder), { type: 'application/zip' });
    this.#tell({ type: 'saved', name: `tsgpt-${folder}.zip`, file });
  }

  #tellModel(isOpened: boolean): void {
    const { arch, layers, width, context, vocabSize } = this.#model.config;
    const parameters = parameterCount(this.#model);
    const tokenizer = { bpe: 'word pieces', char: 'characters', byte: 'bytes' }[this.#tokenizer.kind];
    const facts = { arch, parameters, layers, width, context, tokenizer, vocabSize, step: this.#state.step };
    this.#tell({ type: 'model', facts, isOpened });
  }

  /** A prompt in other characters than the model's begins no sample; what it would have said, it says when asked to write. */
  #usable(prompt: string): string {
    try {
      this.#tokenizer.encode(prompt);
      return prompt;
    } catch {
      return '';
    }
  }

  dispose(): void {
    this.stop();
    this.#saveAsked = false;
    this.#stopWriting.abort();
    this.#work?.optimizer.dispose();
    this.#model.dispose();
  }
}

function pending(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
