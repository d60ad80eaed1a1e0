// Where downloads are kept: $TSGPT_CACHE, else $XDG_CACHE_HOME/tsgpt, else ~/.cache/tsgpt.

import { homedir } from 'node:os';
import { join } from 'node:path';

export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.TSGPT_CACHE || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tsgpt');
}
