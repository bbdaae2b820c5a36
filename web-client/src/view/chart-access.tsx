/* Who of the outside specialists may see this chart, for which consultation and how long: given, lengthened, revoked (rules 7, 8). */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { careText } from '../text/care';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { extendGrant, giveGrant, grants, revokeGrant, type Grant } from '../wire/grants';
import { roomPeople, rooms } from '../wire/rooms';
import { all, isActive, isAllergy, type Chart } from '../state/chart';
import { now, serverNow } from '../state/clock';
import { stamp } from '../state/format';
import { fieldOf, readField } from '../state/field';
import { say, useAct, useLoad } from '../state/load';
import { session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Check, SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Notice, Section, Skeleton, St } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { stampOf } from './chart-summary';

export type GrantState = 'coming' | 'live' | 'ended' | 'revoked';
export const stateOf = (g: Grant, at: number): GrantState => {
  if (g.revoked !== null) return 'revoked';
  if (g.ends !== null && g.ends <= at) return 'ended';
  return at < g.starts - 15 * 60_000 ? 'coming' : 'live';
};

/* ── what is given ── */
export interface Group { name: keyof ReturnType<typeof careText>['attachGroup']; items: { ref: string; words: string }[]; usual: boolean }
const fortnight = 14 * 86_400_000;

export function groupsOf(chart: Chart): Group[] {
  const at = now.peek();
  const recent = all(chart.vitals).filter((o) => (o.effectiveDateTime?.at ?? 0) > at - fortnight);
  const of = <T extends { id: string }>(type: string, list: readonly T[], words: (x: T) => string): Group['items'] => list.map((x) => ({ ref: `${type}/${x.id}`, words: words(x) }));
  return [
    { name: 'allergies' as const, usual: true, items: of('AllergyIntolerance', all(chart.allergies).filter(isAllergy), (x) => wire.wordsOf(x.code)) },
    { name: 'conditions' as const, usual: true, items: of('Condition', all(chart.conditions).filter(isActive), (x) => wire.wordsOf(x.code)) },
    { name: 'orders' as const, usual: true, items: of('MedicationRequest', all(chart.orders).filter((o) => o.status === 'active' || o.status === 'on-hold'), (x) => wire.wordsOf(x.medicationCodeableConcept)) },
    { name: 'notes' as const, usual: false, items: of('Composition', all(chart.notes).filter((n) => n.status !== 'preliminary'), (x) => `${x.title} ${stampOf(x.date)}`) },
    { name: 'labs' as const, usual: false, items: of('Observation', all(chart.labs), (x) => `${wire.wordsOf(x.code)} ${stampOf(x.effectiveDateTime)}`) },
    { name: 'files' as const, usual: false, items: [...of('DocumentReference', all(chart.documents), (x) => x.description || wire.wordsOf(x.type)), ...of('ImagingStudy', all(chart.studies), (x) => x.description)] },
    ...(recent.length === 0 ? [] : [{ name: 'vitals' as const, usual: false, items: [{ ref: recent.map((o) => `Observation/${o.id}`).join(' '), words: careText().attachGroup.vitals }] }]),
  ].filter((g) => g.items.length > 0);
}

/** What of the record goes along, by kinds. */
export function AttachPick({ groups, picked, onPick }: { groups: readonly Group[]; picked: ReadonlySet<string>; onPick: (next: ReadonlySet<string>) => void }) {
  const t = careText();
  const toggle = (ref: string, on: boolean): void => { const next = new Set(picked); if (on) next.add(ref); else next.delete(ref); onPick(next); };
  return <div class="attach">{groups.map((g) => <fieldset key={g.name} class="pick-list"><legend>{t.attachGroup[g.name]}</legend>{g.items.map((i) => <Check key={i.ref} label={i.words} checked={picked.has(i.ref)} onPick={(on) => { toggle(i.ref, on); }} />)}</fieldset>)}</div>;
}

