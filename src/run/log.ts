// log.jsonl: one JSON object a line, one line a step or an evaluation.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic-files.ts';
import { readable } from '../base/system-error.ts';

export interface StepEntry {
  step: number;
  tokens: number;
  /** Null where it was not finite and the step was skipped, since JSON has no NaN; so may gradNorm be. */
  loss: number | null;
  lr: number;
  gradNorm: number | null;
  tokensPerSecond: number;
  ms: number;
}

export interface EvaluationEntry {
  step: number;
  valLoss: number;
  valTokens: number;
  bitsPerByte?: number;
}

export type LogEntry = StepEntry | EvaluationEntry;

function logPath(runFolder: string): string {
  return join(runFolder, 'log.jsonl');
}

export function appendLog(runFolder: string, entry: LogEntry): void {
  try {
    appendFileSync(logPath(runFolder), `${JSON.stringify(entry)}\n`);
  } catch (error) {
    throw readable(error, `writing ${logPath(runFolder)}`);
  }
}

/** Entries in order; a last line cut short by a kill is left out. */
export function readLog(runFolder: string): LogEntry[] {
  if (!existsSync(logPath(runFolder))) return [];
  const lines = readFileSync(logPath(runFolder), 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

/** Drops what was logged after `step`: a resumed run does those steps again. */
export async function cutLog(runFolder: string, step: number): Promise<void> {
  const kept = readLog(runFolder).filter((entry) => entry.step <= step);
  await writeFileAtomic(logPath(runFolder), kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}
