/* Copies of records that patients have asked for and nobody has handed over (rule 12): on the home of those who print them. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { text } from '../text';
import * as fhir from '../wire/fhir';
import { copiesAsked, type CopyRequest } from '../wire/own';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { send } from '../state/session';
import { Section } from '../ui/parts';
import { Row, Table } from '../ui/table';

const patientOf = (c: CopyRequest): string => c.subject.reference.replace(/^Patient\//, '');

export function CopiesAsked() {
  const h = text().home;
  const load = useLoad(copiesAsked, news.copies.value);
  const names = useSignal<ReadonlyMap<string, string>>(new Map());
  const rows = load.value.value ?? [];
  useEffect(() => {
    let gone = false;
    void Promise.all(rows.map(async (c) => {
      const r = await send(fhir.readOne('Patient', patientOf(c), fhir.readPatient));
      return [patientOf(c), r.ok ? fhir.nameOf(r.value) : ''] as const;
    })).then((found) => { if (!gone) names.value = new Map(found); });
    return () => { gone = true; };
  }, [load.value.value]);
  if (rows.length === 0) return null;
  return (
    <Section id="copies" title={h.copies} count={rows.length}>
      <Table label={h.copies} columns={[{ words: h.copyOf }, { words: h.copyAsked }]}>
        {rows.map((c) => <Row key={c.id}><td><a data-open="" href={`/patients/${patientOf(c)}`}>{names.value.get(patientOf(c)) ?? ''}</a></td><td data-col={h.copyAsked}>{c.authoredOn === null ? '' : stamp(c.authoredOn.at)}</td></Row>)}
      </Table>
    </Section>
  );
}
