/* The tab of images: what was taken in this consultation, and the studies and pictures of the chart. Each is opened in the large place, for oneself, and led from there. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Call } from '../call/call';
import { chartText } from '../text/chart';
import { lookText } from '../text/look';
import { imagingText } from '../text/imaging';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { exact } from '../state/format';
import { Icon } from '../ui/icon';
import { Button, Empty, Section, Sep } from '../ui/parts';
import { pictureOf, seriesOf } from './chart-files';
import { PartState, stampOf } from './chart-summary';
import type { What } from './room-led';

/** When, from what, by whom, and by which hash it is known again. */
export function StillFacts({ document: d, brief = false }: { document: wire.Document; brief?: boolean }) {
  const c = lookText();
  const hash = wire.sha256Of(d);
  const at = d.content[0]?.attachment.creation ?? d.date;
  const facts = [at === null ? '' : exact(at.at), brief ? '' : wire.sourceOf(d), d.author.map((a) => a.display).filter((w) => w !== '').join(c.and)].filter((w) => w !== '');
  return (
    <p class="still-facts" data-hash={hash === '' ? undefined : hash}>
      {facts.map((f, i) => <span key={f}>{i > 0 && <Sep />}{f}</span>)}
      {hash !== '' && <code title={hash}>{c.hash(brief ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : hash)}</code>}
    </p>
  );
}

export function Images({ call, chart, visit, onOpen, onStill }: { call: Call; chart: Chart; visit: string; onOpen: (what: What) => void; onStill: (() => void) | null }) {
  const c = lookText();
  const t = chartText();
  const own = imagingText();
  const seen = useSignal(0);
  /* A still that was just taken is in the record: read again. */
  const taken = [...call.look.stills.value.values()].filter((s) => s.state === 'taken').map((s) => s.still).join(' ');
  const shown = call.look.view.value?.document ?? '';
  useEffect(() => { if (seen.peek() > 0) void chart.documents.again(); seen.value += 1; }, [taken, shown]);
  const ours = all(chart.documents).filter((d) => wire.isStillOf(d, visit));
  const pictures = all(chart.documents).filter((d) => !ours.includes(d) && pictureOf(d) !== null);
  const label = (d: wire.Document): string => d.content[0]?.attachment.title || d.description || wire.wordsOf(d.type);
  return (
    <>
      <h2>{c.stills} <span class="muted">{ours.length}</span></h2>
      <PartState part={chart.documents} />
      <ul class="still-grid">
        {ours.map((d) => <li key={d.id} data-document={d.id}><button type="button" onClick={() => onOpen({ document: d.id })} aria-label={c.open(label(d))}><img src={pictureOf(d)?.url} alt="" loading="lazy" /></button><b>{label(d)}</b><StillFacts document={d} brief /></li>)}
        {onStill !== null && <li><button type="button" class="still-more" onClick={onStill}><Icon name="camera" size="l" /><span>{c.stillMore}</span></button></li>}
      </ul>
      {ours.length === 0 && onStill === null && <p class="muted">{c.stillsNone}</p>}
      <h2>{t.images} <span class="muted">{all(chart.studies).length}</span></h2>
      <PartState part={chart.studies} />
      <ul class="files">{all(chart.studies).map((s) => {
        const words = s.description || s.modality.map((m) => m.code).join(' ') || t.images;
        const first = seriesOf(s)[0];
        return <li key={s.id} data-study={s.id}>{first === undefined ? <Icon name="eye" size="m" /> : <img class="thumb" src={first.thumbnail} alt="" width={48} height={48} loading="lazy" />}<span><b>{words}</b><br /><span class="muted small">{own.seriesCount(s.series.length)}<Sep />{stampOf(s.started)}</span></span><span class="end"><Button label={`${c.openHere} ${words}`} onClick={() => onOpen({ study: s.id })}>{c.openHere}</Button></span></li>;
      })}</ul>
      {chart.studies.value.value !== null && all(chart.studies).length === 0 && <p class="muted">{t.imagesNone}</p>}
      {pictures.length > 0 && <Section id="pictures" title={t.files} count={pictures.length}><ul class="files">{pictures.map((d) => <li key={d.id}><img class="thumb" src={pictureOf(d)?.url} alt="" width={48} height={48} loading="lazy" /><span><b>{label(d)}</b><br /><span class="muted small">{stampOf(d.date)}</span></span><span class="end"><Button label={`${c.openHere} ${label(d)}`} onClick={() => onOpen({ document: d.id })}>{c.openHere}</Button></span></li>)}</ul></Section>}
      {ours.length === 0 && all(chart.studies).length === 0 && pictures.length === 0 && chart.studies.value.value !== null && chart.documents.value.value !== null && <Empty icon="eye" title={c.imagesNone} />}
    </>
  );
}
