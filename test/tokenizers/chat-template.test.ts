import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { readTokenizer, tokenizerFiles } from '../../src/tokenizers/files.ts';
import { loadTokenizer, saveTokenizer } from '../../src/tokenizers/store.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const json = JSON.stringify(goldenTokenizer('llama3').tokenizer);
const read = (config: object, chatTemplate?: string) =>
  readTokenizer({ json, config: JSON.stringify(config), chatTemplate }, 'x');

describe('a chat template', () => {
  it('is read from tokenizer_config.json, alone or as the default of several', () => {
    const named = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'plain' },
    ];
    expect(read({ chat_template: 'one' }).chatTemplate).toBe('one');
    expect(read({ chat_template: named }).chatTemplate).toBe('plain');
    expect(read({ chat_template: named.slice(0, 1) }).chatTemplate).toBeUndefined();
    expect(read({ chat_template: 7 }).chatTemplate).toBeUndefined();
  });

  it('is rather read from chat_template.jinja, and written there again', () => {
    const tokenizer = read({ chat_template: 'old' }, 'new');
    expect(tokenizer.chatTemplate).toBe('new');
    expect(tokenizerFiles(tokenizer)['chat_template.jinja']).toBe('new');
  });

  it('that tokenizer_config.json holds stays there alone', () => {
    expect(tokenizerFiles(read({ chat_template: 'one' }))).not.toHaveProperty('chat_template.jinja');
  });

  it('goes with a tokenizer of ours, which stays of its kind', async () => {
    const out = join(folder, 'ours');
    saveTokenizer(out, byteTokenizer());
    expect(existsSync(join(out, 'chat_template.jinja'))).toBe(false);
    writeFileSync(join(out, 'chat_template.jinja'), '{{ messages }}');
    const again = await loadTokenizer(out);
    expect(again).toMatchObject({ kind: 'byte', chatTemplate: '{{ messages }}' });
    expect(again.fingerprint).toBe(byteTokenizer().fingerprint);
    saveTokenizer(join(folder, 'again'), again);
    expect((await loadTokenizer(join(folder, 'again'))).chatTemplate).toBe('{{ messages }}');
  });
});
