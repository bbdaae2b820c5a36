/* A file that leaves the site: fetched once, saved under a name that says nothing of anybody. */
import { lang, langTag } from '../text';
import type { Export } from '../wire/exports';
import { ownFault, readFault, type Fault } from '../wire/fault';
import { session } from './session';

const wait_ms = 120_000;
const kept_ms = 60_000;

export async function exported(row: Export, key: string): Promise<Fault | null> {
  let answer: Response;
  try {
    answer = await fetch(`/api/exports/${row.id}/file`, {
      method: 'POST', credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(wait_ms), body: JSON.stringify({ key }),
      headers: { 'Accept-Language': langTag(lang.value), 'Content-Type': 'application/json', 'X-CSRF-Token': session.value?.csrf ?? '' },
    });
  } catch (e) {
    return ownFault(e instanceof DOMException && e.name === 'TimeoutError' ? 'timeout' : 'offline');
  }
  if (!answer.ok) return readFault(answer.status, await answer.json().catch(() => null), answer.headers.get('Retry-After'), Date.now());
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `yunqiao-export-${row.id}.${row.format}`;
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, kept_ms);
  return null;
}
