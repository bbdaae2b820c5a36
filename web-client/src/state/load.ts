/* What a screen asks for, and what it does. */
import { signal, useSignal, type Signal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { Fault, Result } from '../wire/fault';
import type { Call } from '../wire/http';
import { send } from './session';
import { serverNow } from './clock';

export interface Loaded<T> {
  value: Signal<T | null>;
  fault: Signal<Fault | null>;
  /** True from 200 ms after the question until its answer: quick answers show no skeleton. */
  slow: Signal<boolean>;
  at: Signal<number>;
  again: () => Promise<void>;
}

/** Asks when shown and whenever `key` changes. An older answer never overwrites a newer one. */
export function useLoad<T>(make: () => Call<T>, key: string | number): Loaded<T> {
  const value = useSignal<T | null>(null);
  const fault = useSignal<Fault | null>(null);
  const slow = useSignal(false);
  const at = useSignal(0);
  const turn = useRef(0);
  const latest = useRef(make);
  latest.current = make;

  const again = useCallback(async (): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    const timer = setTimeout(() => { if (turn.current === mine) slow.value = true; }, 200);
    const result = await send(latest.current());
    clearTimeout(timer);
    if (turn.current !== mine) return;
    slow.value = false;
    if (result.ok) {
      value.value = result.value;
      fault.value = null;
      at.value = serverNow();
    } else fault.value = result.fault;
  }, []);

  useEffect(() => { void again(); }, [key]);
  useEffect(() => () => { turn.current += 1; }, []);
  return { value, fault, slow, at, again };
}

export interface Act {
  busy: boolean;
  fault: Fault | null;
  run: <T>(call: Call<T>) => Promise<Result<T>>;
  clear: () => void;
}

/** One thing at a time, confirmed by the server before anything is shown. */
export function useAct(asker: typeof send = send): Act {
  const busy = useSignal(false);
  const fault = useSignal<Fault | null>(null);
  const gone = useRef(false);
  useEffect(() => () => { gone.current = true; }, []);
  return {
    busy: busy.value,
    fault: fault.value,
    clear: () => { fault.value = null; },
    run: async (call) => {
      busy.value = true;
      fault.value = null;
      const result = await asker(call);
      if (!gone.current) {
        busy.value = false;
        if (!result.ok) fault.value = result.fault;
      }
      return result;
    },
  };
}

/** A short word that something is done. Never for a refusal: that stands beside its field. */
export const toast = signal<{ text: string; id: number } | null>(null);
let toastId = 0;
export function say(words: string): void {
  toastId += 1;
  const id = toastId;
  toast.value = { text: words, id };
  setTimeout(() => { if (toast.value?.id === id) toast.value = null; }, 5000);
}
