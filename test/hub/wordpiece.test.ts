// Published models of masked tokens with BERT's WordPiece, as transformers saves them: imported, they tell what transformers tells.
import { readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoTokenizer, env, pipeline } from '@xenova/transformers';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { MaskedModel } from '../../src/architectures/masked-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { exportModel } from '../../src/hub/export.ts';
import { importModel } from '../../src/hub/import.ts';
import { openAnyModel } from '../../src/run/open.ts';
import { collectSamples } from '../../src/sampling/generate.ts';
import { textsOf } from '../../src/tasks/masked/batches.ts';
import { writeMasked } from '../../src/tasks/masked/write.ts';
import { loadTokenizer } from '../../src/tokenizers/store.ts';
import { FASTEST } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const GOLDEN = join(import.meta.dirname, '../golden');
const folder = temporaryFolder();

interface Expected {
  texts: { text: string; ids: number[] }[];
  /** Of each place that is masked, (N, V). */
  masked: { text: string; ids: number[]; logits: number[][] }[];
}

beforeAll(async () => {
  env.allowRemoteModels = false;
  await startBackend(FASTEST.backend, { precision: 'fp32' });
});

describe.each(['bert-tiny', 'distilbert-tiny'])('%s', (name) => {
  const source = join(GOLDEN, name);
  const expected: Expected = JSON.parse(readFileSync(join(source, 'expected.json'), 'utf8'));
  const checkpoint = join(folder, name);

  beforeAll(() => importModel(source, checkpoint));

  async function opened() {
    const { model, tokenizer } = await openAnyModel(checkpoint);
    return { model: model as MaskedModel, tokenizer };
  }

  it('has the logits of transformers, and fills its masks with what they hold for the likeliest', async () => {
    const { model, tokenizer } = await opened();
    for (const { text, ids, logits } of expected.masked) {
      const places = ids.flatMap((id, place) => (id === model.config.mask ? [place] : []));
      const ours = tf.tidy(() => model.logits(textsOf(Int32Array.from(ids), [1, ids.length], places)));
      expect(await ours.data()).toAgree(logits.flat(), 'model');
      if (places.length > 1) continue; // of several each depends on those before
      const [sample] = await collectSamples(writeMasked(model, tokenizer, text, { temperature: 0 }));
      const best = logits[0]!.indexOf(Math.max(...logits[0]!));
      expect(sample!.tokens).toEqual([best]);
      expect(sample!.text).toBe(
        tokenizer.decode(ids.slice(1, -1).map((id) => (id === model.config.mask ? best : id))),
      );
    }
  });

  it('fills a mask in transformers.js with the same tokens, once exported as ONNX', async () => {
    const out = join(folder, `${name}-onnx`);
    await exportModel(checkpoint, out, { format: 'onnx' });
    const fill = await pipeline('fill-mask', out, { dtype: 'fp32' });
    for (const { text, logits } of expected.masked) {
      const answers = (await fill(text, { top_k: 3 })) as { token: number }[];
      const ranked = [...logits[0]!.keys()].sort((a, b) => logits[0]![b]! - logits[0]![a]!);
      expect(answers.map(({ token }) => token)).toEqual(ranked.slice(0, 3));
    }
    await fill.dispose();
  });

  it('is written as a Hugging Face folder whose tokenizer transformers.js loads, and read again bit for bit', async () => {
    const [out, back] = [join(folder, `${name}-hf`), join(folder, `${name}-back`)];
    await exportModel(checkpoint, out, { format: 'hf' });
    const theirs = await AutoTokenizer.from_pretrained(out);
    for (const { text, ids } of expected.texts.filter(({ text }) => !/[Σ\u{20000}]/u.test(text)))
      expect(theirs.encode(text)).toEqual(ids);
    await importModel(out, back);
    const [read, first] = await Promise.all(
      [back, checkpoint].map((path) => loadCheckpoint(path, { optimizer: false })),
    );
    expect(read!.model).toEqual(first!.model);
    expect(read!.parameters).toEqual(first!.parameters);
    expect((await read!.tokenizer()).fingerprint).toBe((await first!.tokenizer()).fingerprint);
  });
});

describe('without a tokenizer.json', () => {
  const tokens = async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, 'bert-tiny'));
    const { vocab } = tokenizer.toJSON().model as { vocab: Record<string, number> };
    return { tokenizer, lines: Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!) };
  };

  async function published(name: string, config?: object): Promise<string> {
    const source = join(folder, name);
    await cp(join(GOLDEN, 'bert-tiny'), source, { recursive: true });
    for (const file of ['tokenizer.json', 'tokenizer_config.json']) await rm(join(source, file));
    await writeFile(join(source, 'vocab.txt'), `${(await tokens()).lines.join('\n')}\n`);
    if (config) await writeFile(join(source, 'tokenizer_config.json'), JSON.stringify(config));
    return source;
  }

  it('vocab.txt is the same tokenizer', async () => {
    const out = join(folder, 'from-lines');
    const { files } = await importModel(await published('lines'), out);
    expect(files.slice(2)).toEqual([join(folder, 'lines/vocab.txt')]);
    expect((await loadTokenizer(out)).fingerprint).toBe((await tokens()).tokenizer.fingerprint);
  });

  it('tokenizer_config.json says how its text is folded', async () => {
    const out = join(folder, 'from-cased');
    const config = { do_lower_case: false, tokenize_chinese_chars: false, strip_accents: true };
    await importModel(await published('cased', config), out);
    expect((await loadTokenizer(out)).toJSON()).toMatchObject({
      normalizer: { lowercase: false, handle_chinese_chars: false, strip_accents: true, clean_text: true },
    });
  });
});
