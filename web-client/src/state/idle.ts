/* Working keeps the session; being away ends it. Warns before the end. */
import { signal } from '@preact/signals';
import { attendedFor_ms, checkSession, has, idleEnds, idleFor_s, lastAsked, leaving, logout, over, session, stay, touch } from './session';

/** Seconds left, while the warning is shown. */
export const ending = signal<number | null>(null);

const warn_s = 60;
let forced = Infinity;
let forcedAt = 0;

/** The server says it ends in `in_s`. */
export function endsIn(in_s: number): void {
  forcedAt = Date.now();
  forced = forcedAt + in_s * 1000;
  look();
}

export async function stayOn(): Promise<void> {
  await stay();
  forced = Infinity;
  touch();
  ending.value = null;
}

const warnFor_ms = (): number => Math.min(warn_s * 1000, (idleFor_s() * 1000) / 3);

let checkedAt = 0;
function look(): void {
  if (session.value === null || over.value !== null) {
    ending.value = null;
    forced = Infinity;
    return;
  }
  const now = Date.now();
  /* What was asked after the word moved the clock again. */
  if (lastAsked > forcedAt) forced = Infinity;
  const left_ms = Math.min(idleEnds(), forced) - now;
  if (left_ms > warnFor_ms()) {
    ending.value = null;
    return;
  }
  ending.value = Math.max(0, Math.ceil(left_ms / 1000));
  /* A wall terminal clears itself, whatever the line does (rule 12). */
  if (left_ms <= 0 && has('detainee') && !leaving.value) {
    void logout();
    return;
  }
  if (left_ms <= -1000 && now - checkedAt > 3000) {
    checkedAt = now;
    void checkSession();
  }
}

function touched(): void {
  touch();
  const s = session.value;
  if (s === null || over.value !== null || (ending.value !== null && !has('detainee'))) return;
  /* Reading and moving about is work too: tell the server now and then. */
  if (Date.now() - lastAsked > attendedFor_ms()) {
    forced = Infinity;
    void stay();
  }
}

export function watchIdle(): void {
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) addEventListener(kind, touched, { passive: true, capture: true });
  setInterval(look, 500);
}
