/* Exports (PROTOCOL §12, rule 33): what leaves the site, asked for by one, granted by another, fetched once. For the doctor and the privacy
   officer: each sees what is to be decided and what may be fetched, the officer all of it and how much each person took. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { exportsText } from '../text/exports';
import * as wire from '../wire/exports';
import type { Export, ExportVerdict } from '../wire/exports';
import { exported } from '../state/exported';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import type { Fault } from '../wire/fault';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Notice, PageHead, Skeleton, St, Sep } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { PatientRef } from './patient-ref';
import { ExportAsk } from './export-ask';
import { BulkBegin, BulkFiles } from './export-bulk';
import { bulkScope, Facts } from './export-facts';

const open_ms = 7 * 24 * 3_600_000;

function State({ row }: { row: Export }) {
  const x = exportsText();
  if (row.decided === null) return <St tone="warn">{x.waiting}</St>;
  if (!row.granted) return <><St tone="bad">{x.declined}</St><small>{x.declinedBy(row.decided_by?.display ?? '')}{row.remark !== null && row.remark !== '' && ` ${row.remark}`}</small></>;
  const gone = row.fetched === null && row.decided + open_ms < Date.now();
  return <><St tone={row.fetched === null ? (gone ? 'bad' : 'act') : 'ok'}>{row.fetched !== null ? (row.kind === 'bulk' ? x.begun : x.fetched)(stamp(row.fetched)) : gone ? x.gone : x.granted}</St><small>{x.by(row.decided_by?.display ?? '')}</small></>;
}

function Decide({ row, verdict, onDone, onClose }: { row: Export; verdict: ExportVerdict; onDone: () => void; onClose: () => void }) {
  const x = exportsText();
  const remark = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (code.value.trim() === '') return;
    const result = await act.run(wire.decideExport(row.id, verdict, remark.value.trim(), code.value.trim()));
    code.value = '';
    if (!result.ok) return;
    say(x.decided);
    onDone();
  };
  return (
    <Dialog title={x.titleOf[verdict]} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Facts row={row} />
        <Notice tone={verdict === 'grant' ? 'warn' : 'act'}>{x.warn[verdict]}</Notice>
        <TextField label={x.remark} value={remark.value} max={300} onInput={(v) => { remark.value = v; }} />
        <TextField label={x.code} value={code.value} onInput={(v) => { code.value = v; }} name="code" auto="one-time-code" mode="numeric" code max={16} error={tried.value && code.value.trim() === '' ? text().required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind={verdict === 'grant' ? 'primary' : 'danger'} busy={act.busy ? x.deciding : false}>{x[verdict]}</Button></div>
      </form>
    </Dialog>
  );
}

function Fetch({ row, onDone, onClose }: { row: Export; onDone: () => void; onClose: () => void }) {
  const x = exportsText();
  const act = useAct();
  const busy = useSignal(false);
  const fault = useSignal<Fault | null>(null);
  const take = async (): Promise<void> => {
    busy.value = true;
    const key = await act.run(wire.exportKey(row.id));
    fault.value = key.ok ? await exported(row, key.value.key) : key.fault;
    busy.value = false;
    if (fault.value !== null) return;
    say(x.took);
    onDone();
  };
  return (
    <Dialog title={x.fetchTitle} onClose={onClose}>
      <Facts row={row} />
      <Notice tone="warn">{x.fetchWarn}</Notice>
      <FaultNotice fault={fault.value} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="primary" busy={busy.value ? x.fetching : false} onClick={() => { void take(); }}>{x.fetch}</Button></div>
    </Dialog>
  );
}

type Doing = { is: 'ask' } | { is: 'begin' | 'files'; row: Export } | { is: 'decide'; row: Export; verdict: ExportVerdict } | { is: 'fetch'; row: Export };

export function Exports() {
  const x = exportsText();
  const doing = useSignal<Doing | null>(null);
  const load = useLoad(wire.exports, news.exports.value);
  const list = load.value.value;
  const close = (): void => { doing.value = null; };
  const done = (): void => { close(); void load.again(); };
  const at = doing.value;
  return (
    <>
      <PageHead title={x.title} sum={x.sum} end={<>{list !== null && <span class="muted">{x.left(list.left, list.limit)}</span>}<Button kind="primary" icon="plus" disabled={list !== null && list.left === 0} onClick={() => { doing.value = { is: 'ask' }; }}>{x.ask}</Button></>} />
      {list !== null && list.counts.length > 0 && <p class="muted">{x.counts}{text().colon}{list.counts.map((c) => x.countOf(c.account.display, c.asked, c.fetched)).join(' · ')}</p>}
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {list === null ? load.slow.value && <Skeleton rows={5} /> : list.rows.length === 0 ? <Empty icon="disk" title={x.empty}>{x.emptyText}</Empty> : (
        <Table label={x.title} columns={[{ words: x.at }, { words: x.kind }, { words: x.recipient }, { words: x.reason, wide: true }, { words: x.state }, { words: x.acts, hidden: true }]}>
          {list.rows.map((r) => (
            <Row key={r.id}>
              <td class="line"><time dateTime={new Date(r.asked).toISOString()}>{stamp(r.asked)}</time><small>{r.asked_by.display}</small></td>
              <td>{x.kinds[r.kind]}<Sep />{x.short[r.format]}{r.kind === 'bulk' && <small>{bulkScope(r)}</small>}{r.patient !== null && r.patient !== '' && <><br /><PatientRef id={r.patient} named={r.to_decide} /></>}</td>
              <td>{r.recipient}</td>
              <td class="wide">{r.reason}</td>
              <td class="mark"><State row={r} /></td>
              <td class="act">
                {r.to_decide && (['grant', 'decline'] as const).map((v) => <Button key={v} onClick={() => { doing.value = { is: 'decide', row: r, verdict: v }; }}>{x[v]}</Button>)}
                {r.mine && <Button kind="primary" onClick={() => { doing.value = { is: r.kind !== 'bulk' ? 'fetch' : r.fetched === null ? 'begin' : 'files', row: r }; }}>{r.kind !== 'bulk' ? x.fetch : r.fetched === null ? x.begin : x.files}</Button>}
              </td>
            </Row>
          ))}
        </Table>
      )}
      {at?.is === 'ask' && <ExportAsk onClose={close} onDone={done} />}
      {at?.is === 'decide' && <Decide row={at.row} verdict={at.verdict} onClose={close} onDone={done} />}
      {at?.is === 'begin' && <BulkBegin row={at.row} onDone={done} onClose={close} />}
      {at?.is === 'files' && <BulkFiles row={at.row} onDone={done} onClose={close} />}
      {at?.is === 'fetch' && <Fetch row={at.row} onClose={close} onDone={done} />}
    </>
  );
}
