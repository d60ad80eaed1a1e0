// A run of an optimizer that is not the usual one: it is resumed as others are, its own settings given again or not.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, prepareText, recordOf, run } from './tiny.ts';

const root = temporaryFolder();
const flags = { optimizer: 'sgd', momentum: 0.8, maxSteps: 8 };

it('goes on to the same bits with its settings given again, and refuses others and another optimizer', async () => {
  const data = await prepareText(root);
  const [whole, parts] = [join(root, 'whole'), join(root, 'parts')];
  await run({ out: whole, data, flags });
  await run({ out: parts, data, flags }, interruptAt(3));
  const resume = (given: object) => run({ out: parts, resume: true, flags: { ...given } });
  await expect(resume({ momentum: 0.7 })).rejects.toThrow('momentum was 0.8, now 0.7');
  await expect(resume({ optimizer: 'lion' })).rejects.toThrow('optimizer was sgd, now lion');
  await resume({ momentum: '0.8' });
  expect(await courseOf(parts)).toEqual(await courseOf(whole));
  expect((await recordOf(parts)).settings).toMatchObject({ optimizer: 'sgd', momentum: 0.8 });
});
