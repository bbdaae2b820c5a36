/* A consultation as one browser lives it: signalling, one connection up and one down, sources, and the coming back after every loss. No screen and no DOM
   beyond WebRTC; screens read the signals and send intents. One owner: the room's page, which opens it after the device check and leaves it. */
import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Axes, CallEnding, CallFrame, CallIntent, Ice, Label, Mix, Participant, PrivateTalk, Quality, Recording, Side, Track, WantedTrack } from '../wire/call';
import type { Fault, Result } from '../wire/fault';
import { openDown } from './down';
import { openLanes } from './lanes';
import { openLights, type Light } from './light';
import { openLook, type Look } from './look';
import { climb, ladderStart, type Ladder, type LinkFigures } from './encodings';
import { silence_ms, watchPulse } from './pulse';
import { figures, madeUp, sample, type Sample, type Sent, type Shown } from './quality';
import { noTrips, tripped, waits } from './trips';
import { openUp, type Source } from './up';

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

/** `session`: the login is over, and the server has ended what came by it. */
export type Ending = CallEnding | 'refused' | 'session';
export type Phase = { is: 'joining' } | { is: 'in' } | { is: 'over'; why: Ending; code: string; fault: Fault | null };

export interface Call {
  phase: ReadonlySignal<Phase>;
  title: ReadonlySignal<string>;
  me: ReadonlySignal<number>;
  host: ReadonlySignal<boolean>;
  participants: ReadonlySignal<readonly Participant[]>;
  tracks: ReadonlySignal<readonly Track[]>;
  private: ReadonlySignal<PrivateTalk | null>;
  recording: ReadonlySignal<Recording | null>;
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
  /** Whether one wishes to save data; and what comes mixed, by that wish or because the way carries too little. */
  saves: ReadonlySignal<boolean>;
  mix: ReadonlySignal<Mix | null>;
  /** What the site's room system is called, for hosts; null: there is none. */
  endpoint: ReadonlySignal<string | null>;
  /** How loud each track is heard, by the languages: what stands not here is as loud as it is. */
  gains: ReadonlySignal<ReadonlyMap<number, number>>;
  /** Since when media does not flow as it should; null when all is well. */
  trouble: ReadonlySignal<number | null>;
  refusal: Signal<string | null>;
  /** What is looked at together. */
  look: Look;
  /** The track of a source of ours, once the server named it. */
  trackOf: (source: Source) => Track | null;
  line: (live: boolean) => void;
  nudge: () => void;
  add: (source: Omit<Source, 'key'>) => number;
  remove: (key: number) => void;
  switchOn: (key: number, on: boolean) => Promise<void>;
  changeDevice: (key: number, device: string) => Promise<void>;
  shareScreen: (name: string) => Promise<void>;
  save: (on: boolean) => void;
  /** The language that is heard, and the one that is interpreted into; null: what is said in the room. */
  lane: (hears: string | null, speaks: string | null) => void;
  want: (track: number, wanted: Omit<WantedTrack, 'track'>) => void;
  /** Takes a camera that can be moved, or gives it up; and, as who has it, moves it. */
  steer: (track: number, on: boolean) => void;
  move: (track: number, axes: Axes) => void;
  /** Light at a camera of an examination: asked for, told to all, and read. */
  light: (track: number, more: boolean) => void;
  lights: ReadonlySignal<ReadonlyMap<number, Light>>;
  lightDone: (track: number) => void;
  /** The room system is called in, or out. */
  callIn: (on: boolean) => void;
  talkPrivately: (cut: number[] | null) => void;
  kick: (participant: number) => void;
  endForAll: () => void;
  leave: () => void;
  /** The login is over: nothing is captured under its veil. */
  expire: () => void;
  close: () => void;
}

const stats_ms = 2000;
const trouble_ms = 700;

