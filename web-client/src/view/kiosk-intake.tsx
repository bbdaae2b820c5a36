/* My screening at arrival: what was asked and what I answered, once the doctor has released it; and what I want to say of it. */
import { kioskText } from '../text/kiosk';
import { intakeText } from '../text/intake';
import { ownIntakes, type OwnIntake } from '../wire/kiosk';
import { lines, words } from '../wire/intake';
import { chapters } from '../state/intake';
import { useLoad } from '../state/load';
import { Icon } from '../ui/icon';
import { Empty, Skeleton } from '../ui/parts';
import { KioskFault, KioskFoot, KioskHead, kioskDay } from './kiosk-parts';

interface Line { ask: string; said: string }

const examsSaid = ['exam.blood', 'exam.ecg', 'exam.ultrasound', 'exam.chest'];
const ofInjuries = ['injuries', 'statement', 'findings', 'allegation', 'consistency', 'consistency.words'];
const ofAssessment = ['summary', 'chronic', 'plan'];
const plainWords = ['statement', 'findings', 'consistency.words', 'summary', 'plan', 'notes'];

/** Question and answer of one part, in the words of the form; what was left open is left out. */
function linesOf(p: OwnIntake): { title: string; lines: Line[] }[] {
  const t = intakeText();
  const a = p.answers;
  const one = (link: string): Line[] => {
    const v = words(a, link);
    if (link === 'problems') { const all = lines(a, 'problems'); return all.length === 0 ? [] : [{ ask: t.ask(link), said: all.map((x) => x['words'] ?? '').join(t.comma) }]; }
    if (link === 'allergies') { const all = lines(a, 'allergies'); return all.length === 0 ? [] : [{ ask: t.ask(link), said: all.map((x) => [x['substance'], x['reaction']].filter((w) => w !== undefined && w !== '').join(' ')).join(t.comma) }]; }
    if (v === '') return [];
    const isWords = plainWords.includes(link) || link.endsWith('.words') || link === 'history.medicine' || link.startsWith('vital.');
    return [{ ask: t.ask(link), said: isWords ? v : t.answer(link, v) }, ...(examsSaid.includes(link) && words(a, `${link}.words`) !== '' ? [{ ask: `${t.ask(link)}: ${t.examWords}`, said: words(a, `${link}.words`) }] : [])];
  };
  const marks = lines(a, 'marks').map((m) => ({ ask: t.markKinds(m['kind'] ?? ''), said: m['words'] ?? '' }));
  const all = p.part === 'form' ? chapters.map((c) => ({ title: t.chapter(c.name), lines: c.asks.flatMap((x) => one(x.link)) }))
    : p.part === 'injuries' ? [{ title: t.injuries, lines: [...ofInjuries.flatMap(one), ...marks] }]
      : [{ title: t.assessment, lines: [...ofAssessment.flatMap(one), ...one('problems'), ...one('allergies')] }];
  return all.filter((c) => c.lines.length > 0);
}

function Part({ p }: { p: OwnIntake }) {
  const k = kioskText();
  return (
    <section class="k-intake" data-part={p.part}>
      <h2><Icon name="chart" />{k.intake.parts[p.part] ?? p.part}</h2>
      <p class="muted">{[p.saved === null ? '' : kioskDay(p.saved), p.by].filter((x) => x !== '').join(' · ')}</p>
      {linesOf(p).map((c) => <div key={c.title}><h3>{c.title}</h3><dl>{c.lines.map((l, i) => <div key={i}><dt>{l.ask}</dt><dd>{l.said}</dd></div>)}</dl></div>)}
      <a class="btn" href={`/me/say/QuestionnaireResponse/${p.id}`} aria-label={`${k.say.button}: ${k.intake.parts[p.part] ?? ''}`}>{k.say.button}</a>
    </section>
  );
}

export function KioskIntake() {
  const t = kioskText().intake;
  const load = useLoad(ownIntakes, 0);
  const parts = load.value.value;
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.title} sub={t.text} aloud={(parts ?? []).flatMap((p) => linesOf(p).flatMap((c) => c.lines.map((l) => `${l.ask} ${l.said}`)))} />
        <KioskFault fault={load.fault.value} again={() => { void load.again(); }} />
        {parts === null ? load.slow.value && <Skeleton rows={6} /> : parts.length === 0 ? <Empty icon="chart" title={t.empty}>{t.emptyText}</Empty> : parts.map((p) => <Part key={p.id} p={p} />)}
      </main>
      <KioskFoot back="/me/record" />
    </>
  );
}
