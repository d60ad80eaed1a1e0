// The page: sends the worker what a person asks for, and shows what the worker reports.
import { LossChart } from './chart.ts';
import { chosenFiles, droppedFiles, isModel, textsAmong } from './dropped.ts';
import { element } from './element.ts';
import type { GivenFile, Kind, Plan, Report, Request } from './messages.ts';
import { bytesOf, TextInput } from './text-input.ts';
import { WritingForm } from './writing-form.ts';

const MOST_SAMPLES = 60;
const LEAST_TEXT_BYTES = 2000;
const SLOW =
  'One thread of the processor does the work: a tiny model learns well that way, a larger one needs patience.';

const button = (id: string) => element(id, HTMLButtonElement);
const say = (id: string, text: string) => {
  element(id, HTMLElement).textContent = text;
};

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const ask = (request: Request) => worker.postMessage(request);
const chart = new LossChart(element('chart', SVGSVGElement));
const text = new TextInput();
const setup = element('setup', HTMLFormElement);
const writing = new WritingForm(ask);

const WEB_SIZES = ['tiny', 'small', 'medium'] as const;
let kinds: readonly Kind[] = [];

/** The state from which `update` decides which buttons can be pressed. */
const now = {
  hasEngine: false,
  isTraining: false,
  canGoOn: false,
  saysLearning: false,
  hasModel: false,
  isUnsaved: false,
  step: 0,
};

type ReportOf<T extends Report['type']> = Extract<Report, { type: T }>;

function show(report: Report): void {
  switch (report.type) {
    case 'engine':
      showEngine(report);
      break;
    case 'kinds':
      showKinds(report.kinds);
      break;
    case 'stories':
      text.stories = report.beginning;
      break;
    case 'status':
      say('status', report.text);
      say('time', '');
      break;
    case 'progress':
      say('time', report.text);
      break;
    case 'model':
      showModel(report);
      break;
    case 'text':
      showText(report);
      break;
    case 'step':
      showStep(report);
      break;
    case 'evaluation':
      showEvaluation(report);
      break;
    case 'sample':
      addSample(report);
      break;
    case 'stopped':
      showStopped(report.canGoOn);
      break;
    case 'writing':
      writing.begin();
      break;
    case 'piece':
      writing.add(report.text);
      break;
    case 'written':
      writing.end(report);
      break;
    case 'saved':
      download(report.name, report.file);
      break;
    case 'error':
      fail(report.message, report.hint);
      break;
    default:
      report satisfies never;
  }
}

function showEngine({ name, detail, isSlow, passedOver }: ReportOf<'engine'>): void {
  now.hasEngine = true;
  say('engine', `It computes on the ${name === 'webgpu' ? 'graphics processor' : 'processor'}: ${detail}.`);
  const { reason, hint } = passedOver ?? {};
  const why = reason && hint ? `WebGPU is not used: ${reason} (${hint}). ` : '';
  say('slow', why + SLOW);
  element('slow', HTMLElement).hidden = !isSlow;
}

function showModel({ facts, isOpened }: ReportOf<'model'>): void {
  const { title, shape, parameters, tokenizer, vocabSize, step } = facts;
  Object.assign(now, { hasModel: true, canGoOn: false, isUnsaved: false, step });
  say(
    'status',
    `${isOpened ? 'Opened: ' : ''}${title}, ${count(parameters)} parameters: ${shape}; it reads ${tokenizer}, of ${vocabSize} kinds.`,
  );
  if (isOpened) {
    clear();
    say('step', count(step));
  }
  offerToLearnOn(isOpened);
  update();
}

function showText({ trainTokens, valTokens }: ReportOf<'text'>): void {
  clear();
  say('status', `${count(trainTokens)} tokens to learn from, ${count(valTokens)} kept unseen.`);
}

function showStep({ step, loss, tokensPerSecond, seconds }: ReportOf<'step'>): void {
  Object.assign(now, { step, isUnsaved: true });
  chart.addTraining([step, loss]);
  say('step', count(step));
  say('loss', loss.toFixed(3));
  say('speed', count(tokensPerSecond));
  if (!now.isTraining) return;
  say('time', duration(seconds)); // not in the status, which screen readers read aloud whenever it changes
  if (!now.saysLearning) say('status', 'Learning…');
  now.saysLearning = true;
}

