/* The first hour that everyone has: what is needed on the left, the day below it, the candidates on the right. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { agendaText } from '../text/agenda';
import { board, find, start, triages, waiting, type Block, type BoardRow, type Found, type Proposal, type Triage, type Waiting } from '../wire/agenda';
import { now } from '../state/clock';
import { day, full, hm, siteMidnight } from '../state/format';
import { chosen } from '../state/joint';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { send, zone } from '../state/session';
import { SelectField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, PageHead, Section, St } from '../ui/parts';
import { Bar, Hours, Lane, type Day } from './day-grid';
import './agenda.css';

interface Need { need: string; reference?: string; name?: string }
const hour = 3_600_000;
const things = ['room:video-room', 'room:consulting-room', 'device:exam-camera', 'device:fundus-camera', 'device:ultrasound', 'clinic-doctor', 'nurse', 'escort', 'interpreter:ug'];
const dateOf = (at: number): string => new Intl.DateTimeFormat('sv-SE', zone.value === undefined ? {} : { timeZone: zone.value }).format(at);
export const dayOf = (at: number): Day => { const midnight = siteMidnight(dateOf(at)); return { from: midnight + 8 * hour, until: midnight + 18 * hour }; };
/** As long as what is in it needs it, by whole hours. */
export const reaching = (d: Day, it: { start: number; end: number }): Day => {
  const floor = (at: number): number => d.from + Math.floor((at - d.from) / hour) * hour;
  return { from: Math.min(d.from, floor(it.start)), until: Math.max(d.until, floor(it.end - 1) + hour) };
};

function Why({ p, first }: { p: Proposal; first: Proposal }) {
  const a = agendaText();
  const good = p === first;
  return (
    <ul>
      <li><St tone={good ? 'ok' : undefined} icon={good ? 'check' : 'time'}>{good ? a.best : a.laterBy(Math.round((p.start - first.start) / 60_000))}{a.comma}{a.fromNow(Math.max(0, Math.round((p.start - now.value) / 60_000)))}</St></li>
      {p.late_min > 0 && <li><St tone="warn">{a.lateBy(p.late_min)}</St></li>}
      {p.strangers > 0 ? <li><St tone="warn">{a.strangers(p.strangers)}</St></li> : p.seats.some((s) => s.known) ? <li><St tone="ok">{a.knownBy(p.seats.filter((s) => s.known).map((s) => s.name).join(a.and))}</St></li> : null}
    </ul>
  );
}

function Blocked({ block, onTake }: { block: Block; onTake: (days: number, minutes: number, drop: string, other: string, reference: string) => void }) {
  const a = agendaText();
  return (
    <div class="blocked">
      <b>{a.blocked}</b>
      <ul>{block.needs.filter((n) => n.state !== 'can' || n.against.length > 0).map((n) => (
        <li key={n.need}><Icon name="x" size="s" />{a.blockNeed(a.need(n.need), n.state)}{n.against.length > 0 && <span class="muted">{a.blockAgainst(n.against.map(a.need).join(a.and))}</span>}{n.alone && <St tone="warn">{a.blockAlone}</St>}</li>
      ))}</ul>
      {block.changes.length > 0 && <b>{a.helps}</b>}
      <ul>{block.changes.map((c, i) => {
        const words = [c.extend_days > 0 ? a.helpExtend(c.extend_days) : '', c.shorter_min > 0 ? a.helpShorter(c.shorter_min) : '', c.drop !== '' ? a.helpDrop(a.need(c.drop)) : '', c.other !== '' ? a.helpOther(a.need(c.other), c.name) : ''].filter((w) => w !== '').join(a.and);
        return <li key={i}>{words} <span class="muted">{a.then(full(c.start))}</span> <Button onClick={() => onTake(c.extend_days, c.shorter_min, c.drop, c.other, c.reference)} label={`${a.helpTake}: ${words}`}>{a.helpTake}</Button></li>;
      })}</ul>
    </div>
  );
}

