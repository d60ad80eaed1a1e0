// The text field: a text pasted into it, or the name and the beginning of one that was chosen.
import { element } from './element.ts';
import type { TextChoice } from './messages.ts';
import { STORIES } from './sizes.ts';

/** Of a chosen text so much is shown. */
const EXCERPT = 1200;

export class TextInput {
  readonly #area = element('text', HTMLTextAreaElement);
  #chosen: TextChoice | undefined;
  /** How the sample stories begin. */
  stories = '';

  constructor() {
    const file = element('file', HTMLInputElement);
    element('stories', HTMLButtonElement).onclick = () => this.#useStories();
    element('choose', HTMLButtonElement).onclick = () => file.click();
    file.onchange = () => {
      const chosen = file.files?.[0];
      file.value = '';
      if (chosen) void this.useFile(chosen.name, chosen);
    };
    element('forget', HTMLButtonElement).onclick = () => {
      this.#show(undefined, '', '');
      this.#area.focus();
    };
  }

  /** Nothing while there is no text. */
  get choice(): TextChoice | undefined {
    if (this.#chosen) return this.#chosen;
    const text = this.#area.value;
    return text.trim() === '' ? undefined : { kind: 'text', name: 'the text', text: new Blob([text]) };
  }

  async useFile(name: string, text: Blob): Promise<void> {
    const beginning = await text.slice(0, EXCERPT).text();
    this.#show({ kind: 'text', name, text }, `${name}, ${sizeOf(text.size)}`, beginning);
  }

  #useStories(): void {
    this.#show({ kind: 'stories' }, `${STORIES} short stories, made up on the spot`, this.stories);
  }

  #show(chosen: TextChoice | undefined, name: string, beginning: string): void {
    this.#chosen = chosen;
    this.#area.value = chosen ? `${beginning.slice(0, EXCERPT).trimEnd()}…` : '';
    this.#area.readOnly = chosen !== undefined;
    element('chosen', HTMLElement).hidden = chosen === undefined;
    element('chosen-name', HTMLElement).textContent = name;
  }
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
