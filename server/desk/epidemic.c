#include "desk/epidemic.h"
#include "desk/chart_write.h"
#include "desk/isolation_flag.h"
#include "records/records.h"
#include "records/search.h"
#include <stdio.h>

static const char case_sql[] = /* what of it is asked for often; ended 0: it is open */
    "CREATE TABLE epidemic_case (record INTEGER PRIMARY KEY, ended INTEGER NOT NULL) STRICT;"
    "CREATE INDEX epidemic_case_by_end ON epidemic_case (ended);";
static const char sign_sql[] = /* what was seen in whom (the record's), where, on which day of the site */
    "CREATE TABLE epidemic_sign (record INTEGER NOT NULL, sign INTEGER NOT NULL, block TEXT NOT NULL,"
    " day INTEGER NOT NULL, PRIMARY KEY (record, sign)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX epidemic_sign_by_day ON epidemic_sign (day);"
    "CREATE TABLE epidemic_alarm (block TEXT NOT NULL, sign INTEGER NOT NULL, day INTEGER NOT NULL,"
    " people INTEGER NOT NULL, at INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (block, sign, day))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE epidemic_seen (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;";
static const char told_sql[] = /* who of custody was told of an illness by name, by whom, why */
    "CREATE TABLE epidemic_told (id INTEGER PRIMARY KEY, record INTEGER NOT NULL, account TEXT NOT NULL,"
    " reason TEXT NOT NULL, by_name TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX epidemic_told_by_account ON epidemic_told (account);";
const struct migration epidemic_migrations[] = {
    {650, "cases of what spreads", case_sql},
    {651, "signs by block and day", sign_sql},
    {652, "who was told of an illness", told_sql},
    {0, NULL, NULL},
};

/* -- reading -- */

static struct str part(struct record_reader *server, const struct chart_item *item, const char *name,
                       const char *value)
{
    return chart_part(server, item, LED_EPIDEMIC, name, value);
}

static struct instant moment(struct record_reader *server, const struct chart_item *item, const char *name)
{
    return chart_instant(server, part(server, item, name, "valueInstant"));
}

bool epidemic_is_ours(const struct record_head *head, const struct tape *tape)
{
    return head->resource == fhir_resource_of(STR("Flag")) && led_has(head->resource, tape, LED_EPIDEMIC);
}

static enum err read_item(struct record_reader *server, const struct chart_item *item,
                          struct epidemic_case *ret)
{
    uint64_t negatives = 0;
    if (!epidemic_is_ours(&item->head, &item->tape)) return ERR_NOT_FOUND;
    *ret = (struct epidemic_case){.item = *item};
    ret->illness = epidemic_illness_of(chart_text(server, item, 0, "code.coding.code"));
    if (!ret->illness || !epidemic_state_from(part(server, item, "state", "valueCode"), &ret->state))
        return ERR_CORRUPT;
    ret->patient = chart_text(server, item, 0, "subject.reference");
    ret->onset = moment(server, item, "onset");
    ret->found = moment(server, item, "found");
    ret->said = moment(server, item, "said");
    ret->isolated = moment(server, item, "isolated");
    ret->settled = moment(server, item, "settled");
    ret->well = moment(server, item, "well");
    ret->reported = moment(server, item, "reported");
    ret->ended = moment(server, item, "ended");
    (void)str_to_u64(part(server, item, "negatives", "valueString"), &negatives);
    ret->negatives = (uint8_t)(negatives > 200 ? 200 : negatives);
    ret->place = part(server, item, "place", "valueString");
    ret->number = part(server, item, "number", "valueString");
    ret->by = part(server, item, "by", "valueString");
    ret->was = part(server, item, "was", "valueCode");
    ret->left = part(server, item, "left", "valueCode");
    return OK;
}

enum err epidemic_read(struct tx *tx, struct record_reader *server, struct str id, struct epidemic_case *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Flag", id, &item);
    return err ? err : read_item(server, &item, ret);
}

