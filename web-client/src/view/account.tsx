/* The own account (PROTOCOL §3). */
import { useSignal } from '@preact/signals';
import { faultText, lang, text } from '../text';
import type { Fault } from '../wire/fault';
import type { Enrol } from '../wire/login';
import * as wire from '../wire/session';
import { browserName, stamp } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { setLanguage, setTheme, theme } from '../state/prefs';
import { logout, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { PasswordField, TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Fact, Facts, FaultNotice, PageHead, Section, Seg, Skeleton, St } from '../ui/parts';
import { EnrolSteps, RecoveryCodes } from './enrol';
import { leastChars } from './login-flow';
import { ReachSection } from './reach';

/* Roles whose people are told of bookings. */
const reached: readonly string[] = ['clinic-doctor', 'nurse', 'specialist', 'interpreter'];

type Open = 'password' | 'totp' | 'recovery' | null;

const at = (fault: Fault | null, ...codes: string[]): string | undefined => (fault !== null && codes.includes(fault.code) ? faultText(fault) : undefined);
const not = (fault: Fault | null, ...codes: string[]): Fault | null => (fault !== null && !codes.includes(fault.code) ? fault : null);

function PasswordDialog({ withCode, onDone, onClose }: { withCode: boolean; onDone: () => void; onClose: () => void }) {
  const t = text();
  const old = useSignal('');
  const fresh = useSignal('');
  const again = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const held = session.value?.account.roles ?? [];
  const least = leastChars(held);
  const help = held.includes('detainee') ? t.login.freshPin : t.login.freshHelp;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (old.value === '' || [...fresh.value].length < least || fresh.value !== again.value || (withCode && code.value === '')) return;
    const result = await act.run(wire.changePassword(old.value, fresh.value, code.value.replace(/\s/g, '')));
    if (result.ok) onDone();
  };
  return (
    <Dialog title={t.account.passwordAct} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <PasswordField label={t.account.passwordOld} value={old.value} onInput={(v) => { old.value = v; }} error={at(act.fault, 'password_wrong') ?? (tried.value && old.value === '' ? t.required : undefined)} focus />
        <PasswordField label={t.login.fresh} help={help} name="new-password" auto="new-password" value={fresh.value} onInput={(v) => { fresh.value = v; }} error={at(act.fault, 'password_weak') ?? (tried.value && [...fresh.value].length < least ? help : undefined)} />
        <PasswordField label={t.login.again} name="new-password-again" auto="new-password" value={again.value} onInput={(v) => { again.value = v; }} error={tried.value && fresh.value !== again.value ? t.login.againWrong : undefined} />
        {withCode && <TextField label={t.account.code} code mode="numeric" auto="one-time-code" value={code.value} onInput={(v) => { code.value = v; }} max={8} error={at(act.fault, 'totp_wrong', 'locked') ?? (tried.value && code.value === '' ? t.required : undefined)} />}
        <FaultNotice fault={not(act.fault, 'password_wrong', 'password_weak', 'totp_wrong', 'locked')} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.account.passwordBusy : false}>{t.account.passwordSave}</Button></div>
      </form>
    </Dialog>
  );
}

function RecoveryDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = text();
  const code = useSignal('');
  const codes = useSignal<string[] | null>(null);
  const tried = useSignal(false);
  const act = useAct();
  if (codes.value !== null) {
    return (
      <Dialog title={t.login.codesTitle} sub={t.login.codesSub} firm onClose={onDone}>
        <RecoveryCodes codes={codes.value} name={session.value?.account.name ?? ''} act={t.done} busy={false} onKept={onDone} />
      </Dialog>
    );
  }
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (code.value === '') return;
    const result = await act.run(wire.newRecoveryCodes(code.value.replace(/\s/g, '')));
    if (result.ok) codes.value = result.value.recovery_codes;
  };
  return (
    <Dialog key="ask" title={t.account.recoveryMake} sub={t.account.recoverySub} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={t.account.code} code mode="numeric" auto="one-time-code" value={code.value} onInput={(v) => { code.value = v; }} max={8} focus error={at(act.fault, 'totp_wrong', 'locked') ?? (tried.value && code.value === '' ? t.required : undefined)} />
        <FaultNotice fault={not(act.fault, 'totp_wrong', 'locked')} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.account.recoveryBusy : false}>{t.account.recoveryMake}</Button></div>
      </form>
    </Dialog>
  );
}

function TotpDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = text();
  const password = useSignal('');
  const code = useSignal('');
  const enrol = useSignal<Enrol | null>(null);
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (password.value === '' || code.value === '') return;
    const result = await act.run(wire.newTotp(password.value, code.value.replace(/\s/g, '')));
    if (result.ok) enrol.value = result.value;
  };
  return (
    <Dialog title={t.account.totpAct} sub={t.account.totpSub} onClose={onClose}>
      {enrol.value === null
        ? <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
          <PasswordField label={t.account.passwordOld} value={password.value} onInput={(v) => { password.value = v; }} focus error={at(act.fault, 'password_wrong') ?? (tried.value && password.value === '' ? t.required : undefined)} />
          <TextField label={t.account.code} code mode="numeric" auto="one-time-code" value={code.value} onInput={(v) => { code.value = v; }} max={8} error={at(act.fault, 'totp_wrong', 'locked') ?? (tried.value && code.value === '' ? t.required : undefined)} />
          <FaultNotice fault={not(act.fault, 'password_wrong', 'totp_wrong', 'locked')} />
          <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.account.totpBusy : false}>{t.account.totpNext}</Button></div>
        </form>
        : <EnrolSteps enrol={enrol.value} act={act} confirmWords={t.login.enrolConfirm} onConfirm={async (typed) => {
          const result = await act.run(wire.confirmTotp(typed));
          if (result.ok) onDone();
        }} />}
    </Dialog>
  );
}

