// FHIR Bulk Data by a client of others, as it is: @medplum/core begins $export, waits at its Content-Location and gets the manifest; each line of
// each file is a valid resource that carries the export's mark. It is granted first, as any export is (rule 33).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MedplumClient } from "@medplum/core";
import { transaction } from "./bodies.mjs";
import { startSite } from "./site.mjs";
import { check } from "./validators.mjs";

let site, token, doctor, officer, medplum;
before(async () => {
    site = await startSite();
    token = site.token("guqinghe");
    [doctor, officer] = [await site.person("guqinghe"), await site.person("luojingan")];
    medplum = new MedplumClient({ baseUrl: site.base.replace(/fhir$/, ""), fhirUrlPath: "fhir", fetch, cacheTime: 0 });
    medplum.setAccessToken(token);
    for (let i = 0; i < 3; i++) await medplum.executeBatch(transaction());
});
after(() => site.stop());

const granted = async (more) => {
    const { id } = await doctor.post("/exports", { kind: "bulk", format: "ndjson", recipient: "archive", reason: "yearly", code: doctor.code(), ...more });
    await officer.post(`/exports/${id}`, { verdict: "grant", code: officer.code() });
    return id;
};
const wait = { pollStatusOnAccepted: true, pollStatusPeriod: 100 };
const rows = async (output) => {
    const answer = await fetch(output.url, { headers: { authorization: `Bearer ${token}`, accept: "application/fhir+ndjson" } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/fhir+ndjson");
    const lines = (await answer.text()).trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, output.count);
    return lines;
};

test("not granted, it is refused with an outcome", async () => {
    await assert.rejects(medplum.bulkExport("", undefined, undefined, { ...wait }), (e) => e.outcome.issue[0].code === "forbidden");
});

test("@medplum/core exports all patients, and every line is a valid resource with its mark", async () => {
    const id = await granted({ level: "patient" });
    const made = await medplum.bulkExport("Patient", undefined, undefined, { ...wait });
    assert.ok(made.requiresAccessToken && Date.parse(made.transactionTime) && made.request.endsWith("/Patient/$export"));
    assert.ok(made.output.some((o) => o.type === "Patient"));
    let n = 0;
    for (const output of made.output)
        for (const line of await rows(output)) {
            assert.equal(line.resourceType, output.type);
            assert.ok(line.meta.tag.some((t) => t.code === String(id) && t.display.includes("archive")));
            check(line);
            n++;
        }
    console.log(`figure interop.bulk.resources ${n}`);
    const patients = await rows(made.output.find((o) => o.type === "Patient"));
    assert.deepEqual(new Set(patients.map((p) => p.id)), new Set((await medplum.searchResources("Patient", { _count: 1000 })).map((p) => p.id)));
    const status = made.output[0].url.replace(/\/\d+$/, "");
    const ended = await fetch(status, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
    assert.equal(ended.status, 202);
    assert.equal((await fetch(status, { headers: { authorization: `Bearer ${token}` } })).status, 404);
});

test("@medplum/core exports one type of all there is, since a time", async () => {
    await granted({});
    const made = await medplum.bulkExport("", "Observation", "2001-01-01T00:00:00Z", { ...wait });
    assert.deepEqual([...new Set(made.output.map((o) => o.type))], ["Observation"]);
});
