/* My health: what one can do here, large enough to press without looking twice. */
import { kioskText } from '../text/kiosk';
import { ownText } from '../text/own';
import { ownNews } from '../wire/own';
import { useLoad } from '../state/load';
import { logout, session } from '../state/session';
import { Icon } from '../ui/icon';
import { Button, Notice } from '../ui/parts';
import { KioskHead, kioskWhen } from './kiosk-parts';

export function Kiosk() {
  const k = kioskText();
  const s = session.value;
  const news = useLoad(ownNews, s?.account.person ?? '');
  const hasNews = (news.value.value ?? 0) > 0;
  if (s === null) return null;
  const rows = [
    { to: '/me/ask', icon: 'ask', title: k.ask, words: k.askText },
    { to: '/me/requests', icon: 'list', title: k.requests, words: k.requestsText },
    { to: '/me/appointments', icon: 'cal', title: k.appointments, words: k.appointmentsText },
    { to: '/me/record', icon: 'chart', title: k.record, words: k.recordText },
  ] as const;
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={k.hello} sub={k.sub} aloud={[...(hasNews ? [ownText().news] : []), ...rows.flatMap((r) => [r.title, r.words]), k.privacy, k.urgent]} />
        {hasNews && <Notice tone="act" live><a href="/me/record">{ownText().news}</a></Notice>}
        <ul class="k-rows">{rows.map((r) => <li key={r.to}><Icon name={r.icon} /><h2><a href={r.to}>{r.title}</a></h2><p>{r.words}</p></li>)}</ul>
        {s.last_login !== null && <p class="muted">{k.last(kioskWhen(s.last_login.at))}</p>}
      </main>
      <footer class="k-foot">
        <Notice tone="bad">{k.urgent}</Notice>
        <p class="privacy"><Icon name="lock" />{k.privacy}</p>
        <Button kind="primary" block icon="leave" onClick={() => { void logout(); }}>{k.leave}</Button>
      </footer>
    </>
  );
}
