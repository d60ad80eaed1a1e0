// One run from start or resume to end: training, evaluation, log and checkpoints meet here.
import { join } from 'node:path';
import { createAnyModel, emptyModel, fitModel } from '../architectures/create.ts';
import { type Model, parameterCount } from '../architectures/language-model.ts';
import { DeviceLost } from '../backends/backend.ts';
import { removeFolderAtomic } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import type { Base, Tensors } from '../checkpoint/checkpoint.ts';
import { checkpointName } from '../checkpoint/list.ts';
import type { OpenedCheckpoint } from '../checkpoint/load.ts';
import { listCheckpoints, saveAdapter, saveCheckpoint } from '../checkpoint/on-disk.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { LoraConfig } from '../settings/fine-tuning.ts';
import { trainingOf } from '../settings/settings.ts';
import { plannedSteps, type TrainingConfig, tokensPerStep } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { createOptimizer, statePerParameter } from '../training/create-optimizer.ts';
import { Diverged } from '../training/loop.ts';
import { Ranked } from '../training/ranked.ts';
import type { RunHooks, RunResult } from './events.ts';
import { hostMemory } from './host-memory.ts';
import { appendLog, cutLog, type LogEntry } from './log.ts';
import { checkMemory, type MemoryForecast } from './memory-check.ts';
import type { Together } from './ranks.ts';
import { type RunRecord, writeRecord } from './record.ts';
import type { Plan } from './request.ts';
import { checkState, newState, type RunState } from './state.ts';
import { loraOfRun, trainedOf } from './trained.ts';
import { type SpeedReport, TrainingRun } from './training-run.ts';
import { assignParameters, assignTensors, tensorsOf } from './weights.ts';

/** `together` is given where several processes train it: the first alone writes. */
export async function executeRun(plan: Plan, hooks: RunHooks = {}, together?: Together): Promise<RunResult> {
  const { model: config, dataset, record } = plan;
  const begun = performance.now();
  const fitted = plan.weights ? undefined : await fitModel(config, dataset.train);
  const seconds = (performance.now() - begun) / 1000;
  const model =
    fitted ?? (await (plan.weights ? emptyModel(config) : createAnyModel(config, record.settings.seed)));
  let run: Run | undefined;
  try {
    const { settings } = record;
    const lora = loraOfRun(settings, config, plan.weights?.adapter);
    const trained = trainedOf(model, settings, lora);
    const optimizer = await (together
      ? together.optimizer(trained, config, settings)
      : createOptimizer(trained, config, settings));
    run = new Run(
      plan,
      hooks,
      await loadTokenizer(dataset.tokenizerFolder),
      model,
      optimizer,
      lora,
      together,
    );
    if (fitted) run.note({ tokens: dataset.meta.splits.train.tokens, seconds });
    await run.begin();
    return await run.toItsEnd();
  } finally {
    run?.dispose();
    model.dispose();
    dataset.close();
  }
}

class Run {
  readonly #plan: Plan;
  readonly #hooks: RunHooks;
  readonly #record: RunRecord;
  readonly #training: TrainingConfig;
  readonly #inTraining: TrainingRun;
  readonly #model: Model;
  readonly #optimizer: Optimizer;
  /** The adapter, if one is trained. */
  readonly #lora: (LoraConfig & { base: Base }) | undefined;
  readonly #state: RunState;
  /** Of several processes one writes. */
  readonly #writes: boolean;
  readonly #together: Together | undefined;
  #memory: MemoryForecast | undefined;
  #evaluatedAt = -1;

