// The page's worker: all computation is done here, so that the page itself always answers.
import { BACKENDS, DeviceLost, startBackend, storySource, TsgptError, unpackCheckpoint } from 'tsgpt/web';
import type { GivenFile, Plan, Report, Request } from './messages.ts';
import { modelFolder } from './model-files.ts';
import { kinds } from './sizes.ts';
import { Session } from './training-session.ts';

const REPORT_BUG = 'This is a bug in tsgpt: please report it';
const RELOAD = 'reload this page, and open the model that you saved last';

let session: Session | undefined;
let started: Promise<void> | undefined;
/** Ends with the training that was asked for last. */
let lastTraining: Promise<unknown> = Promise.resolve();
/** Stops that training. */
let stopping = new AbortController();

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
    tell({ type: 'error', ...explained(error) });
    if (!(error instanceof TsgptError)) console.error(error);
  }
}

function explained(error: unknown): { message: string; hint: string | undefined } {
  if (error instanceof DeviceLost) return { message: error.message, hint: RELOAD };
  if (error instanceof TsgptError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: REPORT_BUG };
}

async function startEngine(backend: string): Promise<void> {
  let beginning = '';
  for await (const { text } of storySource({ count: 4, seed: 1 }).pieces()) beginning += `${text}\n\n`;
  tell({ type: 'kinds', kinds: kinds() });
  tell({ type: 'stories', beginning });
  const { name, detail } = await startBackend(backend, { precision: 'fp32' });
  const passedOver = backend === 'auto' ? await whyNot(name) : undefined;
  tell({ type: 'engine', name, detail, isSlow: name === 'plain', passedOver });
}

/** What kept a faster backend than this one from being chosen, and what would change that. */
async function whyNot(chosen: string): Promise<{ reason: string; hint: string } | undefined> {
  const [fastest] = BACKENDS;
  if (fastest === undefined || fastest.name === chosen) return undefined;
  const probe = await fastest.probe();
  if (!probe.usable) return probe;
  if (probe.onlyIfAsked === undefined) return undefined;
  return {
    reason: probe.onlyIfAsked,
    hint: `to use it all the same: ?backend=${fastest.name} in the address`,
  };
}

async function handle(request: Request): Promise<void> {
  switch (request.type) {
    case 'start':
      return;
    case 'train':
      return train((signal) => learnFrom(request.plan, signal));
    case 'go on':
      return train(async () => session);
    case 'stop':
      return stopping.abort();
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

type Prepare = (signal: AbortSignal) => Promise<Session | undefined>;

function train(prepare: Prepare): Promise<void> {
  stopping.abort();
  stopping = new AbortController();
  const { signal } = stopping;
  const training = lastTraining.then(() => trainNow(prepare, signal));
  lastTraining = training.catch(() => {});
  return training;
}

async function trainNow(prepare: Prepare, signal: AbortSignal): Promise<void> {
  let ready: Session | undefined;
  try {
    ready = await prepare(signal);
  } catch (error) {
    tell({ type: 'stopped', canGoOn: session?.canGoOn ?? false });
    if (!signal.aborted) throw error;
    return tell({ type: 'status', text: 'Stopped before the first step.' });
  }
  await ready?.train(signal);
}

async function learnFrom({ size, ...plan }: Plan, signal: AbortSignal): Promise<Session | undefined> {
  if (size === 'opened') await session?.learnFrom({ ...plan, size }, signal);
  else await replaceBy(await Session.create({ ...plan, size }, signal, tell));
  return session;
}

async function open(files: GivenFile[]): Promise<void> {
  tell({ type: 'status', text: 'Opening the model…' });
  const { files: folder, name, beside } = await modelFolder(files);
  const contents = await unpackCheckpoint(folder, name, beside);
  stopping.abort();
  await lastTraining;
  await replaceBy(await Session.open(contents, name, tell));
}

async function replaceBy(next: Session): Promise<void> {
  const old = session;
  session = next;
  next.tellModel();
  await old?.close();
}
