/* A picture of the record in the large place: led by somebody, or looked at by oneself. What may be seen is the server's to say: who may not open it sees that
   something is shown, and nothing of it. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { framingOf, saidOf, type Framing } from '../call/place';
import { lookText } from '../text/look';
import * as wire from '../wire/fhir';
import type { Call as Asked } from '../wire/http';
import type { Showing } from '../wire/call';
import { useLoad } from '../state/load';
import { has } from '../state/session';
import { keepMarked } from '../state/still';
import { roomVisit } from '../state/visit-room';
import { Icon } from '../ui/icon';
import { Button, FaultNotice, Skeleton } from '../ui/parts';
import { pictureOf, seriesOf, Viewer, type Series } from './chart-files';
import { stampOf } from './chart-summary';
import type { Sight } from './room-large';
import { MarkBar, Marks } from './room-marks';
import { nameOf } from './room-names';
import { StillFacts } from './room-images';

/** Something of the record that can be looked at. */
export type What = { study: string; series?: string } | { document: string };
type Opened = { label: string; series: readonly Series[]; document: wire.Document | null };

const opening = (what: What): Asked<Opened> => ('study' in what
  ? { ...wire.readOne('ImagingStudy', what.study, wire.readStudy), read: (v, at) => { const s = wire.readStudy(v, at); return { label: s.description || s.modality.map((m) => m.code).join(' '), series: seriesOf(s), document: null }; } }
  : { ...wire.readOne('DocumentReference', what.document, wire.readDocument), read: (v, at) => {
    const d = wire.readDocument(v, at);
    const picture = pictureOf(d);
    const label = d.content[0]?.attachment.title || d.description || wire.wordsOf(d.type);
    return { label, document: d, series: picture === null ? [] : [{ uid: d.id, number: 1, words: stampOf(d.date), thumbnail: picture.url, instances: [d.id], images: [picture] }] };
  } });

export const mayLead = (): boolean => has('clinic-doctor') || has('nurse') || has('pharmacist') || has('specialist');

