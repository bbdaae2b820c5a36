/* The opinion of a visit: written together, signed, read; and below it what becomes of the advice. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { opinionText } from '../text/opinion';
import * as wire from '../wire/opinion';
import * as orders from '../wire/orders';
import { now } from '../state/clock';
import { hms, stamp } from '../state/format';
import { say, useAct } from '../state/load';
import { freshId, useOpinion, type OpinionBox, type PartBox } from '../state/opinion';
import { printed } from '../state/print';
import { session } from '../state/session';
import type { Fault } from '../wire/fault';
import { DateInput } from '../ui/date';
import { SelectField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, FaultNotice, IconButton, Notice, Section, Skeleton, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { Suggest } from '../ui/suggest';
import { After } from './opinion-after';
import { OpinionRead, OpinionSigners } from './opinion-read';
import { AmendDialog, DissentDialog, SignDialog } from './opinion-sign';
import './chart.css';
import './opinion.css';

/* -- writing -- */

const nameOf = (o: wire.Opinion, account: string): string => o.people.find((p) => p.account.id === account)?.account.display ?? '';

/** Who else is writing this part just now, as far as is known. */
function others(box: OpinionBox, o: wire.Opinion, part: wire.PartName | null): string {
  const me = session.value?.account.id ?? '';
  const names = box.writing.value.filter((w) => w.by !== me && w.until > now.value - 1000 && (part === null || w.part === part)).map((w) => nameOf(o, w.by)).filter((n) => n !== '');
  return [...new Set(names)].join(opinionText().comma);
}

function Theirs({ value }: { value: wire.Value }) {
  const t = opinionText();
  return <div class="op-theirs"><span class="muted small">{t.theirs}</span>
    {value.codes.length > 0 && <p>{value.codes.map((c) => `${c.display} ${c.code}`).join(t.comma)}</p>}
    {value.text !== '' && <p class="plain">{value.text}</p>}
    {value.items.map((i) => <p key={i.id}><b>{t.kinds[i.kind]}</b> {i.words}</p>)}
    {value.due !== '' && <p>{t.due} {value.due}</p>}</div>;
}

function PartLine({ box, o, part }: { box: OpinionBox; o: wire.Opinion; part: wire.PartName }) {
  const t = opinionText();
  const s = box.parts[part].state.value;
  const who = others(box, o, part);
  const at = o.parts[part];
  const words = s.is === 'saving' ? t.saving : s.is === 'saved' ? t.saved(hms(s.at)) : s.is === 'failed' ? t.saveFailed : at.by !== null && at.at !== null ? t.lastBy(at.by.display, stamp(at.at)) : '';
  return <p class="draft-line"><span data-part={part} data-draft={s.is} role="status">{words}</span>{who !== '' && <span class="op-writing"><Icon name="note" size="s" /> {t.writing(who)}</span>}</p>;
}

function Conflict({ part }: { part: PartBox }) {
  const t = opinionText();
  const s = part.state.value;
  if (s.is !== 'conflict') return null;
  return (
    <Notice tone="warn" live>
      <p>{t.conflict(s.by)}</p>
      <Theirs value={s.theirs} />
      <div class="row wrap"><Button onClick={() => { part.choose('both'); }}>{t.keepBoth}</Button><Button onClick={() => { part.choose('theirs'); }}>{t.keepTheirs}</Button><Button onClick={() => { part.choose('mine'); }}>{t.keepMine}</Button></div>
    </Notice>
  );
}

function Codes({ part }: { part: PartBox }) {
  const t = opinionText();
  const v = part.value.value;
  return (
    <div>
      <Suggest label={t.codeFind} none={t.codeNone} ask={(q) => ({ ...orders.diagnoses(q), read: (x, at) => orders.diagnoses(q).read(x, at).codes })} words={(c) => ({ key: c.code, main: c.display, side: c.code })}
        onPick={(c) => { if (!v.codes.some((d) => d.code === c.code)) part.set({ ...part.value.peek(), codes: [...part.value.peek().codes, c] }); }} />
      {v.codes.length > 0 && <div class="picked">{v.codes.map((d) => <span key={d.code} class="chip act">{d.display} {d.code}<button type="button" aria-label={t.codeDrop(d.display)} onClick={() => { part.set({ ...v, codes: v.codes.filter((x) => x.code !== d.code) }); }}><Icon name="x" size="s" /></button></span>)}</div>}
    </div>
  );
}

