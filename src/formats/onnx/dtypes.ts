// What an ONNX file's weights can be stored as. int8 is what transformers.js calls q8.
/**
 * What an ONNX file's weights can be stored as; int8 is what transformers.js calls q8.
 */
export const DTYPES = ['fp32', 'fp16', 'int8'] as const;
/** One of these. */
export type Dtype = (typeof DTYPES)[number];
