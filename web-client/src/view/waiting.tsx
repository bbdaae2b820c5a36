/* Who waits for a consultation, in the order in which they are served. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { retriage, triages, waiting, type Triage, type Waiting } from '../wire/agenda';
import { now } from '../state/clock';
import { countdown, longSpan } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { ClockBadge, Empty, FaultNotice, PageHead, Skeleton, When } from '../ui/parts';
import { chosen } from '../state/joint';
import { go } from '../state/route';
import { Button } from '../ui/parts';
import { TriageMark } from './invitations';
import { Override } from './override';
import './agenda.css';

/** Another class: up at any time, down with a reason. */
function Retriage({ w, onDone, onClose }: { w: Waiting; onDone: () => void; onClose: () => void }) {
  const t = text();
  const a = agendaText();
  const act = useAct();
  const to = useSignal<Triage>(triages.find((x) => x === w.triage) ?? 'routine');
  const why = useSignal('');
  const lower = triages.indexOf(to.value) > triages.findIndex((x) => x === w.triage);
  const submit = async (): Promise<void> => {
    if (lower && why.value.trim() === '') return;
    const done = await act.run(retriage(w.request, to.value, why.value.trim()));
    if (done.ok) { say(a.retriaged); onDone(); }
  };
  return (
    <Dialog title={a.retriage} sub={a.retriageSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={a.retriageTo} value={to.value} options={triages.map((x) => ({ value: x, words: a.triage(x) }))} onPick={(v) => { to.value = v; }} />
        {lower && <TextField label={a.retriageWhy} value={why.value} max={160} error={why.value.trim() === '' ? t.required : undefined} onInput={(v) => { why.value = v; }} />}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? a.retriaging : false}>{a.retriageDo}</Button></div>
      </form>
    </Dialog>
  );
}

function One({ w, again, onFirst }: { w: Waiting; again: () => void; onFirst: () => void }) {
  const a = agendaText();
  const left = w.offered_until === null ? 0 : w.offered_until - now.value;
  const changing = useSignal(false);
  const ahead = w.target - now.value;
  const used = (now.value - w.since) / Math.max(1, w.target - w.since);
  return (
    <li data-row="" tabIndex={-1}>
      <div>
        <div class="row"><b>{w.name}</b><TriageMark level={w.triage} />{w.aged !== w.triage && <small class="muted">{a.aged(a.triage(w.aged))}</small>}</div>
        <p><span>{a.waitsSince} <When at={w.since} /></span><span>{a.target} <When at={w.target} /></span><ClockBadge share={used} tone={ahead <= 0 ? 'over' : used > 0.8 ? 'near' : ''}>{ahead <= 0 ? a.pastTarget(longSpan(-ahead / 1000)) : a.toTarget(longSpan(ahead / 1000))}</ClockBadge>{left > 0 && <span>{a.offered(countdown(left))}</span>}</p>
        <p><span class="chips">{w.needs.map((n) => <span key={n.need} class="chip">{a.need(n.need)}{n.name === '' ? '' : ` ${n.name}`}</span>)}<span class="chip">{a.minutes(w.minutes)}</span></span></p>
      </div>
      {has('scheduling-admin') ? <Button open label={`${a.findFor} ${w.name}`} onClick={() => { chosen.value = w; go('/joint'); }}>{a.findFor}</Button> : (
        <span class="row wrap">
          {has('clinic-doctor') && <Button kind="danger" icon="u1" label={`${a.override} ${w.name}`} onClick={onFirst}>{a.override}</Button>}
          <Button open label={`${a.retriage} ${w.name}`} onClick={() => { changing.value = true; }}>{a.retriage}</Button>
        </span>
      )}
      {changing.value && <Retriage w={w} onDone={() => { changing.value = false; again(); }} onClose={() => { changing.value = false; }} />}
    </li>
  );
}

export function WaitingPage() {
  const a = agendaText();
  const list = useLoad(waiting, news.agenda.value);
  /* Stays when its row goes: what gave way is read before it is closed. */
  const first = useSignal<Waiting | null>(null);
  const all = list.value.value;
  text();
  return (
    <>
      <PageHead title={a.waiting} sum={a.waitingSum} />
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="list" title={a.waitingNone}>{a.waitingNoneText}</Empty> : null}
      {all !== null && all.length > 0 ? <ul class="waits">{all.map((w) => <One key={w.request} w={w} again={() => { void list.again(); }} onFirst={() => { first.value = w; }} />)}</ul> : null}
      {first.value !== null && <Override w={first.value} onClose={() => { first.value = null; void list.again(); }} />}
    </>
  );
}
