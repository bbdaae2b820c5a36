/* On Today: who is to be looked at because a platform of the house, or the house itself, says that something may be wrong; each with its clock until somebody has seen it. Who raised it hears
   "seen" and "done", and nothing else. */
import { concernText } from '../text/concern';
import { concernDo, concerns, type Concern } from '../wire/concerns';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, FaultNotice, Section, Sep, St } from '../ui/parts';
import { Clock } from './sick-list';

function Line({ of, again }: { of: Concern; again: () => void }) {
  const t = concernText();
  const act = useAct();
  const whom = of.patient.name === '' ? of.cell : of.patient.name;
  const run = async (verb: 'seen' | 'done'): Promise<void> => { const r = await act.run(concernDo(of.id, verb)); if (r.ok) { say(verb === 'seen' ? t.seenSaid : t.doneSaid); again(); } };
  return (
    <div class="sick" data-row="" tabIndex={-1}>
      <span class={`urg ${of.state === 'received' ? 'urgent' : 'routine'}`}>{t.kind(of.kind)}</span>
      <span class="who"><b>{whom}</b><span>{of.patient.name === '' ? t.cellWhole : of.patient.cell}{of.patient.number !== '' && <><Sep />{of.patient.number}</>}</span></span>
      <span class="say">{of.patient.id === '' ? t.lookAtCell : <a href={`/patients/${of.patient.id}`} data-open="">{t.chart}</a>}<span>{t.from(of.source, of.at === null ? '' : stamp(of.at))}</span><FaultNotice fault={act.fault} /></span>
      {of.state === 'received' && of.at !== null && of.due !== null ? <Clock from={of.at} due={of.due} /> : <St tone="act">{t.seenBy(of.by)}</St>}
      <span class="go">{of.state === 'received' ? <Button kind="primary" label={`${t.seen} ${whom}`} busy={act.busy ? t.saving : false} onClick={() => { void run('seen'); }}>{t.seen}</Button> : <Button label={`${t.done} ${whom}`} busy={act.busy ? t.saving : false} onClick={() => { void run('done'); }}>{t.done}</Button>}</span>
    </div>
  );
}

/** Nothing where nobody is to be looked at. */
export function ConcernsToday() {
  const t = concernText();
  const load = useLoad(concerns, `${news.sick.value} ${news.late.value}`);
  const all = load.value.value ?? [];
  if (load.fault.value !== null) return <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />;
  if (all.length === 0) return null;
  return (
    <Section id="concerns" title={t.title} count={all.length}>
      <div class="list">{all.map((c) => <Line key={`${c.id} ${c.state}`} of={c} again={() => { void load.again(); }} />)}</div>
      <p class="muted small">{t.help}</p>
    </Section>
  );
}
