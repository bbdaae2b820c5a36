/* The detainee's frame: a wall terminal. No navigation; the way out is always in sight, and the terminal leaves by itself. */
import { useEffect } from 'preact/hooks';
import { lang, text } from '../text';
import { now } from '../state/clock';
import { setLanguage, setTitle } from '../state/prefs';
import { idleEnds, idleFor_s } from '../state/session';
import { ClockBadge, Seg } from '../ui/parts';
import { Band, Toast } from './frame';
import type { Page } from './pages';

function LeavesIn() {
  const t = text();
  void now.value;
  const all_s = idleFor_s();
  const left_s = Math.max(0, Math.ceil((idleEnds() - Date.now()) / 1000));
  return <ClockBadge share={1 - left_s / all_s} tone={left_s <= 15 ? 'near' : ''}>{t.idle.kiosk(left_s)}</ClockBadge>;
}

export function KioskFrame({ page }: { page: Page | null }) {
  const t = text();
  const place = page === null ? t.nav.me : page.words(t);
  useEffect(() => setTitle(place), [place]);
  const Screen = page?.screen;
  return (
    <>
      <div class="kiosk">
        <header class="k-top">
          <Seg label={t.lang.label} value={lang.value} options={[{ value: 'zh', words: t.lang.zh, lang: 'zh' }, { value: 'en', words: t.lang.en, lang: 'en' }]} onPick={(l) => { void setLanguage(l); }} />
          <LeavesIn />
        </header>
        <div><Band />{Screen ? <Screen /> : null}</div>
      </div>
      <Toast />
    </>
  );
}
