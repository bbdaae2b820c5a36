/* A consultation as one browser lives it: signalling, one connection up and one down, sources, and the coming back after every loss. No screen and no DOM
   beyond WebRTC; screens read the signals and send intents. One owner: the room's page, which opens it after the device check and leaves it. */
import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { CallEnding, CallFrame, CallIntent, Ice, Label, OfferedTrack, Participant, PrivateTalk, Quality, Track, WantedTrack } from '../wire/call';
import type { Fault, Result } from '../wire/fault';
import { keeping, means as askMeans, names, prefer, wishFor, type Means } from './codecs';
import { openCamera, openMicrophone, openScreen } from './devices';
import { atStep, climb, encodingsFor, isDetail, ladderStart, type Encoding, type Ladder, type LinkFigures } from './encodings';
import { openPeer, type Peer } from './peer';
import { silence_ms, watchPulse } from './pulse';
import { figures, sample, type Sample, type Sent, type Shown } from './quality';
import { assign, type Slot } from './slots';
import { hold, holdFor, plainVoice, preferVoice, voiceFor } from './voice';

/** What the call needs of the page: the line, and a token. */
export interface Around {
  tell: (intent: CallIntent) => boolean;
  hear: (hear: ((frame: CallFrame) => void) | null) => void;
  /** The line may go over a network that is gone: a new one at once. */
  again: () => void;
  token: () => Promise<Result<{ token: string }>>;
  /** Keeps what a reload needs to come back as the same participant. */
  keep: (resume: string | null) => void;
  clock: () => number;
}

/** Something of ours that others see or hear. */
export interface Source {
  key: number;
  label: Label;
  name: string;
  kind: 'audio' | 'video';
  device: string | null;
  /** The capture; null while it is off: a camera that is off is dark. */
  capture: MediaStreamTrack | null;
  on: boolean;
}

interface Sending { transceiver: RTCRtpTransceiver; full: Encoding[]; label: Label }

export type Phase = { is: 'joining' } | { is: 'in' } | { is: 'over'; why: CallEnding | 'refused'; code: string; fault: Fault | null };

export interface Call {
  phase: ReadonlySignal<Phase>;
  title: ReadonlySignal<string>;
  me: ReadonlySignal<number>;
  host: ReadonlySignal<boolean>;
  participants: ReadonlySignal<readonly Participant[]>;
  tracks: ReadonlySignal<readonly Track[]>;
  private: ReadonlySignal<PrivateTalk | null>;
  speaker: ReadonlySignal<number | null>;
  quality: ReadonlySignal<ReadonlyMap<number, { up: Quality | null; down: Quality | null }>>;
  streams: ReadonlySignal<ReadonlyMap<number, MediaStream>>;
  sources: ReadonlySignal<readonly Source[]>;
  own: ReadonlySignal<LinkFigures | null>;
  shown: ReadonlySignal<ReadonlyMap<number, Shown>>;
  /** What goes up of each picture of ours, by the source's key. */
  sent: ReadonlySignal<ReadonlyMap<number, Sent>>;
  /** A device of ours that went in the middle of the call: pulled out, or taken by the system. */
  unplugged: Signal<Label | null>;
  ladder: ReadonlySignal<Ladder>;
  audioOnly: Signal<boolean>;
  /** Since when media does not flow as it should; null when all is well. */
  trouble: ReadonlySignal<number | null>;
  refusal: Signal<string | null>;
  /** The track of a source of ours, once the server named it. */
  trackOf: (source: Source) => Track | null;
  line: (live: boolean) => void;
  nudge: () => void;
  add: (source: Omit<Source, 'key'>) => number;
  remove: (key: number) => void;
  switchOn: (key: number, on: boolean) => Promise<void>;
  changeDevice: (key: number, device: string) => Promise<void>;
  shareScreen: (name: string) => Promise<void>;
  want: (track: number, wanted: Omit<WantedTrack, 'track'>) => void;
  talkPrivately: (cut: number[] | null) => void;
  kick: (participant: number) => void;
  endForAll: () => void;
  leave: () => void;
  close: () => void;
}

const stats_ms = 2000;
const want_ms = 150;
const trouble_ms = 700;
const tired_looks = 5;
const miss_least_ms = 100;
const miss_most_ms = 3200;

