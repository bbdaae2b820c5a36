/* The live link (PROTOCOL §7): one WebSocket that comes back by itself. States go out through `hear`; nothing here knows a screen. */
import { readCallFrame, type CallFrame, type CallIntent } from './call';
import { BadAnswer, bool, instant, isRecord, maybe, num, obj, oneOf, or, str, type Out, type Read } from './read';

export type LinkState =
  | { is: 'off' }
  | { is: 'connecting'; since: number }
  | { is: 'live'; since: number; round_ms: number | null }
  | { is: 'lost'; since: number; again: number };

const readHello = obj({ session: or(str, ''), now: instant, resume: maybe(str), resumed: or(bool, false), version: or(str, '') });
const readPong = obj({ id: num, now: instant });
const readNoticeHead = obj({ id: num, kind: str });

export const endings = ['idle', 'forced', 'password', 'age'] as const;
export type Ending = (typeof endings)[number];

export type Notice =
  | { kind: 'session_ending'; in_s: number }
  | { kind: 'session_ended'; why: Ending }
  | { kind: 'health' }
  | { kind: 'lockout' }
  | { kind: 'glass_broken' }
  | { kind: 'exports' }
  | { kind: 'agenda' }
  | { kind: 'exception' }
  | { kind: 'deaths' }
  | { kind: 'keeping' }
  | { kind: 'order_wanted'; engagement: string }
  | { kind: 'ring' }
  | { kind: 'grant_ended'; id: number; patient: string }
  | { kind: 'seal_asked' }
  | { kind: 'copies' }
  | { kind: 'statements' }
  | { kind: 'opinion'; visit: string; part: string | null; by: string }
  | { kind: 'sick_calls' }
  | { kind: 'registry' }
  | { kind: 'results' }
  | { kind: 'late' }
  | { kind: 'alarm' }
  | { kind: 'other'; name: string };

export interface Hear {
  state: (state: LinkState) => void;
  notice: (notice: Notice) => void;
  /** The server's clock now, ms since the epoch, and how long the question took. */
  clock: (now: number, round_ms: number) => void;
  version: (version: string) => void;
  /** The link begins anew: what was told before it is not told again. */
  anew: () => void;
  /** A frame of the call that this page is in. */
  call: (frame: CallFrame) => void;
  /** The server refuses this session, or closed before saying hello: the session may be over. */
  doubt: (certain: boolean) => void;
}

export interface Link {
  stop: () => void;
  /** Says something about the call. False: the line is not live, and nothing was said. */
  call: (intent: CallIntent) => boolean;
  /** Try now: the network came back, or the page is shown again. */
  nudge: () => void;
  /** What this line goes over is gone: a new one at once, without waiting for the old one's end. */
  again: () => void;
}

const ping_ms = 15_000;
const pong_ms = 8_000;
const first_ms = 400;
const most_ms = 15_000;

/** Full jitter: a whole site reconnecting after a restart must not come in step. */
export const backoff_ms = (tries: number, random: number): number =>
  Math.round(first_ms / 2 + random * Math.min(most_ms, first_ms * 2 ** tries));

const noticeReaders: Record<string, Read<Notice>> = {
  session_ending: (v, at) => ({ kind: 'session_ending', ...obj({ in_s: num })(v, at) }),
  session_ended: (v, at) => ({ kind: 'session_ended', ...obj({ why: oneOf(endings, 'forced') })(v, at) }),
  health: () => ({ kind: 'health' }),
  lockout: () => ({ kind: 'lockout' }),
  glass_broken: () => ({ kind: 'glass_broken' }),
  export_asked: () => ({ kind: 'exports' }),
  export_decided: () => ({ kind: 'exports' }),
  export_fetched: () => ({ kind: 'exports' }),
  agenda_changed: () => ({ kind: 'agenda' }),
  visit_changed: () => ({ kind: 'agenda' }),
  consent_exception: () => ({ kind: 'exception' }),
  reviews_changed: () => ({ kind: 'deaths' }),
  recordings_due: () => ({ kind: 'keeping' }),
  booking_message: () => ({ kind: 'agenda' }),
  waiting_changed: () => ({ kind: 'agenda' }),
  waiting_offer: () => ({ kind: 'agenda' }),
  escorts_changed: () => ({ kind: 'agenda' }),
  transfers_changed: () => ({ kind: 'agenda' }),
  engagement_displaced: () => ({ kind: 'agenda' }),
  engagement_order_wanted: (v, at) => ({ kind: 'order_wanted', ...obj({ engagement: str })(v, at) }),
  ring: () => ({ kind: 'ring' }),
  ring_over: () => ({ kind: 'ring' }),
  ring_changed: () => ({ kind: 'ring' }),
  grant_ended: (v, at) => ({ kind: 'grant_ended', ...obj({ id: num, patient: str })(v, at) }),
  seal_asked: () => ({ kind: 'seal_asked' }),
  copy_changed: () => ({ kind: 'copies' }),
  statements_changed: () => ({ kind: 'statements' }),
  opinion: (v, at) => ({ kind: 'opinion', ...obj({ visit: str, part: maybe(str), by: str })(v, at) }),
  sick_calls_changed: () => ({ kind: 'sick_calls' }),
  epidemic_changed: () => ({ kind: 'sick_calls' }),
  epidemic_alarm: () => ({ kind: 'sick_calls' }),
  isolation_changed: () => ({ kind: 'agenda' }),
  epidemic_told: () => ({ kind: 'agenda' }),
  registry_changed: () => ({ kind: 'registry' }),
  results_changed: () => ({ kind: 'results' }),
  work_overdue: () => ({ kind: 'late' }),
  clinic_alarm: () => ({ kind: 'alarm' }),
};

