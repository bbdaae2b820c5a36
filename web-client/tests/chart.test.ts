/* The pure parts of the chart: what is measured, when a dose is due, what a resource reads as, what a note becomes. */
import { describe, expect, test } from 'vitest';
import { readFault } from '../src/wire/fault';
import { BadAnswer } from '../src/wire/read';
import * as fhir from '../src/wire/fhir';
import { isJump, judge, judgePoint, measures, observationOf, pressurePair, readTyped, seriesOf, systolic } from '../src/state/vitals';
import { lastDay, outcomeOf, perDay, refusedRunning, slotsOf } from '../src/state/doses';
import { bodiesOf, draftOf, emptyDraft, isEmpty } from '../src/state/note';
import { chartEn } from '../src/text/chart.en';
import { chartZh } from '../src/text/chart.zh';

const shape = (v: unknown, path = ''): string[] =>
  typeof v === 'object' && v !== null ? Object.entries(v).flatMap(([k, x]) => shape(x, `${path}.${k}`)) : [`${path}:${typeof v === 'function' ? `of${v.length}` : typeof v}`];
test('both_dictionaries_of_the_chart_have_the_same_keys_and_nothing_empty', () => {
  expect(shape(chartEn)).toEqual(shape(chartZh));
  const strings = (v: unknown): string[] => (typeof v === 'string' ? [v] : typeof v === 'object' && v !== null ? Object.values(v).flatMap(strings) : []);
  expect([...strings(chartZh), ...strings(chartEn)].filter((s) => s === '')).toEqual([]);
  expect(strings(chartZh).filter((s) => /[!！]|亲|哦|[,;:?](?=[\u4e00-\u9fff])|[\u4e00-\u9fff] \d|\d [\u4e00-\u9fff]/.test(s))).toEqual([]);
});

describe('vital signs', () => {
  const is = (text: string, m = systolic): string => readTyped(m, text).is;
  test('a_value_is_good_odd_impossible_or_no_number', () => {
    expect(is('')).toBe('empty');
    expect(is('  ')).toBe('empty');
    expect(is('120')).toBe('good');
    expect(is('210')).toBe('odd');
    expect(is('1200')).toBe('no_number');
    expect(is('301')).toBe('impossible');
    expect(is('12.5')).toBe('no_number');
    expect(is('-5')).toBe('no_number');
    expect(is('1e2')).toBe('no_number');
    expect(is('36.7', measures.temperature)).toBe('good');
    expect(is('367', measures.temperature)).toBe('impossible');
    expect(is('41.5', measures.temperature)).toBe('odd');
    expect(is('101', measures.oxygen)).toBe('impossible');
    expect(is('11', measures.pain)).toBe('impossible');
  });
  test('what_a_chinese_keyboard_types_is_a_number_too', () => {
    expect(readTyped(measures.temperature, '３６。７')).toEqual({ is: 'good', value: 36.7 });
  });
  test('the_bounds_themselves_are_inside', () => {
    for (const m of [systolic, ...Object.values(measures)]) {
      expect(readTyped(m, String(m.possible[0])).is).not.toBe('impossible');
      expect(readTyped(m, String(m.possible[1])).is).not.toBe('impossible');
      expect(judge(m, m.usual[0])).toBe('usual');
      expect(judge(m, m.usual[1])).toBe('usual');
      expect(m.likely[0]).toBeGreaterThanOrEqual(m.possible[0]);
      expect(m.likely[1]).toBeLessThanOrEqual(m.possible[1]);
    }
  });
  test('upper_and_lower_go_together', () => {
    expect(pressurePair(120, 80)).toBe('good');
    expect(pressurePair(80, 120)).toBe('order');
    expect(pressurePair(80, 80)).toBe('order');
    expect(pressurePair(90, 80)).toBe('narrow');
  });
  test('a_weight_that_jumps_is_asked_about', () => {
    expect(isJump('weight', 80, 70)).toBe(true);
    expect(isJump('weight', 72, 70)).toBe(false);
    expect(isJump('weight', 72, null)).toBe(false);
    expect(isJump('pulse', 140, 70)).toBe(false);
  });
  test('what_is_entered_reads_back_as_the_same_series', () => {
    const about = { patient: 'p', encounter: 'e', performer: { display: '陆白苏' }, at: '2026-11-26T04:00:00Z', names: { systolic: 'S', diastolic: 'D' } };
    const read = [{ name: 'pressure' as const, value: 168, second: 104, words: '血压' }, { name: 'oxygen' as const, value: 98, second: null, words: '血氧' }].map((e) => fhir.readObservation({ id: 'x', ...observationOf(e, about) }, ''));
    expect(seriesOf('pressure', read)).toEqual([{ at: Date.parse(about.at), value: 168, second: 104, by: '陆白苏' }]);
    expect(seriesOf('oxygen', read).map((p) => p.value)).toEqual([98]);
    expect(judgePoint('pressure', seriesOf('pressure', read)[0]!)).toBe('high');
    expect(read.every(fhir.isVital)).toBe(true);
  });
  test('other_units_are_turned_and_errors_left_out', () => {
    const o = (code: string, value: number, unit: string, status = 'final'): fhir.Observation => fhir.readObservation({ id: 'x', status, code: { coding: [{ code }] }, effectiveDateTime: '2026-11-26T04:00:00Z', valueQuantity: { value, code: unit } }, '');
    expect(seriesOf('temperature', [o('8310-5', 98.6, '[degF]')])[0]?.value).toBeCloseTo(37);
    expect(seriesOf('weight', [o('29463-7', 100, '[lb_av]')])[0]?.value).toBeCloseTo(45.36);
    expect(seriesOf('pulse', [o('8867-4', 70, '/min', 'entered-in-error')])).toEqual([]);
  });
});

