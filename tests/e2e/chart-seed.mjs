/* A patient with a past, made through /fhir as the page's own account. */

const at = (days, hour) => new Date(Date.now() - days * 86_400_000 + (hour - 12) * 3_600_000).toISOString();
const loinc = (code, text) => ({ coding: [{ system: 'http://loinc.org', code }], text });
const quantity = (value, unit, code) => ({ value, unit, system: 'http://unitsofmeasure.org', code });
const terminology = 'http://terminology.hl7.org/CodeSystem';
const vital = [{ coding: [{ system: `${terminology}/observation-category`, code: 'vital-signs' }] }];
const div = (text) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${text}</p></div>` });

export function seed() {
  const entries = [];
  const add = (url, resource) => { entries.push({ fullUrl: url, resource, request: { method: 'POST', url: resource.resourceType } }); return { reference: url }; };
  const uuid = (n) => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const cell = { ...add(uuid(1), { resourceType: 'Location', status: 'active', name: 'Q区912' }), display: 'Q区912' };
  const p = add(uuid(2), {
    resourceType: 'Patient', active: true, name: [{ use: 'official', text: '淳于鹭', family: '淳于', given: ['鹭'] }], gender: 'male', birthDate: '1985-03-12',
    identifier: [{ system: 'urn:yunqiao:detainee-number', value: '9900417' }],
  });
  add(uuid(3), { resourceType: 'Patient', active: true, name: [{ text: '申屠朗', family: '申屠', given: ['朗'] }], gender: 'male', birthDate: '1990-01-02', identifier: [{ system: 'urn:yunqiao:detainee-number', value: '9900424' }] });
  const type = (code) => [{ coding: [{ system: 'urn:yunqiao:encounter', code }] }];
  const act = (code) => ({ system: `${terminology}/v3-ActCode`, code });
  add(uuid(4), { resourceType: 'Encounter', status: 'in-progress', class: act('IMP'), type: type('custody'), subject: p, period: { start: at(37, 10) }, location: [{ location: cell, status: 'active' }] });
  const visit = add(uuid(5), { resourceType: 'Encounter', status: 'in-progress', class: act('AMB'), type: type('visit'), subject: p, period: { start: at(0, 9) }, reasonCode: [{ text: '头痛加重伴视物模糊' }] });
  add(uuid(6), { resourceType: 'Encounter', status: 'finished', class: act('AMB'), type: type('visit'), subject: p, period: { start: at(9, 9), end: at(9, 10) }, reasonCode: [{ text: '头晕，以前有高血压' }] });
  const state = (what, code) => ({ coding: [{ system: `${terminology}/${what}`, code }] });
  const problem = (n, text, code, days) => add(uuid(n), { resourceType: 'Condition', clinicalStatus: state('condition-clinical', 'active'), verificationStatus: state('condition-ver-status', 'confirmed'), code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code, display: text }], text }, subject: p, onsetDateTime: at(days, 8), recordedDate: at(days, 9) });
  const pressure = problem(10, '高血压2级', 'I10', 400);
  const below = (code, value) => ({ measure: { coding: [{ system: 'http://loinc.org', code }] }, detailQuantity: { ...quantity(value, 'mmHg', 'mm[Hg]'), comparator: '<' } });
  add(uuid(14), { resourceType: 'Goal', lifecycleStatus: 'active', description: { text: '140/90以下' }, subject: p, addresses: [pressure], target: [below('8480-6', 140), below('8462-4', 90)] });
  add(uuid(15), { resourceType: 'Flag', status: 'active', code: { coding: [{ system: 'urn:yunqiao:precaution', code: 'transport-wheelchair' }], text: '转运，适合，须坐轮椅' }, subject: p, period: { start: at(3, 9) } });
  problem(11, '外伤后头痛，视物模糊', 'R51', 3);
  const allergy = (n, text, code, how, criticality) => add(uuid(n), { resourceType: 'AllergyIntolerance', clinicalStatus: state('allergyintolerance-clinical', 'active'), verificationStatus: state('allergyintolerance-verification', 'confirmed'), criticality, code: { coding: [{ system: 'urn:yunqiao:substance', code }], text }, patient: p, recordedDate: at(30, 9), reaction: [{ manifestation: [{ text: how }] }] });
  allergy(12, '青霉素', 'penicillin', '过敏性休克', 'high');
  allergy(13, '磺胺类', 'sulfonamide', '皮疹', 'low');
  for (let i = 0; i < 14; i += 1) {
    const when = at(13 - i, 11);
    const about = { resourceType: 'Observation', status: 'final', category: vital, subject: p, effectiveDateTime: when, performer: [{ display: '陆白苏' }] };
    add(uuid(100 + i), { ...about, code: loinc('85354-9', '血压'), component: [{ code: loinc('8480-6', '收缩压'), valueQuantity: quantity(142 + 2 * i, 'mmHg', 'mm[Hg]') }, { code: loinc('8462-4', '舒张压'), valueQuantity: quantity(88 + i, 'mmHg', 'mm[Hg]') }] });
    add(uuid(120 + i), { ...about, code: loinc('8867-4', '心率'), valueQuantity: quantity(72 - i, '次/分', '/min') });
    add(uuid(140 + i), { ...about, code: loinc('8310-5', '体温'), valueQuantity: quantity(36.5 + (i % 3) / 10, '℃', 'Cel') });
    add(uuid(160 + i), { ...about, code: loinc('59408-5', '血氧'), valueQuantity: quantity(97 + (i % 3), '%', '%') });
  }
  const drug = (code, text) => ({ coding: [{ system: 'urn:yunqiao:drug', code }], text });
  add(uuid(20), {
    resourceType: 'MedicationRequest', status: 'active', intent: 'order', reportedBoolean: true, medicationCodeableConcept: drug('amlodipine', '苯磺酸氨氯地平片'), subject: p, authoredOn: at(9, 9), requester: { display: '顾清和' },
    dosageInstruction: [{ text: '晨服', timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } }, doseAndRate: [{ doseQuantity: { value: 5, unit: 'mg' } }] }],
  });
  add(uuid(21), { resourceType: 'MedicationAdministration', status: 'completed', medicationCodeableConcept: drug('amlodipine', '苯磺酸氨氯地平片'), subject: p, effectiveDateTime: at(1, 4), performer: [{ actor: { display: '陆白苏' } }] });
  const note = (n, days, complaint, found, plan) => add(uuid(n), {
    resourceType: 'Composition', status: 'final', type: loinc('34109-9', '门诊记录'), subject: p, date: at(days, 10), author: [{ display: '顾清和' }], title: '门诊记录',
    section: [{ title: '主诉', text: div(complaint) }, { title: '查体', text: div(found) }, { title: '处理', text: div(plan) }],
  });
  note(30, 9, '头晕，以前有高血压。', '血压160/98，神志清，心律齐，双下肢无水肿。', '低盐饮食，开始氨氯地平，一周后复查。');
  note(31, 3, '头部外伤后头痛两天。', '神志清，瞳孔等大，未见颅神经定位体征。', '观察，症状加重立即报告。');
  add(uuid(40), { resourceType: 'DocumentReference', status: 'current', type: { text: '外院就诊资料' }, subject: p, date: at(36, 9), description: '外院门诊病历摘录', content: [{ attachment: { contentType: 'text/plain; charset=utf-8', title: '外院病历摘录', data: Buffer.from('既往青霉素过敏性休克，2019年。').toString('base64') } }] });
  add(uuid(41), { resourceType: 'Task', status: 'completed', intent: 'order', code: { coding: [{ system: 'urn:yunqiao:task', code: 'sick-call' }] }, description: '头疼得厉害，右眼看东西发糊', for: p, authoredOn: at(0, 8) });
  const lab = (n, code, text, value, unit, low, high, days) => add(uuid(n), { resourceType: 'Observation', status: 'final', category: [{ coding: [{ system: `${terminology}/observation-category`, code: 'laboratory' }] }], code: loinc(code, text), subject: p, effectiveDateTime: at(days, 8), valueQuantity: { value, unit }, referenceRange: [{ low: { value: low, unit }, high: { value: high, unit } }] });
  lab(50, '718-7', '血红蛋白', 141, 'g/L', 130, 175, 30);
  lab(51, '718-7', '血红蛋白', 124, 'g/L', 130, 175, 2);
  lab(52, '2160-0', '肌酐', 82, 'μmol/L', 57, 111, 2);
  void visit;
  return { resourceType: 'Bundle', type: 'transaction', entry: entries };
}
