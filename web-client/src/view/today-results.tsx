/* Results that nobody has acknowledged, by their hour: one click, which stands in the record. */
import { sickText } from '../text/sick';
import { acknowledge, type WorkRow } from '../wire/sick';
import { stamp } from '../state/format';
import { say, useAct, type Loaded } from '../state/load';
import { Button, Empty, FaultNotice, Section, Sep, Skeleton } from '../ui/parts';
import { Clock } from './sick-list';

const arrows: Record<string, string> = { HH: '↑↑', H: '↑', LL: '↓↓', L: '↓', AA: '!!', A: '!' };

function Result({ row, again }: { row: WorkRow; again: () => void }) {
  const s = sickText();
  const act = useAct();
  const mark = arrows[row.flag] ?? '';
  const seen = async (): Promise<void> => { if ((await act.run(acknowledge(row.type, row.id))).ok) say(s.acknowledged); again(); };
  return (
    <li class="result" data-row="" tabIndex={-1}>
      <span><a data-open="" href={`/patients/${row.patient.id}/labs`}><b>{row.patient.name}</b></a> {row.words} {row.value !== '' && <span class={mark === '' ? 'num' : 'num v hi'}>{row.value}{mark !== '' && ` ${mark}`}</span>} <span class="muted">{row.unit}</span>
        <small class="muted">{mark.length === 2 && <>{s.critical}<Sep /></>}{s.reported(stamp(row.since))}</small><FaultNotice fault={act.fault} /></span>
      <span class="end"><Clock from={row.since} due={row.due} /><Button label={`${s.acknowledge} ${row.patient.name} ${row.words}`} busy={act.busy ? s.acknowledging : false} onClick={() => { void seen(); }}>{s.acknowledge}</Button></span>
    </li>
  );
}

export function Results({ list }: { list: Loaded<WorkRow[]> }) {
  const s = sickText();
  const all = list.value.value;
  const again = (): void => { void list.again(); };
  return (
    <Section id="results" title={s.results} count={all?.length}>
      <FaultNotice fault={list.fault.value} again={again} />
      {all === null && list.slow.value ? <Skeleton rows={2} /> : null}
      {all !== null && all.length === 0 ? <div class="home-empty"><Empty icon="flask" title={s.resultsNone}>{s.resultsNoneText}</Empty></div> : null}
      {all !== null && all.length > 0 && <ul class="result-list">{all.map((r) => <Result key={`${r.type}/${r.id}`} row={r} again={again} />)}</ul>}
    </Section>
  );
}
