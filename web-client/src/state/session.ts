/* Who is logged in, and what happens when that ends while work is open.

   Every request goes through `send`. When the answer is "the session is over", the request does not fail: it waits while the
   dialog asks for a new login over the veiled page, then it is asked again. Another account gets nothing of it: the page is
   thrown away as a whole and loaded anew, which leaves no memory to wipe. */
import { batch, computed, signal } from '@preact/signals';
import { lang, langTag } from '../text';
import { headerSkew_ms, perform, type Asker, type Call } from '../wire/http';
import { isOver, type Fault, type Result } from '../wire/fault';
import type { Role } from '../wire/roles';
import * as wire from '../wire/session';
import type { Session } from '../wire/session';
import { logout as wireLogout } from '../wire/login';
import type { Ending } from '../wire/socket';
import { serverNow, setServerNow, setSkew } from './clock';
import { keptDay, wipeDay } from './kept-day';
import { store, stored } from './prefs';

export type { Session };

export const session = signal<Session | null>(null);
/** Set while the session is over and the page waits under the veil. */
export const over = signal<{ why: Ending | null } | null>(null);
/** Set when the server could not say who is logged in. */
export const unknown = signal<Fault | null>(null);
export const leaving = signal(false);
/** Codes to keep from a first login; the shell waits until they are kept. */
export const role = computed<Role | null>(() => session.value?.account.roles[0] ?? null);
/** What the service says of itself before anybody is logged in. */
export const serviceZone = signal('');
export const zone = computed<string | undefined>(() => session.value?.site.zone ?? (serviceZone.value === '' ? undefined : serviceZone.value));
export const has = (r: Role): boolean => session.value?.account.roles.includes(r) ?? false;

/** When the last request that moved the server's idle clock was asked, by our clock. */
export let lastAsked = Date.now();

/* The tabs of one browser share its cookie: each tells the others who logged in, and that somebody left. */
const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('yunqiao');
if (tabs !== null) {
  tabs.onmessage = (event: MessageEvent<unknown>) => {
    const now = session.peek();
    if (typeof event.data !== 'string' || leaving.peek()) return;
    if (now === null) {
      if (event.data !== '') void loadSession();
    } else if (event.data === '') void checkSession();
    else if (event.data !== now.account.id) startOver();
    else if (over.peek() !== null) void loadSession();
  };
}

let waiting: (() => void)[] = [];
/** When a hand was last on the page, by its own clock. */
export let lastTouch = Date.now();
export function touch(): void { lastTouch = Date.now(); }
/** So long after it, what the page asks it asks by itself. */
export const attendedFor_ms = (): number => Math.min(60_000, idleFor_s() * 100);

const asker = (): Asker => ({ csrf: session.value?.csrf ?? null, lang: langTag(lang.value), unattended: Date.now() - lastTouch > attendedFor_ms() });

/** A request nobody's session matters to: login, health. */
export async function ask<T>(call: Call<T>): Promise<Result<T>> {
  const result = await perform(call, asker());
  setSkew(headerSkew_ms);
  return result;
}

export async function send<T>(call: Call<T>): Promise<Result<T>> {
  for (let round = 0; ; round += 1) {
    if (over.value !== null && !call.keepalive) await new Promise<void>((go) => { waiting.push(go); });
    const mine = session.value?.account.id;
    const csrf = session.value?.csrf;
    const as = asker();
    const asked = Date.now();
    const result = await perform(call, as);
    if (result.ok) {
      if (!as.unattended || call.attended === true) lastAsked = Math.max(lastAsked, asked);
      return result;
    }
    if (isOver(result.fault) && session.value !== null && !leaving.value && !call.keepalive) {
      if (session.value.csrf === csrf) expire(null);
      continue;
    }
    if (result.fault.code === 'csrf' && round === 0 && session.value !== null) {
      /* Another tab logged in again: the cookie is newer than what we hold. */
      const fresh = await perform(wire.session(), asker());
      if (fresh.ok && fresh.value.account.id === mine) {
        enter(fresh.value);
        continue;
      }
      if (fresh.ok) {
        startOver();
        return new Promise(() => {});
      }
    }
    return result;
  }
}

