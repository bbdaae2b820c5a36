/* Tables: hairlines; J K move over rows, Enter opens, a click anywhere in a row opens what its one button opens. */
import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { Icon } from './icon';

export interface Column { words: string; wide?: boolean; end?: boolean; hidden?: boolean }

export function Table({ label, columns, children }: { label: string; columns: readonly Column[]; children: ComponentChildren }) {
  const click = (e: TargetedMouseEvent<HTMLTableElement>): void => {
    if (!(e.target instanceof Element) || e.target.closest('a, button, input, label') || String(getSelection() ?? '') !== '') return;
    e.target.closest('tr')?.querySelector<HTMLElement>('[data-open]')?.click();
  };
  return (
    <div class="tablewrap">
      <table class="table fold" aria-label={label} onClick={click}>
        <thead><tr>{columns.map((c) => <th key={c.words} scope="col" class={[c.wide ? 'wide' : '', c.end ? 'right' : ''].join(' ').trim() || undefined}>{c.hidden ? <span class="vh">{c.words}</span> : c.words}</th>)}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export const Row = ({ children }: { children: ComponentChildren }) => <tr data-row="" tabIndex={-1}>{children}</tr>;

/** A search that asks after a breath, at once on Enter. `/` brings the focus here. */
export function Search({ label, value, onSearch }: { label: string; value: string; onSearch: (q: string) => void }) {
  const typed = useSignal(value);
  useEffect(() => { typed.value = value; }, [value]);
  useEffect(() => {
    if (typed.value === value) return;
    const timer = setTimeout(() => onSearch(typed.value), 300);
    return () => clearTimeout(timer);
  }, [typed.value]);
  return (
    <form role="search" class="field" onSubmit={(e) => { e.preventDefault(); onSearch(typed.value); }}>
      <label class="search">
        <Icon name="search" size="s" /><span class="vh">{label}</span>
        <input type="search" data-search="" value={typed.value} placeholder={label} autocomplete="off" spellcheck={false} onInput={(e) => { typed.value = e.currentTarget.value; }} />
        <span class="kbd" aria-hidden="true">/</span>
      </label>
    </form>
  );
}

export function KeyHints() {
  const t = text();
  return (
    <p class="keys" aria-hidden="true">
      <span><span class="kbd">J</span><span class="kbd">K</span>{t.keys.next}</span>
      <span><span class="kbd">{t.keys.enter}</span>{t.keys.open}</span>
      <span><span class="kbd">/</span>{t.search}</span>
      <span><span class="kbd">?</span>{t.nav.keys}</span>
    </p>
  );
}
