/* The privacy officer's list and the verifier (PROTOCOL §6). */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import * as wire from '../wire/audit';
import { outcomes, type AuditRow, type Chain, type Outcome, type Verdict } from '../wire/audit';
import { roles as allRoles, type Role } from '../wire/roles';
import type { Fault } from '../wire/fault';
import { count, exact, siteMidnight } from '../state/format';
import { news } from '../state/link';
import { useAct, useLoad } from '../state/load';
import { send } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Notice, PageHead, Skeleton, St } from '../ui/parts';
import { KeyHints, Row, Search, Table } from '../ui/table';
import { RecordingsDue } from './recording-keeping';

const tones = { ok: 'ok', refused: 'warn', failed: 'bad' } as const;

const isRole = (r: string): r is Role => (allRoles as readonly string[]).includes(r);
/** An act without an account: the server's own, the operator's at the machine, or a stranger's. */
function nobodyWords(row: AuditRow): string {
  const a = text().audit;
  return row.from === 'control' ? a.operator : row.from === null || row.from === '' || row.from === 'server' ? a.system : a.nobody;
}
const roleWords = (r: string | null): string => (r === null ? '' : isRole(r) ? text().roles[r] : r);
const actionWords = (a: string): string => text().audit.actions[a] ?? a;

function Detail({ row, onClose }: { row: AuditRow; onClose: () => void }) {
  const t = text();
  const a = t.audit;
  return (
    <Dialog title={a.rowTitle(row.seq)} onClose={onClose} wide>
      <dl class="facts">
        <dt>{a.at}</dt><dd><time dateTime={new Date(row.at).toISOString()}>{exact(row.at)}</time></dd>
        <dt>{a.actor}</dt><dd>{row.actor === null ? nobodyWords(row) : <>{row.actor.display} <span class="muted mono">{row.actor.name}</span></>}</dd>
        {row.role !== null && row.role !== '' && <><dt>{a.role}</dt><dd>{roleWords(row.role)}</dd></>}
        <dt>{a.action}</dt><dd>{actionWords(row.action)} <span class="muted mono">{row.action}</span></dd>
        <dt>{a.outcome}</dt><dd><St tone={tones[row.outcome]}>{a.outcomes[row.outcome]}</St></dd>
        {row.target !== null && row.target !== '' && <><dt>{a.target}</dt><dd class="mono">{row.target}</dd></>}
        {row.from !== null && row.from !== '' && <><dt>{a.address}</dt><dd class="mono">{row.from}</dd></>}
        {Object.entries(row.detail).map(([k, v]) => <><dt class="mono">{k}</dt><dd>{typeof v === 'string' ? v : JSON.stringify(v)}</dd></>)}
        {row.hash !== '' && <><dt>{a.hash}</dt><dd class="print-id">{row.hash}</dd></>}
      </dl>
      <div class="actions"><Button kind="primary" onClick={onClose}>{t.close}</Button></div>
    </Dialog>
  );
}

function VerdictNotice({ verdict }: { verdict: Verdict }) {
  const t = text();
  const a = t.audit;
  if (!verdict.ok) return <Notice tone="bad" live>{a.bad(count(verdict.seq))} {a.why[verdict.why]}<br />{a.badTodo}</Notice>;
  return (
    <Notice tone="ok" live>
      {a.good(count(verdict.rows))} {verdict.anchor === null ? a.noAnchor : a.goodAnchor(count(verdict.anchor.seq), exact(verdict.anchor.at))}
      <br /><span class="muted">{a.head}{t.colon}</span><span class="print-id">{verdict.head}</span>
    </Notice>
  );
}

/** How long the chain is, how far the anchor outside of it goes, and what the last walk along it found. */
function ChainLine({ chain }: { chain: Chain }) {
  const a = text().audit;
  const v = chain.verified;
  return (
    <p class="row wrap muted">
      {v === null ? <St tone="warn">{a.chain.never}</St> : <St tone={v.ok ? 'ok' : 'bad'}>{v.ok ? a.chain.whole(exact(v.at)) : a.chain.broken(exact(v.at))}</St>}
      <span>{a.chain.length(count(chain.seq), count(chain.anchor.seq))}</span>
    </p>
  );
}

/** Asked for when it is whole: on Enter or when it is left. */
function PatientField({ label, value, onSearch }: { label: string; value: string; onSearch: (id: string) => void }) {
  const typed = useSignal(value);
  useEffect(() => { typed.value = value; }, [value]);
  const ask = (): void => { if (typed.value.trim() !== value) onSearch(typed.value.trim()); };
  return <form onSubmit={(e) => { e.preventDefault(); ask(); }} onFocusOut={ask}><TextField label={label} value={typed.value} max={64} onInput={(v) => { typed.value = v; }} /></form>;
}

