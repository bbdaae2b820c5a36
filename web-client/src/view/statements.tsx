/* What patients say of the own record: waiting on Today, standing in the chart beside the entry, and answered (rule 13). */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { text } from '../text';
import { ownText } from '../text/own';
import { statementText } from '../text/statement';
import type { Entry } from '../wire/own';
import { draftKey } from '../wire/session';
import * as wire from '../wire/statement';
import type { Statement, Verdict } from '../wire/statement';
import { useDraft } from '../state/draft';
import { date, stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { DraftText, SelectField } from '../ui/form';
import { Button, Fact, Facts, FaultNotice, Notice, Section, St, When } from '../ui/parts';
import { Row, Table } from '../ui/table';
import './statements.css';

const toneOf = (s: Statement) => (s.state === 'received' ? 'warn' as const : s.state === 'declined' ? undefined : 'ok' as const);
const lineOf = (e: Entry): string => [e.what === '' ? ownText().types[e.type] ?? ownText().other : e.what, e.at === null ? '' : date(e.at.at, true)].filter((x) => x !== '').join(' · ');

/** The entry as it stands, with the words of whom it is about beside it. */
function Beside({ s }: { s: Statement }) {
  const t = statementText();
  const load = useLoad(() => wire.entryAt(s.record), s.record);
  const entry = load.value.value;
  return (
    <div class="beside">
      <div><p class="lbl">{t.entry}</p>{entry === null ? <p class="muted">{load.fault.value === null ? text().loading : t.entryGone}</p> : <><p><b>{lineOf(entry)}</b></p>{entry.value !== '' && <p class="plain">{entry.value}</p>}</>}</div>
      <blockquote class="said"><p class="lbl">{t.words}</p><p class="plain">{s.words}</p></blockquote>
    </div>
  );
}

function Answer({ s, onDone, onClose }: { s: Statement; onDone: () => void; onClose: () => void }) {
  const t = statementText();
  const box = useDraft(draftKey('statement', s.id, 'answer'));
  const act = useAct();
  const tried = useSignal(false);
  const verdict = useSignal<Verdict>(s.kind === 'statement' ? 'noted' : 'declined');
  const amendment = useSignal('');
  const amendments = useLoad(() => wire.amendmentsOf(s.patient?.id ?? '', s.record), s.record);
  const words = box.text.value.trim();
  const decides = s.kind === 'correction';
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (decides && words === '') return;
    const result = await act.run(wire.answerTo(s.id, verdict.value, words, verdict.value === 'accepted' ? amendment.value : ''));
    if (!result.ok) return;
    void box.drop();
    say(t.done);
    onDone();
  };
  if (decides && !has('clinic-doctor')) return <Notice tone="act">{t.doctorOnly}</Notice>;
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      {decides && <SelectField label={t.verdict} value={verdict.value} options={(['declined', 'accepted'] as const).map((v) => ({ value: v, words: t.verdicts[v] ?? v }))} onPick={(v) => { verdict.value = v; }} />}
      {decides && verdict.value === 'accepted' && <SelectField label={t.amendment} help={t.amendmentHelp} value={amendment.value} options={[{ value: '', words: t.amendmentNone }, ...(amendments.value.value ?? []).map((e) => ({ value: `${e.type}/${e.id}`, words: `${lineOf(e)} ${e.value}`.trim() }))]} onPick={(v) => { amendment.value = v; }} />}
      <DraftText label={decides ? t.reason : t.answer} help={decides ? t.reasonHelp : t.answerHelp} box={box} focus error={decides && tried.value && words === '' ? t.reasonFirst : undefined} />
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? (decides ? t.deciding : t.noting) : false}>{decides ? t.decide : t.note}</Button></div>
    </form>
  );
}