  constructor(
    plan: Plan,
    hooks: RunHooks,
    tokenizer: Tokenizer,
    model: Model,
    optimizer: Optimizer,
    lora: LoraConfig | undefined,
    together: Together | undefined,
  ) {
    const { settings, init } = plan.record;
    this.#plan = plan;
    this.#hooks = hooks;
    this.#record = { ...plan.record };
    this.#together = together;
    this.#writes = together?.isFirst ?? true;
    this.#training = trainingOf(settings);
    this.#model = model;
    const base = plan.weights?.adapter?.base ?? init;
    this.#lora = lora && base && { ...lora, base };
    this.#optimizer = optimizer;
    this.#state = newState();
    const { dataset: data, record } = plan;
    const { overfitOneBatch } = record;
    const training = this.#training;
    this.#inTraining = new TrainingRun({
      model,
      task: taskOf(model.config, data.meta.kind),
      tokenizer,
      optimizer,
      training,
      data,
      state: this.#state,
      overfitOneBatch,
      ranks: together?.ranks,
    });
  }

  /** Of a model that was fitted before the run: what was read, and how long it took. */
  note(fitting: Pick<RunState, 'tokens' | 'seconds'>): void {
    Object.assign(this.#state, fitting);
  }

  /** Puts weights, optimizer, log and record where the run is to go on. */
  async begin(): Promise<void> {
    const { parameters } = this.#optimizer;
    const ranks = this.#together?.ranks.size;
    const trained = { parameters, statePerParameter: statePerParameter(this.#record.settings), ranks };
    const { from, out, weights, parts } = this.#plan;
    const host = { bytes: hostMemory() / (this.#together?.onThisHost ?? 1), reads: weights !== undefined };
    this.#memory = await checkMemory(this.#model, trained, this.#training, host);
    delete this.#plan.weights;
    delete this.#plan.parts;
    if (parts) this.#begin(parts);
    if (weights) await this.#take(weights, from === undefined ? this.#record.init!.folder : join(out, from));
    if (this.#optimizer instanceof Ranked) this.#optimizer.takeParts();
    if (from !== undefined) await this.#forgetAfter(from);
    if (this.#writes) await cutLog(out, from === undefined ? -1 : this.#state.step);
    await this.#writeRecord();
  }

  async #take(checkpoint: OpenedCheckpoint, folder: string): Promise<void> {
    const { adapter, optimizer, state } = checkpoint;
    await assignParameters(this.#model.parameters, checkpoint, adapter?.base.folder ?? folder);
    if (adapter) assignTensors(this.#optimizer.parameters, adapter.tensors, folder);
    if (this.#plan.from === undefined) return;
    Object.assign(this.#state, checkState(state, this.#tokensPerStep, folder));
    const kept = optimizer ?? new Map();
    const own = this.#optimizer instanceof Ranked ? this.#optimizer.ownState(kept) : kept;
    assignTensors(this.#optimizer.state, own, folder);
    this.#optimizer.steps = this.#state.step;
  }

  /** The other parameters keep their initial values. */
  #begin(parts: Tensors): void {
    const begun = [...this.#model.parameters].filter(([name]) => parts.has(name));
    assignTensors(new Map(begun), parts, 'a part’s checkpoint');
  }

  /** Later checkpoints, if there are any, will be made again. */
  async #forgetAfter(name: string): Promise<void> {
    const names = await listCheckpoints(this.#plan.out);
    for (const later of this.#writes ? names.slice(names.indexOf(name) + 1) : [])
      await removeFolderAtomic(join(this.#plan.out, later));
    this.#record.last = name;
    const { best } = this.#state;
    if (best !== undefined && names.includes(best)) this.#record.best = best;
    else delete this.#record.best;
  }

  async toItsEnd(): Promise<RunResult> {
    const training = this.#training;
    const totalSteps = plannedSteps(training, this.#model.config);
    this.#hooks.onEvent?.({
      type: 'start',
      model: this.#model,
      trained: parameterCount(this.#optimizer),
      training,
      totalSteps,
      step: this.#state.step,
      memory: this.#memory,
    });
    if (this.#plan.from === undefined) await this.#save(await this.#evaluate());
    const ended = await this.#train(totalSteps).catch(async (error) => {
      throw await this.#explained(error);
    });
    if (this.#record.last !== checkpointName(this.#state.step)) await this.#finishHere(ended);
    await this.#writeStatus(ended === 'interrupted' ? 'interrupted' : 'finished');
    return {
      ...this.#result(ended),
      dataWait: this.#inTraining.dataWait(),
      gpuIdle: await this.#inTraining.gpuIdle(),
    };
  }

  async #train(totalSteps: number): Promise<RunResult['ended']> {
    const { evalInterval, checkpointInterval } = this.#training;
    for await (const report of this.#reasonToStop() ? [] : this.#steps()) {
      const isLast = report.step >= totalSteps;
      this.#logStep(report, totalSteps);
      const improved = (isLast || report.step % evalInterval === 0) && (await this.#evaluate());
      // After a skipped step the weights may be past saving; the last good ones are kept.
      const due = report.step % checkpointInterval === 0 && !report.skipped;
      if (improved || isLast || due) await this.#save(improved);
      if (this.#reasonToStop() === 'early stop') break;
    }
    return (this.#state.step < totalSteps && this.#reasonToStop()) || 'budget';
  }

  /** The run asks this before its first step, too: one that was killed after its last save must not go beyond it. */
  #reasonToStop(): 'interrupted' | 'early stop' | undefined {
    if (this.#hooks.signal?.aborted) return 'interrupted';
    const { earlyStop } = this.#training;
    return earlyStop > 0 && this.#state.evaluationsSinceBest >= earlyStop ? 'early stop' : undefined;
  }

  /** Ends a run that the clock, early stopping or the user stopped between two checkpoints. */
  async #finishHere(ended: RunResult['ended']): Promise<void> {
    const due = ended !== 'interrupted' && this.#evaluatedAt !== this.#state.step;
    const improved = due && (await this.#evaluate());
    await this.#save(improved);
  }

  #steps(): AsyncGenerator<SpeedReport> {
    const { evalInterval, checkpointInterval } = this.#training;
    return this.#inTraining.steps({
      looksAfter: (step) => step % evalInterval === 0 || step % checkpointInterval === 0,
      signal: this.#hooks.signal,
      onMicroBatch: (progress) => this.#hooks.onEvent?.({ type: 'micro-batch', progress }),
    });
  }

  #logStep({ tokensPerSecond, ...report }: SpeedReport, totalSteps: number): void {
    const { step, tokens, loss, lr, gradNorm, ms } = report;
    this.#log({ step, tokens, loss, lr, gradNorm, tokensPerSecond, ms });
    this.#hooks.onEvent?.({ type: 'step', report, tokensPerSecond, totalSteps });
  }

  /** Returns whether this is the best so far. */
  async #evaluate(): Promise<boolean> {
    const { measures, figures, isBest } = await this.#inTraining.evaluate(this.#training.evalTokens);
    const { loss, tokens, bitsPerByte } = measures;
    const { step } = this.#state;
    this.#evaluatedAt = step;
    const entry = {
      step,
      valLoss: loss,
      valTokens: tokens,
      ...(bitsPerByte !== undefined && { bitsPerByte }),
    };
    this.#log(entry);
    this.#hooks.onEvent?.({ type: 'evaluation', entry, figures, isBest });
    return isBest;
  }

  async #save(isBest: boolean): Promise<void> {
    this.#inTraining.pauseClock();
    const name = checkpointName(this.#state.step);
    if (isBest) this.#state.best = name;
    await this.#saveTo(join(this.#plan.out, name));
    this.#record.last = name;
    if (isBest) this.#record.best = name;
    await this.#writeRecord();
    if (this.#writes) await this.#prune();
    this.#hooks.onEvent?.({ type: 'checkpoint', name, isBest });
  }

  async #saveTo(folder: string): Promise<void> {
    const contents = { ...(await this.#inTraining.contents()), model: this.#model.config };
    if (!this.#writes) return;
    if (this.#lora) {
      const adapter = { ...this.#lora, tensors: await tensorsOf(this.#optimizer.parameters) };
      await saveAdapter(folder, { ...contents, adapter });
    } else {
      const parameters = await tensorsOf(this.#model.parameters);
      await saveCheckpoint(folder, { ...contents, parameters });
    }
  }

  /** Keeps the best and the last few. */
  async #prune(): Promise<void> {
    const names = await listCheckpoints(this.#plan.out);
    const kept = new Set([this.#record.best, ...names.slice(-this.#training.keepLast)]);
    for (const name of names) {
      if (!kept.has(name)) await removeFolderAtomic(join(this.#plan.out, name));
    }
  }

  async #explained(error: unknown): Promise<unknown> {
    if (!(error instanceof Diverged || error instanceof DeviceLost)) return error;
    if (error instanceof Diverged) await this.#writeStatus('diverged');
    const { last } = this.#record;
    const kept =
      last === undefined ? 'no checkpoint had been saved' : `the last good checkpoint, ${last}, is whole`;
    return new TsgptError(`${error.message}; ${kept}`, error.hint, { cause: error });
  }

  async #writeStatus(status: RunRecord['status']): Promise<void> {
    this.#record.status = status;
    await this.#writeRecord();
  }

  async #writeRecord(): Promise<void> {
    if (this.#writes) await writeRecord(this.#plan.out, this.#record);
  }

  #log(entry: LogEntry): void {
    if (this.#writes) appendLog(this.#plan.out, entry);
  }

  #result(ended: RunResult['ended']): Omit<RunResult, 'dataWait' | 'gpuIdle'> {
    const { step, tokens, seconds, valLoss, bestValLoss } = this.#state;
    const { best, last } = this.#record;
    return { ended, step, tokens, seconds, valLoss, bestValLoss, best, last };
  }

  get #tokensPerStep(): number {
    return tokensPerStep(this.#training, this.#model.config);
  }

  dispose(): void {
    this.#inTraining.pauseClock();
    if (this.#lora) for (const variable of this.#optimizer.parameters.values()) variable.dispose();
    this.#optimizer.dispose();
  }
}
