#include "desk/waiting.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/schedule_own.h"
#include "records/number.h"
#include "records/search.h"
#include "scheduler/waitlist.h"

enum { MINUTES = 40, OFFER_TRIES = 8 };

/* -- what it needs -- */

static struct seek_need *need_new(struct seek *k, struct booking_need need, int64_t named)
{
    for (uint8_t i = 0; i < k->need_count; i++) {
        struct seek_need *had = &k->needs[i];
        if (had->need.kind != need.kind || !str_is(had->need.what, need.what)) continue;
        if (named && !had->named) return had->named = named, had;
        if (named && had->named == named) return had;
        if (!named) return had;
    }
    if (k->need_count == SEEK_NEEDS_MAX) return NULL;
    struct seek_need *n = &k->needs[k->need_count++];
    *n = (struct seek_need){.need = need, .count = 1, .named = named};
    return n;
}

static void read_extensions(struct schedule *s, const struct chart_item *item, struct seek *to)
{
    uint32_t all = tape_get(&item->tape, 0, STR("extension"));
    if (all == TAPE_NONE) return;
    for (uint32_t i = all + 1; i < item->tape.nodes[all].end; i = item->tape.nodes[i].end) {
        struct booking_need need;
        uint64_t minutes;
        uint32_t url = tape_get(&item->tape, i, STR("url"));
        if (url == TAPE_NONE) continue;
        if (tape_is_text(&item->tape, url, WAITING_NEED) &&
            booking_need_from(s->server.arena, chart_text(&s->server, item, i, "valueCode"), &need) &&
            need.kind != AGENDA_PATIENT)
            (void)need_new(to, need, 0);
        if (tape_is_text(&item->tape, url, WAITING_MINUTES) &&
            str_to_u64(chart_text(&s->server, item, i, "valueUnsignedInt"), &minutes) && minutes >= 5 &&
            minutes <= 480)
            to->minutes = (uint16_t)minutes;
    }
}

static void read_performers(struct schedule *s, const struct chart_item *item, struct seek *to)
{
    uint32_t all = tape_get(&item->tape, 0, STR("performer"));
    if (all == TAPE_NONE) return;
    for (uint32_t i = all + 1; i < item->tape.nodes[all].end; i = item->tape.nodes[i].end) {
        struct str ref = chart_text(&s->server, item, i, "reference");
        const struct agenda_resource *who = agenda_find_reference(s->view, ref, AGENDA_SPECIALIST);
        if (who) (void)need_new(to, (struct booking_need){who->kind, who->what}, who->row);
    }
}

static void add_usual(struct schedule *s, const struct chart_item *item, struct seek *to)
{
    bool kinds[AGENDA_KINDS] = {false};
    struct str none = {"", 0};
    for (uint8_t i = 0; i < to->need_count; i++)
        kinds[to->needs[i].need.kind] = true;
    const struct agenda_resource *doctor =
        agenda_find_reference(s->view, chart_text(&s->server, item, 0, "requester.reference"), AGENDA_DOCTOR);
    if (!kinds[AGENDA_DOCTOR])
        (void)need_new(to, (struct booking_need){AGENDA_DOCTOR, none}, doctor ? doctor->row : 0);
    if (!kinds[AGENDA_ROOM]) (void)need_new(to, (struct booking_need){AGENDA_ROOM, STR("video-room")}, 0);
    if (!kinds[AGENDA_ESCORT]) (void)need_new(to, (struct booking_need){AGENDA_ESCORT, none}, 0);
}

static const char *const codes[TRIAGES] = {"stat", "asap", "urgent", "routine"};

const char *waiting_priority(enum triage triage)
{
    return codes[triage];
}

enum triage waiting_triage_of(struct str priority)
{
    for (int i = 0; i < TRIAGES; i++)
        if (str_is_text(priority, codes[i])) return (enum triage)i;
    return TRIAGE_ROUTINE;
}

