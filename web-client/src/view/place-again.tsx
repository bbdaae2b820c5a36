/* A booking that somebody declined or that lost its place: found anew by a press, the same people where they can be. */
import { agendaText } from '../text/agenda';
import { placeAgain } from '../wire/agenda';
import { full } from '../state/format';
import { say, useAct } from '../state/load';
import { Button, FaultNotice, Notice } from '../ui/parts';

interface Lost { id: string; state: string; reason?: string }
export const isLost = (b: { state: string }): boolean => b.state === 'declined' || b.state === 'displaced';

export function PlaceAgain({ booking, onDone }: { booking: Lost; onDone: () => void }) {
  const a = agendaText();
  const reason = booking.reason ?? '';
  const act = useAct();
  const find = async (): Promise<void> => {
    const done = await act.run(placeAgain(booking));
    if (!done.ok) return;
    say(a.placedAgain(full(done.value.start), a.state(done.value.state)));
    onDone();
  };
  return (
    <div class="gap-4" data-lost={booking.state}>
      <Notice tone="warn">{a.lostPlace}{reason !== '' && ` ${a.reason(reason)}`}</Notice>
      <FaultNotice fault={act.fault} />
      <div><Button kind="primary" icon="search" busy={act.busy ? a.placingAgain : false} onClick={() => { void find(); }}>{a.placeAgain}</Button></div>
    </div>
  );
}
