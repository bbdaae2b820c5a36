/* Documents and images. The viewer and its parser are loaded when the first image is opened. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { text } from '../text';
import { chartText } from '../text/chart';
import { imagingText } from '../text/imaging';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { Button, Empty, Section, Sep, Skeleton } from '../ui/parts';
import { AddFile } from './chart-file-add';
import { PartState, stampOf } from './chart-summary';
import type { ImageViewerProps, ViewerImage } from './image-viewer';

/** What was taken in one go. */
export interface Series { uid: string; number: number; words: string; thumbnail: string; instances: readonly string[]; images: readonly ViewerImage[] }
type Shown = { label: string; series: readonly Series[] } | { label: string; images: readonly ViewerImage[] } | { label: string; words: string };

/** Where an attachment is read; a foreign address is not followed. */
export function attachmentUrl(url: string): string | null {
  if (/^Binary\/[A-Za-z0-9.-]{1,64}$/.test(url)) return `/fhir/${url}`;
  return /^\/fhir\/Binary\/[A-Za-z0-9.-]{1,64}$/.test(url) ? url : null;
}

const uidOf = (uid: string): string => encodeURIComponent(uid.replace(/^urn:oid:/, ''));

export function seriesOf(s: wire.Study): Series[] {
  const study = s.identifier.find((i) => i.system === 'urn:dicom:uid')?.value ?? '';
  if (study === '') return [];
  return s.series.map((series, n): Series => {
    const at = `/dicom-web/studies/${uidOf(study)}/series/${uidOf(series.uid)}`;
    const words = [series.modality.code, series.description].filter((w) => w !== '').join(' ');
    return {
      uid: series.uid, number: n + 1, words, thumbnail: `${at}/thumbnail`,
      instances: series.instance.map((i) => i.uid.replace(/^urn:oid:/, '')),
      images: series.instance.map((i): ViewerImage => {
        const one = `${at}/instances/${uidOf(i.uid)}`;
        return { kind: 'dicom', url: one, rendered: (frame) => `${one}/frames/${frame}/rendered`, words };
      }),
    };
  });
}

function decoded(base64: string): string {
  try { return new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))); } catch { return ''; }
}

/** A document's picture; null: it is none. */
export function pictureOf(d: wire.Document): ViewerImage | null {
  const a = d.content[0]?.attachment;
  const url = a === undefined ? null : attachmentUrl(a.url);
  return a !== undefined && url !== null && /^image\/(jpeg|png|webp)$/.test(a.contentType) ? { kind: 'picture', url } : null;
}

const shownOf = (d: wire.Document): Shown | null => {
  const a = d.content[0]?.attachment;
  if (a === undefined) return null;
  const label = a.title || d.description || wire.wordsOf(d.type);
  if (a.data !== '' && a.contentType.startsWith('text/plain')) return { label, words: decoded(a.data) };
  const url = attachmentUrl(a.url);
  if (url === null) return null;
  const picture = pictureOf(d);
  if (picture !== null) return { label, images: [picture] };
  return a.contentType === 'application/dicom' ? { label, images: [{ kind: 'dicom', url }] } : null;
};

/** The viewer, loaded when the first image is shown. */
export function Viewer(props: ImageViewerProps) {
  const screen = useSignal<{ it: ComponentType<ImageViewerProps> } | null>(null);
  useEffect(() => { void import('./image-viewer').then((m) => { screen.value = { it: m.ImageViewer }; }); }, []);
  const Loaded = screen.value?.it;
  return <div class="viewer-box">{Loaded === undefined ? <Skeleton /> : <Loaded {...props} />}</div>;
}