export function Led({ call, sight, onSight }: { call: Call; sight: Exclude<Sight, { is: 'rooms' }>; onSight: (s: Sight) => void }) {
  const c = lookText();
  const leads = call.look.view.value;
  const held = call.look.held.value;
  const view = leads ?? held?.view ?? null; /* where who led is gone, the picture stays as it was */
  const leading = leads !== null && leads.by === call.me.value;
  const following = sight.is === 'follow' && !leading;
  const what: What = sight.is === 'own' ? sight.what : view === null ? { document: '' } : view.document !== '' ? { document: view.document } : { study: view.study, series: view.series };
  const key = 'study' in what ? what.study : what.document;
  const load = useLoad(() => opening(what), key);
  const opened = load.value.value;
  const series = useSignal<string | null>('study' in what ? what.series ?? null : null);
  const last = useRef<Framing | null>(null);
  const keeping = useSignal<'no' | 'busy' | 'failed'>('no');
  const visit = roomVisit.value;

  /* Who follows is taken to the leader's series. */
  useEffect(() => { if (sight.is === 'follow' && view !== null && view.series !== '') series.value = view.series; }, [view?.series, sight.is]);
  useEffect(() => { keeping.value = 'no'; }, [key]);

  const shown = opened === null ? null : opened.series.find((s) => s.uid.replace(/^urn:oid:/, '') === series.value?.replace(/^urn:oid:/, '')) ?? opened.series[0] ?? null;
  const led = useMemo((): Framing | null => {
    if (view === null || shown === null || sight.is !== 'follow') return null;
    const image = view.document !== '' ? 0 : shown.instances.indexOf(view.instance);
    return image < 0 ? null : framingOf(image, view);
  }, [view, shown, sight.is]);
  /* Who takes the lead, or comes back to it after a loss, begins where the picture stands; then the own hand moves it. */
  const begun = useSignal<string | null>(null);
  const start = leading && begun.value !== key ? led : null;

  const saying = (f: Framing): Showing | null => {
    if (shown === null) return null;
    const instance = shown.instances[f.image];
    if (instance === undefined) return null;
    return 'study' in what ? { study: what.study, series: shown.uid.replace(/^urn:oid:/, ''), instance, ...saidOf(f) } : { document: what.document, ...saidOf(f) };
  };
  const framed = (f: Framing): void => {
    last.current = f;
    if (!leading) return;
    const said = saying(f);
    if (said !== null) call.look.show(said);
  };
  const take = (): void => {
    const said = saying(last.current ?? led ?? { image: 0, frame: 0, window: null, zoom: 1, pan: { x: 0, y: 0 }, invert: false });
    if (said === null) return;
    begun.value = key;
    call.look.lead(said);
    onSight({ is: 'follow' });
  };
  /* A hand on what is led means looking by oneself. */
  const touched = (): void => { if (leading) begun.value = key; else if (following) onSight({ is: 'own', what: 'study' in what ? { study: what.study, ...(shown === null ? {} : { series: shown.uid }) } : what }); };
  const targetOf = (at: { image: number; frame: number }): string => { const i = shown?.instances[at.image] ?? ''; return 'study' in what ? `${i}/${at.frame + 1}` : i; };
  const target = useSignal('');

  const keep = async (): Promise<void> => {
    if (visit === null || opened?.document == null || !('document' in what)) return;
    keeping.value = 'busy';
    const picture = pictureOf(opened.document);
    const made = picture === null ? null : await keepMarked(visit.id, c.marked(opened.label), picture.url, call.look.strokes.peek().filter((s) => s.target === what.document && !s.fade), { id: call.me.peek(), name: call.participants.peek().find((p) => p.id === call.me.peek())?.display ?? '' });
    keeping.value = made === null ? 'failed' : 'no';
    if (made !== null) { const said: Showing = { document: made, frame: 1, zoom: 1000, pan: [0, 0], invert: false }; call.look.lead(said); onSight({ is: 'follow' }); }
  };

  const head = (
    <div class="led-head">
      <Icon name="eye" />
      <span class="grow" role="status">{leading ? c.youLead : !following ? c.own : leads !== null ? c.leads(nameOf(call, leads.by)) : c.leadGone(held?.name ?? '')}</span>
      {opened !== null && opened.series.length > 1 && <select class="select" aria-label={c.series} value={shown?.uid} onChange={(e) => { touched(); series.value = e.currentTarget.value; }}>{opened.series.map((s) => <option key={s.uid} value={s.uid}>{s.words}</option>)}</select>}
      {sight.is === 'own' && leads !== null && !leading && <button type="button" class="hot" onClick={() => onSight({ is: 'follow' })}>{c.follow}</button>}
      {!leading && mayLead() && shown !== null && <button type="button" onClick={take}>{c.takeLead}</button>}
      {leading
        ? <button type="button" onClick={() => { call.look.endLead(); onSight({ is: 'follow' }); }}>{c.endLead}</button>
        : <button type="button" onClick={() => onSight({ is: 'rooms' })}>{c.backToRoom}</button>}
    </div>
  );
  const fault = load.fault.value;
  if (fault !== null) {
    return (
      <div class="led">
        {fault.status === 404 || fault.status === 403 || fault.status === 410
          ? <div class="empty" data-hidden=""><Icon name="lock" /><b>{c.hidden}</b><Button onClick={() => onSight({ is: 'rooms' })}>{c.backToRoom}</Button></div>
          : <>{head}<div class="empty"><FaultNotice fault={fault} again={() => { void load.again(); }} /></div></>}
      </div>
    );
  }
  return (
    <div class="led">
      {head}
      <div class="led-body" data-target={target.value}>
        {shown === null ? (opened === null ? (load.slow.value ? <Skeleton /> : null) : <div class="empty"><b>{c.noPicture}</b></div>) : (
          <Viewer
            images={shown.images} label={opened?.label ?? ''} led={following ? led : start} onTouch={touched} onFraming={framed}
            over={(at, box) => { const t = targetOf(at); if (target.peek() !== t) queueMicrotask(() => { target.value = t; }); return <Marks call={call} target={t} box={box} active />; }}
          />
        )}
        {target.value !== '' && <MarkBar call={call} target={target.value} onKeep={'document' in what && visit !== null && mayLead() && keeping.value !== 'busy' ? () => { void keep(); } : null} />}
      </div>
      {keeping.value !== 'no' && <p class={`led-word${keeping.value === 'failed' ? ' weak' : ''}`} role={keeping.value === 'failed' ? 'alert' : 'status'}>{keeping.value === 'failed' ? c.keepFailed : c.keepBusy}</p>}
      {opened?.document != null && <StillFacts document={opened.document} />}
    </div>
  );
}
