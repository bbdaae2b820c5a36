#include "desk/seek.h"
#include "records/index_values.h"
#include "records/number.h"
#include <string.h>

enum { KNOWN_MAX = 2000, CLAIMS_MAX = 4096, BEYOND_DAYS = 14, AROUND_DAYS = 31 };

/* -- who has been with this patient before: continuity -- */

struct known {
    int64_t *rows;
    uint32_t count;
};

static bool is_known(const struct known *k, int64_t row)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->rows[i] == row) return true;
    return false;
}

/* Whom a record that names the patient names beside. */
static enum err add_known(struct tx *tx, int64_t record, int64_t param, int64_t patient, struct buf *whole,
                          struct known *to)
{
    struct index_entry e;
    uint64_t words;
    enum err err = index_values_read(tx, record, whole);
    for (struct str rest = index_values_begin(buf_str(whole), &words); !err && index_values_next(&rest, &e);)
        if (e.table == INDEX_LINK && e.param == param && e.n[0] != patient && to->count < KNOWN_MAX &&
            !is_known(to, e.n[0]))
            to->rows[to->count++] = e.n[0];
    return err;
}

/* The head tells of a patient's own (records/index_place). */
static enum err known_by(struct tx *tx, int64_t patient, uint16_t type, int64_t named_by, int64_t beside,
                         struct buf *whole, struct known *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT record FROM record_link WHERE target = ?1 AND param = ?2"
                           " UNION SELECT row FROM record WHERE patient = ?1 AND patient <> 0 AND type = ?3"
                           " ORDER BY 1 DESC LIMIT 1000",
                           &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    stmt_int(s, 2, named_by);
    stmt_int(s, 3, number_of_type(type));
    while (!(err = stmt_step(s, &row)) && row && to->count < KNOWN_MAX)
        if ((err = add_known(tx, stmt_get_int(s, 0), beside, patient, whole, to))) break;
    stmt_done(s);
    return err;
}

static enum err known_of(struct tx *tx, struct record_reader *server, int64_t patient, struct known *ret)
{
    static const char *const params[][3] = {{"Appointment", "actor", "actor"},
                                            {"Encounter", "patient", "participant"}};
    struct buf whole;
    enum err err = OK;
    *ret = (struct known){arena_zalloc(server->arena, KNOWN_MAX * sizeof *ret->rows), 0};
    if (!ret->rows) return ERR_NOMEM;
    buf_init(&whole, RECORD_BODY_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(params) && patient && !err; i++) {
        uint16_t type = fhir_resource_of(str_of(params[i][0]));
        err = known_by(tx, patient, type, number_of_param(fhir_param_of(type, str_of(params[i][1]))),
                       number_of_param(fhir_param_of(type, str_of(params[i][2]))), &whole, ret);
    }
    buf_done(&whole);
    return err;
}

/* -- building an ask -- */

struct building {
    struct tx *tx;
    struct record_reader *server;
    const struct agenda_view *view;
    const struct seek *seek;
    struct seek_ask *to;
    struct joint_resource *resources;
    struct joint_role *roles;
    struct known known;
    int64_t room; /* only this room, and devices that stand in it; 0: any */
    struct str room_id;
    bool bare;
    struct claim *scratch; /* CLAIMS_MAX, for one resource */
    struct claim *claims;
    uint32_t claim_count, claim_room;
};

/* Claims hold a booking's own rest, and were widened by that of the next: no more of it is wanted, and none of it counts as work. */
static void take_rest_in(struct roster *r)
{
    r->rest_min = (uint16_t)(2 * (r->before_min + r->after_min));
    r->before_min = r->after_min = 0;
}

