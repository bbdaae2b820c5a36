/* The steps of a login (PROTOCOL §2): name and password → own password → authenticator → recovery codes, or the 6-digit code.
   Used on the login page and in the dialog over an expired page. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { faultText, text } from '../text';
import type { Fault } from '../wire/fault';
import * as wire from '../wire/login';
import type { Enrol, Login } from '../wire/login';
import type { Role } from '../wire/roles';
import { now } from '../state/clock';
import { countdown } from '../state/format';
import { say, useAct } from '../state/load';
import { ask } from '../state/session';
import { PasswordField, TextField } from '../ui/form';
import { isHandBusy } from '../ui/keys';
import { Button, FaultNotice, Notice, Sep } from '../ui/parts';
import { EnrolSteps, RecoveryCodes } from './enrol';

type Step =
  | { is: 'name' }
  | { is: 'password'; at: Login }
  | { is: 'totp'; at: Login; recovery: boolean }
  | { is: 'enrol'; at: Login; enrol: Enrol | null }
  | { is: 'codes'; at: Login; codes: string[] };

export interface LoginFlowProps {
  /** Log in again as this account. */
  same?: { name: string; display: string };
  /** A step that was reached otherwise: by an invitation. */
  begin?: Login;
  onDone: () => Promise<void>;
  heading: 'h1' | 'none';
}

/** Below this no password is strong enough; what else makes one weak, the server says. */
export const leastChars = (roles: readonly Role[]): number => (roles.includes('detainee') ? 6 : 10);

