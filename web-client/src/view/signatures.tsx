/* What waits for the own signature: what one is asked to sign with others, and what one wrote and has not signed. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { careText } from '../text/care';
import { titleWords } from '../text/chart';
import * as wire from '../wire/fhir';
import { erasures } from '../wire/erasures';
import { DeletionsWaiting } from './recording-keeping';
import { waiting, type Waiting } from '../wire/sign';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { has, send, session } from '../state/session';
import { Empty, FaultNotice, Notice, PageHead, Section, Skeleton } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { stampOf } from './chart-summary';

interface Line { key: string; patient: string; title: string; name: string; when: string }

/** Names and titles, asked for one by one: what is asked of one is a handful. */
async function nameOf(patient: string): Promise<string> {
  const r = await send(wire.readOne('Patient', patient, wire.readPatient));
  return r.ok ? wire.nameOf(r.value) : '';
}
async function titleOf(w: Waiting): Promise<string> {
  if (w.type !== 'Composition') return w.type;
  const r = await send(wire.readOne('Composition', w.id, wire.readNote));
  return r.ok ? titleWords(r.value.title || wire.wordsOf(r.value.type)) : '';
}

const readWhose = (v: unknown, at: string): { note: wire.Note; patient: string } => ({ note: wire.readNote(v, at), patient: wire.idOf(wire.readSubject(v, at)) });

function Lines({ lines }: { lines: readonly Line[] }) {
  const t = careText();
  return (
    <Table label={t.waitingTitle} columns={[{ words: t.columns.what }, { words: t.columns.who }, { words: t.columns.when }, { words: t.columns.act, hidden: true }]}>
      {lines.map((l) => <Row key={l.key}><td><a data-open="" href={`/patients/${l.patient}/notes`}>{l.title}</a></td><td>{l.name}</td><td data-col={t.columns.when}>{l.when}</td><td class="act"><a class="btn" href={`/patients/${l.patient}/notes`}>{t.openChart}</a></td></Row>)}
    </Table>
  );
}

/** An erasure asked for by somebody else is decided by a doctor. */
function ErasuresWaiting() {
  const t = careText();
  const load = useLoad(erasures, 0);
  const n = (load.value.value?.rows ?? []).filter((e) => e.decided === null && e.asked_by.id !== session.value?.account.id).length;
  return n === 0 ? null : <Notice tone="warn">{t.erasuresWaiting(n)} <a href="/erasures">{t.erasuresLook}</a></Notice>;
}

export function Signatures() {
  const t = careText();
  const me = session.value?.account.person ?? '';
  const asked = useLoad(waiting, news.sign.value);
  const drafts = useLoad(() => wire.search('Composition', readWhose, me === '' ? [['_id', 'none']] : [['author', me], ['status', 'preliminary'], ['_sort', '-date'], ['_count', '50']]), me);
  const asks = useSignal<Line[] | null>(null);
  const own = useSignal<Line[] | null>(null);
  useEffect(() => {
    let gone = false;
    const rows = asked.value.value?.rows;
    if (rows !== undefined) void Promise.all(rows.map(async (w) => ({ key: `${w.type}/${w.id}`, patient: w.patient, title: await titleOf(w), name: await nameOf(w.patient), when: t.askedBy(w.asked_by.display, stamp(w.asked)) }))).then((to) => { if (!gone) asks.value = to; });
    return () => { gone = true; };
  }, [asked.value.value]);
  useEffect(() => {
    let gone = false;
    const found = drafts.value.value?.found;
    if (found !== undefined) void (async () => {
      const names = new Map<string, string>();
      for (const p of new Set(found.map((d) => d.patient))) names.set(p, await nameOf(p));
      if (!gone) own.value = found.map((d) => ({ key: d.note.id, patient: d.patient, title: titleWords(d.note.title || wire.wordsOf(d.note.type)), name: names.get(d.patient) ?? '', when: stampOf(d.note.date) }));
    })();
    return () => { gone = true; };
  }, [drafts.value.value]);
  const none = asks.value?.length === 0 && own.value?.length === 0;
  return (
    <>
      <PageHead title={t.waitingTitle} sum={t.waitingSum} />
      {has('clinic-doctor') && <ErasuresWaiting />}
      {has('clinic-doctor') && <DeletionsWaiting />}
      <FaultNotice fault={asked.fault.value} again={() => { void asked.again(); }} />
      <FaultNotice fault={drafts.fault.value} again={() => { void drafts.again(); }} />
      {(asks.value === null || own.value === null) && (asked.slow.value || drafts.slow.value) && <Skeleton rows={4} />}
      {none && <Empty icon="note" title={t.waitingNone}>{t.waitingNoneText}</Empty>}
      {asks.value !== null && asks.value.length > 0 && <Section id="asks" title={t.asks} count={asks.value.length}><Lines lines={asks.value} /></Section>}
      {own.value !== null && own.value.length > 0 && <Section id="own-drafts" title={t.drafts} count={own.value.length}><Lines lines={own.value} /></Section>}
    </>
  );
}
