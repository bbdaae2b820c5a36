/* Letter keys (design: / search, J K move, Enter open, ? all). They rest while one types and under a dialog, and can be turned off. */
import { signal } from '@preact/signals';

export const lettersOn = signal(true);
export const keysShown = signal(false);

export const typing = (e: KeyboardEvent): boolean => {
  const at = e.target;
  return at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
};

/* Whoever is typing when a dialog comes by itself goes on for a moment without looking: those keys must not land in a field of it, least of all in
 * one for a password. A press or Enter in between has asked for the dialog. */
const HAND_MS = 1500;
let typedAt = -HAND_MS;
export const isHandBusy = (): boolean => performance.now() - typedAt < HAND_MS;

function listenHand(): void {
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Enter') typedAt = -HAND_MS;
    else if (typing(e) && (e.key.length === 1 || e.key === 'Process' || e.key === 'Backspace')) typedAt = performance.now();
  }, true);
  document.addEventListener('pointerdown', () => { typedAt = -HAND_MS; }, true);
}

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
  listenHand();
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
