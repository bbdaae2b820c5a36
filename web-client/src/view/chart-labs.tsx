/* Results of the laboratory: each test once, its last value beside its range and the one before; all of them behind a click. */
import { useSignal } from '@preact/signals';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { useLoad } from '../state/load';
import { releases, type Releases } from '../wire/sign';
import { rangeOf, testsOf, valueOf, type LabJudged } from '../state/labs';
import { Empty, Section } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { byRecord, ReleaseCell } from './chart-release';
import { PartState, stampOf } from './chart-summary';

const isBad = (judged: LabJudged): boolean => judged === 'low' || judged === 'high' || judged === 'odd';

function Judged({ judged }: { judged: LabJudged }) {
  const t = chartText();
  if (judged === 'unknown') return null;
  return <span class={isBad(judged) ? 'st bad' : 'muted'}>{t.labJudged[judged]}</span>;
}

/** With what the patient may read of it, and what is held back. */
export function ReleasedLabs({ chart, patient }: { chart: Chart; patient: string }) {
  const load = useLoad(() => releases(patient), patient);
  return <Labs chart={chart} released={load.value.value} again={() => { void load.again(); }} />;
}

export function Labs({ chart, released = null, again = () => undefined }: { chart: Chart; released?: Releases | null; again?: () => void }) {
  const t = chartText();
  const states = released === null ? null : byRecord(released);
  const open = useSignal('');
  const tests = testsOf(all(chart.labs));
  return (
    <div class="chart one">
      <Section id="labs" title={t.labs} count={tests.length === 0 ? undefined : tests.length}>
        <PartState part={chart.labs} />
        {tests.length > 0 && (
          <Table label={t.labs} columns={[{ words: t.columnsVitals.what }, { words: t.value }, { words: t.columnsVitals.judged }, { words: t.labRange, wide: true }, { words: t.labBefore, wide: true }, { words: t.when }, ...(states === null ? [] : [{ words: t.forPatient }])]}>
            {tests.flatMap((test) => {
              const shown = open.value === test.key ? test.all : test.all.slice(0, 1);
              return shown.map((o, i) => (
                <Row key={o.id}>
                  <td>{i === 0 ? <b>{wire.wordsOf(o.code)}</b> : <span class="vh">{wire.wordsOf(o.code)}</span>}</td>
                  <td class="num-id"><span class={isBad(test.judged(o)) ? 'hi' : undefined}>{valueOf(o)}</span></td>
                  <td><Judged judged={test.judged(o)} /></td>
                  <td class="wide muted">{rangeOf(o)}</td>
                  <td class="wide muted">{i === 0 && test.all[1] !== undefined && <>{valueOf(test.all[1])} <button type="button" class="linkish" aria-expanded={open.value === test.key} aria-label={open.value === test.key ? undefined : t.labAllOf(test.all.length, wire.wordsOf(o.code))} onClick={() => { open.value = open.value === test.key ? '' : test.key; }}>{open.value === test.key ? t.labFewer : t.labAll(test.all.length)}</button></>}</td>
                  <td class="line muted">{stampOf(o.effectiveDateTime)}</td>
                  {states !== null && <td class="mark"><ReleaseCell o={o} name={wire.wordsOf(o.code)} state={states.get(`Observation/${o.id}`)} after_h={released?.after_h ?? 0} again={again} /></td>}
                </Row>
              ));
            })}
          </Table>
        )}
        {chart.labs.value.value !== null && tests.length === 0 && <Empty icon="flask" title={t.labsNone} />}
      </Section>
    </div>
  );
}
