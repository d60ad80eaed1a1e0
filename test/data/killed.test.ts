// A process that is killed while it prepares a text, over one that is there, leaves what was there or what comes next,
// each of them whole, and the next one ends with the bits of one that was never killed.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { removeLeftovers } from '../../src/base/leftovers.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { killsOf, startAndKill, timeFor } from '../kills.ts';
import { start, tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const kills = killsOf('prepare');

it(
  `prepare over a text that is there, killed ${kills} times, leaves either of them whole`,
  timeFor(kills),
  async () => {
    const home = temporaryFolder();
    const texts = ['the cat sat on a mat; ', 'while a dog ran to the sea. '].map((sentence, i) => {
      const file = join(home, `${i}.txt`);
      writeFileSync(file, sentence.repeat(20_000));
      return file;
    });
    const words = (text: string, out: string) => {
      const flags = ['--tokenizer', 'bpe', '--vocab-size', '280'];
      return ['prepare', text, ...flags, '--out', join(home, out), '--json'];
    };
    const wanted: string[] = [];
    for (const [i, text] of texts.entries()) {
      expect(await tsgpt(words(text, `never-killed-${i}`))).toMatchObject({ code: 0 });
      wanted.push(contents(join(home, `never-killed-${i}`)));
    }
    expect(await tsgpt(words(texts[0]!, 'data'))).toMatchObject({ code: 0 });

    const random = new Stream(keyFor(2026, 'kill prepare'));
    let [there, midway] = [wanted[0], 0];
    for (let kill = 0; kill < kills || (midway === 0 && kill < kills + 20); kill++) {
      const next = random.below(2);
      const instant = {
        folders: kill === 0 ? 1 : random.below(2),
        ms: kill === 0 ? 0 : random.uniform() * 60,
      };
      const left = await startAndKill(words(texts[next]!, 'data'), home, 'data', instant);
      if (left.length > 0) midway++;
      await removeLeftovers(home); // as the next prepare does first
      openDataset(join(home, 'data')).close();
      const found = contents(join(home, 'data'));
      expect([there, wanted[next]]).toContain(found);
      there = found;
    }
    expect(midway).toBeGreaterThan(0);
    for (const [i, text] of texts.entries()) {
      expect(await tsgpt(words(text, 'data'))).toMatchObject({ code: 0 });
      expect(contents(join(home, 'data'))).toBe(wanted[i]);
    }
    expect(readdirSync(home).sort()).toEqual(['0.txt', '1.txt', 'data', 'never-killed-0', 'never-killed-1']);
  },
);

const shardKills = killsOf('prepare shards');

it(
  `prepare in shards, killed ${shardKills} times, goes on to the same bytes`,
  timeFor(shardKills),
  async () => {
    const home = temporaryFolder();
    const text = join(home, 'text.jsonl');
    const line = (i: number) =>
      JSON.stringify({ text: `the ${i}th cat sat on a mat while a dog ran to the sea. `.repeat(9), i });
    writeFileSync(text, Array.from({ length: 600 }, (_, i) => `${line(i)}\n`).join(''));
    const words = (out: string) => {
      const flags = '--shuffle --where i<>7 --tokenizer byte --shard-size 10KB --json'.split(' ');
      return ['prepare', text, ...flags, '--out', join(home, out)];
    };
    expect(await tsgpt(words('never-killed'))).toMatchObject({ code: 0 });
    const wanted = contents(join(home, 'never-killed'));
    const begun = () =>
      readdirSync(home).includes('.data.shards') ? readdirSync(join(home, '.data.shards')).length : 0;

    const random = new Stream(keyFor(2026, 'kill shards'));
    let midway = 0;
    for (let kill = 0; kill < shardKills; kill++) {
      const before = begun();
      const { child, ended } = start(words('data'));
      // Half of them at any time; the others once some shards are there, whatever the machine's speed.
      if (kill % 2 === 1) await setTimeout(random.uniform() * 3000);
      else
        for (const more = 1 + random.below(9); begun() < before + more && child.exitCode === null; )
          await setTimeout(2);
      child.kill('SIGKILL');
      await ended;
      if (begun() > 0) midway++;
      if (readdirSync(home).includes('data')) {
        expect(contents(join(home, 'data'))).toBe(wanted);
        rmSync(join(home, 'data'), { recursive: true });
      }
    }
    expect(midway).toBeGreaterThan(0);
    expect(await tsgpt(words('data'))).toMatchObject({ code: 0 });
    expect(contents(join(home, 'data'))).toBe(wanted);
    expect(readdirSync(home).sort()).toEqual(['data', 'never-killed', 'text.jsonl']);
  },
);

/** Every file and its bytes. */
function contents(folder: string): string {
  const all = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length))
    .sort();
  return JSON.stringify(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}
