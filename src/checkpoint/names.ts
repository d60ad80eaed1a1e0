// Our tensor names ↔ those on disk. A GPT's are those of Hugging Face's GPT2LMHeadModel.
import type { Arch } from '../config/model.ts';

const PREFIX = 'transformer.';
/** Not parameters: the output layer is the token embedding, and attention's masks are computed. */
const IGNORED = /^lm_head\.weight$|\.attn\.(bias|masked_bias)$/;

interface Names {
  toDisk(name: string): string;
  /** Nothing for a tensor that is no parameter. */
  fromDisk(name: string): string | undefined;
}

const GPT: Names = {
  toDisk: (name) => PREFIX + name,
  // The published GPT-2 files were saved without the prefix.
  fromDisk: (name) => (IGNORED.test(name) ? undefined : withoutPrefix(name)),
};

const LSTM: Names = { toDisk: (name) => name, fromDisk: (name) => name };

export function namesOnDisk(arch: Arch): Names {
  return arch === 'gpt' ? GPT : LSTM;
}

function withoutPrefix(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}