enum err epidemic_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                           struct epidemic_case *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("Flag")))) err = ERR_NOT_FOUND;
    return err ? err : epidemic_read(tx, server, head.id, ret);
}

enum err epidemic_rows(struct tx *tx, struct instant since, int64_t ret_rows[EPIDEMIC_LIST_MAX],
                       uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT record FROM epidemic_case WHERE ended = 0 OR ended > ?1"
                           " ORDER BY record DESC LIMIT 500",
                           &q);
    if (err) return err;
    stmt_int(q, 1, since.ms);
    while (n < EPIDEMIC_LIST_MAX && !(err = stmt_step(q, &row)) && row)
        ret_rows[n++] = stmt_get_int(q, 0);
    stmt_done(q);
    *ret_n = n;
    return err;
}

struct instant epidemic_due(const struct epidemic_limits *limits, const struct epidemic_case *c)
{
    bool is_left = c->left.bytes && !str_is_text(c->was, epidemic_state_text(EPIDEMIC_EXCLUDED));
    bool is_over = c->state == EPIDEMIC_EXCLUDED || (c->state == EPIDEMIC_RELEASED && !is_left);
    bool is_off = is_over || c->reported.ms;
    return is_off ? (struct instant){0} : epidemic_report_by(limits, c->illness, c->said);
}

bool epidemic_may_end(const struct epidemic_case *c, struct instant now, struct instant *ret_from)
{
    struct epidemic_course course = {c->onset, c->well, c->negatives};
    return epidemic_is_met(c->illness, &course, now, ret_from);
}

/* -- writing -- */

static void put_led(struct json_out *o, const struct epidemic_case *c)
{
    char negatives[8];
    int n = snprintf(negatives, sizeof negatives, "%u", c->negatives);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_part(o, "state", "valueCode", str_of(epidemic_state_text(c->state)));
    chart_put_moment(o, "onset", c->onset);
    chart_put_moment(o, "found", c->found);
    chart_put_moment(o, "said", c->said);
    chart_put_moment(o, "isolated", c->isolated);
    chart_put_moment(o, "settled", c->settled);
    chart_put_moment(o, "well", c->well);
    chart_put_moment(o, "reported", c->reported);
    chart_put_moment(o, "ended", c->ended);
    if (c->negatives) chart_put_part(o, "negatives", "valueString", (struct str){negatives, (size_t)n});
    chart_put_part(o, "place", "valueString", c->place);
    chart_put_part(o, "number", "valueString", c->number);
    chart_put_part(o, "by", "valueString", c->by);
    chart_put_part(o, "was", "valueCode", c->was);
    chart_put_part(o, "left", "valueCode", c->left);
    json_close_array(o);
    json_put_text(o, "url", LED_EPIDEMIC);
    json_close(o);
    json_close_array(o);
}

static void put_body(struct json_out *o, const struct epidemic_case *c)
{
    static const char *const ours[] = {"resourceType", "status", "category",  "code",
                                       "subject",      "period", "extension", NULL};
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Flag");
    if (c->item.tape.nodes) chart_put_rest(o, &c->item, ours);
    json_put_text(o, "status", c->ended.ms ? "inactive" : "active");
    json_open_array(o, "category");
    chart_put_code(o, NULL, "urn:yunqiao:flag", "epidemic", NULL);
    json_close_array(o);
    chart_put_code(o, "code", EPIDEMIC_SYSTEM, c->illness->code, c->illness->zh);
    chart_put_reference(o, "subject", c->patient);
    json_open(o, "period");
    json_put_instant(o, "start", c->found);
    if (c->ended.ms) json_put_instant(o, "end", c->ended);
    json_close(o);
    put_led(o, c);
    json_close(o);
}

enum err epidemic_note(struct tx *tx, const struct epidemic_case *c)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db, "INSERT OR REPLACE INTO epidemic_case (record, ended) VALUES (?1, ?2)", &q);
    if (err) return err;
    stmt_int(q, 1, c->item.head.row);
    stmt_int(q, 2, c->ended.ms);
    return stmt_run(q);
}

