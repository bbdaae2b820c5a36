/* Signing: with the own password, alone or together; who signed and that it holds; a dissent; the release to the patient. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { text } from '../text';
import { careText } from '../text/care';
import * as wire from '../wire/fhir';
import type { Call } from '../wire/http';
import { roomPeople, type Person } from '../wire/rooms';
import { askSigners, dissent, release, seal, seals, type Cosigner, type Seal, type Seals } from '../wire/sign';
import { stamp } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { has, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Check, PasswordField } from '../ui/form';
import { Button, FaultNotice, Notice, Secret, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';

/** What is signed: one version of a Composition; a draft is made final first. */
export interface Signing { id: string; version: string; final: boolean }

/** The own password again; then it is for ever. What is already final waits for the signature alone. */
export function SignDialog({ note, onChange, onDone, onClose }: { note: Signing; onChange: (n: Signing) => void; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const password = useSignal('');
  const bare = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    bare.value = password.value === '';
    if (bare.value) return;
    let at = note;
    if (!at.final) {
      const made = await act.run(wire.patch('Composition', at.id, at.version, [{ op: 'replace', path: '/status', value: 'final' }], wire.readNote));
      if (!made.ok) return;
      at = { id: at.id, version: made.value.meta.versionId, final: true };
      onChange(at);
    }
    const r = await act.run(seal('Composition', at.id, at.version, password.value));
    password.value = '';
    if (!r.ok) return;
    say(t.signed);
    onDone();
  };
  return (
    <Dialog title={t.signTitle} sub={t.signHelp} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <PasswordField label={t.password} value={password.value} onInput={(v) => { password.value = v; }} focus error={bare.value && password.value === '' ? text().required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.signing : false}>{t.sign}</Button></div>
      </form>
    </Dialog>
  );
}

/** The password once more for something else: the second sign of a controlled drug. */
export function PasswordDialog({ title, sub, act: words, busy, run, onDone, onClose }: { title: string; sub: ComponentChildren; act: string; busy: string; run: (password: string) => Call<null>; onDone: () => void; onClose: () => void }) {
  const password = useSignal('');
  const bare = useSignal(false);
  const doing = useAct();
  const submit = async (): Promise<void> => {
    bare.value = password.value === '';
    if (bare.value) return;
    const r = await doing.run(run(password.value));
    password.value = '';
    if (r.ok) onDone();
  };
  return (
    <Dialog title={title} sub={sub} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!doing.busy) void submit(); }}>
        <PasswordField label={careText().password} value={password.value} onInput={(v) => { password.value = v; }} focus error={bare.value && password.value === '' ? text().required : undefined} />
        <FaultNotice fault={doing.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={doing.busy ? busy : false}>{words}</Button></div>
      </form>
    </Dialog>
  );
}

function AskDialog({ note, taken, onDone, onClose }: { note: Signing; taken: ReadonlySet<string>; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const people = useLoad(roomPeople, 0);
  const picked = useSignal<ReadonlySet<string>>(new Set());
  const bare = useSignal(false);
  const act = useAct();
  const may = (p: Person): boolean => !taken.has(p.account) && p.roles.some((r) => ['clinic-doctor', 'nurse', 'pharmacist', 'specialist'].includes(r));
  const offered = (people.value.value ?? []).filter(may);
  const submit = async (): Promise<void> => {
    bare.value = picked.value.size === 0;
    if (bare.value) return;
    const r = await act.run(askSigners('Composition', note.id, note.version, [...picked.value]));
    if (!r.ok) return;
    say(t.asked);
    onDone();
  };
  const toggle = (id: string, on: boolean): void => { const to = new Set(picked.value); if (on) to.add(id); else to.delete(id); picked.value = to; };
  return (
    <Dialog title={t.askTitle} sub={t.askHelp} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <FaultNotice fault={people.fault.value} again={() => { void people.again(); }} />
        <fieldset class="pick-list"><legend>{t.askWho}</legend>
          {offered.map((p) => <Check key={p.account} label={p.display} help={p.roles.map((r) => (text().roles as Record<string, string>)[r] ?? r).join(t.comma)} checked={picked.value.has(p.account)} onPick={(on) => { toggle(p.account, on); }} />)}
          {people.value.value !== null && offered.length === 0 && <p class="muted">{t.askNone}</p>}
        </fieldset>
        {bare.value && <Notice tone="bad" live>{t.askNeeded}</Notice>}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.askBusy : false}>{t.askDo}</Button></div>
      </form>
    </Dialog>
  );
}

