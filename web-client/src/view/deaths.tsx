/* The privacy officer reviews a death in custody: who opened what of that person around it; opened, and closed with a remark. Nobody is named: a patient is a pseudonym. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { deathText } from '../text/death';
import * as wire from '../wire/deaths';
import { exact } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, Empty, Fact, Facts, FaultNotice, PageHead, Section, Skeleton, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { Row, Table } from '../ui/table';

function Opened({ id }: { id: number }) {
  const t = text();
  const d = deathText();
  const load = useLoad(() => wire.deathOpened(id), id);
  const found = load.value.value;
  return (
    <Section id="death-opened" title={d.opened} count={found?.rows.length}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {found === null && load.slow.value && <Skeleton />}
      {found !== null && found.rows.length === 0 && <p class="muted">{d.openedNone}</p>}
      {found !== null && found.rows.length > 0 && (
        <Table label={d.opened} columns={[{ words: d.when }, { words: d.who }, { words: d.what }, { words: d.target, wide: true }]}>
          {found.rows.map((r) => <Row key={r.seq}><td class="line"><time dateTime={new Date(r.at).toISOString()}>{exact(r.at)}</time></td><td>{r.actor?.display ?? d.house}</td><td>{t.audit.actions[r.action] ?? r.action}</td><td class="wide mono">{r.target}</td></Row>)}
        </Table>
      )}
      {found !== null && found.next !== null && <p class="muted">{d.openedMore}</p>}
    </Section>
  );
}

const State = ({ of }: { of: wire.DeathReview }) => {
  const d = deathText();
  if (of.closed !== null) return <St tone="ok">{d.closedBy(of.closed_by?.display ?? '')}</St>;
  return of.opened !== null ? <St tone="act">{d.openBy(of.opened_by?.display ?? '')}</St> : <St tone="warn">{d.waits}</St>;
};

export function Deaths() {
  const d = deathText();
  const load = useLoad(wire.deathReviews, news.deaths.value);
  const picked = useSignal<number | null>(null);
  const closing = useSignal<wire.DeathReview | null>(null);
  const act = useAct();
  const all = load.value.value;
  const one = all?.find((r) => r.id === picked.value) ?? null;
  const again = (): void => { void load.again(); };
  const begin = async (id: number): Promise<void> => { const r = await act.run(wire.openDeath(id)); if (r.ok) { picked.value = id; say(d.begun); } again(); };
  return (
    <>
      <PageHead title={d.title} sum={d.sum} />
      <FaultNotice fault={load.fault.value} again={again} />
      <FaultNotice fault={act.fault} />
      {all === null && load.slow.value && <Skeleton />}
      {all !== null && all.length === 0 && <Empty icon="shield" title={d.none}>{d.noneText}</Empty>}
      {all !== null && all.length > 0 && (
        <Table label={d.title} columns={[{ words: d.since }, { words: d.patient }, { words: d.state }, { words: d.act, hidden: true }]}>
          {all.map((r) => (
            <Row key={r.id}>
              <td class="line"><time dateTime={new Date(r.since).toISOString()}>{exact(r.since)}</time></td>
              <td class="mono">{r.patient}</td>
              <td class="mark"><State of={r} />{r.remark !== null && <small>{r.remark}</small>}</td>
              <td class="act">{r.opened === null && r.closed === null && <Button kind="primary" label={`${d.begin} ${r.patient ?? ''}`} busy={act.busy ? d.beginning : false} onClick={() => { void begin(r.id); }}>{d.begin}</Button>}{(r.opened !== null || r.closed !== null) && <Button open label={`${d.look} ${r.patient ?? ''}`} onClick={() => { picked.value = r.id; }}>{d.look}</Button>}</td>
            </Row>
          ))}
        </Table>
      )}
      {one !== null && (
        <section class="gap-4" aria-label={d.of(one.patient ?? '')}>
          <div class="sec-head"><h2 class="mono">{one.patient}</h2><span class="end">{one.closed === null && <Button kind="primary" onClick={() => { closing.value = one; }}>{d.close}…</Button>}</span></div>
          <Facts>
            <Fact label={d.since}>{exact(one.since)}</Fact>
            <Fact label={d.told}>{exact(one.made)}</Fact>
            {one.opened !== null && <Fact label={d.openedAt}>{exact(one.opened)}</Fact>}
            {one.closed !== null && <Fact label={d.closedAt}>{exact(one.closed)}</Fact>}
          </Facts>
          <Opened key={one.id} id={one.id} />
        </section>
      )}
      {closing.value !== null && (
        <ReasonDialog title={d.closeTitle} sub={closing.value.patient ?? ''} act={d.close} busy={d.closing} draft={['death', String(closing.value.id)]} call={(remark) => wire.closeDeath(closing.value?.id ?? 0, remark)}
          onDone={() => { say(d.closed); closing.value = null; again(); }} onClose={() => { closing.value = null; }} />
      )}
    </>
  );
}
