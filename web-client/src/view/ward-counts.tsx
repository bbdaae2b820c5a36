/* For the duty command: how many are kept apart and watched by block, none below five; and what a doctor has told this very person by name, with the reason. */
import { lang } from '../text';
import { custodyText } from '../text/custody';
import { epidemicText } from '../text/epidemic';
import { now } from '../state/clock';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { toldMe, wardCounts } from '../wire/escorts';
import { FaultNotice, Section } from '../ui/parts';
import { Row, Table } from '../ui/table';

const minute = 60_000;

export function WardCounts() {
  const c = custodyText();
  const load = useLoad(wardCounts, `${news.agenda.value} ${Math.floor(now.value / minute)}`);
  const all = load.value.value;
  const shown = (n: number | null): string => (n === null ? c.below(all?.shown_from ?? 5) : String(n));
  return (
    <Section id="ward-counts" title={c.ward}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all !== null && (
        <Table label={c.ward} columns={[{ words: c.block }, { words: c.apart, end: true }, { words: c.watched, end: true }]}>
          {all.blocks.map((b) => <Row key={b.name}><td><b>{b.name}</b></td><td class="right num">{shown(b.apart)}</td><td class="right num">{shown(b.watched)}</td></Row>)}
          <Row><td><b>{c.whole}</b></td><td class="right num">{shown(all.apart)}</td><td class="right num">{shown(all.watched)}</td></Row>
        </Table>
      )}
      {all !== null && <p class="help">{c.wardHelp(all.shown_from)}</p>}
    </Section>
  );
}

export function ToldMe() {
  const c = custodyText();
  const load = useLoad(toldMe, news.agenda.value);
  const all = load.value.value;
  return (
    <Section id="told-me" title={c.told} count={all?.length}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all !== null && all.length === 0 && <p class="muted">{c.toldNone}</p>}
      {all !== null && all.length > 0 && (
        <Table label={c.told} columns={[{ words: c.who }, { words: c.cell }, { words: c.illness }, { words: c.toldWhy, wide: true }, { words: c.toldBy }]}>
          {all.map((e) => <Row key={`${e.number} ${e.at}`}><td><b>{e.name}</b><small class="num">{e.number}</small></td><td>{e.cell}</td><td>{lang.value === 'zh' ? e.illness : e.illness_en}</td><td class="wide">{epidemicText().why(e.reason)}</td><td>{e.by}<small>{stamp(e.at)}</small></td></Row>)}
        </Table>
      )}
      <p class="help">{c.toldHelp}</p>
    </Section>
  );
}
