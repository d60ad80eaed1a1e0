// The backends that a browser can run.
import type { Backend } from './backend.ts';
import { plain } from './plain/index.ts';
import { webgpu } from './webgpu/browser.ts';

/** `auto` prefers them in this order. */
export const BACKENDS: readonly Backend[] = [webgpu, plain];
