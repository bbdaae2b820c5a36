/* What is typed outlives reload, crash and log-out (PROTOCOL §3, drafts). */
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { draft as getDraft, dropDraft, saveDraft } from '../wire/session';
import { send } from './session';

export type DraftState = { is: 'none' } | { is: 'saving' } | { is: 'saved'; at: number } | { is: 'restored'; at: number } | { is: 'failed' };

export interface DraftBox {
  text: Signal<string>;
  state: Signal<DraftState>;
  set: (text: string) => void;
  /** Save now, as when leaving the field. */
  flush: () => void;
  /** Sent or thrown away: forget it here and on the server. */
  drop: () => Promise<void>;
}

const batch_ms = 800;

/* A page that is left sends its last words while the next one already asks for them: after a reload they are asked for again, until
   somebody types. */
const isReload = performance.getEntriesByType('navigation').some((n) => (n as PerformanceNavigationTiming).type === 'reload');
const asks = (): readonly number[] => (isReload && performance.now() < 10_000 ? [0, 300, 1000, 2500] : [0]);

export function useDraft(key: string): DraftBox {
  const text = useSignal('');
  const state = useSignal<DraftState>({ is: 'none' });
  const box = useRef<{ typed: boolean; saved: string; dropped: boolean; timer: ReturnType<typeof setTimeout> | undefined; chain: Promise<void>; queued: boolean }>(
    { typed: false, saved: '', dropped: false, timer: undefined, chain: Promise.resolve(), queued: false });
  const b = box.current;

  /* One save at a time, always of the newest text. */
  const save = (): void => {
    clearTimeout(b.timer);
    if (b.dropped || b.queued || text.peek() === b.saved) return;
    b.queued = true;
    state.value = { is: 'saving' };
    b.chain = b.chain.then(async () => {
      b.queued = false;
      const now = text.peek();
      if (b.dropped || now === b.saved) return;
      const result = now === '' ? await send(dropDraft(key)) : await send(saveDraft(key, now));
      if (b.dropped) return;
      if (result.ok) {
        b.saved = now;
        state.value = result.value === null ? { is: 'none' } : { is: 'saved', at: result.value.saved };
        if (text.peek() !== now) later();
      } else {
        state.value = { is: 'failed' };
        b.timer = setTimeout(save, 5000);
      }
    });
  };
  const later = (): void => {
    clearTimeout(b.timer);
    b.timer = setTimeout(save, batch_ms);
  };

  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      const result = await send(getDraft(key));
      if (gone || b.typed || !result.ok || result.value.text === '' || result.value.text === b.saved) return;
      b.saved = result.value.text;
      text.value = result.value.text;
      state.value = { is: 'restored', at: result.value.saved };
    };
    const timers = asks().map((ms) => setTimeout(() => { void ask(); }, ms));
    const leave = (): void => {
      if (b.dropped || text.peek() === b.saved) return;
      b.saved = text.peek();
      void send(saveDraft(key, text.peek(), true));
    };
    addEventListener('pagehide', leave);
    return () => {
      gone = true;
      timers.forEach(clearTimeout);
      removeEventListener('pagehide', leave);
      save();
    };
  }, [key]);

  return {
    text,
    state,
    set: (value) => {
      b.typed = true;
      text.value = value;
      later();
    },
    flush: save,
    drop: async () => {
      b.dropped = true;
      clearTimeout(b.timer);
      text.value = '';
      state.value = { is: 'none' };
      await b.chain;
      await send(dropDraft(key));
      b.saved = '';
      b.dropped = false;
      b.typed = true;
    },
  };
}
