/* An invited specialist comes in, on the phone: who they are, a password, then the second factor as at any first login. The secret stands behind the # of the address,
   which no request carries; it leaves the address when it is used up. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { faultText, lang, text } from '../text';
import { agendaText } from '../text/agenda';
import { peopleText } from '../text/people';
import type { Login } from '../wire/login';
import { acceptInvite, openInvite, type Opened } from '../wire/specialists';
import { full } from '../state/format';
import { useAct } from '../state/load';
import { setLanguage, setTitle } from '../state/prefs';
import { go } from '../state/route';
import { ask, loadSession, logout, session } from '../state/session';
import { PasswordField, TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, Notice, Seg } from '../ui/parts';
import { LoginFlow } from './login-flow';
import './people.css';

const secretOf = (): string => /^#([A-Za-z0-9_-]{20,64})$/.exec(location.hash)?.[1] ?? '';

function Form({ secret, opened, onIn }: { secret: string; opened: Opened; onIn: (login: Login) => void }) {
  const t = text();
  const p = peopleText();
  const act = useAct(ask);
  const name = useSignal(opened.name);
  const login = useSignal('');
  const licence = useSignal('');
  const ends = useSignal('');
  const password = useSignal('');
  const again = useSignal('');
  const tried = useSignal(false);
  const fields = ['name', 'login', 'licence', 'licence_ends', 'password'];
  const at = (field: string) => (act.fault !== null && act.fault.where === field ? faultText(act.fault) : undefined);
  const wanted = (v: string) => (tried.value && v.trim() === '' ? p.required : undefined);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if ([name, login, licence, ends, password].some((s) => s.value.trim() === '') || password.value !== again.value) return;
    const done = await act.run(acceptInvite({ secret, login: login.value.trim(), name: name.value.trim(), licence: licence.value.trim(), licence_ends: ends.value, password: password.value }));
    if (done.ok) onIn(done.value);
  };
  return (
    <form class="form" data-density="cosy" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      <TextField label={p.name} value={name.value} auto="name" max={60} error={at('name') ?? wanted(name.value)} onInput={(v) => { name.value = v; }} />
      <TextField label={p.licenceNumber} help={p.licenceHelp} value={licence.value} max={32} error={at('licence') ?? wanted(licence.value)} onInput={(v) => { licence.value = v; }} />
      <TextField label={p.licenceEnds} type="date" value={ends.value} error={at('licence_ends') ?? (tried.value && ends.value === '' ? p.badDay : undefined)} onInput={(v) => { ends.value = v; }} />
      <TextField label={p.loginName} help={p.loginHelp} name="username" auto="username" value={login.value} max={40} error={at('login') ?? wanted(login.value)} onInput={(v) => { login.value = v; }} />
      <PasswordField label={p.password} help={p.passwordHelp} name="new-password" auto="new-password" value={password.value} error={at('password') ?? wanted(password.value)} onInput={(v) => { password.value = v; }} />
      <PasswordField label={p.again} name="new-password-again" auto="new-password" value={again.value} error={tried.value && password.value !== again.value ? p.againWrong : undefined} onInput={(v) => { again.value = v; }} />
      <FaultNotice fault={act.fault !== null && !fields.includes(act.fault.where ?? '') ? act.fault : null} />
      <Button type="submit" kind="primary" block busy={act.busy ? p.nextBusy : false}>{p.next}</Button>
      <p class="muted">{t.login.traced}</p>
    </form>
  );
}

function Body() {
  const p = peopleText();
  const a = agendaText();
  const secret = useSignal(secretOf());
  const opened = useSignal<Opened | null>(null);
  const inside = useSignal<Login | null>(null);
  const act = useAct(ask);
  const open = async (): Promise<void> => {
    if (secret.value === '') return;
    const done = await act.run(openInvite(secret.value));
    if (done.ok) opened.value = done.value;
  };
  useEffect(() => { void open(); }, []);
  if (inside.value !== null) return <LoginFlow heading="h1" begin={inside.value} onDone={async () => { if (await loadSession()) go('/', true); }} />;
  const head = <h1 tabIndex={-1}>{p.page}</h1>;
  if (secret.value === '') return <>{head}<Notice tone="warn">{p.noSecret}</Notice></>;
  const i = opened.value;
  if (i === null) return <>{head}{act.fault === null ? <p role="status">{p.opening}</p> : <FaultNotice fault={act.fault} {...(act.fault.code === 'invite_gone' ? {} : { again: () => { void open(); } })} />}</>;
  return (
    <>
      <div><h1 tabIndex={-1}>{p.welcome(i.site)}</h1><p class="sub">{p.linkEnds(full(i.ends))}</p></div>
      <dl class="invite-as"><dt>{p.as}</dt><dd><b>{i.hospital}</b><span>{a.department(i.specialty)} {p.title(i.title)}</span></dd></dl>
      <Form secret={secret.value} opened={i} onIn={(login) => { history.replaceState(null, '', '/invite'); inside.value = login; }} />
    </>
  );
}

export function InvitePage() {
  const t = text();
  const p = peopleText();
  useEffect(() => setTitle(p.page), [p.page]);
  return (
    <div class="invite-page">
      <header><span class="brand"><Icon name="brand" size="l" /><b>{t.brand}</b></span>
        <Seg label={t.lang.label} value={lang.value} options={[{ value: 'zh', words: t.lang.zh, lang: 'zh' }, { value: 'en', words: t.lang.en, lang: 'en' }]} onPick={(l) => { void setLanguage(l); }} /></header>
      <main>{session.value === null ? <Body /> : <><h1 class="vh" tabIndex={-1}>{p.page}</h1><Empty icon="user" title={p.signedIn} action={<Button kind="primary" onClick={() => { void logout(); }}>{p.leave}</Button>}>{p.signedInText}</Empty></>}</main>
    </div>
  );
}