function StatementDialog({ s, onDone, onClose }: { s: Statement; onDone: () => void; onClose: () => void }) {
  const t = statementText();
  return (
    <Dialog title={t.kinds[s.kind] ?? s.kind} sub={s.patient === null ? undefined : <><a href={`/patients/${s.patient.id}`}>{s.patient.name}</a> {s.patient.number} {s.patient.cell}</>} wide onClose={onClose}>
      <div class="gap-4">
        <Beside s={s} />
        <Facts>
          <Fact label={t.said}><When at={s.said} /></Fact>
          {s.due !== null && <Fact label={t.due}>{t.dueBy(stamp(s.due))}</Fact>}
        </Facts>
        <p class="muted">{t.original}</p>
        {s.state === 'received' ? <Answer s={s} onDone={onDone} onClose={onClose} /> : <Answered s={s} />}
      </div>
    </Dialog>
  );
}

function Answered({ s }: { s: Statement }) {
  const t = statementText();
  return <Notice tone="act"><p><b>{t.states[s.state] ?? s.state}</b>{s.answered === null ? '' : ` · ${t.answeredBy(s.by, stamp(s.answered))}`}</p>{s.answer !== '' && <p class="plain">{s.answer}</p>}</Notice>;
}

/** Those that wait, on the home of who answers. */
export function StatementsWaiting() {
  const t = statementText();
  const load = useLoad(wire.statements, news.statements.value);
  const open = useSignal<string | null>(null);
  const rows = load.value.value ?? [];
  const chosen = rows.find((s) => s.id === open.value) ?? null;
  if (rows.length === 0) return null;
  return (
    <Section id="statements" title={t.title} count={rows.length}>
      <Table label={t.title} columns={[{ words: t.who }, { words: t.kind }, { words: t.due }, { words: t.open, hidden: true }]}>
        {rows.map((s) => (
          <Row key={s.id}>
            <td><a href={`/patients/${s.patient?.id ?? ''}`}>{s.patient?.name ?? ''}</a></td>
            <td data-col={t.kind}>{t.kinds[s.kind] ?? s.kind}</td>
            <td data-col={t.due}>{s.due === null ? '' : stamp(s.due)}</td>
            <td class="act"><Button open label={`${t.open} ${s.patient?.name ?? ''} ${t.kinds[s.kind] ?? ''}`} onClick={() => { open.value = s.id; }}>{t.open}</Button></td>
          </Row>
        ))}
      </Table>
      {chosen !== null && <StatementDialog key={chosen.id} s={chosen} onClose={() => { open.value = null; }} onDone={() => { open.value = null; void load.again(); }} />}
    </Section>
  );
}

/** In the chart: each beside its entry, those that wait first. */
export function ChartStatements({ patient }: { patient: string }) {
  const t = statementText();
  const load = useLoad(() => wire.statementsOf(patient), `${patient} ${news.statements.value}`);
  const open = useSignal<string | null>(null);
  const rows = [...(load.value.value ?? [])].sort((a, b) => Number(b.state === 'received') - Number(a.state === 'received') || (b.said ?? 0) - (a.said ?? 0));
  const chosen = rows.find((s) => s.id === open.value) ?? null;
  const unfolded = useRef(false); /* what was answered just now stays in sight */
  if (rows.some((s) => s.state === 'received')) unfolded.current = true;
  if (rows.length === 0) return null;
  return (
    <details class="chart one statements" data-statements open={unfolded.current}>
      <summary>{t.inChart(rows.length)}</summary>
      <ul>
        {rows.map((s) => (
          <li key={s.id} data-state={s.state}>
            <p class="row wrap"><b>{t.kinds[s.kind] ?? s.kind}</b><St tone={toneOf(s)}>{t.states[s.state] ?? s.state}</St><span class="muted">{s.said === null ? '' : stamp(s.said)}</span>{s.state === 'received' && s.due !== null && <span class="muted">{t.due} {t.dueBy(stamp(s.due))}</span>}</p>
            <Beside s={s} />
            {s.state === 'received' ? <Button label={`${t.open} ${t.kinds[s.kind] ?? ''}`} onClick={() => { open.value = s.id; }}>{t.open}</Button> : <Answered s={s} />}
          </li>
        ))}
      </ul>
      {chosen !== null && <StatementDialog key={chosen.id} s={chosen} onClose={() => { open.value = null; }} onDone={() => { open.value = null; void load.again(); }} />}
    </details>
  );
}
