/* What goes up: the sources of this browser, the connection that carries them, and how each is sent as the way and the room let it. Devices are opened and let go
   here. One owner: the call, which says when a connection is to be opened and what the way bears. */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Axes, CallIntent, Ice, Label, OfferedTrack, Track } from '../wire/call';
import { codecOf, keeping, means as askMeans, prefer, wishFor, type Means } from './codecs';
import { isStill, moveTo, samePlace, standsAt } from './steer';
import { openCamera, openMicrophone, openScreen } from './devices';
import { atStep, degradation, encodingsFor, isDetail, isLayered, resting, thinned, watched, type Encoding, type LinkFigures, type Step } from './encodings';
import { leastFor, noLeast, withLeast } from './least';
import { openPeer, type Peer } from './peer';
import type { Sent } from './quality';
import { askedAway, isDue, lavish, othersChanged, settled, thriftFor, tried } from './recode';
import { plainVoice, preferVoice, voiceBits, voiceFor } from './voice';

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

interface Sending { transceiver: RTCRtpTransceiver; full: Encoding[]; label: Label; height: number }

export interface UpOf {
  tracks: ReadonlySignal<readonly Track[]>;
  me: ReadonlySignal<number>;
  tell: (intent: CallIntent) => boolean;
  state: (state: RTCPeerConnectionState) => void;
  broken: () => void;
  /** What the way bears now. */
  step: () => Step;
  /** No pictures now, whatever the way bears. */
  isDark: () => boolean;
}

export interface Up {
  sources: ReadonlySignal<readonly Source[]>;
  /** A device of ours that went in the middle of the call: pulled out, or taken by the system. */
  unplugged: Signal<Label | null>;
  peer: () => Peer | null;
  trackOf: (source: Source) => Track | null;
  open: (ice: Ice) => void;
  close: () => void;
  add: (source: Omit<Source, 'key'>) => number;
  remove: (key: number) => void;
  switchOn: (key: number, on: boolean) => Promise<void>;
  changeDevice: (key: number, device: string) => Promise<void>;
  shareScreen: (name: string) => Promise<void>;
  /** What is muted here and not there, or the other way round, is said again. */
  tellMutes: (only?: number) => void;
  /** Where cameras of ours stand that can be moved is said, where the server does not know it. */
  tellPlaces: (only?: number) => void;
  /** A camera of ours is to stand there. */
  move: (track: number, axes: Axes) => Promise<void>;
  /** Encodings for the step that holds now. */
  rates: () => void;
  /** A look at the way: whether voice takes its past along, and which codecs pictures are to have. */
  look: (f: LinkFigures, step: Step, tired: boolean) => void;
  /** So many layers of a track of ours are watched; thin: over a way too narrow for it. */
  layer: (track: number, layers: number, thin: boolean) => void;
  /** Somebody cannot decode a picture of ours. */
  recode: (track: number) => void;
  /** Somebody came or left: another codec may be everybody's now. */
  others: () => void;
  /** What goes up of each picture, by the source's key. */
  sent: (byMid: ReadonlyMap<string, Sent>) => ReadonlyMap<number, Sent>;
}

const tired_looks = 5;
/* A way up of less carries no thumbnail beside the voice. */
const bare_kbps = 50;
const bare_over_kbps = 58;