/* Rest lies in the claims of others already; ours is added on the far side. */
static enum err free_of(struct building *b, const struct roster *hours, int64_t row, uint64_t *bits,
                        uint32_t *ret_load)
{
    struct roster r = *hours;
    struct claim *claims = b->scratch;
    uint32_t n = 0, kept = 0;
    struct instant until = grid_instant(&b->to->grid, b->to->grid.steps);
    enum err err = claim_of(b->tx, row, instant_add(b->to->grid.origin, -DAY_MS), instant_add(until, DAY_MS),
                            claims, CLAIMS_MAX, &n);
    struct span *spans = err ? NULL : arena_zalloc(b->server->arena, (n + 1) * sizeof *spans);
    if (err || !spans) return err ? err : ERR_NOMEM;
    *ret_load = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (claims[i].appointment == b->seek->except) continue;
        *ret_load += (uint32_t)((claims[i].until.ms - claims[i].from.ms) / MINUTE_MS);
        if (b->bare && b->claim_count < b->claim_room) b->claims[b->claim_count++] = claims[i];
        spans[kept++] = (struct span){instant_add(claims[i].from, -(int64_t)r.after_min * MINUTE_MS),
                                      instant_add(claims[i].until, r.before_min * MINUTE_MS)};
    }
    take_rest_in(&r);
    r.bookings = spans;
    r.booking_count = b->bare ? 0 : kept;
    ASSERT(b->bare || !b->seek->any_hour);
    if (b->seek->any_hour)
        bits_fill(bits, b->to->grid.steps);
    else
        roster_free(&r, &b->to->grid, b->tx->now, b->seek->minutes, bits);
    return OK;
}

/* Nothing is begun that the licence does not last to the end of. */
static void stop_at_licence(const struct grid *grid, const struct agenda_resource *who, uint64_t *bits)
{
    if (who->licence_ends.ms == 0) return;
    int64_t last = grid_floor(grid, who->licence_ends);
    if (last < grid->steps) bits_clear_span(bits, last < 0 ? 0 : (uint32_t)last, grid->steps);
}

/* The place of the row among the resources, which it is put among when it is not there. */
static enum err place_of(struct building *b, const struct agenda_resource *who, int64_t row, uint16_t *ret)
{
    struct joint_ask *ask = &b->to->ask;
    for (uint16_t i = 0; i < ask->resource_count; i++)
        if (b->resources[i].id.n == (uint64_t)row) return *ret = i, OK;
    if (ask->resource_count == JOINT_RESOURCES_MAX) return ERR_LIMIT;
    uint64_t *bits = arena_zalloc(b->server->arena, grid_words(b->to->grid.steps) * sizeof *bits);
    if (!bits) return ERR_NOMEM;
    struct joint_resource *r = &b->resources[ask->resource_count];
    enum err err = free_of(b, who ? &who->roster : &b->view->patient, row, bits, &r->load_min);
    if (err) return err;
    if (who) stop_at_licence(&b->to->grid, who, bits);
    r->id.n = (uint64_t)row;
    r->free = bits;
    r->tie = !who || !agenda_kind_is_person(who->kind) || who->kind == AGENDA_ESCORT || b->known.count == 0
                 ? JOINT_NO_TIE
             : is_known(&b->known, row) ? JOINT_KNOWN
                                        : JOINT_STRANGER;
    b->to->who[ask->resource_count] = who;
    b->to->is_known[ask->resource_count] = r->tie == JOINT_KNOWN;
    *ret = ask->resource_count++;
    return OK;
}

static bool suits(const struct building *b, const struct booking_need *need, const struct agenda_resource *e)
{
    if (e->kind != need->kind || !agenda_may(e, b->tx->now)) return false;
    if (need->what.bytes && !str_is(e->what, need->what)) return false;
    if (b->room && e->kind == AGENDA_ROOM) return e->row == b->room;
    return !b->room || e->kind != AGENDA_DEVICE || e->place.bytes == 0 || str_is(e->place, b->room_id);
}

/* A tie says: somebody known is among those of the role. Where nobody is, strangers are none. */
static void settle_ties(struct building *b, const struct joint_role *role)
{
    bool any = false;
    for (uint16_t i = 0; i < role->among_count; i++)
        any |= b->resources[role->among[i]].tie == JOINT_KNOWN;
    for (uint16_t i = 0; i < role->among_count && !any; i++)
        b->resources[role->among[i]].tie = JOINT_NO_TIE;
}

