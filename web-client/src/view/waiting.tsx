/* Who waits for a consultation, in the order in which they are served. */
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { waiting, type Waiting } from '../wire/agenda';
import { now } from '../state/clock';
import { countdown } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { Empty, FaultNotice, PageHead, Skeleton, When } from '../ui/parts';
import { chosen } from '../state/joint';
import { go } from '../state/route';
import { Button } from '../ui/parts';
import { TriageMark } from './invitations';
import './agenda.css';

function One({ w }: { w: Waiting }) {
  const a = agendaText();
  const left = w.offered_until === null ? 0 : w.offered_until - now.value;
  return (
    <li data-row="" tabIndex={-1}>
      <div>
        <div class="row"><b>{w.name}</b><TriageMark level={w.triage} />{w.aged !== w.triage && <small class="muted">{a.aged(a.triage(w.aged))}</small>}</div>
        <p><span>{a.waitsSince} <When at={w.since} /></span><span>{a.target} <When at={w.target} /></span>{left > 0 && <span>{a.offered(countdown(left))}</span>}</p>
        <p><span class="chips">{w.needs.map((n) => <span key={n.need} class="chip">{a.need(n.need)}{n.name === '' ? '' : ` ${n.name}`}</span>)}<span class="chip">{a.minutes(w.minutes)}</span></span></p>
      </div>
      <Button open label={`${a.findFor} ${w.name}`} onClick={() => { chosen.value = w; go('/joint'); }}>{a.findFor}</Button>
    </li>
  );
}

export function WaitingPage() {
  const a = agendaText();
  const list = useLoad(waiting, news.agenda.value);
  const all = list.value.value;
  text();
  return (
    <>
      <PageHead title={a.waiting} sum={a.waitingSum} />
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="list" title={a.waitingNone}>{a.waitingNoneText}</Empty> : null}
      {all !== null && all.length > 0 ? <ul class="waits">{all.map((w) => <One key={w.request} w={w} />)}</ul> : null}
    </>
  );
}
