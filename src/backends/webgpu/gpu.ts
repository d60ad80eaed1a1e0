// Where a GPU is looked for: Node and the browser each have their own way.

/** WebGPU's entry, or why there is none. */
export type Gpu = { gpu: GPU } | { reason: string; hint: string };

export type FindGpu = () => Promise<Gpu>;
