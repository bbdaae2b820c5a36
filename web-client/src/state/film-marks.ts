/* What happened while a film was taken, as marks over its time. Pure. */
const kinds = ['still', 'drawing', 'speaker'] as const;
export interface Mark { at: number; kind: (typeof kinds)[number]; words: string }

/* Percent of the bar: a mark is 24 px wide, and on the narrowest phone the bar some 260. */
export const apart = 9.5;

/** Stills first, then drawings, then speakers where there is room; all of them stand in the list below. Left is in percent. */
export function placed(marks: readonly Mark[], startedS: number, lengthS: number): { mark: Mark; left: number }[] {
  const out: { mark: Mark; left: number }[] = [];
  for (const kind of kinds) {
    for (const mark of marks.filter((m) => m.kind === kind)) {
      const left = Math.min(100, Math.max(0, 100 * (mark.at / 1000 - startedS) / lengthS));
      if (out.every((o) => Math.abs(o.left - left) >= apart)) out.push({ mark, left });
    }
  }
  return out.sort((a, b) => a.left - b.left);
}
