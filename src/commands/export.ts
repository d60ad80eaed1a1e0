// tsgpt export: a model as others want it.
import { dirname } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { GGUF_DTYPES } from '../formats/gguf/dtypes.ts';
import { DTYPES } from '../formats/onnx/dtypes.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../hub/formats.ts';
import { WHICH_OPTION, whichOf } from './checkpoint-options.ts';
import { oneOf, required } from './flags.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Examples:
  # a folder for transformers.js: in a web page, or in Node
  tsgpt export checkpoints/stories --format onnx --out exports/stories

  # smaller files beside it
  tsgpt export checkpoints/stories --format onnx --dtype fp32,fp16,int8,int4 --out exports/stories

  # a folder for Python: GPT2LMHeadModel.from_pretrained('exports/stories')
  tsgpt export checkpoints/stories --format hf --out exports/stories

  # a file for llama.cpp and Ollama, with 8 bits a weight
  tsgpt export checkpoints/stories --format gguf --dtype q8_0 --out exports/stories`;

interface ExportFlags extends JsonFlag {
  format?: string;
  dtype?: string[];
  out?: string;
  which: string;
}

export function command(): Command {
  return new Command('export')
    .argument('<run>', 'a run, or one of its checkpoints')
    .option(
      '--format <name>',
      'hf (safetensors, for Python), onnx (for transformers.js) or gguf (for llama.cpp)',
    )
    .option(
      '--dtype <names...>',
      `of onnx: ${DTYPES.join(', ')}; of gguf: ${GGUF_DTYPES.join(', ')}; or all (default: the first)`,
    )
    .option('--out <folder>', 'a new folder, or an earlier export, which is replaced')
    .option(...WHICH_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(exportRun);
}

async function exportRun(path: string, flags: ExportFlags): Promise<void> {
  const format = oneOf('format', required('--format <name>', flags.format, '--format onnx'), EXPORT_FORMATS);
  const out = required('--out <folder>', flags.out, '--out exports/mine');
  const which = whichOf(flags);
  const dtypes = dtypesOf(format, flags.dtype);
  const [{ exportModel }, { removeLeftovers }] = await Promise.all([
    import('../hub/export.ts'),
    import('../base/leftovers.ts'),
  ]);
  await removeLeftovers(dirname(out));
  const exported = await exportModel(path, out, { format, which, ...(dtypes && { dtypes }) });
  printResult({ format, out, ...exported }, flags, () => {
    const files = exported.files.map(({ path, bytes }) => [`  ${path}`, formatBytes(bytes)] as const);
    const notes = exported.notes.map((note) => ['note', note] as const);
    return columns([['checkpoint', exported.checkpoint], ['saved', out], ...files, ...notes]);
  });
}

function dtypesOf(format: ExportFormat, words: readonly string[] | undefined) {
  if (words === undefined) return undefined;
  if (format === 'hf')
    throw new UsageError(
      '--dtype goes with --format onnx and --format gguf',
      'leave it out: hf is always fp32',
    );
  const known = format === 'onnx' ? DTYPES : GGUF_DTYPES;
  const names = words.flatMap((word) => word.split(','));
  return names.includes('all') ? known : names.map((name) => oneOf('dtype', name, known));
}
