/* Over the page when the session has ended: log in again and everything is where it was. And the warning before it ends. */
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { ending, stayOn } from '../state/idle';
import { loadSession, logout, over, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Button, ClockBadge, Notice } from '../ui/parts';
import { LoginFlow } from './login-flow';

export function Gate() {
  const t = text();
  useEffect(() => {
    document.documentElement.classList.add('veiled');
    return () => document.documentElement.classList.remove('veiled');
  }, []);
  const s = session.value;
  if (s === null) return null;
  const why = over.value?.why ?? null;
  return (
    <Dialog title={t.expired.title} firm kind="gate" onClose={() => {}} sub={why === null ? t.expired.plain : t.expired.endings[why]}>
      <Notice tone="act">{t.expired.kept}</Notice>
      <LoginFlow same={s.account} heading="none" onDone={async () => { await loadSession(); }} />
      <p><button type="button" class="linkish" onClick={() => { void logout(); }}>{t.expired.other}</button></p>
    </Dialog>
  );
}

export function IdleWarning() {
  const t = text();
  const left = ending.value ?? 0;
  return (
    <Dialog title={t.idle.title} sub={t.idle.text} onClose={() => { void stayOn(); }}>
      <p role="timer"><ClockBadge share={1 - left / 60} tone={left <= 15 ? 'over' : 'near'}><b class="num">{t.idle.left(left)}</b></ClockBadge></p>
      <div class="actions">
        <Button onClick={() => { void logout(); }}>{t.idle.leave}</Button>
        <Button kind="primary" onClick={() => { void stayOn(); }}>{t.idle.stay}</Button>
      </div>
    </Dialog>
  );
}
