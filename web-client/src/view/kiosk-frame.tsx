/* The detainee's frame: a wall terminal. No navigation; the way out is always in sight, and the terminal leaves by itself. */
import { kioskText } from '../text/kiosk';
import { text } from '../text';
import { now } from '../state/clock';
import { idleEnds, idleFor_s } from '../state/session';
import { ClockBadge } from '../ui/parts';
import { Band, Toast } from './frame';
import { KioskLangs, useKioskPage } from './kiosk-parts';
import type { Page } from './pages';

function LeavesIn() {
  void now.value;
  const all_s = idleFor_s();
  const left_s = Math.max(0, Math.ceil((idleEnds() - Date.now()) / 1000));
  return <ClockBadge share={1 - left_s / all_s} tone={left_s <= 15 ? 'near' : ''}>{kioskText().leavesIn(left_s)}</ClockBadge>;
}

export function KioskFrame({ page }: { page: Page | null }) {
  useKioskPage(page === null ? kioskText().hello : page.words(text()));
  const Screen = page?.screen;
  return (
    <>
      <div class="kiosk">
        <header class="k-top"><KioskLangs /><LeavesIn /></header>
        <div><Band />{Screen ? <Screen /> : null}</div>
      </div>
      <Toast />
    </>
  );
}
