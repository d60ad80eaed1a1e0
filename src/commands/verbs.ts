// The verbs of the command line, each loaded when it is asked for.
import type { Command } from 'commander';

interface Verb {
  about: string;
  load(): Promise<{ command(): Command }>;
}

export const VERBS: Readonly<Record<string, Verb>> = {
  quickstart: {
    about: 'train a small model on built-in stories, and see what it writes (two minutes)',
    load: () => import('./quickstart.ts'),
  },
  prepare: { about: 'turn text into tokens to train on', load: () => import('./prepare.ts') },
  data: {
    about: 'put parts of a prepared text together, look through one, exchange its tokens',
    load: () => import('./data.ts'),
  },
  tokenizer: { about: 'learn a tokenizer, or look through one', load: () => import('./tokenizer.ts') },
  train: { about: 'train a model, or go on training', load: () => import('./train.ts') },
  sample: { about: 'let a model write', load: () => import('./sample.ts') },
  chat: { about: 'talk with a model', load: () => import('./chat.ts') },
  eval: { about: 'measure a model: loss, perplexity, bits per byte', load: () => import('./eval.ts') },
  compare: {
    about: 'train several architectures on one budget, and report',
    load: () => import('./compare.ts'),
  },
  import: {
    about: 'fetch a model from the Hugging Face hub, or read one from disk',
    load: () => import('./import.ts'),
  },
  export: {
    about: 'write a model for transformers.js (ONNX), or for Python',
    load: () => import('./export.ts'),
  },
  web: { about: 'train in a browser: serve the page from this machine', load: () => import('./web.ts') },
  summary: { about: 'show a model’s layers, parameters and cost', load: () => import('./summary.ts') },
  doctor: { about: 'tell what can run here, and why not the rest', load: () => import('./doctor.ts') },
  bench: { about: 'measure how fast a model trains here', load: () => import('./bench.ts') },
};