/** Rows of everybody whom the candidates name, on the chosen one's day. */
function Grid({ proposal, proposals, at }: { proposal: Proposal; proposals: readonly Proposal[]; at: Day }) {
  const a = agendaText();
  const groups = useSignal<{ need: string; rows: BoardRow[] }[]>([]);
  const wanted = [...new Set(proposals.flatMap((p) => p.seats.map((s) => s.need)))];
  useEffect(() => {
    let gone = false;
    void Promise.all(wanted.map(async (need) => {
      const [kind = '', what = ''] = need.split(':');
      const got = await send(board(at.from, at.until, kind, what));
      const named = new Set(proposals.flatMap((p) => p.seats.filter((s) => s.need === need).map((s) => s.reference)));
      return { need, rows: got.ok ? got.value.filter((r) => named.has(r.reference)) : [] };
    })).then((all) => { if (!gone) groups.value = all; });
    return () => { gone = true; };
  }, [at.from, proposals]);
  return (
    <div class="daygrid-wrap" tabIndex={0} role="group" aria-label={day(at.from)}>
      <div class="daygrid">
        <Hours day={at} />
        {groups.value.map((g) => (
          <div key={g.need}>
            <div class="grid-group">{a.need(g.need)}</div>
            {g.rows.map((r) => (
              <Lane key={r.reference} name={r.name} sub={r.kind === 'specialist' ? r.place : undefined}>
                {r.free.map((f) => <Bar key={f.start} day={at} start={f.start} end={f.end} kind="open" label={`${a.free} ${hm(f.start)}–${hm(f.end)}`} />)}
                {r.taken.map((f) => <Bar key={f.start} day={at} start={f.start} end={f.end} kind="busy" label={`${a.taken} ${hm(f.start)}–${hm(f.end)}`} />)}
                {proposal.seats.some((s) => s.reference === r.reference) && <Bar day={at} start={proposal.start} end={proposal.end} kind="pick" label={a.own}><Icon name="check" size="s" /></Bar>}
              </Lane>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

const needsOf = (w: Waiting | null): Need[] => (w === null ? [{ need: 'clinic-doctor' }, { need: 'room:video-room' }, { need: 'escort' }] : w.needs.map((n) => (n.reference === '' ? { need: n.need } : { need: n.need, reference: n.reference, name: n.name })));

export function JointPage() {
  const a = agendaText();
  const list = useLoad(waiting, news.agenda.value);
  const request = useSignal<Waiting | null>(chosen.value);
  const needs = useSignal<Need[]>(needsOf(chosen.value));
  const minutes = useSignal(chosen.value?.minutes ?? 40);
  const within = useSignal(7);
  const level = useSignal<Triage>((chosen.value?.triage as Triage | undefined) ?? 'routine');
  const found = useSignal<Found | null>(null);
  const picked = useSignal(0);
  const act = useAct();
  const holding = useAct();

  const search = async (): Promise<void> => {
    const from = Date.now();
    const asked = await act.run(find({
      ...(request.value === null ? {} : { patient: request.value.patient }), minutes: minutes.value, triage: level.value, from, until: from + within.value * 24 * hour,
      needs: needs.value.map((n) => (n.reference === undefined ? { need: n.need } : { need: n.need, reference: n.reference })),
    }));
    if (asked.ok) { found.value = asked.value; picked.value = 0; }
  };
  useEffect(() => { if (chosen.value !== null) void search(); }, []);

  const pickRequest = (key: string): void => {
    const w = (list.value.value ?? []).find((x) => x.request === key) ?? null;
    request.value = w;
    chosen.value = w;
    needs.value = needsOf(w);
    if (w !== null) { minutes.value = w.minutes; level.value = w.triage as Triage; }
    found.value = null;
  };
  const proposals = found.value?.proposals ?? [];
  const one = proposals[picked.value] ?? null;
  const hold = async (ask: boolean): Promise<void> => {
    if (one === null) return;
    const made = await holding.run(start({ ...(request.value === null ? {} : { patient: request.value.patient, request: request.value.request }), triage: level.value, start: one.start, minutes: minutes.value, seats: one.seats, ask }));
    if (!made.ok) { void search(); return; }
    say(`${a.state(made.value.state)} ${full(made.value.start)}`);
    chosen.value = null;
    go('/board');
  };
  const add = (need: string): void => { if (need !== '' && !needs.value.some((n) => n.need === need)) { needs.value = [...needs.value, { need }]; found.value = null; } };
  const take = (days: number, less: number, drop: string, other: string, reference: string): void => {
    within.value += days;
    minutes.value -= less;
    needs.value = needs.value.filter((n) => n.need !== drop).map((n) => (n.need === other ? { need: n.need, reference } : n));
    void search();
  };
  const requests = list.value.value ?? [];

  return (
    <>
      <PageHead title={a.joint} sum={a.jointSum} />
      <FaultNotice fault={list.fault.value} />
      <div class="joint">
        <div>
          <form class="joint-form" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void search(); }}>
            <div class="fields">
              <SelectField label={a.request} value={request.value?.request ?? ''} options={[{ value: '', words: requests.length === 0 ? a.requestNone : a.requestPick }, ...requests.map((w) => ({ value: w.request, words: `${w.name} ${a.triage(w.triage)}` }))]} onPick={pickRequest} />
              <SelectField label={a.length} value={String(minutes.value)} options={[...new Set([20, 30, 40, 60, minutes.value])].sort((x, y) => x - y).map((n) => ({ value: String(n), words: a.minutes(n) }))} onPick={(v) => { minutes.value = Number(v); found.value = null; }} />
              <SelectField label={a.within} value={String(within.value)} options={[...new Set([1, 3, 7, 14, 30, within.value])].sort((x, y) => x - y).map((n) => ({ value: String(n), words: a.days(n) }))} onPick={(v) => { within.value = Number(v); found.value = null; }} />
              <SelectField label={a.urgency} value={level.value} options={triages.map((v) => ({ value: v, words: a.triage(v) }))} onPick={(v) => { level.value = v; found.value = null; }} />
            </div>
            <div class="chips" role="group" aria-label={a.conditions}>
              {needs.value.map((n) => <span key={n.need} class="chip act">{a.need(n.need)}{n.name === undefined ? '' : ` ${n.name}`}<button type="button" aria-label={a.remove(a.need(n.need))} onClick={() => { needs.value = needs.value.filter((x) => x !== n); found.value = null; }}><Icon name="x" size="s" /></button></span>)}
            </div>
            <div class="fields">
              <SelectField label={a.addSpecialty} value="" options={[{ value: '', words: '' }, ...a.departments.map((d) => ({ value: `specialist:${d.code}`, words: d.words }))]} onPick={add} />
              <SelectField label={a.addThing} value="" options={[{ value: '', words: '' }, ...things.map((v) => ({ value: v, words: a.need(v) }))]} onPick={add} />
              <Button type="submit" kind="primary" icon="search" busy={act.busy ? a.searching : false} disabled={needs.value.length === 0}>{a.search}</Button>
            </div>
          </form>
          <FaultNotice fault={act.fault} />
          {one !== null && <Section id="day" title={day(one.start, true)}><Grid proposal={one} proposals={proposals} at={reaching(dayOf(one.start), one)} /></Section>}
        </div>
        <div>
          {found.value === null ? <Empty icon="cal" title={a.candidates}>{a.jointSum}</Empty> : null}
          {found.value !== null && proposals.length === 0 && found.value.block !== null ? <Blocked block={found.value.block} onTake={take} /> : null}
          {proposals.length > 0 && (
            <Section id="cands" title={a.candidates} end={<span class="muted">{a.candidatesSum(proposals.length)}</span>}>
              <div class="cands">{proposals.map((p, i) => (
                <button key={p.start} type="button" class="cand" aria-pressed={i === picked.value} onClick={() => { picked.value = i; }}>
                  <span class="top"><b class="num">{hm(p.start)}–{hm(p.end)}</b><span>{day(p.start)}</span></span>
                  <span class="muted">{p.seats.filter((s) => s.need.startsWith('specialist')).map((s) => s.name).join(a.and)}</span>
                  <Why p={p} first={proposals[0]!} />
                </button>
              ))}</div>
              <div class="after">
                <FaultNotice fault={holding.fault} />
                <Button kind="primary" block busy={holding.busy ? a.holding : false} onClick={() => { void hold(true); }}>{a.hold}</Button>
                <Button block onClick={() => { void hold(false); }}>{a.holdOnly}</Button>
                <p>{a.holdHelp}</p>
              </div>
            </Section>
          )}
        </div>
      </div>
    </>
  );
}
