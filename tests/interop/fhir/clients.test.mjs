// Three clients of others, as they are, through everything they can ask.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "fhir-kit-client";
import FHIR from "fhirclient";
import { MedplumClient } from "@medplum/core";
import { observation, patient, transaction } from "./bodies.mjs";
import { startSite } from "./site.mjs";

let site, token;
before(async () => {
    site = await startSite();
    token = site.token("clinic-doctor");
});
after(() => site.stop());

test("fhir-kit-client makes, reads, changes, finds and undoes", async () => {
    const c = new Client({ baseUrl: site.base, bearerToken: token });
    assert.equal((await c.capabilityStatement()).fhirVersion, "4.0.1");
    const made = await c.create({ resourceType: "Patient", body: patient("kit") });
    assert.equal(made.meta.versionId, "1");
    const again = await c.create({ resourceType: "Patient", body: patient("kit"),
        options: { headers: { "If-None-Exist": "identifier=urn:yunqiao:test|T-kit" } } });
    assert.equal(again.id, made.id);
    assert.deepEqual((await c.read({ resourceType: "Patient", id: made.id })).name, patient("kit").name);
    const changed = await c.update({ resourceType: "Patient", id: made.id, body: { ...made, active: true } });
    assert.equal(changed.meta.versionId, "2");
    assert.equal((await c.vread({ resourceType: "Patient", id: made.id, version: "1" })).active, undefined);
    await assert.rejects(c.update({ resourceType: "Patient", id: made.id, body: { ...made, active: false },
        options: { headers: { "If-Match": 'W/"1"' } } }), (e) => e.response.status === 412);
    const patched = await c.patch({ resourceType: "Patient", id: made.id,
        jsonPatch: [{ op: "replace", path: "/gender", value: "unknown" }] });
    assert.equal(patched.gender, "unknown");
    assert.equal((await c.history({ resourceType: "Patient", id: made.id })).entry.length, 3);
    assert.ok((await c.history({ resourceType: "Patient" })).entry.length >= 3);
    assert.ok((await c.history({})).entry.length >= 3);
    const heart = await c.create({ resourceType: "Observation", body: observation(`Patient/${made.id}`) });
    for (let i = 0; i < 5; i++)
        await c.create({ resourceType: "Observation", body: observation(`Patient/${made.id}`, "8310-5", 36 + i) });
    let page = await c.search({ resourceType: "Observation", searchParams: { patient: made.id, _count: 4 } });
    const seen = page.entry.map((e) => e.resource.id);
    page = await c.nextPage({ bundle: page });
    seen.push(...page.entry.map((e) => e.resource.id));
    assert.equal(new Set(seen).size, 6);
    const posted = await c.search({ resourceType: "Observation", options: { postSearch: true },
        searchParams: { subject: `Patient/${made.id}`, code: "http://loinc.org|8867-4" } });
    assert.deepEqual(posted.entry.map((e) => e.resource.id), [heart.id]);
    const within = await c.compartmentSearch({ resourceType: "Observation",
        compartment: { resourceType: "Patient", id: made.id }, searchParams: { code: "8867-4" } });
    assert.equal(within.entry.length, 1);
    const joined = await c.search({ resourceType: "Observation",
        searchParams: { _id: heart.id, _include: "Observation:subject" } });
    assert.deepEqual(joined.entry.map((e) => e.search.mode), ["match", "include"]);
    const done = await c.transaction({ body: transaction() });
    assert.deepEqual(done.entry.map((e) => e.response.status), ["201", "201"]);
    const batch = await c.batch({ body: { resourceType: "Bundle", type: "batch", entry: [
        { request: { method: "GET", url: `Patient/${made.id}` } }, { request: { method: "GET", url: "Patient/nobody" } }] } });
    assert.deepEqual(batch.entry.map((e) => e.response.status), ["200", "404"]);
    const everything = await c.operation({ name: "everything", resourceType: "Patient", id: made.id, method: "GET" });
    const written = everything.entry.filter((e) => e.resource.resourceType === "Provenance");
    assert.equal(everything.entry.length - written.length, 7);
    assert.ok(written.length >= 7); // each write has its own
    await c.delete({ resourceType: "Observation", id: heart.id });
    await assert.rejects(c.read({ resourceType: "Observation", id: heart.id }), (e) => e.response.status === 410);
    await assert.rejects(c.search({ resourceType: "Patient", searchParams: { nonsense: 1 } }), (e) => {
        assert.equal(e.response.status, 400);
        assert.equal(e.response.data.resourceType, "OperationOutcome");
        assert.match(e.response.data.issue[0].diagnostics, /identifier/);
        return true;
    });
});

test("fhirclient makes, reads, changes, finds and undoes", async () => {
    const c = FHIR({ headers: {} }, {}).client({ serverUrl: site.base, tokenResponse: { access_token: token } });
    const made = await c.create(patient("smart"));
    assert.equal((await c.request(`Patient/${made.id}`)).id, made.id);
    const changed = await c.update({ ...made, active: true });
    assert.equal(changed.active, true);
    const patched = await c.patch(`Patient/${made.id}`, [{ op: "remove", path: "/active" }]);
    assert.equal(patched.active, undefined);
    for (let i = 0; i < 3; i++) await c.create(observation(`Patient/${made.id}`));
    const all = await c.request(`Observation?patient=${made.id}&_count=2`, { pageLimit: 0, flat: true });
    assert.equal(all.length, 3);
    const resolved = await c.request(`Observation?patient=${made.id}`, { resolveReferences: ["subject"], flat: true });
    assert.equal(resolved[0].subject.id, made.id);
    assert.equal((await c.request(`Patient/${made.id}/_history`)).entry.length, 3);
    const done = await c.request({ url: "", method: "POST", body: JSON.stringify(transaction()),
        headers: { "content-type": "application/json" } });
    assert.equal(done.type, "transaction-response");
    await c.delete(`Observation/${all[0].id}`);
    await assert.rejects(c.request("Patient/nobody"), (e) => e.status === 404);
});

test("@medplum/core makes, reads, changes, finds and undoes", async () => {
    const c = new MedplumClient({ baseUrl: site.base.replace(/fhir$/, ""), fhirUrlPath: "fhir", fetch, cacheTime: 0 });
    c.setAccessToken(token);
    const made = await c.createResource(patient("medplum"));
    const same = await c.createResourceIfNoneExist(patient("medplum"), "identifier=urn:yunqiao:test|T-medplum");
    assert.equal(same.id, made.id);
    assert.equal((await c.readResource("Patient", made.id)).id, made.id);
    const changed = await c.updateResource({ ...made, active: true });
    assert.equal(changed.meta.versionId, "2");
    const put = await c.upsertResource({ ...changed, gender: "female" }, "identifier=urn:yunqiao:test|T-medplum");
    assert.equal(put.gender, "female");
    const patched = await c.patchResource("Patient", made.id, [{ op: "add", path: "/active", value: false }]);
    assert.equal(patched.active, false);
    await c.createResource(observation(`Patient/${made.id}`));
    const found = await c.searchResources("Observation", { patient: made.id, _count: 5 });
    assert.equal(found.length, 1);
    assert.equal((await c.readHistory("Patient", made.id)).entry.length, 4);
    assert.equal((await c.executeBatch(transaction())).type, "transaction-response");
    await c.deleteResource("Observation", found[0].id);
    await assert.rejects(c.readResource("Patient", "nobody"), (e) => e.outcome.issue[0].code === "not-found");
});
