/* What the specialists say, on the visit's own page: read here; written, signed and followed on the opinion's page. */
import { useEffect } from 'preact/hooks';
import { opinionText } from '../text/opinion';
import { visitText } from '../text/visit';
import { opinion } from '../wire/opinion';
import { opinionHeard } from '../state/link';
import { useLoad } from '../state/load';
import { Section, St } from '../ui/parts';
import { OpinionRead, OpinionSigners } from './opinion-read';

export function VisitOpinion({ visit }: { visit: string }) {
  const t = opinionText();
  const v = visitText();
  const load = useLoad(() => opinion(visit), visit);
  const heard = opinionHeard.value;
  useEffect(() => { if (heard.visit === visit && heard.n > 0) void load.again(); }, [heard.n]);
  const o = load.value.value;
  if (o === null) return null;
  return (
    <Section id="visit-opinion" title={v.opinion} end={<><St tone={o.state === 'final' ? 'ok' : 'warn'}>{t.states[o.state]}</St> <a class="btn" href={`/opinions/${visit}`}>{o.may.write ? v.opinionWrite : v.opinionOpen}</a></>}>
      <OpinionRead o={o} />
      {o.state !== 'draft' && <OpinionSigners o={o} />}
    </Section>
  );
}
