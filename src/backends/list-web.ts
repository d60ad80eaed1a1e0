// The backends that a browser can run.
import type { Backend } from './backend.ts';
import { plain } from './plain/index.ts';
import { webgpu } from './webgpu/browser.ts';

/** In the order in which `auto` prefers them. */
export const BACKENDS: readonly Backend[] = [webgpu, plain];
