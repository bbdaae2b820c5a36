/* My appointments: the day, the hour and a word; with whom, once that was said to me. Never who brings me, nor which way. */
import { agendaText } from '../text/agenda';
import { kioskText } from '../text/kiosk';
import * as wire from '../wire/kiosk';
import type { Appointment } from '../wire/kiosk';
import { now } from '../state/clock';
import { useLoad } from '../state/load';
import { hm } from '../state/format';
import { Icon } from '../ui/icon';
import { Empty, Skeleton } from '../ui/parts';
import { KioskFault, KioskFoot, KioskHead, kioskDay } from './kiosk-parts';

const ahead = ['now', 'booked', 'arranging'];

function whenOf(a: Appointment): string {
  if (a.start === null) return kioskText().visits.unknown;
  return `${kioskDay(a.start)} ${hm(a.start)}`;
}
const withOf = (a: Appointment): string => a.with.map((w) => [w.department === '' ? '' : agendaText().department(w.department), w.name].filter((x) => x !== '').join(' ')).join(kioskText().visits.and);

/** What is to come by its hour, what has no hour yet behind it, then what is over, the newest first. */
function ordered(all: readonly Appointment[]): { next: Appointment[]; past: Appointment[] } {
  const next = all.filter((a) => ahead.includes(a.word)).sort((a, b) => (a.start ?? Infinity) - (b.start ?? Infinity));
  const past = all.filter((a) => !ahead.includes(a.word)).sort((a, b) => (b.start ?? 0) - (a.start ?? 0));
  return { next, past };
}

function List({ rows }: { rows: readonly Appointment[] }) {
  const t = kioskText().visits;
  return (
    <ul class="k-rows k-read">
      {rows.map((a) => (
        <li key={a.id} data-word={a.word}>
          <Icon name={a.word === 'now' ? 'bell' : a.word === 'booked' ? 'cal' : a.word === 'arranging' ? 'time' : a.word === 'over' ? 'check' : 'x'} />
          <h2>{whenOf(a)}</h2>
          <div><p>{t.kinds[a.kind] ?? a.kind} · {t.words[a.word] ?? a.word}</p>{a.with.length > 0 && <p class="k-value">{t.with(withOf(a))}</p>}</div>
        </li>
      ))}
    </ul>
  );
}

export function KioskVisits() {
  void now.value;
  const t = kioskText().visits;
  const load = useLoad(() => wire.appointments(), 0);
  const all = load.value.value;
  const { next, past } = ordered(all ?? []);
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.title} sub={t.text} aloud={next.map((a) => [whenOf(a), t.kinds[a.kind] ?? '', t.words[a.word] ?? '', withOf(a)].join(' '))} />
        <KioskFault fault={load.fault.value} again={() => { void load.again(); }} />
        {all === null ? load.slow.value && <Skeleton rows={4} /> : <>
          {next.length === 0 ? <Empty icon="cal" title={t.empty}>{t.emptyText}</Empty> : <List rows={next} />}
          {past.length > 0 && <><h2>{t.past}</h2><List rows={past} /></>}
        </>}
        <p class="muted">{t.note}</p>
      </main>
      <KioskFoot />
    </>
  );
}
