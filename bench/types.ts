// The shapes that the benchmarks hand to each other.
import type { Measured } from '../src/benchmark/measure.ts';

export interface Contender {
  /** The column that it stands in. */
  side: string;
  /** The same, or more where several share a column. */
  name: string;
  command(config: string): string[];
  /** It is run once, however many runs are asked for. */
  slow?: boolean;
  /** The only configurations that it is measured on. */
  only?: readonly string[];
  /** The most steps that it is given. */
  steps?: number;
}

export interface Limits {
  steps?: number | undefined;
  seconds?: number | undefined;
}

/** What a program printed, or why it did not. */
export type Outcome<T> = { result: T; error?: undefined } | { result?: undefined; error: string };

/** What `tsgpt bench --json`, peer.py and stock.mjs print. A GPU's numbers are null, or absent, where nothing tells them. */
export interface Result extends Partial<Measured> {
  config: string;
  backend: string;
  tokensPerSecond: number;
  peakMemoryBytes?: number;
  /** Of PyTorch: by torch.compile. */
  compiled?: boolean;
}

/** Of one contender: medians over its runs. */
export interface Summary extends Result {
  side: string;
  /** Tokens a second of each run. */
  runs: number[];
}

export interface Product {
  config: string;
  name: string;
  pass: string;
  M: number;
  N: number;
  K: number;
  ms: number;
  tflops: number;
}

export interface Peaks {
  adapter: { vendor: string; architecture: string; name: string; description: string };
  /** TFLOP/s by the kind of multiply-add. */
  peaks: Record<string, number>;
}

export interface Products extends Partial<Peaks> {
  fp32: Product[] | undefined;
  fp16: Product[] | undefined;
}

/** What gpu-profile.mjs prints. */
export interface Profile {
  config: string;
  precision: string;
  dispatches: number;
  programs: { name: string; dispatches: number; ms: number }[];
}

/** A dispatch as Recorder keeps it: the calls that make it again. */
export interface Dispatch {
  pipeline: GPUComputePipeline;
  run(pass: GPUComputePassEncoder): void;
}
