/* The security admin's accounts (PROTOCOL §4). */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { faultText, text } from '../text';
import { excludedBy, roles as allRoles, worlds, type Role, type RoleRow } from '../wire/roles';
import * as wire from '../wire/security';
import { accountStates, type AccountRow, type AccountState, type WithPassword } from '../wire/security';
import type { Fault } from '../wire/fault';
import { stamp } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { news } from '../state/link';
import { send, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Check, SelectField, TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, Notice, PageHead, Secret, Skeleton, St, When } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { KeyHints, Row, Search, Table } from '../ui/table';

type ActName = 'disable' | 'enable' | 'unlock' | 'logout' | 'reset';
type Open =
  | { is: 'none' }
  | { is: 'create' }
  | { is: 'one'; row: AccountRow }
  | { is: 'roles'; row: AccountRow }
  | { is: 'act'; row: AccountRow; act: ActName }
  | { is: 'password'; of: WithPassword };

export function StateWord({ row }: { row: { state: AccountState; locked_until: number | null } }) {
  const t = text().security;
  if (row.state === 'active') return <St tone="ok">{t.states.active}</St>;
  if (row.state === 'disabled') return <St tone="bad">{t.states.disabled}</St>;
  return <St tone="warn" icon="lock">{t.states.locked}</St>;
}

function RolePicker({ rows, held, onPick, error }: { rows: readonly RoleRow[]; held: readonly Role[]; onPick: (roles: Role[]) => void; error?: string | undefined }) {
  const t = text();
  return (
    <fieldset class="field">
      <legend>{t.security.rolesPick}</legend>
      <div class="two">
        {worlds.map((world) => {
          const here = allRoles.filter((r) => rows.some((row) => row.role === r && row.world === world));
          if (here.length === 0) return null;
          /* A whole world that does not go with what is ticked says why once. */
          const shut = held.length > 0 && here.every((r) => !held.includes(r)) ? excludedBy(here[0]!, held, rows) : null;
          const note = `excluded-${world}`;
          return (
            <div key={world} class="choices" role="group" aria-label={t.worlds[world]}>
              <div class="nav-sub" aria-hidden="true">{t.worlds[world]}</div>
              {shut?.why === 'world' && <small id={note}>{t.security.excludeWorld(t.roles[shut.by])}</small>}
              {here.map((r) => {
                const by = held.includes(r) ? null : excludedBy(r, held, rows);
                return <Check key={r} label={t.roles[r]} checked={held.includes(r)} disabled={by !== null} why={by?.why === 'world' ? note : undefined}
                  help={by?.why === 'alone' ? t.security.excludeAlone(t.roles[by.by]) : undefined}
                  onPick={(on) => onPick(on ? [...held, r] : held.filter((h) => h !== r))} />;
              })}
            </div>
          );
        })}
      </div>
      {error && <p class="error" role="alert"><Icon name="warn" size="s" /><span>{error}</span></p>}
    </fieldset>
  );
}

const nameGood = /^[a-z0-9][a-z0-9._-]{1,39}$/;

function CreateDialog({ rows, onDone, onClose }: { rows: readonly RoleRow[]; onDone: (made: WithPassword) => void; onClose: () => void }) {
  const t = text();
  const display = useSignal('');
  const name = useSignal('');
  const staff = useSignal('');
  const held = useSignal<Role[]>([]);
  const tried = useSignal(false);
  const act = useAct();
  const field = (code: string, where: string): string | undefined =>
    act.fault !== null && (act.fault.code === code || act.fault.where === where) ? faultText(act.fault) : undefined;
  const placed = act.fault !== null && (['name_taken', 'staff_number_taken', 'roles_exclude'].includes(act.fault.code) || ['name', 'display', 'staff_number', 'roles'].includes(act.fault.where ?? ''));
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (display.value.trim() === '' || !nameGood.test(name.value.trim()) || staff.value.trim() === '' || held.value.length === 0) return;
    const result = await act.run(wire.createAccount({ name: name.value.trim(), display: display.value.trim(), staff_number: staff.value.trim(), roles: held.value }));
    if (result.ok) onDone(result.value);
  };
  return (
    <Dialog title={t.security.create} sub={t.security.createSub} onClose={onClose} wide>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <div class="two">
          <TextField label={t.security.display} help={t.security.displayHelp} value={display.value} onInput={(v) => { display.value = v; }} focus max={60} error={field('', 'display') ?? (tried.value && display.value.trim() === '' ? t.required : undefined)} />
          <TextField label={t.security.name} help={t.security.nameHelp} value={name.value} onInput={(v) => { name.value = v; }} max={40} error={field('name_taken', 'name') ?? (tried.value && !nameGood.test(name.value.trim()) ? t.security.nameBad : undefined)} />
          <TextField label={t.security.staffNumber} help={t.security.staffNumberHelp} value={staff.value} onInput={(v) => { staff.value = v; }} max={32} error={field('staff_number_taken', 'staff_number') ?? (tried.value && staff.value.trim() === '' ? t.required : undefined)} />
        </div>
        <RolePicker rows={rows} held={held.value} onPick={(r) => { held.value = r; }} error={field('roles_exclude', 'roles') ?? (tried.value && held.value.length === 0 ? t.security.rolesNone : undefined)} />
        <FaultNotice fault={placed ? null : act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.security.createBusy : false}>{t.security.createDo}</Button></div>
      </form>
    </Dialog>
  );
}

