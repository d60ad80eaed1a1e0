// The backends there are. In a browser list-web.ts takes this file's place ("browser" in package.json).
import { BACKEND_NAMES, type Backend } from './backend.ts';
import { native } from './native/index.ts';
import { plain } from './plain/index.ts';
import { tensorflow } from './tensorflow/index.ts';
import { webgpu } from './webgpu/index.ts';

const BY_NAME: Record<(typeof BACKEND_NAMES)[number], Backend> = { webgpu, tensorflow, native, plain };

/** `auto` prefers them in this order. */
export const BACKENDS: readonly Backend[] = BACKEND_NAMES.map((name) => BY_NAME[name]);
