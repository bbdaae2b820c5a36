/* A page made by the server, opened beside this one. Its file has no name: a name would stay in the folder of downloads. */
import { lang, langTag } from '../text';
import { ownFault, readFault, type Fault } from '../wire/fault';

const kept_ms = 60_000;

export async function printed(path: string): Promise<Fault | null> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', headers: { 'Accept-Language': langTag(lang.value) }, signal: AbortSignal.timeout(20_000) });
  } catch (e) {
    return ownFault(e instanceof DOMException && e.name === 'TimeoutError' ? 'timeout' : 'offline');
  }
  if (!answer.ok) return readFault(answer.status, await answer.json().catch(() => null), answer.headers.get('Retry-After'), Date.now());
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.target = '_blank';
  link.rel = 'noopener';
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, kept_ms);
  return null;
}
