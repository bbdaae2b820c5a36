/* An opinion while several write it: each part is saved as one types, under the number that was read. Who comes second is shown both texts and
 * chooses: nothing typed is thrown away by itself, and what waits for the choice is kept as the own draft. */
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { opinion, partNames, savePart, type Item, type Opinion, type PartName, type Value } from '../wire/opinion';
import { draft as getDraft, draftKey, dropDraft, saveDraft } from '../wire/session';
import { opinionHeard } from './link';
import { useLoad, type Loaded } from './load';
import { send } from './session';

export type PartState = { is: 'none' } | { is: 'saving' } | { is: 'saved'; at: number } | { is: 'failed' } | { is: 'conflict'; theirs: Value; by: string; rev: number };
export interface PartBox {
  value: Signal<Value>;
  state: Signal<PartState>;
  set: (v: Value) => void;
  flush: () => void;
  /** After a conflict: theirs, mine, or theirs and then mine. */
  choose: (how: 'theirs' | 'mine' | 'both') => void;
}
/** Who is writing just now, by part: until when. */
export interface Writing { part: PartName; by: string; until: number }

export const emptyValue: Value = { text: '', codes: [], items: [], due: '' };
export const sameValue = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);

const joinedText = (a: string, b: string): string => (a.trim() === '' || b.trim() === '' || a === b ? (a.trim() === '' ? b : a) : `${a}\n${b}`);
/** Both lists; of one item in two words, both. */
function joinedItems(theirs: readonly Item[], mine: readonly Item[]): Item[] {
  const to = [...theirs];
  for (const m of mine) {
    const same = theirs.find((t) => t.id === m.id);
    if (same !== undefined && same.words === m.words && same.kind === m.kind) continue;
    to.push(same === undefined ? m : { ...m, id: freshId(to) });
  }
  return to;
}
export function freshId(items: readonly Item[]): string {
  let n = items.length + 1;
  while (items.some((i) => i.id === `a${n}`)) n += 1;
  return `a${n}`;
}
export const joinedValue = (theirs: Value, mine: Value): Value => ({
  text: joinedText(theirs.text, mine.text), due: theirs.due === '' ? mine.due : theirs.due, items: joinedItems(theirs.items, mine.items),
  codes: [...theirs.codes, ...mine.codes.filter((c) => !theirs.codes.some((t) => t.code === c.code))],
});

const batch_ms = 800;
const retry_ms = 4000;

interface Inner { rev: number; saved: Value; timer: ReturnType<typeof setTimeout> | undefined; busy: boolean; gone: boolean }