function ReleaseDialog({ id, onDone, onClose }: { id: string; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const act = useAct();
  const submit = async (): Promise<void> => {
    const r = await act.run(release('Composition', id));
    if (!r.ok) return;
    say(t.released);
    onDone();
  };
  return (
    <Dialog title={t.releaseTitle} sub={t.releaseHelp} onClose={onClose}>
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="primary" busy={act.busy ? t.releaseBusy : false} onClick={() => { void submit(); }}>{t.releaseDo}</Button></div>
    </Dialog>
  );
}

function SealLine({ one }: { one: Seal }) {
  const t = careText();
  const shown = useSignal(false);
  return (
    <li>
      <div class="seal-line"><b>{t.sealLine(one.account.display, stamp(one.at))}</b><span class="muted">{(text().roles as Record<string, string>)[one.role] ?? one.role}</span>
        {one.holds ? <St tone="ok">{t.holds}</St> : <St tone="bad">{t.broken(one.account.display)}</St>}
        <span class="muted small">{t.algorithm(one.algorithm)}</span>
        <button type="button" class="linkish" aria-expanded={shown.value} onClick={() => { shown.value = !shown.value; }}>{t.proof}</button></div>
      {shown.value && <div class="seal-proof"><p class="muted">{t.proofHelp}</p>
        {([[t.proofKey, one.public], [t.proofText, one.text], [t.proofValue, one.value]] as const).map(([label, value]) => <div key={label}><span class="muted small">{label}</span><Secret value={value} label={label} /></div>)}</div>}
    </li>
  );
}

function AskedLine({ one }: { one: Cosigner }) {
  const t = careText();
  if (one.signed !== null) return null;
  if (one.dissented !== null) return <li><div class="seal-line"><St tone="warn">{t.dissentLine(one.account.display, stamp(one.dissented))}</St></div><p class="plain">{one.dissent}</p></li>;
  return <li><div class="seal-line"><St>{t.askedState(one.account.display)}</St></div></li>;
}

type Opened = 'none' | 'ask' | 'dissent' | 'release';

/** Who signed, checked by the server, who is waited for, and what the reader can do about it. */
export function SealPanel({ note, may, onSign }: { note: wire.Note; may: boolean; onSign: () => void }) {
  const t = careText();
  const load = useLoad(() => seals('Composition', note.id), `${note.id} ${note.meta.versionId}`);
  const open = useSignal<Opened>('none');
  const me = session.value?.account.id ?? '';
  const at: Seals | null = load.value.value;
  const done = (): void => { open.value = 'none'; void load.again(); };
  if (load.fault.value !== null) return <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />;
  if (at === null) return null;
  const mine = at.signatures.some((s) => s.account.id === me);
  const own = at.asked.find((a) => a.account.id === me);
  const silent = own !== undefined && own.signed === null && own.dissented === null;
  const left = at.asked.filter((a) => a.signed === null && a.dissented === null).length;
  const signing: Signing = { id: note.id, version: String(at.version), final: true };
  const taken = new Set([me, ...at.asked.map((a) => a.account.id), ...at.signatures.map((s) => s.account.id)]);
  return (
    <section class="seals" aria-label={t.seals}>
      {at.signatures.length === 0 && <p class="muted">{t.sealNone}</p>}
      <ul>{at.signatures.map((s) => <SealLine key={s.account.id} one={s} />)}{at.asked.map((a) => <AskedLine key={a.account.id} one={a} />)}</ul>
      {at.asked.length > 0 && <p>{at.whole ? <St tone="ok">{t.whole}</St> : <St tone="warn">{t.waitingFor(left)}</St>}</p>}
      {at.released !== null && <p class="muted">{t.releasedLine(at.released_by ?? '', stamp(at.released))}</p>}
      <div class="row wrap">
        {may && !mine && own?.dissented == null && <Button kind={silent ? 'primary' : ''} onClick={onSign}>{t.sign}</Button>}
        {silent && <Button onClick={() => { open.value = 'dissent'; }}>{t.dissentDo}</Button>}
        {(has('clinic-doctor') || has('nurse')) && <Button kind="plain" icon="people" onClick={() => { open.value = 'ask'; }}>{t.askDo}</Button>}
        {has('clinic-doctor') && at.released === null && <Button kind="plain" onClick={() => { open.value = 'release'; }}>{t.releaseDo}</Button>}
      </div>
      {open.value === 'ask' && <AskDialog note={signing} taken={taken} onDone={done} onClose={() => { open.value = 'none'; }} />}
      {open.value === 'release' && <ReleaseDialog id={note.id} onDone={done} onClose={() => { open.value = 'none'; }} />}
      {open.value === 'dissent' && <ReasonDialog title={t.dissentTitle} sub={t.dissentHelp} act={t.dissentDo} busy={t.dissentBusy} draft={['dissent', note.id]} call={(reason) => dissent('Composition', note.id, signing.version, reason)} onDone={() => { say(t.dissented); done(); }} onClose={() => { open.value = 'none'; }} />}
    </section>
  );
}
