// The trail as FHIR: what an unmodified client gets of it passes two validators, for the privacy officer and for the person concerned.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "fhir-kit-client";
import { observation, patient, transaction } from "./bodies.mjs";
import { startSite } from "./site.mjs";
import { check } from "./validators.mjs";

let site, doctor, officer, detainee, person;
before(async () => {
    site = await startSite();
    const client = (role) => new Client({ baseUrl: site.base, bearerToken: site.token(role) });
    [doctor, officer, detainee] = ["clinic-doctor", "privacy-officer", "detainee"].map(client);
    person = await doctor.create({ resourceType: "Patient", body: patient("trail") });
    const other = await doctor.create({ resourceType: "Patient", body: patient("trail-other") });
    for (const p of [person, other])
        await doctor.create({ resourceType: "Observation", body: observation(`Patient/${p.id}`) });
    await doctor.search({ resourceType: "Observation", searchParams: { code: "8867-4" } });
    await doctor.transaction({ body: transaction() });
    await assert.rejects(doctor.update({ resourceType: "Patient", id: person.id, body: { ...person, nonsense: 1 } }));
    const headers = { authorization: `Bearer ${site.token("security-admin")}`, "content-type": "application/json" };
    const api = site.base.replace(/fhir$/, "api");
    const { accounts } = await (await fetch(`${api}/accounts?role=detainee`, { headers })).json();
    const bound = await fetch(`${api}/accounts/${accounts[0].id}/person`, { method: "POST", headers, body: JSON.stringify({ reference: `Patient/${person.id}` }) });
    assert.equal(bound.status, 204);
});
after(() => site.stop());

const all = async (client, searchParams) => {
    const found = [];
    for (let bundle = await client.search({ resourceType: "AuditEvent", searchParams }); bundle; bundle = await client.nextPage({ bundle })) {
        check(bundle);
        for (const { resource } of bundle.entry ?? []) found.push(resource);
    }
    return found;
};
const patients = (e) => (e.entity ?? []).map((x) => x.what.reference).filter((r) => r?.startsWith("Patient/") && !r.includes("_history"));

test("every row of the trail is a valid AuditEvent, paged without a gap", async () => {
    const events = await all(officer, { _count: "7", date: "lt2100" });
    for (const e of events) check(e);
    const numbers = events.map((e) => Number(e.id));
    assert.ok(numbers.length > 20);
    const first = numbers[0] - numbers.length + 1;
    assert.equal(new Set(numbers).size, numbers.length);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
    assert.equal(first, 1, "from the newest to the first row of the chain");
    const one = await officer.read({ resourceType: "AuditEvent", id: String(numbers[3]) });
    check(one);
    assert.deepEqual(one, events[3]);
    console.log(`figure interop.audit.events ${numbers.length}`);
});

test("a search names each version that it gave, and a transaction each that it made", async () => {
    const [searched] = await all(officer, { subtype: "record.search-type", patient: person.id });
    assert.equal(patients(searched).length, 2, "one row, about two people");
    assert.equal(searched.entity.filter((x) => /^Observation\/.*\/_history\/1$/.test(x.what.reference)).length, 2);
    const [done] = await all(officer, { subtype: "record.bundle" });
    const made = done.entity.map((x) => x.what.reference.split("/")[0]).sort();
    assert.deepEqual(made, ["Observation", "Patient", "Patient", "Provenance"], JSON.stringify(done.entity));
});

test("the person concerned gets valid events of the own record alone", async () => {
    const events = await all(detainee, {});
    assert.ok(events.length >= 3, "made, written about, searched");
    for (const e of events) {
        check(e);
        assert.deepEqual(patients(e), [`Patient/${person.id}`]);
        assert.equal(e.agent[0].network, undefined);
        assert.equal(e.agent[0].who.identifier, undefined);
        assert.equal(e.outcome, "0");
    }
});
