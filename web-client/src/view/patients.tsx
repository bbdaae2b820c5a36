/* The patients of the clinic: found by name in characters or pinyin, by number, by cell. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { ageAt } from '../state/chart';
import { now } from '../state/clock';
import { useLoad } from '../state/load';
import { send } from '../state/session';
import { Button, Empty, FaultNotice, Notice, PageHead, Skeleton } from '../ui/parts';
import { KeyHints, Row, Search, Table } from '../ui/table';
import './chart.css';

type Params = readonly (readonly [string, string])[];
const page_most = 50;
const sites = 200;

/** Digits are a number; a letter or two with digits, or a sign of a block, a cell; all else a name. */
export function kindOf(q: string): 'all' | 'number' | 'cell' | 'name' {
  const t = q.trim();
  if (t === '') return 'all';
  if (/^\d{4,}$/.test(t)) return 'number';
  return /\d/.test(t) ? 'cell' : 'name';
}

/** The query of the list; null: it goes by the cells. */
function queryOf(q: string): Params | null {
  const t = q.trim();
  const base: Params = [['active', 'true'], ['_count', String(page_most)], ['_sort', 'family']];
  switch (kindOf(q)) {
    case 'all': return base;
    case 'number': return [['identifier', t], ...base];
    case 'name': return [['name', t], ...base];
    case 'cell': return null;
  }
}

const custody: Params = [['type', 'custody'], ['status', 'in-progress']];

/** Those who live in a cell: over their stay, which names it. */
const byCell = (q: string) => wire.search('Encounter', wire.readEncounter, [...custody, ['location.name:contains', q.trim()], ['_include', 'Encounter:subject'], ['_count', String(sites)]]);

interface Listed { people: wire.Patient[]; cells: Map<string, string>; next: string | null; hidden: number }

function patientsIn(found: wire.Found<wire.Encounter>): wire.Patient[] {
  return found.included.filter((r) => r['resourceType'] === 'Patient').map((r) => wire.readPatient(r, 'Patient'));
}

function Lines({ listed, onMore, busy }: { listed: Listed; onMore: () => void; busy: boolean }) {
  const t = chartText();
  return (
    <>
      <Table label={t.patients} columns={[{ words: t.columns.name }, { words: t.columns.number }, { words: t.columns.cell }, { words: t.columns.gender, wide: true }, { words: t.columns.age, wide: true }]}>
        {listed.people.map((p) => {
          const age = p.birthDate === null ? null : ageAt(p.birthDate, now.peek());
          return (
            <Row key={p.id}>
              <td><a class="open" data-open="" href={`/patients/${p.id}`} aria-label={t.open(wire.nameOf(p))}>{wire.nameOf(p)}</a></td>
              <td class="num-id" data-col={t.columns.number}>{wire.numberOf(p)}</td>
              <td class="mark">{listed.cells.get(p.id) ?? ''}</td>
              <td class="wide">{t.gender(p.gender)}</td>
              <td class="wide">{age === null ? '' : t.age(age)}</td>
            </Row>
          );
        })}
      </Table>
      {listed.hidden > 0 && <Notice tone="warn">{t.hidden(listed.hidden)}</Notice>}
      {listed.next !== null && <div class="more"><Button busy={busy ? t.more : false} onClick={onMore}>{t.more}</Button></div>}
    </>
  );
}

export function Patients() {
  const t = chartText();
  const q = useSignal('');
  const listed = useSignal<Listed | null>(null);
  const more = useSignal(false);
  const params = queryOf(q.value);
  const people = useLoad(() => wire.search('Patient', wire.readPatient, params ?? [['_id', 'none']]), `p ${params === null ? '' : q.value}`);
  const cells = useLoad(() => byCell(q.value), `c ${params === null ? q.value : ''}`);

  /* The cells of those who are shown, asked for once they are known. */
  useEffect(() => {
    let gone = false;
    const take = async (): Promise<void> => {
      if (params === null) {
        const found = cells.value.value;
        if (found === null) return;
        listed.value = { people: patientsIn(found), cells: new Map(found.found.map((e) => [wire.idOf(e.subject.reference), wire.cellOf(e)])), next: null, hidden: found.hidden };
        return;
      }
      const found = people.value.value;
      if (found === null) return;
      const kept = listed.value?.cells ?? new Map<string, string>();
      listed.value = { people: found.found, cells: kept, next: found.next, hidden: found.hidden };
      const known = await cellsOf(found.found);
      if (!gone && known !== null && listed.value.people === found.found) listed.value = { ...listed.value, cells: known };
    };
    void take();
    return () => { gone = true; };
  }, [people.value.value, cells.value.value, params === null]);

  const onMore = async (): Promise<void> => {
    const before = listed.value;
    const call = before?.next == null ? null : wire.nextPage('Patient', wire.readPatient, before.next);
    if (before === null || call === null) return;
    more.value = true;
    const result = await send(call);
    if (result.ok && listed.value === before) {
      const known = await cellsOf(result.value.found);
      listed.value = { people: [...before.people, ...result.value.found], cells: new Map([...before.cells, ...(known ?? [])]), next: result.value.next, hidden: before.hidden + result.value.hidden };
    }
    more.value = false;
  };

  const source = params === null ? cells : people;
  const at = listed.value;
  return (
    <>
      <PageHead title={t.patients} sum={at === null ? undefined : at.next === null ? t.found(at.people.length) : t.foundMore(at.people.length)} />
      <div class="filters"><Search label={t.find} value={q.value} onSearch={(v) => { q.value = v; }} /></div>
      <FaultNotice fault={source.fault.value} again={() => { void source.again(); }} />
      {at === null && source.slow.value && <Skeleton rows={8} />}
      {at !== null && at.people.length > 0 && <Lines listed={at} busy={more.value} onMore={() => { void onMore(); }} />}
      {at !== null && at.people.length === 0 && source.fault.value === null && (q.value.trim() === ''
        ? <Empty icon="people" title={t.noneAtAll}>{t.noneAtAllText}</Empty>
        : <Empty icon="search" title={t.none}>{t.noneText}</Empty>)}
      <KeyHints />
    </>
  );
}

async function cellsOf(people: readonly wire.Patient[]): Promise<Map<string, string> | null> {
  if (people.length === 0) return new Map();
  const result = await send(wire.search('Encounter', wire.readEncounter, [...custody, ['subject', people.map((p) => `Patient/${p.id}`).join(',')], ['_count', String(sites)]]));
  return result.ok ? new Map(result.value.found.map((e) => [wire.idOf(e.subject.reference), wire.cellOf(e)])) : null;
}
