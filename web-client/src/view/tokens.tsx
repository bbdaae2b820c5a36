/* Access tokens for programs (PROTOCOL §4): made, shown once, revoked. */
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { faultText, text } from '../text';
import * as wire from '../wire/security';
import type { AccountRow, NewToken, TokenRow } from '../wire/security';
import type { Fault } from '../wire/fault';
import { draftKey } from '../wire/session';
import { now } from '../state/clock';
import { useDraft } from '../state/draft';
import { say, useAct, useLoad } from '../state/load';
import { send } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Check, DraftText, SelectField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, PageHead, Secret, Skeleton, St, When } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { KeyHints, Row, Table } from '../ui/table';

const ttls = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000, quarter: 7_776_000, year: 31_536_000 } as const;
type Ttl = keyof typeof ttls;

function AccountPicker({ picked, onPick, error }: { picked: AccountRow | null; onPick: (row: AccountRow | null) => void; error?: string | undefined }) {
  const t = text();
  const id = useId();
  const typed = useSignal('');
  const found = useSignal<AccountRow[]>([]);
  const shown = useSignal(false);
  const at = useSignal(0);
  useEffect(() => {
    if (typed.value.trim() === '' || picked !== null) { found.value = []; return; }
    let gone = false;
    const timer = setTimeout(() => {
      void send(wire.accounts({ q: typed.value.trim(), role: '', state: '', after: '' })).then((result) => {
        if (gone || !result.ok) return;
        found.value = result.value.accounts.slice(0, 8);
        at.value = 0;
        shown.value = true;
      });
    }, 250);
    return () => { gone = true; clearTimeout(timer); };
  }, [typed.value, picked]);
  const choose = (row: AccountRow): void => {
    onPick(row);
    typed.value = row.display;
    shown.value = false;
  };
  const list = shown.value && picked === null && found.value.length > 0;
  return (
    <div class={`field${error ? ' bad' : ''}`}>
      <label for={id}>{t.security.tokenOwner}</label>
      <div class="pick">
        <input
          id={id} class="input" value={picked === null ? typed.value : picked.display} role="combobox" aria-expanded={list} aria-controls={`${id}-l`} aria-autocomplete="list" autocomplete="off"
          aria-activedescendant={list ? `${id}-${at.value}` : undefined} aria-invalid={error ? 'true' : undefined} aria-describedby={`${id}-h${error ? ` ${id}-e` : ''}`}
          onInput={(e) => { onPick(null); typed.value = e.currentTarget.value; }}
          onBlur={() => { shown.value = false; }}
          onKeyDown={(e) => {
            if (!list) return;
            if (e.key === 'ArrowDown') { e.preventDefault(); at.value = Math.min(found.value.length - 1, at.value + 1); }
            else if (e.key === 'ArrowUp') { e.preventDefault(); at.value = Math.max(0, at.value - 1); }
            else if (e.key === 'Enter') { e.preventDefault(); const row = found.value[at.value]; if (row) choose(row); }
            else if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); shown.value = false; }
          }}
        />
        <div class="pop" role="listbox" id={`${id}-l`} aria-label={t.security.tokenOwnerPick} hidden={!list}>
          {found.value.map((row, i) => <div key={row.id} id={`${id}-${i}`} role="option" aria-selected={i === at.value} onMouseDown={(e) => { e.preventDefault(); choose(row); }}><b>{row.display}</b><span class="muted mono">{row.name}</span></div>)}
        </div>
      </div>
      <p class="help" id={`${id}-h`}>{t.security.tokenOwnerHelp}</p>
      {error && <p class="error" id={`${id}-e`} role="alert"><Icon name="warn" size="s" /><span>{error}</span></p>}
    </div>
  );
}

function CreateToken({ onDone, onClose }: { onDone: (made: NewToken) => void; onClose: () => void }) {
  const t = text();
  const s = t.security;
  const owner = useSignal<AccountRow | null>(null);
  const label = useDraft(draftKey('security', 'token-label'));
  const ttl = useSignal<Ttl>('month');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    const words = label.text.value.trim();
    if (owner.value === null || words === '') return;
    const result = await act.run(wire.createToken(owner.value.id, words, ttls[ttl.value]));
    if (!result.ok) return;
    void label.drop();
    onDone(result.value);
  };
  return (
    <Dialog title={s.tokenCreate} sub={s.tokensSum} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <AccountPicker picked={owner.value} onPick={(row) => { owner.value = row; }} error={tried.value && owner.value === null ? s.tokenOwnerNone : undefined} />
        <DraftText label={s.tokenLabel} help={s.tokenLabelHelp} rows={2} box={label} error={act.fault?.where === 'label' ? faultText(act.fault) : tried.value && label.text.value.trim() === '' ? t.required : undefined} />
        <SelectField label={s.tokenTtl} value={ttl.value} options={(Object.keys(ttls) as Ttl[]).map((v) => ({ value: v, words: s.ttl[v] }))} onPick={(v) => { ttl.value = v; }} />
        <FaultNotice fault={act.fault?.where === 'label' ? null : act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? s.tokenBusy : false}>{s.tokenDo}</Button></div>
      </form>
    </Dialog>
  );
}

