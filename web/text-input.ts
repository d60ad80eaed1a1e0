// The text field: it holds a text that a person types or pastes, or shows the beginning of the files that were chosen.
import { chosenFiles } from './dropped.ts';
import { element } from './element.ts';
import type { GivenFile, TextChoice } from './messages.ts';
import { STORIES } from './sizes.ts';

/** The field shows so many characters of the files that were chosen. */
const EXCERPT = 1200;
/** A longer text is not put into the field: some thousand lines would hold up the page for seconds. */
const LONGEST_IN_FIELD = 20_000;

export class TextInput {
  readonly #area = element('text', HTMLTextAreaElement);
  #chosen: TextChoice | undefined;
  /** The beginning of the sample stories, which the worker reports. */
  stories = '';

  constructor() {
    const input = element('file', HTMLInputElement);
    element('stories', HTMLButtonElement).onclick = () => this.#useStories();
    element('choose', HTMLButtonElement).onclick = () => input.click();
    input.onchange = () => {
      const files = chosenFiles(input.files!);
      input.value = '';
      if (files.length > 0) void this.useFiles(files);
    };
    this.#area.onpaste = (event) => this.#paste(event);
    element('forget', HTMLButtonElement).onclick = () => {
      this.#show(undefined, '', '');
      this.#area.focus();
    };
  }

  /** Undefined while there is no text. */
  get choice(): TextChoice | undefined {
    if (this.#chosen) return this.#chosen;
    const text = this.#area.value;
    if (text.trim() === '') return undefined;
    return { kind: 'text', name: 'the text', files: [{ path: 'the text', content: new Blob([text]) }] };
  }

  async useFiles(files: readonly GivenFile[]): Promise<void> {
    const [first] = files as [GivenFile, ...GivenFile[]];
    const name = files.length === 1 ? first.path : `${files.length} files, ${first.path} the first`;
    const beginning = await first.content.slice(0, EXCERPT).text();
    this.#show({ kind: 'text', name, files }, `${name}, ${sizeInWords(bytesOf(files))}`, beginning);
  }

  /** A long text is kept as if it were a file. */
  #paste(event: ClipboardEvent): void {
    const pasted = event.clipboardData?.getData('text/plain') ?? '';
    if (pasted.length < LONGEST_IN_FIELD || this.#area.value !== '') return;
    event.preventDefault();
    void this.useFiles([{ path: 'the pasted text', content: new Blob([pasted]) }]);
  }

  #useStories(): void {
    this.#show({ kind: 'stories' }, `${STORIES} short stories, made up on the spot`, this.stories);
  }

  #show(chosen: TextChoice | undefined, name: string, beginning: string): void {
    this.#chosen = chosen;
    this.#area.value = chosen ? `${beginning.slice(0, EXCERPT).trimEnd()}…` : '';
    this.#area.readOnly = chosen !== undefined;
    this.#area.scrollTop = 0;
    element('chosen', HTMLElement).hidden = chosen === undefined;
    element('chosen-name', HTMLElement).textContent = name;
  }
}

export function bytesOf(files: readonly GivenFile[]): number {
  return files.reduce((sum, { content }) => sum + content.size, 0);
}

function sizeInWords(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
