// The calendar feed as ical.js reads it: times by the feed's own VTIMEZONE, states, and a sequence that rises with each move.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import ICAL from "ical.js";
import { startSite } from "./site.mjs";

let site, admin, specialist;
const api = (token) => async (method, path, body) => {
    const r = await fetch(site.base.replace(/\/fhir$/, path), { method, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await r.text();
    assert.ok(r.ok, `${method} ${path}: ${r.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
};
before(async () => {
    site = await startSite({ whole: true });
    admin = api(site.token("scheduling-admin"));
    specialist = api(site.token("specialist"));
});
after(() => site.stop());

const read = async (path) => {
    const r = await fetch(site.base.replace(/\/fhir$/, path));
    assert.match(r.headers.get("content-type"), /^text\/calendar; charset=utf-8/);
    const calendar = new ICAL.Component(ICAL.parse(await r.text()));
    ICAL.TimezoneService.reset();
    for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone).tzid, new ICAL.Timezone(zone));
    return calendar.getAllSubcomponents("vevent").map((e) => new ICAL.Event(e));
};

test("one entry through booking, move and cancellation", async () => {
    const { path } = await specialist("POST", "/api/calendar-feed", {});
    const uids = (events) => events.map((e) => e.uid).sort();
    const before = uids(await read(path)); // the demo's own bookings
    assert.equal(new Set(before).size, before.length);
    const needs = [{ need: "specialist:ophthalmology", reference: "Practitioner/demo-wenzhiyuan" }, { need: "room:video-room" }];
    const found = (await admin("POST", "/api/agenda/find", { needs, minutes: 40, triage: "routine", from: new Date().toISOString(),
        until: new Date(Date.now() + 40 * 86_400_000).toISOString() })).proposals;
    const seats = (p) => p.seats.map(({ need, reference }) => ({ need, reference }));
    const { booking } = await admin("POST", "/api/bookings", { triage: "routine", start: found[0].start, minutes: 40, seats: seats(found[0]), ask: true });
    const uid = `${booking.id}@yunqiao.invalid`;
    assert.ok(!before.includes(uid));
    const own = async () => {
        const events = await read(path);
        assert.deepEqual(uids(events), [...before, uid].sort(), "one entry more, and none besides");
        return events.find((e) => e.uid === uid);
    };
    const asked = await own();
    assert.equal(asked.component.getFirstPropertyValue("status"), "TENTATIVE");
    assert.equal(asked.startDate.toJSDate().getTime(), Date.parse(booking.start), "the feed's own zone says when");
    assert.equal(asked.startDate.zone.tzid, "Asia/Shanghai");
    assert.equal(asked.duration.toSeconds(), 2400);
    const { booking: booked } = await specialist("POST", `/api/bookings/${booking.id}/accept`, { version: booking.version });
    const firm = await own();
    assert.equal(firm.component.getFirstPropertyValue("status"), "CONFIRMED");
    assert.equal(firm.component.getAllSubcomponents("valarm").length, 1);
    const { booking: moved } = await admin("POST", `/api/bookings/${booking.id}/move`, { version: booked.version, start: found[1].start, minutes: 40, seats: seats(found[1]) });
    const later = await own();
    assert.ok(later.sequence > firm.sequence);
    assert.equal(later.startDate.toJSDate().getTime(), Date.parse(found[1].start));
    await admin("POST", `/api/bookings/${booking.id}/cancel`, { version: moved.version, side: "clinic", reason: "need-gone" });
    const off = await own();
    assert.equal(off.component.getFirstPropertyValue("status"), "CANCELLED");
    assert.ok(off.sequence > later.sequence);
});
