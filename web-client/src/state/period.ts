/* How far back a list looks. Pure. */
export const periods = ['all', 'd30', 'd90', 'y1'] as const;
export type Period = (typeof periods)[number];
const days: Record<Period, number> = { all: Infinity, d30: 30, d90: 90, y1: 365 };

/** Whether what was then still counts; what comes later always does. */
export const isWithin = (period: Period, at: number, now: number): boolean => at >= now - days[period] * 86_400_000;
