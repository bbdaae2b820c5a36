/* The two things shown once: the authenticator's QR code, and the recovery codes. */
import { useSignal } from '@preact/signals';
import { createPortal } from 'preact/compat';
import { faultText, text } from '../text';
import type { Enrol } from '../wire/login';
import type { Act } from '../state/load';
import { Check, TextField } from '../ui/form';
import { Button, FaultNotice, Secret } from '../ui/parts';

export function EnrolSteps({ enrol, act, confirmWords, onConfirm }: { enrol: Enrol; act: Act; confirmWords: string; onConfirm: (code: string) => Promise<void> }) {
  const t = text();
  const code = useSignal('');
  const tried = useSignal(false);
  const wrong = act.fault !== null && (act.fault.code === 'totp_wrong' || act.fault.code === 'locked');
  const grouped = enrol.secret.replace(/\s/g, '').replace(/(.{4})(?=.)/g, '$1 ');
  return (
    <form noValidate onSubmit={(e) => {
      e.preventDefault();
      tried.value = true;
      const typed = code.value.replace(/\s/g, '');
      if (typed !== '' && !act.busy) void onConfirm(typed);
    }}>
      <p class="soft">{t.login.enrolScan}</p>
      <div class="qr"><img src={`data:image/svg+xml,${encodeURIComponent(enrol.qr)}`} alt={t.login.enrolQr} /></div>
      <p><a class="btn btn-block" href={enrol.uri}>{t.login.enrolHere}</a></p>
      <div class="gap-2"><span class="soft">{t.login.enrolSecret}</span><Secret value={grouped} label={t.login.enrolSecret} /></div>
      <div data-density="cosy"><TextField label={t.login.enrolCode} code mode="numeric" auto="one-time-code" name="code" value={code.value} onInput={(v) => { code.value = v; }} max={8}
        error={wrong && act.fault ? faultText(act.fault) : tried.value && code.value === '' ? t.required : undefined} /></div>
      {!wrong && <FaultNotice fault={act.fault} />}
      <div data-density="cosy"><Button type="submit" kind="primary" block busy={act.busy ? t.login.enrolBusy : false}>{confirmWords}</Button></div>
    </form>
  );
}

export function RecoveryCodes({ codes, name, act, busy, onKept }: { codes: string[]; name: string; act: string; busy: string | false; onKept: () => void }) {
  const t = text();
  const kept = useSignal(false);
  const copied = useSignal(false);
  const plain = codes.join('\n');

  const download = (): void => {
    const url = URL.createObjectURL(new Blob([`${t.login.codesFileHead(name)}\r\n\r\n${codes.join('\r\n')}\r\n`], { type: 'text/plain;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = t.login.codesFile(name);
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(plain);
      copied.value = true;
    } catch { copied.value = false; }
  };

  return (
    <>
      <ul class="codes" aria-label={t.login.codesList} data-codes="">{codes.map((c) => <li key={c}>{c}</li>)}</ul>
      <div class="row wrap">
        <Button icon={copied.value ? 'check' : 'copy'} onClick={() => { void copy(); }}>{copied.value ? t.copied : t.copy}</Button>
        <Button icon="print" onClick={() => print()}>{t.login.codesPrint}</Button>
        <Button icon="down" onClick={download}>{t.login.codesDownload}</Button>
      </div>
      <Check label={t.login.codesKept} checked={kept.value} onPick={(on) => { kept.value = on; }} />
      <div data-density="cosy"><Button kind="primary" block disabled={!kept.value} busy={busy} onClick={onKept}>{act}</Button></div>
      {createPortal(<div class="print-only"><h1>{t.login.codesFileHead(name)}</h1>{codes.map((c) => <div key={c}>{c}</div>)}</div>, document.body)}
    </>
  );
}
