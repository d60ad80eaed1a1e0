// A repository on the hub and its place in the cache, which transformers.js shares: which files are where.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, TsgptError, unexpected } from '../base/errors.ts';
import { type RetryOptions, retrying, statusError } from '../base/http.ts';
import { hubRequest } from './hub-request.ts';
import type { HubSettings } from './hub-settings.ts';

export interface HubFile {
  file: string;
  /** Its place in the cache. */
  path: string;
  /** If not, it is on the hub and the rest is what the hub says of it. */
  cached: boolean;
  url: string;
  size?: number;
  etag?: string;
  sha256?: string;
}

export interface Repository {
  /** Its files lie, or will lie, in it as they do in the repository. */
  folder: string;
  isCached(file: string): boolean;
  /** Looks in the cache, then asks the hub. */
  find(file: string, retry: RetryOptions): Promise<HubFile | undefined>;
  get(url: string, headers: Record<string, string>): Promise<Response>;
  /** The error for what `find` has not found. */
  lacks(what: string, lookedFor: readonly string[], hint?: string): TsgptError;
}

export function openRepository(hub: HubSettings, id: string, revision: string): Repository {
  checkNames(id, revision);
  const name = revision === 'main' ? id : `${id} at ${revision}`;
  const folder = join(hub.cacheFolder, id, revision === 'main' ? '' : revision);
  const isCached = (file: string) =>
    statSync(join(folder, file), { throwIfNoEntry: false })?.isFile() ?? false;

  async function ask(
    method: 'GET' | 'HEAD',
    url: string,
    headers: Record<string, string>,
  ): Promise<Response> {
    const response = await hubRequest(hub, method, url, headers);
    const error = refusal(response, hub, id, revision);
    if (error === undefined) return response;
    await response.body?.cancel();
    throw error;
  }

  return {
    folder,
    isCached,
    async find(file, retry) {
      const url = urlOf(hub, id, revision, file);
      const place = { file, url, path: join(folder, file) };
      if (isCached(file)) return { ...place, cached: true };
      if (hub.offline !== undefined) return undefined;
      const headers = await retrying(() => head(url, ask), retry).catch((error: unknown) => {
        throw unreachable(error, url);
      });
      return headers && { ...place, cached: false, ...described(headers) };
    },
    get: (url, headers) => ask('GET', url, headers),
    lacks(what, lookedFor, hint) {
      const list = `looked for ${lookedFor.join(', ')}`;
      if (hub.offline === undefined) return new TsgptError(`${name} has no ${what}: ${list}`, hint);
      return new TsgptError(
        `the cache has no ${what} of ${name}: ${list} in ${folder}`,
        `nothing is downloaded because of ${hub.offline}`,
      );
    },
  };
}

/** These become addresses and paths. */
function checkNames(id: string, revision: string): void {
  if (!/^(\w[\w.-]*\/)?\w[\w.-]*$/.test(id) || /\.\.|--/.test(id)) {
    throw unexpected('the repository', 'a name as on the hub, such as openai-community/gpt2', id);
  }
  if (!/^\w[\w.-]*(\/\w[\w.-]*)*$/.test(revision) || revision.includes('..')) {
    throw unexpected('the revision', 'a branch, a tag or a commit', revision);
  }
}

function urlOf(hub: HubSettings, id: string, revision: string, file: string): string {
  const path = hub.pathTemplate
    .replaceAll('{model}', id)
    .replaceAll('{revision}', encodeURIComponent(revision));
  return new URL(`${hub.host}${path.replace(/^\/+|\/+$/g, '')}/${file}`).href;
}

async function head(
  url: string,
  ask: (...request: ['HEAD', string, Record<string, string>]) => Promise<Response>,
) {
  const response = await ask('HEAD', url, { 'accept-encoding': 'identity' });
  await response.body?.cancel();
  if (response.status === 404) return undefined;
  if (!response.ok) throw statusError(response);
  return response.headers;
}

function described(headers: Headers): Pick<HubFile, 'size' | 'etag' | 'sha256'> {
  const linkedSize = headers.get('x-linked-size');
  const size = linkedSize ?? (headers.has('content-encoding') ? null : headers.get('content-length'));
  const etag = headers.get('etag');
  const sha256 = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  return {
    ...(size !== null && /^\d+$/.test(size) && { size: Number(size) }),
    ...(etag !== null && { etag }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

/** The hub answers 401 for what does not exist too, so that nobody learns of private repositories. */
function refusal(
  response: Response,
  { host, token }: HubSettings,
  id: string,
  revision: string,
): TsgptError | undefined {
  const { status, headers } = response;
  const code = headers.get('x-error-code');
  if (status === 404 && code === 'RevisionNotFound') {
    return new TsgptError(`${id} has no revision ${revision}`, 'give a branch, a tag or a commit of it');
  }
  if (status === 404 && code === 'RepoNotFound') {
    return new TsgptError(
      `there is no repository ${id} on ${host}`,
      'check its name; HF_TOKEN opens private ones',
    );
  }
  if (status !== 401 && status !== 403) return undefined;
  const licence = `if it asks for a licence to be accepted, do so at ${host}${id}`;
  return token === undefined
    ? new TsgptError(
        `the hub wants to know who asks for ${id} (HTTP ${status})`,
        `check the name; ${licence}; then set HF_TOKEN to a token that may read it`,
      )
    : new TsgptError(
        `HF_TOKEN does not open ${id} (HTTP ${status})`,
        `check the name and the token; ${licence}`,
      );
}

function unreachable(error: unknown, url: string): unknown {
  if (error instanceof TsgptError && error.hint !== undefined) return error;
  return new TsgptError(
    `cannot ask for ${url}: ${messageOf(error)}`,
    'if all its files have been downloaded before, HF_HUB_OFFLINE=1 takes them from the cache',
    { cause: error },
  );
}
