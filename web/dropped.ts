// The files that a person drops on the page or chooses, with those inside of folders.
import type { GivenFile } from './messages.ts';

/** This must be called while the event is handled: browsers empty a DataTransfer afterwards. */
export function droppedFiles(data: DataTransfer): Promise<GivenFile[]> {
  const items = Array.from(data.items).filter(({ kind }) => kind === 'file');
  const lists = items.map((item) => {
    const entry = item.webkitGetAsEntry();
    if (entry !== null) return filesIn(entry);
    const file = item.getAsFile(); // a file from another program has no entry
    return file ? [{ path: file.name, content: file }] : [];
  });
  return Promise.all(lists).then((found) => found.flat());
}

export function chosenFiles(files: FileList): GivenFile[] {
  return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, content: file }));
}

async function filesIn(entry: FileSystemEntry, folder = ''): Promise<GivenFile[]> {
  const path = folder + entry.name;
  if (entry instanceof FileSystemFileEntry) {
    const content = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path, content }];
  }
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const found: GivenFile[] = [];
  const reader = entry.createReader();
  for (;;) {
    // readEntries gives a hundred at a time, and in the end none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const inner of some) found.push(...(await filesIn(inner, `${path}/`)));
  }
}

/** Whether this is a model, and not a text to learn from. */
export function isModel(files: readonly GivenFile[]): boolean {
  return files.some(({ path }) => /\.(zip|safetensors)$|(^|\/)(adapter_)?config\.json$/.test(path));
}

/** Among several files their names tell which hold text; a single one is taken for a text whatever its name. */
export function textsAmong(files: readonly GivenFile[]): readonly GivenFile[] {
  return files.length === 1 ? files : files.filter(({ path }) => /\.(txt|text|md|jsonl|csv)$/i.test(path));
}
