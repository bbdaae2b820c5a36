/* The patient wants the own record on paper (rule 12): printed as they may read it, and marked when it has been handed over. */
import { chartText } from '../text/chart';
import * as wire from '../wire/own';
import { useAct, useLoad } from '../state/load';
import { Button, FaultNotice, Notice } from '../ui/parts';

export function CopyAsked({ patient, busy, print }: { patient: string; busy: boolean; print: (path: string) => void }) {
  const t = chartText().copy;
  const act = useAct();
  const load = useLoad(() => wire.copyAsked(patient), patient);
  const handed = async (): Promise<void> => {
    const result = await act.run(wire.handCopy(patient));
    if (result.ok) await load.again();
  };
  if (load.value.value !== true) return null;
  return (
    <div class="chart one" data-copy>
      <Notice tone="act">
        <p>{t.asked}</p>
        <div class="copy-acts">
          <Button icon="print" busy={busy ? t.printing : false} onClick={() => { print(`/api/patients/${patient}/copy.pdf`); }}>{t.print}</Button>
          <Button busy={act.busy ? t.handing : false} onClick={() => { void handed(); }}>{t.handed}</Button>
        </div>
        <FaultNotice fault={act.fault} />
      </Notice>
    </div>
  );
}