describe('doses', () => {
  const midnight = Date.parse('2026-11-25T16:00:00Z');
  const hour = 3_600_000;
  const order = (frequency: number, more: object = {}): fhir.Order => fhir.readOrder({ id: 'o', status: 'active', intent: 'order', authoredOn: '2026-11-20T00:00:00Z', dosageInstruction: [{ timing: { repeat: { frequency, period: 1, periodUnit: 'd' } }, ...more }] }, '');
  const dose = (at: number, status: string, why?: string): fhir.Dose => fhir.readDose({ id: String(at), status, effectiveDateTime: new Date(at).toISOString(), request: { reference: 'MedicationRequest/o' }, ...(why ? { statusReason: [{ coding: [{ system: 'urn:yunqiao:not-given', code: why }] }] } : {}) }, '');
  test('how_often_a_day_is_reckoned_in_days_hours_and_weeks', () => {
    const every = (frequency: number, period: number, periodUnit: string): number => perDay(fhir.readOrder({ id: 'o', status: 'active', intent: 'order', dosageInstruction: [{ timing: { repeat: { frequency, period, periodUnit } } }] }, ''));
    expect(every(3, 1, 'd')).toBe(3);
    expect(every(1, 8, 'h')).toBe(3);
    expect(every(1, 1, 'wk')).toBeCloseTo(1 / 7);
    expect(every(1, 0, 'd')).toBe(0);
    expect(perDay(fhir.readOrder({ id: 'o', status: 'active', intent: 'order' }, ''))).toBe(0);
  });
  test('a_round_is_later_then_due_then_late_then_answered', () => {
    const at = (now: number, doses: fhir.Dose[] = []): string[] => slotsOf(order(2), doses, midnight, now).map((s) => s.is);
    expect(at(midnight + 6 * hour)).toEqual(['later', 'later']);
    expect(at(midnight + 8 * hour)).toEqual(['due', 'later']);
    expect(at(midnight + 9 * hour)).toEqual(['late', 'later']);
    expect(at(midnight + 9 * hour, [dose(midnight + 8.1 * hour, 'completed')])).toEqual(['given', 'later']);
    expect(at(midnight + 19 * hour, [dose(midnight + 8.1 * hour, 'completed'), dose(midnight + 18 * hour, 'not-done', 'refused')])).toEqual(['given', 'refused']);
  });
  test('a_dose_answers_the_nearest_round_and_each_round_is_answered_once', () => {
    expect(slotsOf(order(2), [dose(midnight + 17 * hour, 'completed')], midnight, midnight + 20 * hour).map((s) => s.is)).toEqual(['late', 'given']);
    expect(slotsOf(order(1), [dose(midnight + 8 * hour, 'completed'), dose(midnight + 9 * hour, 'completed')], midnight, midnight + 20 * hour)).toHaveLength(1);
  });
  test('no_round_before_the_order_or_after_its_end_nor_for_what_is_taken_as_needed', () => {
    const begun = fhir.readOrder({ id: 'o', status: 'active', intent: 'order', authoredOn: new Date(midnight + 12 * hour).toISOString(), dosageInstruction: [{ timing: { repeat: { frequency: 2, period: 1, periodUnit: 'd' } } }] }, '');
    expect(slotsOf(begun, [], midnight, midnight + 13 * hour)).toHaveLength(1);
    expect(slotsOf(order(2, { asNeededBoolean: true }), [], midnight, midnight)).toEqual([]);
  });
  test('yesterdays_dose_answers_nothing_today', () => {
    expect(slotsOf(order(1), [dose(midnight - 2 * hour, 'completed')], midnight, midnight + 20 * hour).map((s) => s.is)).toEqual(['late']);
  });
  test('refusals_are_counted_until_something_else_happens', () => {
    const refused = (n: number): fhir.Dose[] => Array.from({ length: n }, (_, i) => dose(midnight + i * hour, 'not-done', 'refused'));
    expect(refusedRunning(order(2), refused(3))).toBe(3);
    expect(refusedRunning(order(2), [...refused(3), dose(midnight + 5 * hour, 'completed')])).toBe(0);
  });
  test('the_last_day_counts_what_was_given_alone', () => {
    const now = midnight + 20 * hour;
    expect(lastDay(order(2), [dose(now - 25 * hour, 'completed'), dose(now - 3 * hour, 'completed'), dose(now - hour, 'not-done', 'held')], now)).toEqual({ count: 1, last: now - 3 * hour });
    expect(outcomeOf(dose(now, 'not-done'))).toBe('missed');
    expect(outcomeOf(dose(now, 'entered-in-error'))).toBeNull();
  });
});

