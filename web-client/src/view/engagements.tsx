/* The times that custody keeps of detainees: scheduling keeps clear of them. */
import { useSignal } from '@preact/signals';
import { custodyText } from '../text/custody';
import { cancelEngagement, engagements, type Engagement } from '../wire/escorts';
import { now } from '../state/clock';
import { day, dayKey, hm, siteMidnight } from '../state/format';
import { news, ordersWanted } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, Empty, FaultNotice, Notice, PageHead, Skeleton, St } from '../ui/parts';
import { EngagementForm, OrderForm } from './engagement-form';
import './people.css';

const two_weeks = 14 * 86_400_000;
const yieldsByOrder = (e: Engagement): boolean => (e.kind === 'court' || e.kind === 'lawyer') && !e.aside && e.order === null && e.end > now.value;

function One({ of, wanted, onChange, onOrder, onCancel }: { of: Engagement; wanted: boolean; onChange: () => void; onOrder: () => void; onCancel: () => void }) {
  const c = custodyText();
  const named = (words: string): string => `${words} ${of.name} ${hm(of.start)}`;
  return (
    <li>
      <div>
        <b>{of.name}</b> <St>{c.kind(of.kind)}</St>{of.aside && <> <St tone="warn">{c.engagementAside}</St></>}{wanted && of.order === null && <> <St tone="bad">{c.orderWanted}</St></>}
        <p><span class="num">{day(of.start)} {hm(of.start)}–{hm(of.end)}</span>{of.order === null ? null : <span>{c.engagementOrdered(of.order.number)}</span>}</p>
      </div>
      <span class="end">
        {yieldsByOrder(of) && <Button label={named(c.order)} kind={wanted ? 'primary' : ''} onClick={onOrder}>{c.order}</Button>}
        <Button label={named(c.engagementChange)} onClick={onChange}>{c.engagementChange}</Button>
        <Button label={named(c.engagementCancel)} onClick={onCancel}>{c.engagementCancel}</Button>
      </span>
    </li>
  );
}

export function EngagementsPage() {
  const c = custodyText();
  const adding = useSignal(false);
  const changing = useSignal<Engagement | null>(null);
  const ordering = useSignal<Engagement | null>(null);
  const act = useAct();
  const from = siteMidnight(dayKey(now.value));
  const list = useLoad(() => engagements(from, from + two_weeks), `${from} ${news.agenda.value}`);
  const all = list.value.value;
  const wanted = (all ?? []).filter((e) => e.order === null && ordersWanted.value.includes(e.id));
  const close = (): void => { adding.value = false; changing.value = ordering.value = null; };
  const again = (): void => { close(); void list.again(); };
  const cancel = async (e: Engagement): Promise<void> => { if ((await act.run(cancelEngagement(e.id))).ok) say(c.engagementCancelled); again(); };
  return (
    <>
      <PageHead title={c.engagements} sum={c.engagementsSum} end={<Button kind="primary" icon="plus" onClick={() => { adding.value = true; }}>{c.engagementAdd}</Button>} />
      <div class="gap-5">
        {wanted.length > 0 && <Notice tone="bad" live>{c.orderWantedHelp}</Notice>}
        <FaultNotice fault={list.fault.value ?? act.fault} />
        {all === null && list.slow.value ? <Skeleton /> : null}
        {all !== null && all.length === 0 ? <Empty icon="cal" title={c.engagementsNone}>{c.engagementsNoneText}</Empty> : null}
        {all !== null && all.length > 0 && (
          <ul class="lines">{all.map((e) => <One key={e.id} of={e} wanted={wanted.includes(e)} onChange={() => { changing.value = e; }} onOrder={() => { ordering.value = e; }} onCancel={() => { void cancel(e); }} />)}</ul>
        )}
      </div>
      {adding.value && <EngagementForm of={null} onDone={again} onClose={close} />}
      {changing.value !== null && <EngagementForm key={changing.value.id} of={changing.value} onDone={again} onClose={close} />}
      {ordering.value !== null && <OrderForm of={ordering.value} onDone={again} onClose={close} />}
    </>
  );
}
