// One request to the hub: its token goes to the hub alone, and what the hub says of a file that it keeps elsewhere
// (its size, its ETag) is not lost on the way there.
import { TsgptError } from '../base/errors.ts';
import { connectionError, Interruption } from '../base/http.ts';
import type { HubSettings } from './hub-settings.ts';

const MOST_REDIRECTS = 10;

/** Follows redirects; the answer's `etag` and `x-linked-size` are those that the hub gave for the file, if it did. */
export async function hubRequest(
  hub: HubSettings,
  method: 'GET' | 'HEAD',
  url: string,
  { 'if-range': version, ...headers }: Record<string, string>,
): Promise<Response> {
  const { origin } = new URL(hub.host);
  const linked = new Headers();
  let at = new URL(url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    // The place that the hub sends us to has other ETags: whoever asked compares the hub's.
    const response = await ask(hub, method, at, {
      ...headers,
      ...(version !== undefined && !linked.has('etag') && { 'if-range': version }),
      ...(hub.token !== undefined && at.origin === origin && { authorization: `Bearer ${hub.token}` }),
    });
    const { status, statusText } = response;
    if ([401, 403].includes(status) && at.origin !== origin) {
      // The hub signs addresses for a while only: it gives another when asked again.
      throw new Interruption(`${at.host} answered HTTP ${status} ${statusText}`.trimEnd());
    }
    const etag = response.headers.get('x-linked-etag');
    const size = response.headers.get('x-linked-size');
    if (etag !== null) linked.set('etag', etag);
    if (size !== null) linked.set('x-linked-size', size);
    const location = [301, 302, 303, 307, 308].includes(status) ? response.headers.get('location') : null;
    if (location === null) return withHeaders(response, status, linked);
    if (method === 'HEAD' && etag !== null) return withHeaders(response, 200, linked);
    await response.body?.cancel();
    at = redirected(location, at);
  }
  throw new TsgptError(`the server redirects more than ${MOST_REDIRECTS} times`);
}

async function ask(
  hub: HubSettings,
  method: string,
  url: URL,
  headers: Record<string, string>,
): Promise<Response> {
  try {
    return await hub.fetch(url, { method, redirect: 'manual', headers });
  } catch (error) {
    throw connectionError(error, url.href);
  }
}

function withHeaders(response: Response, status: number, more: Headers): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of more) headers.set(name, value);
  return new Response(response.body, { status, statusText: response.statusText, headers });
}

function redirected(location: string, from: URL): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol)) {
    throw new TsgptError('the server redirects to what is not a web address');
  }
  return to;
}
