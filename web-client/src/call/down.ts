/* What comes down: one connection, an m-line for each track of the others, and what is wished of each. One owner: the call, which says when a
   connection is to be opened and what tracks there are. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { CallIntent, Ice, Track, WantedTrack } from '../wire/call';
import { names } from './codecs';
import type { LinkFigures } from './encodings';
import { openPeer, type Peer } from './peer';
import type { Shown } from './quality';
import { assign, type Slot } from './slots';
import { hold, holdFor, unheld, type Hold } from './voice';

export interface DownOf {
  tracks: ReadonlySignal<readonly Track[]>;
  me: ReadonlySignal<number>;
  tell: (intent: CallIntent) => boolean;
  state: (state: RTCPeerConnectionState) => void;
  broken: () => void;
  /** No pictures now, whatever is shown. */
  isDark: () => boolean;
}

export interface Down {
  streams: ReadonlySignal<ReadonlyMap<number, MediaStream>>;
  peer: () => Peer | null;
  open: (ice: Ice) => void;
  close: () => void;
  /** Tracks came or went. */
  refresh: () => void;
  want: (track: number, wanted: Omit<WantedTrack, 'track'>) => void;
  /** All wishes are said again. */
  wantAll: () => void;
  /** A look at the way; made_up: of 1,000 of each voice, by mid. */
  look: (f: LinkFigures, made_up: ReadonlyMap<string, number>) => void;
  /** What is shown of each track. */
  shown: (byMid: ReadonlyMap<string, Shown>) => ReadonlyMap<number, Shown>;
  /** How loud a track of sound is now, 0 … 1; null: not known. */
  level: (track: number) => Promise<number | null>;
  /** How long ago the last packet of a track that is not muted came; null: none did. */
  silent_ms: () => number | null;
}

const want_ms = 150;
const miss_least_ms = 100;
const miss_most_ms = 3200;

