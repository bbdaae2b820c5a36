/* The rooms one may enter; a clinic's doctor opens one. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { callText } from '../text/call';
import { openRoom, roomPeople, rooms, type Person } from '../wire/rooms';
import type { Role } from '../wire/roles';
import { useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { has, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Check, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, PageHead, Sep, Skeleton, St, When } from '../ui/parts';
import { PassesDialog } from './room-passes';
import './room.css';

const roleWords = (t: ReturnType<typeof text>, held: readonly string[]): string => held.map((r) => t.roles[r as Role] ?? '').filter((w) => w !== '').join(' ');

function NewRoom({ onClose }: { onClose: () => void }) {
  const t = text();
  const c = callText();
  const people = useLoad(roomPeople, 0);
  const title = useSignal('');
  const picked = useSignal<readonly string[]>([]);
  const tried = useSignal(false);
  const find = useSignal('');
  const act = useAct();
  const noName = tried.value && title.value.trim() === '';
  const nobody = tried.value && picked.value.length === 0;

  const submit = async (): Promise<void> => {
    tried.value = true;
    if (title.value.trim() === '' || picked.value.length === 0) return;
    const made = await act.run(openRoom(title.value.trim(), picked.value.map((account) => ({ account, role: 'member' }))));
    if (made.ok) go(`/rooms/${made.value.id}`);
  };
  const others = (people.value.value ?? []).filter((p) => p.account !== session.value?.account.id);
  const shown = others.filter((p) => picked.value.includes(p.account) || p.display.includes(find.value.trim()) || roleWords(t, p.roles).includes(find.value.trim()));
  const pick = (p: Person, on: boolean): void => { picked.value = on ? [...picked.value, p.account] : picked.value.filter((a) => a !== p.account); };

  return (
    <Dialog title={c.openTitle} sub={c.openSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={c.name} help={c.nameHelp} value={title.value} onInput={(v) => { title.value = v; }} max={40} focus error={noName ? c.nameShort : undefined} />
        <fieldset class={`field${nobody ? ' bad' : ''}`}>
          <legend class="label">{c.who}</legend>
          {people.slow.value && people.value.value === null ? <Skeleton rows={3} /> : null}
          {people.value.value !== null && others.length === 0 ? <p class="help">{c.whoNone}</p> : null}
          {others.length > 8 ? <input class="input" type="search" aria-label={c.find} placeholder={c.find} value={find.value} onInput={(e) => { find.value = e.currentTarget.value; }} onKeyDown={(e) => { if (e.key === 'Enter') e.preventDefault(); }} /> : null}
          {others.length > 0 ? <div class="pick-list" tabIndex={0}>{shown.map((p) => <Check key={p.account} label={<>{p.display} <span class="muted">{roleWords(t, p.roles)}</span></>} checked={picked.value.includes(p.account)} onPick={(on) => pick(p, on)} />)}</div> : null}
          {nobody && <p class="error" role="alert">{c.whoPick}</p>}
        </fieldset>
        <FaultNotice fault={people.fault.value ?? act.fault} />
        <div class="actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" kind="primary" busy={act.busy ? c.opening : false}>{c.open}</Button>
        </div>
      </form>
    </Dialog>
  );
}

export function RoomsPage() {
  const c = callText();
  const list = useLoad(rooms, 0);
  const making = useSignal(false);
  const passesOf = useSignal<string | null>(null);
  const mayOpen = has('clinic-doctor');
  const all = list.value.value;
  const open = mayOpen ? <Button kind="primary" icon="plus" onClick={() => { making.value = true; }}>{c.open}</Button> : undefined;
  return (
    <>
      <PageHead title={c.rooms} sum={c.roomsSum} end={all !== null && all.length > 0 ? open : undefined} />
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="video" title={c.none} action={open}>{mayOpen ? c.noneHost : c.noneMember}</Empty> : null}
      {all !== null && all.length > 0 ? (
        <ul class="list rooms">
          {all.map((r) => (
            <li key={r.id} data-row="" tabIndex={-1}>
              <div><b>{r.title}</b><small>{r.role === 'host' ? <>{c.host}<Sep /></> : null}{c.openedAt} <When at={r.created} /></small></div>
              <St tone={r.present > 0 ? 'ok' : undefined} icon="people">{c.present(r.present)}</St>
              {r.role === 'host' ? <Button label={`${c.passes.open} ${r.title}`} onClick={() => { passesOf.value = r.id; }}>{c.passes.open}</Button> : <span />}
              <a class="btn" href={`/rooms/${r.id}`} data-open="" aria-label={`${c.enter} ${r.title}`}>{c.enter}</a>
            </li>
          ))}
        </ul>
      ) : null}
      {passesOf.value !== null && <PassesDialog room={passesOf.value} onClose={() => { passesOf.value = null; }} />}
      {making.value && <NewRoom onClose={() => { making.value = false; }} />}
    </>
  );
}
