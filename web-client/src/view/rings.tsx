/* A specialist at once: the clinic rings, and sees who is being rung. */
import { useSignal } from '@preact/signals';
import { agendaText } from '../text/agenda';
import { ringsText } from '../text/rings';
import * as fhir from '../wire/fhir';
import { beginRing, ringDo, rings, type Ring } from '../wire/rings';
import { now } from '../state/clock';
import { day, hm } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { SelectField, TextField } from '../ui/form';
import { Button, ClockBadge, Empty, FaultNotice, Notice, PageHead, Section, Skeleton, St } from '../ui/parts';
import './agenda.css';

const ring_ms = 60_000;
const tones = { ringing: 'act', answered: 'ok', declined: 'warn', rung: undefined, waiting: undefined } as const;
const stateTones = { ringing: 'act', answered: 'ok', nobody: 'bad', cancelled: undefined } as const;

function Start({ again }: { again: () => void }) {
  const w = ringsText();
  const a = agendaText();
  const words = useSignal('');
  const patient = useSignal('');
  const need = useSignal('');
  const minutes = useSignal('30');
  const act = useAct();
  const found = useLoad(() => fhir.search('Patient', fhir.readPatient, [...(words.value.trim() === '' ? [] : [[/^\d+$/.test(words.value.trim()) ? 'identifier' : 'name', words.value.trim()] as const]), ['active', 'true'], ['_count', '30'], ['_sort', 'family']]), words.value);
  const people = found.value.value?.found ?? null;
  const ready = patient.value !== '' && need.value !== '';
  const ring = async (): Promise<void> => {
    const done = await act.run(beginRing(`Patient/${patient.value}`, need.value, Number(minutes.value)));
    if (done.ok) { say(w.begun); again(); }
  };
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy && ready) void ring(); }}>
      <TextField label={w.patientFind} value={words.value} onInput={(q) => { words.value = q; patient.value = ''; }} max={60} />
      <SelectField label={w.patient} value={patient.value} options={[{ value: '', words: '' }, ...(people ?? []).map((p) => ({ value: p.id, words: `${fhir.nameOf(p)} ${fhir.numberOf(p)}` }))]} onPick={(v) => { patient.value = v; }} />
      {people !== null && people.length === 0 && <p class="help">{w.patientNone}</p>}
      <SelectField label={w.specialty} value={need.value} options={[{ value: '', words: '' }, ...a.departments.map((d) => ({ value: `specialist:${d.code}`, words: d.words }))]} onPick={(v) => { need.value = v; }} />
      <SelectField label={w.minutes} value={minutes.value} options={['15', '30', '45', '60'].map((m) => ({ value: m, words: a.minutes(Number(m)) }))} onPick={(v) => { minutes.value = v; }} />
      <FaultNotice fault={found.fault.value ?? act.fault} />
      <div class="actions"><Button type="submit" kind="primary" icon="bell" disabled={!ready} busy={act.busy ? w.ringing : false}>{w.ring}</Button></div>
    </form>
  );
}

function Person({ ring, person, again }: { ring: Ring; person: Ring['people'][number]; again: () => void }) {
  const w = ringsText();
  const act = useAct();
  const left_ms = person.state === 'ringing' && ring.ends !== null ? Math.max(0, ring.ends - now.value) : 0;
  const note = async (verb: 'answer' | 'decline'): Promise<void> => {
    await act.run(ringDo(ring.id, verb, person.reference));
    again();
  };
  return (
    <li>
      <span><b>{person.name}</b><small>{person.place}</small><FaultNotice fault={act.fault} /></span>
      <span class="row">
        {left_ms > 0 && <ClockBadge share={1 - left_ms / ring_ms}>{w.left(Math.ceil(left_ms / 1000))}</ClockBadge>}
        <St tone={tones[person.state as keyof typeof tones]}>{w.people[person.state] ?? person.state}</St>
      </span>
      {person.state === 'ringing' && (
        <span class="row">
          <Button label={w.phoneYesNamed(person.name)} busy={act.busy ? w.noting : false} onClick={() => { void note('answer'); }}>{w.phoneYes}</Button>
          <Button kind="plain" label={w.phoneNoNamed(person.name)} onClick={() => { void note('decline'); }}>{w.phoneNo}</Button>
        </span>
      )}
    </li>
  );
}

function One({ ring, again }: { ring: Ring; again: () => void }) {
  const w = ringsText();
  const act = useAct();
  const isOpen = ring.state === 'ringing';
  const stop = async (): Promise<void> => {
    await act.run(ringDo(ring.id, 'cancel'));
    again();
  };
  const shown = isOpen ? ring.people : ring.people.filter((p) => p.state !== 'waiting');
  return (
    <Section id={`ring-${ring.id}`} title={agendaText().need(ring.need)} end={<St tone={stateTones[ring.state as keyof typeof stateTones]}>{w.states[ring.state] ?? ring.state}</St>}>
      <p class="muted"><span class="num">{day(ring.made)} {hm(ring.made)}</span> {w.by(ring.by)}{isOpen ? ` ${w.round(ring.round + 1)}` : ''}</p>
      {ring.displaced > 0 && <Notice tone="warn">{w.displaced(ring.displaced)}</Notice>}
      {ring.state === 'nobody' && <Notice tone="bad" live>{w.nobodyText}</Notice>}
      <ul class="open-list" aria-live={isOpen ? 'polite' : undefined}>{shown.map((p) => <Person key={p.reference} ring={ring} person={p} again={again} />)}</ul>
      <FaultNotice fault={act.fault} />
      <div class="actions">
        {isOpen && <Button kind="danger" busy={act.busy ? w.stopping : false} onClick={() => { void stop(); }}>{w.stop}</Button>}
        {ring.room !== '' && <a class="btn btn-primary" href={`/rooms/${ring.room}`}>{w.enter}</a>}
      </div>
    </Section>
  );
}

export function RingsPage() {
  const w = ringsText();
  const list = useLoad(rings, news.ring.value);
  const all = list.value.value;
  const again = (): void => { void list.again(); };
  const open = (all ?? []).filter((r) => r.state === 'ringing');
  const past = (all ?? []).filter((r) => r.state !== 'ringing').slice(0, 6);
  return (
    <>
      <PageHead title={w.title} sum={w.sum} />
      <FaultNotice fault={list.fault.value} again={again} />
      <div class="cols">
        <div class="stack">
          {all === null && list.slow.value ? <Skeleton /> : null}
          {all !== null && open.length === 0 ? <Empty icon="bell" title={w.none}>{w.noneText}</Empty> : null}
          {open.map((r) => <One key={r.id} ring={r} again={again} />)}
          {past.map((r) => <One key={r.id} ring={r} again={again} />)}
        </div>
        <div class="stack"><Section id="start" title={w.title}><Start again={again} /></Section></div>
      </div>
    </>
  );
}