function RolesDialog({ row, rows, onDone, onClose }: { row: AccountRow; rows: readonly RoleRow[]; onDone: (after: AccountRow) => void; onClose: () => void }) {
  const t = text();
  const held = useSignal<Role[]>(row.roles);
  const act = useAct();
  const submit = async (): Promise<void> => {
    if (held.value.length === 0) return;
    const result = await act.run(wire.setRoles(row.id, held.value));
    if (result.ok) onDone(result.value.account);
  };
  return (
    <Dialog title={t.security.editRolesTitle(row.display)} sub={t.security.editRolesText} onClose={onClose} wide>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <RolePicker rows={rows} held={held.value} onPick={(r) => { held.value = r; }} error={held.value.length === 0 ? t.security.rolesNone : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.security.editRolesBusy : false} disabled={held.value.length === 0}>{t.security.editRolesDo}</Button></div>
      </form>
    </Dialog>
  );
}

function OneTimePassword({ of, onClose }: { of: WithPassword; onClose: () => void }) {
  const t = text();
  const kept = useSignal(false);
  return (
    <Dialog title={t.security.oneTimeTitle(of.account.display)} sub={t.security.oneTimeText} firm onClose={onClose}>
      <Secret value={of.password} label={t.security.oneTime} />
      <Check label={t.security.oneTimeKept} checked={kept.value} onPick={(on) => { kept.value = on; }} />
      <div class="actions"><Button kind="primary" disabled={!kept.value} onClick={onClose}>{t.done}</Button></div>
    </Dialog>
  );
}

function OneAccount({ row, onPick, onClose }: { row: AccountRow; onPick: (next: Open) => void; onClose: () => void }) {
  const t = text();
  const own = row.id === session.value?.account.id;
  const act = (name: ActName) => <Button key={name} kind={name === 'disable' ? 'danger' : ''} onClick={() => onPick({ is: 'act', row, act: name })}>{t.security.acts[name].act}</Button>;
  return (
    <Dialog title={row.display} onClose={onClose}>
      <dl class="facts">
        <dt>{t.security.name}</dt><dd class="mono">{row.name}</dd>
        {row.staff_number !== null && row.staff_number !== '' && <><dt>{t.security.number}</dt><dd>{row.staff_number}</dd></>}
        <dt>{t.security.rolesPick}</dt><dd>{row.roles.map((r) => t.roles[r]).join(t.join)}</dd>
        <dt>{t.security.state}</dt><dd><StateWord row={row} />{row.state === 'locked' && row.locked_until !== null && <span class="muted"> {t.security.lockedUntil(stamp(row.locked_until))}</span>}</dd>
        <dt>{t.security.factor}</dt><dd>{row.totp ? t.security.factorOn : t.security.factorOff}</dd>
        <dt>{t.security.lastLogin}</dt><dd><When at={row.last_login} /></dd>
        {row.created !== null && <><dt>{t.security.createdAt}</dt><dd><When at={row.created} /></dd></>}
      </dl>
      {own ? <Notice tone="act">{t.security.selfNote}</Notice> : (
        <div class="acts">
          {row.state === 'locked' && act('unlock')}
          <Button onClick={() => onPick({ is: 'roles', row })}>{t.security.editRoles}</Button>
          {act('reset')}
          {act('logout')}
          {row.state === 'disabled' ? act('enable') : act('disable')}
        </div>
      )}
    </Dialog>
  );
}

/** One of the five acts with a reason. Also used by the lockouts screen. */
export function ActDialog({ id, display, act, onDone, onPassword, onClose }: { id: string; display: string; act: ActName; onDone: () => void; onPassword: (of: WithPassword) => void; onClose: () => void }) {
  const t = text();
  const totp = useSignal(false);
  const words = t.security.acts[act];
  const shared = { title: words.title(display), sub: words.text, act: words.act, busy: words.busy, draft: ['security', act, id] as [string, ...string[]], onClose };
  if (act === 'reset') {
    return (
      <ReasonDialog {...shared} danger call={(reason) => wire.resetAccount(id, reason, totp.value)} onDone={(made) => { say(words.done(display)); onPassword(made); }}>
        <Check label={t.security.resetTotp} checked={totp.value} onPick={(on) => { totp.value = on; }} />
      </ReasonDialog>
    );
  }
  const calls = { disable: wire.disableAccount, enable: wire.enableAccount, unlock: wire.unlockAccount, logout: wire.logoutAccount };
  return <ReasonDialog {...shared} danger={act === 'disable' || act === 'logout'} call={(reason) => calls[act](id, reason)} onDone={() => { say(words.done(display)); onDone(); }} />;
}

export { OneTimePassword };

