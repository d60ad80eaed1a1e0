// Errors of file operations in words for the user.
import { systemCode, TsgptError } from './errors.ts';

const OTHER_PLACE = 'choose a folder that can be written, or change its permissions';

const REASONS: Readonly<Record<string, readonly [reason: string, hint?: string]>> = {
  ENOSPC: ['disk full', 'free some space, or choose a folder on another disk; then run this again'],
  EDQUOT: ['disk quota used up', 'free some space, or choose a folder on another disk; then run this again'],
  EACCES: ['permission denied', OTHER_PLACE],
  EPERM: ['operation not permitted', OTHER_PLACE],
  EROFS: ['read-only file system', OTHER_PLACE],
  ENOENT: ['no such file or folder'],
  ENOTDIR: ['there is a file where a folder is needed'],
  EEXIST: ['there is a file where a folder is needed'],
  EISDIR: ['there is a folder where a file is needed'],
  ENAMETOOLONG: ['the name is too long'],
  EMFILE: ['too many open files'],
  EIO: ['the disk reported an error', 'the disk may be failing: copy what matters to another one'],
};

/** `doing` is "reading x.json", "writing step-000500". An error that is not the system's is returned unchanged. */
export function readable(error: unknown, doing: string, consequence = ''): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof TsgptError || !(error instanceof Error)) return error;
  const [reason, hint] = REASONS[code] ?? [error.message];
  return new TsgptError(`${reason} while ${doing}${consequence}`, hint, { cause: error });
}

export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
}
