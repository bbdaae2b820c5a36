/* Light that was asked for at cameras of examinations: the newest asking of each, for as long as somebody has it before the eyes. State; no screen. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { CallFrame } from '../wire/call';

export interface Light { by: number; more: boolean }

export const light_ms = 10_000;

export interface Lights {
  /** By the track. */
  asked: ReadonlySignal<ReadonlyMap<number, Light>>;
  heard: (f: CallFrame) => void;
  /** It is done, or was read. */
  done: (track: number) => void;
  close: () => void;
}

export function openLights(): Lights {
  const asked = signal<ReadonlyMap<number, Light>>(new Map());
  const timers = new Map<number, ReturnType<typeof setTimeout>>();

  const keep = (which: (track: number, l: Light) => boolean): void => {
    const left = new Map([...asked.peek()].filter(([track, l]) => which(track, l)));
    if (left.size === asked.peek().size) return;
    for (const [track, timer] of timers) if (!left.has(track)) { clearTimeout(timer); timers.delete(track); }
    asked.value = left;
  };
  const done = (track: number): void => keep((t) => t !== track);
  const put = (track: number, l: Light): void => {
    clearTimeout(timers.get(track));
    timers.set(track, setTimeout(() => done(track), light_ms));
    asked.value = new Map(asked.peek()).set(track, l);
  };

  const heard = (f: CallFrame): void => {
    switch (f.type) {
      case 'call.light': put(f.track, { by: f.by, more: f.more }); break;
      case 'call.untrack': done(f.track); break;
      case 'call.gone': keep((_, l) => l.by !== f.participant); break;
      case 'call.joined': case 'call.private': keep(() => false); break; /* who is kept from whom is another now */
      default: break;
    }
  };

  return { asked, heard, done, close: () => keep(() => false) };
}
