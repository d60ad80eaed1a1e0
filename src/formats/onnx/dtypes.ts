// What an ONNX file's weights can be stored as. int8 and int4 are what transformers.js calls q8 and q4.
/**
 * What an ONNX file's weights can be stored as; int8 and int4 are what transformers.js calls q8 and q4.
 */
export const DTYPES = ['fp32', 'fp16', 'int8', 'int4'] as const;
/** One of these. */
export type Dtype = (typeof DTYPES)[number];
