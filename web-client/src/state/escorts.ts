/* Reports of escorts that a tablet out of reach has not sent yet: kept in the order of the taps, with the time of each, and sent one after the other when the server is heard again. They
   stay in the browser over a reload, until they are sent: a task's id, a step, a time and a key of its own for each, by which the server takes it once; no name of anybody. They are sent by
   the account that tapped them alone. What the server refuses stays until somebody has read that it was. */
import { computed, effect, signal } from '@preact/signals';
import { report, verbs, type Told } from '../wire/escorts';
import { list, num, obj, oneOf, or, str, type Read } from '../wire/read';
import { serverNow } from './clock';
import { store, stored } from './prefs';
import { send, session } from './session';

/** no: the code of the server's refusal; empty while it waits. */
export interface Tap { id: string; step: Told; at: number; reason: string; key: string; by: string; no: string }

const place = 'taps';
const readTaps: Read<Tap[]> = list(obj({ id: str, step: oneOf(Object.keys(verbs) as Told[]), at: num, reason: or(str, ''), key: str, by: str, no: or(str, '') }));

function kept(): Tap[] {
  try { return readTaps(JSON.parse(stored(place) ?? '[]'), place); } catch { return []; }
}

const mineAll = signal<readonly Tap[]>([]);
/** That wait for the line, in the order of the taps. */
export const taps = computed(() => mineAll.value.filter((t) => t.no === ''));
/** That the server did not take, and nobody has read it yet. */
export const refused = computed(() => mineAll.value.filter((t) => t.no !== ''));
/** Counts what was taken: a list loads again when it moves. */
export const taken = signal(0);

let running = false;
let mine = '';
const again_ms = 4000;

/** Another tab of this browser may have kept some, and sent some. */
function change(make: (all: Tap[]) => Tap[]): void {
  const old = kept();
  const all = make([...old, ...mineAll.peek().filter((t) => !old.some((k) => k.key === t.key))]);
  store(place, all.length === 0 ? null : JSON.stringify(all));
  mineAll.value = all.filter((t) => t.by === mine);
}

effect(() => {
  const id = session.value?.account.id ?? '';
  if (id === mine) return;
  mine = id;
  mineAll.value = kept().filter((t) => t.by === id);
});

export async function flushTaps(): Promise<void> {
  if (running) return;
  running = true;
  try {
    for (let tap = taps.peek()[0]; tap !== undefined; tap = taps.peek()[0]) {
      const { key } = tap;
      const done = await send(report(tap.id, tap.step, tap.at, tap.reason === '' ? null : tap.reason, key));
      if (!done.ok && (done.fault.status === 0 || done.fault.status === 429 || done.fault.status >= 500)) {
        setTimeout(() => { void flushTaps(); }, again_ms);
        return;
      }
      const no = done.ok ? '' : done.fault.code;
      mineAll.value = mineAll.peek().flatMap((t) => (t.key !== key ? [t] : no === '' ? [] : [{ ...t, no }]));
      change((all) => all.flatMap((t) => (t.key !== key ? [t] : no === '' ? [] : [{ ...t, no }])));
      taken.value += 1;
    }
  } finally { running = false; }
}

const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

export function tap(id: string, step: Told, reason = ''): void {
  change((all) => [...all, { id, step, at: serverNow(), reason, key: newKey(), by: mine, no: '' }]);
  void flushTaps();
}

/** What was not taken of this task has been read. */
export function refusalRead(id: string): void {
  const gone = (t: Tap): boolean => t.id === id && t.no !== '';
  mineAll.value = mineAll.peek().filter((t) => !gone(t));
  change((all) => all.filter((t) => t.by !== mine || !gone(t)));
}
