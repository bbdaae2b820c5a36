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
import { kioskText } from '../text/kiosk';
import * as said from '../wire/statement';
import { dosageWords } from './dose-words';
import { KioskFault, ReadAloud, kioskDay } from './kiosk-parts';

const isRole = (r: string): r is Role => (allRoles as readonly string[]).includes(r);

/** "26 November 20:03 to 20:10": the day once. */
const span = (o: OwnDict, r: wire.Opened): string =>
  o.when(full(r.first), date(r.first, true) === date(r.last, true) ? (hm(r.first) === hm(r.last) ? full(r.first) : hm(r.last)) : full(r.last));

/** What was measured or said; of a drug how much and how often. */
export const valueOf = (e: wire.Entry): string => [dosageWords(e.dosage), e.value].filter((w) => w !== '').join(' ');

function whoOf(o: OwnDict, r: wire.Opened): string {
  if (r.who.own) return o.you;
  return r.who.display === null ? o.system : o.who(r.who.display, isRole(r.who.role) ? text().roles[r.who.role] : r.who.role, r.who.organisation ?? '');
}
const did = (o: OwnDict, r: wire.Opened): string => r.kinds.map(([k, n]) => o.kinds[k]?.(n) ?? k).join(o.and);
const why = (o: OwnDict, r: wire.Opened): string =>
  r.glass === null ? '' : r.glass.state === 'told' ? o.glass.told(r.glass.reason ?? '') : r.glass.state === 'withheld' ? o.glass.withheld : o.glass.waiting;

/** What is the person's own word already, or a booking, has nothing to be said beside it. */
const plainTypes = ['Appointment', 'Consent', 'CommunicationRequest', 'Binary'];

function Entries({ entries, statements = [] }: { entries: wire.Entry[]; statements?: readonly said.Statement[] }) {
  const o = ownText();
  const k = kioskText().say;
  if (entries.length === 0) return <Empty icon="chart" title={o.recordEmpty}>{o.recordEmptyText}</Empty>;
  return (
    <ul class="k-rows k-read">
      {entries.map((e) => {
        const state = o.states[e.state];
        return (
          <li key={`${e.type}/${e.id}`}>
            <Icon name={e.type === 'Appointment' ? 'cal' : e.type.startsWith('Medication') ? 'pill' : 'chart'} />
            <h2>{e.what === '' ? o.types[e.type] ?? o.other : e.what}</h2>
            <div><p>
              {[o.types[e.type] ?? o.other, e.at === null ? '' : e.at.isDay || e.type !== 'Appointment' ? date(e.at.at, true) : full(e.at.at), state ?? ''].filter((x) => x !== '').join(' · ')}
              {valueOf(e) !== '' && <span class="k-value">{valueOf(e)}</span>}
            </p>
              {statements.filter((s) => s.record === `${e.type}/${e.id}`).map((s) => <p key={s.id} class="k-said"><b>{k.kinds[s.kind]}</b> {s.words} <span>{k.states[s.state]}</span></p>)}
              {e.type === 'QuestionnaireResponse' && <a class="btn" href="/me/intake">{kioskText().intake.read}</a>}
              {!plainTypes.includes(e.type) && <a class="btn" href={`/me/say/${e.type}/${e.id}`} aria-label={`${k.button}: ${e.what === '' ? o.types[e.type] ?? o.other : e.what}`}>{k.button}</a>}
            </div>
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
  const own = useLoad(said.statements, person);
  const looked = useAct();
  const isShown = entries !== null;
  useEffect(() => { if (isShown) void looked.run(wire.lookedAtNews()); }, [isShown]);
  return (
    <>
      <div class="k-q"><Notice tone="act">{o.withheld}</Notice><ReadAloud words={[o.withheld, ...(entries ?? []).map((e) => `${e.what} ${valueOf(e)}`)].join(text().stop)} /></div>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {entries === null ? load.slow.value && <Skeleton rows={5} /> : <Entries entries={entries} statements={own.value.value ?? []} />}
      <Copy person={person} />
    </>
  );
}

/** What I said of it, and what was answered. */
function SaidTab() {
  const k = kioskText().say;
  const load = useLoad(said.statements, 0);
  const all = load.value.value;
  return (
    <>
      <div class="k-q"><Notice tone="act">{k.text}</Notice><ReadAloud words={[k.text, ...(all ?? []).map((s) => `${k.kinds[s.kind] ?? ''} ${s.words} ${k.states[s.state] ?? ''} ${s.answer}`)].join(kioskText().stop)} /></div>
      <KioskFault fault={load.fault.value} again={() => { void load.again(); }} />
      {all === null ? load.slow.value && <Skeleton rows={4} /> : all.length === 0 ? <Empty icon="ask" title={k.none}>{k.noneText}</Empty> : (
        <ul class="k-rows k-read">
          {all.map((s) => (
            <li key={s.id} data-state={s.state}>
              <Icon name={s.state === 'received' ? 'time' : s.state === 'declined' ? 'x' : 'check'} />
              <h2>{k.kinds[s.kind]} · {k.states[s.state]}</h2>
              <div><p>{s.said === null ? '' : kioskDay(s.said)}{s.state === 'received' && s.due !== null && ` · ${k.dueBy(kioskDay(s.due))}`}<span class="k-value">{s.words}</span></p>{s.answer !== '' && <p class="k-value"><b>{k.answer}</b> {s.answer}{s.by !== '' && <> · {s.by}</>}</p>}</div>
            </li>
          ))}
        </ul>
      )}
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
  const tab = useSignal<'record' | 'said' | 'opened'>('record');
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <div><h1 tabIndex={-1}>{o.title}</h1><p>{o.sub}</p></div>
        <div class="k-tabs"><Seg label={o.tabsLabel} value={tab.value} options={[{ value: 'record' as const, words: o.tabs.record }, { value: 'said' as const, words: kioskText().say.tab }, { value: 'opened' as const, words: o.tabs.opened }]} onPick={(v) => { tab.value = v; }} /></div>
        {tab.value === 'opened' ? <OpenedTab /> : tab.value === 'said' ? <SaidTab /> : person === null ? <Entries entries={[]} /> : <RecordTab person={person} />}
      </main>
      <footer class="k-foot"><div class="two-btn"><a class="btn" href="/me"><Icon name="left" />{o.back}</a><Button kind="primary" icon="leave" onClick={() => { void logout(); }}>{o.leave}</Button></div></footer>
    </>
  );
}
