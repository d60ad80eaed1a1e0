import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { presetSource } from '../../src/text/preset-source.ts';
import { presets } from '../../src/text/presets.ts';
import { unzip } from '../../src/text/zip.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { documents } from './chunks.ts';

/** Made by Python's zipfile: two deflated members, a stored one, a comment at the end. */
const archive = Buffer.from(
  'UEsDBBQAAAAIACJEdV1+FRwgDgAAAAwAAAAPAAAAdGV4dHMvZmlyc3QudHh0y8svUSjJyCxWyM9LBQBQSwMEFAAAAAgAIkR1XUaXqa0VAAAALgAAABAAAAB0' +
    'ZXh0cy9zZWNvbmQudHh0K8lIVShOTdRRKMHFUEjMS4GwsysBUEsDBBQAAAAAAAAAIQCzJE6WCAAAAAgAAAAQAAAAdGV4dHMvc3RvcmVkLnR4dGFzIGl0IGlz' +
    'UEsBAhQDFAAAAAgAIkR1XX4VHCAOAAAADAAAAA8AAAAAAAAAAAAAAIABAAAAAHRleHRzL2ZpcnN0LnR4dFBLAQIUAxQAAAAIACJEdV1Gl6mtFQAAAC4AAAAQ' +
    'AAAAAAAAAAAAAACAATsAAAB0ZXh0cy9zZWNvbmQudHh0UEsBAhQDFAAAAAAAAAAhALMkTpYIAAAACAAAABAAAAAAAAAAAAAAAIABfgAAAHRleHRzL3N0b3Jl' +
    'ZC50eHRQSwUGAAAAAAMAAwC5AAAAtAAAAA4AbWFkZSBieSBQeXRob24=',
  'base64',
);
const sea = 'the sea, the sea, the sea, the sea and the sky';

describe('unzip', () => {
  test('reads deflated and stored members', async () => {
    const textOf = async (member: string) => new TextDecoder().decode(await unzip(archive, member));
    expect(await textOf('texts/second.txt')).toBe(sea);
    expect(await textOf('texts/stored.txt')).toBe('as it is');
  });

  test('says what is missing', async () => {
    await expect(unzip(archive, 'texts/third.txt')).rejects.toThrow('the zip archive has no texts/third.txt');
    await expect(unzip(archive.subarray(0, 100), 'texts/second.txt')).rejects.toThrow('not a zip archive');
  });
});

describe('presets', () => {
  test('a zip archive is downloaded once, checked and read', async () => {
    const cacheFolder = temporaryFolder();
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const preset = {
      title: 'The Sea',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/texts.zip`,
      size: archive.length,
      sha256: createHash('sha256').update(archive).digest('hex'),
      member: 'texts/second.txt',
    };
    try {
      const received: number[] = [];
      const onProgress = (progress: { received: number }) => received.push(progress.received);
      for (let time = 0; time < 2; time++) {
        const source = await presetSource('sea', preset, { cacheFolder, onProgress });
        expect(source.description).toBe('sea (The Sea)');
        expect(await documents(source.pieces())).toEqual([sea]);
      }
      expect([requests, received.at(-1)]).toEqual([1, archive.length]);
      expect((await readFile(join(cacheFolder, 'sea.zip'))).equals(archive)).toBe(true);
    } finally {
      server.close();
    }
  });

  const shakespeare = join(import.meta.dirname, '../../../shared/data/tinyshakespeare.txt');

  test.skipIf(!existsSync(shakespeare))(
    'size and checksum of Tiny Shakespeare are those of the file',
    async () => {
      const bytes = await readFile(shakespeare);
      const { size, sha256 } = presets.get('shakespeare')!;
      expect({ size, sha256 }).toEqual({
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
    },
  );
});
