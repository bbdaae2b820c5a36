/* An opinion as it is read: its parts, and who has signed it. */
import { opinionText } from '../text/opinion';
import * as wire from '../wire/opinion';
import { stamp } from '../state/format';
import { Button, Empty, St } from '../ui/parts';
import './opinion.css';

export function OpinionRead({ o }: { o: wire.Opinion }) {
  const t = opinionText();
  const p = o.parts;
  const bare = wire.partNames.every((n) => { const v = p[n].value; return v.text === '' && v.codes.length === 0 && v.items.length === 0 && v.due === ''; });
  if (bare) return <Empty icon="note" title={t.nothing}>{t.nothingText}</Empty>;
  return (
    <dl class="op-read">
      {p.findings.value.text !== '' && <><dt>{t.parts.findings}</dt><dd class="plain">{p.findings.value.text}</dd></>}
      {(p.assessment.value.text !== '' || p.assessment.value.codes.length > 0) && <><dt>{t.parts.assessment}</dt><dd>{p.assessment.value.codes.map((c) => <span key={c.code} class="chip act">{c.display} {c.code}</span>)}<p class="plain">{p.assessment.value.text}</p></dd></>}
      {p.advice.value.items.length > 0 && <><dt>{t.parts.advice}</dt><dd><ol>{p.advice.value.items.map((i) => <li key={i.id}><b>{t.kinds[i.kind]}</b> {i.words}</li>)}</ol></dd></>}
      {(p['follow-up'].value.text !== '' || p['follow-up'].value.due !== '') && <><dt>{t.parts['follow-up']}</dt><dd class="plain">{p['follow-up'].value.text}{p['follow-up'].value.due !== '' && <p class="muted">{t.due} {p['follow-up'].value.due}</p>}</dd></>}
    </dl>
  );
}

/** Who has signed, who has not, and the clinic's receipt. */
export function OpinionSigners({ o, onExcuse }: { o: wire.Opinion; onExcuse?: (who: wire.Person) => void }) {
  const t = opinionText();
  return (
    <ul class="op-people">
      {o.people.map((p) => (
        <li key={p.account.id}>
          <b>{p.account.display}</b> <span class="muted">{p.hospital}</span>
          <St tone={p.answer === 'signed' ? 'ok' : p.answer === 'dissented' ? 'warn' : undefined}>{t.answers[p.answer]}</St>
          {p.at !== null && <span class="muted small">{stamp(p.at)}</span>}
          {p.reason !== '' && <p class="plain">{p.reason}</p>}
          {onExcuse !== undefined && o.may.decide && p.answer === 'waited' && <Button kind="plain" onClick={() => { onExcuse(p); }}>{t.excuse}</Button>}
        </li>
      ))}
      {o.received !== null && <li class="muted">{t.received(o.received_by, stamp(o.received))}</li>}
    </ul>
  );
}
