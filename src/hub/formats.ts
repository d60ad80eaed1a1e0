// What a model can be exported as.
/**
 * What a model can be exported as.
 */
export const EXPORT_FORMATS = ['hf', 'onnx', 'gguf'] as const;
/** One of these. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
