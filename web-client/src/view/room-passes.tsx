/* A host's list of what enters a room without a browser: an exam camera's box, an encoder, a wall screen (WHIP and WHEP). Made, shown once, taken back. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { callText } from '../text/call';
import { makePass, passes, revokePass, type NewPass, type Pass } from '../wire/rooms';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { Check, SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Secret, Sep, Skeleton, St, When } from '../ui/parts';

const ttls = { hour: 3600, shift: 28_800, day: 86_400 } as const;
type Ttl = keyof typeof ttls;
const good = /^[a-z0-9-]{1,40}$/;

type Open = { is: 'list' } | { is: 'make' } | { is: 'made'; made: NewPass; publish: boolean } | { is: 'revoke'; pass: Pass };

function Make({ room, onDone, onBack }: { room: string; onDone: (made: NewPass, publish: boolean) => void; onBack: () => void }) {
  const t = text();
  const c = callText().passes;
  const source = useSignal('');
  const way = useSignal<'up' | 'down'>('up');
  const ttl = useSignal<Ttl>('shift');
  const tried = useSignal(false);
  const act = useAct();
  const wrong = tried.value && !good.test(source.value.trim());
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (!good.test(source.value.trim())) return;
    const made = await act.run(makePass(room, source.value.trim(), way.value === 'up', ttls[ttl.value]));
    if (made.ok) onDone(made.value, way.value === 'up');
  };
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      <SelectField label={c.way} value={way.value} options={[{ value: 'up', words: c.up }, { value: 'down', words: c.down }]} onPick={(v) => { way.value = v; }} />
      <TextField label={way.value === 'up' ? c.source : c.sourceWatched} help={c.sourceHelp} value={source.value} onInput={(v) => { source.value = v.toLowerCase(); }} max={40} focus error={wrong ? c.sourceWrong : undefined} />
      <SelectField label={c.ttl} value={ttl.value} options={(Object.keys(ttls) as Ttl[]).map((v) => ({ value: v, words: c.ttls[v] }))} onPick={(v) => { ttl.value = v; }} />
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onBack}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? c.makes : false}>{c.make}</Button></div>
    </form>
  );
}

function Made({ made, publish, onClose }: { made: NewPass; publish: boolean; onClose: () => void }) {
  const t = text();
  const c = callText().passes;
  const kept = useSignal(false);
  return (
    <div class="gap-4">
      <div><p class="label">{c.address}</p><Secret value={`${location.origin}${publish ? made.whip : made.whep}`} label={c.address} /></div>
      <div><p class="label">{c.token}</p><Secret value={made.token} label={c.token} /></div>
      <p class="help">{publish ? c.howUp : c.howDown}</p>
      <Check label={c.kept} checked={kept.value} onPick={(on) => { kept.value = on; }} />
      <div class="actions"><Button kind="primary" disabled={!kept.value} onClick={onClose}>{t.done}</Button></div>
    </div>
  );
}

function Revoke({ room, pass, onDone, onBack }: { room: string; pass: Pass; onDone: () => void; onBack: () => void }) {
  const t = text();
  const c = callText().passes;
  const act = useAct();
  const go = async (): Promise<void> => { if ((await act.run(revokePass(room, pass.id))).ok) onDone(); };
  return <><FaultNotice fault={act.fault} /><div class="actions"><Button onClick={onBack}>{t.cancel}</Button><Button kind="danger" busy={act.busy ? c.revokes : false} onClick={() => { void go(); }}>{c.revoke}</Button></div></>;
}

export function PassesDialog({ room, onClose }: { room: string; onClose: () => void }) {
  const t = text();
  const c = callText().passes;
  const load = useLoad(() => passes(room), room);
  const open = useSignal<Open>({ is: 'list' });
  const list = (): void => { open.value = { is: 'list' }; void load.again(); };
  const at = open.value;
  const rows = load.value.value;
  if (at.is === 'make') return <Dialog key="make" title={c.makeTitle} sub={c.makeSub} onClose={list}><Make room={room} onBack={list} onDone={(made, publish) => { open.value = { is: 'made', made, publish }; }} /></Dialog>;
  if (at.is === 'made') return <Dialog key="made" title={c.madeTitle} sub={c.madeSub} firm onClose={list}><Made made={at.made} publish={at.publish} onClose={list} /></Dialog>;
  if (at.is === 'revoke') return <Dialog key="revoke" title={c.revokeTitle(at.pass.source)} sub={c.revokeSub} onClose={list}><Revoke room={room} pass={at.pass} onBack={list} onDone={() => { say(c.revoked(at.pass.source)); list(); }} /></Dialog>;
  return (
    <Dialog key="list" title={c.title} sub={c.sum} onClose={onClose}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {rows === null ? load.slow.value && <Skeleton rows={2} /> : rows.length === 0 ? <Empty icon="key" title={c.none}>{c.noneText}</Empty> : (
        <ul class="list passes">
          {rows.map((p) => (
            <li key={p.id} data-pass={p.source}>
              <div><b class="mono">{p.source}</b><small>{c.ends} <When at={p.ends} /><Sep />{c.made} <When at={p.made} /></small></div>
              <St icon={p.publish ? 'video' : 'eye'}>{p.publish ? c.sends : c.watches}</St>
              <Button label={c.revokeNamed(p.source)} onClick={() => { open.value = { is: 'revoke', pass: p }; }}>{c.revoke}</Button>
            </li>
          ))}
        </ul>
      )}
      <div class="actions"><Button onClick={onClose}>{t.close}</Button><Button kind="primary" icon="plus" onClick={() => { open.value = { is: 'make' }; }}>{c.makeTitle}</Button></div>
    </Dialog>
  );
}
