/* Emergency access: asked for with a reason and a code, shown in red for as long as it lasts. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { chartText } from '../text/chart';
import { breakGlass } from '../wire/glass-break';
import { now } from '../state/clock';
import { countdown } from '../state/format';
import { say, useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, FaultNotice, Notice } from '../ui/parts';

export function GlassBanner({ ends }: { ends: number }) {
  const t = chartText();
  const left = ends - now.value;
  return left <= 0 ? null : <div class="glass-banner" role="status"><Icon name="warn" size="m" /><b>{t.glassOpen}</b><span class="num">{t.glassLeft(countdown(left))}</span><span class="end">{t.glassTold}</span></div>;
}

export function GlassDialog({ patient, onDone, onClose }: { patient: string; onDone: () => void; onClose: () => void }) {
  const t = chartText();
  const reason = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const short = [...reason.value.trim()].length < 4;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (short || code.value.trim() === '') return;
    const r = await act.run(breakGlass(patient, reason.value.trim(), code.value.trim()));
    code.value = '';
    if (!r.ok) return;
    say(t.glassDone);
    onDone();
  };
  return (
    <Dialog title={t.glass} sub={t.glassHelp} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Notice tone="bad">{t.glassWarn}</Notice>
        <TextField label={t.reason} value={reason.value} onInput={(v) => { reason.value = v; }} focus max={300} error={tried.value && short ? t.reasonShort : undefined} />
        <TextField label={t.code} value={code.value} onInput={(v) => { code.value = v; }} name="code" auto="one-time-code" mode="numeric" code max={16} error={tried.value && code.value.trim() === '' ? text().required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? t.glassBusy : false}>{t.glassDo}</Button></div>
      </form>
    </Dialog>
  );
}
