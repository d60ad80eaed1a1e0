// What the page and its worker say to each other.
import type { WebSize } from 'tsgpt/web';

export type TextChoice = { kind: 'stories' } | { kind: 'text'; name: string; files: readonly GivenFile[] };

export interface Plan {
  text: TextChoice;
  /** 'opened': the model at hand learns further. */
  size: WebSize | 'opened';
  arch: string;
  tokens: 'pieces' | 'characters';
  /** How the samples begin that are written while it learns. */
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

/** Of a text or of a saved model; its path within what was dropped or chosen. */
export interface GivenFile {
  path: string;
  content: Blob;
}

export type Request =
  /** The first: on which backend to compute; auto, if the page's address does not say. */
  | { type: 'start'; backend: string }
  | { type: 'train'; plan: Plan }
  | { type: 'go on' }
  | { type: 'stop' }
  | { type: 'write'; settings: WritingSettings }
  | { type: 'stop writing' }
  | { type: 'save' }
  | { type: 'open'; files: GivenFile[] };

/** An architecture that can be chosen. */
export interface Kind {
  arch: string;
  title: string;
  /** Parameters of each size, in words: "0.9 M". */
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
      /** Why it is not a faster one, and what would change that. */
      passedOver: { reason: string; hint: string } | undefined;
    }
  /** What there is to choose from. */
  | { type: 'kinds'; kinds: readonly Kind[] }
  /** How the sample stories begin. */
  | { type: 'stories'; beginning: string }
  /** What it is doing just now, in words. */
  | { type: 'status'; text: string }
  /** How far it is with that. */
  | { type: 'progress'; text: string }
  | { type: 'model'; facts: ModelFacts; isOpened: boolean }
  | { type: 'text'; trainTokens: number; valTokens: number }
  | { type: 'step'; step: number; loss: number; tokensPerSecond: number; seconds: number }
  | { type: 'evaluation'; step: number; loss: number; bitsPerByte: number | undefined }
  | { type: 'sample'; step: number; prompt: string; text: string }
  | { type: 'stopped'; canGoOn: boolean }
  /** A text begins now: what came before belongs to another. */
  | { type: 'writing' }
  | { type: 'piece'; text: string }
  | { type: 'written'; tokens: number; seconds: number }
  | { type: 'saved'; name: string; file: Blob }
  | { type: 'error'; message: string; hint: string | undefined };
