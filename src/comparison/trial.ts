// One run of a comparison: trained, or gone on with, and what its log tells.
import { UsageError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { median } from '../base/median.ts';
import type { RunEvent, RunResult } from '../run/events.ts';
import { readLog } from '../run/log.ts';
import { hasRun } from '../run/record.ts';
import { startRun } from '../run/start.ts';
import type { Settings } from '../settings/settings.ts';
import type { CurvePoint } from './findings.ts';
import type { Lab } from './lab.ts';

export interface Trial {
  /** The entry that it is part of. */
  name: string;
  /** What people are told of it: "gpt, learning rate 0.001". */
  title: string;
  folder: string;
  data: string;
  arch: string;
  settings: Settings;
}

export interface Finished {
  result: RunResult;
  /** What it held in memory, as forecast; null where that is not known. */
  memoryBytes: number | null;
}

export async function finish(trial: Trial, { engine, board, signal }: Lab): Promise<Finished> {
  const { name, title, folder: out, data, arch, settings } = trial;
  const resume = hasRun(out);
  let memoryBytes: number | null = null;
  const onEvent = (event: RunEvent) => {
    if (event.type === 'start') memoryBytes = event.memory?.total ?? null;
    board.heard(name, event);
    board.live(`${title}: ${describe(event)}`);
  };
  const run = startRun({ out, data, arch, flags: settings, resume }, engine, { onEvent, signal });
  const result = await run.catch((error) => {
    if (!(resume && error instanceof UsageError)) throw error;
    throw new UsageError(
      error.message,
      'the same command goes on with a comparison; for another one, choose another --out',
    );
  });
  signal?.throwIfAborted();
  return { result, memoryBytes };
}

function describe(event: RunEvent): string {
  switch (event.type) {
    case 'start':
      return `step ${event.step} of ${event.totalSteps}`;
    case 'step':
      return `step ${event.report.step} of ${event.totalSteps} · loss ${event.report.loss.toFixed(3)} · ${formatCount(event.tokensPerSecond)} tokens/s`;
    case 'micro-batch':
      return `step ${event.progress.step}: ${event.progress.done} of ${event.progress.count} batches`;
    case 'evaluation':
      return `validation loss ${event.entry.valLoss.toFixed(4)} after step ${event.entry.step}`;
    case 'checkpoint':
      return `saved ${event.name}`;
  }
}

/** Validation loss against tokens and seconds of training. */
export function curveOf(folder: string): CurvePoint[] {
  const points: CurvePoint[] = [];
  let [tokens, seconds] = [0, 0];
  for (const entry of readLog(folder)) {
    if ('valLoss' in entry) points.push({ tokens, seconds, loss: entry.valLoss });
    else {
      tokens = entry.tokens;
      seconds += entry.ms / 1000;
    }
  }
  return points;
}

/** Of the median step, so that warming up does not count; undefined where there was none. */
export function speedOf(folder: string): number | undefined {
  const speed = median(
    readLog(folder).flatMap((entry) => ('tokensPerSecond' in entry ? [entry.tokensPerSecond] : [])),
  );
  return Number.isNaN(speed) ? undefined : speed;
}
