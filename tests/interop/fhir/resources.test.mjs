// Every resource type that the surface names is made, read, found and told of in its history, and what is served passes both validators.
// And what clients rely on at the edges: conditional reads, and that nothing is deleted which others name.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSite } from "./site.mjs";
import { check, oracle } from "./validators.mjs";

let site, headers;
before(async () => {
    site = await startSite();
    headers = { authorization: `Bearer ${site.token("clinic-doctor")}`, "content-type": "application/fhir+json", "accept-language": "en" };
});
after(() => site.stop());

const ask = async (path, method = "GET", body, more = {}) => {
    const got = await fetch(`${site.base}${path}`, { method, headers: { ...headers, ...more }, body: body && JSON.stringify(body) });
    const text = await got.text();
    return { status: got.status, headers: got.headers, text, json: text ? JSON.parse(text) : undefined };
};
const make = async (body) => {
    const got = await ask(`/${body.resourceType}`, "POST", body);
    assert.equal(got.status, 201, `${body.resourceType}: ${got.text}`);
    return got.json;
};
const ref = (resource) => ({ reference: `${resource.resourceType}/${resource.id}` });
const words = (text) => ({ text });
const now = new Date().toISOString();
const later = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();

test("each resource type is served as both validators want it", async () => {
    const made = {};
    const add = async (resourceType, body = {}) => {
        made[resourceType] = await make({ resourceType, ...body });
        return ref(made[resourceType]);
    };
    const subject = await add("Patient", { name: [{ family: "司徒", given: ["云"] }], gender: "other", birthDate: "1990-02" });
    const who = await add("Practitioner", { name: [{ text: "顾清和" }] });
    const place = await add("Location", { status: "active", name: "诊室" });
    const house = await add("Organization", { name: "岚桥医院" });
    await add("Person", { link: [{ target: subject, assurance: "level2" }] });
    const role = await add("PractitionerRole", { practitioner: who, organization: house });
    await add("HealthcareService", { name: "远程会诊", providedBy: house });
    const schedule = await add("Schedule", { actor: [role] });
    await add("Slot", { schedule, status: "free", start: later(200), end: later(201) });
    const visit = await add("Encounter", { status: "in-progress", class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" }, subject });
    await add("Condition", { subject, code: words("头痛"), clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }] } });
    const measured = await add("Observation", { status: "preliminary", subject, encounter: visit, code: words("体温"), valueQuantity: { value: 36.5, unit: "Cel" } });
    await add("AllergyIntolerance", { patient: subject, code: words("花粉"), clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", code: "active" }] } });
    const medication = await add("Medication", { code: words("布洛芬") });
    const order = await add("MedicationRequest", { status: "stopped", intent: "order", reportedBoolean: true, subject, medicationReference: medication });
    await add("MedicationAdministration", { status: "not-done", subject, request: order, medicationReference: medication, effectiveDateTime: now });
    const asked = await add("ServiceRequest", { status: "active", intent: "order", subject, code: words("会诊") });
    const booked = await add("Appointment", { status: "proposed", participant: [{ actor: subject, status: "needs-action" }], basedOn: [asked] });
    await add("AppointmentResponse", { appointment: booked, actor: subject, participantStatus: "tentative" });
    await add("DiagnosticReport", { status: "preliminary", subject, code: words("胸片"), result: [measured] });
    await add("ImagingStudy", { status: "available", subject, series: [{ uid: "1.2.3", modality: { system: "http://dicom.nema.org/resources/ontology/DCM", code: "CR" } }] });
    await add("DocumentReference", { status: "current", subject, content: [{ attachment: { contentType: "text/plain", data: "5LqR" } }] });
    await add("Composition", { status: "preliminary", subject, type: words("门诊记录"), date: now, author: [who], title: "记录" });
    await add("Consent", { status: "draft", scope: words("treatment"), category: [words("远程会诊")], patient: subject, dateTime: now, policyRule: words("site") });
    await add("Flag", { status: "active", code: words("跌倒风险"), subject });
    await add("Task", { status: "requested", intent: "order", for: subject, focus: asked });
    await add("Communication", { status: "preparation", subject, payload: [{ contentString: "请复诊" }] });
    await add("Procedure", { status: "preparation", subject, code: words("换药") });
    await add("Immunization", { status: "not-done", patient: subject, vaccineCode: words("流感"), occurrenceDateTime: now });
    await add("Questionnaire", { status: "draft", item: [{ linkId: "1", type: "boolean", text: "发热？" }] });
    await add("QuestionnaireResponse", { status: "in-progress", subject, item: [{ linkId: "1", answer: [{ valueBoolean: true }] }] });
    await add("CarePlan", { status: "draft", intent: "plan", subject });
    await add("ValueSet", { status: "draft", url: "urn:yunqiao:test:validated-set", compose: { include: [{ system: "urn:x" }] } });
    await add("CodeSystem", { status: "draft", url: "urn:yunqiao:test:validated-system", content: "complete", concept: [{ code: "a" }] });
    assert.ok(Object.keys(made).length >= 34);
    for (const [type, resource] of Object.entries(made)) {
        check(resource);
        check((await ask(`/${type}/${resource.id}`)).json);
        const found = (await ask(`/${type}?_id=${resource.id}`)).json;
        assert.equal(found.entry.length, 1, type);
        assert.deepEqual(oracle().validate(found), [], type);
        check((await ask(`/${type}/${resource.id}/_history`)).json);
    }
    const origins = (await ask(`/Provenance?target=Patient/${made.Patient.id}`)).json;
    assert.ok(origins.entry.length > 0);
    for (const { resource } of origins.entry) check(resource);
    assert.deepEqual(oracle().validate((await ask(`/Patient/${made.Patient.id}/$everything`)).json), []);
});

test("who has a version already is told so, by tag or by date", async () => {
    const made = await make({ resourceType: "Patient", active: true });
    const first = await ask(`/Patient/${made.id}`);
    const since = first.headers.get("last-modified");
    const before = new Date(new Date(since).getTime() - 5000).toUTCString();
    assert.equal((await ask(`/Patient/${made.id}`, "GET", undefined, { "if-none-match": first.headers.get("etag") })).status, 304);
    assert.equal((await ask(`/Patient/${made.id}`, "GET", undefined, { "if-modified-since": since })).status, 304);
    assert.equal((await ask(`/Patient/${made.id}`, "GET", undefined, { "if-modified-since": before })).status, 200);
    assert.equal((await ask(`/Patient/${made.id}`, "GET", undefined, { "if-modified-since": "yesterday" })).status, 200);
    const both = { "if-modified-since": since, "if-none-match": 'W/"7"' };
    assert.equal((await ask(`/Patient/${made.id}`, "GET", undefined, both)).status, 200, "the tag counts alone");
});

test("what others name is not deleted, and those that go together may name each other", async () => {
    const patient = await make({ resourceType: "Patient", active: true });
    const seen = await make({ resourceType: "Observation", status: "preliminary", subject: ref(patient), code: words("脉搏") });
    const report = await make({ resourceType: "DiagnosticReport", status: "preliminary", subject: ref(patient), code: words("报告"), result: [ref(seen)] });
    const told = await ask(`/Observation/${seen.id}`, "DELETE");
    assert.equal(told.status, 409, told.text);
    assert.equal(told.json.issue[0].code, "conflict");
    assert.equal((await ask(`/Observation/${seen.id}`)).status, 200);
    const entry = [seen, report].map((r) => ({ request: { method: "DELETE", url: `${r.resourceType}/${r.id}` } }));
    const together = await ask("", "POST", { resourceType: "Bundle", type: "transaction", entry });
    assert.equal(together.status, 200, together.text);
    assert.equal((await ask(`/Observation/${seen.id}`)).status, 410);
    assert.equal((await ask(`/DiagnosticReport/${report.id}`)).status, 410);
});
