// The lines that a person sees while a model is trained.
import { expect, it, vi } from 'vitest';
import { trainingReporter } from '../../src/commands/training-reporter.ts';

it.each([
  ['in a step of 2.4 seconds', 600, 'step 7 · batch 1/4 · 1.8 s left in this step'],
  ['not in one of 1.6 seconds, whose own line comes soon', 400, ''],
])('micro-batches are told %s', (_, ms, line) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  try {
    trainingReporter().onEvent({ type: 'micro-batch', progress: { step: 7, done: 1, count: 4, ms } });
    expect(write.mock.calls.join('')).toBe(line);
  } finally {
    process.stderr.isTTY = isTTY;
    write.mockRestore();
  }
});
