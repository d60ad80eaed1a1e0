// Run by killed.test.ts in a process of its own: saves until it is killed. Arguments: the run's folder,
// the architecture, the first step.
import { join } from 'node:path';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { example, GPT, LSTM } from './example.ts';

const [folder, arch, first] = process.argv.slice(-3) as [string, string, string];
const model = arch === 'gpt' ? GPT : LSTM;
for (let step = Number(first); ; step++) {
  await saveCheckpoint(join(folder, checkpointName(step)), example(step, 20_000, model));
  await saveCheckpoint(join(folder, 'last'), example(step, 20_000, model));
  process.stdout.write('.');
}
