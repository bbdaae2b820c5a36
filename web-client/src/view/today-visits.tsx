/* The clinic's own visits of today: who is here, what comes next. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { sickText } from '../text/sick';
import { localVisits, visitDo, type LocalVisit, type VisitVerb } from '../wire/sick';
import { now } from '../state/clock';
import { brief, dayKey, hm, siteMidnight } from '../state/format';
import { news } from '../state/link';
import { useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField } from '../ui/form';
import { Button, Empty, FaultNotice, Section, Skeleton, St } from '../ui/parts';

const day_ms = 86_400_000;
const order = ['in-progress', 'triaged', 'arrived', 'planned', 'finished'];
const byTime = (a: LocalVisit, b: LocalVisit): number => (order.indexOf(a.state) === 4 ? 1 : 0) - (order.indexOf(b.state) === 4 ? 1 : 0) || (a.start ?? 0) - (b.start ?? 0);

function CallOff({ visit, onDone, onClose }: { visit: LocalVisit; onDone: () => void; onClose: () => void }) {
  const s = sickText();
  const act = useAct();
  const reason = useSignal('not-brought');
  const submit = async (): Promise<void> => { if ((await act.run(visitDo(visit.id, 'cancel', { reason: reason.value }))).ok) onDone(); };
  return (
    <Dialog title={`${s.callOffTitle} ${visit.patient.name}`} sub={s.callOffSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={s.callOffReason} value={reason.value} options={['not-brought', 'refused', 'other'].map((v) => ({ value: v, words: s.callOffReasons(v) }))} onPick={(v) => { reason.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? s.saving2 : false}>{s.callOffDo}</Button></div>
      </form>
    </Dialog>
  );
}

function VisitRow({ visit, again }: { visit: LocalVisit; again: () => void }) {
  const s = sickText();
  const act = useAct();
  const off = useSignal(false);
  const name = visit.patient.name;
  const run = async (verb: VisitVerb): Promise<void> => {
    const r = await act.run(visitDo(visit.id, verb));
    if (r.ok && verb === 'begin') go(`/patients/${visit.patient.id}`);
    else again();
  };
  const waits = ['planned', 'arrived', 'triaged'].includes(visit.state);
  return (
    <li data-row="" tabIndex={-1}>
      <b class="num">{visit.start === null ? '' : brief(visit.start) === hm(visit.start) ? hm(visit.start) : `${brief(visit.start)} ${hm(visit.start)}`}</b>
      <span><a data-open="" href={`/patients/${visit.patient.id}`}>{name}</a> <St tone={visit.state === 'in-progress' ? 'act' : visit.state === 'finished' ? 'ok' : undefined}>{visit.state === 'finished' ? s.outcomes(visit.outcome) : s.visitState(visit.state)}</St><br /><small>{visit.words}</small><FaultNotice fault={act.fault} /></span>
      {waits && (
        <span class="row wrap">
          {visit.state === 'planned' && <Button label={`${s.arrive} ${name}`} onClick={() => { void run('arrive'); }}>{s.arrive}</Button>}
          {visit.state === 'arrived' && <Button label={`${s.prepare} ${name}`} onClick={() => { void run('prepare'); }}>{s.prepare}</Button>}
          {has('clinic-doctor') && visit.state !== 'planned' && <Button kind="primary" label={`${s.see} ${name}`} onClick={() => { void run('begin'); }}>{s.see}</Button>}
          <Button kind="plain" label={`${s.callOff} ${name}`} onClick={() => { off.value = true; }}>{s.callOff}</Button>
        </span>
      )}
      {off.value && <CallOff visit={visit} onDone={() => { off.value = false; again(); }} onClose={() => { off.value = false; }} />}
    </li>
  );
}

export function TodayVisits() {
  const s = sickText();
  const midnight = siteMidnight(dayKey(now.value));
  const list = useLoad(() => localVisits(midnight, midnight + day_ms), `${midnight} ${news.sick.value}`);
  const all = list.value.value === null ? null : [...list.value.value].sort(byTime);
  const again = (): void => { void list.again(); };
  return (
    <Section id="visits" title={s.visits} count={all?.length}>
      <FaultNotice fault={list.fault.value} again={again} />
      {all === null && list.slow.value ? <Skeleton rows={2} /> : null}
      {all !== null && all.length === 0 ? <div class="home-empty"><Empty icon="people" title={s.visitsNone}>{s.visitsNoneText}</Empty></div> : null}
      {all !== null && all.length > 0 && <ul class="consult-list today narrow">{all.map((v) => <VisitRow key={v.id} visit={v} again={again} />)}</ul>}
    </Section>
  );
}
