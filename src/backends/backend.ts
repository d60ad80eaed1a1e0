// What runs the ops. A backend that cannot run here is a value with a reason, not an exception. Loads nothing of tfjs.
import type * as tf from '#tfjs';
import { TsgptError } from '../base/errors.ts';

/** `auto` prefers them in this order. */
export const BACKEND_NAMES = ['webgpu', 'tensorflow', 'native', 'plain'] as const;

/** What matrix products round their operands to; sums and weights are float32 under all. */
export const PRECISIONS = ['fp32', 'bf16', 'fp16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What ops run on is gone, and everything in its memory with it. */
export class DeviceLost extends TsgptError {}

export interface Backend {
  /** The user calls it so. */
  readonly name: string;
  /** tfjs calls it so. */
  readonly tfjsName: string;
  /** What it runs on, or why it cannot run here and what would change that. */
  probe(): Promise<Probe>;
  /** What it has of half the width; asked after the probe. Absent: it computes in fp32 alone. */
  half?(): Half;
  /** Called after a probe that said yes, before tfjs is told to use it; and again to change the options. */
  start?(options: StartOptions): void | Promise<void>;
  /** Keeps these weights, which are only read from then on, in half the memory. Absent: it cannot. */
  holdWeightsAsBf16?(parameters: Iterable<tf.Variable>): void;
  /** The live memory of a tensor of float32: what is written to it changes the tensor. Absent: it has none here. */
  memoryOf?(tensor: tf.TensorInfo): Float32Array;
  /** How many steps of training it is given beyond the one that is waited for, so that it is never idle. Absent: none. */
  readonly stepsAhead?: number;
  /** What its GPU holds and does, once it has been started. Absent: it has none that would tell. */
  gpu?(): GpuAtWork | undefined;
}

export interface GpuAtWork {
  /** The most memory that has been taken at once. */
  readonly peakBytes: number;
  /** Bytes that one array may have. */
  readonly largestArray: number;
  /** Whether the GPU has as much memory in all, what it holds now included. */
  fits(bytes: number): Promise<boolean>;
  /** Gives back what is kept for arrays of sizes that may come again. */
  freeUnused(): void;
  /** Whether its time is measured from now on. */
  measureIdle(on: boolean): void;
  /** The share of the time measured since the last call in which it had nothing to do; null if it cannot tell. */
  idle(): Promise<number | null>;
}

export interface StartOptions {
  precision: Precision;
  /** As many as it thinks best if not given. A backend that cannot choose refuses the number. */
  threads?: number | undefined;
  /** How many processes share the cores: what it thinks best is its share of them. */
  sharers?: number | undefined;
}

/** A precision of half the width. With `onlyIfAsked`, which says why, `auto` takes fp32. */
export type Half = { precision: 'bf16' | 'fp16' } & (
  | { usable: true; onlyIfAsked?: string }
  | { usable: false; reason: string }
);

/** Whether a backend can run here; if not, the reason, and what would change that. */
export type Probe =
  /** `auto` passes over a backend with `onlyIfAsked`, which says why. */
  { usable: true; detail: string; onlyIfAsked?: string } | { usable: false; reason: string; hint: string };