export function expire(why: Ending | null): void {
  if (session.value === null || leaving.value) return;
  if (session.value.account.roles.includes('detainee')) {
    startOver();
    return;
  }
  if (over.value === null || (over.value.why === null && why !== null)) over.value = { why };
}

function enter(fresh: Session): void {
  setServerNow(fresh.now, 500);
  lastAsked = Date.now();
  if (stored(leftPlace) !== null) store(leftPlace, null);
  batch(() => {
    session.value = fresh;
    unknown.value = null;
    over.value = null;
  });
  const go = waiting;
  waiting = [];
  for (const resume of go) resume();
}

/** Asks who is logged in. True when somebody is. */
export async function loadSession(): Promise<boolean> {
  const result = await perform(wire.session(), asker());
  if (result.ok) {
    if (session.value !== null && session.value.account.id !== result.value.account.id) {
      startOver();
      return false;
    }
    const news = session.value?.csrf !== result.value.csrf;
    enter(result.value);
    if (news) tabs?.postMessage(result.value.account.id);
    return true;
  }
  if (!isOver(result.fault)) unknown.value = result.fault;
  else {
    unknown.value = null;
    if (session.value === null) wipeDay();
  }
  return false;
}

const reach_ms = 4000;

/** At the page's start. Out of reach, it opens on what a guard's tablet keeps for ten minutes; the server is asked again with the next question. */
export async function beginSession(): Promise<void> {
  if (!(await leaveFirst())) return;
  if (keptDay() === null) {
    await loadSession();
    return;
  }
  await Promise.race([loadSession(), new Promise((go) => { setTimeout(go, reach_ms); })]);
  const kept = keptDay();
  if (session.value !== null || kept === null) return;
  setServerNow(Date.now() + kept.skew, 5000);
  batch(() => {
    session.value = { ...kept.who, csrf: '', resume: null, now: serverNow(), last_login: null, failed_since: 0 };
    unknown.value = null;
  });
}

/** Is it really over? Asks without moving the idle clock. */
export async function checkSession(): Promise<void> {
  if (session.value === null || over.value !== null) return;
  const result = await perform(wire.sessionPeek(), asker());
  if (!result.ok && isOver(result.fault)) expire(null);
}

/** Moves the idle clock. */
export async function stay(): Promise<void> {
  const result = await send({ ...wire.session(), attended: true });
  if (result.ok && result.value.account.id === session.value?.account.id) enter(result.value);
}

/** Throws the whole page away: nothing of this account stays in memory. */
export function startOver(): void {
  wipeDay();
  const place = has('detainee') ? '/terminal' : '/';
  leaving.value = true;
  location.replace(place);
}

export async function logout(): Promise<void> {
  const place = has('detainee') ? '/terminal' : '/login';
  leaving.value = true;
  wipeDay();
  const left = await perform(wireLogout(), asker());
  if (!left.ok && !isOver(left.fault)) store(leftPlace, session.value?.account.id ?? '');
  tabs?.postMessage('');
  location.replace(place);
}

/* Who left while out of reach has left: the server is told before it is asked anything else. */
const leftPlace = 'left';
/** False: it could not be told yet. */
async function leaveFirst(): Promise<boolean> {
  const id = stored(leftPlace);
  if (id === null) return true;
  const mine = await perform(wire.sessionPeek(), asker());
  const done = mine.ok && mine.value.account.id === id ? await perform(wireLogout(), { ...asker(), csrf: mine.value.csrf }) : mine;
  if (!done.ok && !isOver(done.fault)) {
    unknown.value = done.fault;
    return false;
  }
  store(leftPlace, null);
  return true;
}

/** A wall terminal clears itself after this long untouched, however long the server would wait (rule 12). */
const terminal_s = 60;

/** How long without a request or a touch, in seconds. */
export const idleFor_s = (): number => {
  const s = session.value;
  return s === null ? Infinity : s.account.roles.includes('detainee') ? Math.min(terminal_s, s.idle_s) : s.idle_s;
};

export const idleEnds = (): number => {
  const s = session.value;
  return s === null ? Infinity : Math.min(lastAsked + idleFor_s() * 1000, Date.now() + (s.ends - serverNow()));
};