static enum err add_role(struct building *b, const struct seek_need *need, uint8_t key)
{
    struct joint_role *role = &b->roles[b->to->ask.role_count];
    uint16_t *among = arena_zalloc(b->server->arena, (b->view->count + 1) * sizeof *among);
    uint16_t *others = arena_zalloc(b->server->arena, (b->view->count + 1) * sizeof *others);
    if (!among || !others) return ERR_NOMEM;
    *role = (struct joint_role){
        .key = key, .need = need->count, .may_drop = need->may_drop, .among = among, .others = others};
    enum err err = OK;
    if (need->need.kind == AGENDA_PATIENT)
        err = place_of(b, NULL, b->seek->patient, &among[role->among_count++]);
    for (uint32_t i = 0; i < b->view->count && !err; i++) {
        const struct agenda_resource *e = &b->view->at[i];
        uint16_t place;
        if (!suits(b, &need->need, e)) continue;
        err = place_of(b, e, e->row, &place);
        if (err) break;
        if (need->unwanted == e->row) b->resources[place].penalty = 1;
        bool is_among = need->named == 0 || need->named == e->row;
        uint16_t *to = is_among ? among : others, *n = is_among ? &role->among_count : &role->others_count;
        bool is_there = false;
        for (uint16_t k = 0; k < *n; k++)
            is_there |= to[k] == place;
        if (!is_there) to[(*n)++] = place;
    }
    settle_ties(b, role);
    b->to->needs[b->to->ask.role_count++] = *need;
    b->to->need_count = b->to->ask.role_count;
    return err;
}

static enum err build(struct building *b)
{
    const struct seek *k = b->seek;
    struct joint_ask *ask = &b->to->ask;
    struct instant origin = {k->from.ms - k->from.ms % HOUR_MS};
    enum err err = grid_of(origin, instant_add(k->until, BEYOND_DAYS * DAY_MS), &b->to->grid);
    if (err) return ERR_BAD_INPUT;
    b->scratch = arena_alloc(b->server->arena, CLAIMS_MAX * sizeof *b->scratch);
    b->resources = arena_zalloc(b->server->arena, (b->view->count + 1) * sizeof *b->resources);
    b->roles = arena_zalloc(b->server->arena, (SEEK_NEEDS_MAX + 1) * sizeof *b->roles);
    b->to->who = arena_zalloc(b->server->arena, (b->view->count + 1) * sizeof *b->to->who);
    b->to->is_known = arena_zalloc(b->server->arena, (b->view->count + 1) * sizeof *b->to->is_known);
    if (!b->to->is_known || !b->scratch || !b->resources || !b->roles || !b->to->who) return ERR_NOMEM;
    for (uint8_t i = 0; i < k->need_count && !err; i++)
        err = add_role(b, &k->needs[i], i);
    struct seek_need patient = {.need = {AGENDA_PATIENT, {"", 0}}, .count = 1};
    if (!err && k->patient) err = add_role(b, &patient, k->need_count);
    int64_t first = grid_ceil(&b->to->grid, k->from), last = grid_floor(&b->to->grid, k->until);
    const struct triage_class *class = &triage_default.classes[k->triage];
    ask->grid = &b->to->grid;
    ask->resources = b->resources;
    ask->roles = b->roles;
    ask->proposals_max = k->proposals_max ? k->proposals_max : 6;
    ask->duration = (uint16_t)((k->minutes + GRID_STEP_MIN - 1) / GRID_STEP_MIN);
    ask->duration_least = ask->duration > 6 ? ask->duration / 2 : 0;
    ask->align = SEEK_ALIGN_MIN / GRID_STEP_MIN;
    ask->first = (uint32_t)(first < 0 ? 0 : first);
    ask->last = (uint32_t)last;
    ask->extend_to = b->to->grid.steps;
    ask->now = grid_floor(&b->to->grid, b->tx->now);
    ask->target = grid_floor(&b->to->grid, triage_target(&triage_default, k->triage, k->since));
    ask->weights = class->weights;
    return err;
}

static bool is_meant(const struct seek *k)
{
    bool right = k->need_count >= 1 && k->need_count <= SEEK_NEEDS_MAX && k->minutes >= 5 &&
                 k->minutes <= 480 && k->from.ms < k->until.ms && k->triage < TRIAGES &&
                 k->until.ms - k->from.ms <= SEEK_DAYS_MAX * DAY_MS;
    int seats = k->patient != 0;
    for (uint8_t i = 0; i < k->need_count && right; i++) {
        right = k->needs[i].count >= 1 && k->needs[i].count <= 8 && k->needs[i].need.kind < AGENDA_PATIENT;
        seats += k->needs[i].count;
    }
    return right && seats <= JOINT_SEATS_MAX;
}

