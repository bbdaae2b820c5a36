import { useSignal } from '@preact/signals';
import { text } from '../text';
import * as wire from '../wire/system';
import type { Worker } from '../wire/system';
import { bytes, longSpan } from '../state/format';
import { news } from '../state/link';
import { say, useLoad } from '../state/load';
import { Button, Empty, FaultNotice, PageHead, Skeleton, St, When } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { KeyHints, Row, Table } from '../ui/table';

const tones = { up: 'ok', starting: 'act', backoff: 'bad', draining: 'warn' } as const;

export function WorkersPage() {
  const t = text();
  const s = t.system;
  const load = useLoad(wire.workers, news.health.value);
  const open = useSignal<Worker | null>(null);
  const rows = load.value.value?.workers ?? null;
  const close = (): void => { open.value = null; };
  const at = open.value;
  return (
    <>
      <PageHead title={s.workers} sum={rows === null ? undefined : s.workersSum(rows.filter((w) => w.state === 'up').length, rows.length)} end={<Button icon="follow" onClick={() => { void load.again(); }}>{s.refresh}</Button>} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {rows === null ? load.slow.value && <Skeleton /> : rows.length === 0 ? <Empty icon="chip" title={s.workersEmpty}>{s.workersEmptyText}</Empty> : <>
        <Table label={s.workers} columns={[{ words: t.nav.workersShort }, { words: t.security.state }, { words: s.since }, { words: s.rooms, end: true }, { words: s.peers, end: true }, { words: s.memory, end: true, wide: true }, { words: s.cpu, end: true, wide: true }, { words: s.restarts, end: true }, { words: s.sandbox, wide: true }, { words: s.restart, hidden: true }]}>
          {rows.map((w) => (
            <Row key={w.index}>
              <td><b>{s.worker(w.index)}</b><small>{w.pid !== null && <span class="mono">{s.pid} {w.pid}</span>}{w.last_exit !== null && <> {s.lastExit}{t.colon}{w.last_exit}</>}</small></td>
              <td><St tone={tones[w.state]}>{s.workerStates[w.state]}</St></td>
              <td data-col={s.since}><When at={w.since} /></td>
              <td class="right" data-col={s.rooms}>{w.rooms}</td>
              <td class="right" data-col={s.peers}>{w.peers}</td>
              <td class="right wide">{bytes(w.rss_bytes)}</td>
              <td class="right wide num">{longSpan(w.cpu_ms / 1000)}</td>
              <td class="right" data-col={s.restarts}>{w.restarts}</td>
              <td class="wide">{w.sandbox === null ? <span class="muted">{s.sandboxUnknown}</span> : w.sandbox.seccomp && w.sandbox.landlock > 0 ? <St tone="ok">{s.sandboxOn(w.sandbox.landlock)}</St> : <St tone="bad">{s.sandboxPart}</St>}</td>
              <td class="act"><Button open label={s.restartNamed(w.index)} onClick={() => { open.value = w; }}>{s.restart}</Button></td>
            </Row>
          ))}
        </Table>
        <KeyHints />
      </>}
      {at !== null && <ReasonDialog title={s.restartTitle(at.index)} sub={s.restartText(at.rooms)} act={s.restart} busy={s.restartBusy} danger={at.rooms > 0} draft={['system', 'restart', String(at.index)]}
        call={(reason) => wire.restartWorker(at.index, reason)} onClose={close} onDone={() => { say(s.restartDone(at.index)); close(); void load.again(); }} />}
    </>
  );
}
