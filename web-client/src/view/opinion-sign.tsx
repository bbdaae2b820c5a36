/* Answering an opinion: who signs, dissents or amends proves once more that it is them, by the password or by a code. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { text } from '../text';
import { opinionText } from '../text/opinion';
import * as wire from '../wire/opinion';
import { draftKey } from '../wire/session';
import type { Call } from '../wire/http';
import { useDraft } from '../state/draft';
import { useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { DraftText, PasswordField, TextField } from '../ui/form';
import { Button, FaultNotice, Notice, Seg } from '../ui/parts';

interface ProveProps<T> { title: string; sub: ComponentChildren; act: string; call: (proof: wire.Proof) => Call<T> | null; onDone: () => void; onClose: () => void; children?: ComponentChildren }

/** call null: something else is missing, and says so itself. */
function Prove<T>({ title, sub, act: words, call, onDone, onClose, children }: ProveProps<T>) {
  const t = opinionText();
  const way = useSignal<'password' | 'code'>('password');
  const said = useSignal('');
  const bare = useSignal(false);
  const doing = useAct();
  const submit = async (): Promise<void> => {
    bare.value = said.value.trim() === '';
    const made = call(way.value === 'password' ? { password: said.value } : { code: said.value.trim() });
    if (bare.value || made === null) return;
    const r = await doing.run(made);
    said.value = '';
    if (r.ok) onDone();
  };
  const error = bare.value && said.value === '' ? t.proofNeeded : undefined;
  return (
    <Dialog title={title} sub={sub} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!doing.busy) void submit(); }}>
        {children}
        <Seg label={t.byPassword} value={way.value} options={[{ value: 'password', words: t.byPassword }, { value: 'code', words: t.byCode }]} onPick={(v) => { way.value = v; said.value = ''; }} />
        {way.value === 'password' ? <PasswordField label={t.password} value={said.value} onInput={(v) => { said.value = v; }} error={error} /> : <TextField label={t.codeField} value={said.value} onInput={(v) => { said.value = v; }} auto="one-time-code" mode="numeric" code max={40} error={error} />}
        <FaultNotice fault={doing.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={doing.busy ? t.signBusy : false}>{words}</Button></div>
      </form>
    </Dialog>
  );
}

export function SignDialog({ o, busyWith, onDone, onClose }: { o: wire.Opinion; busyWith: string; onDone: () => void; onClose: () => void }) {
  const t = opinionText();
  const receipt = o.may.receive;
  /* What others do while it is open moves no button away from under the hand: its words are those it was opened with, and who writes has a place kept. */
  const drafted = useRef(o.state === 'draft' && !receipt).current;
  return (
    <Prove title={receipt ? t.receiveTitle : t.signTitle} sub={receipt ? t.receiveHelp : drafted ? t.signHelp : t.signAlso} act={receipt ? t.receive : t.sign} call={(proof) => wire.sign(o, proof)} onDone={onDone} onClose={onClose}>
      {drafted && <div class="sign-others">{busyWith !== '' && <Notice tone="warn" live>{t.signOthers(busyWith)}</Notice>}</div>}
    </Prove>
  );
}

export function DissentDialog({ o, onDone, onClose }: { o: wire.Opinion; onDone: () => void; onClose: () => void }) {
  const t = opinionText();
  const box = useDraft(draftKey('dissent', o.visit));
  const tried = useSignal(false);
  const bare = tried.value && box.text.value.trim() === '';
  const call = (proof: wire.Proof): Call<unknown> | null => { tried.value = true; return box.text.value.trim() === '' ? null : wire.dissent(o, box.text.value.trim(), proof); };
  return (
    <Prove title={t.dissentTitle} sub={t.dissentHelp} act={t.dissent} call={call} onDone={() => { void box.drop(); onDone(); }} onClose={onClose}>
      <DraftText label={t.reason} box={box} rows={4} focus error={bare ? t.reasonNeeded : undefined} />
    </Prove>
  );
}

export function AmendDialog({ o, onDone, onClose }: { o: wire.Opinion; onDone: () => void; onClose: () => void }) {
  const t = opinionText();
  const words = useDraft(draftKey('amend', o.visit, 'words'));
  const reason = useDraft(draftKey('amend', o.visit, 'reason'));
  const tried = useSignal(false);
  const lacks = (s: string): boolean => tried.value && s.trim() === '';
  const call = (proof: wire.Proof): Call<unknown> | null => {
    tried.value = true;
    const [w, r] = [words.text.value.trim(), reason.text.value.trim()];
    return w === '' || r === '' ? null : wire.amend(o, r, w, proof);
  };
  return (
    <Prove title={t.amendTitle} sub={t.amendHelp} act={t.amend} call={call} onDone={() => { void words.drop(); void reason.drop(); onDone(); }} onClose={onClose}>
      <DraftText label={t.amendWords} box={words} rows={4} focus error={lacks(words.text.value) ? t.proofNeeded : undefined} />
      <DraftText label={t.reason} box={reason} rows={2} error={lacks(reason.text.value) ? t.reasonNeeded : undefined} />
    </Prove>
  );
}
