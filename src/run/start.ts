// From a request to a finished run: starts the backend, plans, trains.

import { startBackend } from '../backends/index.ts';
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import type { RunHooks, RunResult } from './events.ts';
import { lockRun } from './lock.ts';
import { type Plan, planRun, type RunRequest } from './plan.ts';
import { hasRun, readRecord } from './record.ts';
import { executeRun } from './run.ts';

export interface Engine {
  /** auto, or a backend's name. */
  backend?: string | undefined;
  precision?: string | undefined;
}

export interface StartHooks extends RunHooks {
  /** What was chosen, before the first step. */
  onPlan?: (plan: Plan, why: string) => void;
}

export async function startRun(
  request: RunRequest,
  engine: Engine = {},
  hooks: StartHooks = {},
): Promise<RunResult> {
  checkPrecision(engine.precision ?? 'auto');
  const asked = engine.backend ?? 'auto';
  const name = await backendFor(request, asked);
  const { why, ...backend } = await startBackend(name);
  const unlock = lockRun(request.out);
  try {
    const plan = await planRun(request, backend);
    hooks.onPlan?.(plan, name === asked ? why : 'as before');
    return await executeRun(plan, hooks);
  } finally {
    unlock();
  }
}

/** A resumed run stays on its backend unless the user names another. */
async function backendFor({ out, resume }: RunRequest, asked: string): Promise<string> {
  return asked === 'auto' && resume && hasRun(out) ? (await readRecord(out)).backend.name : asked;
}

function checkPrecision(precision: string): void {
  if (precision === 'auto' || precision === 'fp32') return;
  if (precision !== 'bf16')
    throw new UsageError(`unknown precision ${precision}`, didYouMean(precision, ['auto', 'fp32', 'bf16']));
  throw new UsageError(
    'no backend here has bf16 arithmetic: tfjs computes in fp32',
    'leave --precision out, or give fp32',
  );
}