static enum err build_new(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                          const struct seek *seek, const struct agenda_resource *room, bool bare,
                          struct building *ret)
{
    *ret = (struct building){.tx = tx, .server = server, .view = view, .seek = seek, .bare = bare};
    if (!is_meant(seek)) return ERR_BAD_INPUT;
    if (!room && seek->room) room = agenda_find(view, seek->room, AGENDA_ROOM);
    if (room) ret->room = room->row, ret->room_id = room->id;
    ret->to = arena_zalloc(server->arena, sizeof *ret->to);
    if (bare) {
        ret->claim_room = CLAIMS_MAX;
        ret->claims = arena_zalloc(server->arena, CLAIMS_MAX * sizeof *ret->claims);
    }
    if (!ret->to || (bare && !ret->claims)) return ERR_NOMEM;
    enum err err = known_of(tx, server, seek->patient, &ret->known);
    return err ? err : build(ret);
}

enum err seek_ask(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                  const struct seek *seek, bool bare, struct seek_ask **ret, struct claim **ret_claims,
                  uint32_t *ret_claim_count)
{
    struct building b;
    enum err err = build_new(tx, server, view, seek, NULL, bare, &b);
    if (err) return err;
    *ret = b.to;
    if (bare) *ret_claims = b.claims, *ret_claim_count = b.claim_count;
    return OK;
}

/* -- what was found -- */

static void take(const struct seek_ask *asked, const struct joint_proposal *p, struct seek_proposal *to)
{
    *to = (struct seek_proposal){.seat_count = p->seat_count,
                                 .wait_min = p->wait_min,
                                 .late_min = p->late_min,
                                 .stranger_count = p->stranger_count,
                                 .load_min = p->load_min,
                                 .cost = p->cost,
                                 .why = p->why};
    to->span.from = grid_instant(&asked->grid, p->start);
    to->span.until = instant_add(to->span.from, (int64_t)asked->ask.duration * GRID_STEP_MS);
    for (uint8_t i = 0; i < p->seat_count; i++)
        to->seats[i] =
            (struct seek_seat){(uint8_t)asked->ask.roles[p->seats[i].role].key,
                               (int64_t)asked->ask.resources[p->seats[i].resource].id.n,
                               asked->who[p->seats[i].resource], asked->is_known[p->seats[i].resource]};
}

/* The cheapest first, none that overlaps one before it. */
static void merge(struct seek_found *found, const struct seek_proposal *p, uint32_t most)
{
    uint32_t at = 0, kept = 0;
    while (at < found->count &&
           (found->at[at].cost < p->cost ||
            (found->at[at].cost == p->cost && found->at[at].span.from.ms <= p->span.from.ms))) {
        if (span_meets(found->at[at].span, p->span)) return;
        at++;
    }
    if (at >= most) return;
    memmove(&found->at[at + 1], &found->at[at], (found->count - at) * sizeof *found->at);
    found->at[at] = *p;
    found->count++;
    for (uint32_t i = 0; i < found->count; i++)
        if (i <= at || !span_meets(found->at[i].span, p->span)) found->at[kept++] = found->at[i];
    found->count = kept < most ? kept : most;
}

static bool wants(const struct seek *k, enum agenda_kind kind)
{
    for (uint8_t i = 0; i < k->need_count; i++)
        if (k->needs[i].need.kind == kind) return true;
    return false;
}

static enum err find_in(struct building *b, struct joint *joint, struct seek_found *ret, uint32_t most)
{
    struct joint_answer *answer = arena_alloc(b->server->arena, sizeof *answer);
    if (!answer) return ERR_NOMEM;
    ret->asked = b->to;
    enum err err = joint_find(joint, &b->to->ask, answer);
    for (uint8_t i = 0; !err && i < answer->count; i++) {
        struct seek_proposal p;
        take(b->to, &answer->proposals[i], &p);
        merge(ret, &p, most);
    }
    return err;
}

/* Whether the room could be the one that is asked for. */
static bool is_wanted(const struct seek *k, const struct agenda_resource *room, struct instant now)
{
    if (room->kind != AGENDA_ROOM || !agenda_may(room, now)) return false;
    for (uint8_t i = 0; i < k->need_count; i++)
        if (k->needs[i].need.kind == AGENDA_ROOM &&
            (k->needs[i].named == 0 || k->needs[i].named == room->row) &&
            (k->needs[i].need.what.bytes == 0 || str_is(k->needs[i].need.what, room->what)))
            return true;
    return false;
}