export function AccountsPage() {
  const t = text();
  const q = useSignal('');
  const role = useSignal<Role | ''>('');
  const state = useSignal<AccountState | ''>('');
  const rows = useSignal<AccountRow[] | null>(null);
  const next = useSignal<string | null>(null);
  const moreFault = useSignal<Fault | null>(null);
  const moreBusy = useSignal(false);
  const open = useSignal<Open>({ is: 'none' });
  const roleRows = useLoad(wire.roleRows, 0);
  const by = { q: q.value.trim(), role: role.value, state: state.value };
  const page = useLoad(() => wire.accounts({ ...by, after: '' }), `${by.q}|${by.role}|${by.state}|${news.lockout.value}`);
  useEffect(() => {
    if (page.value.value === null) return;
    rows.value = page.value.value.accounts;
    next.value = page.value.value.next;
  }, [page.value.value]);

  const more = async (): Promise<void> => {
    if (next.value === null || moreBusy.value) return;
    moreBusy.value = true;
    const result = await send(wire.accounts({ ...by, after: next.value }));
    moreBusy.value = false;
    moreFault.value = result.ok ? null : result.fault;
    if (!result.ok) return;
    const had = new Set(rows.value?.map((r) => r.id));
    rows.value = [...(rows.value ?? []), ...result.value.accounts.filter((r) => !had.has(r.id))];
    next.value = result.value.next;
  };

  const close = (): void => { open.value = { is: 'none' }; };
  const changed = (): void => { close(); void page.again(); };
  const list = rows.value;
  const filtered = by.q !== '' || by.role !== '' || by.state !== '';
  const clear = (): void => { q.value = ''; role.value = ''; state.value = ''; };
  const at = open.value;
  const s = t.security;

  return (
    <>
      <PageHead title={s.accounts} sum={list === null ? undefined : s.sum(list.length, next.value !== null)} end={<Button kind="primary" icon="plus" onClick={() => { open.value = { is: 'create' }; }}>{s.create}</Button>} />
      <div class="filters">
        <Search label={s.searchLabel} value={q.value} onSearch={(v) => { q.value = v; }} />
        <SelectField label={s.role} value={role.value} options={[{ value: '' as const, words: s.anyRole }, ...allRoles.map((r) => ({ value: r, words: t.roles[r] }))]} onPick={(v) => { role.value = v; }} />
        <SelectField label={s.state} value={state.value} options={[{ value: '' as const, words: s.anyState }, ...accountStates.map((v) => ({ value: v, words: s.states[v] }))]} onPick={(v) => { state.value = v; }} />
        {filtered && <Button kind="plain" onClick={clear}>{t.clear}</Button>}
      </div>
      <FaultNotice fault={page.fault.value} again={() => { void page.again(); }} />
      {list === null ? page.slow.value && <Skeleton rows={8} />
        : list.length === 0 ? <Empty icon="people" title={s.empty} action={filtered ? <Button onClick={clear}>{t.clear}</Button> : undefined}>{s.emptyText}</Empty>
          : <>
            <Table label={s.accounts} columns={[{ words: s.person }, { words: s.role }, { words: s.number, wide: true }, { words: s.state }, { words: s.factor, wide: true }, { words: s.lastLogin }]}>
              {list.map((r) => (
                <Row key={r.id}>
                  <td><button type="button" class="open" data-open="" aria-haspopup="dialog" onClick={() => { open.value = { is: 'one', row: r }; }}><span class="vh">{s.open('')} </span>{r.display}</button>{r.id === session.value?.account.id && <> <span class="chip">{s.self}</span></>}<small class="mono">{r.name}</small></td>
                  <td class="line">{r.roles.map((x) => t.roles[x]).join(t.join)}</td>
                  <td class="wide">{r.staff_number}</td>
                  <td class="mark"><StateWord row={r} /></td>
                  <td class="wide">{r.totp ? <span class="soft">{s.factorOn}</span> : <span class="muted">{s.factorOff}</span>}</td>
                  <td class="line" data-col={s.lastLogin}><When at={r.last_login} /></td>
                </Row>
              ))}
            </Table>
            {next.value !== null && <div class="more"><Button busy={moreBusy.value ? t.loading : false} onClick={() => { void more(); }}>{t.more}</Button></div>}
            <FaultNotice fault={moreFault.value} />
            <KeyHints />
          </>}
      {at.is === 'create' && <CreateDialog rows={roleRows.value.value?.roles ?? []} onClose={close} onDone={(made) => { open.value = { is: 'password', of: made }; void page.again(); }} />}
      {at.is === 'one' && <OneAccount row={at.row} onClose={close} onPick={(n) => { open.value = n; }} />}
      {at.is === 'roles' && <RolesDialog row={at.row} rows={roleRows.value.value?.roles ?? []} onClose={close} onDone={(after) => { say(s.editRolesDone(after.display)); changed(); }} />}
      {at.is === 'act' && <ActDialog id={at.row.id} display={at.row.display} act={at.act} onClose={close} onDone={changed} onPassword={(of) => { open.value = { is: 'password', of }; void page.again(); }} />}
      {at.is === 'password' && <OneTimePassword of={at.of} onClose={close} />}
    </>
  );
}
