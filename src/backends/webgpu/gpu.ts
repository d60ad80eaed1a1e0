// Where a GPU is looked for: Node and the browser each have their own way.

/** WebGPU's entry, and what to do if it knows no adapter; or why there is none. */
export type Gpu = { gpu: GPU; hint: string } | { reason: string; hint: string };

export type FindGpu = () => Promise<Gpu>;
