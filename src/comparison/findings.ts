// What a comparison found, as report.json holds it; the table, the Markdown and the page are made of it.
import type { DataMeta } from '../data/meta.ts';
import type { Floor } from '../evaluation/floor.ts';
import type { RunRecord } from '../run/record.ts';
import type { Settings } from '../settings/settings.ts';
import type { Figure, Measures, Profile, Task } from '../tasks/task.ts';
import type { Budget } from './budget.ts';
import type { Match } from './match.ts';
import type { PowerLaw } from './power-law.ts';
import type { Sample } from './statistics.ts';

export interface ComparisonReport {
  format: 2;
  created: string;
  data: DataMeta & { folder: string };
  match: Match;
  /** What all had the same of. */
  budget: Budget;
  /** How all were measured a second time, so that memory is no advantage; absent where the task has no such way. */
  equalTerms?: string | undefined;
  /** "12 windows of 64 tokens" */
  batch: string;
  backend: RunRecord['backend'];
  precision: RunRecord['precision'];
  machine: RunRecord['machine'];
  /** Absent where the text's own entropy is not known. */
  floor?: Floor;
  /** Absent where such models write nothing. */
  sampling?: { given: Task['given']; prompt: string; temperature: number; maxTokens: number; seed: number };
  entries: ComparisonEntry[];
  /** General compressors on the same text. */
  compressors: { name: string; bitsPerByte: number }[];
  /** Absent where there is one size of each. */
  scaling?: Scaling[];
}

/** One architecture in one size. */
export interface ComparisonEntry {
  /** "gpt", "gpt:layers=2", or "gpt 0.3M" where there are several sizes. */
  name: string;
  arch: string;
  /** The model's shape, in words. */
  shape: string;
  /** Those of the first seed. */
  settings: Settings;
  parameters: number;
  /** Floating-point operations of training on one token. */
  flopsPerToken: number;
  /** What training holds in memory, as it is forecast; null where that is not known. */
  memoryBytes: number | null;
  /** The learning rates that were tried, with the validation losses that they led to; absent where none was tried. */
  sweep?: { rate: number; loss: number }[] | undefined;
  /** One for each seed. */
  runs: ComparedRun[];
  /** Over the seeds: the loss, and the loss on equal terms. */
  loss: Sample;
  afresh: Sample;
}

export interface ComparedRun {
  seed: number;
  /** The checkpoint that was evaluated: the best of its run. */
  checkpoint: string;
  /** How many tokens it was trained on. */
  tokens: number;
  /** Seconds that its training steps took. */
  seconds: number;
  /** The speed of the median step, so that warming up does not count. */
  tokensPerSecond: number;
  /** Over the whole validation split, as `tsgpt eval` measures it. */
  evaluation: Measures;
  figures: Figure[];
  conditions: string;
  /** The same on equal terms. */
  afresh: Measures;
  /** Validation loss as training went on; the loss of every step is in the run's log.jsonl. */
  curve: CurvePoint[];
  /** Absent where a loss has no such parts. */
  profile?: Profile | undefined;
  /** Absent where such models write nothing. */
  sample?: string | undefined;
}

export interface CurvePoint {
  tokens: number;
  seconds: number;
  loss: number;
}

/** How the loss falls with the number of parameters. */
export interface Scaling {
  arch: string;
  points: { parameters: number; loss: number }[];
  /** Of the loss above the floor, where that is known; of the loss itself elsewhere. Absent where it cannot be fitted. */
  law?: PowerLaw | undefined;
}
