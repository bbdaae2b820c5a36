/* Languages in a room (decision 0350): how loud each voice is here. Who interprets is heard by those who chose that language, and what is said in the room is
   quieter for them meanwhile, by the figures of the server's mixer (media/mixer.h). One owner: the call. */
import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { Mix, Participant, Track } from '../wire/call';

const duck_db = 15;
const attack_ms = 100;
const hold_ms = 400; /* a breath */
const release_ms = 500;
const look_ms = 50;
const speech_level = 0.01; /* of 1, as browsers tell a peak: -40 dBFS */

/** How far what is said in the room is down for who hears an interpreter, and when one last spoke. */
export interface Floor { down_db: number; spoke_ms: number | null }
export const floorAtRest: Floor = { down_db: 0, spoke_ms: null };

export function floorNext(f: Floor, speaks: boolean, since_ms: number, now_ms: number): Floor {
  const spoke_ms = speaks ? now_ms : f.spoke_ms;
  const is_down = spoke_ms !== null && now_ms - spoke_ms <= hold_ms;
  const down_db = is_down ? f.down_db + (duck_db * since_ms) / attack_ms : f.down_db - (duck_db * since_ms) / release_ms;
  return { spoke_ms, down_db: Math.min(duck_db, Math.max(0, down_db)) };
}

/** How loud a track of somebody else's is, 0 … 1. What is mixed has the languages in it already. */
export function gainOf(owner: Participant | undefined, hears: string | null, mixed: boolean, floor: Floor): number {
  if (mixed) return 1;
  const speaks = owner?.speaks ?? null;
  if (speaks !== null) return speaks === hears ? 1 : 0;
  return 10 ** (-floor.down_db / 20);
}

export interface Lanes {
  /** By track; what stands not here is as loud as it is. */
  gains: ReadonlySignal<ReadonlyMap<number, number>>;
  close: () => void;
}

export interface LanesOf {
  participants: ReadonlySignal<readonly Participant[]>;
  tracks: ReadonlySignal<readonly Track[]>;
  me: ReadonlySignal<number>;
  mix: ReadonlySignal<Mix | null>;
  /** How loud a track is that comes now, 0 … 1; null: not known. */
  level: (track: number) => Promise<number | null>;
}

export function openLanes(of: LanesOf): Lanes {
  const gains = signal<ReadonlyMap<number, number>>(new Map());
  let floor = floorAtRest;
  let timer: ReturnType<typeof setInterval> | undefined;
  let looked_ms = 0;
  let looking = false;

  const hears = (): string | null => of.participants.value.find((p) => p.id === of.me.value)?.hears ?? null;
  const interpreting = (): Track[] => {
    const mine = hears();
    const who = new Set(mine === null ? [] : of.participants.value.filter((p) => p.speaks === mine && p.id !== of.me.value).map((p) => p.id));
    return of.tracks.value.filter((t) => t.kind === 'audio' && !t.muted && who.has(t.participant));
  };

  const apply = (): void => {
    const mine = hears();
    const next = new Map<number, number>();
    for (const t of of.tracks.value) {
      if (t.kind !== 'audio' || t.participant === of.me.value) continue;
      const gain = gainOf(of.participants.value.find((p) => p.id === t.participant), mine, of.mix.value?.sound === t.id, floor);
      if (gain !== 1) next.set(t.id, gain);
    }
    const was = gains.peek();
    if (next.size !== was.size || [...next].some(([id, g]) => was.get(id) !== g)) gains.value = next;
  };

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const levels = await Promise.all(interpreting().map((t) => of.level(t.id).catch(() => null)));
    looking = false;
    const now = performance.now();
    floor = floorNext(floor, levels.some((l) => l !== null && l >= speech_level), Math.min(now - looked_ms, release_ms), now);
    looked_ms = now;
    apply();
    if (floor.down_db === 0 && interpreting().length === 0) rest();
  };

  const rest = (): void => { clearInterval(timer); timer = undefined; floor = floorAtRest; };
  const stop = effect(() => {
    const someone = interpreting().length > 0;
    apply();
    if (someone && timer === undefined) { looked_ms = performance.now(); timer = setInterval(() => { void look(); }, look_ms); }
  });
  return { gains, close: () => { stop(); rest(); } };
}
