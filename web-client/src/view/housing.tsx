/* How those who have come are to be housed: all that custody learns of the screening. */
import { intakeText } from '../text/intake';
import { housing } from '../wire/intake';
import { now } from '../state/clock';
import { hm, stamp } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { Empty, FaultNotice, Notice, St } from '../ui/parts';
import { Row, Table } from '../ui/table';

const half_minute = 30_000;
const tones = { fit: 'ok', 'fit-with-conditions': 'warn', unfit: 'bad' } as const;

export function Housing() {
  const t = intakeText();
  const list = useLoad(housing, `${news.alarm.value} ${Math.floor(now.value / half_minute)}`);
  const all = list.value.value;
  return (
    <>
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all !== null && all.since !== null && <Notice tone="bad" live><b>{t.alarm(hm(all.since))}</b><br />{t.alarmText}</Notice>}
      {all !== null && all.rows.length === 0 && <Empty icon="badge" title={t.housingNone}>{t.housingNoneText}</Empty>}
      {all !== null && all.rows.length > 0 && (
        <Table label={t.housingTab} columns={[{ words: t.cell }, { words: t.who, wide: true }, { words: t.number }, { words: t.fitness }, { words: t.housing }, { words: t.until }]}>
          {all.rows.map((r) => (
            <Row key={`${r.number} ${r.name}`}>
              <td><b>{r.cell}</b></td><td>{r.name}</td><td class="num">{r.number}</td>
              <td>{r.fitness === '' ? <St tone={r.late ? 'bad' : 'act'}>{r.late ? t.late : t.waits}</St> : <St tone={tones[r.fitness as keyof typeof tones]}>{t.fitnesses(r.fitness)}</St>}</td>
              <td>{r.housing === '' ? '' : <b>{t.housings(r.housing)}</b>}</td><td class="num">{r.until === null ? '' : stamp(r.until)}</td>
            </Row>
          ))}
        </Table>
      )}
    </>
  );
}
