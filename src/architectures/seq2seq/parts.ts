// Sides that can begin as a whole model was trained: an encoder as a BERT, a decoder as a GPT-2.
import type { Part } from '../architecture.ts';
import { EMBEDDINGS } from '../bert/parameters.ts';

export const encoder: Part = {
  arch: 'bert',
  nameIn: renamed({ 'source.': `${EMBEDDINGS}.`, 'encoder.': 'bert.encoder.' }),
};

export const decoder: Part = { arch: 'gpt', nameIn: renamed({ 'target.': '', 'decoder.': '' }) };

/** By what names begin with here and there. */
function renamed(beginnings: Readonly<Record<string, string>>): Part['nameIn'] {
  return (name) => {
    const ours = Object.keys(beginnings).find((beginning) => name.startsWith(beginning));
    return ours === undefined ? undefined : beginnings[ours] + name.slice(ours.length);
  };
}