function showEvaluation({ step, loss }: ReportOf<'evaluation'>): void {
  chart.addValidation([step, loss]);
  say('val-loss', loss.toFixed(3));
  const words = `Loss by step: ${loss.toFixed(2)} nats per token on unseen text after ${steps(step)}`;
  element('chart', SVGSVGElement).setAttribute('aria-label', words);
}

function showStopped(canGoOn: boolean): void {
  const focused = document.activeElement;
  Object.assign(now, { isTraining: false, saysLearning: false, canGoOn });
  if (canGoOn)
    say('status', `Stopped ${now.step === 0 ? 'before the first step' : `after ${steps(now.step)}`}.`);
  update();
  if (focused === button('stop')) button(now.canGoOn ? 'go-on' : 'train').focus();
}

function addSample({ step, prompt, text: written }: ReportOf<'sample'>): void {
  const item = document.createElement('li');
  const heading = document.createElement('small');
  heading.textContent = step === 0 ? 'Before it has learned anything' : `After ${steps(step)}`;
  const words = document.createElement('p');
  words.className = 'sample';
  words.textContent = (prompt + written).replace(/\n\s+/g, '\n');
  item.append(heading, words);
  const list = element('sample-list', HTMLOListElement);
  list.prepend(item);
  while (list.childElementCount > MOST_SAMPLES) list.children[list.childElementCount - 2]!.remove(); // the oldest, from before training, stays
  element('samples', HTMLDetailsElement).hidden = false;
}

function clear(): void {
  chart.clear();
  element('sample-list', HTMLOListElement).replaceChildren();
  element('samples', HTMLDetailsElement).hidden = true;
  for (const id of ['step', 'loss', 'val-loss', 'speed']) say(id, '–');
  say('time', '');
}

function update(): void {
  const { isTraining, canGoOn, hasModel } = now;
  button('train').disabled = isTraining || kinds.length === 0;
  button('train').textContent = isTraining ? 'Training…' : canGoOn ? 'Train anew' : 'Train';
  button('train').classList.toggle('primary', !canGoOn);
  button('stop').hidden = !isTraining;
  button('go-on').hidden = isTraining || !canGoOn;
  button('save').disabled = !hasModel;
  writing.allow(hasModel);
}

function fail(message: string, hint?: string): void {
  const place = element('error', HTMLElement);
  place.textContent =
    hint === undefined ? `${message}.` : `${message}. ${hint.replace(/^./, (c) => c.toUpperCase())}.`;
  place.hidden = false;
  place.scrollIntoView({ block: 'nearest' });
  writing.end();
  now.saysLearning = false;
  if (!now.hasEngine) say('engine', 'It could not start.');
  if (now.isTraining) return;
  say('status', now.hasModel ? `The model stands at ${steps(now.step)}.` : 'No model yet.');
  say('time', '');
}

function forgive(): void {
  element('error', HTMLElement).hidden = true;
}

function offerToLearnOn(isOpened: boolean): void {
  const choice = element('opened-choice', HTMLLabelElement);
  choice.hidden = !isOpened;
  if (isOpened) choice.querySelector('input')!.checked = true;
  syncChoices();
}

function showKinds(offered: readonly Kind[]): void {
  kinds = offered;
  const choices = kinds.map(({ arch, title }, i) => {
    const label = document.createElement('label');
    const input = Object.assign(document.createElement('input'), {
      type: 'radio',
      name: 'arch',
      value: arch,
    });
    input.defaultChecked = i === 0;
    const words = document.createElement('span');
    words.append(Object.assign(document.createElement('b'), { textContent: title }));
    label.append(input, words);
    return label;
  });
  element('kinds', HTMLElement).replaceChildren(...choices);
  syncChoices();
  update();
}

