/* One peer connection with the media worker, up or down (PROTOCOL §10.2). We always offer, the worker always answers; one offer is under way at a time,
   and what is asked for meanwhile goes into the next. The worker needs none of our candidates: it learns our address from our checks. */
import type { CallIntent, Ice, Side } from '../wire/call';
import { askable } from './voice';

export type Offer = Extract<CallIntent, { type: 'call.offer' }>;

export interface PeerHear {
  /** An offer is about to be made: what it is to wish is set now. */
  ready?: () => void;
  /** Says the offer; false when the line is down. */
  tell: (n: number, sdp: string, fresh: boolean) => boolean;
  state: (state: RTCPeerConnectionState) => void;
  /** An answer, as the browser is to take it. */
  answer?: (sdp: string) => string;
  /** The answer of our newest offer is in force. */
  settled: () => void;
  /** This connection cannot be saved: make a new one. */
  broken: () => void;
}

export interface Peer {
  readonly side: Side;
  readonly pc: RTCPeerConnection;
  negotiate: (restart?: boolean) => void;
  answered: (n: number, sdp: string) => void;
  refused: (n: number | null, code: string) => void;
  /** The line is back: what was asked and not answered is asked again. */
  again: () => void;
  close: () => void;
}

const answer_ms = 5000;
const busy_ms = 250;
const restart_ms = 400;
const restart_again_ms = 2400;
const failed_ms = 250; /* a browser that does not know of the new network yet fails at once, again and again */
const broken_ms = 9000;

/* Rising also across a reload of the page. */
let lastN = Math.max(0, Math.floor(Date.now() / 1000) - 1_700_000_000);

export function openPeer(side: Side, ice: Ice, hear: PeerHear): Peer {
  const pc = new RTCPeerConnection({
    bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require',
    iceServers: ice.map((s) => (s.username === '' ? { urls: s.urls } : { urls: s.urls, username: s.username, credential: s.credential })),
  });
  let fresh = true;
  let asked: number | null = null;
  let more = false;
  let restart = false;
  let closed = false;
  let late: ReturnType<typeof setTimeout> | undefined;
  let mend: ReturnType<typeof setTimeout> | undefined;
  let lostAt: number | null = null;
  let mendedAt = 0;

  const say = (): void => {
    const sdp = pc.localDescription?.sdp;
    if (closed || sdp === undefined) return;
    lastN += 1;
    asked = lastN;
    clearTimeout(late);
    if (hear.tell(asked, sdp, fresh)) late = setTimeout(say, answer_ms);
  };

  /* A browser that lets nobody change its words sends voice as it thinks. */
  const describe = async (): Promise<void> => {
    const made = await pc.createOffer();
    if (closed) return;
    try {
      await pc.setLocalDescription({ type: 'offer', sdp: askable(made.sdp ?? '') });
    } catch {
      if (!closed) await pc.setLocalDescription();
    }
  };

  const offer = async (): Promise<void> => {
    if (closed) return;
    if (asked !== null) { more = true; return; }
    more = false;
    asked = 0;
    if (restart) pc.restartIce();
    restart = false;
    hear.ready?.();
    try {
      await (side === 'up' ? describe() : pc.setLocalDescription());
    } catch (e) {
      if (closed) return;
      asked = null;
      throw e;
    }
    if (!closed) say();
  };

  const next = (): void => {
    asked = null;
    clearTimeout(late);
    if (more) void offer();
  };

  const mending = (): void => {
    clearTimeout(mend);
    if (closed) return;
    const lost = pc.connectionState === 'disconnected' || pc.connectionState === 'failed';
    if (!lost) { lostAt = null; return; }
    lostAt ??= Date.now();
    if (Date.now() - lostAt > broken_ms) { hear.broken(); return; }
    restart = true;
    mendedAt = Date.now();
    void offer();
    mend = setTimeout(mending, restart_again_ms);
  };

  pc.onconnectionstatechange = () => {
    if (closed) return;
    hear.state(pc.connectionState);
    if (pc.connectionState === 'failed') { clearTimeout(mend); mend = setTimeout(mending, Math.max(0, mendedAt + failed_ms - Date.now())); }
    else if (pc.connectionState === 'disconnected') { clearTimeout(mend); mend = setTimeout(mending, restart_ms); }
    else if (pc.connectionState === 'connected') { clearTimeout(mend); lostAt = null; }
  };

  return {
    side, pc,
    negotiate: (withRestart = false) => { restart ||= withRestart; void offer(); },
    answered: (n, sdp) => {
      if (closed || n !== asked) return;
      clearTimeout(late);
      pc.setRemoteDescription({ type: 'answer', sdp: hear.answer?.(sdp) ?? sdp }).then(() => {
        if (closed) return;
        fresh = false;
        hear.settled();
        next();
      }, () => { if (!closed) hear.broken(); });
    },
    refused: (n, code) => {
      if (closed || n !== asked) return;
      clearTimeout(late);
      if (code === 'busy') { late = setTimeout(say, busy_ms); return; }
      if (code === 'no_worker') return; /* `call.renew` follows and makes all anew */
      hear.broken();
    },
    again: () => { if (asked !== null && asked !== 0) say(); },
    close: () => {
      closed = true;
      clearTimeout(late);
      clearTimeout(mend);
      pc.onconnectionstatechange = null;
      pc.close();
    },
  };
}
