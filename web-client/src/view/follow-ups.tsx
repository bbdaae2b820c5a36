/* Who is to be seen again, by day: on Today of doctors and nurses, who say when it was done. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { opinionText } from '../text/opinion';
import * as wire from '../wire/fhir';
import { followUpDone, followUps, type FollowUp } from '../wire/opinion';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { send } from '../state/session';
import { shownDay } from '../ui/date';
import { Button, FaultNotice, Section, St } from '../ui/parts';
import './opinion.css';

function Line({ one, name, again }: { one: FollowUp; name: string; again: () => void }) {
  const t = opinionText();
  const act = useAct();
  const done = async (): Promise<void> => { const r = await act.run(followUpDone(one.id, '')); if (r.ok) { say(t.followUpDone); again(); } };
  return (
    <li class="op-advice" data-follow-up={one.state}>
      <div class="row wrap"><a href={`/patients/${one.patient}`}>{name === '' ? t.chart : name}</a><span>{one.words}</span><span class="muted">{t.due} {shownDay(one.due)}</span><St tone={one.state === 'lapsed' ? 'bad' : one.state === 'due' ? 'warn' : undefined}>{t.followUpStates[one.state]}</St>
        <Button kind="plain" busy={act.busy ? t.orderBusy : false} onClick={() => { void done(); }}>{t.followUpDone}</Button></div>
      <FaultNotice fault={act.fault} />
    </li>
  );
}

/** Nothing where nobody waits. */
export function FollowUps() {
  const t = opinionText();
  const load = useLoad(followUps, news.agenda.value);
  const names = useSignal<ReadonlyMap<string, string>>(new Map());
  const rows = load.value.value?.rows ?? [];
  useEffect(() => {
    let gone = false;
    void (async () => {
      const found = new Map(names.peek());
      for (const p of new Set(rows.map((r) => r.patient))) {
        if (found.has(p)) continue;
        const r = await send(wire.readOne('Patient', p, wire.readPatient));
        if (r.ok) found.set(p, wire.nameOf(r.value));
      }
      if (!gone) names.value = found;
    })();
    return () => { gone = true; };
  }, [load.value.value]);
  if (load.fault.value !== null) return <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />;
  if (rows.length === 0) return null;
  return <Section id="follow-ups" title={t.followUps} count={rows.length}><ul class="op-advices">{rows.map((r) => <Line key={r.id} one={r} name={names.value.get(r.patient) ?? ''} again={() => { void load.again(); }} />)}</ul></Section>;
}
