// The worker of the page: all that computes, so that the page itself never waits.
import { startBackend, storySource, TsgptError, unpackCheckpoint } from 'tsgpt/web';
import type { GivenFile, Plan, Report, Request } from './messages.ts';
import { modelFolder } from './model-files.ts';
import { Session } from './session.ts';

const REPORT_BUG = 'This is a bug in tsgpt: please report it.';

let session: Session | undefined;
let started: Promise<void> | undefined;

addEventListener('message', ({ data }: MessageEvent<Request>) => void answer(data));

function tell(report: Report): void {
  postMessage(report);
}

async function answer(request: Request): Promise<void> {
  try {
    if (request.type === 'start') started = startEngine(request.backend);
    await started;
    await handle(request);
  } catch (error) {
    const expected = error instanceof TsgptError;
    const message = error instanceof Error ? error.message : String(error);
    tell({ type: 'error', message, hint: expected ? error.hint : REPORT_BUG });
    if (!expected) console.error(error);
  }
}

async function startEngine(backend: string): Promise<void> {
  let beginning = '';
  for await (const { text } of storySource({ count: 4, seed: 1 }).pieces()) beginning += `${text}\n\n`;
  tell({ type: 'stories', beginning });
  const { name, detail } = await startBackend(backend, { precision: 'fp32' });
  tell({ type: 'engine', name, detail, isSlow: name === 'plain' });
}

async function handle(request: Request): Promise<void> {
  switch (request.type) {
    case 'start':
      return;
    case 'train':
      return train(request.plan);
    case 'go on':
      return session?.train();
    case 'stop':
      return session?.stop();
    case 'write':
      return session?.write(request.settings);
    case 'stop writing':
      return session?.stopWriting();
    case 'save':
      return session?.save();
    case 'open':
      return open(request.files);
  }
}

async function train({ size, ...plan }: Plan): Promise<void> {
  session?.stop();
  try {
    if (size === 'opened') await session?.learnFrom({ ...plan, size });
    else {
      const made = await Session.create({ ...plan, size }, tell);
      session?.dispose();
      session = made;
    }
  } catch (error) {
    tell({ type: 'stopped', canGoOn: false });
    throw error;
  }
  await session?.train();
}

async function open(files: GivenFile[]): Promise<void> {
  tell({ type: 'status', text: 'Opening the model…' });
  const folder = await modelFolder(files);
  const opened = Session.open(await unpackCheckpoint(folder.files, folder.name), folder.name, tell);
  session?.dispose();
  session = opened;
}
