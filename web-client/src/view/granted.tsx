/* The specialist's charts: those that a grant opens now (rule 7). */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { careText } from '../text/care';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { ownGrants, type OwnGrant } from '../wire/grants';
import { ageAt } from '../state/chart';
import { now } from '../state/clock';
import { stamp } from '../state/format';
import { grantEnded } from '../state/link';
import { useLoad } from '../state/load';
import { send } from '../state/session';
import { Empty, FaultNotice, PageHead, Skeleton } from '../ui/parts';
import './chart.css';

interface Card { grant: OwnGrant; patient: wire.Patient | null; reason: string }

async function cardOf(grant: OwnGrant): Promise<Card> {
  const [p, e] = await Promise.all([send(wire.readOne('Patient', grant.patient, wire.readPatient)), send(wire.readOne('Encounter', grant.encounter, wire.readEncounter))]);
  return { grant, patient: p.ok ? p.value : null, reason: e.ok ? wire.wordsOf(e.value.reasonCode[0] ?? null) : '' };
}

export function Granted() {
  const t = careText();
  const load = useLoad(ownGrants, grantEnded.value?.id ?? 0);
  const cards = useSignal<Card[] | null>(null);
  useEffect(() => {
    let gone = false;
    const rows = load.value.value?.rows;
    if (rows !== undefined) void Promise.all(rows.map(cardOf)).then((to) => { if (!gone) cards.value = to; });
    return () => { gone = true; };
  }, [load.value.value]);
  return (
    <>
      <PageHead title={t.charts} sum={t.chartsSum} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {cards.value === null && load.slow.value && <Skeleton rows={3} />}
      {cards.value?.length === 0 && <Empty icon="chart" title={t.chartsNone}>{t.chartsNoneText}</Empty>}
      {cards.value !== null && cards.value.length > 0 && (
        <ul class="granted">{cards.value.map(({ grant: g, patient: p, reason }) => {
          const age = p?.birthDate == null ? null : ageAt(p.birthDate, now.peek());
          const facts = p === null ? [] : [chartText().gender(p.gender), age === null ? '' : chartText().age(age)];
          return (
            <li key={g.id}>
              <div><b>{p === null ? g.patient : wire.nameOf(p)}</b> <span class="muted">{facts.filter((f) => f !== '').join(t.comma)}</span>
                {reason !== '' && <p>{reason}</p>}
                <p class="muted">{t.yourTime(stamp(g.starts))}</p>
                <p class="muted">{g.ends === null ? t.openUntilSigned : t.openUntil(stamp(g.ends))}</p></div>
              <a class="btn btn-primary" href={`/patients/${g.patient}`}>{t.openChart}</a>
            </li>
          );
        })}</ul>
      )}
    </>
  );
}