/* *c is read again, as it then stands. */
static enum err write(struct tx *tx, struct record_reader *server, struct epidemic_case *c)
{
    enum { BODY_MAX = 64 * 1024 };
    struct record_head head;
    struct json_out o;
    struct buf text;
    struct str body, id = c->item.tape.nodes ? c->item.head.id : (struct str){"", 0};
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_body(&o, c);
    enum err err = chart_take(server, &text, &body);
    if (!err) err = chart_write(tx, server, fhir_resource_of(STR("Flag")), id, 0, body, &head, NULL);
    if (!err) err = epidemic_read(tx, server, head.id, c);
    if (!err) err = epidemic_note(tx, c);
    return err ? err : isolation_flag_follow(tx, server, c);
}

static enum err is_open_already(struct tx *tx, struct record_reader *server,
                                const struct epidemic_start *start, bool *ret)
{
    int64_t *rows = arena_alloc(server->arena, EPIDEMIC_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    *ret = false;
    enum err err = rows ? epidemic_rows(tx, (struct instant){INT64_MAX}, rows, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err && !*ret; i++) {
        struct epidemic_case c;
        err = epidemic_read_row(tx, server, rows[i], &c);
        if (!err) *ret = c.illness == start->illness && str_is(c.patient, start->patient);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}

enum err epidemic_begin(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                        const struct epidemic_start *start, struct epidemic_case *ret)
{
    struct epidemic_case c = {.state = EPIDEMIC_SUSPECTED,
                              .illness = start->illness,
                              .patient = start->patient,
                              .onset = start->onset.ms ? start->onset : tx->now,
                              .found = tx->now,
                              .said = tx->now};
    bool is_there;
    (void)by;
    enum err err = is_open_already(tx, server, start, &is_there);
    if (!err && is_there) err = ERR_EXISTS;
    if (!err) err = write(tx, server, &c);
    if (!err) *ret = c;
    return err;
}

enum err epidemic_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                         struct epidemic_case *c, const struct epidemic_event *e, enum epidemic_no *ret_no)
{
    enum epidemic_state to;
    struct instant from;
    *ret_no = epidemic_decide(c->state, e->verb, epidemic_may_end(c, tx->now, &from), &to);
    if (!*ret_no && e->verb == EPIDEMIC_DO_ISOLATE && c->isolated.ms) *ret_no = EPIDEMIC_NO_ISOLATED;
    if (*ret_no) return OK;
    if (to == EPIDEMIC_RELEASED) c->was = str_of(epidemic_state_text(c->state));
    c->state = to;
    switch (e->verb) {
    case EPIDEMIC_DO_ISOLATE:
        c->isolated = tx->now;
        c->place = e->place.at ? e->place : (struct str){"", 0};
        break;
    case EPIDEMIC_DO_CONFIRM:
        c->settled = tx->now;
        if (e->illness && e->illness != c->illness) c->illness = e->illness, c->said = tx->now;
        break;
    case EPIDEMIC_DO_EXCLUDE:
        c->settled = tx->now;
        break;
    case EPIDEMIC_DO_RELEASE:
        c->ended = tx->now;
        c->by = by->display;
        break;
    case EPIDEMIC_DO_LEAVE:
        c->ended = tx->now;
        c->left = e->why;
        break;
    case EPIDEMIC_VERBS:
        break;
    }
    return write(tx, server, c);
}

enum err epidemic_course_write(struct tx *tx, struct record_reader *server, struct epidemic_case *c,
                               struct instant well, uint8_t negatives)
{
    if (c->state == EPIDEMIC_RELEASED) return ERR_DENIED;
    c->well = well;
    c->negatives = negatives;
    return write(tx, server, c);
}

enum err epidemic_report(struct tx *tx, struct record_reader *server, struct epidemic_case *c,
                         struct str number)
{
    if (c->reported.ms) return ERR_EXISTS;
    if (c->illness->class == EPIDEMIC_UNLISTED) return ERR_DENIED;
    c->reported = tx->now;
    c->number = number;
    return write(tx, server, c);
}