/** The sizes show the parameter counts of the chosen architecture. An opened model has an architecture and a tokenizer already. */
function syncChoices(): void {
  const chosen = new FormData(setup);
  const isOpened = chosen.get('size') === 'opened';
  const sizes = kinds.find(({ arch }) => arch === chosen.get('arch'))?.sizes;
  for (const size of WEB_SIZES) element(`size-${size}`, HTMLElement).textContent = sizes?.[size] ?? '';
  for (const name of ['arch', 'tokens'])
    for (const input of setup.querySelectorAll<HTMLInputElement>(`[name=${name}]`)) input.disabled = isOpened;
}

function plan(): Plan | undefined {
  const choice = text.choice;
  if (choice === undefined) return undefined;
  const chosen = Object.fromEntries(new FormData(setup));
  return {
    text: choice,
    size: ([...WEB_SIZES, 'opened'] as const).find((size) => size === chosen.size) ?? 'tiny',
    arch: String(chosen.arch),
    tokens: chosen.tokens === 'characters' ? 'characters' : 'pieces',
    prompt: writing.prompt,
  };
}

function train(): void {
  forgive();
  const wanted = plan();
  if (
    wanted === undefined ||
    (wanted.text.kind === 'text' && bytesOf(wanted.text.files) < LEAST_TEXT_BYTES)
  ) {
    const problem =
      wanted === undefined ? 'There is no text to learn from yet' : 'The text is too short to learn from';
    fail(problem, 'paste one of a page or more, choose a file, or use the sample stories');
    element('text', HTMLTextAreaElement).focus();
    return;
  }
  now.isTraining = true;
  update();
  button('stop').focus();
  element('learning-title', HTMLElement).scrollIntoView({ block: 'nearest' });
  ask({ type: 'train', plan: wanted });
}

function goOn(): void {
  forgive();
  now.isTraining = true;
  update();
  button('stop').focus();
  ask({ type: 'go on' });
}

function stop(): void {
  say('status', 'Stopping after this step…');
  ask({ type: 'stop' });
}

function open(files: GivenFile[]): void {
  forgive();
  if (files.length > 0) ask({ type: 'open', files });
}

function openFrom(input: HTMLInputElement): void {
  input.onchange = () => {
    open(chosenFiles(input.files!));
    input.value = '';
  };
}

async function drop(data: DataTransfer): Promise<void> {
  const files = await droppedFiles(data);
  forgive();
  if (isModel(files)) return open(files);
  const texts = textsAmong(files);
  if (texts.length > 0) return text.useFiles(texts);
  fail('There is neither a text nor a model in what was dropped', 'texts end in .txt, .md, .jsonl or .csv');
}

function download(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  now.isUnsaved = false;
  say('status', `Saved as ${name}, ${(file.size / 1e6).toFixed(1)} MB.`);
  now.saysLearning = false;
}

function count(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

function steps(n: number): string {
  return `${count(n)} ${n === 1 ? 'step' : 'steps'}`;
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

worker.onmessage = ({ data }: MessageEvent<Report>) => show(data);
worker.onerror = (event) => fail(`The part of the page that computes did not start: ${event.message}`);
ask({ type: 'start', backend: new URLSearchParams(location.search).get('backend') ?? 'auto' });
setup.onsubmit = (event) => {
  event.preventDefault();
  if (!now.isTraining) train();
};
setup.addEventListener('change', syncChoices);
button('stop').onclick = stop;
button('go-on').onclick = goOn;
button('save').onclick = () => ask({ type: 'save' });
for (const [name, input] of [
  ['open', 'model-file'],
  ['open-folder', 'model-folder'],
] as const) {
  button(name).onclick = () => element(input, HTMLInputElement).click();
  openFrom(element(input, HTMLInputElement));
}
/** The browser itself handles a word that is dragged into a field. */
const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
document.ondragover = (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.add('dropping');
};
document.ondragleave = () => document.body.classList.remove('dropping');
document.ondrop = (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.remove('dropping');
  void drop(event.dataTransfer!).catch((error) => fail(`That could not be read: ${error.message}`));
};
window.onbeforeunload = (event) => {
  if (now.isUnsaved) event.preventDefault();
};
update();
