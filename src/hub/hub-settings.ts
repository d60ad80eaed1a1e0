// Where the hub is, who asks, and where its files are kept: the settings of transformers.js, where it is installed, and
// those environment variables of the Hugging Face world that it leaves alone.
import { join } from 'node:path';
import { UsageError, unexpected } from '../base/errors.ts';
import type { LoadPackage } from '../base/optional-package.ts';
import { defaultCacheFolder } from '../text/cache.ts';
import { findTransformers, type TransformersSettings } from './transformers.ts';

export interface HubSettings {
  /** Ends with a slash. */
  host: string;
  /** `{model}` and `{revision}` stand in it for theirs. */
  pathTemplate: string;
  token: string | undefined;
  /** Why nothing may be downloaded, if nothing may. */
  offline: string | undefined;
  cacheFolder: string;
  fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

/** The hub's own, as they are in transformers.js. */
const DEFAULTS: TransformersSettings = {
  remoteHost: 'https://huggingface.co/',
  remotePathTemplate: '{model}/resolve/{revision}/',
  allowRemoteModels: true,
};

export async function hubSettings(
  environment: NodeJS.ProcessEnv = process.env,
  load?: LoadPackage,
): Promise<HubSettings> {
  const transformers = await findTransformers(load);
  const env = 'env' in transformers ? transformers.env : DEFAULTS;
  return {
    host: checkedHost(environment.HF_ENDPOINT || env.remoteHost),
    pathTemplate: env.remotePathTemplate,
    token: checkedToken(environment.HF_TOKEN || environment.HF_ACCESS_TOKEN), // the two that transformers.js reads
    offline: offlineReason(environment, env),
    cacheFolder: cacheFolder(environment, env),
    fetch: env.fetch ?? fetch,
  };
}

function cacheFolder(environment: NodeJS.ProcessEnv, env: TransformersSettings): string {
  if (environment.HF_HOME && !environment.TSGPT_CACHE) return join(environment.HF_HOME, 'transformers.js');
  const ours = join(defaultCacheFolder(environment), 'hub');
  return environment.TSGPT_CACHE ? ours : (env.cacheDir ?? ours);
}

function offlineReason(environment: NodeJS.ProcessEnv, env: TransformersSettings): string | undefined {
  if (!env.allowRemoteModels) return 'env.allowRemoteModels = false';
  return ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find((name) =>
    /^(1|true|yes|on)$/i.test(environment[name] ?? ''),
  );
}

function checkedHost(host: string): string {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw unexpected('HF_ENDPOINT', 'an address such as https://huggingface.co', host);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('HF_ENDPOINT holds a password', 'set HF_TOKEN instead');
  }
  return host.replace(/\/*$/, '/');
}

function checkedToken(token: string | undefined): string | undefined {
  const trimmed = token?.trim() || undefined;
  if (trimmed !== undefined && !/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new UsageError(
      'HF_TOKEN holds characters that no token has',
      'copy it again from the hub’s settings',
    );
  }
  return trimmed;
}
