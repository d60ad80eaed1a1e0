// The words of `tsgpt train`, with settings as --set pairs.
import { FASTEST } from '../on-backends.ts';

export function trainWords(out: string, settings: object = {}, ...more: string[]): string[] {
  return trainWordsOn(FASTEST, out, settings, ...more);
}

export function trainWordsOn(
  { backend, precision }: { backend: string; precision: string },
  out: string,
  settings: object,
  ...more: string[]
): string[] {
  const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const set = pairs.length === 0 ? [] : ['--set', ...pairs];
  const engine = ['--backend', backend, '--precision', precision];
  return ['train', '--out', out, ...engine, '--json', ...more, ...set];
}
