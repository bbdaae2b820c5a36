import { describe, expect, it } from 'vitest';
import { addDays, addMonths, readDay, readDayTime, readTime, weeksOf } from '../src/state/dates';
import { byUrgency, comesFirst, usedOf } from '../src/state/today';
import type { SickCall } from '../src/wire/sick';

const today = '2026-11-27';

describe('days', () => {
  it('are_read_as_people_write_them', () => {
    for (const typed of ['2026-03-05', '2026/3/5', '20260305', '2026年3月5日', '3-5', '3月5日', '5 Mar 2026', '5 march', '05/03/2026', 'Thu 5 Mar 2026', '2026年3月5日 周四']) expect(readDay(typed, today), typed).toBe('2026-03-05');
    expect([readDay('今天', today), readDay('tomorrow', today), readDay('昨天', today)]).toEqual([today, '2026-11-28', '2026-11-26']);
  });
  it('that_are_none_are_refused', () => {
    for (const typed of ['', '30 Feb 2026', '2026-13-01', '2026-02-29', '1500-01-01', 'soon', '5', '2026', '99/99/2026', '5 foo 2026']) expect(readDay(typed, today), typed).toBe(null);
  });
  it('have_times_in_both_manners', () => {
    expect(['14:30', '14：30', '1430', '9点', '9点30分', '2 pm', '2:30pm', '12 am', '12:05 pm'].map(readTime)).toEqual(['14:30', '14:30', '14:30', '09:00', '09:30', '14:00', '14:30', '00:00', '12:05']);
    expect(['24:00', '9:61', 'noon', '13 pm'].map(readTime)).toEqual([null, null, null, null]);
    for (const typed of ['2026-11-27T14:30', '2026-11-27 14:30', '27 Nov 2026, 14:30', '11月27日 14：30', '27 nov 2:30 pm']) expect(readDayTime(typed, today), typed).toBe('2026-11-27T14:30');
    expect([readDayTime('2026-11-27', today), readDayTime('14:30', today), readDayTime('2026-11-27 25:00', today)]).toEqual([null, null, null]);
  });
  it('go_on_over_months_and_leap_years', () => {
    expect([addDays('2024-02-28', 1), addDays('2026-01-01', -1), addMonths('2026-01-31', 1), addMonths('2026-03-31', -1), addMonths('2026-12-15', 1)]).toEqual(['2024-02-29', '2025-12-31', '2026-02-28', '2026-02-28', '2027-01-15']);
    expect(weeksOf('2026-11-27').map((w) => w[0])).toEqual(['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16', '2026-11-23', '2026-11-30']);
    expect(weeksOf('2027-02-10')).toHaveLength(4);
  });
});

describe('sick calls', () => {
  it('stand_first_when_they_are_urgent_or_overdue', () => {
    const hour = 3_600_000;
    const call = (triage: string, hours: number, state = 'triaged'): SickCall => ({
      id: `${triage}${hours}`, number: 1, state, triage, patient: { id: 'p', name: '', number: '', cell: '' }, words: '', place: '', door: 'voice', by: '', asked: 0, received: -hours * hour, triaged: null, seen: null, linked: '', answer: '', outcome: '',
      visit: null, clock: state === 'seen' ? '' : 'seen', clock_from: state === 'seen' ? null : -hours * hour, due: state === 'seen' ? null : (48 - hours) * hour, like: [],
    });
    expect([call('emergency', 0), call('urgent', 1), call('soon', 1), call('soon', 49), call('routine', 47), call('routine', 49), call('urgent', 60, 'seen')].map((c) => comesFirst(c, 0))).toEqual([true, true, false, true, false, true, false]);
    expect([call('routine', 9), call('', 3, 'received'), call('urgent', 60, 'seen'), call('soon', 1), call('emergency', 0), call('routine', 20)].sort(byUrgency).map((c) => c.id)).toEqual(['emergency0', '3', 'soon1', 'routine20', 'routine9', 'urgent60']);
    expect(usedOf(call('routine', 12), 0)).toBe(0.25);
    expect(usedOf(call('routine', 12, 'seen'), 0)).toBeNull();
  });
});