function ShownOnce({ made, onClose }: { made: NewToken; onClose: () => void }) {
  const t = text();
  const kept = useSignal(false);
  return (
    <Dialog title={t.security.tokenTitle} sub={t.security.tokenText} firm onClose={onClose}>
      <Secret value={made.token} label={t.security.tokenTitle} />
      <Check label={t.security.tokenKept} checked={kept.value} onPick={(on) => { kept.value = on; }} />
      <div class="actions"><Button kind="primary" disabled={!kept.value} onClick={onClose}>{t.done}</Button></div>
    </Dialog>
  );
}

type Open = { is: 'none' } | { is: 'create' } | { is: 'made'; made: NewToken } | { is: 'revoke'; row: TokenRow };

export function TokensPage() {
  const t = text();
  const s = t.security;
  const load = useLoad(() => wire.tokens(''), 0);
  const extra = useSignal<TokenRow[]>([]);
  const next = useSignal<string | null>(null);
  const fault = useSignal<Fault | null>(null);
  const busy = useSignal(false);
  const open = useSignal<Open>({ is: 'none' });
  useEffect(() => { extra.value = []; next.value = load.value.value?.next ?? null; }, [load.value.value]);
  const more = async (): Promise<void> => {
    if (next.value === null || busy.value) return;
    busy.value = true;
    const result = await send(wire.tokens(next.value));
    busy.value = false;
    fault.value = result.ok ? null : result.fault;
    if (result.ok) { extra.value = [...extra.value, ...result.value.tokens]; next.value = result.value.next; }
  };
  const close = (): void => { open.value = { is: 'none' }; };
  const value = load.value.value;
  const rows = value === null ? null : [...value.tokens, ...extra.value];
  const at = open.value;
  return (
    <>
      <PageHead title={s.tokens} sum={s.tokensSum} end={<Button kind="primary" icon="plus" onClick={() => { open.value = { is: 'create' }; }}>{s.tokenCreate}</Button>} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {rows === null ? load.slow.value && <Skeleton /> : rows.length === 0 ? <Empty icon="key" title={s.tokensEmpty}>{s.tokensEmptyText}</Empty> : <>
        <Table label={s.tokens} columns={[{ words: s.tokenLabel }, { words: s.tokenOwner }, { words: s.tokenCreated, wide: true }, { words: s.tokenUsed }, { words: s.tokenEnds }, { words: s.revoke, hidden: true }]}>
          {rows.map((r) => (
            <Row key={r.id}>
              <td><b>{r.label}</b></td>
              <td class="line">{r.account.display}<small class="mono">{r.account.name}</small></td>
              <td class="wide"><When at={r.created} /></td>
              <td class="line" data-col={s.tokenUsed}><When at={r.used} /></td>
              <td class="line" data-col={s.tokenEnds}>{r.ends <= now.peek() ? <St tone="bad">{s.tokenOver}</St> : <When at={r.ends} />}</td>
              <td class="act"><Button open label={s.revokeNamed(r.label)} onClick={() => { open.value = { is: 'revoke', row: r }; }}>{s.revoke}</Button></td>
            </Row>
          ))}
        </Table>
        {next.value !== null && <div class="more"><Button busy={busy.value ? t.loading : false} onClick={() => { void more(); }}>{t.more}</Button></div>}
        <FaultNotice fault={fault.value} />
        <KeyHints />
      </>}
      {at.is === 'create' && <CreateToken onClose={close} onDone={(made) => { open.value = { is: 'made', made }; void load.again(); }} />}
      {at.is === 'made' && <ShownOnce made={at.made} onClose={close} />}
      {at.is === 'revoke' && <ReasonDialog title={s.revokeTitle(at.row.label)} sub={s.revokeText} act={s.revoke} busy={s.revokeBusy} danger draft={['security', 'revoke', at.row.id]}
        call={(reason) => wire.revokeToken(at.row.id, reason)} onClose={close} onDone={() => { say(s.revokeDone(at.row.label)); close(); void load.again(); }} />}
    </>
  );
}
