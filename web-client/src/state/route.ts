/* Places by the History API. A place is a path alone: no filter, no name, no search ever stands in the address. */
import { signal } from '@preact/signals';

export const path = signal(location.pathname);

/** Paths the server answers itself. */
const native = /^\/(api|ca|healthz|metrics|ws|assets)(\/|\.|$)/;

export function go(to: string, replace = false): void {
  if (to === path.value) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  path.value = to;
  if (!replace) scrollTo(0, 0);
}

export function startRouting(): void {
  addEventListener('popstate', () => { path.value = location.pathname; });
  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = e.target instanceof Element ? e.target.closest('a') : null;
    if (!link || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (native.test(link.pathname)) return;
    e.preventDefault();
    if (link.hash !== '') {
      const target = document.getElementById(link.hash.slice(1));
      target?.focus();
      return;
    }
    go(link.pathname);
  });
}
