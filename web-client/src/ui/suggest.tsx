/* A field that asks the server while one types, and a list to choose from: arrows, Enter, Esc. */
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { faultText } from '../text';
import type { Call } from '../wire/http';
import { send } from '../state/session';

export interface SuggestProps<T> { label: string; none: string; ask: (text: string) => Call<T[]>; words: (item: T) => { key: string; main: string; side: string }; onPick: (item: T) => void; error?: string | undefined; value?: string }

export function Suggest<T>({ label, none, ask, words, onPick, error, value = '' }: SuggestProps<T>) {
  const id = useId();
  const typed = useSignal(value);
  const found = useSignal<T[] | null>(null);
  const fault = useSignal('');
  const at = useSignal(0);
  const quiet = useSignal(true);
  useEffect(() => { typed.value = value; quiet.value = true; found.value = null; }, [value]);
  useEffect(() => {
    const text = typed.value.trim();
    if (quiet.value || text === '') { found.value = null; return undefined; }
    let gone = false;
    const timer = setTimeout(() => {
      void send(ask(text)).then((r) => {
        if (gone) return;
        fault.value = r.ok ? '' : faultText(r.fault);
        found.value = r.ok ? r.value : null;
        at.value = 0;
      });
    }, 200);
    return () => { gone = true; clearTimeout(timer); };
  }, [typed.value]);
  const pick = (item: T): void => { quiet.value = true; found.value = null; typed.value = value; onPick(item); };
  const list = found.value ?? [];
  const onKey = (e: KeyboardEvent): void => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); at.value = Math.min(list.length - 1, Math.max(0, at.value + (e.key === 'ArrowDown' ? 1 : -1))); }
    const item = list[at.value];
    if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); if (item !== undefined) pick(item); }
    if (e.key === 'Escape' && found.value !== null) { e.preventDefault(); e.stopPropagation(); found.value = null; }
  };
  const wrong = error ?? (fault.value === '' ? undefined : fault.value);
  return (
    <div class={`field pick${wrong === undefined ? '' : ' bad'}`}>
      <label for={id}>{label}</label>
      <input id={id} class="input" role="combobox" aria-expanded={list.length > 0} aria-controls={list.length > 0 ? `${id}-l` : undefined} aria-autocomplete="list" aria-activedescendant={list.length > 0 ? `${id}-${at.value}` : undefined} autocomplete="off" spellcheck={false} value={typed.value}
        aria-invalid={wrong !== undefined ? 'true' : undefined} aria-describedby={wrong === undefined ? undefined : `${id}-e`}
        onInput={(e) => { quiet.value = false; typed.value = e.currentTarget.value; }} onKeyDown={onKey} />
      {list.length > 0 && <ul class="pop" role="listbox" id={`${id}-l`} aria-label={label}>{list.map((item, i) => { const w = words(item); return <li key={w.key} id={`${id}-${i}`} role="option" aria-selected={i === at.value} onPointerDown={(e) => { e.preventDefault(); pick(item); }}><span>{w.main}</span> <small class="muted">{w.side}</small></li>; })}</ul>}
      {found.value !== null && list.length === 0 && <p class="help" role="status">{none}</p>}
      {wrong !== undefined && <p class="error" id={`${id}-e`} role="alert">{wrong}</p>}
    </div>
  );
}
