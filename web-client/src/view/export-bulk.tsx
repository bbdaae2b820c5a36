/* Many records at once (PROTOCOL §11.2): taking the grant up, and the files while they wait. A program does the same over FHIR. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { exportsText } from '../text/exports';
import * as wire from '../wire/exports';
import type { Export } from '../wire/exports';
import { count, stamp } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { Button, FaultNotice, Notice } from '../ui/parts';
import { Facts } from './export-facts';

const again_ms = 1000;

export function BulkBegin({ row, onDone, onClose }: { row: Export; onDone: () => void; onClose: () => void }) {
  const x = exportsText();
  const act = useAct();
  const begin = async (): Promise<void> => {
    const result = await act.run(wire.beginBulk(row));
    if (!result.ok) return;
    say(x.bulkBegun);
    onDone();
  };
  return (
    <Dialog title={x.beginTitle} onClose={onClose}>
      <Facts row={row} />
      <Notice tone="warn">{x.beginWarn}</Notice>
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="primary" busy={act.busy ? x.fetching : false} onClick={() => { void begin(); }}>{x.begin}</Button></div>
    </Dialog>
  );
}

export function BulkFiles({ row, onDone, onClose }: { row: Export; onDone: () => void; onClose: () => void }) {
  const x = exportsText();
  const load = useLoad(() => wire.bulk(row.id), row.id);
  const act = useAct();
  const sure = useSignal(false);
  const made = load.value.value;
  const waits = load.fault.value === null && made === null;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => { void load.again(); }, again_ms);
    return () => { clearInterval(timer); };
  }, [waits]);
  const end = async (): Promise<void> => {
    if (!sure.value) { sure.value = true; return; }
    const result = await act.run(wire.endBulk(row.id));
    if (!result.ok) return;
    say(x.bulkEnded);
    onDone();
  };
  return (
    <Dialog title={x.filesTitle} sub={row.ends === null ? undefined : x.filesUntil(stamp(row.ends))} onClose={onClose}>
      <Facts row={row} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {waits && <p class="muted" role="status">{x.fetching}</p>}
      {made !== null && made.output.length === 0 && <Notice tone="act">{x.filesNone}</Notice>}
      {made !== null && made.output.length > 0 && (
        <ul class="open-list">
          {made.output.map((f, i) => (
            <li key={f.url}><span><b>{f.type}</b><small>{x.resources(count(f.count))}</small></span><a class="btn" href={`/fhir/$export/${row.id}/${i + 1}`} download={`yunqiao-export-${row.id}-${i + 1}-${f.type}.ndjson`} aria-label={x.saveNamed(f.type)}>{x.save}</a></li>
          ))}
        </ul>
      )}
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={() => { void end(); }} kind="danger" busy={act.busy ? x.ending : false}>{sure.value ? x.endSure : x.end}</Button><Button onClick={onClose} kind="primary">{text().close}</Button></div>
    </Dialog>
  );
}