function GiveDialog({ chart, onDone, onClose }: { chart: Chart; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const people = useLoad(roomPeople, 0);
  const held = useLoad(rooms, 0);
  const groups = groupsOf(chart);
  const visits = all(chart.encounters).filter((e) => !wire.isCustody(e) && ['planned', 'arrived', 'triaged', 'in-progress', 'onleave'].includes(e.status));
  const account = useSignal('');
  const encounter = useSignal(visits[0]?.id ?? '');
  const starts = useSignal(fieldOf(serverNow()));
  const ends = useSignal('');
  const room = useSignal('');
  const picked = useSignal<ReadonlySet<string>>(new Set(groups.filter((g) => g.usual).flatMap((g) => g.items.map((i) => i.ref))));
  const tried = useSignal(false);
  const act = useAct();
  const specialists = (people.value.value ?? []).filter((p) => p.roles.includes('specialist'));
  const from = readField(starts.value);
  const to = ends.value === '' ? null : readField(ends.value);
  const wrongEnd = ends.value !== '' && (to === null || from === null || to <= from || to <= now.value);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (account.value === '' || from === null || wrongEnd) return;
    const r = await act.run(giveGrant({
      account: account.value, encounter: encounter.value, starts: new Date(from).toISOString(), ...(to === null ? {} : { ends: new Date(to).toISOString() }), labels: [],
      attached: [...picked.value].flatMap((p) => p.split(' ')), ...(room.value === '' ? {} : { room: room.value }),
    }));
    if (!r.ok) return;
    say(t.given);
    onDone();
  };
  if (visits.length === 0) return <Dialog title={t.giveTitle} onClose={onClose}><Notice tone="warn">{t.encounterNone}</Notice><div class="actions"><Button onClick={onClose}>{text().close}</Button></div></Dialog>;
  const visitWords = (e: wire.Encounter): string => [e.class.code === 'VR' ? chartText().virtual : chartText().visit, stampOf(e.period.start), wire.wordsOf(e.reasonCode[0] ?? null)].filter((w) => w !== '').join(t.comma);
  return (
    <Dialog title={t.giveTitle} sub={t.giveHelp} wide onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <FaultNotice fault={people.fault.value} again={() => { void people.again(); }} />
        <div class="two">
          <SelectField label={t.specialist} value={account.value} options={[{ value: '', words: specialists.length === 0 && people.value.value !== null ? t.specialistNone : t.specialistPick }, ...specialists.map((p) => ({ value: p.account, words: p.display }))]} onPick={(v) => { account.value = v; }} error={tried.value && account.value === '' ? t.specialistPick : undefined} />
          <SelectField label={t.encounter} value={encounter.value} options={visits.map((e) => ({ value: e.id, words: visitWords(e) }))} onPick={(v) => { encounter.value = v; }} />
          <TextField label={t.starts} type="datetime-local" value={starts.value} onInput={(v) => { starts.value = v; }} error={tried.value && from === null ? t.timeBad : undefined} />
          <TextField label={t.ends} type="datetime-local" help={t.endsHelp} value={ends.value} onInput={(v) => { ends.value = v; }} error={tried.value && wrongEnd ? t.endsBad : undefined} />
          <SelectField label={t.room} help={t.roomHelp} value={room.value} options={[{ value: '', words: t.roomNone }, ...(held.value.value ?? []).filter((r) => r.role === 'host' && r.state === 'open').map((r) => ({ value: r.id, words: r.title }))]} onPick={(v) => { room.value = v; }} />
        </div>
        <h3>{t.attach}</h3><p class="muted small">{t.attachHelp}</p>
        <AttachPick groups={groups} picked={picked.value} onPick={(next) => { picked.value = next; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.giving : false}>{t.give}</Button></div>
      </form>
    </Dialog>
  );
}

function ExtendDialog({ grant, onDone, onClose }: { grant: Grant; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const ends = useSignal(fieldOf((grant.ends ?? serverNow()) + 3_600_000));
  const tried = useSignal(false);
  const act = useAct();
  const to = readField(ends.value);
  const wrong = to === null || to <= Math.max(grant.ends ?? 0, now.value);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (wrong) return;
    const r = await act.run(extendGrant(grant.id, new Date(to).toISOString()));
    if (!r.ok) return;
    say(t.extended);
    onDone();
  };
  return (
    <Dialog title={t.extendTitle} sub={grant.account.display} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={t.ends} type="datetime-local" value={ends.value} onInput={(v) => { ends.value = v; }} focus error={tried.value && wrong ? t.endsBad : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.extending : false}>{t.extend}</Button></div>
      </form>
    </Dialog>
  );
}

function RevokeDialog({ grant, onDone, onClose }: { grant: Grant; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const act = useAct();
  const submit = async (): Promise<void> => {
    const r = await act.run(revokeGrant(grant.id));
    if (!r.ok) return;
    say(t.revoked);
    onDone();
  };
  return (
    <Dialog title={t.revokeTitle} sub={t.revokeText(grant.account.display)} onClose={onClose}>
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="danger" busy={act.busy ? t.revoking : false} onClick={() => { void submit(); }}>{t.revoke}</Button></div>
    </Dialog>
  );
}

type Open = { is: 'none' } | { is: 'give' } | { is: 'extend' | 'revoke'; grant: Grant };

export function Access({ chart }: { chart: Chart }) {
  const t = careText();
  const load = useLoad(() => grants(chart.id), chart.id);
  const open = useSignal<Open>({ is: 'none' });
  const close = (): void => { open.value = { is: 'none' }; };
  const done = (): void => { close(); void load.again(); };
  const rows = load.value.value?.rows ?? null;
  const o = open.value;
  const tone = { coming: undefined, live: 'ok', ended: undefined, revoked: 'warn' } as const;
  return (
    <div class="chart one">
      <Section id="access" title={t.access} count={rows?.filter((g) => stateOf(g, now.value) === 'live').length || undefined} end={<Button kind="plain" icon="plus" onClick={() => { open.value = { is: 'give' }; }}>{t.give}</Button>}>
        <p class="muted small">{t.accessHelp}</p>
        <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
        {rows === null && load.slow.value && <Skeleton rows={3} />}
        {rows?.length === 0 && <Empty icon="key" title={t.accessNone}>{t.accessNoneText}</Empty>}
        {rows !== null && rows.length > 0 && (
          <Table label={t.access} columns={[{ words: t.columnsGrant.who }, { words: t.columnsGrant.from, wide: true }, { words: t.columnsGrant.to }, { words: t.columnsGrant.state }, { words: t.columnsGrant.act, hidden: true }]}>
            {rows.map((g) => {
              const s = stateOf(g, now.value);
              return (
                <Row key={g.id}>
                  <td><b>{g.account.display}</b><small>{[t.attachedCount(g.attached.length), g.given_by.id === session.value?.account.id ? '' : t.givenBy(g.given_by.display)].filter((w) => w !== '').join(t.comma)}</small></td>
                  <td class="wide">{stamp(g.starts)}</td>
                  <td data-col={t.columnsGrant.to}>{g.revoked !== null ? stamp(g.revoked) : g.ends === null ? t.untilSigned : stamp(g.ends)}</td>
                  <td class="mark"><St tone={tone[s]}>{t.state[s]}</St></td>
                  <td class="act">{(s === 'live' || s === 'coming') && <>{g.ends !== null && <Button kind="plain" onClick={() => { open.value = { is: 'extend', grant: g }; }}>{t.extend}</Button>}<Button kind="plain" onClick={() => { open.value = { is: 'revoke', grant: g }; }}>{t.revoke}</Button></>}</td>
                </Row>
              );
            })}
          </Table>
        )}
      </Section>
      {o.is === 'give' && <GiveDialog chart={chart} onDone={done} onClose={close} />}
      {o.is === 'extend' && <ExtendDialog grant={o.grant} onDone={done} onClose={close} />}
      {o.is === 'revoke' && <RevokeDialog grant={o.grant} onDone={done} onClose={close} />}
    </div>
  );
}
