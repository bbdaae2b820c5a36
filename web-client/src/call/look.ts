/* What is looked at together: the picture that one shows to all, pointers, strokes, lines of chat, stills. State and intents; no screen. Fed by the call it
   belongs to. What is said quickly is gathered: the server refuses more than some twenty of a kind in a second. */
import { batch, signal, type ReadonlySignal } from '@preact/signals';
import type { CallFrame, CallIntent, ChatLine, Drawing, Showing, Target, View } from '../wire/call';

export interface Pointer { target: Target; x: number; y: number }
export interface Stroke extends Drawing { fade: boolean; open: boolean; at: number }
export interface Still { still: number; by: number; track: number; state: 'asked' | 'taken' | 'failed'; document: string; code: string }
/** A line that was said and not heard back yet; `failed`: why it is not known to be kept. */
export interface Saying { text: string; at: number; failed: string | null }

/** What was led when who led went out of the call: it stays before who followed, and nobody leads. */
export interface Held { view: View; name: string }

export interface Look {
  view: ReadonlySignal<View | null>;
  held: ReadonlySignal<Held | null>;
  /** One looks elsewhere: what is held is let go. */
  letGo: () => void;
  strokes: ReadonlySignal<readonly Stroke[]>;
  pointers: ReadonlySignal<ReadonlyMap<number, Pointer>>;
  lines: ReadonlySignal<readonly ChatLine[]>;
  saying: ReadonlySignal<Saying | null>;
  /** Is the chat kept with a visit? */
  kept: ReadonlySignal<boolean>;
  /** The newest of each track that one was asked of. */
  stills: ReadonlySignal<ReadonlyMap<number, Still>>;
  /** Take the lead with this; or, as who leads, show this. */
  lead: (what: Showing) => void;
  show: (what: Showing) => void;
  endLead: () => void;
  point: (target: Target, x: number, y: number) => void;
  pointNowhere: () => void;
  /** A stroke under way: begun, carried on, ended. */
  stroke: (target: Target, fade: boolean) => { to: (x: number, y: number) => void; end: () => void };
  erase: (target: Target | null, all: boolean) => void;
  say: (text: string) => boolean;
  dropSaying: () => void;
  askStill: (track: number) => boolean;
  answerStill: (still: number, made: { document: string } | { failed: string }) => void;
  /** A still's news has been read. */
  dropStill: (track: number) => void;
}

export const fade_ms = 4000;
const gather_ms = 90;
const points_max = 64;
const said_ms = 10_000;

/** Says the newest at most each `gather_ms`, and always the last. */
function gathered<T>(tell: (value: T) => void): { put: (value: T) => void; drop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waits: { value: T } | null = null;
  const turn = (): void => {
    timer = undefined;
    if (waits === null) return;
    const { value } = waits;
    waits = null;
    tell(value);
    timer = setTimeout(turn, gather_ms);
  };
  return {
    put: (value) => { waits = { value }; if (timer === undefined) turn(); },
    drop: () => { waits = null; },
  };
}

interface Around {
  tell: (intent: CallIntent) => boolean;
  me: ReadonlySignal<number>;
  /** In which colour one's own strokes stand, and under which name. */
  self: () => { name: string; ink: number };
  nameOf: (participant: number) => string;
  clock: () => number;
}

