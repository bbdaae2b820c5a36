/* The round at the cell doors, on a tablet: a block's people by cell, found by a scanner or by number, each drug with what becomes of its dose. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { chartText } from '../text/chart';
import { roundText } from '../text/round';
import { text } from '../text';
import * as wire from '../wire/fhir';
import * as orders from '../wire/orders';
import { round, type RoundRow } from '../wire/round';
import { todayMidnight } from '../state/chart';
import { now } from '../state/clock';
import { outcomeOf, outcomes, refusedRunning, slotsOf, type Outcome, type Slot } from '../state/doses';
import { hm } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Notice, PageHead, Seg, Sep, Skeleton, St } from '../ui/parts';
import { doseWords } from './dose-words';
import './round.css';

const slotsIn = (r: RoundRow): Slot[] => slotsOf(r.order, r.doses, todayMidnight(), now.value);
const isOpen = (s: Slot): boolean => s.is === 'due' || s.is === 'late';

function NotGiven({ row, onDone, onClose }: { row: RoundRow; onDone: () => void; onClose: () => void }) {
  const t = roundText();
  const c = chartText();
  const outcome = useSignal<Outcome>('refused');
  const why = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const bare = [...why.value.trim()].length < 2;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (bare) return;
    const r = await act.run(orders.recordDose(row.order.id, outcome.value, why.value.trim()));
    if (r.ok) { say(t.done); onDone(); }
  };
  return (
    <Dialog title={t.otherTitle} sub={<>{row.patient.name} {row.patient.number}<Sep />{wire.wordsOf(row.order.medicationCodeableConcept)}</>} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={c.outcomeLabel} value={outcome.value} options={outcomes.filter((o) => o !== 'given').map((o) => ({ value: o, words: c.outcome[o] }))} onPick={(v) => { outcome.value = v; }} />
        <TextField label={t.why} help={c.reasonHelp[outcome.value]} value={why.value} onInput={(v) => { why.value = v; }} max={200} focus error={tried.value && bare ? t.whyFirst : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.saving : false}>{t.record}</Button></div>
      </form>
    </Dialog>
  );
}

function Drug({ row, again }: { row: RoundRow; again: () => void }) {
  const t = roundText();
  const c = chartText();
  const act = useAct();
  const asking = useSignal(false);
  const slots = slotsIn(row);
  const half = row.doses.find((d) => outcomeOf(d) === 'half');
  const open = slots.some(isOpen) || row.order.dosageInstruction?.asNeededBoolean === true;
  const drug = wire.wordsOf(row.order.medicationCodeableConcept);
  const give = async (): Promise<void> => { const r = await act.run(orders.recordDose(row.order.id, 'given', '')); if (r.ok) { say(t.done); again(); } };
  return (
    <div class="round-drug">
      <div><b>{drug}</b> <span>{doseWords(row.order)}</span><p class="muted small">{row.order.dosageInstruction?.text}</p>
        <div class="slots">{slots.map((s) => <span key={s.at} class={`chip ${s.is === 'late' ? 'bad' : s.is === 'due' ? 'act' : s.is === 'given' ? 'ok' : s.is === 'later' ? '' : 'warn'}`}>{hm(s.at)} {s.is === 'late' || s.is === 'due' || s.is === 'later' ? c[s.is] : c.outcome[s.is]}</span>)}</div>
        {refusedRunning(row.order, row.doses) >= 3 && <St tone="bad">{t.refusedThree}</St>}
        {half !== undefined && <St tone="warn">{t.waits(half.performer[0]?.actor.display ?? '')}</St>}
        <FaultNotice fault={act.fault} /></div>
      {open && half === undefined && <div class="round-act"><Button kind="primary" label={`${t.given} ${row.patient.name} ${drug}`} busy={act.busy ? t.saving : false} onClick={() => { void give(); }}>{t.given}</Button><Button label={`${t.other} ${row.patient.name} ${drug}`} onClick={() => { asking.value = true; }}>{t.other}</Button></div>}
      {half !== undefined && <a class="btn" href={`/patients/${row.patient.id}/orders`}>{c.secondDo}</a>}
      {asking.value && <NotGiven row={row} onDone={() => { asking.value = false; again(); }} onClose={() => { asking.value = false; }} />}
    </div>
  );
}

/** What of today's doses is recorded, due, late, still to come: one bar. */
function Due({ slots }: { slots: readonly Slot[] }) {
  const t = roundText();
  const n = (test: (s: Slot) => boolean): number => slots.filter(test).length;
  const parts = [{ key: 'done', n: n((s) => !isOpen(s) && s.is !== 'later') }, { key: 'late', n: n((s) => s.is === 'late') }, { key: 'due', n: n((s) => s.is === 'due') }, { key: 'later', n: n((s) => s.is === 'later') }] as const;
  const total = Math.max(1, slots.length);
  let x = 0;
  return (
    <figure class="round-plot">
      <figcaption>{t.plot}</figcaption>
      <svg viewBox="0 0 600 18" preserveAspectRatio="none" role="img" aria-label={t.plotSay(parts[0].n, parts[2].n, parts[1].n)}>{parts.map((p) => { const from = x; x += (600 * p.n) / total; return <rect key={p.key} class={`bar-${p.key}`} x={from} y="0" width={(600 * p.n) / total} height="18" />; })}</svg>
      <p class="legend">{parts.map((p) => <span key={p.key}><i class={`dot bar-${p.key}`} />{t.bars[p.key]} {p.n}</span>)}</p>
    </figure>
  );
}