/* The appointment that is on its way for it, if any: its id, and until when it is held. */
static enum err find_offer(struct schedule *s, struct waiting *w)
{
    struct stmt *q;
    bool row;
    uint16_t type = fhir_resource_of(STR("Appointment"));
    enum err err =
        db_stmt(s->tx->db,
                "SELECT r.id, ifnull(d.at, 0), d.holder IS NOT NULL FROM record_link l"
                " JOIN record r ON r.row = l.record LEFT JOIN booking_due d ON d.appointment = r.row"
                " WHERE l.target = ?1 AND l.param = ?2 AND r.is_deleted = 0 AND"
                " (d.appointment IS NOT NULL OR EXISTS"
                " (SELECT 1 FROM claim c WHERE c.appointment = r.row)) LIMIT 1",
                &q);
    if (err) return err;
    stmt_int(q, 1, w->head.row);
    stmt_int(q, 2, number_of_param(fhir_param_of(type, STR("based-on"))));
    err = stmt_step(q, &row);
    if (!err && row) {
        struct str id = stmt_get_str(q, 0);
        w->offer = (struct str){arena_text(s->server.arena, id.at, id.bytes), id.bytes};
        if (stmt_get_int(q, 2)) w->offered_until.ms = stmt_get_int(q, 1);
        if (!w->offer.at) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

static enum err read_one(struct schedule *s, const struct chart_item *item, struct waiting *w)
{
    static const int64_t days[TRIAGES] = {1, 3, 10, 30};
    struct record_head patient;
    struct str id = chart_text(&s->server, item, 0, "subject.reference"), ref = id, type = str_cut(&id, '/');
    *w = (struct waiting){.head = item->head, .patient_reference = ref};
    if (!str_is_text(type, "Patient")) return ERR_NOT_FOUND;
    enum err err = record_head_find(s->tx, s->server.arena, fhir_resource_of(type), id, &patient);
    if (err) return err;
    w->since = chart_instant(&s->server, chart_text(&s->server, item, 0, "authoredOn"));
    if (w->since.ms == 0) w->since = item->head.updated;
    w->earliest = chart_instant(&s->server, chart_text(&s->server, item, 0, "occurrencePeriod.start"));
    w->triage = waiting_triage_of(chart_text(&s->server, item, 0, "priority"));
    w->aged = triage_aged(&triage_default, w->triage, w->since, s->tx->now);
    w->target = triage_target(&triage_default, w->triage, w->since);
    w->seek = (struct seek){.patient = patient.row,
                            .minutes = MINUTES,
                            .since = w->since,
                            .triage = w->triage,
                            .from = instant_add(s->tx->now, 10 * MINUTE_MS)};
    if (w->earliest.ms > w->seek.from.ms) w->seek.from = w->earliest;
    w->seek.until = instant_add(w->seek.from, days[w->triage] * DAY_MS);
    read_extensions(s, item, &w->seek);
    read_performers(s, item, &w->seek);
    add_usual(s, item, &w->seek);
    char *own =
        arena_printf(s->server.arena, "ServiceRequest/%.*s", (int)item->head.id.bytes, item->head.id.at);
    if (!own) return ERR_NOMEM;
    w->reference = str_of(own);
    return find_offer(s, w);
}

static bool is_consultation(struct schedule *s, const struct chart_item *item)
{
    return str_is_text(chart_text(&s->server, item, 0, "category.coding.code"), "consultation");
}

enum err waiting_one(struct schedule *s, struct str id, struct waiting *ret)
{
    struct chart_item item;
    enum err err = chart_one(s->tx, &s->server, "ServiceRequest", id, &item);
    if (!err && !is_consultation(s, &item)) err = ERR_NOT_FOUND;
    return err ? err : read_one(s, &item, ret);
}

/* -- all of them -- */

static void sort(struct schedule *s, struct waiting *at, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) { /* few, and nearly sorted already */
        struct waiting w = at[i];
        struct triage_rank rank =
            triage_rank(&triage_default, w.triage, w.since, s->tx->now, (uint64_t)w.head.row);
        uint32_t k = i;
        for (; k > 0; k--) {
            struct triage_rank before = triage_rank(&triage_default, at[k - 1].triage, at[k - 1].since,
                                                    s->tx->now, (uint64_t)at[k - 1].head.row);
            if (!triage_is_before(&rank, &before)) break;
            at[k] = at[k - 1];
        }
        at[k] = w;
    }
}

enum err waiting_list(struct schedule *s, struct waiting **ret, uint32_t *ret_n, bool *ret_is_cut)
{
    int64_t rows[WAITING_MAX + 1];
    struct record_fault fault = {0};
    uint32_t n = 0, kept = 0;
    uint16_t type = fhir_resource_of(STR("ServiceRequest"));
    struct waiting *at = arena_zalloc(s->server.arena, WAITING_MAX * sizeof *at);
    if (!at) return ERR_NOMEM;
    enum err err =
        search_rows(s->tx, &s->server, type, STR("status=active&category=consultation&_sort=_lastUpdated"),
                    rows, WAITING_MAX + 1, &n, &fault);
    if (!err && fault.status) return ERR_BAD_INPUT;
    *ret_is_cut = n > WAITING_MAX;
    for (uint32_t i = 0; i < n && i < WAITING_MAX && !err; i++) {
        struct chart_item item;
        struct tape_fault where;
        struct str body;
        err = record_head_at(s->tx, s->server.arena, rows[i], &item.head);
        if (!err) err = record_body(s->tx, &s->server, &item.head, &body);
        if (!err) err = tape_read(s->server.arena, body, RECORD_NODES_MAX, &item.tape, &where);
        if (!err) err = read_one(s, &item, &at[kept]);
        if (err == ERR_NOT_FOUND)
            err = OK;
        else if (!err && (at[kept].offer.bytes == 0 || at[kept].offered_until.ms))
            kept++;
    }
    if (err) return err;
    sort(s, at, kept);
    *ret = at, *ret_n = kept;
    return OK;
}

/* -- freed time -- */

struct offering {
    struct schedule *s;
    struct waiting *at;
    struct waitlist_entry *entries;
    struct seek_found found;
    enum err err;
};

/* What waitlist_pick asks: does this meeting fit in there? */
static bool fits(void *arg, const struct waitlist_entry *e, struct span freed, struct joint_proposal *ret)
{
    struct offering *o = arg;
    struct seek seek = o->at[e - o->entries].seek;
    struct seek_found found;
    seek.from = freed.from.ms > seek.from.ms ? freed.from : seek.from;
    seek.until = freed.until;
    seek.proposals_max = 1;
    (void)ret; /* ours says more */
    if (o->err || seek.from.ms >= seek.until.ms) return false;
    o->err = seek_run(o->s->tx, &o->s->server, o->s->view, o->s->joint, &seek, &found);
    if (o->err || found.count == 0) return false;
    o->found = found;
    return true;
}

static enum err offer(struct schedule *s, const struct waiting *w, const struct seek_proposal *p)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    struct schedule_start *start = arena_zalloc(s->server.arena, sizeof *start);
    if (!answer || !start) return ERR_NOMEM;
    *start = (struct schedule_start){
        .patient = w->seek.patient,
        .request = w->head.row,
        .triage = w->triage,
        .span = {p->span.from, instant_add(p->span.from, w->seek.minutes * MINUTE_MS)},
        .is_offer = true};
    for (uint8_t i = 0; i < p->seat_count; i++)
        if (p->seats[i].who)
            start->seats[start->seat_count++] =
                (struct schedule_seat){w->seek.needs[p->seats[i].need].need, p->seats[i].resource};
    enum err err = schedule_start(s, start, answer);
    if (!err && answer->refusal == SCHEDULE_TAKEN) return ERR_EXISTS;
    if (err || answer->refusal != SCHEDULE_DONE) return err;
    return schedule_tell(s, NULL, "scheduling-admin", "waiting_offer",
                         arena_printf(s->server.arena, "{\"booking\":\"%.*s\",\"request\":\"%.*s\"}",
                                      (int)answer->booking.head.id.bytes, answer->booking.head.id.at,
                                      (int)w->head.id.bytes, w->head.id.at));
}

