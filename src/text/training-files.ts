// Which files of a data set from the Hugging Face hub are for training: their names say so, as in data/train-00000-of-00002.parquet.
import { relative } from 'node:path';

const SPLIT = /(?:^|[^a-z])(train|training|test|testing|validation|valid|val|dev|eval)(?![a-z])/;
const TRAINING = ['train', 'training'];

/**
 * A folder with .parquet files is taken for such a data set. Where the names of some of its files are of its training split, those
 * of other splits are held back; files of neither are wanted, too.
 */
export function trainingFiles(files: string[], folder: string): { wanted: string[]; heldBack: number } {
  const isDataSet = files.some((file) => /\.parquet$/i.test(file));
  const splitOf = (file: string) => SPLIT.exec(relative(folder, file).toLowerCase())?.[1];
  const hasTraining = files.some((file) => TRAINING.includes(splitOf(file) ?? ''));
  if (!isDataSet || !hasTraining) return { wanted: files, heldBack: 0 };
  const wanted = files.filter((file) => TRAINING.includes(splitOf(file) ?? 'train'));
  return { wanted, heldBack: files.length - wanted.length };
}