function Advices({ part }: { part: PartBox }) {
  const t = opinionText();
  const v = part.value.value;
  const change = (id: string, to: Partial<wire.Item>): void => { part.set({ ...v, items: v.items.map((i) => (i.id === id ? { ...i, ...to } : i)) }); };
  return (
    <div class="op-items">
      {v.items.length === 0 && <p class="muted">{t.adviceNone}</p>}
      {v.items.map((item, n) => (
        <div key={item.id} class="op-item">
          <SelectField label={t.adviceKind} value={item.kind} options={wire.kinds.map((value) => ({ value, words: t.kinds[value] ?? value }))} onPick={(kind) => { change(item.id, { kind }); }} />
          <div class="field"><label for={`op-${item.id}`}>{t.adviceWords(n + 1)}</label><textarea id={`op-${item.id}`} class="textarea" rows={2} maxLength={600} value={item.words} onInput={(e) => { change(item.id, { words: e.currentTarget.value }); }} onBlur={part.flush} /></div>
          <IconButton icon="x" label={t.adviceDrop(n + 1)} onClick={() => { part.set({ ...v, items: v.items.filter((i) => i.id !== item.id) }); part.flush(); }} />
        </div>
      ))}
      {v.items.length < 30 && <div><Button kind="plain" icon="plus" onClick={() => { part.set({ ...v, items: [...v.items, { id: freshId(v.items), kind: 'medication', words: '' }] }); }}>{t.addAdvice}</Button></div>}
    </div>
  );
}

function Words({ name, part, rows }: { name: wire.PartName; part: PartBox; rows: number }) {
  const v = part.value.value;
  return <textarea id={`op-${name}`} class="textarea" rows={rows} maxLength={4000} value={v.text} onInput={(e) => { part.set({ ...part.value.peek(), text: e.currentTarget.value }); }} onBlur={part.flush} />;
}

function Editor({ box, o }: { box: OpinionBox; o: wire.Opinion }) {
  const t = opinionText();
  const due = box.parts['follow-up'];
  return (
    <div class="editor op-editor">
      {wire.partNames.map((name) => (
        <div key={name} class="op-part">
          {name === 'advice' ? <h3>{t.parts[name]}</h3> : <label for={`op-${name}`} class="op-label">{t.parts[name]}</label>}
          <Conflict part={box.parts[name]} />
          {name === 'assessment' && <Codes part={box.parts[name]} />}
          {name === 'advice' ? <Advices part={box.parts[name]} /> : <Words name={name} part={box.parts[name]} rows={name === 'follow-up' ? 2 : 4} />}
          {name === 'follow-up' && <div class="field op-due"><label for="op-due">{t.due}</label><DateInput id="op-due" name="due" value={due.value.value.due} withTime={false} invalid={false} described={undefined} onInput={(v) => { due.set({ ...due.value.peek(), due: v }); }} onBad={() => undefined} /></div>}
          <PartLine box={box} o={o} part={name} />
        </div>
      ))}
    </div>
  );
}

/* -- reading -- */

type Opened = { is: 'none' } | { is: 'sign' } | { is: 'dissent' } | { is: 'amend' } | { is: 'excuse'; who: wire.Person };

function Papers({ o }: { o: wire.Opinion }) {
  const t = opinionText();
  const fault = useSignal<Fault | null>(null);
  return (
    <>
      {o.code !== null && <p class="muted">{t.code} <code class="op-code">{o.code}</code></p>}
      <div class="row wrap"><Button icon="print" onClick={() => { void printed(wire.pdfOf(o.visit)).then((f) => { fault.value = f; }); }}>{t.pdf}</Button><a class="btn plain" href={wire.bundleOf(o.visit)} download="bundle.json">{t.bundle}</a></div>
      <FaultNotice fault={fault.value} />
    </>
  );
}