enum err schedule_offer(struct schedule *s, struct span freed)
{
    uint32_t n = 0, picked;
    bool is_cut;
    struct joint_proposal unused;
    struct offering o = {.s = s};
    if (freed.until.ms <= s->tx->now.ms + 10 * MINUTE_MS) return OK;
    enum err err = waiting_list(s, &o.at, &n, &is_cut);
    if (err || n == 0) return err;
    o.entries = arena_zalloc(s->server.arena, n * sizeof *o.entries);
    if (!o.entries) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        o.entries[i] = (struct waitlist_entry){.request = {(uint64_t)o.at[i].head.row},
                                               .triage = o.at[i].triage,
                                               .since = o.at[i].since,
                                               .earliest = o.at[i].earliest,
                                               .offered_until = o.at[i].offered_until,
                                               .duration_min = o.at[i].seek.minutes};
    bool is_picked = waitlist_pick(&triage_default, o.entries, n, freed, s->tx->now, OFFER_TRIES, fits, &o,
                                   &picked, &unused);
    if (o.err || !is_picked) return o.err;
    return offer(s, &o.at[picked], &o.found.at[0]);
}

/* -- another class -- */

static void put_change(struct json_out *o, const char *key, struct schedule *s, struct str from,
                       enum triage to, struct str why)
{
    char at[INSTANT_TEXT_BYTES];
    instant_text(s->tx->now, at);
    json_open(o, key);
    json_open_array(o, "extension");
    chart_put_part(o, "from", "valueCode", from.bytes ? from : str_of(codes[TRIAGE_ROUTINE]));
    chart_put_part(o, "to", "valueCode", str_of(codes[to]));
    chart_put_part(o, "at", "valueInstant", str_of(at));
    chart_put_part(o, "by", "valueString", s->account);
    chart_put_part(o, "why", "valueString", why);
    json_close_array(o);
    json_put_text(o, "url", WAITING_TRIAGE);
    json_close(o);
}

