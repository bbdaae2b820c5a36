/* What was recorded of a consultation: one film a person or device, one of all of them together where it was asked for, and over each film's time what happened when, to be gone to. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { visitText } from '../text/visit';
import { filmPath, makeMontage, recordings, type RecordingFile, type RecordingMark, type VisitRecording } from '../wire/recordings';
import { isStillOf, readDocument, search, type Document } from '../wire/fhir';
import { day, hm, hms } from '../state/format';
import { placed, type Mark } from '../state/film-marks';
import { useAct, useLoad } from '../state/load';
import { Button, FaultNotice, Section, St } from '../ui/parts';

/* A file's row is made when its first second has come. */
const FIRST_S = 1.5;
const LEAD_S = 1;
const LOOK_MS = 2000;

function markOf(m: RecordingMark): Mark[] {
  const v = visitText();
  if (m.kind === 'speaker') return [{ at: m.at, kind: 'speaker', words: v.filmSpeaks(m.name) }];
  if (m.kind !== 'drawing' || m.on === null) return [];
  const words = m.on.record !== '' ? v.filmDrawsRecord(m.name) : m.on.account !== '' && m.on.account === m.account ? v.filmDrawsOwn(m.name) : v.filmDraws(m.name, m.on.name || m.on.source);
  return [{ at: m.at, kind: 'drawing', words }];
}

/* number: among the recording's own files, as a film of them all names those that it does not show; null: there is no such film, or it is this one. */
function Film({ one, file, number, stills }: { one: VisitRecording; file: RecordingFile; number: number | null; stills: Mark[] }) {
  const v = visitText();
  const place = useRef<HTMLVideoElement>(null);
  const failed = useSignal(false);
  const length = useSignal(0);
  const goTo = (at: number): void => {
    const film = place.current;
    if (film === null) return;
    film.currentTime = Math.max(0, (at - file.started) / 1000 + FIRST_S - LEAD_S);
    void film.play().catch(() => undefined);
  };
  const from = file.started - FIRST_S * 1000;
  const till = one.ended ?? Number.POSITIVE_INFINITY;
  const marks = [...stills, ...one.marks.flatMap(markOf)].filter((m) => m.at >= from && m.at <= till).sort((a, b) => a.at - b.at);
  const who = file.montage ? v.filmAll : file.name !== '' ? file.name : file.source;
  const bar = length.value > 0 ? placed(marks, from / 1000, length.value) : [];
  return (
    <li data-film={file.id} data-montage={file.montage ? '' : undefined}>
      <div class="row wrap">{number !== null && <span class="muted num">{number}.</span>}<b>{who}</b> <span class="muted num">{hm(file.started)}</span> {!file.whole && <St tone="warn">{one.ended === null ? v.filmRuns : v.filmCut}</St>}</div>
      <video
        ref={place} class="film" controls preload="metadata" src={filmPath(file.id)} aria-label={file.montage ? v.filmAll : v.filmOf(who)}
        onDurationChange={(e) => { const d = e.currentTarget.duration; if (Number.isFinite(d)) length.value = d; }} onError={() => { failed.value = true; }}
      />
      {bar.length > 0 && (
        <ul class="film-bar" aria-label={v.filmBar}>
          {bar.map(({ mark, left }) => (
            <li key={`${mark.kind}${mark.at}`} style={{ left: `${left}%` }}>
              <button type="button" class={`film-mark ${mark.kind}`} title={`${hms(mark.at)} ${mark.words}`} aria-label={`${hms(mark.at)} ${mark.words}`} onClick={() => { goTo(mark.at); }} />
            </li>
          ))}
        </ul>
      )}
      {failed.value && <p class="error" role="alert">{v.filmFailed}</p>}
      {file.montage && <p class="help">{v.filmNumbers}</p>}
      {marks.length > 0 && (
        <details>
          <summary>{v.filmMarks}</summary>
          <ul class="film-marks">{marks.map((m, i) => <li key={i}><Button kind="plain" onClick={() => { goTo(m.at); }}><span class="num">{hms(m.at)}</span> {m.words}</Button></li>)}</ul>
        </details>
      )}
    </li>
  );
}

function Films({ one, stills }: { one: VisitRecording; stills: Mark[] }) {
  const own = one.files.filter((f) => !f.montage);
  const made = one.files.filter((f) => f.montage);
  return (
    <ul class="films">
      {made.map((f) => <Film key={f.id} one={one} file={f} number={null} stills={stills} />)}
      {own.map((f, i) => <Film key={f.id} one={one} file={f} number={made.length > 0 ? i + 1 : null} stills={stills} />)}
    </ul>
  );
}

/* Asked for, under way, or not. */
function Montage({ visit, one, again }: { visit: string; one: VisitRecording; again: () => Promise<void> }) {
  const v = visitText();
  const act = useAct();
  const set = async (on: boolean): Promise<void> => { if ((await act.run(makeMontage(visit, one.id, on))).ok) await again(); };
  const state = one.montage?.state ?? '';
  if (one.ended === null || state === 'made' || one.files.length === 0) return null;
  if (state === 'waits') {
    const percent = one.montage?.percent ?? null;
    const words = percent === null ? v.filmWaits : v.filmMaking(percent);
    return (
      <div class="row wrap" data-montage-state="waits">
        <label class="row">{words} {percent === null ? <progress max={100} /> : <progress max={100} value={percent} />}</label>
        <Button kind="plain" disabled={act.busy} onClick={() => { void set(false); }}>{v.filmCancel}</Button>
        <FaultNotice fault={act.fault} />
      </div>
    );
  }
  return (
    <div class="row wrap" data-montage-state={state === '' ? 'none' : state}>
      {state === 'failed' && <span class="error" role="status">{v.filmMakeFailed}</span>}
      <Button disabled={act.busy} onClick={() => { void set(true); }}>{v.filmMake}</Button>
      <FaultNotice fault={act.fault} />
    </div>
  );
}

export function VisitRecordings({ visit }: { visit: string }) {
  const v = visitText();
  const load = useLoad(() => recordings(visit), visit);
  const documents = useLoad(() => search('DocumentReference', readDocument, [['encounter', `Encounter/${visit}`], ['_count', '200']]), visit);
  const all = load.value.value;
  const waits = (all ?? []).some((r) => r.montage?.state === 'waits');
  const { again } = load;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => { void again(); }, LOOK_MS);
    return () => { clearInterval(timer); };
  }, [waits, again]);
  if (all === null) return <FaultNotice fault={load.fault.value} />;
  if (all.length === 0) return null;
  const instant = (d: Document): number => (d.content[0]?.attachment.creation ?? d.date)?.at ?? 0;
  const stills = (documents.value.value?.found ?? []).filter((d) => isStillOf(d, visit) && instant(d) > 0).map((d): Mark => ({ at: instant(d), kind: 'still', words: v.filmStill }));
  return (
    <Section id="recordings" title={v.films}>
      {all.map((r) => (
        <div key={r.id} class="gap-3" data-recording-of={r.id}>
          <p class="muted num">{day(r.started)} {hm(r.started)}{r.ended === null ? '' : `–${hm(r.ended)}`}</p>
          {r.readable && <Montage visit={visit} one={r} again={load.again} />}
          {r.readable ? <Films one={r} stills={stills} /> : <p>{v.filmsGone}</p>}
        </div>
      ))}
    </Section>
  );
}
