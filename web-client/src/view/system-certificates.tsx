import { useSignal } from '@preact/signals';
import { text } from '../text';
import * as wire from '../wire/system';
import { now } from '../state/clock';
import { full } from '../state/format';
import { say, useLoad } from '../state/load';
import { Button, ClockBadge, Empty, Fact, Facts, FaultNotice, PageHead, Section, Skeleton } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';

const day_ms = 86_400_000;

function Life({ from, until }: { from: number; until: number }) {
  const s = text().system;
  const at = now.peek();
  const days = Math.floor((until - at) / day_ms);
  if (until <= at) return <ClockBadge share={1} tone="over"><b>{s.expired}</b></ClockBadge>;
  return <ClockBadge share={(at - from) / Math.max(1, until - from)} tone={days < 30 ? 'near' : ''}><b>{s.daysLeft(days)}</b></ClockBadge>;
}

const pairs = (hex: string): string => (/^[0-9a-fA-F]+$/.test(hex) ? hex.toUpperCase().replace(/(..)(?=.)/g, '$1 ') : hex);

export function CertificatesPage() {
  const t = text();
  const s = t.system;
  const load = useLoad(wire.certificates, 0);
  const open = useSignal(false);
  const c = load.value.value;
  return (
    <>
      <PageHead title={s.certificates} end={c?.leaf?.source === 'site-ca' ? <Button kind="primary" onClick={() => { open.value = true; }}>{s.renew}</Button> : undefined} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {c === null ? load.slow.value && <Skeleton /> : (
        <div class="cols">
          <div class="stack">
            <Section id="leaf" title={s.leaf} end={c.leaf && <Life from={c.leaf.from} until={c.leaf.until} />}>
              {c.leaf === null ? <Empty icon="shield" title={s.leafNone}>{s.leafNoneText}</Empty> : (
                <Facts>
                  <Fact label={s.subject}>{c.leaf.subject}</Fact>
                  <Fact label={s.names}><span class="mono">{c.leaf.names.join(t.join)}</span></Fact>
                  <Fact label={s.issuer}>{s.sources[c.leaf.source]}</Fact>
                  <Fact label={s.from}>{full(c.leaf.from)}</Fact>
                  <Fact label={s.until}>{full(c.leaf.until)}</Fact>
                  <Fact label={s.fingerprint} tall><span class="print-id">{pairs(c.leaf.sha256)}</span></Fact>
                </Facts>
              )}
            </Section>
            <Section id="ca" title={s.ca} end={c.ca && <Life from={c.ca.from} until={c.ca.until} />}>
              {c.ca === null ? <Empty icon="shield" title={s.caNone}>{s.caNoneText}</Empty> : (
                <Facts>
                  <Fact label={s.subject}>{c.ca.subject}</Fact>
                  <Fact label={s.from}>{full(c.ca.from)}</Fact>
                  <Fact label={s.until}>{full(c.ca.until)}</Fact>
                  <Fact label={s.fingerprint} tall><span class="print-id">{pairs(c.ca.sha256)}</span></Fact>
                </Facts>
              )}
            </Section>
          </div>
          {c.ca !== null && <div class="stack"><Section id="trust" title={s.trust}><div class="gap-3"><p class="soft">{s.trustText}</p><p><a class="btn" href="/ca" target="_blank" rel="noopener">{s.trustLink}</a></p></div></Section></div>}
        </div>
      )}
      {open.value && <ReasonDialog title={s.renewTitle} sub={s.renewText} act={s.renew} busy={s.renewBusy} draft={['system', 'renew']} call={wire.renewCertificate}
        onClose={() => { open.value = false; }} onDone={(after) => { load.value.value = after; open.value = false; say(s.renewDone); }} />}
    </>
  );
}
