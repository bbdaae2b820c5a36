/* The form and its parts: fields while it is open, words once it is signed. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { intakeText } from '../text/intake';
import { lines, words, type Answers, type Line } from '../wire/intake';
import * as orders from '../wire/orders';
import { chapters, consistencies, plain, type Asked } from '../state/intake';
import { TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, IconButton, St } from '../ui/parts';
import { Suggest } from '../ui/suggest';
import { BodyChart } from './body-chart';

export interface Filling { answers: Answers; missing: string; set: ((to: Answers) => void) | null }
const put = (f: Filling, key: string, value: string | Line[]): void => { f.set?.({ ...f.answers, [key]: value }); };

/** One of a few: large enough for a finger, marked where the answer is one to mind. */
export function Pick({ f, link, codes, tone = [] }: { f: Filling; link: string; codes: readonly string[]; tone?: readonly string[] }) {
  const t = intakeText();
  const name = useId();
  const value = words(f.answers, link);
  const bad = f.missing === link;
  if (f.set === null) return <Read label={t.ask(link)}>{value === '' ? <span class="muted">{t.unanswered}</span> : tone.includes(value) ? <St tone="warn">{t.answer(link, value)}</St> : t.answer(link, value)}</Read>;
  return (
    <fieldset class={`in-pick${bad ? ' bad' : ''}`} data-q={link}>
      <legend>{t.ask(link)}</legend>
      <div>{codes.map((c) => <label key={c} data-tone={tone.includes(c) ? '' : undefined}><input type="radio" name={name} value={c} checked={value === c} onChange={() => { put(f, link, c); }} /><span>{t.answer(link, c)}</span></label>)}</div>
      {bad && <p class="error" role="alert"><Icon name="warn" size="s" /><span>{t.missing}</span></p>}
    </fieldset>
  );
}

function Read({ label, children }: { label: string; children: ComponentChildren }) {
  return <div class="in-read"><span>{label}</span><div>{children}</div></div>;
}

function Words({ f, link, rows = 2, label }: { f: Filling; link: string; rows?: number; label?: string }) {
  const t = intakeText();
  const id = useId();
  const value = words(f.answers, link);
  if (f.set === null) return value === '' ? null : <Read label={label ?? t.ask(link)}><span class="plain">{value}</span></Read>;
  return <div class="field" data-q={link}><label for={id}>{label ?? t.ask(link)}</label><textarea id={id} class="textarea" rows={rows} maxLength={1200} value={value} onInput={(e) => { put(f, link, e.currentTarget.value); }} /></div>;
}

function Number_({ f, link }: { f: Filling; link: string }) {
  const t = intakeText();
  if (f.set === null) { const v = words(f.answers, link); return v === '' ? null : <Read label={t.ask(link)}><span class="num">{v}</span></Read>; }
  return <div data-q={link}><TextField label={t.ask(link)} value={words(f.answers, link)} mode="numeric" max={6} onInput={(v) => { put(f, link, v); }} error={f.missing === link ? t.missing : undefined} /></div>;
}

function Problems({ f }: { f: Filling }) {
  const t = intakeText();
  const all = lines(f.answers, 'problems');
  const chips = <div class="picked">{all.map((p, i) => <span key={i} class="chip act">{p['words']} {p['code']}{f.set !== null && <button type="button" aria-label={t.drop(p['words'] ?? '')} onClick={() => { put(f, 'problems', all.filter((_, k) => k !== i)); }}><Icon name="x" size="s" /></button>}</span>)}</div>;
  if (f.set === null) return all.length === 0 ? null : <Read label={t.ask('problems')}>{chips}</Read>;
  return (
    <div>
      <Suggest label={`${t.ask('problems')}: ${t.problemFind}`} none={t.problemNone} ask={(q) => ({ ...orders.diagnoses(q), read: (x, at) => orders.diagnoses(q).read(x, at).codes })} words={(c) => ({ key: c.code, main: c.display, side: c.code })}
        onPick={(c) => { if (!all.some((p) => p['code'] === c.code)) put(f, 'problems', [...all, { code: c.code, words: c.display }]); }} />
      {all.length > 0 && chips}
    </div>
  );
}