/** A study: its series with small pictures beside one viewer or two. A series goes to the pane that was touched last. */
function StudyViewer({ series, label }: { series: readonly Series[]; label: string }) {
  const t = imagingText();
  const panes = useSignal<readonly number[]>([0]);
  const active = useSignal(0);
  const put = (i: number): void => { panes.value = panes.value.map((p, n) => (n === active.value ? i : p)); };
  const compare = (): void => {
    const two = panes.value.length === 1;
    panes.value = two ? [panes.value[0] ?? 0, Math.min(series.length - 1, (panes.value[0] ?? 0) + 1)] : [panes.value[active.value] ?? 0];
    active.value = two ? 1 : 0;
  };
  return (
    <div class="study">
      <nav class="study-series" aria-label={t.series}>
        <ul>{series.map((s, i) => (
          <li key={s.uid}>
            <button type="button" aria-pressed={panes.value.includes(i)} onClick={() => { put(i); }}>
              <img src={s.thumbnail} alt="" width={72} height={72} loading="lazy" /><span><b>{s.words}</b><br />{t.images(s.images.length)}</span>
            </button>
          </li>
        ))}</ul>
        <button type="button" class="linkish" aria-pressed={panes.value.length === 2} onClick={compare}>{t.compare}</button>
      </nav>
      <div class="study-panes" data-panes={panes.value.length}>{panes.value.map((i, n) => {
        const s = series[i];
        return s === undefined ? null : (
          <div key={n} data-active={panes.value.length > 1 && active.value === n ? '' : undefined} onPointerDownCapture={() => { active.value = n; }} onFocusCapture={() => { active.value = n; }}>
            <Viewer images={s.images} label={panes.value.length > 1 ? `${t.pane(n + 1)} ${label} ${s.words}` : `${label} ${s.words}`} />
          </div>
        );
      })}</div>
    </div>
  );
}

export function Files({ chart }: { chart: Chart }) {
  const t = chartText();
  const own = imagingText();
  const open = useSignal<Shown | null>(null);
  const adding = useSignal(false);
  const close = (): void => { open.value = null; };
  const shown = open.value;
  return (
    <div class="chart one"><div class="stack">
      {(has('clinic-doctor') || has('nurse')) && <div class="row end"><Button icon="plus" onClick={() => { adding.value = true; }}>{own.add}</Button></div>}
      {adding.value && <AddFile chart={chart} onClose={() => { adding.value = false; }} />}
      <Section id="images" title={t.images} count={all(chart.studies).length || undefined}>
        <PartState part={chart.studies} />
        <ul class="files">{all(chart.studies).map((s) => {
          const label = s.description || s.modality.map((m) => m.code).join(' ') || t.images;
          const first = seriesOf(s)[0];
          const kinds = [...new Set(s.series.map((x) => x.modality.code).filter((c) => c !== ''))].join(' ');
          return <li key={s.id}>{first === undefined ? <Icon name="eye" size="m" /> : <img class="thumb" src={first.thumbnail} alt="" width={48} height={48} loading="lazy" />}<span><b>{label}</b>{kinds !== '' && <><br /><span class="muted small">{kinds}<Sep />{own.seriesCount(s.series.length)}</span></>}</span><span class="end">{t.study(s.numberOfInstances)}</span><span class="muted">{stampOf(s.started)}</span><Button label={t.openFile(label)} onClick={() => { open.value = { label, series: seriesOf(s) }; }}>{t.openDo}</Button></li>;
        })}</ul>
        {chart.studies.value.value !== null && all(chart.studies).length === 0 && <Empty icon="eye" title={t.imagesNone} />}
      </Section>
      <Section id="files" title={t.files} count={all(chart.documents).length || undefined}>
        <PartState part={chart.documents} />
        <ul class="files">{all(chart.documents).map((d) => {
          const label = d.content[0]?.attachment.title || d.description || wire.wordsOf(d.type);
          const inside = shownOf(d);
          const url = attachmentUrl(d.content[0]?.attachment.url ?? '');
          return <li key={d.id}><Icon name="list" size="m" /><span><b>{label}</b><br /><span class="muted small">{wire.wordsOf(d.type)}</span></span><span class="end">{stampOf(d.date)}</span>
            {inside !== null ? <Button label={t.openFile(label)} onClick={() => { open.value = inside; }}>{t.openDo}</Button> : url !== null && <a class="btn" href={url} target="_blank" rel="noopener" aria-label={t.openFile(label)}>{t.openDo}</a>}</li>;
        })}</ul>
        {chart.documents.value.value !== null && all(chart.documents).length === 0 && <Empty icon="list" title={t.filesNone} />}
      </Section>
      {shown !== null && <Dialog title={shown.label} kind={'words' in shown ? '' : 'viewer'} wide onClose={close}>
        {'series' in shown ? <StudyViewer series={shown.series} label={shown.label} /> : 'images' in shown ? <Viewer images={shown.images} label={shown.label} /> : <div class="note"><p class="plain">{shown.words}</p></div>}
        <div class="actions"><Button kind="primary" onClick={close}>{text().close}</Button></div>
      </Dialog>}
    </div></div>
  );
}