export function openUp(of: UpOf): Up {
  const sources = signal<readonly Source[]>([]);
  const unplugged = signal<Label | null>(null);
  let peer: Peer | null = null;
  let closed = false;
  let sending = new Map<number, Sending>();
  let lastKey = 0;
  let has: Means = { sends: new Set(), light: new Set(), tired: false };
  let tiredLooks = 0;
  let voice = plainVoice;
  let least = noLeast;
  let thrift = lavish;
  let regain = settled;
  let anew = false;
  let layersOf = new Map<number, number>(); /* by track; what stands not here is watched whole */
  let thin = new Set<number>(); /* tracks */
  let bare = false;
  const reddened = new WeakSet<RTCRtpTransceiver>(); /* sections of voice that once went with their past */

  const trackOf = (source: Source): Track | null => {
    const mine = of.tracks.peek().filter((t) => t.participant === of.me.peek() && t.label === source.label);
    return mine.find((t) => t.name === source.name) ?? (mine.length === 1 ? mine[0]! : null);
  };

  /* ── codecs ── */
  /* What was agreed on. Firefox does not say it; then it is what the server told. */
  const codecNow = (source: Source, at: Sending): string =>
    (at.transceiver.sender.getParameters().codecs ?? []).map((c) => codecOf(c.mimeType)).find((c) => c !== null) ?? trackOf(source)?.codec ?? '';

  /* A face goes in VP9 only where layers of time can be named: elsewhere browsers send several layers of it in ways of their own. */
  const namesModes = (at: Sending): boolean => (at.transceiver.sender.getParameters().encodings[0] as { scalabilityMode?: string } | undefined)?.scalabilityMode !== undefined;
  const wished = (source: Source, at: Sending) => wishFor(source.label, has, thrift.on && namesModes(at));

  /* What was agreed on is wished for first from then on: a new offer changes no codec that may stay, unless it is made to change them. */
  const wishes = (): void => {
    for (const s of sources.peek()) {
      const at = sending.get(s.key);
      if (at === undefined) continue;
      if (s.kind === 'audio') {
        if (voice.redundant) reddened.add(at.transceiver);
        if (reddened.has(at.transceiver)) preferVoice(at.transceiver, voice.redundant);
        continue;
      }
      if (has.sends.size > 0) prefer(at.transceiver, anew ? wished(s, at) : keeping(wished(s, at), codecNow(s, at)));
    }
    anew = false;
  };
  const recodeAll = (): void => { anew = true; peer?.negotiate(); };

  const isHeldBack = (): boolean => sources.peek().some((s) => {
    const at = sending.get(s.key);
    return at !== undefined && s.kind === 'video' && has.sends.size > 0 && wished(s, at)[0] !== codecNow(s, at);
  });

  /* ── the connection ── */
  const offered = (): OfferedTrack[] => sources.peek().flatMap((s) => {
    const mid = sending.get(s.key)?.transceiver.mid;
    return mid === undefined || mid === null ? [] : [{ mid, label: s.label, ...(s.name === '' ? {} : { name: s.name }) }];
  });

  const wantedOf = (source: Source, at: Sending): Encoding[] => {
    const track = trackOf(source)?.id ?? 0;
    const step = of.step();
    if (of.isDark() || (step === 0 && bare)) return resting(at.full);
    const layered = isLayered(codecNow(source, at));
    const whole = atStep(at.label, at.full, at.height, step, layered);
    const some = layered ? watched(whole, layersOf.get(track) ?? whole.length) : whole;
    return thin.has(track) ? thinned(at.label, some, at.height) : some;
  };

  const settings = async (source: Source): Promise<void> => {
    const at = sending.get(source.key);
    if (at === undefined) return;
    const wanted = source.kind === 'video' ? wantedOf(source, at) : []; /* before: it asks for parameters too, and only the newest may be set */
    const now = at.transceiver.sender.getParameters();
    if (source.kind === 'audio') {
      const bits = voiceBits(of.step() === 0 || thin.has(trackOf(source)?.id ?? 0));
      if (now.encodings[0] === undefined || now.encodings[0].maxBitrate === bits) return;
      if (bits === undefined) delete now.encodings[0].maxBitrate;
      else now.encodings[0].maxBitrate = bits;
    } else {
      if (now.encodings.length !== wanted.length) return;
      now.degradationPreference = degradation(at.label, wanted, at.height);
      now.encodings.forEach((e, i) => {
        const { active, maxBitrate, scaleResolutionDownBy, maxFramerate } = wanted[i]!;
        Object.assign(e, isDetail(at.label) ? wanted[i]! : { active, maxBitrate, scaleResolutionDownBy });
        if (maxFramerate === undefined) delete e.maxFramerate;
        else e.maxFramerate = maxFramerate;
      });
    }
    try {
      await at.transceiver.sender.setParameters(now);
    } catch { /* a browser may refuse while it negotiates: the next look sets them again */ }
  };
  const rates = (): void => { for (const s of sources.peek()) void settings(s); };

  const send = (source: Source): void => {
    if (peer === null) return;
    /* An m-line of a source that went is used again by its like. */
    const idle = [...sending].find(([key, x]) => x.label === source.label && !sources.peek().some((s) => s.key === key));
    if (idle !== undefined) {
      sending.delete(idle[0]);
      idle[1].transceiver.direction = 'sendonly';
      sending.set(source.key, idle[1]);
      void idle[1].transceiver.sender.replaceTrack(source.on ? source.capture : null);
      return;
    }
    const height = source.capture?.getSettings().height ?? 720;
    const full = source.kind === 'audio' ? [] : encodingsFor(source.label, height);
    const transceiver = peer.pc.addTransceiver(source.on && source.capture !== null ? source.capture : source.kind, {
      direction: 'sendonly', ...(full.length === 0 ? {} : { sendEncodings: full.map((e) => ({ ...e })) }),
    });
    sending.set(source.key, { transceiver, full, label: source.label, height });
  };

  const open = (ice: Ice): void => {
    peer?.close();
    sending = new Map();
    layersOf = new Map();
    thin = new Set();
    least = noLeast;
    const mine: Peer = openPeer('up', ice, {
      ready: wishes,
      tell: (n, sdp, fresh) => of.tell({ type: 'call.offer', n, peer: 'up', sdp, ...(fresh ? { fresh: true } : {}), tracks: offered() }),
      state: of.state,
      answer: (sdp) => withLeast(sdp, least.kbps),
      settled: rates,
      broken: () => { if (peer === mine) of.broken(); },
    });
    peer = mine;
    for (const s of sources.peek()) send(s);
    if (sources.peek().length > 0) mine.negotiate();
  };

  /* ── sources ── */
  const change = (key: number, with_: Partial<Source>): void => { sources.value = sources.peek().map((s) => (s.key === key ? { ...s, ...with_ } : s)); };
  const tellMute = (s: Source): void => { const t = trackOf(s); if (t !== null) of.tell({ type: 'call.mute', track: t.id, muted: !s.on }); };

  const wishedPlaces = new Map<number, Axes>(); /* by track */
  const moving = new Set<number>();
  const tellPlaces = (only?: number): void => {
    for (const s of sources.peek()) {
      /* Where a page may move one camera it may move all: a face is nobody's to turn all the same. */
      const t = s.label === 'exam' ? trackOf(s) : null;
      if (t === null || (only !== undefined && t.id !== only)) continue;
      const at = s.capture === null ? {} : standsAt(s.capture);
      if (!(t.ptz === null && isStill(at)) && (only !== undefined || !samePlace(t.ptz, at))) of.tell({ type: 'call.ptz', track: t.id, axes: at });
    }
  };

  const remove = (key: number): void => {
    const s = sources.peek().find((x) => x.key === key);
    if (s === undefined) return;
    sources.value = sources.peek().filter((x) => x.key !== key);
    s.capture?.stop();
    const at = sending.get(key);
    if (at === undefined) return;
    void at.transceiver.sender.replaceTrack(null);
    at.transceiver.direction = 'inactive';
    peer?.negotiate();
  };

  /* The device went, not by our own doing: the others are told, and so is who sits here. */
  const wentDark = (key: number): void => {
    const s = sources.peek().find((x) => x.key === key);
    if (s === undefined) return;
    change(key, { capture: null, on: false });
    void sending.get(key)?.transceiver.sender.replaceTrack(null);
    tellMute({ ...s, on: false });
    tellPlaces();
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
    follow(s.key, s.capture);
    if (peer !== null) { send(s); peer.negotiate(); }
    return s.key;
  };

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
    tellPlaces();
  };

  void askMeans().then((m) => { if (!closed) has = m; });

  return {
    sources, unplugged, trackOf, open, add, remove, switchOn, rates,
    peer: () => peer,
    close: () => {
      closed = true;
      peer?.close();
      peer = null;
      for (const s of sources.peek()) s.capture?.stop();
    },
    changeDevice: async (key, device) => {
      const s = sources.peek().find((x) => x.key === key);
      if (s === undefined) return;
      const capture = s.on ? (s.kind === 'audio' ? await openMicrophone(device) : await openCamera(device, s.label)) : null;
      s.capture?.stop();
      change(key, { device, capture });
      follow(key, capture);
      unplugged.value = null;
      await sending.get(key)?.transceiver.sender.replaceTrack(capture);
      tellPlaces();
    },
    shareScreen: async (name) => {
      const { video, audio } = await openScreen();
      add({ label: 'screen', name, kind: 'video', device: null, capture: video, on: true });
      if (audio !== null) add({ label: 'screen-audio', name, kind: 'audio', device: null, capture: audio, on: true });
    },
    tellMutes: (only) => {
      for (const s of sources.peek()) { const t = trackOf(s); if (t !== null && (only === undefined || t.id === only) && t.muted === s.on) tellMute(s); }
    },
    tellPlaces,
    /* One after the other: what is wished while it moves is gone to next, by its last place. */
    move: async (track, axes) => {
      wishedPlaces.set(track, { ...wishedPlaces.get(track), ...axes });
      if (moving.has(track)) return;
      moving.add(track);
      for (let to = wishedPlaces.get(track); to !== undefined; to = wishedPlaces.get(track)) {
        wishedPlaces.delete(track);
        const capture = sources.peek().find((x) => trackOf(x)?.id === track)?.capture ?? null;
        if (capture === null) break;
        try { await moveTo(capture, to); } catch { /* it does not do that: where it stands is said all the same */ }
        tellPlaces(track);
      }
      moving.delete(track);
    },
    look: (f, step, tired) => {
      const now = Date.now();
      const spoken = voiceFor(voice, f);
      const turned = spoken.redundant !== voice.redundant;
      voice = spoken;
      const { kbps } = least;
      least = leastFor(least, f, now);
      const thrifty = thriftFor(thrift, step, now);
      const wasBare = bare;
      bare = f.room_kbps !== null && f.room_kbps < (bare ? bare_over_kbps : bare_kbps);
      if (bare !== wasBare && step === 0) rates();
      /* A processor that does not keep up with VP9 is given VP8, in the call and for the rest of it. */
      tiredLooks = tired && !has.tired ? tiredLooks + 1 : 0;
      const gaveUp = tiredLooks >= tired_looks;
      if (gaveUp) has = { ...has, tired: true };
      let changes = gaveUp || thrifty.on !== thrift.on;
      thrift = thrifty;
      if (isDue(regain, now)) { regain = tried(regain, now); changes = true; }
      if (changes && isHeldBack()) recodeAll();
      else if (turned || least.kbps !== kbps) peer?.negotiate();
    },
    layer: (track, layers, isThin) => {
      layersOf.set(track, layers);
      if (isThin) thin.add(track);
      else thin.delete(track);
      rates();
    },
    recode: (track) => {
      if (!of.tracks.peek().some((t) => t.id === track && t.participant === of.me.peek())) return;
      regain = askedAway(regain, Date.now());
      peer?.negotiate();
    },
    others: () => { regain = othersChanged(regain, Date.now()); },
    sent: (byMid) => {
      const mine = new Map<number, Sent>();
      for (const [key, at] of sending) { const w = at.transceiver.mid === null ? undefined : byMid.get(at.transceiver.mid); if (w) mine.set(key, w); }
      return mine;
    },
  };
}
