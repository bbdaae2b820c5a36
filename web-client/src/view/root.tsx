/* What is shown: login, the page, the veil over it. */
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { faultText, text } from '../text';
import { ending } from '../state/idle';
import { go, path } from '../state/route';
import { loadSession, over, session, unknown } from '../state/session';
import { Empty, Button } from '../ui/parts';
import { Frame } from './frame';
import { Gate, IdleWarning } from './gate';
import { KioskFrame } from './kiosk-frame';
import { LoginPage } from './login';
import { homeFor, pages, pagesFor } from './pages';

/** Where somebody wanted to go before logging in. */
let wanted: string | null = null;

export function keepPlace(): void {
  effect(() => {
    const s = session.value;
    const at = path.value;
    if (s === null) {
      if (at !== '/login') {
        if (at !== '/' && pages.some((p) => p.path === at)) wanted = at;
        go('/login', true);
      }
      return;
    }
    if (at === '/' || at === '/login') {
      const open = wanted !== null && pagesFor(s.account.roles).some((p) => p.path === wanted);
      go(open && wanted !== null ? wanted : homeFor(s.account.roles), true);
      wanted = null;
    }
  });
}

const ask_ms = 4000;

/** The server could not say who is logged in: asks again by itself. */
function Unreached() {
  const t = text();
  useEffect(() => {
    const timer = setInterval(() => { void loadSession(); }, ask_ms);
    return () => clearInterval(timer);
  }, []);
  return (
    <main class="page">
      <Empty icon="warn" title={unknown.value === null ? '' : faultText(unknown.value)} action={<Button kind="primary" onClick={() => { void loadSession(); }}>{t.retry}</Button>} />
    </main>
  );
}

export function Root() {
  const s = session.value;
  if (s === null) return unknown.value === null ? <LoginPage /> : <Unreached />;
  const page = pagesFor(s.account.roles).find((p) => p.path === path.value) ?? null;
  const kiosk = s.account.roles.includes('detainee');
  return (
    <>
      {kiosk ? <KioskFrame page={page} /> : <Frame page={page} />}
      {over.value !== null && <Gate />}
      {over.value === null && ending.value !== null && !kiosk && <IdleWarning />}
    </>
  );
}
