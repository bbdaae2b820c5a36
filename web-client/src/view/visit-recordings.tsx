/* What was recorded of a consultation: one film a person or device, and who spoke when, to be gone to. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { visitText } from '../text/visit';
import { filmPath, recordings, type RecordingFile, type VisitRecording } from '../wire/recordings';
import { day, hm, hms } from '../state/format';
import { useLoad } from '../state/load';
import { Button, FaultNotice, Section, St } from '../ui/parts';

/* A file's row is made when its first second has come. */
const FIRST_S = 1.5;
const LEAD_S = 1;

function Film({ one, file }: { one: VisitRecording; file: RecordingFile }) {
  const v = visitText();
  const place = useRef<HTMLVideoElement>(null);
  const failed = useSignal(false);
  const goTo = (at: number): void => {
    const film = place.current;
    if (film === null) return;
    film.currentTime = Math.max(0, (at - file.started) / 1000 + FIRST_S - LEAD_S);
    void film.play().catch(() => undefined);
  };
  const marks = one.marks.filter((m) => m.at >= file.started - FIRST_S * 1000);
  const who = file.name !== '' ? file.name : file.source;
  return (
    <li data-film={file.id}>
      <div class="row wrap"><b>{who}</b> <span class="muted num">{hm(file.started)}</span> {!file.whole && <St tone="warn">{one.ended === null ? v.filmRuns : v.filmCut}</St>}</div>
      <video ref={place} class="film" controls preload="metadata" src={filmPath(file.id)} aria-label={v.filmOf(who)} onError={() => { failed.value = true; }} />
      {failed.value && <p class="error" role="alert">{v.filmFailed}</p>}
      {marks.length > 0 && (
        <details>
          <summary>{v.filmMarks}</summary>
          <ul class="film-marks">{marks.map((m, i) => <li key={i}><Button kind="plain" onClick={() => { goTo(m.at); }}><span class="num">{hms(m.at)}</span> {v.filmSpeaks(m.name)}</Button></li>)}</ul>
        </details>
      )}
    </li>
  );
}

export function VisitRecordings({ visit }: { visit: string }) {
  const v = visitText();
  const load = useLoad(() => recordings(visit), visit);
  const all = load.value.value;
  if (all === null) return <FaultNotice fault={load.fault.value} />;
  if (all.length === 0) return null;
  return (
    <Section id="recordings" title={v.films}>
      {all.map((r) => (
        <div key={r.id} class="gap-3">
          <p class="muted num">{day(r.started)} {hm(r.started)}{r.ended === null ? '' : `–${hm(r.ended)}`}</p>
          {r.readable ? <ul class="films">{r.files.map((f) => <Film key={f.id} one={r} file={f} />)}</ul> : <p>{v.filmsGone}</p>}
        </div>
      ))}
    </Section>
  );
}
