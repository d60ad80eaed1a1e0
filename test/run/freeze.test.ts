// Frozen parameters: not trained, not in the optimizer, the same to the bit; and what cannot be frozen.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openSafetensors } from '../../src/base/safetensors-disk.ts';
import { ENGINES, missing } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, prepareText, recordOf, run, weightsOf } from './tiny.ts';

const root = temporaryFolder();
const flags = { layers: 2, maxSteps: 8, keepLast: 9 };
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
});

if (missing) it.skip(missing, () => {});

it.each(ENGINES)('frozen weights stay as they are, while all others change, on $name', async (engine) => {
  const out = join(root, engine.name);
  await run({ out, data, flags: { ...flags, freeze: ['wte', 'h.1', 'h.*.c_proj'] } }, {}, engine);
  const [before, after] = [
    await weightsOf(join(out, 'step-000000')),
    await weightsOf(join(out, 'step-000008')),
  ];
  const frozen = [...before.keys()].filter((name) => /^wte|^h\.1\.|c_proj/.test(name));
  expect(frozen).toHaveLength(1 + 12 + 4);
  const same = [...before.keys()].filter((name) => before.get(name) === after.get(name));
  expect(same).toEqual(frozen);
  const { tensors, close } = await openSafetensors(join(out, 'step-000008', 'optimizer.safetensors'));
  await close();
  const trained = [...before.keys()].filter((name) => !frozen.includes(name));
  expect([...tensors.keys()].sort()).toEqual(
    trained.flatMap((name) => [`${name}.mean`, `${name}.square`]).sort(),
  );
});

it('a run with frozen weights that is resumed ends as one that never stopped', async () => {
  const [out, unbroken] = [join(root, 'resumed'), join(root, 'unbroken')];
  const frozen = { ...flags, freeze: 'wte,wpe' };
  await run({ out, data, flags: frozen }, interruptAt(3));
  expect((await recordOf(out)).settings.freeze).toEqual(['wte', 'wpe']);
  await run({ out, resume: true, flags: { freeze: ['wte', 'wpe'] } });
  await run({ out: unbroken, data, flags: frozen });
  expect(await courseOf(out)).toEqual(await courseOf(unbroken));
  await expect(run({ out, resume: true, flags: { freeze: 'wte' } })).rejects.toThrow(
    'freeze was wte,wpe, now wte',
  );
});

it.each([
  [{ freeze: 'wtr' }, '--freeze "wtr" fits no name', 'did you mean wte?'],
  [{ freeze: '*' }, '--freeze leaves nothing to train', 'freeze fewer'],
  [{ freeze: 3 }, 'expected a list of names for freeze, but got 3', undefined],
  [{ freeze: '' }, 'expected one or more names for freeze, but got ""', undefined],
  [{ loraRank: 4 }, 'expected --init <run> beside --lora-rank', 'another checkpoint'],
  [{ loraAlpha: 4 }, 'expected --lora-rank beside --lora-alpha and --lora-targets', '--lora-rank 8'],
])('%j is refused', async (wrong, message, hint) => {
  const error = await run({ out: join(root, 'wrong'), data, flags: { ...flags, ...wrong } }).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ message, exitCode: 2, hint: hint && expect.stringContaining(hint) });
});
