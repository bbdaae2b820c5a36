// IHE ITI Scheduling by an unmodified client: $find, $hold, $book over the demo's whole site.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "fhir-kit-client";
import { startSite } from "./site.mjs";
import { check } from "./validators.mjs";

let site, admin, doctor;
before(async () => {
    site = await startSite({ whole: true });
    admin = new Client({ baseUrl: site.base, bearerToken: site.token("scheduling-admin") });
    doctor = new Client({ baseUrl: site.base, bearerToken: site.token("clinic-doctor") });
});
after(() => site.stop());

const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString();
const specialty = (code) => ({ name: "specialty", valueCodeableConcept: { coding: [{ system: "urn:yunqiao:department", code }] } });
const parameters = (...parameter) => ({ resourceType: "Parameters", parameter });
const operate = (client, name, input) => client.operation({ name, resourceType: "Appointment", method: "POST", input });
const find = (...more) => operate(admin, "$find", parameters({ name: "start", valueDateTime: day(0) }, { name: "end", valueDateTime: day(14) },
    { name: "patient-reference", valueReference: { reference: "Patient/demo-p001" } }, specialty("ophthalmology"), specialty("neurosurgery"),
    { name: "need", valueCode: "device:exam-camera" }, ...more));
const refused = async (promise, status, code) => assert.rejects(promise, (e) => {
    assert.equal(e.response.status, status, JSON.stringify(e.response.data));
    if (code) assert.match(JSON.stringify(e.response.data), new RegExp(code));
    return true;
});

test("the operations are told in the CapabilityStatement", async () => {
    const { rest: [{ resource }] } = await admin.capabilityStatement();
    const { operation } = resource.find((r) => r.type === "Appointment");
    for (const name of ["find", "hold", "book"])
        assert.ok(operation.some((o) => o.name === name && o.definition.endsWith(`/appointment-${name}`)), name);
});

test("two specialties, room, camera, escort and patient are found, held and booked", async () => {
    const found = await find({ name: "_count", valueInteger: 5 });
    check(found);
    assert.equal(found.type, "searchset");
    assert.equal(found.total, found.entry.length);
    assert.ok(found.total >= 1 && found.total <= 5);
    const [{ resource: proposed }] = found.entry;
    assert.equal(proposed.status, "proposed");
    const kinds = proposed.participant.map((p) => p.type[0].coding[0].code).sort();
    assert.deepEqual(kinds, ["clinic-doctor", "device:exam-camera", "escort", "patient", "room:video-room",
        "specialist:neurosurgery", "specialist:ophthalmology"]);
    const held = await operate(admin, "$hold", parameters({ name: "appt-resource", resource: proposed }));
    assert.equal(held.status, "pending");
    await refused(operate(admin, "$hold", parameters({ name: "appt-resource", resource: proposed })), 409, "booking_taken");
    const again = await find();
    for (const { resource } of again.entry ?? [])
        assert.ok(!(resource.start === proposed.start && resource.participant.some((p) => p.actor.reference === proposed.participant[0].actor.reference)),
            "what is held is not proposed again");
    const asked = await operate(admin, "$book", parameters({ name: "appt-id", valueId: held.id }));
    check(asked);
    const [{ resource: pending }] = asked.entry;
    assert.equal(pending.id, held.id);
    assert.equal(pending.status, "pending");
    const stored = await doctor.read({ resourceType: "Appointment", id: held.id });
    check(stored);
    assert.equal(stored.start, proposed.start);
    assert.equal((await doctor.history({ resourceType: "Appointment", id: held.id })).entry.length, 2);
});

test("no client takes time that is taken, whatever way it comes", async () => {
    const { entry: [{ resource: proposed }] } = await find();
    const body = { ...proposed, status: "booked", participant: proposed.participant.map((p) => ({ ...p, status: "accepted" })) };
    const made = await admin.create({ resourceType: "Appointment", body });
    await refused(admin.create({ resourceType: "Appointment", body }), 409);
    await refused(operate(admin, "$hold", parameters({ name: "appt-resource", resource: proposed })), 409);
    await admin.delete({ resourceType: "Appointment", id: made.id }).catch(() => {});
});

