// From a request to a finished run: starts the backend, plans, trains.

import { type EngineOptions, type Started, startBackend } from '../backends/index.ts';
import { removeLeftovers } from '../base/leftovers.ts';
import { meet } from '../collectives/collective.ts';
import { joinRanks, type MpiRanks } from '../collectives/mpi.ts';
import type { RunHooks, RunResult } from './events.ts';
import { lockRun } from './lock.ts';
import { planRun } from './plan.ts';
import { refuseWire, Together } from './ranks.ts';
import { hasRun, readRecord } from './record.ts';
import type { Plan, RunRequest } from './request.ts';
import { executeRun } from './run.ts';

export interface Engine extends EngineOptions {
  /** auto, or a backend's name. */
  backend?: string | undefined;
}

export interface StartHooks extends RunHooks {
  /** Called before the first step with what was chosen. */
  onPlan?: (plan: Plan, started: Started) => void;
}

/**
 * Trains from the start, or goes on training, until the budget is spent or a signal stops it; saves as it goes. Where MPI has
 * started this process as one of several, they train together: the first writes and is heard.
 * @param request What is trained on what: `flags` are settings by name, and win over `file`, which wins over `preset`.
 * @param engine The backend, its precision and its threads. A resumed run stays on its own unless others are given.
 * @param hooks Called as the run goes; `signal` stops it so that it can be resumed to the same bits.
 * @example
 * import { startRun } from 'tsgpt';
 * const stop = new AbortController();
 * process.once('SIGINT', () => stop.abort());
 * const result = await startRun(
 *   { data: 'data/poems', out: 'checkpoints/poems', arch: 'gpt', flags: { layers: 4, maxSteps: 1000 } },
 *   { backend: 'auto' },
 *   {
 *     signal: stop.signal,
 *     onEvent: (event) => event.type === 'step' && console.log(event.report.step, event.report.loss),
 *   },
 * );
 * console.log(result.ended, result.bestValLoss);
 */
export async function startRun(
  request: RunRequest,
  engine: Engine = {},
  hooks: StartHooks = {},
): Promise<RunResult> {
  const ranks = joinRanks();
  return ranks ? startTogether(ranks, request, engine, hooks) : start(request, engine, hooks);
}

async function startTogether(
  ranks: MpiRanks,
  request: RunRequest,
  engine: Engine,
  hooks: StartHooks,
): Promise<RunResult> {
  ranks.isBusy = true;
  const together = await Together.of(ranks, hooks);
  ranks.name(together.hosts);
  const { signal, sharers, isFirst } = together;
  const result = await start(request, { ...engine, sharers }, { ...(isFirst && hooks), signal }, together);
  await meet(ranks);
  ranks.isBusy = false;
  return result;
}

async function start(
  request: RunRequest,
  engine: Engine,
  hooks: StartHooks,
  together?: Together,
): Promise<RunResult> {
  const isFirst = together?.isFirst ?? true;
  const goesOn = request.resume && hasRun(request.out);
  const chosen = goesOn ? await asInRun(request.out, engine) : engine;
  const started = await startBackend(chosen.backend, chosen);
  const unlock = isFirst ? await lockRun(request.out) : () => {};
  try {
    const { name, detail, precision } = started;
    if (isFirst) await removeLeftovers(request.out);
    if (together) await meet(together.ranks);
    const plan = await planRun(request, { backend: { name, detail }, precision }, together?.sharing);
    await (together ? together.check(plan) : refuseWire(plan.record.settings));
    hooks.onPlan?.(plan, {
      ...started,
      ...(chosen.backend !== engine.backend && { why: 'as before' }),
      ...(chosen.precision !== engine.precision && { whyPrecision: 'as before' }),
    });
    return await executeRun(plan, hooks, together);
  } finally {
    unlock();
  }
}

/** A run stays on its backend and its precision unless the user names others. */
export async function asInRun(folder: string, { backend, precision, ...rest }: Engine): Promise<Engine> {
  const stored = await readRecord(folder);
  const isLeftOpen = (asked = 'auto') => asked === 'auto';
  return {
    backend: isLeftOpen(backend) ? stored.backend.name : backend,
    precision: isLeftOpen(precision) ? stored.precision : precision,
    ...rest,
  };
}
