// The messages between the page and its worker.
import type { WebSize } from 'tsgpt/web';

export type TextChoice = { kind: 'stories' } | { kind: 'text'; name: string; files: readonly GivenFile[] };

export interface Plan {
  text: TextChoice;
  /** With 'opened' the current model is trained further. */
  size: WebSize | 'opened';
  arch: string;
  tokens: 'pieces' | 'characters';
  /** Samples that are written during training begin with it. */
  prompt: string;
}

export interface WritingSettings {
  prompt: string;
  temperature: number;
  topK: number;
  topP: number;
  maxTokens: number;
  seed: number;
}

/** A file of a text or of a saved model. */
export interface GivenFile {
  /** It is relative to the folder that was dropped or chosen. */
  path: string;
  content: Blob;
}

export type Request =
  /** This comes first. The backend is 'auto' unless the page's address names one. */
  | { type: 'start'; backend: string }
  | { type: 'train'; plan: Plan }
  | { type: 'go on' }
  | { type: 'stop' }
  | { type: 'write'; settings: WritingSettings }
  | { type: 'stop writing' }
  | { type: 'save' }
  | { type: 'open'; files: GivenFile[] };

/** An architecture that the page offers. */
export interface Kind {
  arch: string;
  title: string;
  /** The number of parameters of each size, as text: "0.9 M". */
  sizes: Readonly<Record<WebSize, string>>;
}

export interface ModelFacts {
  title: string;
  /** "2 layers, width 64" */
  shape: string;
  parameters: number;
  tokenizer: string;
  vocabSize: number;
  step: number;
}

export type Report =
  | {
      type: 'engine';
      name: string;
      detail: string;
      isSlow: boolean;
      /** The reason why a faster backend is not used, and what would change that. */
      passedOver: { reason: string; hint: string } | undefined;
    }
  /** The architectures that can be chosen. */
  | { type: 'kinds'; kinds: readonly Kind[] }
  /** The beginning of the sample stories. */
  | { type: 'stories'; beginning: string }
  /** The work that begins now, in words. */
  | { type: 'status'; text: string }
  /** The progress of that work. */
  | { type: 'progress'; text: string }
  | { type: 'model'; facts: ModelFacts; isOpened: boolean }
  | { type: 'text'; trainTokens: number; valTokens: number }
  | { type: 'step'; step: number; loss: number; tokensPerSecond: number; seconds: number }
  | { type: 'evaluation'; step: number; loss: number; bitsPerByte: number | undefined }
  | { type: 'sample'; step: number; prompt: string; text: string }
  | { type: 'stopped'; canGoOn: boolean }
  /** A text begins: the pieces after this belong to it. */
  | { type: 'writing' }
  | { type: 'piece'; text: string }
  | { type: 'written'; tokens: number; seconds: number }
  | { type: 'saved'; name: string; file: Blob }
  | { type: 'error'; message: string; hint: string | undefined };