export function openDown(of: DownOf): Down {
  const streams = signal<ReadonlyMap<number, MediaStream>>(new Map());
  const wants = new Map<number, Omit<WantedTrack, 'track'>>();
  let wantsNew = new Set<number>();
  let wantTimer: ReturnType<typeof setTimeout> | undefined;
  let missTimer: ReturnType<typeof setTimeout> | undefined;
  let miss_ms = miss_least_ms;
  const holds = new WeakMap<RTCRtpReceiver, Hold>();
  let peer: Peer | null = null;
  let slots: Slot[] = [];
  let slotAt: RTCRtpTransceiver[] = [];

  /* ── m-lines ── */
  const refresh = (): void => {
    if (peer === null) return;
    const wanted = of.tracks.peek().filter((t) => t.participant !== of.me.peek()).map((t) => ({ id: t.id, kind: t.kind }));
    const { slots: next, changed } = assign(slots, wanted);
    if (!changed) return;
    slots = next;
    slots.forEach((slot, i) => {
      const direction = slot.track === null ? 'inactive' : 'recvonly';
      if (slotAt[i] === undefined) slotAt[i] = peer!.pc.addTransceiver(slot.kind, { direction });
      else slotAt[i].direction = direction;
    });
    const map = new Map<number, MediaStream>();
    slots.forEach((slot, i) => { if (slot.track !== null) map.set(slot.track, streams.peek().get(slot.track) ?? new MediaStream([slotAt[i]!.receiver.track])); });
    streams.value = map;
    peer.negotiate();
  };

  /* A track that we know and the worker does not have yet (its owner is still coming back) was answered inactive: it is asked for again, soon, then seldom.
     Or it is of a codec that our own description does not name: its owner is asked for another (decision 0051). */
  const isMissing = (slot: Slot, i: number): boolean => slot.track !== null && slotAt[i]?.currentDirection === 'inactive';
  const undecodable = (): number[] => {
    const sdp = peer?.pc.localDescription?.sdp ?? '';
    return slots.flatMap((slot, i) => {
      const codec = of.tracks.peek().find((t) => t.id === slot.track)?.codec ?? '';
      return isMissing(slot, i) && codec !== '' && !names(sdp, codec) ? [slot.track!] : [];
    });
  };
  const missing = (): void => {
    clearTimeout(missTimer);
    if (!slots.some(isMissing)) { miss_ms = miss_least_ms; return; }
    for (const track of undecodable()) of.tell({ type: 'call.recode', track });
    missTimer = setTimeout(() => peer?.negotiate(), miss_ms);
    miss_ms = Math.min(miss_most_ms, miss_ms * 2);
  };

  /* ── wishes: gathered, then said at once ── */
  const flushSoon = (): void => { wantTimer ??= setTimeout(() => { wantTimer = undefined; flush(); }, want_ms); };
  const flush = (): void => {
    const held = new Set(slots.map((s) => s.track));
    const video = new Set(of.tracks.peek().filter((t) => t.kind === 'video').map((t) => t.id));
    const list: WantedTrack[] = [];
    for (const track of wantsNew) {
      const w = wants.get(track);
      if (w === undefined || !held.has(track)) continue;
      list.push({ track, ...w, ...(video.has(track) && of.isDark() ? { paused: true } : {}) });
    }
    if (list.length === 0 || of.tell({ type: 'call.want', tracks: list })) wantsNew = new Set();
  };
  const wantAll = (): void => {
    for (const id of wants.keys()) wantsNew.add(id);
    flushSoon();
  };

  const open = (ice: Ice): void => {
    peer?.close();
    slots = [];
    slotAt = [];
    streams.value = new Map();
    const mine: Peer = openPeer('down', ice, {
      tell: (n, sdp, fresh) => of.tell({
        type: 'call.offer', n, peer: 'down', sdp, ...(fresh ? { fresh: true } : {}),
        tracks: slots.flatMap((slot, i) => { const mid = slotAt[i]?.mid; return slot.track === null || mid === undefined || mid === null ? [] : [{ mid, track: slot.track }]; }),
      }),
      state: of.state,
      settled: () => { wantAll(); missing(); },
      broken: () => { if (peer === mine) of.broken(); },
    });
    peer = mine;
    refresh();
  };

  return {
    streams, open, refresh, wantAll,
    peer: () => peer,
    close: () => {
      peer?.close();
      peer = null;
      streams.value = new Map();
      clearTimeout(wantTimer);
      clearTimeout(missTimer);
    },
    want: (track, wanted) => {
      const now = wants.get(track);
      if (now !== undefined && now.paused === wanted.paused && now.pinned === wanted.pinned && now.width === wanted.width && now.height === wanted.height) return;
      wants.set(track, wanted);
      wantsNew.add(track);
      flushSoon();
    },
    look: (f, made_up) => {
      slots.forEach((slot, i) => {
        const at = slotAt[i];
        if (slot.kind !== 'audio' || at === undefined) return;
        const next = holdFor(holds.get(at.receiver) ?? unheld, f, made_up.get(at.mid ?? '') ?? 0);
        holds.set(at.receiver, next);
        hold(at.receiver, next.ms);
      });
    },
    shown: (byMid) => {
      const map = new Map<number, Shown>();
      slots.forEach((slot, i) => { const mid = slotAt[i]?.mid; const w = mid ? byMid.get(mid) : undefined; if (slot.track !== null && w) map.set(slot.track, w); });
      return map;
    },
    level: async (track) => {
      const at = slotAt[slots.findIndex((s) => s.track === track)]?.receiver;
      if (at === undefined) return null;
      const rows = [...(await at.getStats()).values() as Iterable<Record<string, unknown>>];
      const level = rows.find((r) => r['type'] === 'inbound-rtp')?.['audioLevel'];
      return typeof level === 'number' ? level : at.getSynchronizationSources()[0]?.audioLevel ?? null;
    },
    silent_ms: () => {
      const due = new Set(of.tracks.peek().filter((t) => !t.muted).map((t) => t.id));
      let last = 0;
      slots.forEach((slot, i) => {
        if (slot.track === null || !due.has(slot.track)) return;
        for (const s of slotAt[i]?.receiver.getSynchronizationSources() ?? []) last = Math.max(last, s.timestamp);
      });
      /* Chromium counts from the page's start, Firefox from 1970. */
      return last === 0 ? null : (last > 1e12 ? Date.now() : performance.now()) - last;
    },
  };
}
