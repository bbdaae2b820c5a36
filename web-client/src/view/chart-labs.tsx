/* Results of the laboratory. */
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { Empty, Section } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { PartState, stampOf } from './chart-summary';

const valueOf = (o: wire.Observation): string =>
  o.valueQuantity !== null ? `${o.valueQuantity.value} ${o.valueQuantity.unit}` : o.valueString ?? (o.valueCodeableConcept !== null ? wire.wordsOf(o.valueCodeableConcept) : o.component.map((c) => `${wire.wordsOf(c.code)} ${c.valueQuantity?.value ?? ''} ${c.valueQuantity?.unit ?? ''}`).join(' '));

export function Labs({ chart }: { chart: Chart }) {
  const t = chartText();
  const found = all(chart.labs);
  return (
    <div class="chart one">
      <Section id="labs" title={t.labs} count={found.length === 0 ? undefined : found.length}>
        <PartState part={chart.labs} />
        {found.length > 0 && <Table label={t.labs} columns={[{ words: t.columnsVitals.what }, { words: t.value }, { words: t.when }]}>{found.map((o) => <Row key={o.id}><td>{wire.wordsOf(o.code)}</td><td class="num-id">{valueOf(o)}</td><td class="line muted">{stampOf(o.effectiveDateTime)}</td></Row>)}</Table>}
        {chart.labs.value.value !== null && found.length === 0 && <Empty icon="flask" title={t.labsNone} />}
      </Section>
    </div>
  );
}