function Allergies({ f }: { f: Filling }) {
  const t = intakeText();
  const all = lines(f.answers, 'allergies');
  const change = (i: number, to: Line): void => { put(f, 'allergies', all.map((a, k) => (k === i ? to : a))); };
  if (f.set === null) return all.length === 0 ? null : <Read label={t.ask('allergies')}><ul>{all.map((a, i) => <li key={i}><St tone="bad">{a['substance']}</St> {a['reaction']}</li>)}</ul></Read>;
  return (
    <div class="gap-4">
      {all.map((a, i) => <div key={i} class="in-line"><TextField label={`${t.allergyNth(i + 1)}: ${t.substance}`} value={a['substance'] ?? ''} max={120} onInput={(substance) => { change(i, { ...a, substance }); }} /><TextField label={`${t.allergyNth(i + 1)}: ${t.reaction}`} value={a['reaction'] ?? ''} max={120} onInput={(reaction) => { change(i, { ...a, reaction }); }} /><IconButton icon="x" label={t.drop(t.allergyNth(i + 1))} onClick={() => { put(f, 'allergies', all.filter((_, k) => k !== i)); }} /></div>)}
      <div><Button kind="plain" icon="plus" onClick={() => { put(f, 'allergies', [...all, { substance: '', reaction: '' }]); }}>{t.addAllergy}</Button></div>
    </div>
  );
}

function One({ f, ask }: { f: Filling; ask: Asked }) {
  const t = intakeText();
  switch (ask.kind) {
    case 'choice': return <Pick f={f} link={ask.link} codes={ask.codes} tone={ask.tone ?? []} />;
    case 'words': return ask.after !== undefined && plain.includes(words(f.answers, ask.after)) && words(f.answers, ask.link) === '' ? null : <Words f={f} link={ask.link} />;
    case 'number': return <Number_ f={f} link={ask.link} />;
    case 'exam': return <div class="in-exam"><Pick f={f} link={ask.link} codes={['done', 'ordered', 'refused']} tone={['refused']} />{(f.set === null || ['done', 'refused'].includes(words(f.answers, ask.link))) && <Words f={f} link={`${ask.link}.words`} rows={1} label={`${t.ask(ask.link)}: ${t.examWords}`} />}</div>;
    case 'problems': return <Problems f={f} />;
    case 'allergies': return words(f.answers, 'allergy') === 'yes' || lines(f.answers, 'allergies').length > 0 ? <Allergies f={f} /> : null;
  }
}

/** Whoever refuses care is asked no further. */
export function Form({ f }: { f: Filling }) {
  const t = intakeText();
  const refused = words(f.answers, 'consent') === 'refused';
  return (
    <>{chapters.filter((c) => !refused || c.name === 'consent' || c.name === 'notes').filter((c) => f.set !== null || c.name !== 'notes' || words(f.answers, 'notes') !== '').map((c) => (
      <section key={c.name} class="in-chapter" data-chapter={c.name} aria-labelledby={`in-${c.name}`}><h2 id={`in-${c.name}`}>{t.chapter(c.name)}</h2><div>{c.asks.map((a) => <One key={a.link} f={f} ask={a} />)}</div></section>
    ))}</>
  );
}

/** What is said, what is found, and whether the two agree. */
export function Injuries({ f, judges }: { f: Filling; judges: boolean }) {
  const t = intakeText();
  const found = words(f.answers, 'injuries') === 'found';
  const judging = found && (judges || f.set === null);
  return (
    <section class="in-chapter" data-chapter="injuries" aria-labelledby="in-injuries">
      <h2 id="in-injuries">{t.injuries}</h2><p class="help">{t.injuriesHelp}</p>
      <div>
        <Pick f={f} link="injuries" codes={['none', 'found', 'refused']} tone={['found', 'refused']} />
        {found && <><Words f={f} link="statement" rows={3} /><BodyChart marks={lines(f.answers, 'marks')} onChange={f.set === null ? null : (m) => { put(f, 'marks', m); }} /><Words f={f} link="findings" rows={3} /><Pick f={f} link="allegation" codes={['no', 'yes']} tone={['yes']} /></>}
        {judging && <><Pick f={f} link="consistency" codes={consistencies} tone={['not']} /><Words f={f} link="consistency.words" /></>}
      </div>
    </section>
  );
}

export function Assessment({ f }: { f: Filling }) {
  return (
    <div class="in-chapter"><div>
      <Words f={f} link="summary" rows={3} /><Problems f={f} /><Allergies f={f} />
      <Pick f={f} link="chronic" codes={['none', 'planned']} />
      {words(f.answers, 'chronic') === 'planned' && <Words f={f} link="plan" rows={3} />}
    </div></div>
  );
}