export function openLook(around: Around) {
  const view = signal<View | null>(null);
  const held = signal<Held | null>(null);
  const strokes = signal<readonly Stroke[]>([]);
  const pointers = signal<ReadonlyMap<number, Pointer>>(new Map());
  const lines = signal<readonly ChatLine[]>([]);
  const saying = signal<Saying | null>(null);
  const kept = signal(false);
  const stills = signal<ReadonlyMap<number, Still>>(new Map());
  let nextStroke = 1;

  /* What fades is taken away by the clock. A pointer that rests stays: whoever points and talks does not wave. */
  let sweeper: ReturnType<typeof setInterval> | undefined;
  const sweep = (): void => {
    const now = Date.now();
    const left = strokes.peek().filter((s) => !s.fade || now - s.at < fade_ms);
    if (left.length !== strokes.peek().length) strokes.value = left;
    if (!left.some((s) => s.fade)) { clearInterval(sweeper); sweeper = undefined; }
  };
  const sweepLater = (): void => { sweeper ??= setInterval(sweep, 250); };

  const showing = gathered<Showing>((what) => { around.tell({ type: 'call.view', ...what }); });
  const pointing = gathered<{ target: Target; x: number; y: number }>((p) => { around.tell({ type: 'call.point', ...p }); });

  const settle = (drawings: readonly Drawing[]): void => {
    const mine = strokes.peek().filter((s) => s.fade);
    strokes.value = [...drawings.map((d): Stroke => ({ ...d, fade: false, open: false, at: 0 })), ...mine];
  };

  const carry = (by: number, id: number, points: readonly number[], first: () => Stroke, end: boolean): void => {
    const now = Date.now();
    const known = strokes.peek().find((s) => s.by === by && s.id === id && s.open);
    strokes.value = known === undefined
      ? [...strokes.peek(), { ...first(), points: [...points], open: !end, at: now }]
      : strokes.peek().map((s) => (s === known ? { ...s, points: [...s.points, ...points], open: !end, at: now } : s));
    if ((known ?? strokes.peek().at(-1))?.fade) sweepLater();
  };

  const movePointer = (by: number, p: Pointer | null): void => {
    const next = new Map(pointers.peek());
    if (p === null) next.delete(by);
    else next.set(by, p);
    pointers.value = next;
  };

  const heardLine = (f: Extract<CallFrame, { type: 'call.chat' }>): void => {
    const own = f.by === around.me.peek();
    lines.value = [...lines.peek(), { id: f.id, name: f.name, own, at: f.at, text: f.text }];
    if (own && saying.peek()?.text === f.text) saying.value = null;
  };

  const show = (next: View | null): void => { view.value = next; if (next !== null) held.value = null; };
  /* "gone" comes before the view's end: so it is known that nobody chose to end it. */
  const hold = (gone: number): void => { const v = view.peek(); if (v !== null && v.by === gone && !v.hidden) held.value = { view: v, name: around.nameOf(gone) }; };

  const heard = (f: CallFrame): void => {
    switch (f.type) {
      case 'call.view': batch(() => show(f.view)); break;
      case 'call.look': batch(() => { show(f.view); settle(f.drawings); }); break;
      case 'call.point': movePointer(f.by, f.target === null ? null : { target: f.target, x: f.x, y: f.y }); break;
      case 'call.draw': carry(f.by, f.id, f.points, () => ({ by: f.by, name: f.name, ink: f.ink, target: f.target, id: f.id, points: [], fade: f.fade, open: true, at: 0 }), f.end); break;
      case 'call.erase': strokes.value = strokes.peek().filter((s) => (!f.all && s.by !== f.by) || (f.target !== null && s.target !== f.target)); break;
      case 'call.chat': heardLine(f); break;
      case 'call.still': stills.value = new Map(stills.peek()).set(f.track, f); break;
      case 'call.untrack': strokes.value = strokes.peek().filter((s) => s.target !== f.track); break;
      case 'call.gone': batch(() => { movePointer(f.participant, null); hold(f.participant); }); break;
      case 'call.participant': if (f.participant.state === 'away') movePointer(f.participant.id, null); break;
      case 'call.private': {
        const cut = new Set(f.private?.cut ?? []);
        pointers.value = new Map([...pointers.peek()].filter(([by]) => !cut.has(by) && !cut.has(around.me.peek())));
        break;
      }
      case 'call.refused':
        /* What the server did not keep is not shown as if it had. */
        if (f.of === 'call.draw') strokes.value = strokes.peek().filter((s) => s.by !== around.me.peek() || !s.open);
        if (f.of === 'call.chat' && saying.peek() !== null) saying.value = { ...saying.peek()!, failed: f.code };
        break;
      default: break;
    }
  };

  const joined = (f: Extract<CallFrame, { type: 'call.joined' }>): void => {
    batch(() => {
      show(f.view);
      kept.value = f.kept;
      settle(f.drawings);
      pointers.value = new Map();
      stills.value = new Map([...stills.peek()].filter(([, s]) => s.state !== 'asked'));
      /* In a room that keeps nothing, what was heard before a loss is still on the page. */
      if (f.chat !== null) lines.value = f.chat;
      const waits = saying.peek();
      if (waits !== null) saying.value = lines.peek().some((l) => l.own && l.text === waits.text && l.at >= waits.at - said_ms) ? null : { ...waits, failed: 'lost' };
    });
  };

  const look: Look = {
    view, held, strokes, pointers, lines, saying, kept, stills,
    letGo: () => { held.value = null; },
    lead: (what) => { showing.drop(); around.tell({ type: 'call.view', lead: true, ...what }); },
    show: (what) => { if (view.peek()?.by === around.me.peek()) showing.put(what); },
    endLead: () => { showing.drop(); around.tell({ type: 'call.view', lead: false }); },
    point: (target, x, y) => pointing.put({ target, x, y }),
    pointNowhere: () => { pointing.drop(); around.tell({ type: 'call.point' }); },
    stroke: (target, fade) => {
      const id = nextStroke++;
      let waits: number[] = [];
      let timer: ReturnType<typeof setTimeout> | undefined;
      const flush = (end: boolean): void => {
        clearTimeout(timer);
        timer = undefined;
        while (waits.length > 2 * points_max) around.tell({ type: 'call.draw', target, id, points: waits.splice(0, 2 * points_max), ...(fade ? { fade: true } : {}) });
        if (waits.length > 0) around.tell({ type: 'call.draw', target, id, points: waits, ...(end ? { end: true } : {}), ...(fade ? { fade: true } : {}) });
        waits = [];
      };
      const first = (): Stroke => ({ by: around.me.peek(), ...around.self(), target, id, points: [], fade, open: true, at: 0 });
      let last: [number, number] = [0, 0];
      return {
        to: (x, y) => {
          last = [x, y];
          waits.push(x, y);
          carry(around.me.peek(), id, [x, y], first, false);
          timer ??= setTimeout(() => flush(false), gather_ms);
        },
        end: () => {
          if (waits.length === 0) waits.push(...last);
          carry(around.me.peek(), id, [], first, true);
          flush(true);
        },
      };
    },
    erase: (target, all) => { around.tell({ type: 'call.erase', ...(target === null ? {} : { target }), ...(all ? { all: true } : {}) }); },
    say: (words) => {
      saying.value = { text: words, at: around.clock(), failed: null };
      if (around.tell({ type: 'call.chat', text: words })) return true;
      saying.value = { text: words, at: around.clock(), failed: 'lost' };
      return false;
    },
    dropSaying: () => { saying.value = null; },
    askStill: (track) => around.tell({ type: 'call.still', track }),
    answerStill: (still, made) => { around.tell({ type: 'call.still', still, ...made }); },
    dropStill: (track) => { const next = new Map(stills.peek()); next.delete(track); stills.value = next; },
  };
  return { look, heard, joined, close: (): void => { clearInterval(sweeper); } };
}