export function AccountPage() {
  const t = text();
  const s = session.value;
  const own = useLoad(wire.account, 0);
  const open = useSignal<Open>(null);
  const act = useAct();
  if (s === null) return null;
  const a = own.value.value;
  const kiosk = s.account.roles.includes('detainee');
  const close = (): void => { open.value = null; };
  const done = (words: string) => (): void => {
    close();
    say(words);
    void own.again();
  };
  const end = async (call: ReturnType<typeof wire.endSession>): Promise<void> => {
    const result = await act.run(call);
    if (result.ok) { say(t.account.sessionDone); void own.again(); }
  };

  const body = (
    <>
      <PageHead title={t.account.title} end={kiosk ? <a class="btn" href="/me"><Icon name="left" size="s" />{t.nav.me}</a> : <Button icon="leave" onClick={() => { void logout(); }}>{t.nav.logout}</Button>} />
      <div class="cols">
        <div class="stack">
          <Section id="who" title={t.account.who}>
            <Facts>
              <Fact label={t.account.display}>{s.account.display}</Fact>
              <Fact label={t.account.name}><span class="mono">{s.account.name}</span></Fact>
              {!kiosk && <Fact label={t.account.roles}>{s.account.roles.map((r) => t.roles[r]).join(t.join)}</Fact>}
            </Facts>
          </Section>
          <Section id="open" title={t.account.sessions} count={a?.sessions.length} end={a !== null && a.sessions.length > 1 && <Button kind="plain" busy={act.busy ? t.account.sessionBusy : false} onClick={() => { void end(wire.endOtherSessions()); }}>{t.account.sessionOthers}</Button>}>
            <FaultNotice fault={act.fault} />
            <FaultNotice fault={own.fault.value} again={() => { void own.again(); }} />
            {a === null ? own.slow.value && <Skeleton rows={2} />
              : <ul class="open-list">{a.sessions.map((o) => (
                <li key={o.id}>
                  <span><b>{browserName(o.agent)}</b><small>{t.account.sessionLine(o.from, stamp(o.started))}<i class="sep" />{t.account.sessionSeen(stamp(o.seen))}</small></span>
                  {o.current ? <St tone="ok">{t.account.sessionHere}</St> : <Button label={t.account.sessionEndNamed(browserName(o.agent))} onClick={() => { void end(wire.endSession(o.id)); }}>{t.account.sessionEnd}</Button>}
                </li>))}</ul>}
          </Section>
          {!kiosk && a !== null && <Section id="tokens" title={t.account.tokens} count={a.tokens.length}>
            {a.tokens.length === 0 ? <p class="muted">{t.account.tokensEmpty}</p>
              : <ul class="open-list">{a.tokens.map((k) => <li key={k.id}><span><b>{k.label}</b><small>{t.account.tokenLine(stamp(k.created), stamp(k.ends))}</small></span></li>)}</ul>}
          </Section>}
        </div>
        <div class="stack">
          <Section id="ways" title={t.account.ways}>
            <ul class="open-list">
              <li><span><b>{t.account.password}</b><small>{a === null ? '' : a.password_changed === null ? t.account.passwordNever : t.account.passwordChanged(stamp(a.password_changed))}</small></span><Button onClick={() => { open.value = 'password'; }}>{t.account.passwordAct}</Button></li>
              {a !== null && (a.totp || !kiosk) && <>
                <li><span><b>{t.account.totp}</b><small>{a.totp ? t.account.totpOn : t.account.totpOff}</small></span>{a.totp && <Button onClick={() => { open.value = 'totp'; }}>{t.account.totpAct}</Button>}</li>
                <li><span><b>{t.account.recovery}</b><small>{a.recovery_left < 3 ? <St tone="warn">{t.account.recoveryLeft(a.recovery_left)}</St> : t.account.recoveryLeft(a.recovery_left)}</small></span>{a.totp && <Button onClick={() => { open.value = 'recovery'; }}>{t.account.recoveryAct}</Button>}</li>
              </>}
            </ul>
          </Section>
          {s.account.roles.some((r) => reached.includes(r)) && <ReachSection />}
          <Section id="prefs" title={t.account.prefs}>
            <Facts>
              <Fact label={t.lang.label}><Seg label={t.lang.label} value={lang.value} options={[{ value: 'zh', words: t.lang.zh, lang: 'zh' }, { value: 'en', words: t.lang.en, lang: 'en' }]} onPick={(l) => { void setLanguage(l); }} /></Fact>
              <Fact label={t.theme.label} note={t.account.prefsHelp}><Seg label={t.theme.label} value={theme.value} options={[{ value: 'system', words: t.theme.system }, { value: 'light', words: t.theme.light }, { value: 'dark', words: t.theme.dark }]} onPick={setTheme} /></Fact>
            </Facts>
          </Section>
        </div>
      </div>
      {open.value === 'password' && <PasswordDialog withCode={a?.totp ?? true} onDone={done(t.account.passwordDone)} onClose={close} />}
      {open.value === 'recovery' && <RecoveryDialog onDone={done(t.account.recoveryDone)} onClose={close} />}
      {open.value === 'totp' && <TotpDialog onDone={done(t.account.totpDone)} onClose={close} />}
    </>
  );
  return kiosk ? <main class="page k-account" id="main" tabIndex={-1} data-density="cosy">{body}</main> : body;
}
