// Run by training.test.ts in a process of its own, with --expose-gc: prints what memory holds as training goes on.
// Arguments: the architecture, the precision, the steps between readings, the readings.

import { startBackend } from 'tsgpt';
import * as tf from '#tfjs';
import { Trainee } from '../trainee.ts';

const [arch, precision, steps, readings] = process.argv.slice(-4) as [string, string, string, string];
await startBackend('native', { precision });
const trainee = new Trainee(arch);
for (let i = 0; i < Number(readings); i++) {
  await trainee.steps(Number(steps));
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 10)); // buffers are freed a little later
  }
  const { numTensors, numDataBuffers, numBytes, ...rest } = tf.memory();
  const resident = process.memoryUsage.rss();
  console.log(
    JSON.stringify({
      resident,
      held: { numTensors, numDataBuffers, numBytes, pool: Reflect.get(rest, 'pool') },
    }),
  );
}
