/* Wall terminals (PROTOCOL §2.1): named, given a code for one use, revoked; the key of a device that knows faces. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { faultText, text } from '../text';
import { terminalText } from '../text/terminal';
import * as wire from '../wire/terminal';
import type { TerminalCode, TerminalRow } from '../wire/terminal';
import { stamp } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, Empty, Fact, Facts, FaultNotice, PageHead, Secret, Skeleton, St, When } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { KeyHints, Row, Table } from '../ui/table';

type Open = { is: 'none' } | { is: 'add' } | { is: 'code'; made: TerminalCode } | { is: 'device'; row: TerminalRow } | { is: 'revoke'; row: TerminalRow };

function Add({ onDone, onClose }: { onDone: (made: TerminalCode) => void; onClose: () => void }) {
  const t = terminalText();
  const name = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (name.value.trim() === '') return;
    const result = await act.run(wire.addTerminal(name.value.trim()));
    if (result.ok) onDone(result.value);
  };
  return (
    <Dialog title={t.add} sub={t.sum} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={t.name} help={t.nameHelp} value={name.value} max={40} onInput={(v) => { name.value = v; }} error={act.fault?.where === 'name' ? faultText(act.fault) : tried.value && name.value.trim() === '' ? text().required : undefined} />
        <FaultNotice fault={act.fault?.where === 'name' ? null : act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.adding : false}>{t.addDo}</Button></div>
      </form>
    </Dialog>
  );
}

function Code({ made, onClose }: { made: TerminalCode; onClose: () => void }) {
  const t = terminalText();
  return (
    <Dialog title={t.codeTitle} sub={t.codeText(stamp(made.ends))} firm onClose={onClose}>
      <Secret value={`${made.code.slice(0, 5)} ${made.code.slice(5)}`} label={t.codeTitle} />
      <div class="actions"><Button kind="primary" onClick={onClose}>{text().done}</Button></div>
    </Dialog>
  );
}

function Device({ row, onDone, onClose }: { row: TerminalRow; onDone: () => void; onClose: () => void }) {
  const t = terminalText();
  const id = useId();
  const key = useSignal('');
  const act = useAct();
  const set = async (value: string): Promise<void> => { if ((await act.run(wire.setDevice(row.id, value))).ok) onDone(); };
  return (
    <Dialog title={t.deviceTitle(row.name)} sub={t.deviceText} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy && key.value.trim() !== '') void set(`${key.value.trim()}\n`); }}>
        <Facts><Fact tall label={t.deviceWhere}><code class="mono long">{`${location.origin}/api/face/${row.id}`}</code></Fact><Fact tall label={t.deviceAudience}><code class="mono long">{row.id}</code></Fact>{row.device_id !== '' && <Fact tall label={t.deviceId}><code class="mono long">{row.device_id}</code></Fact>}</Facts>
        <div class="field"><label for={id}>{t.deviceKey}</label><textarea id={id} class="input mono" rows={5} value={key.value} onInput={(e) => { key.value = e.currentTarget.value; }} /></div>
        <FaultNotice fault={act.fault} />
        <div class="actions">{row.device && <Button kind="danger" onClick={() => { void set(''); }}>{t.deviceDrop}</Button>}<Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.adding : false}>{t.deviceDo}</Button></div>
      </form>
    </Dialog>
  );
}

export function TerminalsPage() {
  const t = terminalText();
  const load = useLoad(() => wire.terminals(), 0);
  const open = useSignal<Open>({ is: 'none' });
  const act = useAct();
  const close = (): void => { open.value = { is: 'none' }; };
  const shown = (made: TerminalCode): void => { open.value = { is: 'code', made }; void load.again(); };
  const again = async (row: TerminalRow): Promise<void> => { const r = await act.run(wire.newCode(row.id)); if (r.ok) shown(r.value); };
  const rows = load.value.value;
  const at = open.value;
  return (
    <>
      <PageHead title={t.title} sum={t.sum} end={<Button kind="primary" icon="plus" onClick={() => { open.value = { is: 'add' }; }}>{t.add}</Button>} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} /><FaultNotice fault={act.fault} />
      {rows === null ? load.slow.value && <Skeleton /> : rows.length === 0 ? <Empty icon="screen" title={t.empty}>{t.emptyText}</Empty> : <>
        <Table label={t.title} columns={[{ words: t.name }, { words: t.state }, { words: t.seen }, { words: t.from, wide: true }, { words: t.device, wide: true }, { words: t.doings, hidden: true }]}>
          {rows.map((r) => (
            <Row key={r.id}>
              <td><b>{r.name}</b></td>
              <td class="line" data-col={t.state}><St tone={r.state === 'enrolled' ? 'ok' : r.state === 'waiting' ? 'act' : r.state === 'revoked' ? 'bad' : 'warn'}>{t.states[r.state] ?? r.state}</St></td>
              <td class="line" data-col={t.seen}><When at={r.seen} /></td>
              <td class="wide mono">{r.from}</td>
              <td class="wide">{r.device ? t.deviceThere : t.deviceNone}</td>
              <td class="act">{r.state !== 'revoked' && <span class="row wrap">
                <Button open label={`${t.again} ${r.name}`} onClick={() => { void again(r); }}>{t.again}</Button>
                <Button label={`${t.device} ${r.name}`} onClick={() => { open.value = { is: 'device', row: r }; }}>{t.device}</Button>
                <Button label={`${t.revoke} ${r.name}`} onClick={() => { open.value = { is: 'revoke', row: r }; }}>{t.revoke}</Button>
              </span>}</td>
            </Row>
          ))}
        </Table>
        <KeyHints />
      </>}
      {at.is === 'add' && <Add onClose={close} onDone={shown} />}
      {at.is === 'code' && <Code made={at.made} onClose={close} />}
      {at.is === 'device' && <Device row={at.row} onClose={close} onDone={() => { say(t.deviceDone); close(); void load.again(); }} />}
      {at.is === 'revoke' && <ReasonDialog title={t.revokeTitle(at.row.name)} sub={t.revokeText} act={t.revoke} busy={t.revoking} danger draft={['security', 'terminal', at.row.id]}
        call={(reason) => wire.revokeTerminal(at.row.id, reason)} onClose={close} onDone={() => { say(t.revoked(at.row.name)); close(); void load.again(); }} />}
    </>
  );
}
