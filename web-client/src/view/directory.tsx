/* The specialists of the outside hospitals, found by name, pinyin, initials, hospital or specialty. */
import { useSignal } from '@preact/signals';
import { agendaText } from '../text/agenda';
import { resources } from '../wire/agenda';
import { useLoad } from '../state/load';
import { Row, Search, Table } from '../ui/table';
import { Empty, FaultNotice, PageHead, Skeleton, St, When } from '../ui/parts';

export function DirectoryPage() {
  const a = agendaText();
  const words = useSignal('');
  const list = useLoad(() => resources('specialist', words.value), words.value);
  const all = list.value.value;
  return (
    <>
      <PageHead title={a.directory} sum={a.directorySum} />
      <div class="filters"><Search label={a.directoryFind} value={words.value} onSearch={(q) => { words.value = q; }} /></div>
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="people" title={a.directoryNone}>{a.directoryNoneText}</Empty> : null}
      {all !== null && all.length > 0 ? (
        <Table label={a.directory} columns={[{ words: a.kind('specialist') }, { words: a.specialty }, { words: a.hospital, wide: true }, { words: a.licence }, { words: a.editHours, hidden: true, end: true }]}>
          {all.map((r) => (
            <Row key={r.role}>
              <td><b>{r.name}</b>{r.suspended && <> <St tone="warn">{a.suspended}</St></>}</td><td>{a.department(r.what)}</td><td>{r.place}</td><td>{r.licence_ends === null ? '' : <When at={r.licence_ends} />}</td>
              <td class="right"><a class="btn" data-open="" href={`/hours/${r.role}`} aria-label={`${a.editHours} ${r.name}`}>{a.editHours}</a></td>
            </Row>
          ))}
        </Table>
      ) : null}
    </>
  );
}
