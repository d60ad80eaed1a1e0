// The form that asks the model for a text, and shows the text while it is written.
import { element } from './element.ts';
import type { Request, WritingSettings } from './messages.ts';

const number = (id: string) => element(id, HTMLInputElement).valueAsNumber;

/** The words beside each slider for its value. */
const WORDS: Readonly<Record<string, (value: number) => string>> = {
  temperature: (value) => (value === 0 ? '0: the likeliest' : String(value)),
  'top-k': (value) => (value === 0 ? 'off' : String(value)),
  'top-p': (value) => (value === 1 ? 'off' : String(value)),
  length: (value) => `${value} tokens`,
};

export class WritingForm {
  readonly #write = element('write', HTMLButtonElement);
  readonly #stop = element('stop-writing', HTMLButtonElement);
  readonly #output = element('output', HTMLElement);
  readonly #written = element('written', HTMLElement);

  constructor(ask: (request: Request) => void) {
    element('writing', HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      if (!this.#write.disabled) this.#ask(ask);
    };
    this.#stop.onclick = () => ask({ type: 'stop writing' });
    for (const [id, words] of Object.entries(WORDS)) {
      const slider = element(id, HTMLInputElement);
      const output = slider.parentElement!.querySelector('output')!;
      slider.oninput = () => {
        output.textContent = words(slider.valueAsNumber);
        slider.setAttribute('aria-valuetext', output.textContent);
      };
    }
  }

  get prompt(): string {
    return element('prompt', HTMLInputElement).value;
  }

  allow(isAllowed: boolean): void {
    this.#write.disabled = !isAllowed;
  }

  begin(): void {
    this.#written.textContent = '';
    element('pace', HTMLElement).textContent = '';
    this.#output.setAttribute('aria-busy', 'true');
    this.#stop.hidden = false;
  }

  add(text: string): void {
    this.#written.textContent += text;
  }

  /** `written` is missing when an error came before the text was done. */
  end(written?: { tokens: number; seconds: number }): void {
    this.#stop.hidden = true;
    this.#output.setAttribute('aria-busy', 'false');
    const words = ({ tokens, seconds }: { tokens: number; seconds: number }) =>
      `${tokens} tokens, ${Math.round(tokens / seconds)} a second, seed ${number('seed')}.`;
    element('pace', HTMLElement).textContent = written ? words(written) : '';
  }

  #ask(ask: (request: Request) => void): void {
    const seed = element('seed', HTMLInputElement);
    const isFirst = this.#output.hidden;
    if (element('new-seed', HTMLInputElement).checked && !isFirst)
      seed.valueAsNumber = (number('seed') || 0) + 1;
    if (!(seed.valueAsNumber >= 0)) seed.valueAsNumber = 1;
    element('given', HTMLElement).textContent = this.prompt;
    this.#output.hidden = false;
    this.begin();
    const settings: WritingSettings = {
      prompt: this.prompt,
      temperature: number('temperature'),
      topK: number('top-k'),
      topP: number('top-p'),
      maxTokens: number('length'),
      seed: Math.floor(number('seed')),
    };
    ask({ type: 'write', settings });
  }
}