export function openCall(room: string, resumeFrom: string | null, around: Around): Call {
  const phase = signal<Phase>({ is: 'joining' });
  const title = signal('');
  const me = signal(0);
  const host = signal(false);
  const participants = signal<readonly Participant[]>([]);
  const tracks = signal<readonly Track[]>([]);
  const privateTalk = signal<PrivateTalk | null>(null);
  const recording = signal<Recording | null>(null);
  const speaker = signal<number | null>(null);
  const quality = signal<ReadonlyMap<number, { up: Quality | null; down: Quality | null }>>(new Map());
  const own = signal<LinkFigures | null>(null);
  const shown = signal<ReadonlyMap<number, Shown>>(new Map());
  const ladder = signal<Ladder>(ladderStart(Date.now()));
  const sent = signal<ReadonlyMap<number, Sent>>(new Map());
  const audioOnly = signal(false);
  const saves = signal(false);
  const endpoint = signal<string | null>(null);
  const mix = signal<Mix | null>(null);
  const refusal = signal<string | null>(null);

  const lineLive = signal(true);
  const states = signal<Record<Side, { state: RTCPeerConnectionState; had: boolean }>>({ up: { state: 'new', had: false }, down: { state: 'new', had: false } });
  const trouble = signal<number | null>(null);

  let ice: Ice = [];
  let resume: string | null = resumeFrom;
  let tokenTries = 0;
  let joining = false;
  let before: Sample | null = null;
  let trips = noTrips; /* over these connections */
  let troubleTimer: ReturnType<typeof setTimeout> | undefined;
  let rejoinTimer: ReturnType<typeof setTimeout> | undefined;

  const lights = openLights();
  const over = (): boolean => phase.value.is === 'over';

  const together = openLook({
    tell: around.tell, me, clock: around.clock,
    self: () => { const p = participants.peek().find((x) => x.id === me.peek()); return { name: p?.display ?? '', ink: p?.ink ?? 0 }; },
    nameOf: (id) => participants.peek().find((x) => x.id === id)?.display ?? '',
  });

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

  const peerState = (side: Side, state: RTCPeerConnectionState): void => {
    const had = states.peek()[side].had || state === 'connected';
    states.value = { ...states.peek(), [side]: { state, had } };
    judge();
  };

  /* ── the two connections ── */
  /* One that cannot be saved is made anew, but never in a tight circle. */
  let renewed: Record<Side, number> = { up: 0, down: 0 };
  const renewLater = (side: Side): void => {
    const wait = Math.max(50, renewed[side] + 2000 - Date.now());
    setTimeout(() => {
      if (over()) return;
      renewed = { ...renewed, [side]: Date.now() };
      (side === 'up' ? up : down).open(ice);
    }, wait);
  };
  const about = (side: Side) => ({ tracks, me, tell: around.tell, state: (s: RTCPeerConnectionState) => peerState(side, s), broken: () => { if (!over()) renewLater(side); } });
  const isDark = (): boolean => audioOnly.peek();
  const up = openUp({ ...about('up'), step: () => ladder.peek().step, isDark });
  const down = openDown({ ...about('down'), isDark });
  const lanes = openLanes({ participants, tracks, me, mix, level: down.level });
  let wished: { hears: string | null; speaks: string | null } | null = null;
  const tellLane = (): void => {
    const { hears, speaks } = wished!;
    around.tell({ type: 'call.lane', ...(hears === null ? {} : { hears }), ...(speaks === null ? {} : { speaks }) });
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
    up.close();
    down.close();
    lanes.close();
    clearInterval(statsTimer);
    together.close();
    stopPulse();
    clearTimeout(troubleTimer);
    clearTimeout(rejoinTimer);
  };

  const finish = (why: Ending, code = '', fault: Fault | null = null): void => {
    if (over()) return;
    around.keep(null);
    batch(() => {
      phase.value = { is: 'over', why, code, fault };
      trouble.value = null;
    });
    stopAll();
    around.hear(null);
  };

  const openBoth = (): void => { trips = noTrips; up.open(ice); down.open(ice); };

  const joined = (f: Extract<CallFrame, { type: 'call.joined' }>): void => {
    const same = f.me === me.peek() && up.peer() !== null;
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
      recording.value = f.recording;
      speaker.value = f.speaker;
      saves.value = f.saves;
      endpoint.value = f.endpoint;
      mix.value = f.mix;
      together.joined(f);
    });
    /* The line is back over a network that lives, and media is not: new connections. An ICE restart would leave it to the browser when to let the
       dead path go, and Chromium holds on to it for more than three seconds. */
    const anew = lost && (down.silent_ms() ?? Infinity) > silence_ms;
    lost = false;
    if (!same || anew) trips = noTrips;
    if (!same || !f.up || anew) up.open(ice);
    else up.peer()?.again();
    if (!same || !f.down || anew) down.open(ice);
    else {
      down.refresh();
      down.wantAll(); /* what was wished while the line was lost */
      down.peer()?.again();
    }
    const mine = f.participants.find((p) => p.id === f.me);
    if (wished !== null && mine !== undefined && (mine.hears !== wished.hears || mine.speaks !== wished.speaks)) tellLane(); /* the server was started anew */
    up.tellPlaces();
    up.tellMutes(); /* what was muted while the line was lost */
    judge();
  };

  const heardTrack = (t: Track, again: boolean): void => {
    const known = tracks.peek().some((x) => x.id === t.id);
    const isMine = t.participant === me.peek();
    batch(() => {
      tracks.value = [...tracks.peek().filter((x) => x.id !== t.id), t].sort((a, b) => a.id - b.id);
      if (!known) down.refresh();
    });
    if (known && again && !isMine) down.peer()?.negotiate(); /* made anew: its m-line is to carry it again */
    if (!known && isMine) { up.tellMutes(t.id); up.tellPlaces(); }
  };

  const heardParticipant = (p: Participant): void => {
    const rest = participants.peek().filter((x) => x.id !== p.id);
    if (rest.length === participants.peek().length) up.others();
    participants.value = [...rest, p].sort((a, b) => a.id - b.id);
  };

  const heard = (f: CallFrame): void => {
    if (over()) return;
    together.heard(f);
    lights.heard(f);
    switch (f.type) {
      case 'call.joined': joined(f); break;
      case 'call.participant': heardParticipant(f.participant); break;
      case 'call.gone': batch(() => {
        participants.value = participants.peek().filter((p) => p.id !== f.participant);
        tracks.value = tracks.peek().filter((t) => t.participant !== f.participant);
        down.refresh();
        up.others();
      }); break;
      case 'call.track': heardTrack(f.track, f.again); break;
      case 'call.untrack': batch(() => { tracks.value = tracks.peek().filter((t) => t.id !== f.track); down.refresh(); }); break;
      case 'call.answer': (f.peer === 'up' ? up : down).peer()?.answered(f.n, f.sdp); break;
      case 'call.refused': refused(f.of, f.n, f.code); break;
      case 'call.peer':
        if (f.state === 'gone') { const p = (f.peer === 'up' ? up : down).peer(); if (p !== null && p.pc.connectionState !== 'new' && p.pc.connectionState !== 'connecting') renewLater(f.peer); }
        break;
      case 'call.renew': ice = f.ice ?? ice; openBoth(); judge(); break;
      case 'call.mix': mix.value = f.mix; break;
      case 'call.move': void up.move(f.track, f.axes); break;
      case 'call.layer': up.layer(f.track, f.layers, f.thin); break;
      case 'call.recode': up.recode(f.track); break;
      case 'call.speaker': speaker.value = f.participant; break;
      case 'call.quality': quality.value = new Map(f.participants.map((q) => [q.participant, { up: q.up, down: q.down }])); break;
      case 'call.recording': recording.value = f.recording; break;
      case 'call.private': privateTalk.value = f.private; break;
      case 'call.ended': if (phase.peek().is === 'in') finish(f.why); break; /* else it is of the call before this one */
    }
  };

  const refused = (of: string, n: number | null, code: string): void => {
    if (of === 'call.offer') { up.peer()?.refused(n, code); down.peer()?.refused(n, code); return; }
    /* That another leads now is seen; a point more or less is nothing; a line that was not taken says so itself. */
    if (of === 'call.want' && code === 'not_in_call') return; /* said again once it is joined */
    if (of === 'call.point' || of === 'call.chat' || (of === 'call.view' && code === 'not_leading')) return;
    if (of === 'call.move' && (code === 'not_steering' || code === 'slow_down')) return; /* that another has it, or nobody, is seen */
    if (of === 'call.lane') wished = null;
    if (of !== 'call.join') { refusal.value = code; return; }
    if (code === 'in_call') return;
    if (code === 'token' && tokenTries < 3) { tokenTries += 1; resume = null; void join(); return; }
    if (code === 'no_worker' || code === 'failed') { rejoinTimer = setTimeout(() => { void join(); }, 1000); return; }
    finish('refused', code);
  };

  /* ── measuring, and following the link ── */
  const look = async (): Promise<void> => {
    const [u, d] = [up.peer(), down.peer()];
    if (u === null || d === null || over()) return;
    const rows = async (pc: RTCPeerConnection): Promise<Record<string, unknown>[]> => [...(await pc.getStats()).values() as Iterable<Record<string, unknown>>];
    const [upRows, downRows] = await Promise.all([rows(u.pc), rows(d.pc)]);
    const now = sample(performance.now(), upRows, downRows);
    trips = tripped(trips, now.rtt_ms, now.lossUp, ladder.peek().step, Date.now());
    if (before !== null && !over()) {
      const f = figures(before, now, waits(trips));
      const next = climb(ladder.peek(), f, Date.now());
      const stepped = next.step !== ladder.peek().step;
      batch(() => { own.value = f; ladder.value = next; shown.value = down.shown(now.shown); sent.value = up.sent(now.sent); });
      if (stepped) applyRates();
      up.look(f, next.step, now.tired);
      down.look(f, madeUp(before, now));
    }
    before = now;
  };
  const statsTimer = setInterval(() => { void look(); }, stats_ms);

  let lost = false;
  const stopPulse = watchPulse({
    alive: () => { const pc = down.peer()?.pc; return phase.peek().is === 'in' && privateTalk.peek() === null && pc !== undefined && pc.connectionState !== 'connecting' && pc.connectionState !== 'new'; },
    silent_ms: down.silent_ms, up: () => up.peer()?.pc ?? null,
    lost: () => { if (!over()) { lost = true; around.again(); } },
  });

  const applyRates = (): void => {
    up.rates();
    down.wantAll();
  };
  let dark = false;
  const stopWatching = audioOnly.subscribe((on) => { if (on !== dark) { dark = on; applyRates(); } });

  around.hear(heard);
  void join();

  return {
    phase, title, me, host, participants, tracks, private: privateTalk, recording, speaker, quality, own, shown, sent, ladder, audioOnly, saves, mix, endpoint, gains: lanes.gains, refusal, look: together.look,
    streams: down.streams, want: down.want,
    sources: up.sources, unplugged: up.unplugged, trackOf: up.trackOf, add: up.add, remove: up.remove, switchOn: up.switchOn, changeDevice: up.changeDevice, shareScreen: up.shareScreen,
    trouble: computed(() => trouble.value),
    line: (live) => {
      const was = lineLive.peek();
      lineLive.value = live;
      if (live && !was) void join(); /* one that has a token on its way says it over the new line */
      judge();
    },
    save: (on) => { if (around.tell({ type: 'call.save', on })) saves.value = on; },
    lane: (hears, speaks) => { wished = { hears, speaks }; tellLane(); },
    light: (track, more) => { around.tell({ type: 'call.light', track, more }); },
    lights: lights.asked, lightDone: lights.done,
    callIn: (on) => { around.tell({ type: 'call.endpoint', on }); },
    steer: (track, on) => { around.tell({ type: 'call.steer', track, on }); },
    move: (track, axes) => { around.tell({ type: 'call.move', track, axes }); },
    nudge: () => { up.peer()?.negotiate(true); down.peer()?.negotiate(true); },
    talkPrivately: (cut) => { around.tell(cut === null ? { type: 'call.private', on: false } : { type: 'call.private', on: true, cut }); },
    kick: (participant) => { around.tell({ type: 'call.kick', participant }); },
    endForAll: () => { around.tell({ type: 'call.end' }); },
    leave: () => { around.tell({ type: 'call.leave' }); finish('left'); },
    expire: () => finish('session'),
    /* Who walks away from the page is not there any more; who reloads it does not come by here. */
    close: () => { stopWatching(); lights.close(); if (!over()) { around.tell({ type: 'call.leave' }); stopAll(); around.hear(null); } },
  };
}
