// The dtypes that weights may be stored in: float32, and float16 and bfloat16, which are widened to it.
import { TsgptError } from './errors.ts';
import { fromBfloat16, fromFloat16 } from './half.ts';

export const FLOAT_DTYPES = ['F32', 'F16', 'BF16'] as const;
export type FloatDtype = (typeof FLOAT_DTYPES)[number];

export const WIDEN = { F16: fromFloat16, BF16: fromBfloat16 };

export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return FLOAT_DTYPES.some((known) => known === dtype);
}

/** Refuses every other dtype. `tensor` and `file` are only named in errors. */
export function floatDtype(dtype: string, tensor: string, file: string): FloatDtype {
  if (isFloatDtype(dtype)) return dtype;
  throw new TsgptError(
    `${file} stores tensor ${tensor} as ${dtype}; only ${FLOAT_DTYPES.join(', ')} can be read`,
    'convert it first, in Python: model.float().save_pretrained(folder)',
  );
}
