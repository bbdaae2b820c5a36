/* A note being written: what a template asks for, the draft's text, the bodies it becomes. Pure. */
import { amendmentReason, divOf } from '../wire/fhir';

export const templates = {
  visit: { loinc: '34109-9', sections: ['complaint', 'history', 'found', 'diagnosis', 'plan'] },
  ward: { loinc: '11506-3', sections: ['seen', 'found', 'diagnosis', 'plan'] },
  nursing: { loinc: '34746-8', sections: ['seen', 'done'] },
  opinion: { loinc: '11488-4', sections: ['seen', 'diagnosis', 'advice'] },
  amendment: { loinc: '11506-3', sections: ['what', 'why'] },
} as const;
export type Template = keyof typeof templates;
export type SectionName = (typeof templates)[Template]['sections'][number];
/** An amendment says why. */
export const lacksReason = (d: Draft): boolean => d.template === 'amendment' && (d.sections.why ?? '').trim() === '';
export interface Diagnosis { code: string; display: string }
/** An image or a file that the note rests on: "ImagingStudy/7". */
export interface Basis { ref: string; words: string }
export interface Draft { template: Template; sections: Partial<Record<SectionName, string>>; diagnoses: Diagnosis[]; based: Basis[] }

export const emptyDraft = (template: Template): Draft => ({ template, sections: {}, diagnoses: [], based: [] });
export const isEmpty = (d: Draft): boolean => d.diagnoses.length === 0 && Object.values(d.sections).every((s) => s.trim() === '');

/** What was kept, read again; null: it is none of ours. */
export function draftOf(text: string): Draft | null {
  let v: unknown;
  try { v = JSON.parse(text); } catch { return null; }
  if (typeof v !== 'object' || v === null) return null;
  const { template, sections, diagnoses, based } = v as Record<string, unknown>;
  if (typeof template !== 'string' || !Object.hasOwn(templates, template)) return null;
  const to = emptyDraft(template as Template);
  if (typeof sections === 'object' && sections !== null) {
    for (const name of templates[to.template].sections) {
      const words = (sections as Record<string, unknown>)[name];
      if (typeof words === 'string') to.sections[name] = words;
    }
  }
  if (Array.isArray(diagnoses)) {
    for (const d of diagnoses as unknown[]) {
      const { code, display } = (d ?? {}) as Record<string, unknown>;
      if (typeof code === 'string' && typeof display === 'string') to.diagnoses.push({ code, display });
    }
  }
  if (Array.isArray(based)) {
    for (const b of based as unknown[]) {
      const { ref, words } = (b ?? {}) as Record<string, unknown>;
      if (typeof ref === 'string' && /^(ImagingStudy|DocumentReference)\/[A-Za-z0-9.-]{1,64}$/.test(ref) && typeof words === 'string') to.based.push({ ref, words });
    }
  }
  return to;
}

export interface Writing { patient: string; encounter: string | null; author: Record<string, unknown>; at: string; amends: string | null; titles: { note: string; section: (name: SectionName) => string; based: string } }

const icd10 = 'http://hl7.org/fhir/sid/icd-10';
const terminology = 'http://terminology.hl7.org/CodeSystem';

/** The note, not yet signed, and a Condition for each diagnosis, that the note's section names. */
export function bodiesOf(d: Draft, w: Writing, uuid: () => string): { url: string; body: Record<string, unknown> }[] {
  const encounter = w.encounter === null ? {} : { encounter: { reference: `Encounter/${w.encounter}` } };
  const subject = { subject: { reference: `Patient/${w.patient}` } };
  const found = d.diagnoses.map((x) => ({
    url: `urn:uuid:${uuid()}`,
    body: {
      resourceType: 'Condition', clinicalStatus: { coding: [{ system: `${terminology}/condition-clinical`, code: 'active' }] }, verificationStatus: { coding: [{ system: `${terminology}/condition-ver-status`, code: 'confirmed' }] },
      category: [{ coding: [{ system: `${terminology}/condition-category`, code: 'encounter-diagnosis' }] }], code: { coding: [{ system: icd10, code: x.code, display: x.display }], text: x.display }, ...subject, ...encounter, recordedDate: w.at, recorder: w.author,
    } as Record<string, unknown>,
  }));
  /* Why it is amended stands in the extension alone. */
  const sections = templates[d.template].sections.filter((name) => name !== 'why').flatMap((name) => {
    const words = [name === 'diagnosis' ? d.diagnoses.map((x) => `${x.display} ${x.code}`).join('\n') : '', d.sections[name] ?? ''].filter((x) => x.trim() !== '').join('\n');
    return words === '' ? [] : [{ title: w.titles.section(name), text: { status: 'additional', div: divOf(words) }, ...(name === 'diagnosis' && found.length > 0 ? { entry: found.map((f) => ({ reference: f.url })) } : {}) }];
  });
  const basis = d.based.length === 0 ? [] : [{ title: w.titles.based, text: { status: 'additional', div: divOf(d.based.map((b) => b.words).join('\n')) }, entry: d.based.map((b) => ({ reference: b.ref, display: b.words })) }];
  const note = {
    resourceType: 'Composition', status: 'preliminary', type: { coding: [{ system: 'http://loinc.org', code: templates[d.template].loinc }], text: w.titles.note }, ...subject, ...encounter, date: w.at, author: [w.author], title: w.titles.note,
    ...(w.amends === null ? {} : { extension: [{ url: amendmentReason, valueString: (d.sections.why ?? '').trim() }], relatesTo: [{ code: 'appends', targetReference: { reference: `Composition/${w.amends}` } }] }), section: [...sections, ...basis],
  };
  return [...found, { url: `urn:uuid:${uuid()}`, body: note }];
}
