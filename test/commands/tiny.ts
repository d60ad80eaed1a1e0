// A prepared text and runs as small as can be, made by the command line.
import { type Ended, tsgpt } from '../program.ts';

/** `more` are further words of `train`. */
export async function trainTiny(cwd: string, out: string, ...more: string[]): Promise<Ended> {
  const heads = more.includes('lstm') ? '' : '--heads 2 '; // which an LSTM has not
  const tiny = `--layers 1 ${heads}--width 16 --context 16 --batch-size 4 --max-steps 6 --eval-interval 3`;
  const words = ['train', '--data', 'data/stories', '--out', out, ...tiny.split(' '), '--eval-tokens', '400'];
  return tsgpt([...words, '--checkpoint-interval', '3', ...more], { cwd });
}

export async function prepareStories(cwd: string): Promise<Ended> {
  const words =
    'prepare builtin:stories --stories 120 --tokenizer bpe --vocab-size 300 --out data/stories --json';
  return tsgpt(words.split(' '), { cwd });
}
