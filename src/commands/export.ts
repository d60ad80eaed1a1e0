// tsgpt export: a model as others want it.
import { dirname } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { DTYPES } from '../formats/onnx/dtypes.ts';
import { EXPORT_FORMATS } from '../hub/formats.ts';
import { oneOf, required } from './flags.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Examples:
  # a folder for transformers.js: in a web page, or in Node
  tsgpt export checkpoints/stories --format onnx --out exports/stories

  # smaller files beside it
  tsgpt export checkpoints/stories --format onnx --dtype fp32,fp16,int8 --out exports/stories

  # a folder for Python: GPT2LMHeadModel.from_pretrained('exports/stories')
  tsgpt export checkpoints/stories --format hf --out exports/stories`;

interface ExportFlags extends JsonFlag {
  format?: string;
  dtype?: string[];
  out?: string;
  which: string;
}

export function command(): Command {
  return new Command('export')
    .argument('<run>', 'a run, or one of its checkpoints')
    .option('--format <name>', 'hf (safetensors, for Python) or onnx (for transformers.js)')
    .option('--dtype <names...>', 'of onnx: fp32, fp16, int8, or all (default: fp32)')
    .option('--out <folder>', 'a new folder, or an earlier export, which is replaced')
    .option('--which <checkpoint>', 'of a run: best or last', 'best')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(exportRun);
}

async function exportRun(path: string, flags: ExportFlags): Promise<void> {
  const format = oneOf('format', required('--format <name>', flags.format, '--format onnx'), EXPORT_FORMATS);
  const out = required('--out <folder>', flags.out, '--out exports/mine');
  const which = oneOf('which', flags.which, ['best', 'last']);
  const dtypes = dtypesOf(flags.dtype);
  if (format === 'hf' && dtypes)
    throw new UsageError('--dtype goes with --format onnx', 'leave it out: hf is always fp32');
  const [{ exportModel }, { removeLeftovers }] = await Promise.all([
    import('../hub/export.ts'),
    import('../base/leftovers.ts'),
  ]);
  await removeLeftovers(dirname(out));
  const exported = await exportModel(path, out, { format, which, ...(dtypes && { dtypes }) });
  printResult({ format, out, ...exported }, flags, () => {
    const files = exported.files.map(({ path, bytes }) => [`  ${path}`, formatBytes(bytes)] as const);
    return columns([['checkpoint', exported.checkpoint], ['saved', out], ...files]);
  });
}

function dtypesOf(words: readonly string[] | undefined) {
  const names = words?.flatMap((word) => word.split(','));
  return names?.includes('all') ? DTYPES : names?.map((name) => oneOf('dtype', name, DTYPES));
}
