// Runs of optimizers that are not the usual one: they are resumed as others are, their own settings given again or not.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, prepareText, recordOf, run } from './tiny.ts';

const root = temporaryFolder();

it.each(['sgd', 'muon'])(
  '%s goes on to the same bits with its settings given again, and refuses others and another optimizer',
  async (optimizer) => {
    const flags = { optimizer, momentum: 0.8, maxSteps: 8 };
    const folder = join(root, optimizer);
    const data = await prepareText(folder);
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
    await run({ out: whole, data, flags });
    await run({ out: parts, data, flags }, interruptAt(3));
    const resume = (given: object) => run({ out: parts, resume: true, flags: { ...given } });
    await expect(resume({ momentum: 0.7 })).rejects.toThrow('momentum was 0.8, now 0.7');
    await expect(resume({ optimizer: 'lion' })).rejects.toThrow(`optimizer was ${optimizer}, now lion`);
    await resume({ momentum: '0.8' });
    expect(await courseOf(parts)).toEqual(await courseOf(whole));
    expect((await recordOf(parts)).settings).toMatchObject({ optimizer, momentum: 0.8 });
  },
);
