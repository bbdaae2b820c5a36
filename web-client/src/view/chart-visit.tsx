/* The visit that is under way, or that waits, above the chart: what is written now belongs to it; its end asks what came of it. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { sickText } from '../text/sick';
import { localVisit, visitDo, type LocalVisit } from '../wire/sick';
import { all, isLocal, type Chart } from '../state/chart';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, FaultNotice } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';

function Finish({ visit, onDone, onClose }: { visit: LocalVisit; onDone: () => void; onClose: () => void }) {
  const s = sickText();
  const act = useAct();
  const outcome = useSignal('treated');
  const submit = async (): Promise<void> => {
    if (!(await act.run(visitDo(visit.id, 'finish', { outcome: outcome.value }))).ok) return;
    say(s.finished);
    onDone();
  };
  return (
    <Dialog title={s.finishTitle} sub={s.finishSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={s.outcome} value={outcome.value} options={['treated', 'observe', 'consultation', 'referred', 'refused'].map((v) => ({ value: v, words: s.outcomes(v) }))} onPick={(v) => { outcome.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? s.finishing : false}>{s.finishDo}</Button></div>
      </form>
    </Dialog>
  );
}

function Bar({ chart, id }: { chart: Chart; id: string }) {
  const s = sickText();
  const load = useLoad(() => localVisit(id), `${id} ${news.sick.value}`);
  const act = useAct();
  const open = useSignal<'finish' | 'sight' | null>(null);
  const visit = load.value.value;
  if (visit === null || visit.state === 'finished' || visit.state === 'cancelled') return null;
  const begun = visit.state === 'in-progress';
  const again = (): void => { open.value = null; void load.again(); void chart.encounters.again(); };
  const begin = async (): Promise<void> => { await act.run(visitDo(id, 'begin')); again(); };
  return (
    <section class="visit-bar" aria-label={s.visits}>
      <Icon name="time" size="m" />
      <span class="grow"><b>{begun ? s.visitBar(visit.begun === null ? '' : stamp(visit.begun)) : s.visitWaits(s.visitState(visit.state))}</b><span class="muted">{visit.words}{visit.sights > 0 && ` ${s.sights(visit.sights)}`}</span><FaultNotice fault={act.fault} /></span>
      <span class="row wrap">
        {begun && <Button kind="plain" icon="eye" onClick={() => { open.value = 'sight'; }}>{s.sight}</Button>}
        {begun && has('clinic-doctor') && <a class="btn" href={`/visits/new/${chart.id}/${id}`}><Icon name="video" />{s.consult}</a>}
        {begun && has('clinic-doctor') && <Button kind="primary" onClick={() => { open.value = 'finish'; }}>{s.finish}</Button>}
        {!begun && has('clinic-doctor') && <Button kind="primary" busy={act.busy ? s.seeing : false} onClick={() => { void begin(); }}>{s.begin}</Button>}
      </span>
      {open.value === 'finish' && <Finish visit={visit} onDone={again} onClose={() => { open.value = null; }} />}
      {open.value === 'sight' && <ReasonDialog title={s.sightTitle} sub={s.sightSub} act={s.sightDo} busy={s.saving2} draft={['visit', id, 'sight']} call={(reason) => visitDo(id, 'sight', { reason })} onDone={() => { say(s.sighted); again(); }} onClose={() => { open.value = null; }} />}
    </section>
  );
}

export function VisitBar({ chart }: { chart: Chart }) {
  const visit = all(chart.encounters).find((e) => isLocal(e) && ['in-progress', 'triaged', 'arrived', 'planned'].includes(e.status));
  return visit === undefined ? null : <Bar key={visit.id} chart={chart} id={visit.id} />;
}