function Amendments({ o }: { o: wire.Opinion }) {
  const t = opinionText();
  if (o.amendments.length === 0) return null;
  return <div><h3>{t.amendments}</h3>{o.amendments.map((a) => <article key={a.id} class="op-amend"><p class="muted">{t.lastBy(a.by, stamp(Date.parse(a.at)))}</p><p class="plain">{a.words}</p><p>{t.amendedFor(a.reason)}</p></article>)}</div>;
}

/* -- the whole -- */

export function Opinion({ visit }: { visit: string }) {
  const t = opinionText();
  const box = useOpinion(visit);
  const open = useSignal<Opened>({ is: 'none' });
  const o = box.load.value.value;
  const act = useAct();
  /* Whoever presses while the last words are still on their way is not asked to press again. */
  const wanted = useSignal(false);
  const settled = box.settled();
  useEffect(() => { if (wanted.value && settled) { wanted.value = false; open.value = { is: 'sign' }; } }, [wanted.value, settled]);
  if (box.load.fault.value !== null && o === null) return <FaultNotice fault={box.load.fault.value} again={() => { void box.load.again(); }} />;
  if (o === null) return box.load.slow.value ? <Skeleton rows={5} /> : null;
  const done = (words: string): void => { open.value = { is: 'none' }; say(words); void box.load.again(); };
  const close = (): void => { open.value = { is: 'none' }; void box.load.again(); };
  const who = others(box, o, null);
  const state = <St tone={o.state === 'final' ? 'ok' : 'warn'}>{t.states[o.state]}</St>;
  return (
    <div class="opinion" data-state={o.state}>
      <Section id="opinion" title={t.title} end={state}>
        {o.state === 'draft' && <p class="muted">{o.may.write ? t.draftHelp : t.clinicHelp}</p>}
        {o.may.write ? <Editor box={box} o={o} /> : <OpinionRead o={o} />}
        <Amendments o={o} />
        {o.people.length > 0 && <><h3>{t.people}</h3><OpinionSigners o={o} onExcuse={(who) => { open.value = { is: 'excuse', who }; }} /></>}
        {o.state !== 'draft' && <Papers o={o} />}
        <FaultNotice fault={act.fault} />
        <div class="row wrap">
          {o.may.sign && <Button kind="primary" busy={wanted.value ? t.sign : false} onClick={() => { wanted.value = true; }}>{t.sign}</Button>}
          {o.may.dissent && <Button onClick={() => { open.value = { is: 'dissent' }; }}>{t.dissent}</Button>}
          {o.may.receive && <Button kind="primary" onClick={() => { open.value = { is: 'sign' }; }}>{t.receive}</Button>}
          {o.may.amend && <Button kind="plain" onClick={() => { open.value = { is: 'amend' }; }}>{t.amend}</Button>}
          {o.may.sign && wanted.value && !box.settled() && <span class="muted" role="status">{t.signWait}</span>}
        </div>
      </Section>
      {o.state !== 'draft' && <After o={o} again={() => { void box.load.again(); }} />}
      {open.value.is === 'sign' && <SignDialog o={o} busyWith={who} onDone={() => { done(o.may.receive ? t.receiveDone : t.signDone); }} onClose={close} />}
      {open.value.is === 'dissent' && <DissentDialog o={o} onDone={() => { done(t.dissentDone); }} onClose={close} />}
      {open.value.is === 'amend' && <AmendDialog o={o} onDone={() => { done(t.amendDone); }} onClose={close} />}
      {open.value.is === 'excuse' && <Excuse o={o} who={open.value.who} onDone={() => { done(t.excuseDone); }} onClose={close} />}
    </div>
  );
}

function Excuse({ o, who, onDone, onClose }: { o: wire.Opinion; who: wire.Person; onDone: () => void; onClose: () => void }) {
  const t = opinionText();
  return <ReasonDialog title={t.excuseTitle(who.account.display)} sub={t.excuseHelp} act={t.excuse} busy={t.excuseBusy} draft={['excuse', o.visit, who.account.id]} call={(reason) => wire.excuse(o, who.account.id, reason)} onDone={onDone} onClose={onClose} />;
}
