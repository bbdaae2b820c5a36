/* The pulse of what comes: packets that came all the time and come no more. A browser sees a lost network seconds later than its packets do
   (decision 0100). */
import { bytesIn } from './quality';

export interface PulseOf {
  /** Media may flow now, and its stopping means something. */
  alive: () => boolean;
  /** How long ago the last packet of a track that should flow came; null when none ever did. */
  silent_ms: () => number | null;
  /** The connection up, whose feedback tells a network that is gone from others who are silent. */
  up: () => RTCPeerConnection | null;
  /** What flowed has stopped, and no feedback comes either. */
  lost: () => void;
}

const pulse_ms = 100;
export const silence_ms = 500; /* a voice that is silent sends a packet each 400 ms (Opus DTX) */

/** Looks until it is stopped. */
export function watchPulse(of: PulseOf): () => void {
  let flowed = false;
  let fedBefore: Promise<number | null> | null = null;

  const fed = async (): Promise<number | null> => {
    const from = of.up();
    if (from === null) return null;
    const rows = await from.getStats();
    return from === of.up() ? bytesIn([...rows.values() as Iterable<Record<string, unknown>>]) : null;
  };

  const silenced = async (was: Promise<number | null> | null): Promise<void> => {
    const [before, now] = [await was, await fed()];
    if (before === null || now === null || now <= before) of.lost();
  };

  const look = (): void => {
    if (!of.alive()) { flowed = false; return; }
    const age = of.silent_ms();
    if (age === null) return;
    if (age < silence_ms / 2) { flowed = true; fedBefore = null; }
    else if (flowed && age <= silence_ms) fedBefore ??= fed();
    else if (flowed) {
      flowed = false;
      void silenced(fedBefore);
      fedBefore = null;
    }
  };
  const timer = setInterval(look, pulse_ms);
  return () => clearInterval(timer);
}
