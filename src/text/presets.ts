// Well-known texts that a user can ask for by name. Each is pinned to a revision, its size and its SHA-256.

export interface Preset {
  title: string;
  url: string;
  size: number;
  sha256: string;
  /** The file that is read, where the download is a zip archive. */
  member?: string;
}

const TINY_STORIES =
  'https://huggingface.co/datasets/roneneldan/TinyStories/resolve/f54c09fd23315a6f9c86f9dc80f725de7d8f9c64';

export const presets: ReadonlyMap<string, Preset> = new Map([
  [
    'shakespeare',
    {
      title: 'Tiny Shakespeare',
      url: 'https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt',
      size: 1_115_394,
      sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed', // computed from the file
    },
  ],
  // The checksums of TinyStories are those that many public projects pin for this revision.
  [
    'tinystories',
    {
      title: 'TinyStories V2 (GPT-4), training stories',
      url: `${TINY_STORIES}/TinyStoriesV2-GPT4-train.txt`,
      size: 2_227_753_162,
      sha256: '6418d412de72888f52b5142c761ac21a582f7d1166f0bfbdb5f03ccfdec90443',
    },
  ],
  [
    'tinystories-valid',
    {
      title: 'TinyStories V2 (GPT-4), validation stories',
      url: `${TINY_STORIES}/TinyStoriesV2-GPT4-valid.txt`,
      size: 22_502_601,
      sha256: '6874bae9a4c1a4e7edcf0e53b86c17817e9cf881fc75ff2368da457b80c0585d',
    },
  ],
  // The authors' archive; their own server is gone. Size and checksum stand in huggingface/datasets,
  // datasets/wikitext/dataset_infos.json, under the original address.
  [
    'wikitext-2',
    {
      title: 'WikiText-2 raw, training articles',
      url: 'https://huggingface.co/datasets/ggml-org/ci/resolve/927b3642933080f1b0e811e2f916e14c292992f9/wikitext-2-raw-v1.zip',
      size: 4_721_645,
      sha256: 'ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11',
      member: 'wikitext-2-raw/wiki.train.raw',
    },
  ],
]);
