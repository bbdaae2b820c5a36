/* The specialist's own bell, on whatever page: who calls, how long it still rings, yes or no. */
import { useEffect } from 'preact/hooks';
import { agendaText } from '../text/agenda';
import { ringsText } from '../text/rings';
import { ringDo, rings, type Ring } from '../wire/rings';
import { now } from '../state/clock';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { Dialog } from '../ui/dialog';
import { Button, ClockBadge, FaultNotice } from '../ui/parts';

const ring_ms = 60_000;

function Bell({ ring, again }: { ring: Ring; again: () => void }) {
  const w = ringsText();
  const act = useAct();
  const left_ms = ring.ends === null ? 0 : Math.max(0, ring.ends - now.value);
  useEffect(() => { navigator.vibrate?.([400, 200, 400, 200, 400]); }, [ring.id]);
  useEffect(() => {
    if (ring.ends === null) return;
    const timer = setTimeout(again, Math.max(500, ring.ends - now.peek() + 1000));
    return () => clearTimeout(timer);
  }, [ring.ends]);
  const accept = async (): Promise<void> => {
    const done = await act.run(ringDo(ring.id, 'answer'));
    if (done.ok && done.value.room !== '') go(`/rooms/${done.value.room}`);
    else if (done.ok) again();
  };
  const decline = async (): Promise<void> => {
    const done = await act.run(ringDo(ring.id, 'decline'));
    if (done.ok) say(w.declinedDone);
    again();
  };
  return (
    <Dialog title={w.alert} sub={w.alertSub(ring.clinic, ring.by)} firm onClose={again}>
      <div class="gap-4">
        <p><b>{agendaText().need(ring.need)}</b> {agendaText().minutes(ring.minutes)}</p>
        {left_ms > 0 && <p><ClockBadge share={1 - left_ms / ring_ms} tone={left_ms < 15_000 ? 'near' : ''}>{w.left(Math.ceil(left_ms / 1000))}</ClockBadge></p>}
        <FaultNotice fault={act.fault} />
        <div class="actions">
          <Button kind="plain" onClick={() => { if (!act.busy) void decline(); }}>{w.decline}</Button>
          <Button kind="primary" icon="video" busy={act.busy ? w.accepting : false} onClick={() => { void accept(); }}>{w.accept}</Button>
        </div>
      </div>
    </Dialog>
  );
}

export function RingAlert() {
  const list = useLoad(rings, news.ring.value);
  const mine = (list.value.value ?? []).find((r) => r.state === 'ringing' && r.mine === 'ringing');
  return mine === undefined ? null : <Bell key={mine.id} ring={mine} again={() => { void list.again(); }} />;
}
