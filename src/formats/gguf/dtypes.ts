// What a GGUF file's weights can be stored as, by llama.cpp's names.
/**
 * What a GGUF file's weights can be stored as; q8_0 has 8.5 bits a weight, q4_0 4.5.
 */
export const GGUF_DTYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const;
/** One of these. */
export type GgufDtype = (typeof GGUF_DTYPES)[number];

interface Layout {
  /** ggml's number of the type. */
  readonly type: number;
  /** llama.cpp's number of a file most of whose tensors are of the type. */
  readonly file: number;
  /** So many values of a row are stored together, in so many bytes. */
  readonly values: number;
  readonly bytes: number;
  /** Larger ones cannot be stored. */
  readonly most: number;
}

const MOST_FLOAT16 = 65504;

export const LAYOUTS: Readonly<Record<GgufDtype, Layout>> = {
  f32: { type: 0, file: 0, values: 1, bytes: 4, most: Infinity },
  f16: { type: 1, file: 1, values: 1, bytes: 2, most: MOST_FLOAT16 },
  bf16: { type: 30, file: 32, values: 1, bytes: 2, most: Infinity },
  q8_0: { type: 8, file: 7, values: 32, bytes: 34, most: 127 * MOST_FLOAT16 },
  q4_0: { type: 2, file: 2, values: 32, bytes: 18, most: 8 * MOST_FLOAT16 },
};
