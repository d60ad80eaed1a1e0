// Run by killed.test.ts in a process of its own: saves until it is killed. Arguments: the run's folder, the first step.
import { join } from 'node:path';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { example } from './example.ts';

const [folder, first] = process.argv.slice(-2) as [string, string];
for (let step = Number(first); ; step++) {
  await saveCheckpoint(join(folder, checkpointName(step)), example(step, 20_000));
  await saveCheckpoint(join(folder, 'last'), example(step, 20_000));
  process.stdout.write('.');
}