describe('resources', () => {
  test('a_name_is_written_as_its_language_writes_it', () => {
    const name = (n: object): string => fhir.nameOf(fhir.readPatient({ id: 'p', name: [n] }, ''));
    expect(name({ text: '卓远山' })).toBe('卓远山');
    expect(name({ family: '卓', given: ['远山'] })).toBe('卓远山');
    expect(name({ family: 'Smith', given: ['Anna', 'B.'] })).toBe('Anna B. Smith');
    expect(fhir.nameOf(fhir.readPatient({ id: 'p' }, ''))).toBe('');
  });
  test('what_does_not_read_is_counted_and_never_dropped_in_silence', () => {
    const found = fhir.readFound('Condition', fhir.readCondition)({ resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Condition', id: 'a' } }, { resource: { resourceType: 'Condition', id: 7 } }, { resource: { resourceType: 'Patient', id: 'p' } }, { resource: { resourceType: 'OperationOutcome' } }], link: [{ relation: 'next', url: 'https://x/fhir?page=1' }] }, '');
    expect(found.found.map((c) => c.id)).toEqual(['a']);
    expect(found.hidden).toBe(1);
    expect(found.included).toHaveLength(1);
    expect(found.next).toBe('https://x/fhir?page=1');
    expect(() => fhir.readFound('Condition', fhir.readCondition)({ resourceType: 'Patient' }, '')).toThrow(BadAnswer);
  });
  test('only_a_page_of_this_sites_records_is_followed', () => {
    const next = (url: string): string | undefined => fhir.nextPage('Patient', fhir.readPatient, url)?.path;
    expect(next('https://site.example/fhir?page=x')).toBe('/fhir?page=x');
    expect(next('/fhir/Patient?page=x')).toBe('/fhir/Patient?page=x');
    expect(next('https://evil.example/steal')).toBeUndefined();
    expect(next('javascript:alert(1)')).toBeUndefined();
    expect(next('/api/logout')).toBeUndefined();
  });
  test('what_is_searched_for_never_stands_in_the_address', () => {
    const call = fhir.search('Patient', fhir.readPatient, [['name', '卓远山']]);
    expect(call.method).toBe('POST');
    expect(call.path).toBe('/fhir/Patient/_search');
  });
  test('a_narrative_reads_as_text_and_a_text_becomes_a_narrative_that_reads_back', () => {
    expect(fhir.plainOf('<div><p>a &lt;b&gt; &amp; c</p><p>d<br/>e</p></div>')).toBe('a <b> & c\nd\ne');
    for (const words of ['a < b & c > d', '一\n二', '<script>x</script>', '&lt;']) expect(fhir.plainOf(fhir.divOf(words))).toBe(words);
    expect(fhir.divOf('<img src=x>')).not.toContain('<img');
  });
  test('an_outcome_is_told_as_a_fault', () => {
    const f = readFault(422, { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'x' }, { severity: 'error', code: 'invariant', details: { text: '少了一项' }, expression: ['Observation.status'] }] }, null, 0);
    expect(f).toMatchObject({ status: 422, code: 'fhir_invariant', message: '少了一项', where: 'Observation.status' });
    expect(readFault(412, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'conflict' }] }, null, 0).code).toBe('conflict');
    expect(readFault(403, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'forbidden', details: { coding: [{ system: 'https://yunqiao.invalid/fhir/fault', code: 'csrf' }], text: 'x' } }] }, null, 0).code).toBe('csrf');
    expect(readFault(404, { resourceType: 'OperationOutcome', issue: [] }, null, 0).code).toBe('not_found');
    expect(readFault(409, { error: { code: 'order_alert', message: 'm' } }, null, 0).code).toBe('order_alert');
  });
});

