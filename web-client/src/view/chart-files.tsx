/* Documents and images. The viewer and its parser are loaded when the first image is opened. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { text } from '../text';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { Button, Empty, Section, Skeleton } from '../ui/parts';
import { PartState, stampOf } from './chart-summary';
import type { ImageViewerProps, ViewerImage } from './image-viewer';

type Shown = { label: string; images: readonly ViewerImage[] } | { label: string; words: string };

/** Where an attachment is read; a foreign address is not followed. */
export function attachmentUrl(url: string): string | null {
  if (/^Binary\/[A-Za-z0-9.-]{1,64}$/.test(url)) return `/fhir/${url}`;
  return /^\/fhir\/Binary\/[A-Za-z0-9.-]{1,64}$/.test(url) ? url : null;
}

const uidOf = (uid: string): string => encodeURIComponent(uid.replace(/^urn:oid:/, ''));

export function imagesOf(s: wire.Study): ViewerImage[] {
  const study = s.identifier.find((i) => i.system === 'urn:dicom:uid')?.value ?? '';
  if (study === '') return [];
  return s.series.flatMap((series) => series.instance.map((i): ViewerImage => {
    const at = `/dicomweb/studies/${uidOf(study)}/series/${uidOf(series.uid)}/instances/${uidOf(i.uid)}`;
    return { kind: 'dicom', url: at, rendered: (frame) => `${at}/frames/${frame}/rendered`, words: series.description };
  }));
}

function decoded(base64: string): string {
  try { return new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))); } catch { return ''; }
}

const shownOf = (d: wire.Document): Shown | null => {
  const a = d.content[0]?.attachment;
  if (a === undefined) return null;
  const label = a.title || d.description || wire.wordsOf(d.type);
  if (a.data !== '' && a.contentType.startsWith('text/plain')) return { label, words: decoded(a.data) };
  const url = attachmentUrl(a.url);
  if (url === null) return null;
  if (/^image\/(jpeg|png|webp)$/.test(a.contentType)) return { label, images: [{ kind: 'picture', url }] };
  return a.contentType === 'application/dicom' ? { label, images: [{ kind: 'dicom', url }] } : null;
};

function Viewer(props: ImageViewerProps) {
  const screen = useSignal<{ it: ComponentType<ImageViewerProps> } | null>(null);
  useEffect(() => { void import('./image-viewer').then((m) => { screen.value = { it: m.ImageViewer }; }); }, []);
  const Loaded = screen.value?.it;
  return <div class="viewer-box">{Loaded === undefined ? <Skeleton /> : <Loaded {...props} />}</div>;
}

export function Files({ chart }: { chart: Chart }) {
  const t = chartText();
  const open = useSignal<Shown | null>(null);
  const close = (): void => { open.value = null; };
  const shown = open.value;
  return (
    <div class="chart one"><div class="stack">
      <Section id="images" title={t.images} count={all(chart.studies).length || undefined}>
        <PartState part={chart.studies} />
        <ul class="files">{all(chart.studies).map((s) => {
          const label = s.description || s.modality.map((m) => m.code).join(' ') || t.images;
          return <li key={s.id}><Icon name="eye" size="m" /><span><b>{label}</b></span><span class="end">{t.study(s.numberOfInstances)}</span><span class="muted">{stampOf(s.started)}</span><Button label={t.openFile(label)} onClick={() => { open.value = { label, images: imagesOf(s) }; }}>{t.openDo}</Button></li>;
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
      {shown !== null && <Dialog title={shown.label} kind={'images' in shown ? 'viewer' : ''} wide onClose={close}>
        {'images' in shown ? <Viewer images={shown.images} label={shown.label} /> : <div class="note"><p class="plain">{shown.words}</p></div>}
        <div class="actions"><Button kind="primary" onClick={close}>{text().close}</Button></div>
      </Dialog>}
    </div></div>
  );
}
