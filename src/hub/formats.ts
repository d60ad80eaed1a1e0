// What a model can be exported as.
export const EXPORT_FORMATS = ['hf', 'onnx'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