static enum err find_by_room(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                             struct joint *joint, const struct seek *seek, struct seek_found *ret,
                             uint32_t most)
{
    enum err err = OK;
    for (uint32_t i = 0; i < view->count && !err; i++) {
        struct building b;
        if (!is_wanted(seek, &view->at[i], tx->now)) continue;
        err = build_new(tx, server, view, seek, &view->at[i], false, &b);
        if (!err) err = find_in(&b, joint, ret, most);
    }
    if (ret->count) ret->at[0].why = JOINT_FIRST;
    return err;
}

enum err seek_run(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                  struct joint *joint, const struct seek *seek, struct seek_found *ret)
{
    struct building b;
    uint32_t most = seek->proposals_max ? seek->proposals_max : 6;
    *ret = (struct seek_found){.at = arena_zalloc(server->arena, (most + 2) * sizeof *ret->at)};
    if (!ret->at || most > JOINT_PROPOSALS_MAX) return ret->at ? ERR_BAD_INPUT : ERR_NOMEM;
    bool by_room = !seek->room && wants(seek, AGENDA_ROOM) && wants(seek, AGENDA_DEVICE);
    enum err err = by_room ? find_by_room(tx, server, view, joint, seek, ret, most) : OK;
    if (err || ret->count) return err;
    err = build_new(tx, server, view, seek, NULL, false, &b);
    if (!err && !by_room) err = find_in(&b, joint, ret, most);
    if (err || ret->count) return err;
    ret->asked = b.to;
    ret->is_blocked = true;
    return joint_explain(joint, &b.to->ask, &ret->block);
}

/* -- one of them, one time -- */

enum err seek_series(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                     struct joint *joint, const struct seek *seek, const struct series *series,
                     struct series_occurrence *ret_occurrences, struct seek_found *ret_found)
{
    struct building b;
    struct seek whole = *seek;
    *ret_found = (struct seek_found){0};
    if (wants(seek, AGENDA_DEVICE) || series->count == 0 || series->count > SERIES_MAX) return ERR_BAD_INPUT;
    whole.from = instant_add(tx->now, 10 * MINUTE_MS);
    whole.until = instant_add(whole.from, (SEEK_DAYS_MAX - 1) * DAY_MS);
    ret_found->at = arena_zalloc(server->arena, series->count * sizeof *ret_found->at);
    if (!ret_found->at) return ERR_NOMEM;
    enum err err = build_new(tx, server, view, &whole, NULL, false, &b);
    if (err) return err;
    ret_found->asked = b.to;
    ret_found->count = series->count;
    err = series_find(joint, &b.to->ask, series, view->zone, view->calendar, ret_occurrences);
    for (uint8_t i = 0; i < series->count && !err; i++)
        if (ret_occurrences[i].found == SERIES_FOUND)
            take(b.to, &ret_occurrences[i].proposal, &ret_found->at[i]);
    return err;
}

enum err seek_may(struct tx *tx, const struct agenda_view *view, const struct agenda_resource *who,
                  int64_t row, struct span span, int64_t except, enum roster_bar *ret)
{
    struct claim claims[640]; /* the stretch below, full of the shortest bookings */
    struct span spans[640];
    struct roster r = who ? who->roster : view->patient;
    uint32_t n = 0, kept = 0;
    struct span around = {instant_add(span.from, -26 * HOUR_MS), instant_add(span.until, 26 * HOUR_MS)};
    enum err err = claim_of(tx, row, around.from, around.until, claims, COUNT_OF(claims), &n);
    if (err) return err;
    for (uint32_t i = 0; i < n; i++)
        if (claims[i].appointment != except)
            spans[kept++] = (struct span){instant_add(claims[i].from, -(int64_t)r.after_min * MINUTE_MS),
                                          instant_add(claims[i].until, r.before_min * MINUTE_MS)};
    take_rest_in(&r);
    r.bookings = spans, r.booking_count = kept;
    *ret = roster_may(&r, span, tx->now);
    return OK;
}
