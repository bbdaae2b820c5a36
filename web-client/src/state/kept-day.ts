/* A guard's day, kept in this tab for ten minutes after the server was last heard, so that a tablet out of reach opens again on it. It holds what custody's screen shows and nothing else: whom,
   from where, to where, when, how to bring them; whose list it is; no key of the session. It goes at log-out, with another account, when the server says that nobody is logged in, after ten
   minutes whether the page was opened again or not, and with the tab. Knows no session: state/session opens on it. */
import { effect } from '@preact/signals';
import { readEscorts, type Escort } from '../wire/escorts';
import { list, maybe, num, obj, str, type Out } from '../wire/read';
import { readRole, readWorld } from '../wire/roles';
import { now, serverNow } from './clock';
import { keepHere, keptHere } from './prefs';

export const day_ms = 600_000;
const place = 'day';

const readWho = obj({ account: obj({ id: str, name: str, display: str, roles: list(readRole), world: readWorld, person: maybe(str) }), idle_s: num, ends: num, started: num, site: obj({ name: str, zone: str }) });
export type KeptWho = Out<typeof readWho>;
/** at: by this machine's clock, when the server was last heard; skew: the server's clock minus it. */
const readKept = obj({ at: num, skew: num, who: readWho, escorts: readEscorts });
export interface KeptDay { at: number; skew: number; who: KeptWho; escorts: Escort[] }

let ends = Infinity;

/** As the server tells times, so that it is read by the same reader. */
const told = (e: Escort): unknown => ({ ...e, start: new Date(e.start).toISOString(), end: new Date(e.end).toISOString(), at: e.at === null ? null : new Date(e.at).toISOString() });

export function keepDay(who: KeptWho, escorts: readonly Escort[]): void {
  const at = Date.now();
  ends = at + day_ms;
  const { account, idle_s, ends: until, started, site } = who;
  keepHere(place, JSON.stringify({ at, skew: serverNow() - at, who: { account, idle_s, ends: until, started, site }, escorts: escorts.map(told) }));
}

export function wipeDay(): void {
  ends = Infinity;
  keepHere(place, null);
}

/** Null, and nothing is left, when it is older than ten minutes or this machine's clock went back. */
export function keptDay(): KeptDay | null {
  const raw = keptHere(place);
  if (raw === null) return null;
  try {
    const kept = readKept(JSON.parse(raw), place);
    const age = Date.now() - kept.at;
    if (age >= 0 && age < day_ms) {
      ends = kept.at + day_ms;
      return kept;
    }
  } catch { /* not ours: it goes */ }
  wipeDay();
  return null;
}

effect(() => {
  void now.value;
  if (Date.now() >= ends) wipeDay();
});
