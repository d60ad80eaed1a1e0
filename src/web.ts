// The library for web pages: all of it but disk and command line. Re-exports only; nothing behind it imports from Node.

export { type Architecture, WEB_SIZES, type WebSize } from './architectures/architecture.ts';
export type { CnnConfig } from './architectures/cnn/config.ts';
export type { ModelConfig } from './architectures/config.ts';
export { countParameters } from './architectures/count.ts';
export { createAnyModel, createModel, emptyModel } from './architectures/create.ts';
export type { GptConfig } from './architectures/gpt/config.ts';
export type { GruConfig } from './architectures/gru/config.ts';
export { type LanguageModel, type Model, parameterCount } from './architectures/language-model.ts';
export * as layers from './architectures/layers.ts';
export { ARCHITECTURES, architectureNamed } from './architectures/list.ts';
export type { LlamaConfig } from './architectures/llama/config.ts';
export type { LstmConfig } from './architectures/lstm/config.ts';
export type { RnnConfig } from './architectures/rnn/config.ts';
export { DeviceLost } from './backends/backend.ts';
export { BACKENDS, type Probe, type Started, startBackend, stepsAhead } from './backends/index.ts';
export { TsgptError, UsageError } from './base/errors.ts';
export { unpack, type ZipEntry, zipEntries, zipPieces } from './base/zip.ts';
export { ADAPTER_FILES } from './checkpoint/adapter.ts';
export { FILES as CHECKPOINT_FILES } from './checkpoint/checkpoint.ts';
export type { FolderInMemory } from './checkpoint/folder-in-memory.ts';
export {
  packCheckpoint,
  type UnpackedCheckpoint,
  unpackCheckpoint,
} from './checkpoint/in-memory.ts';
export { checkpointName } from './checkpoint/list.ts';
export { type MemoryDataset, prepareInMemory } from './data/in-memory.ts';
export { type Tokens, tokensOf } from './data/tokens.ts';
export { byteLengths } from './evaluation/bits-per-byte.ts';
export * as ops from './ops/index.ts';
export type { Optimizer } from './optimizers/optimizer.ts';
export { checkMemory } from './run/memory-check.ts';
export { newState, type RunState } from './run/state.ts';
export { type SpeedReport, TrainingRun } from './run/training-run.ts';
export { assignTensors, tensorsOf } from './run/weights.ts';
export { collectSamples, generate, type SampleEvent } from './sampling/generate.ts';
export { type SamplingInput, samplingOptions } from './sampling/options.ts';
export { modelOf, resolveSettings, SETTINGS, type Settings, trainingOf } from './settings/settings.ts';
export type { TrainingConfig } from './settings/training.ts';
export { taskOf } from './tasks/list.ts';
export { type Evaluation, evaluate } from './tasks/next-token/evaluate.ts';
export { write } from './tasks/write.ts';
export { csvPieces } from './text/csv.ts';
export { jsonlPieces } from './text/jsonl.ts';
export { plainPieces } from './text/plain.ts';
export type { Piece, TextSource } from './text/source.ts';
export { storySource } from './text/stories/index.ts';
export { decodeUtf8 } from './text/utf8.ts';
export { byteTokenizer } from './tokenizers/byte-pair.ts';
export { learnCharacters } from './tokenizers/char.ts';
export { tiktokenEncoding } from './tokenizers/encodings.ts';
export { learnBpe } from './tokenizers/learn.ts';
export type { Tokenizer } from './tokenizers/tokenizer.ts';
export { createOptimizer, statePerParameter } from './training/create-optimizer.ts';
export { type StepReport, trainingLoop } from './training/loop.ts';