enum err waiting_retriage(struct schedule *s, struct str id, enum triage to, struct str why)
{
    enum { PATCH_MAX = 16 * 1024 };
    struct chart_item item;
    struct buf patch;
    struct json_out o;
    struct str steps;
    enum err err = chart_one(s->tx, &s->server, "ServiceRequest", id, &item);
    if (err) return err;
    if (!str_is_text(chart_text(&s->server, &item, 0, "status"), "active")) return ERR_DENIED;
    bool has_extensions = tape_get(&item.tape, 0, STR("extension")) != TAPE_NONE;
    buf_init(&patch, PATCH_MAX);
    json_out_init(&o, &patch);
    json_open_array(&o, NULL);
    chart_put_step(&o, "add", "/priority");
    json_put_text(&o, "value", codes[to]);
    json_close(&o);
    chart_put_step(&o, "add", has_extensions ? "/extension/-" : "/extension");
    if (!has_extensions) json_open_array(&o, "value");
    put_change(&o, has_extensions ? "value" : NULL, s, chart_text(&s->server, &item, 0, "priority"), to, why);
    if (!has_extensions) json_close_array(&o);
    json_close(&o);
    json_close_array(&o);
    err = chart_take(&s->server, &patch, &steps);
    if (!err) err = chart_write_steps(s->tx, &s->server, &item.head, item.head.version, steps, NULL, NULL);
    return err ? err : schedule_tell(s, NULL, "scheduling-admin", "waiting_changed", "{}");
}