export function Audit() {
  const t = text();
  const a = t.audit;
  const actor = useSignal('');
  const action = useSignal('');
  const outcome = useSignal<Outcome | ''>('');
  const patient = useSignal('');
  const from = useSignal('');
  const to = useSignal('');
  const rows = useSignal<AuditRow[] | null>(null);
  const next = useSignal<string | null>(null);
  const fault = useSignal<Fault | null>(null);
  const busy = useSignal(false);
  const open = useSignal<AuditRow | null>(null);
  const verdict = useSignal<Verdict | null>(null);
  const verify = useAct();

  const iso = (date: string, days: number): string => (date === '' ? '' : new Date(siteMidnight(date, days)).toISOString());
  const by = { actor: actor.value.trim(), action: action.value.trim(), outcome: outcome.value, patient: patient.value.trim(), from: iso(from.value, 0), to: iso(to.value, 1) };
  const page = useLoad(() => wire.audit({ ...by, before: '' }), `${Object.values(by).join('|')}|${news.exception.value}`);
  useEffect(() => {
    if (page.value.value === null) return;
    rows.value = page.value.value.rows;
    next.value = page.value.value.next;
  }, [page.value.value]);

  const chain = useLoad(wire.chain, 0);

  const more = async (): Promise<void> => {
    if (next.value === null || busy.value) return;
    busy.value = true;
    const result = await send(wire.audit({ ...by, before: next.value }));
    busy.value = false;
    fault.value = result.ok ? null : result.fault;
    if (!result.ok) return;
    const had = new Set(rows.value?.map((r) => r.seq));
    rows.value = [...(rows.value ?? []), ...result.value.rows.filter((r) => !had.has(r.seq))];
    next.value = result.value.next;
  };
  const check = async (): Promise<void> => {
    verdict.value = null;
    const result = await verify.run(wire.verifyAudit());
    if (result.ok) verdict.value = result.value;
    void chain.again();
  };

  const list = rows.value;
  const filtered = Object.values(by).some((v) => v !== '');
  const clear = (): void => { actor.value = ''; action.value = ''; outcome.value = ''; patient.value = ''; from.value = ''; to.value = ''; };

  return (
    <>
      <PageHead title={a.title} sum={a.sum} end={<Button kind="primary" icon="shield" busy={verify.busy ? a.verifyBusy : false} onClick={() => { void check(); }}>{a.verify}</Button>} />
      <RecordingsDue />
      <div class="gap-4">
        {chain.value.value !== null && <ChainLine chain={chain.value.value} />}
        {verdict.value !== null && <VerdictNotice verdict={verdict.value} />}
        <FaultNotice fault={verify.fault} />
        <div class="filters">
          <Search label={a.searchLabel} value={actor.value} onSearch={(v) => { actor.value = v; }} />
          <PatientField label={a.patient} value={patient.value} onSearch={(v) => { patient.value = v; }} />
          <SelectField label={a.action} value={action.value} options={[{ value: '', words: t.all }, ...Object.keys(a.actions).map((k) => ({ value: k, words: actionWords(k) }))]} onPick={(v) => { action.value = v; }} />
          <SelectField label={a.outcome} value={outcome.value} options={[{ value: '' as const, words: a.anyOutcome }, ...outcomes.map((v) => ({ value: v, words: a.outcomes[v] }))]} onPick={(v) => { outcome.value = v; }} />
          <TextField label={a.from} type="date" value={from.value} onInput={(v) => { from.value = v; }} />
          <TextField label={a.to} type="date" value={to.value} onInput={(v) => { to.value = v; }} />
          {filtered && <Button kind="plain" onClick={clear}>{t.clear}</Button>}
        </div>
      </div>
      <FaultNotice fault={page.fault.value} again={() => { void page.again(); }} />
      {list === null ? page.slow.value && <Skeleton rows={8} /> : list.length === 0 ? <Empty icon="eye" title={a.empty} action={filtered ? <Button onClick={clear}>{t.clear}</Button> : undefined}>{a.emptyText}</Empty> : <>
        <Table label={a.title} columns={[{ words: a.at }, { words: a.actor }, { words: a.action }, { words: a.target, wide: true }, { words: a.outcome }, { words: a.address, wide: true }]}>
          {list.map((r) => (
            <Row key={r.seq}>
              <td><button type="button" class="open plain" data-open="" aria-haspopup="dialog" onClick={() => { open.value = r; }}><span class="vh">{a.open(r.seq)} </span><time dateTime={new Date(r.at).toISOString()}>{exact(r.at)}</time></button></td>
              <td class="line">{r.actor === null ? <span class="muted">{nobodyWords(r)}</span> : r.actor.display}<small>{roleWords(r.role)}</small></td>
              <td>{actionWords(r.action)}</td>
              <td class="wide mono">{r.target}</td>
              <td class="mark"><St tone={tones[r.outcome]}>{a.outcomes[r.outcome]}</St></td>
              <td class="wide mono">{r.from}</td>
            </Row>
          ))}
        </Table>
        {next.value !== null && <div class="more"><Button busy={busy.value ? t.loading : false} onClick={() => { void more(); }}>{t.more}</Button></div>}
        <FaultNotice fault={fault.value} />
        <KeyHints />
      </>}
      {open.value !== null && <Detail row={open.value} onClose={() => { open.value = null; }} />}
    </>
  );
}