export function LoginFlow({ same, begin, onDone, heading }: LoginFlowProps) {
  const t = text();
  const step = useSignal<Step>({ is: 'name' });
  const name = useSignal(same?.name ?? '');
  const password = useSignal('');
  const fresh = useSignal('');
  const again = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const carried = useSignal<Fault | null>(null);
  const entering = useSignal(false);
  const act = useAct(ask);
  const box = useRef<HTMLDivElement>(null);

  const show = (next: Step): void => {
    act.clear();
    tried.value = false;
    carried.value = null;
    code.value = '';
    step.value = next;
  };

  const start = (why: Fault | null = null): void => {
    password.value = '';
    fresh.value = '';
    again.value = '';
    if (!same) name.value = why === null ? '' : name.value;
    show({ is: 'name' });
    carried.value = why;
  };

  const enter = async (): Promise<void> => {
    entering.value = true;
    password.value = '';
    await onDone();
    entering.value = false;
  };

  const follow = async (login: Login): Promise<void> => {
    if (login.next === 'done') await enter();
    else if (login.next === 'password') show({ is: 'password', at: login });
    else if (login.next === 'totp') show({ is: 'totp', at: login, recovery: false });
    else {
      show({ is: 'enrol', at: login, enrol: null });
      const result = await act.run(wire.loginEnrol(login.ticket));
      if (result.ok) step.value = { is: 'enrol', at: login, enrol: result.value };
      else if (result.fault.code === 'ticket_gone') start(result.fault);
    }
  };

  useEffect(() => { if (begin !== undefined) void follow(begin); }, []);

  /* The first field of each step takes the focus, but for a gate that came while somebody was typing. */
  const isFirst = useRef(true);
  const shownStep = step.value.is === 'totp' ? `totp${String(step.value.recovery)}` : step.value.is === 'enrol' ? `enrol${String(step.value.enrol !== null)}` : step.value.is;
  useEffect(() => {
    const isCaught = isFirst.current && isHandBusy();
    isFirst.current = false;
    if (isCaught) return;
    const all = [...(box.current?.querySelectorAll<HTMLInputElement>('input:not([type=checkbox]):not([readonly])') ?? [])].filter((i) => !i.hidden);
    (all.find((i) => i.value === '') ?? all[0])?.focus();
  }, [shownStep]);

  /* After a refusal the focus goes back to the field in question. */
  useEffect(() => {
    if (act.fault !== null && act.fault.status !== 0) box.current?.querySelector<HTMLInputElement>('input[aria-invalid]')?.focus();
  }, [act.fault]);

  const submit = async (): Promise<void> => {
    if (act.busy || entering.value) return;
    const at = step.value;
    tried.value = true;
    if (at.is === 'name') {
      if (name.value.trim() === '' || password.value === '') return;
      const result = await act.run(wire.login(name.value.trim(), password.value));
      if (result.ok) await follow(result.value);
    } else if (at.is === 'password') {
      if ([...fresh.value].length < leastChars(at.at.account?.roles ?? []) || fresh.value !== again.value) return;
      const result = await act.run(wire.loginPassword(at.at.ticket, fresh.value));
      if (result.ok) await follow({ ...result.value, account: result.value.account ?? at.at.account });
      else if (result.fault.code === 'ticket_gone') start(result.fault);
    } else if (at.is === 'totp') {
      const typed = at.recovery ? code.value.trim().toLowerCase() : code.value.replace(/\s/g, '');
      if (typed === '') return;
      const result = await act.run(wire.loginTotp(at.at.ticket, typed));
      if (result.ok) {
        await enter();
        const left = result.value.recovery_left;
        if (at.recovery && left !== null && left < 3) say(t.login.recoveryLow(left));
      } else if (result.fault.code === 'ticket_gone') start(result.fault);
      else if (result.fault.code === 'totp_wrong') code.value = '';
    }
  };

  const fault = act.fault;
  const wait_ms = fault?.until ? Math.max(0, fault.until - now.value) : 0;
  const waitWords = fault?.until && wait_ms > 0 ? ` ${fault.code === 'locked' ? t.lockedFor(countdown(wait_ms)) : t.retryIn(countdown(wait_ms))}` : '';
  const held = fault !== null && (fault.code === 'locked' || fault.code === 'slow_down') && wait_ms > 0;
  const faultWords = fault === null ? undefined : <>{faultText(fault)}<span class="num">{waitWords}</span></>;
  /* A refusal stands beside the field it is about; the world's failures below all fields. */
  const atField = (...codes: string[]) => (fault !== null && codes.includes(fault.code) ? faultWords : undefined);
  const elsewhere = (...codes: string[]) => (fault !== null && !codes.includes(fault.code) ? fault : null);

  const Head = ({ title, sub }: { title: string; sub: string }) => heading === 'h1'
    ? <div><h1 tabIndex={-1}>{title}</h1><p class="sub">{sub}</p></div>
    : <div><h3>{title}</h3><p class="sub">{sub}</p></div>;

  const who = step.value.is === 'name' ? (same ?? null) : step.value.at.account;
  const roles = step.value.is === 'name' ? [] : step.value.at.account?.roles ?? [];
  const freshHelp = roles.includes('detainee') ? t.login.freshPin : t.login.freshHelp;
  const Who = () => who && (
    <div class="row-3 who">
      <span class="avatar" aria-hidden="true">{[...who.display][0]}</span>
      <span class="grow"><b>{who.display}</b><small>{who.name}{roles.length > 0 && <><Sep />{roles.map((r) => t.roles[r]).join(t.join)}</>}</small></span>
      {!same && <button type="button" class="linkish" onClick={() => start()}>{t.login.other}</button>}
    </div>
  );

  const at = step.value;
  return (
    <div class="form" ref={box}>
      {at.is === 'name' && <>
        {heading === 'h1' && <Head title={t.login.title} sub={t.login.stepName} />}
        {carried.value !== null && <Notice tone="warn" live>{faultText(carried.value)}</Notice>}
        <form noValidate onSubmit={(e) => { e.preventDefault(); void submit(); }}>
          {same
            ? <><Who /><input type="text" name="username" autocomplete="username" value={same.name} hidden readOnly /></>
            : <div data-density="cosy"><TextField label={t.login.name} name="username" auto="username" value={name.value} onInput={(v) => { name.value = v; }} error={tried.value && name.value.trim() === '' ? t.required : undefined} /></div>}
          <div data-density="cosy"><PasswordField label={t.login.password} value={password.value} onInput={(v) => { password.value = v; }}
            error={tried.value && password.value === '' && fault === null ? t.required : atField('login_wrong', 'locked', 'disabled', 'slow_down')} /></div>
          <FaultNotice fault={elsewhere('login_wrong', 'locked', 'disabled', 'slow_down')} />
          <div data-density="cosy"><Button type="submit" kind="primary" block busy={act.busy ? t.login.nextBusy : entering.value ? t.login.enterBusy : false} disabled={held}>{t.login.next}</Button></div>
        </form>
      </>}

      {at.is === 'totp' && <>
        <Head title={t.login.title} sub={at.recovery ? t.login.stepRecovery : t.login.stepTotp} />
        <Who />
        <form noValidate onSubmit={(e) => { e.preventDefault(); void submit(); }}>
          <div data-density="cosy">{at.recovery
            ? <TextField key="r" label={t.login.recovery} help={t.login.recoveryHelp} code value={code.value} onInput={(v) => { code.value = v; }} max={16} error={atField('totp_wrong', 'locked', 'slow_down') ?? (tried.value && code.value === '' && fault === null ? t.required : undefined)} />
            : <TextField key="t" label={t.login.code} help={t.login.codeHelp} code mode="numeric" auto="one-time-code" name="code" value={code.value} onInput={(v) => { code.value = v; }} max={8} error={atField('totp_wrong', 'locked', 'slow_down') ?? (tried.value && code.value === '' && fault === null ? t.required : undefined)} />}</div>
          <FaultNotice fault={elsewhere('totp_wrong', 'locked', 'slow_down')} />
          <div data-density="cosy"><Button type="submit" kind="primary" block busy={act.busy || entering.value ? t.login.enterBusy : false} disabled={held}>{t.login.enter}</Button></div>
        </form>
        <p class="soft"><button type="button" class="linkish" onClick={() => show({ ...at, recovery: !at.recovery })}>{at.recovery ? t.login.useCode : t.login.useRecovery}</button><br />{at.recovery && <small class="muted">{t.login.lost}</small>}</p>
      </>}

      {at.is === 'password' && <>
        <Head title={t.login.passwordTitle} sub={t.login.passwordSub} />
        <Who />
        <form noValidate onSubmit={(e) => { e.preventDefault(); void submit(); }}>
          <div data-density="cosy"><PasswordField label={t.login.fresh} help={freshHelp} name="new-password" auto="new-password" value={fresh.value} onInput={(v) => { fresh.value = v; }}
            error={tried.value && [...fresh.value].length < leastChars(roles) ? freshHelp : atField('password_weak')} /></div>
          <div data-density="cosy"><PasswordField label={t.login.again} name="new-password-again" auto="new-password" value={again.value} onInput={(v) => { again.value = v; }}
            error={tried.value && fresh.value !== again.value ? t.login.againWrong : undefined} /></div>
          <FaultNotice fault={elsewhere('password_weak')} />
          <div data-density="cosy"><Button type="submit" kind="primary" block busy={act.busy ? t.login.passwordBusy : false}>{t.login.passwordSave}</Button></div>
        </form>
      </>}

      {at.is === 'enrol' && <>
        <Head title={t.login.enrolTitle} sub={t.login.enrolSub} />
        {at.enrol === null
          ? <FaultNotice fault={fault} again={() => start()} />
          : <EnrolSteps enrol={at.enrol} act={act} confirmWords={t.login.enrolConfirm} onConfirm={async (typed) => {
            const result = await act.run(wire.loginEnrolConfirm(at.at.ticket, typed));
            if (result.ok) show({ is: 'codes', at: at.at, codes: result.value.recovery_codes });
            else if (result.fault.code === 'ticket_gone') start(result.fault);
          }} />}
      </>}

      {at.is === 'codes' && <>
        <Head title={t.login.codesTitle} sub={t.login.codesSub} />
        <RecoveryCodes codes={at.codes} name={at.at.account?.name ?? name.value} act={t.login.codesEnter} busy={entering.value ? t.login.enterBusy : false} onKept={() => { void enter(); }} />
      </>}
    </div>
  );
}