export function openCall(room: string, resumeFrom: string | null, around: Around): Call {
  const phase = signal<Phase>({ is: 'joining' });
  const title = signal('');
  const me = signal(0);
  const host = signal(false);
  const participants = signal<readonly Participant[]>([]);
  const tracks = signal<readonly Track[]>([]);
  const privateTalk = signal<PrivateTalk | null>(null);
  const speaker = signal<number | null>(null);
  const quality = signal<ReadonlyMap<number, { up: Quality | null; down: Quality | null }>>(new Map());
  const streams = signal<ReadonlyMap<number, MediaStream>>(new Map());
  const sources = signal<readonly Source[]>([]);
  const own = signal<LinkFigures | null>(null);
  const shown = signal<ReadonlyMap<number, Shown>>(new Map());
  const ladder = signal<Ladder>(ladderStart(Date.now()));
  const sent = signal<ReadonlyMap<number, Sent>>(new Map());
  const unplugged = signal<Label | null>(null);
  const audioOnly = signal(false);
  const refusal = signal<string | null>(null);

  const lineLive = signal(true);
  const states = signal<Record<'up' | 'down', { state: RTCPeerConnectionState; had: boolean }>>({ up: { state: 'new', had: false }, down: { state: 'new', had: false } });
  const trouble = signal<number | null>(null);

  let ice: Ice = [];
  let resume: string | null = resumeFrom;
  let tokenTries = 0;
  let joining = false;
  let up: Peer | null = null;
  let down: Peer | null = null;
  let has: Means = { sends: new Set(), light: new Set(), tired: false };
  let tiredLooks = 0;
  let slots: Slot[] = [];
  let slotAt: RTCRtpTransceiver[] = [];
  let sending = new Map<number, Sending>();
  let lastKey = 0;
  let wants = new Map<number, Omit<WantedTrack, 'track'>>();
  let wantsNew = new Set<number>();
  let wantTimer: ReturnType<typeof setTimeout> | undefined;
  let before: Sample | null = null;
  let voice = plainVoice;
  let held_ms: number | null = null;
  let troubleTimer: ReturnType<typeof setTimeout> | undefined;
  let rejoinTimer: ReturnType<typeof setTimeout> | undefined;

  const over = (): boolean => phase.value.is === 'over';

  /* ── trouble: anything that was well and is not ── */
  const judge = (): void => {
    const { up: u, down: d } = states.peek();
    const bad = phase.peek().is === 'in' && (!lineLive.peek() || [u, d].some((p) => p.had && p.state !== 'connected'));
    if (!bad) {
      clearTimeout(troubleTimer);
      troubleTimer = undefined;
      trouble.value = null;
    } else if (trouble.peek() === null && troubleTimer === undefined) {
      const since = around.clock();
      troubleTimer = setTimeout(() => { troubleTimer = undefined; trouble.value = since; }, trouble_ms);
    }
  };

  const peerState = (side: 'up' | 'down', state: RTCPeerConnectionState): void => {
    const had = states.peek()[side].had || state === 'connected';
    states.value = { ...states.peek(), [side]: { state, had } };
    judge();
  };

  /* ── up ── */
  const trackOf = (source: Source): Track | null => {
    const mine = tracks.peek().filter((t) => t.participant === me.peek() && t.label === source.label);
    return mine.find((t) => t.name === source.name) ?? (mine.length === 1 ? mine[0]! : null);
  };

  const offered = (): OfferedTrack[] => sources.peek().flatMap((s) => {
    const mid = sending.get(s.key)?.transceiver.mid;
    return mid === undefined || mid === null ? [] : [{ mid, label: s.label, ...(s.name === '' ? {} : { name: s.name }) }];
  });

  const settings = async (source: Source): Promise<void> => {
    const at = sending.get(source.key);
    if (at === undefined || source.kind !== 'video') return;
    const wanted = atStep(at.label, at.full, audioOnly.peek() ? 0 : ladder.peek().step);
    const now = at.transceiver.sender.getParameters();
    if (now.encodings.length !== wanted.length) return;
    now.degradationPreference = isDetail(at.label) ? 'maintain-resolution' : 'balanced';
    now.encodings.forEach((e, i) => { const w = wanted[i]!; Object.assign(e, w.maxFramerate === undefined ? { active: w.active, maxBitrate: w.maxBitrate, scaleResolutionDownBy: w.scaleResolutionDownBy } : w); });
    try {
      await at.transceiver.sender.setParameters(now);
    } catch { /* a browser may refuse while it negotiates: the next look sets them again */ }
  };

  const allSettings = (): void => { for (const s of sources.peek()) void settings(s); };

  /* What was agreed on is wished for first from then on: a new offer changes no codec that may stay. */
  const wish = (source: Source, transceiver: RTCRtpTransceiver): void => {
    if (source.kind === 'audio' && voice.redundant) preferVoice(transceiver, true);
    if (source.kind === 'video' && has.sends.size > 0) prefer(transceiver, keeping(wishFor(source.label, has), trackOf(source)?.codec ?? ''));
  };
  const allWishes = (): void => { for (const s of sources.peek()) { const at = sending.get(s.key); if (at !== undefined) wish(s, at.transceiver); } };

  const send = (source: Source): void => {
    if (up === null) return;
    /* An m-line of a source that went is used again by its like. */
    const idle = [...sending].find(([key, x]) => x.label === source.label && !sources.peek().some((s) => s.key === key));
    if (idle !== undefined) {
      sending.delete(idle[0]);
      idle[1].transceiver.direction = 'sendonly';
      sending.set(source.key, idle[1]);
      void idle[1].transceiver.sender.replaceTrack(source.on ? source.capture : null);
      wish(source, idle[1].transceiver);
      return;
    }
    const height = source.capture?.getSettings().height ?? 720;
    const full = source.kind === 'audio' ? [] : encodingsFor(source.label, height);
    const transceiver = up.pc.addTransceiver(source.on && source.capture !== null ? source.capture : source.kind, {
      direction: 'sendonly', ...(full.length === 0 ? {} : { sendEncodings: full.map((e) => ({ ...e })) }),
    });
    sending.set(source.key, { transceiver, full, label: source.label });
    wish(source, transceiver);
  };

  const openUp = (): void => {
    up?.close();
    sending = new Map();
    const mine: Peer = openPeer('up', ice, {
      tell: (n, sdp, fresh) => around.tell({ type: 'call.offer', n, peer: 'up', sdp, ...(fresh ? { fresh: true } : {}), tracks: offered() }),
      state: (s) => peerState('up', s),
      settled: () => { allSettings(); allWishes(); },
      broken: () => { if (up === mine && !over()) { renewLater('up'); } },
    });
    up = mine;
    for (const s of sources.peek()) send(s);
    if (sources.peek().length > 0) up.negotiate();
  };

  /* ── down ── */
  const wantedDown = (): { id: number; kind: 'audio' | 'video' }[] => tracks.peek().filter((t) => t.participant !== me.peek()).map((t) => ({ id: t.id, kind: t.kind }));

  const refreshDown = (): void => {
    if (down === null) return;
    const { slots: next, changed } = assign(slots, wantedDown());
    if (!changed) return;
    slots = next;
    slots.forEach((slot, i) => {
      const direction = slot.track === null ? 'inactive' : 'recvonly';
      if (slotAt[i] === undefined) slotAt[i] = down!.pc.addTransceiver(slot.kind, { direction });
      else slotAt[i].direction = direction;
    });
    const map = new Map<number, MediaStream>();
    slots.forEach((slot, i) => { if (slot.track !== null) map.set(slot.track, streams.peek().get(slot.track) ?? new MediaStream([slotAt[i]!.receiver.track])); });
    streams.value = map;
    down.negotiate();
  };

  const openDown = (): void => {
    down?.close();
    slots = [];
    slotAt = [];
    streams.value = new Map();
    const mine: Peer = openPeer('down', ice, {
      tell: (n, sdp, fresh) => around.tell({
        type: 'call.offer', n, peer: 'down', sdp, ...(fresh ? { fresh: true } : {}),
        tracks: slots.flatMap((slot, i) => { const mid = slotAt[i]?.mid; return slot.track === null || mid === undefined || mid === null ? [] : [{ mid, track: slot.track }]; }),
      }),
      state: (s) => peerState('down', s),
      settled: () => {
        for (const id of wants.keys()) wantsNew.add(id);
        flushSoon();
        missing();
      },
      broken: () => { if (down === mine && !over()) { renewLater('down'); } },
    });
    down = mine;
    refreshDown();
  };

  /* A track that we know and the worker does not have yet (its owner is still coming back) was answered inactive: it is asked for again, soon, then seldom. */
  let missTimer: ReturnType<typeof setTimeout> | undefined;
  let miss_ms = miss_least_ms;
  /* Or it is of a codec that our own description does not name: its owner is asked for another (decision 0051). */
  const undecodable = (): number[] => {
    const sdp = down?.pc.localDescription?.sdp ?? '';
    return slots.flatMap((slot, i) => {
      const codec = tracks.peek().find((t) => t.id === slot.track)?.codec ?? '';
      return slot.track !== null && codec !== '' && slotAt[i]?.currentDirection === 'inactive' && !names(sdp, codec) ? [slot.track] : [];
    });
  };
  const missing = (): void => {
    clearTimeout(missTimer);
    if (!slots.some((slot, i) => slot.track !== null && slotAt[i]?.currentDirection === 'inactive')) { miss_ms = miss_least_ms; return; }
    for (const track of undecodable()) around.tell({ type: 'call.recode', track });
    missTimer = setTimeout(() => { if (!over()) down?.negotiate(); }, miss_ms);
    miss_ms = Math.min(miss_most_ms, miss_ms * 2);
  };

  /* A connection that cannot be saved is made anew, but never in a tight circle. */
  let renewed: Record<'up' | 'down', number> = { up: 0, down: 0 };
  const renewLater = (side: 'up' | 'down'): void => {
    const wait = Math.max(50, renewed[side] + 2000 - Date.now());
    setTimeout(() => {
      if (over()) return;
      renewed = { ...renewed, [side]: Date.now() };
      if (side === 'up') openUp(); else openDown();
    }, wait);
  };

  /* ── wishes about what comes down: gathered, then said at once ── */
  const flushSoon = (): void => { wantTimer ??= setTimeout(() => { wantTimer = undefined; flush(); }, want_ms); };
  const flush = (): void => {
    const held = new Set(slots.map((s) => s.track));
    const video = new Set(tracks.peek().filter((t) => t.kind === 'video').map((t) => t.id));
    const list: WantedTrack[] = [];
    const dark = audioOnly.peek() || ladder.peek().step === 0;
    for (const track of wantsNew) {
      const w = wants.get(track);
      if (w === undefined || !held.has(track)) continue;
      list.push({ track, ...w, ...(video.has(track) && dark ? { paused: true } : {}) });
    }
    if (list.length === 0) { wantsNew = new Set(); return; }
    if (around.tell({ type: 'call.want', tracks: list })) wantsNew = new Set();
  };

  /* ── joining and coming back ── */
  const join = async (): Promise<void> => {
    if (joining || over()) return;
    if (resume !== null) {
      around.tell({ type: 'call.join', room, resume });
      return;
    }
    joining = true;
    const asked = await around.token();
    joining = false;
    if (over()) return;
    if (asked.ok) around.tell({ type: 'call.join', room, token: asked.value.token });
    else if (asked.fault.status === 0 || asked.fault.status >= 500) rejoinTimer = setTimeout(() => { void join(); }, 2000);
    else finish('refused', asked.fault.code, asked.fault);
  };

  const stopAll = (): void => {
    up?.close();
    down?.close();
    up = down = null;
    for (const s of sources.peek()) s.capture?.stop();
    clearInterval(statsTimer);
    stopPulse();
    clearTimeout(troubleTimer);
    clearTimeout(wantTimer);
    clearTimeout(rejoinTimer);
    clearTimeout(missTimer);
  };

  const finish = (why: CallEnding | 'refused', code = '', fault: Fault | null = null): void => {
    if (over()) return;
    around.keep(null);
    batch(() => {
      phase.value = { is: 'over', why, code, fault };
      streams.value = new Map();
      trouble.value = null;
    });
    stopAll();
    around.hear(null);
  };

  const joined = (f: Extract<CallFrame, { type: 'call.joined' }>): void => {
    const same = f.me === me.peek() && up !== null;
    tokenTries = 0;
    resume = f.resume;
    around.keep(f.resume);
    ice = f.ice;
    batch(() => {
      phase.value = { is: 'in' };
      title.value = f.title;
      me.value = f.me;
      host.value = f.host;
      participants.value = f.participants;
      tracks.value = f.tracks;
      privateTalk.value = f.private;
      speaker.value = f.speaker;
    });
    /* The line is back over a network that lives, and media is not: new connections. An ICE restart would leave it to the browser when to let the
       dead path go, and Chromium holds on to it for more than three seconds. */
    const anew = lost && (silent_ms() ?? Infinity) > silence_ms;
    lost = false;
    if (!same || !f.up || anew) openUp();
    else up?.again();
    if (!same || !f.down || anew) openDown();
    else {
      refreshDown();
      down?.again();
    }
    /* What was muted while the line was lost. */
    for (const s of sources.peek()) { const t = trackOf(s); if (t !== null && t.muted === s.on) around.tell({ type: 'call.mute', track: t.id, muted: !s.on }); }
    judge();
  };

  const putTrack = (t: Track): void => {
    const rest = tracks.peek().filter((x) => x.id !== t.id);
    tracks.value = [...rest, t].sort((a, b) => a.id - b.id);
  };

  const heard = (f: CallFrame): void => {
    if (over()) return;
    switch (f.type) {
      case 'call.joined': joined(f); break;
      case 'call.participant': participants.value = [...participants.peek().filter((p) => p.id !== f.participant.id), f.participant].sort((a, b) => a.id - b.id); break;
      case 'call.gone': batch(() => {
        participants.value = participants.peek().filter((p) => p.id !== f.participant);
        tracks.value = tracks.peek().filter((t) => t.participant !== f.participant);
        refreshDown();
      }); break;
      case 'call.track': {
        const known = tracks.peek().some((t) => t.id === f.track.id);
        batch(() => { putTrack(f.track); if (!known) refreshDown(); });
        if (f.track.participant === me.peek()) allWishes();
        if (known && f.again && f.track.participant !== me.peek()) down?.negotiate(); /* made anew: its m-line is to carry it again */
        if (f.track.participant === me.peek() && !known) {
          const s = sources.peek().find((x) => trackOf(x)?.id === f.track.id);
          if (s !== undefined && f.track.muted === s.on) around.tell({ type: 'call.mute', track: f.track.id, muted: !s.on });
        }
        break;
      }
      case 'call.untrack': batch(() => { tracks.value = tracks.peek().filter((t) => t.id !== f.track); refreshDown(); }); break;
      case 'call.answer': (f.peer === 'up' ? up : down)?.answered(f.n, f.sdp); break;
      case 'call.refused': refused(f.of, f.n, f.code); break;
      case 'call.peer':
        if (f.state === 'gone') { const p = f.peer === 'up' ? up : down; if (p !== null && p.pc.connectionState !== 'new' && p.pc.connectionState !== 'connecting') renewLater(f.peer); }
        break;
      case 'call.renew': ice = f.ice ?? ice; openUp(); openDown(); judge(); break;
      case 'call.recode': if (tracks.peek().some((t) => t.id === f.track && t.participant === me.peek())) up?.negotiate(); break;
      case 'call.speaker': speaker.value = f.participant; break;
      case 'call.quality': quality.value = new Map(f.participants.map((q) => [q.participant, { up: q.up, down: q.down }])); break;
      case 'call.private': privateTalk.value = f.private; break;
      case 'call.ended': if (phase.peek().is === 'in') finish(f.why); break; /* else it is of the call before this one */
    }
  };

  const refused = (of: string, n: number | null, code: string): void => {
    if (of === 'call.offer') { up?.refused(n, code); down?.refused(n, code); return; }
    if (of !== 'call.join') { refusal.value = code; return; }
    if (code === 'in_call') return;
    if (code === 'token' && tokenTries < 3) { tokenTries += 1; resume = null; void join(); return; }
    if (code === 'no_worker' || code === 'failed') { rejoinTimer = setTimeout(() => { void join(); }, 1000); return; }
    finish('refused', code);
  };

  /* ── measuring, and following the link ── */
  const look = async (): Promise<void> => {
    if (up === null || down === null || over()) return;
    const [u, d] = await Promise.all([up.pc.getStats(), down.pc.getStats()]);
    const rows = (r: RTCStatsReport): Record<string, unknown>[] => [...r.values() as Iterable<Record<string, unknown>>];
    const now = sample(performance.now(), rows(u), rows(d));
    if (before !== null && !over()) {
      const f = figures(before, now);
      const next = climb(ladder.peek(), f, Date.now());
      const stepped = next.step !== ladder.peek().step;
      const map = new Map<number, Shown>();
      slots.forEach((slot, i) => { const mid = slotAt[i]?.mid; const w = mid ? now.shown.get(mid) : undefined; if (slot.track !== null && w) map.set(slot.track, w); });
      const mine = new Map<number, Sent>();
      for (const [key, at] of sending) { const w = at.transceiver.mid === null ? undefined : now.sent.get(at.transceiver.mid); if (w) mine.set(key, w); }
      batch(() => { own.value = f; ladder.value = next; shown.value = map; sent.value = mine; });
      if (stepped) applyRates();
      rest(now.tired);
      speak(f);
    }
    before = now;
  };
  /* A processor that does not keep up with VP9 is given VP8, in the call and for the rest of it. */
  const rest = (tired: boolean): void => {
    tiredLooks = tired && !has.tired ? tiredLooks + 1 : 0;
    if (tiredLooks < tired_looks) return;
    has = { ...has, tired: true };
    tiredLooks = 0;
    allWishes();
    up?.negotiate();
  };
  const speak = (f: LinkFigures): void => {
    const next = voiceFor(voice, f);
    const turned = next.redundant !== voice.redundant;
    voice = next;
    held_ms = holdFor(held_ms, f);
    slots.forEach((slot, i) => { const at = slotAt[i]; if (slot.kind === 'audio' && at !== undefined) hold(at.receiver, held_ms); });
    if (!turned) return;
    for (const source of sources.peek()) { const at = sending.get(source.key); if (source.kind === 'audio' && at !== undefined) preferVoice(at.transceiver, voice.redundant); }
    up?.negotiate();
  };
  const statsTimer = setInterval(() => { void look(); }, stats_ms);

  let lost = false;
  const silent_ms = (): number | null => {
    const due = new Set(tracks.peek().filter((t) => !t.muted).map((t) => t.id));
    let last = 0;
    slots.forEach((slot, i) => {
      if (slot.track === null || !due.has(slot.track)) return;
      for (const s of slotAt[i]?.receiver.getSynchronizationSources() ?? []) last = Math.max(last, s.timestamp);
    });
    /* Chromium counts from the page's start, Firefox from 1970. */
    return last === 0 ? null : (last > 1e12 ? Date.now() : performance.now()) - last;
  };
  const stopPulse = watchPulse({
    alive: () => phase.peek().is === 'in' && privateTalk.peek() === null && down !== null && down.pc.connectionState !== 'connecting' && down.pc.connectionState !== 'new',
    silent_ms, up: () => up?.pc ?? null,
    lost: () => { if (!over()) { lost = true; around.again(); } },
  });

  const applyRates = (): void => {
    allSettings();
    for (const id of wants.keys()) wantsNew.add(id);
    flushSoon();
  };
  let dark = false;
  const stopWatching = audioOnly.subscribe((on) => { if (on !== dark) { dark = on; applyRates(); } });

  const change = (key: number, with_: Partial<Source>): void => { sources.value = sources.peek().map((s) => (s.key === key ? { ...s, ...with_ } : s)); };

  const remove = (key: number): void => {
    const s = sources.peek().find((x) => x.key === key);
    if (s === undefined) return;
    sources.value = sources.peek().filter((x) => x.key !== key);
    s.capture?.stop();
    const at = sending.get(key);
    if (at === undefined) return;
    void at.transceiver.sender.replaceTrack(null);
    at.transceiver.direction = 'inactive';
    up?.negotiate();
  };

  /* The device went, not by our own doing: the others are told, and so is who sits here. */
  const wentDark = (key: number): void => {
    const s = sources.peek().find((x) => x.key === key);
    if (s === undefined) return;
    change(key, { capture: null, on: false });
    void sending.get(key)?.transceiver.sender.replaceTrack(null);
    tellMute({ ...s, on: false });
    unplugged.value = s.label;
  };

  const follow = (key: number, capture: MediaStreamTrack | null): void => {
    capture?.addEventListener('ended', () => {
      const s = sources.peek().find((x) => x.key === key);
      if (s === undefined || s.capture !== capture) return;
      if (s.label === 'screen' || s.label === 'screen-audio') remove(key);
      else wentDark(key);
    });
  };

  const add = (source: Omit<Source, 'key'>): number => {
    lastKey += 1;
    /* A name is what tells two cameras of one kind apart. */
    const taken = sources.peek().filter((s) => s.label === source.label).map((s) => s.name);
    let name = source.name;
    for (let i = 2; taken.includes(name); i += 1) name = `${source.name} ${i}`.trim();
    const s: Source = { ...source, name, key: lastKey };
    sources.value = [...sources.peek(), s];
    const key = s.key;
    follow(key, s.capture);
    if (up !== null) { send(s); up.negotiate(); }
    return key;
  };

  const tellMute = (s: Source): void => { const t = trackOf(s); if (t !== null) around.tell({ type: 'call.mute', track: t.id, muted: !s.on }); };

  const switchOn = async (key: number, on: boolean): Promise<void> => {
    const s = sources.peek().find((x) => x.key === key);
    if (s === undefined || s.on === on) return;
    let capture = s.capture;
    if (on && capture === null) capture = s.kind === 'audio' ? await openMicrophone(s.device) : await openCamera(s.device, s.label);
    if (!on && s.kind === 'video') { capture?.stop(); capture = null; }
    change(key, { on, capture });
    follow(key, capture);
    if (on) unplugged.value = null;
    await sending.get(key)?.transceiver.sender.replaceTrack(on ? capture : null);
    tellMute({ ...s, on });
  };

  around.hear(heard);
  void join();
  void askMeans().then((m) => { has = m; if (!over()) allWishes(); });

  return {
    phase, title, me, host, participants, tracks, private: privateTalk, speaker, quality, streams, sources, own, shown, sent, unplugged, ladder, audioOnly, refusal, trackOf,
    trouble: computed(() => trouble.value),
    line: (live) => {
      const was = lineLive.peek();
      lineLive.value = live;
      if (live && !was) void join(); /* one that has a token on its way says it over the new line */
      judge();
    },
    nudge: () => { up?.negotiate(true); down?.negotiate(true); },
    add, remove, switchOn,
    changeDevice: async (key, device) => {
      const s = sources.peek().find((x) => x.key === key);
      if (s === undefined) return;
      const capture = s.on ? (s.kind === 'audio' ? await openMicrophone(device) : await openCamera(device, s.label)) : null;
      s.capture?.stop();
      change(key, { device, capture });
      follow(key, capture);
      unplugged.value = null;
      await sending.get(key)?.transceiver.sender.replaceTrack(capture);
    },
    shareScreen: async (name) => {
      const { video, audio } = await openScreen();
      add({ label: 'screen', name, kind: 'video', device: null, capture: video, on: true });
      if (audio !== null) add({ label: 'screen-audio', name, kind: 'audio', device: null, capture: audio, on: true });
    },
    want: (track, wanted) => {
      const now = wants.get(track);
      if (now !== undefined && now.paused === wanted.paused && now.pinned === wanted.pinned && now.width === wanted.width && now.height === wanted.height) return;
      wants.set(track, wanted);
      wantsNew.add(track);
      flushSoon();
    },
    talkPrivately: (cut) => { around.tell(cut === null ? { type: 'call.private', on: false } : { type: 'call.private', on: true, cut }); },
    kick: (participant) => { around.tell({ type: 'call.kick', participant }); },
    endForAll: () => { around.tell({ type: 'call.end' }); },
    leave: () => { around.tell({ type: 'call.leave' }); finish('left'); },
    /* Who walks away from the page is not there any more; who reloads it does not come by here. */
    close: () => { stopWatching(); if (!over()) { around.tell({ type: 'call.leave' }); stopAll(); around.hear(null); } },
  };
}
