// The library: re-exports only.

export * as tf from '#tfjs';
export type { Architecture } from './architectures/architecture.ts';
export type { BertConfig } from './architectures/bert/config.ts';
export type { CnnConfig } from './architectures/cnn/config.ts';
export type { ModelConfig } from './architectures/config.ts';
export { createModel } from './architectures/create.ts';
export type { GptConfig } from './architectures/gpt/config.ts';
export type { GruConfig } from './architectures/gru/config.ts';
export { type LanguageModel, type Model, parameterCount } from './architectures/language-model.ts';
export * as layers from './architectures/layers.ts';
export { ARCHITECTURES, architectureNamed } from './architectures/list.ts';
export type { LlamaConfig } from './architectures/llama/config.ts';
export type { LstmConfig } from './architectures/lstm/config.ts';
export type { NgramConfig } from './architectures/ngram/config.ts';
export type { RnnConfig } from './architectures/rnn/config.ts';
export type { Seq2SeqConfig } from './architectures/seq2seq/config.ts';
export type { TaggerConfig } from './architectures/tagger/config.ts';
export type { VaeConfig } from './architectures/vae/config.ts';
export { BACKENDS, type Probe, startBackend } from './backends/index.ts';
export { lineChart } from './base/chart.ts';
export { TsgptError, UsageError } from './base/errors.ts';
export { type ChatSource, type Conversation, type Message, textOfChat } from './chat/conversation.ts';
export { openChat } from './chat/open.ts';
export type { Example } from './chat/tokens.ts';
export { type BinFormat, exportBins, importBins } from './data/bin-files.ts';
export { type Conversations, conversationsOf } from './data/conversations.ts';
export {
  type ChatDataset,
  type Dataset,
  openDataset,
  type PairDataset,
  type TextDataset,
} from './data/dataset.ts';
export { mergeShards } from './data/merge-shards.ts';
export { type Pair, type Pairs, pairsOf } from './data/pairs.ts';
export { prepareData } from './data/prepare.ts';
export { prepareChat } from './data/prepare-chat.ts';
export { preparePairs } from './data/prepare-pairs.ts';
export { prepareShards } from './data/prepare-shards.ts';
export { type Tokens, tokensOf } from './data/tokens.ts';
export { byteLengths } from './evaluation/bits-per-byte.ts';
export { GGUF_DTYPES, type GgufDtype } from './formats/gguf/dtypes.ts';
export { DTYPES, type Dtype } from './formats/onnx/dtypes.ts';
export { type Exported, type ExportOptions, exportModel } from './hub/export.ts';
export { EXPORT_FORMATS, type ExportFormat } from './hub/formats.ts';
export { type ImportedModel, type ImportOptions, importModel } from './hub/import.ts';
export { importAdapter } from './hub/import-adapter.ts';
export * as ops from './ops/index.ts';
export type { RunEvent, RunHooks, RunResult } from './run/events.ts';
export { openModel } from './run/open.ts';
export type { RunRequest } from './run/request.ts';
export { startRun } from './run/start.ts';
export { type Answer, Talk, type TalkOptions } from './run/talk.ts';
export { collectSamples, generate } from './sampling/generate.ts';
export { resolveSettings, SETTINGS, type Settings } from './settings/settings.ts';
export { type Evaluation, evaluate } from './tasks/next-token/evaluate.ts';
export { openText } from './text/open.ts';
export type { PairSource, TextPair } from './text/pair-source.ts';
export { openPairs } from './text/pairs.ts';
export type { Piece, TextSource } from './text/source.ts';
export { tokenizerFor } from './tokenizers/choose.ts';
export { tokenizersOfPairs } from './tokenizers/for-pairs.ts';
export { loadTokenizer, saveTokenizer } from './tokenizers/store.ts';
export type { Tokenizer } from './tokenizers/tokenizer.ts';
