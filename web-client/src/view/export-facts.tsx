/* What an export is, in words: of what, for whom, why, asked by whom. */
import { exportsText } from '../text/exports';
import { exact, stamp } from '../state/format';
import type { Export } from '../wire/exports';

export const bulkScope = ({ scope }: Export): string => {
  const x = exportsText();
  return [x.levels[scope.level], ...(scope.types === '' ? [] : [scope.types.split(',').join(', ')]), ...(scope.since === null ? [] : [x.sinceIs(stamp(scope.since))])].join(' · ');
};

export function Facts({ row }: { row: Export }) {
  const x = exportsText();
  return (
    <dl class="facts">
      <dt>{x.kind}</dt><dd>{x.kinds[row.kind]} · {x.short[row.format]}</dd>
      {row.kind === 'bulk' && <><dt>{x.level}</dt><dd>{bulkScope(row)}</dd></>}
      {row.patient !== null && <><dt>{x.patient}</dt><dd class="mono print-id">{row.patient}</dd></>}
      <dt>{x.recipient}</dt><dd>{row.recipient}</dd>
      <dt>{x.reason}</dt><dd>{row.reason}</dd>
      <dt>{x.who}</dt><dd>{row.asked_by.display} · {exact(row.asked)}</dd>
    </dl>
  );
}