test("what the server leads is not written over, and what is cancelled is free again", async () => {
    const { entry: [{ resource: proposed }] } = await find();
    const { entry: [{ resource: booked }] } = await operate(admin, "$book", parameters({ name: "appt-resource", resource: proposed }));
    const whole = await doctor.read({ resourceType: "Appointment", id: booked.id });
    await refused(doctor.update({ resourceType: "Appointment", id: booked.id, body: { ...whole, status: "fulfilled" } }), 409);
    const { entry: [{ resource: over }] } = await operate(admin, "$book",
        parameters({ name: "appt-id", valueId: booked.id }, { name: "appt-resource", resource: { ...proposed, id: booked.id, status: "cancelled" } }));
    assert.equal(over.status, "cancelled");
    const held = await operate(admin, "$hold", parameters({ name: "appt-resource", resource: proposed }));
    assert.equal(held.start, proposed.start);
});

test("what cannot be meant is said", async () => {
    await refused(operate(admin, "$find", parameters({ name: "end", valueDateTime: day(1) })), 400, "start");
    await refused(operate(admin, "$find", { resourceType: "Patient" }), 400);
    await refused(operate(admin, "$hold", parameters()), 400, "appt-resource");
    await refused(operate(admin, "$book", parameters({ name: "appt-id", valueId: "nobody" })), 404);
    const specialist = new Client({ baseUrl: site.base, bearerToken: site.token("specialist") });
    await refused(operate(specialist, "$find", parameters()), 403);
});

test("free time is read as Schedule and Slot, computed as it is now, and by nobody whom it does not concern", async () => {
    const of = (actor) => ({ resourceType: "Schedule", searchParams: { identifier: `urn:yunqiao:hours|${actor}` } });
    const all = await admin.search(of(""));
    check(all);
    assert.ok(all.total > 300, `${all.total} can be booked`);
    const own = await admin.search(of("Practitioner/demo-wenzhiyuan"));
    assert.equal(own.total, 1);
    const [{ resource: schedule }] = own.entry;
    const read = await admin.read({ resourceType: "Schedule", id: schedule.id });
    check(read);
    assert.deepEqual({ ...read, planningHorizon: 0 }, { ...schedule, planningHorizon: 0 });
    const slots = (client, status, more = {}) => client.search({ resourceType: "Slot", searchParams: { schedule: `Schedule/${schedule.id}`, status, start: [`ge${day(1)}`, `lt${day(15)}`], ...more } });
    const free = await slots(admin, "free");
    check(free);
    assert.ok(free.total > 3 && free.entry.every(({ resource: r }) => r.status === "free" && r.start < r.end && r.schedule.reference === `Schedule/${schedule.id}`));
    assert.equal((await slots(admin, "free", { _count: 2 })).entry.length, 2);
    /* a booking takes its place out of them, and shows as taken, without by what */
    const [{ resource: proposed }] = (await operate(admin, "$find", parameters({ name: "start", valueDateTime: day(1) }, { name: "end", valueDateTime: day(14) },
        specialty("ophthalmology"), { name: "practitioner", valueReference: { reference: "Practitioner/demo-wenzhiyuan" } }))).entry;
    const inside = (list) => list.entry.filter(({ resource: r }) => Date.parse(r.start) <= Date.parse(proposed.start) && Date.parse(r.end) >= Date.parse(proposed.end)).length;
    assert.equal(inside(free), 1);
    const busyBefore = (await slots(admin, "busy")).total;
    await operate(admin, "$hold", parameters({ name: "appt-resource", resource: proposed }));
    assert.equal(inside(await slots(admin, "free")), 0);
    const busy = await slots(admin, "busy");
    check(busy);
    assert.equal(busy.total, busyBefore + 1);
    assert.equal(inside(busy), 1);
    assert.doesNotMatch(JSON.stringify(busy), /Appointment|Patient/);
    await refused(admin.search({ resourceType: "Slot", searchParams: { schedule: `Schedule/${schedule.id}`, "slot-type": "x" } }), 400, "slot-type");
    await refused(admin.search({ resourceType: "Slot", searchParams: { schedule: `Schedule/${schedule.id}`, start: [`ge${day(0)}`, `lt${day(60)}`] } }), 400);
    /* the specialist sees the own; custody sees what is not there */
    const specialist = new Client({ baseUrl: site.base, bearerToken: site.token("wenzhiyuan") });
    assert.equal((await specialist.search(of(""))).total, 1);
    assert.ok((await slots(specialist, "free")).total > 0);
    const other = new Client({ baseUrl: site.base, bearerToken: site.token("peiyan") });
    assert.equal((await slots(other, "free")).entry, undefined);
    await refused(other.read({ resourceType: "Schedule", id: schedule.id }), 404);
    const guard = new Client({ baseUrl: site.base, bearerToken: site.token("guard") });
    await refused(guard.read({ resourceType: "Schedule", id: schedule.id }), 404);
});
