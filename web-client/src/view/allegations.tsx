/* Allegations of ill-treatment that have not been sent to a body outside: the doctor's row on Today, by whose they are; the privacy officer's page, without a name. */
import { intakeText } from '../text/intake';
import { sickText } from '../text/sick';
import { allegations, type Allegation } from '../wire/intake';
import { now } from '../state/clock';
import { exact } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { Empty, FaultNotice, PageHead, Section, Sep, Skeleton, St } from '../ui/parts';
import { Row, Table } from '../ui/table';

const minute = 60_000;
function waits(a: Allegation): string {
  const s = sickText();
  const n = Math.floor((now.value - a.made) / minute);
  return intakeText().allegationWaits(n < 60 ? s.minutes(n) : n < 72 * 60 ? s.hours(Math.floor(n / 60)) : s.days(Math.floor(n / 1440)));
}

export function AllegationsToday() {
  const t = intakeText();
  const load = useLoad(allegations, news.sick.value);
  const open = (load.value.value ?? []).filter((a) => a.sent === null);
  if (load.fault.value === null && open.length === 0) return null;
  return (
    <Section id="allegations" title={t.allegations} count={open.length}>
      <p class="muted small">{t.allegationText}</p>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      <div class="list">{open.map((a) => (
        <a key={a.intake} class="sick intake-row" data-row="" data-open="" href={`/intakes/${a.intake}`}>
          <span class="who"><b>{a.patient?.name}</b><span>{a.patient?.cell}<Sep />{a.patient?.number}</span></span>
          <span class="st-line"><St tone="warn">{t.allegationOpen}</St><small>{waits(a)}</small></span>
          <span class="muted" />
          <span class="go">{t.open}</span>
        </a>))}</div>
    </Section>
  );
}

export function Allegations() {
  const t = intakeText();
  const load = useLoad(allegations, news.sick.value);
  const all = load.value.value;
  return (
    <>
      <PageHead title={t.allegations} sum={t.allegationsSum} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all === null && load.slow.value && <Skeleton />}
      {all !== null && all.length === 0 && <Empty icon="shield" title={t.allegationsNone}>{t.allegationsNoneText}</Empty>}
      {all !== null && all.length > 0 && (
        <Table label={t.allegations} columns={[{ words: t.allegationMade }, { words: t.allegationState }]}>
          {all.map((a) => (
            <Row key={`${a.made} ${a.sent ?? ''}`}>
              <td class="line"><time dateTime={new Date(a.made).toISOString()}>{exact(a.made)}</time></td>
              <td class="mark">{a.sent !== null ? <St tone="ok">{t.allegationSent(t.bodies(a.to), exact(a.sent))}</St> : <><St tone="warn">{t.allegationOpen}</St><small>{waits(a)}</small></>}</td>
            </Row>
          ))}
        </Table>
      )}
    </>
  );
}