export function RoundPage() {
  const t = roundText();
  const block = useSignal('');
  const load = useLoad(() => round(block.value), block.value);
  const typed = useSignal('');
  const found = useSignal('');
  const missing = useSignal('');
  const it = load.value.value;
  useEffect(() => { if (block.value === '' && it !== null && it.blocks.length > 0) block.value = [...it.blocks].sort((a, b) => a.block.localeCompare(b.block))[0]!.block; }, [it]);
  const rows = it?.rows ?? [];
  const people = new Map<string, RoundRow[]>();
  for (const r of [...rows].sort((a, b) => a.patient.cell.localeCompare(b.patient.cell) || a.patient.number.localeCompare(b.patient.number))) people.set(r.patient.id, [...(people.get(r.patient.id) ?? []), r]);
  const shown = [...people.values()].filter((of) => found.value === '' || of[0]!.patient.number === found.value);
  const slots = rows.flatMap(slotsIn);
  const find = (): void => {
    const number = typed.value.trim();
    typed.value = '';
    const is = rows.some((r) => r.patient.number === number);
    missing.value = is || number === '' ? '' : number;
    found.value = is ? number : '';
  };
  const again = (): void => { void load.again(); };
  return (
    <div class="round-page">
      <PageHead title={t.title} sum={it === null ? undefined : t.sum(slots.filter(isOpen).length, slots.filter((s) => !isOpen(s) && s.is !== 'later').length)} />
      <FaultNotice fault={load.fault.value} again={again} />
      {it !== null && it.blocks.length > 1 && <Seg label={t.block} value={block.value} options={[...it.blocks].sort((a, b) => a.block.localeCompare(b.block)).map((b) => ({ value: b.block, words: t.blockOf(b.name, b.orders) }))} onPick={(v) => { block.value = v; found.value = ''; missing.value = ''; }} />}
      {rows.length > 0 && <Due slots={slots} />}
      {rows.length > 0 && <form class="round-find" onSubmit={(e) => { e.preventDefault(); find(); }}><TextField label={t.scan} help={t.scanHelp} mode="numeric" value={typed.value} onInput={(v) => { typed.value = v; }} focus />{found.value !== '' && <Button onClick={() => { found.value = ''; }}>{t.all}</Button>}</form>}
      {missing.value !== '' && <Notice tone="bad" live>{t.scanNone(missing.value)}</Notice>}
      {it === null && load.slow.value && <Skeleton rows={6} />}
      {it !== null && rows.length === 0 && block.value === '' && <Empty icon="pill" title={t.none}>{t.noneText}</Empty>}
      <ul class="round-list">{shown.map((of) => <li key={of[0]!.patient.id}><h2>{of[0]!.patient.cell}<Sep />{of[0]!.patient.name} {of[0]!.patient.number}</h2>{of.map((r) => <Drug key={r.order.id} row={r} again={again} />)}</li>)}</ul>
      {rows.length > 0 && <p class="muted small">{t.controlled}</p>}
    </div>
  );
}