function usePart(visit: string, name: PartName, load: Loaded<Opinion>): PartBox {
  const value = useSignal<Value>(emptyValue);
  const state = useSignal<PartState>({ is: 'none' });
  const ref = useRef<Inner>({ rev: -1, saved: emptyValue, timer: undefined, busy: false, gone: false });
  const b = ref.current;
  const key = draftKey('opinion', visit, name);
  const at = load.value.value;

  const meet = (theirs: Value, by: string, rev: number): void => {
    state.value = { is: 'conflict', theirs, by, rev };
    void send(saveDraft(key, JSON.stringify(value.peek())));
  };
  /* What the server has: taken where nothing of one's own is on its way. */
  useEffect(() => {
    if (at === null) return;
    const part = at.parts[name];
    if (part.rev <= b.rev || state.peek().is === 'conflict' || b.busy) return; /* an answer may be older than one's own last save */
    const first = b.rev === -1;
    const typed = !first && !sameValue(value.peek(), b.saved);
    if (typed && !sameValue(value.peek(), part.value)) { meet(part.value, part.by?.display ?? '', part.rev); return; }
    b.rev = part.rev;
    b.saved = part.value;
    value.value = part.value;
    if (first && at.may.write) void send(getDraft(key)).then((r) => {
      /* What waited for a choice when the page was left. */
      if (!r.ok || r.value.text === '' || b.gone) return;
      const kept = JSON.parse(r.value.text) as Value;
      if (sameValue(kept, b.saved)) { void send(dropDraft(key)); return; }
      value.value = kept;
      state.value = { is: 'conflict', theirs: b.saved, by: part.by?.display ?? '', rev: b.rev };
    });
  }, [at]);

  const later = (ms: number): void => { clearTimeout(b.timer); b.timer = setTimeout(() => { void save(); }, ms); };
  const save = async (): Promise<void> => {
    clearTimeout(b.timer);
    if (b.busy || b.rev === -1 || state.peek().is === 'conflict' || sameValue(value.peek(), b.saved)) return;
    const now = value.peek();
    b.busy = true;
    state.value = { is: 'saving' };
    const r = await send(savePart(visit, name, b.rev, now));
    b.busy = false;
    if (r.ok) {
      b.rev = r.value.rev;
      b.saved = now;
      state.value = { is: 'saved', at: r.value.saved };
      void load.again();
      if (!sameValue(value.peek(), now)) later(batch_ms);
    } else if (r.fault.code === 'opinion_stale') {
      const fresh = await send(opinion(visit));
      if (!fresh.ok) { state.value = { is: 'failed' }; later(retry_ms); return; }
      const part = fresh.value.parts[name];
      if (sameValue(part.value, value.peek())) { b.rev = part.rev; b.saved = part.value; state.value = { is: 'none' }; } else meet(part.value, part.by?.display ?? '', part.rev);
    } else {
      state.value = { is: 'failed' };
      if (!b.gone && r.fault.code !== 'opinion_closed') later(retry_ms);
    }
  };
  useEffect(() => {
    const leave = (): void => { if (b.rev !== -1 && state.peek().is !== 'conflict' && !sameValue(value.peek(), b.saved)) void send(savePart(visit, name, b.rev, value.peek(), true)); };
    addEventListener('pagehide', leave);
    return () => { removeEventListener('pagehide', leave); void save(); b.gone = true; };
  }, [visit]);

  return {
    value, state,
    set: (v) => { value.value = v; if (state.peek().is === 'conflict') void send(saveDraft(key, JSON.stringify(v))); else later(batch_ms); },
    flush: () => { void save(); },
    choose: (how) => {
      const s = state.peek();
      if (s.is !== 'conflict') return;
      const mine = value.peek();
      b.rev = s.rev;
      b.saved = s.theirs;
      value.value = how === 'theirs' ? s.theirs : how === 'mine' ? mine : joinedValue(s.theirs, mine);
      state.value = { is: 'none' };
      void send(dropDraft(key));
      void save();
    },
  };
}

export interface OpinionBox { load: Loaded<Opinion>; parts: Readonly<Record<PartName, PartBox>>; writing: Signal<readonly Writing[]>; settled: () => boolean }

const writing_ms = 6000;

export function useOpinion(visit: string): OpinionBox {
  const load = useLoad(() => opinion(visit), visit);
  const writing = useSignal<readonly Writing[]>([]);
  const parts = { findings: usePart(visit, 'findings', load), assessment: usePart(visit, 'assessment', load), advice: usePart(visit, 'advice', load), 'follow-up': usePart(visit, 'follow-up', load) };
  const heard = opinionHeard.value;
  useEffect(() => {
    if (heard.n === 0 || heard.visit !== visit) return undefined;
    void load.again();
    const part = partNames.find((p) => p === heard.part);
    if (part === undefined) return undefined;
    const one = { part, by: heard.by, until: Date.now() + writing_ms };
    writing.value = [...writing.peek().filter((w) => w.by !== one.by || w.part !== part), one];
    const timer = setTimeout(() => { writing.value = writing.peek().filter((w) => w.until > Date.now()); }, writing_ms + 50);
    return () => { clearTimeout(timer); };
  }, [heard.n]);
  return { load, parts, writing, settled: () => partNames.every((p) => ['none', 'saved'].includes(parts[p].state.value.is)) };
}