export type Frame =
  | ({ type: 'hello' } & Out<typeof readHello>)
  | ({ type: 'pong' } & Out<typeof readPong>)
  | { type: 'notice'; id: number; notice: Notice }
  | { type: 'call'; frame: CallFrame };

/** A frame, or null when it is not one of ours. */
export function readFrame(text: string): Frame | null {
  try {
    const v: unknown = JSON.parse(text);
    if (!isRecord(v)) return null;
    switch (v['type']) {
      case 'hello': return { type: 'hello', ...readHello(v, '') };
      case 'pong': return { type: 'pong', ...readPong(v, '') };
      case 'notice': {
        const head = readNoticeHead(v, '');
        const read = noticeReaders[head.kind];
        return { type: 'notice', id: head.id, notice: read ? read(v['data'] ?? {}, 'data') : { kind: 'other', name: head.kind } };
      }
      default: {
        const frame = readCallFrame(v);
        return frame === null ? null : { type: 'call', frame };
      }
    }
  } catch (e) {
    if (e instanceof BadAnswer || e instanceof SyntaxError) return null;
    throw e;
  }
}

export function openLink(url: string, hear: Hear): Link {
  let socket: WebSocket | null = null;
  let resume: string | null = null;
  let seen = 0;
  let tries = 0;
  let lostAt: number | null = null;
  let stopped = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let beat: ReturnType<typeof setInterval> | undefined;
  let late: ReturnType<typeof setTimeout> | undefined;
  let pingId = 0;
  let pingAt = 0;
  let greeted = false;

  const send = (frame: object): boolean => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  };

  const quiet = (): void => { clearInterval(beat); clearTimeout(late); clearTimeout(retry); };

  const ping = (): void => {
    pingId += 1;
    pingAt = performance.now();
    send({ type: 'ping', id: pingId });
    clearTimeout(late);
    late = setTimeout(() => socket?.close(4000), pong_ms);
  };

  const connect = (): void => {
    quiet();
    if (lostAt === null) hear.state({ is: 'connecting', since: Date.now() });
    greeted = false;
    let live: WebSocket;
    try {
      live = new WebSocket(url, 'yunqiao.1');
    } catch {
      wait();
      return;
    }
    socket = live;
    late = setTimeout(() => live.close(4000), pong_ms);
    live.onopen = () => { if (resume !== null) send({ type: 'resume', resume }); };
    live.onmessage = (event: MessageEvent<unknown>) => {
      const frame = typeof event.data === 'string' ? readFrame(event.data) : null;
      if (frame === null || live !== socket) return;
      if (frame.type === 'hello') {
        if (!frame.resumed && frame.resume !== resume) seen = 0;
        resume = frame.resume ?? resume;
        greeted = true;
        tries = 0;
        lostAt = null;
        hear.version(frame.version);
        hear.state({ is: 'live', since: Date.now(), round_ms: null });
        if (!frame.resumed) hear.anew();
        clearInterval(beat);
        beat = setInterval(ping, ping_ms);
        ping();
      } else if (frame.type === 'pong') {
        if (frame.id !== pingId) return;
        clearTimeout(late);
        const round_ms = Math.round(performance.now() - pingAt);
        hear.clock(frame.now + round_ms / 2, round_ms);
      } else if (frame.type === 'call') {
        hear.call(frame.frame);
      } else {
        send({ type: 'seen', id: frame.id });
        if (frame.id <= seen) return;
        seen = frame.id;
        hear.notice(frame.notice);
      }
    };
    live.onclose = (event) => {
      if (live !== socket || stopped) return;
      socket = null;
      quiet();
      if (event.code === 4401) {
        stopped = true;
        hear.state({ is: 'lost', since: (lostAt ??= Date.now()), again: 0 });
        hear.doubt(true);
        return;
      }
      if (event.code === 4400) resume = null;
      if (event.code === 4429) tries = Math.max(tries, 5);
      if (!greeted) hear.doubt(false);
      wait();
    };
  };

  const wait = (): void => {
    lostAt ??= Date.now();
    const delay = backoff_ms(tries, Math.random());
    tries += 1;
    hear.state({ is: 'lost', since: lostAt, again: Date.now() + delay });
    retry = setTimeout(connect, delay);
  };

  connect();
  return {
    stop: () => {
      stopped = true;
      quiet();
      socket?.close(1000);
      socket = null;
      hear.state({ is: 'off' });
    },
    call: (intent) => greeted && send(intent),
    again: () => {
      if (stopped) return;
      const old = socket;
      socket = null;
      old?.close(4000);
      lostAt ??= Date.now();
      tries = 0;
      hear.state({ is: 'lost', since: lostAt, again: Date.now() });
      connect();
    },
    nudge: () => {
      if (stopped) return;
      if (socket === null) connect();
      else if (socket.readyState === WebSocket.OPEN) ping();
    },
  };
}
