/* Who and what is locked out, with its clock running (PROTOCOL §4). */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import * as wire from '../wire/security';
import { now } from '../state/clock';
import { countdown, stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, ClockBadge, Empty, FaultNotice, PageHead, Section, Skeleton } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { ActDialog } from './accounts';

function Left({ until }: { until: number | null }) {
  if (until === null) return <span class="muted">{text().none}</span>;
  const left = until - now.value;
  return <ClockBadge share={1 - left / 900_000}><b class="num">{countdown(left)}</b> <span class="muted num">{stamp(until)}</span></ClockBadge>;
}

export function LockoutsPage() {
  const t = text();
  const s = t.security;
  const load = useLoad(wire.lockouts, news.lockout.value);
  const open = useSignal<{ id: string; display: string } | null>(null);
  const freeing = useSignal('');
  const act = useAct();
  const value = load.value.value;

  /* What has run out goes by itself. */
  const soonest = Math.min(Infinity, ...(value?.accounts.map((a) => a.locked_until ?? Infinity) ?? []), ...(value?.addresses.map((a) => a.until ?? Infinity) ?? []));
  useEffect(() => {
    if (!Number.isFinite(soonest)) return;
    const timer = setTimeout(() => { void load.again(); }, Math.max(500, soonest - now.peek() + 500));
    return () => clearTimeout(timer);
  }, [soonest]);

  const free = async (from: string): Promise<void> => {
    freeing.value = from;
    const result = await act.run(wire.clearAddress(from));
    freeing.value = '';
    if (result.ok) { say(s.freedAddress(from)); void load.again(); }
  };

  return (
    <>
      <PageHead title={s.lockouts} sum={s.lockoutsSum} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      <FaultNotice fault={act.fault} />
      {value === null ? load.slow.value && <Skeleton /> : (
        <div class="stack">
          <Section id="accounts" title={s.lockedAccounts} count={value.accounts.length}>
            {value.accounts.length === 0 ? <div class="home-empty"><Empty icon="lock" title={s.lockedNone}>{s.lockedNoneText}</Empty></div> : (
              <Table label={s.lockedAccounts} columns={[{ words: s.person }, { words: s.leftLabel }, { words: t.home.failed }, { words: s.acts.unlock.act, hidden: true }]}>
                {value.accounts.map((a) => (
                  <Row key={a.id}>
                    <td><b>{a.display}</b><small class="mono">{a.name}</small></td>
                    <td><Left until={a.locked_until} /></td>
                    <td class="line">{s.failedTimes(a.failed)}</td>
                    <td class="act"><Button open label={s.unlockNamed(a.display)} onClick={() => { open.value = { id: a.id, display: a.display }; }}>{s.acts.unlock.act}</Button></td>
                  </Row>
                ))}
              </Table>
            )}
          </Section>
          <Section id="addresses" title={s.lockedAddresses} count={value.addresses.length}>
            {value.addresses.length === 0 ? <div class="home-empty"><Empty icon="shield" title={s.addressNone}>{s.addressNoneText}</Empty></div> : (
              <Table label={s.lockedAddresses} columns={[{ words: s.address }, { words: s.leftLabel }, { words: t.home.failed }, { words: s.freeAddress, hidden: true }]}>
                {value.addresses.map((a) => (
                  <Row key={a.from}>
                    <td class="mono">{a.from}</td>
                    <td><Left until={a.until} /></td>
                    <td class="line">{s.failedTimes(a.failed)}</td>
                    <td class="act"><Button open label={s.freeAddressNamed(a.from)} busy={freeing.value === a.from ? s.freeAddressBusy : false} onClick={() => { void free(a.from); }}>{s.freeAddress}</Button></td>
                  </Row>
                ))}
              </Table>
            )}
          </Section>
        </div>
      )}
      {open.value !== null && <ActDialog id={open.value.id} display={open.value.display} act="unlock" onClose={() => { open.value = null; }} onPassword={() => {}} onDone={() => { open.value = null; void load.again(); }} />}
    </>
  );
}
