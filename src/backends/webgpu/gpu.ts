// Where a GPU is looked for: Node and the browser each have their own way.

export interface NoGpu {
  reason: string;
  /** What the user can do about it. */
  hint: string;
}

/** Asks for one of the machine's adapters, without a word on the terminal. */
export type RequestAdapter = (powerPreference: GPUPowerPreference) => Promise<GPUAdapter | NoGpu>;

export type FindGpu = () => Promise<{ requestAdapter: RequestAdapter } | NoGpu>;
