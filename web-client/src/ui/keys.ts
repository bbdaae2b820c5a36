/* Letter keys (design: / search, J K move, Enter open, ? all). They rest while one types and under a dialog, and can be turned off. */
import { signal } from '@preact/signals';

export const lettersOn = signal(true);
export const keysShown = signal(false);

export const typing = (e: KeyboardEvent): boolean => {
  const at = e.target;
  return at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
};

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('main [data-row]')];

function move(by: 1 | -1): void {
  const all = rows();
  if (all.length === 0) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[at === -1 ? (by === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

export function listenKeys(): void {
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (e.key === 'Escape' && typing(e) && e.target instanceof HTMLInputElement && e.target.type === 'search') {
      e.target.blur();
      return;
    }
    if (typing(e)) return;
    if (e.key === 'Enter' && document.activeElement instanceof HTMLElement && document.activeElement.matches('[data-row]')) {
      const open = document.activeElement.querySelector<HTMLElement>('[data-open]');
      if (open) {
        e.preventDefault();
        open.click();
      }
      return;
    }
    if (!lettersOn.value) return;
    switch (e.key) {
      case '/': {
        const search = document.querySelector<HTMLElement>('main [data-search]');
        if (search) { e.preventDefault(); search.focus(); }
        break;
      }
      case '?': e.preventDefault(); keysShown.value = true; break;
      case 'j': case 'J': e.preventDefault(); move(1); break;
      case 'k': case 'K': e.preventDefault(); move(-1); break;
      default: break;
    }
  });
}
