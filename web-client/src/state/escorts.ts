/* Reports of escorts that a tablet out of reach has not sent yet: kept in memory in the order of the taps, with the time of each, and sent one after the other when the server is heard
   again. What the server refuses is dropped and said. */
import { signal } from '@preact/signals';
import type { Fault } from '../wire/fault';
import { report, type Told } from '../wire/escorts';
import { serverNow } from './clock';
import { send } from './session';

export interface Tap { id: string; step: Told; at: number; reason: string | null }

export const taps = signal<readonly Tap[]>([]);
export const refused = signal<Fault | null>(null);
/** Counts what was taken: a list loads again when it moves. */
export const taken = signal(0);

let running = false;
const again_ms = 4000;

export async function flushTaps(): Promise<void> {
  if (running) return;
  running = true;
  try {
    for (let tap = taps.peek()[0]; tap !== undefined; tap = taps.peek()[0]) {
      const done = await send(report(tap.id, tap.step, tap.at, tap.reason));
      if (!done.ok && (done.fault.status === 0 || done.fault.status >= 500)) {
        setTimeout(() => { void flushTaps(); }, again_ms);
        return;
      }
      if (!done.ok) refused.value = done.fault;
      taps.value = taps.peek().slice(1);
      taken.value += 1;
    }
  } finally { running = false; }
}

export function tap(id: string, step: Told, reason: string | null = null): void {
  refused.value = null;
  taps.value = [...taps.peek(), { id, step, at: serverNow(), reason }];
  void flushTaps();
}
