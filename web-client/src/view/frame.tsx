/* The frame around each page: navigation, the top bar with the line's state and the site's clock, banners. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { now } from '../state/clock';
import { day, hm, hms, offset } from '../state/format';
import { link, reconnect, upgraded } from '../state/link';
import { toast } from '../state/load';
import { setTitle } from '../state/prefs';
import { path } from '../state/route';
import { logout, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Check } from '../ui/form';
import { Icon } from '../ui/icon';
import { keysShown, lettersOn } from '../ui/keys';
import { Button, Empty, IconButton, PageHead, St } from '../ui/parts';
import { homeFor, pagesFor, type Page } from './pages';
import { RingAlert } from './ring-alert';

export function LinkWords() {
  const t = text();
  const at = link.value;
  switch (at.is) {
    case 'live': return <St tone="ok">{t.link.live}</St>;
    case 'connecting': return <St tone="act">{t.link.connecting}</St>;
    case 'lost': return <St tone="bad">{t.link.lost}</St>;
    case 'off': return <St>{t.link.off}</St>;
  }
}

const banner_ms = 2000;

export function Band() {
  const t = text();
  const at = link.value;
  const lost = at.is === 'lost' && Date.now() - at.since >= banner_ms;
  const late = useSignal(0);
  useEffect(() => {
    if (at.is !== 'lost') return;
    const timer = setTimeout(() => { late.value += 1; }, Math.max(0, at.since + banner_ms - Date.now()) + 10);
    return () => clearTimeout(timer);
  }, [at.is]);
  void late.value;
  return (
    <div class="band" role="status">
      {lost && at.is === 'lost' ? <div class="lost" data-lost=""><Icon name="warn" size="m" /><span class="grow">{t.link.banner(hms(at.since + (now.peek() - Date.now())))}</span><button type="button" class="linkish" onClick={reconnect}>{t.link.now}</button></div> : null}
      {upgraded.value ? <div class="lost"><Icon name="info" size="m" /><span class="grow">{t.broken.text}</span><button type="button" class="linkish" onClick={() => location.reload()}>{t.reload}</button></div> : null}
    </div>
  );
}

function Clock() {
  const at = now.value;
  return <span class="site-time end"><time><span class="date">{day(at)} </span>{hm(at)}</time> <span class="muted">{offset(at)}</span></span>;
}

function KeysDialog() {
  const t = text();
  const close = (): void => { keysShown.value = false; };
  return (
    <Dialog title={t.keys.title} onClose={close}>
      <dl class="keys-list">
        <dt><span class="kbd">/</span></dt><dd>{t.keys.search}</dd>
        <dt><span class="kbd">J</span></dt><dd>{t.keys.next}</dd>
        <dt><span class="kbd">K</span></dt><dd>{t.keys.prev}</dd>
        <dt><span class="kbd">{t.keys.enter}</span></dt><dd>{t.keys.open}</dd>
        <dt><span class="kbd">{t.keys.esc}</span></dt><dd>{t.keys.close}</dd>
        <dt><span class="kbd">?</span></dt><dd>{t.keys.all}</dd>
      </dl>
      <Check label={t.keys.letters} help={t.keys.lettersHelp} checked={lettersOn.value} onPick={(on) => { lettersOn.value = on; }} />
      <div class="actions"><Button kind="primary" onClick={close}>{t.close}</Button></div>
    </Dialog>
  );
}

export const Toast = () => <div class="toast" role="status">{toast.value && <span key={toast.value.id}>{toast.value.text}</span>}</div>;

function NotFound() {
  const t = text();
  return <><PageHead title={t.notFound.title} /><Empty icon="search" title={t.notFound.title} action={<a class="btn btn-primary" href={homeFor(session.value?.account.roles ?? [])}>{t.notFound.home}</a>}>{t.notFound.text}</Empty></>;
}

export function Frame({ page }: { page: Page | null }) {
  const t = text();
  const s = session.value;
  const place = page === null ? t.notFound.title : page.words(t);
  useEffect(() => setTitle(place), [place]);
  useEffect(() => { document.querySelector('.tabbar [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }); }, [place]);

  /* A new place: the reader starts at its heading. */
  const first = useSignal(true);
  useEffect(() => {
    if (first.value) { first.value = false; return; }
    document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
  }, [path.value]);

  if (s === null) return null;
  const mine = pagesFor(s.account.roles).filter((p) => p.under === undefined);
  const here = (p: Page): 'page' | undefined => (p === page || p.path === page?.under ? 'page' : undefined);
  const Screen = page?.screen;
  const item = (p: Page) => <a key={p.path} class="nav-item" href={p.path} aria-current={here(p)} title={p.words(t)}><Icon name={p.icon} /><span class="nav-label">{p.words(t)}</span></a>;
  const guard = s.account.world === 'custody';

  return (
    <>
      <div class="app">
        <nav class="side" aria-label={t.nav.main}>
          <a class="skip vh" href="#main">{t.skip}</a>
          <a class="brand" href={homeFor(s.account.roles)} aria-label={t.brand}><Icon name="brand" size="l" /><b>{t.brand}</b></a>
          {mine.filter((p) => p.roles !== 'all').map(item)}
          <div class="push" />
          {mine.filter((p) => p.roles === 'all').map(item)}
          <button type="button" class="nav-item" title={t.nav.logout} onClick={() => { void logout(); }}><Icon name="leave" /><span class="nav-label">{t.nav.logout}</span></button>
        </nav>
        <header class="topbar">
          <a class="mark" href={homeFor(s.account.roles)} aria-label={t.brand}><Icon name="brand" size="l" /><b>{t.brand}</b></a>
          <span class="site">{t.brands.includes(s.site.name) ? '' : s.site.name}</span>
          <Clock />
          <span class="linkstate row" role="status" data-link={link.value.is}><LinkWords /></span>
          <IconButton icon="keys" label={t.nav.keys} onClick={() => { keysShown.value = true; }} />
          <a class="who" href="/account"><span class="vh">{t.nav.account} </span><span class="avatar" aria-hidden="true">{[...s.account.display][0]}</span><span class="soft">{s.account.display}</span></a>
        </header>
        <Band />
        <main class={page?.bare === true ? undefined : 'page'} id="main" tabIndex={-1} data-density={guard ? 'cosy' : undefined} key={page?.path ?? 'none'}>{Screen ? <Screen /> : <NotFound />}</main>
        <nav class="tabbar" aria-label={t.nav.phone}>
          {mine.map((p) => <a key={p.path} href={p.path} aria-current={here(p)}><Icon name={p.icon} />{(p.short ?? p.words)(t)}</a>)}
        </nav>
      </div>
      {keysShown.value && <KeysDialog />}
      {s.account.roles.includes('specialist') && <RingAlert />}
      <Toast />
    </>
  );
}
