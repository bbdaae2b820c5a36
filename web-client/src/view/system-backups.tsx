import { text } from '../text';
import * as wire from '../wire/system';
import { bytes, count, longSpan } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, Empty, Fact, Facts, FaultNotice, Notice, PageHead, Section, Skeleton, St, When } from '../ui/parts';
import { Row, Table } from '../ui/table';

const tones = { off: 'bad', ok: 'ok', late: 'warn', failed: 'bad' } as const;

export function BackupsPage() {
  const t = text();
  const s = t.system;
  const load = useLoad(wire.backups, news.health.value);
  const act = useAct();
  const b = load.value.value;
  const run = async (): Promise<void> => {
    const result = await act.run(wire.runBackup());
    if (result.ok) { say(s.runDone); void load.again(); }
  };
  return (
    <>
      <PageHead title={s.backups} sum={b === null ? undefined : <St tone={tones[b.state]}>{s.backupStates[b.state]}</St>} end={b !== null && b.target !== null ? <Button kind="primary" busy={act.busy ? s.runBusy : false} onClick={() => { void run(); }}>{s.run}</Button> : undefined} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      <FaultNotice fault={act.fault} />
      {b === null ? load.slow.value && <Skeleton /> : b.target === null ? <Empty icon="disk" title={s.backupOff}>{s.backupOffText}</Empty> : (
        <div class="cols">
          <div class="stack">
            {b.error !== null && b.error !== '' && <Notice tone="bad">{b.error}</Notice>}
            <Section id="bases" title={s.bases} count={b.bases.length}>
              {b.bases.length === 0 ? <div class="home-empty"><Empty icon="disk" title={s.basesEmpty}>{s.basesEmptyText}</Empty></div> : (
                <Table label={s.bases} columns={[{ words: s.base }, { words: s.made }, { words: s.bytes, end: true }, { words: t.audit.seq, end: true, wide: true }, { words: s.key, wide: true }]}>
                  {b.bases.map((base) => (
                    <Row key={base.name}>
                      <td class="mono">{base.name}</td>
                      <td class="line" data-col={s.made}><When at={base.made} /></td>
                      <td class="right">{bytes(base.bytes)}</td>
                      <td class="right wide">{base.seq === null ? '' : count(base.seq)}</td>
                      <td class="wide mono">{base.key}</td>
                    </Row>
                  ))}
                </Table>
              )}
            </Section>
          </div>
          <div class="stack">
            <Section id="state" title={t.security.state}>
              <Facts>
                <Fact label={s.target} tall><span class="print-id">{b.target}</span></Fact>
                <Fact label={s.lastSegment}><When at={b.last_segment} /></Fact>
                <Fact label={s.lastAnchor}><When at={b.last_anchor} /></Fact>
                {b.behind_s !== null && <Fact label={s.behind}><span class="num">{longSpan(b.behind_s)}</span></Fact>}
              </Facts>
            </Section>
          </div>
        </div>
      )}
    </>
  );
}