describe('notes', () => {
  const about = { patient: 'p', encounter: 'e', author: { display: '顾清和' }, at: '2026-11-26T04:00:00Z', amends: null, titles: { note: '门诊记录', section: (n: string) => n, based: 'based' } };
  let n = 0;
  const uuid = (): string => `u${(n += 1)}`;
  test('a_draft_comes_back_as_it_was_kept_and_what_is_none_of_ours_is_refused', () => {
    const d = { ...emptyDraft('visit'), sections: { complaint: '头痛' }, diagnoses: [{ code: 'I10', display: '高血压' }], based: [{ ref: 'ImagingStudy/7', words: '眼眶CT' }] };
    expect(draftOf(JSON.stringify(d))).toEqual(d);
    for (const bad of ['', 'null', '[]', '{"template":"__proto__"}', '{"template":"other"}', '交班：夜间无急诊。']) expect(draftOf(bad)).toBeNull();
    expect(draftOf('{"template":"nursing","sections":{"complaint":"x","seen":7},"diagnoses":[{"code":1},null],"based":[{"ref":"Patient/7","words":"x"}]}')).toEqual(emptyDraft('nursing'));
  });
  test('a_note_names_the_conditions_that_are_made_with_it', () => {
    const bodies = bodiesOf({ ...emptyDraft('visit'), sections: { complaint: '头痛', plan: ' ' }, diagnoses: [{ code: 'I10', display: '高血压' }] }, about, uuid);
    expect(bodies.map((b) => b.body['resourceType'])).toEqual(['Condition', 'Composition']);
    const note = fhir.readNote({ id: 'n', ...bodies[1]!.body }, '');
    expect(note.status).toBe('preliminary');
    expect(note.section.map((s) => s.title)).toEqual(['complaint', 'diagnosis']);
    expect(JSON.stringify(bodies[1]!.body)).toContain(bodies[0]!.url);
  });
  test('a_note_names_the_images_it_rests_on', () => {
    const bodies = bodiesOf({ ...emptyDraft('opinion'), sections: { advice: '尽快手术' }, based: [{ ref: 'ImagingStudy/7', words: '眼眶CT' }] }, about, uuid);
    const note = fhir.readNote({ id: 'n', ...bodies[0]!.body }, '');
    expect(note.section.at(-1)).toMatchObject({ title: 'based', entry: [{ reference: 'ImagingStudy/7', display: '眼眶CT' }] });
  });
  test('an_amendment_names_what_it_amends', () => {
    const bodies = bodiesOf({ ...emptyDraft('amendment'), sections: { what: 'x', why: 'y' } }, { ...about, amends: 'old' }, uuid);
    expect(fhir.readNote({ id: 'n', ...bodies[0]!.body }, '').relatesTo[0]?.targetReference.reference).toBe('Composition/old');
  });
  test('blanks_are_nothing', () => {
    expect(isEmpty({ ...emptyDraft('visit'), sections: { complaint: ' \n ' } })).toBe(true);
    expect(isEmpty({ ...emptyDraft('visit'), diagnoses: [{ code: 'I10', display: 'x' }] })).toBe(false);
  });
});
