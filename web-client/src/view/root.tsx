/* What is shown: login, the page, the veil over it. */
import { effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { faultText, text } from '../text';
import { ending } from '../state/idle';
import { go, path } from '../state/route';
import { beginSession, over, session, unknown } from '../state/session';
import { lazy } from '../ui/lazy';
import { Empty, Button } from '../ui/parts';
import { Frame } from './frame';
import { Gate, IdleWarning } from './gate';
import { KioskFrame } from './kiosk-frame';
import { LoginPage } from './login';
import { homeFor, pageAt, pages, pagesFor, roomAt } from './pages';

/** Where somebody wanted to go before logging in. */
let wanted: string | null = null;

export function keepPlace(): void {
  effect(() => {
    const s = session.value;
    const at = path.value;
    if (s === null) {
      if (at !== '/login' && at !== '/invite' && at !== '/terminal') {
        if (at !== '/' && (pageAt(pages, at) !== null || roomAt(at) !== null)) wanted = at;
        go('/login', true);
      }
      return;
    }
    if (at === '/' || at === '/login' || at === '/terminal') {
      const place = wanted !== null && roomAt(wanted) !== null ? '/rooms' : wanted;
      const open = place !== null && pageAt(pagesFor(s.account.roles), place) !== null;
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
    const timer = setInterval(() => { void beginSession(); }, ask_ms);
    return () => clearInterval(timer);
  }, []);
  return (
    <main class="page">
      <Empty icon="warn" title={unknown.value === null ? '' : faultText(unknown.value)} action={<Button kind="primary" onClick={() => { void beginSession(); }}>{t.retry}</Button>} />
    </main>
  );
}

const Terminal = lazy(async () => (await import('./terminal')).TerminalPage);
const Invite = lazy(async () => (await import('./invite')).InvitePage);

function RoomAt({ id }: { id: string }) {
  const Screen = useMemo(() => lazy(async () => { const { RoomPage } = await import('./room'); return () => <RoomPage id={id} />; }), [id]);
  return <Screen />;
}

export function Root() {
  const s = session.value;
  if (path.value === '/invite') return <Invite />;
  if (s === null && path.value === '/terminal') return <Terminal />;
  if (s === null) return unknown.value === null ? <LoginPage /> : <Unreached />;
  const page = pageAt(pagesFor(s.account.roles), path.value);
  const room = roomAt(path.value);
  const inRoom = room !== null && pagesFor(s.account.roles).some((p) => p.path === '/rooms');
  const kiosk = s.account.roles.includes('detainee');
  return (
    <>
      {kiosk ? <KioskFrame page={page} /> : inRoom ? <RoomAt id={room} key={room} /> : <Frame page={page} />}
      {over.value !== null && <Gate />}
      {over.value === null && ending.value !== null && !kiosk && <IdleWarning />}
    </>
  );
}
