/* How the conversation's lines were: for each participant the share of good minutes, and every minute, both ways, as a strip and as a table. */
import { visitText } from '../text/visit';
import { callQuality, type CallLine, type LineMinute, type Visit } from '../wire/visits';
import { hm } from '../state/format';
import { useLoad } from '../state/load';
import { Section, St } from '../ui/parts';
import { share } from '../state/line-share';

const cell = 10;
const minute_ms = 60_000;

/** A cell a minute; a gap where nobody was connected for the first time yet. */
function Strip({ line, way }: { line: CallLine; way: 'up' | 'down' }) {
  const t = visitText().quality;
  const all = line[way];
  const first = Math.min(...[...line.up, ...line.down].map((m) => m.at));
  const last = Math.max(...[...line.up, ...line.down].map((m) => m.at));
  const n = Math.round((last - first) / 60_000) + 1;
  if (all.length === 0) return null;
  return (
    <div class="line-way">
      <span class="muted small">{t.way[way]}</span>
      <svg role="img" aria-label={t.strip(t.way[way], all.filter((m) => m.grade === 'good').length, all.length)} width={n * cell} height="14" viewBox={`0 0 ${n * cell} 14`} preserveAspectRatio="none">
        {all.map((m) => <rect key={m.at} class={`line-${m.grade}`} x={Math.round((m.at - first) / 60_000) * cell + 1} y={m.grade === 'good' ? 4 : m.grade === 'fair' ? 2 : 0} width={cell - 2} height={m.grade === 'good' ? 10 : m.grade === 'fair' ? 12 : 14}><title>{`${hm(m.at)} ${t.grade[m.grade]}`}</title></rect>)}
      </svg>
    </div>
  );
}

const figures = (m: LineMinute | undefined): string => (m === undefined ? '' : visitText().quality.figures(m.loss / 10, m.loss_worst / 10, m.rtt_ms, m.kbps));

function Minutes({ line }: { line: CallLine }) {
  const t = visitText().quality;
  const times = [...new Set([...line.up, ...line.down].map((m) => m.at))].sort((a, b) => a - b);
  const of = (way: 'up' | 'down', at: number): LineMinute | undefined => line[way].find((m) => m.at === at);
  return (
    <details class="line-minutes">
      <summary>{t.minutes(times.length)}</summary>
      <div class="tablewrap" tabIndex={0}><table class="table"><thead><tr><th scope="col">{t.time}</th><th scope="col">{t.way.up}</th><th scope="col">{t.way.down}</th></tr></thead>
        <tbody>{times.map((at) => <tr key={at}><td class="num">{hm(at)}</td>{(['up', 'down'] as const).map((way) => { const m = of(way, at); return <td key={way}>{m === undefined ? '' : <>{t.grade[m.grade]} <span class="muted num small">{m.grade === 'lost' ? '' : figures(m)}</span></>}</td>; })}</tr>)}</tbody></table></div>
    </details>
  );
}

function Line({ line }: { line: CallLine }) {
  const t = visitText().quality;
  const s = share(line.share);
  return (
    <li>
      <div class="row wrap"><b>{line.name}</b>{line.kind === 'source' && <span class="muted small">{t.source}</span>}<St tone={s.worst === 'good' ? 'ok' : s.worst === 'fair' ? undefined : 'warn'}>{t.sum(s.good, s.fair, s.poor, s.lost)}</St></div>
      {line.stayed_bad !== null && <p data-stayed-bad="">{t.stayedBad(hm(line.stayed_bad.since), hm(line.stayed_bad.last + minute_ms), line.stayed_bad.minutes)}</p>}
      <Strip line={line} way="up" /><Strip line={line} way="down" />
      <Minutes line={line} />
    </li>
  );
}

export function VisitQuality({ visit }: { visit: Visit }) {
  const t = visitText().quality;
  const load = useLoad(() => callQuality(visit.id), `${visit.id} ${visit.state}`);
  const lines = load.value.value;
  if (lines === null || lines.length === 0) return null;
  return (
    <Section id="quality" title={t.title}>
      <p class="help">{t.help}</p>
      <ul class="line-list">{lines.map((l) => <Line key={`${l.kind} ${l.name}`} line={l} />)}</ul>
    </Section>
  );
}
