/* Bookings, proposals, what stands in the way, and who can be booked, as our screens read them (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "desk/chart.h"
#include "desk/tentative.h"
#include "desk/visit.h"
#include "scheduler/appt_table.h"
#include "scheduler/door.h"

static void put_need(struct request *r, struct json_out *o, const char *key, const struct booking_need *need)
{
    json_put_str(o, key, booking_need_code(r->arena, need));
}

static void put_reference(struct request *r, struct json_out *o, struct str type, struct str id)
{
    json_put_text(o, "reference",
                  arena_printf(r->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)id.bytes, id.at));
}

void agenda_write_resource(struct request *r, struct json_out *o, const struct agenda_resource *e,
                           bool is_whole)
{
    json_put_text(o, "kind", agenda_kind_text(e->kind));
    put_reference(r, o, e->type, e->id);
    json_put_str(o, "name", e->name);
    json_put_str(o, "what", e->what);
    json_put_str(o, "what_words", e->what_words);
    json_put_str(o, "place", e->place);
    if (!is_whole) return;
    json_put_str(o, "role", e->role_id);
    json_put_str(o, "search", e->initials);
    json_put_str(o, "zone", e->zone_name);
    json_put_bool(o, "suspended", e->is_suspended);
    json_put_instant(o, "licence_ends", e->licence_ends);
}

static const char *const answers[] = {"not-needed", "unasked", "asked", "accepted", "refused"};

/* Who is brought: the clinic and who schedules know; a specialist learns it by the grant, not here. */
static enum err put_patient(struct request *r, struct agenda_job *job, struct json_out *o,
                            const struct booking *b, uint8_t seat)
{
    struct chart_item item;
    struct str id = b->references[seat];
    bool knows = agenda_knows(r, RULE_FIND, false);
    (void)str_cut(&id, '/');
    if (!knows) return OK;
    json_put_str(o, "reference", b->references[seat]);
    enum err err = chart_one(job->s.tx, &job->s.server, "Patient", id, &item);
    if (!err) json_put_str(o, "name", chart_text(&job->s.server, &item, 0, "name.text"));
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err put_seat(struct request *r, struct agenda_job *job, struct json_out *o,
                         const struct booking *b, uint8_t i)
{
    const struct appt_seat *seat = &b->appt.seats[i];
    const struct booking_need *need = &b->needs[seat->role];
    bool knows_field = agenda_knows(r, RULE_SEE_FIELD, agenda_is_own(&job->s, b));
    enum err err = OK;
    json_open(o, NULL);
    put_need(r, o, "need", knows_field ? need : &(struct booking_need){need->kind, {"", 0}});
    json_put_text(o, "answer", answers[seat->answer]);
    json_put_bool(o, "own", job->s.practitioner && seat->resource.n == (uint64_t)job->s.practitioner);
    if (need->kind == AGENDA_PATIENT) {
        err = put_patient(r, job, o, b, i);
    } else {
        const struct agenda_resource *e = agenda_find(job->s.view, (int64_t)seat->resource.n, need->kind);
        json_put_str(o, "reference", b->references[i]);
        json_put_str(o, "name", e ? e->name : b->names[i]);
        json_put_str(o, "place", e ? e->place : (struct str){"", 0});
        json_put_str(o, "what_words", e && knows_field ? e->what_words : (struct str){"", 0});
    }
    json_close(o);
    return err;
}

enum err agenda_write_booking(struct request *r, struct agenda_job *job, struct json_out *o, const char *key,
                              const struct booking *b)
{
    const struct appt *a = &b->appt;
    enum err err = OK;
    json_open(o, key);
    json_put_str(o, "id", b->head.id);
    json_put_int(o, "version", a->version);
    json_put_text(o, "state", appt_state_text(a->state));
    if (agenda_knows(r, RULE_SEE_TRIAGE, agenda_is_own(&job->s, b)))
        json_put_text(o, "triage", triage_text(a->triage));
    json_put_instant(o, "start", a->span.from);
    json_put_instant(o, "end", a->span.until);
    json_put_instant(o, "until", a->until);
    json_put_int(o, "moved", a->moved);
    json_put_bool(o, "own", agenda_is_own(&job->s, b));
    if (a->side) json_put_text(o, "side", appt_side_text(a->side));
    if (a->reason && agenda_shows_reason(r, a->reason))
        json_put_text(o, "reason", appt_reason_text(a->reason));
    struct str room = {0};
    if (agenda_is_own(&job->s, b)) err = schedule_room_of(&job->s, b->head.row, &room);
    if (room.bytes) {
        struct span times = door_times(a->span);
        struct str visit = {"", 0};
        err = visit_id_of_room(job->s.tx, r->arena, room, &visit);
        json_put_str(o, "visit", visit);
        json_put_str(o, "room", room);
        json_put_instant(o, "opens", times.from);
        json_put_instant(o, "closes", times.until);
    }
    json_open_array(o, "seats");
    for (uint8_t i = 0; i < a->seat_count && !err; i++)
        err = put_seat(r, job, o, b, i);
    json_close_array(o);
    bool shows_times =
        a->state == APPT_PENDING && agenda_knows(r, RULE_SEE_PEOPLE, agenda_is_own(&job->s, b));
    if (!err && shows_times) err = tentative_list(job->s.tx, &job->s.server, b, o);
    json_close(o);
    return err;
}

enum err agenda_write_displaced(struct request *r, struct agenda_job *job, struct json_out *o,
                                const struct str *ids, uint32_t n)
{
    struct booking *b = arena_zalloc(r->arena, sizeof *b);
    int64_t engagements = 0;
    enum err err = b ? OK : ERR_NOMEM;
    json_open_array(o, "displaced");
    for (uint32_t i = 0; i < n && !err; i++) {
        engagements += ids[i].bytes == 0;
        if (ids[i].bytes == 0) continue;
        err = booking_read(job->s.tx, &job->s.server, ids[i], b);
        if (!err) err = agenda_write_booking(r, job, o, NULL, b);
    }
    json_close_array(o);
    json_put_int(o, "engagements", engagements);
    return err;
}

static const char *const whys[] = {"first", "waits", "late", "strangers", "loaded", "penalized", "equal"};

void agenda_write_proposal(struct request *r, struct json_out *o, const struct seek_found *found,
                           const struct seek_proposal *p, const char *key)
{
    json_open(o, key);
    json_put_instant(o, "start", p->span.from);
    json_put_instant(o, "end", p->span.until);
    json_put_int(o, "wait_min", p->wait_min);
    json_put_int(o, "late_min", p->late_min);
    json_put_int(o, "strangers", p->stranger_count);
    json_put_int(o, "load_min", (int64_t)p->load_min);
    json_put_text(o, "why", whys[p->why]);
    json_open_array(o, "seats");
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct seek_seat *seat = &p->seats[i];
        if (!seat->who) continue;
        json_open(o, NULL);
        put_need(r, o, "need", &found->asked->needs[seat->need].need);
        put_reference(r, o, seat->who->type, seat->who->id);
        if (seat->is_known) json_put_bool(o, "known", true);
        json_put_str(o, "name", seat->who->name);
        json_put_str(o, "place", seat->who->place);
        json_put_str(o, "what_words", seat->who->what_words);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
}

static void put_change(struct request *r, struct json_out *o, const struct seek_ask *asked,
                       const struct joint_change *c)
{
    json_open(o, NULL);
    json_put_instant(o, "start", grid_instant(&asked->grid, c->start));
    if (c->extend_days) json_put_int(o, "extend_days", c->extend_days);
    if (c->shorter_steps) json_put_int(o, "shorter_min", c->shorter_steps * GRID_STEP_MIN);
    if (c->drop_role >= 0) put_need(r, o, "drop", &asked->needs[c->drop_role].need);
    if (c->other_role >= 0) {
        const struct agenda_resource *e = asked->who[c->other_resource];
        put_need(r, o, "other", &asked->needs[c->other_role].need);
        if (e) put_reference(r, o, e->type, e->id);
        if (e) json_put_str(o, "name", e->name);
    }
    json_close(o);
}

static void put_block(struct request *r, struct json_out *o, const struct seek_found *found)
{
    static const char *const states[] = {"can", "nobody", "no-time", "too-few"};
    const struct seek_ask *asked = found->asked;
    json_open(o, "block");
    json_put_bool(o, "twice", found->block.is_twice);
    json_open_array(o, "needs");
    for (uint8_t i = 0; i < asked->need_count; i++) {
        const struct joint_obstacle *ob = &found->block.roles[i];
        json_open(o, NULL);
        put_need(r, o, "need", &asked->needs[i].need);
        json_put_text(o, "state", states[ob->state]);
        json_put_int(o, "most", ob->most);
        json_put_bool(o, "alone", ob->is_alone);
        json_open_array(o, "against");
        for (uint8_t k = 0; k < asked->need_count; k++)
            if (ob->against >> k & 1) put_need(r, o, NULL, &asked->needs[k].need);
        json_close_array(o);
        json_close(o);
    }
    json_close_array(o);
    json_open_array(o, "changes");
    for (uint8_t i = 0; i < found->block.change_count; i++)
        put_change(r, o, asked, &found->block.changes[i]);
    json_close_array(o);
    json_close(o);
}

void agenda_write_found(struct request *r, struct json_out *o, const struct seek_found *found)
{
    json_open_array(o, "proposals");
    for (uint32_t i = 0; i < found->count; i++)
        agenda_write_proposal(r, o, found, &found->at[i], NULL);
    json_close_array(o);
    if (found->is_blocked) put_block(r, o, found);
}
