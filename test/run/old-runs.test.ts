// Runs that the first code of version 0.1.0 began, kept as they were when they stopped at step 4 of 8 (test/golden/old-runs),
// go on with the code of today and end with the same bits. They were made on plain, whose numbers no machine changes.
// What lora ends with was renewed once, when W·x + B·(A·x) took the place of (W + B·A)·x: its losses stayed what they were.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRun } from 'tsgpt';
import { expect, it } from 'vitest';
import { readLog } from '../../src/run/log.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf } from './tiny.ts';

const KEPT = fileURLToPath(new URL('../golden/old-runs', import.meta.url));
const EXPECTED = JSON.parse(readFileSync(join(KEPT, 'expected.json'), 'utf8'));

const root = temporaryFolder();
cpSync(KEPT, root, { recursive: true });

it.each(['gpt', 'lstm', 'lora'])('a run of %s from version 0.1.0 goes on to the same bits', async (name) => {
  const out = join(root, name);
  const result = await startRun({ out, data: join(root, 'data'), resume: true }, { backend: 'plain' });
  expect(result).toMatchObject({ ended: 'budget', step: 8 });
  const { weights, optimizer } = await courseOf(out);
  const losses = readLog(out)
    .filter(({ step }) => step > 4)
    .map((entry) => ('valLoss' in entry ? entry.valLoss : entry.loss));
  expect({ weights, optimizer, losses }).toEqual(EXPECTED[name]);
});
