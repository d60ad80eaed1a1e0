// What a model can be exported as.

export const EXPORT_FORMATS = ['hf', 'onnx'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Of the ONNX files. int8 is what transformers.js calls q8. */
export const DTYPES = ['fp32', 'fp16', 'int8'] as const;
export type Dtype = (typeof DTYPES)[number];
