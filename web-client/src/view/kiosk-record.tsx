/* My record: what is released of it, and who opened it. Read from a step away; nothing of it is kept when the terminal is left. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { ownText } from '../text/own';
import type { OwnDict } from '../text/own.zh';
import * as wire from '../wire/own';
import { roles as allRoles, type Role } from '../wire/roles';
import { date, full, hm } from '../state/format';
import { useAct, useLoad } from '../state/load';
import { logout, session } from '../state/session';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, Notice, Seg, Skeleton } from '../ui/parts';
import { dosageWords } from './dose-words';
import { ReadAloud } from './kiosk-parts';

const isRole = (r: string): r is Role => (allRoles as readonly string[]).includes(r);

/** "26 November 20:03 to 20:10": the day once. */
const span = (o: OwnDict, r: wire.Opened): string =>
  o.when(full(r.first), date(r.first, true) === date(r.last, true) ? (hm(r.first) === hm(r.last) ? full(r.first) : hm(r.last)) : full(r.last));

/** What was measured or said; of a drug how much and how often. */
const valueOf = (e: wire.Entry): string => [dosageWords(e.dosage), e.value].filter((w) => w !== '').join(' ');

function whoOf(o: OwnDict, r: wire.Opened): string {
  if (r.who.own) return o.you;
  return r.who.display === null ? o.system : o.who(r.who.display, isRole(r.who.role) ? text().roles[r.who.role] : r.who.role, r.who.organisation ?? '');
}
const did = (o: OwnDict, r: wire.Opened): string => r.kinds.map(([k, n]) => o.kinds[k]?.(n) ?? k).join(o.and);
const why = (o: OwnDict, r: wire.Opened): string =>
  r.glass === null ? '' : r.glass.state === 'told' ? o.glass.told(r.glass.reason ?? '') : r.glass.state === 'withheld' ? o.glass.withheld : o.glass.waiting;

function Entries({ entries }: { entries: wire.Entry[] }) {
  const o = ownText();
  if (entries.length === 0) return <Empty icon="chart" title={o.recordEmpty}>{o.recordEmptyText}</Empty>;
  return (
    <ul class="k-rows k-read">
      {entries.map((e) => {
        const state = o.states[e.state];
        return (
          <li key={`${e.type}/${e.id}`}>
            <Icon name={e.type === 'Appointment' ? 'cal' : e.type.startsWith('Medication') ? 'pill' : 'chart'} />
            <h2>{e.what === '' ? o.types[e.type] ?? o.other : e.what}</h2>
            <p>
              {[o.types[e.type] ?? o.other, e.at === null ? '' : e.at.isDay || e.type !== 'Appointment' ? date(e.at.at, true) : full(e.at.at), state ?? ''].filter((x) => x !== '').join(' · ')}
              {valueOf(e) !== '' && <span class="k-value">{valueOf(e)}</span>}
            </p>
          </li>
        );
      })}
    </ul>
  );
}

function OpenedBy({ rows }: { rows: wire.Opened[] }) {
  const o = ownText();
  if (rows.length === 0) return <Empty icon="eye" title={o.openedEmpty}>{o.openedEmptyText}</Empty>;
  return (
    <ul class="k-rows k-read">
      {rows.map((r) => (
        <li key={`${r.last}/${r.who.role}/${r.first}`}>
          <Icon name={r.glass === null ? 'eye' : 'warn'} />
          <h2>{whoOf(o, r)}</h2>
          <p>{span(o, r)} · {did(o, r)}{r.glass !== null && <span class="k-value">{why(o, r)}</span>}</p>
        </li>
      ))}
    </ul>
  );
}

/** What is read here, on paper: asked for at the terminal, handed over by the clinic. */
function Copy({ person }: { person: string }) {
  const o = ownText();
  const act = useAct();
  const load = useLoad(() => wire.copyAsked(person.replace('Patient/', '')), person);
  const ask = async (): Promise<void> => {
    const result = await act.run(wire.askCopy());
    if (result.ok) await load.again();
  };
  if (load.value.value === null) return null;
  return (
    <div class="k-q">
      <p>{load.value.value ? o.copy.asked : o.copy.text}</p>
      {!load.value.value && <Button icon="print" busy={act.busy ? o.copy.asking : false} onClick={() => { void ask(); }}>{o.copy.ask}</Button>}
      <FaultNotice fault={act.fault} />
    </div>
  );
}

function RecordTab({ person }: { person: string }) {
  const o = ownText();
  const load = useLoad(() => wire.ownRecord(person), person);
  const entries = load.value.value;
  const looked = useAct();
  const isShown = entries !== null;
  useEffect(() => { if (isShown) void looked.run(wire.lookedAtNews()); }, [isShown]);
  return (
    <>
      <div class="k-q"><Notice tone="act">{o.withheld}</Notice><ReadAloud words={[o.withheld, ...(entries ?? []).map((e) => `${e.what} ${valueOf(e)}`)].join(text().stop)} /></div>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {entries === null ? load.slow.value && <Skeleton rows={5} /> : <Entries entries={entries} />}
      <Copy person={person} />
    </>
  );
}

function OpenedTab() {
  const o = ownText();
  const rows = useSignal<wire.Opened[]>([]);
  const next = useSignal<string | null>(null);
  const more = useAct();
  const load = useLoad(() => wire.opened(''), 0);
  useEffect(() => {
    if (load.value.value === null) return;
    rows.value = load.value.value.rows;
    next.value = load.value.value.next;
  }, [load.value.value]);
  const goOn = async (): Promise<void> => {
    const result = await more.run(wire.opened(next.value ?? ''));
    if (!result.ok) return;
    rows.value = [...rows.value, ...result.value.rows];
    next.value = result.value.next;
  };
  return (
    <>
      <div class="k-q"><Notice tone="act">{o.openedText}</Notice><ReadAloud words={[o.openedText, ...rows.value.map((r) => `${whoOf(o, r)} ${span(o, r)} ${did(o, r)} ${why(o, r)}`)].join(text().stop)} /></div>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {load.value.value === null ? load.slow.value && <Skeleton rows={5} /> : <OpenedBy rows={rows.value} />}
      {next.value !== null && <Button busy={more.busy ? text().loading : false} onClick={() => { void goOn(); }}>{o.more}</Button>}
      <FaultNotice fault={more.fault} />
    </>
  );
}

export function KioskRecord() {
  const o = ownText();
  const person = session.value?.account.person ?? null;
  const tab = useSignal<'record' | 'opened'>('record');
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <div><h1 tabIndex={-1}>{o.title}</h1><p>{o.sub}</p></div>
        <div class="k-tabs"><Seg label={o.tabsLabel} value={tab.value} options={[{ value: 'record' as const, words: o.tabs.record }, { value: 'opened' as const, words: o.tabs.opened }]} onPick={(v) => { tab.value = v; }} /></div>
        {tab.value === 'opened' ? <OpenedTab /> : person === null ? <Entries entries={[]} /> : <RecordTab person={person} />}
      </main>
      <footer class="k-foot"><div class="two-btn"><a class="btn" href="/me"><Icon name="left" />{o.back}</a><Button kind="primary" icon="leave" onClick={() => { void logout(); }}>{o.leave}</Button></div></footer>
    </>
  );
}
