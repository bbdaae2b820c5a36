#include "desk/sickcall.h"
#include "desk/chart_write.h"
#include "records/records.h"
#include "records/search.h"
#include <stdio.h>

static const char number_sql[] = /* told to who asked, at once */
    "CREATE TABLE sick_call_number (number INTEGER PRIMARY KEY, record INTEGER NOT NULL UNIQUE) STRICT;";
const struct migration sickcall_migrations[] = {
    {371, "numbers of sick calls", number_sql},
    {0, NULL, NULL},
};

static const char *const statuses[SICK_STATES] = {
    [SICK_DRAFT] = "draft",        [SICK_SUBMITTED] = "requested", [SICK_RECEIVED] = "received",
    [SICK_TRIAGED] = "accepted",   [SICK_SCHEDULED] = "ready",     [SICK_ANSWERED] = "on-hold",
    [SICK_DUPLICATE] = "on-hold",  [SICK_SEEN] = "in-progress",    [SICK_CLOSED] = "completed",
    [SICK_WITHDRAWN] = "cancelled"};
static const char *const priorities[TRIAGES] = {"stat", "asap", "urgent", "routine"};

static bool is_among(struct str word, const char *const *words)
{
    for (; *words; words++)
        if (str_is_text(word, *words)) return true;
    return false;
}

bool sickcall_place_is(struct str place)
{
    static const char *const places[] = {"head",    "eye",   "ear",  "mouth", "tooth", "chest",
                                         "breath",  "belly", "back", "arm",   "leg",   "skin",
                                         "urinary", "mind",  "drug", "whole", "other", NULL};
    return is_among(place, places);
}

struct str sickcall_region_place(struct str region)
{
    static const struct {
        const char *region, *place;
    } all[] = {{"head", "head"},      {"face", "head"},       {"eyes", "eye"},        {"ears", "ear"},
               {"mouth", "mouth"},    {"teeth", "tooth"},     {"neck", "mouth"},      {"chest", "chest"},
               {"belly", "belly"},    {"groin", "urinary"},   {"right-arm", "arm"},   {"left-arm", "arm"},
               {"right-hand", "arm"}, {"left-hand", "arm"},   {"right-leg", "leg"},   {"left-leg", "leg"},
               {"right-shin", "leg"}, {"left-shin", "leg"},   {"right-foot", "leg"},  {"left-foot", "leg"},
               {"nape", "back"},      {"upper-back", "back"}, {"lower-back", "back"}, {"buttocks", "back"},
               {"skin", "skin"},      {"mind", "mind"},       {"whole", "whole"}};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (str_is_text(region, all[i].region)) return str_of(all[i].place);
    return (struct str){"", 0};
}

bool sickcall_door_is(struct str door)
{
    static const char *const doors[] = {"voice", "paper", "terminal", NULL};
    return is_among(door, doors);
}

bool sickcall_outcome_is(struct str outcome)
{
    static const char *const outcomes[] = {"treated", "observe", "consultation", "referred", "refused", NULL};
    return is_among(outcome, outcomes);
}

/* -- reading -- */

static struct str part(struct record_reader *server, const struct chart_item *item, const char *name,
                       const char *value)
{
    return chart_part(server, item, LED_SICK_CALL, name, value);
}

static struct instant moment(struct record_reader *server, const struct chart_item *item, const char *name)
{
    return chart_instant(server, part(server, item, name, "valueInstant"));
}

static enum triage triage_of(struct str priority)
{
    for (int i = 0; i < TRIAGES; i++)
        if (str_is_text(priority, priorities[i])) return (enum triage)i;
    return TRIAGE_ROUTINE;
}

static enum err read_item(struct record_reader *server, const struct chart_item *item, struct sickcall *ret)
{
    if (!led_has(item->head.resource, &item->tape, LED_SICK_CALL)) return ERR_NOT_FOUND;
    uint32_t led = tape_extension(&item->tape, 0, LED_SICK_CALL);
    *ret = (struct sickcall){.item = *item};
    if (!sick_state_from(chart_text(server, item, 0, "businessStatus.coding.code"), &ret->state))
        return ERR_CORRUPT;
    (void)str_to_i64(chart_text(server, item, 0, "identifier.value"), &ret->number);
    ret->triage = triage_of(chart_text(server, item, 0, "priority"));
    ret->asked = chart_instant(server, chart_text(server, item, 0, "authoredOn"));
    ret->received = moment(server, item, "received");
    ret->triaged = moment(server, item, "triaged");
    ret->seen = moment(server, item, "seen");
    ret->triage_since = ret->triaged;
    uint32_t parts = tape_get(&item->tape, led, STR("extension"));
    for (uint32_t i = parts + 1; i < item->tape.nodes[parts].end; i = item->tape.nodes[i].end) {
        uint32_t at = tape_extension(&item->tape, i, "at"), url = tape_get(&item->tape, i, STR("url"));
        if (url != TAPE_NONE && tape_is_text(&item->tape, url, "region") &&
            ret->regions_n < SICKCALL_REGIONS_MAX)
            ret->regions[ret->regions_n++] = chart_text(server, item, i, "valueCode");
        if (at == TAPE_NONE || url == TAPE_NONE || !tape_is_text(&item->tape, url, "class")) continue;
        ret->triage_since = chart_instant(server, chart_text(server, item, at, "valueInstant"));
    }
    ret->patient = chart_text(server, item, 0, "for.reference");
    ret->requester = chart_text(server, item, 0, "requester.reference");
    ret->by_name = chart_text(server, item, 0, "requester.display");
    ret->words = chart_text(server, item, 0, "description");
    ret->place = part(server, item, "place", "valueCode");
    ret->door = part(server, item, "door", "valueCode");
    ret->outcome = part(server, item, "outcome", "valueCode");
    ret->going = moment(server, item, "going");
    ret->going_by = part(server, item, "going-by", "valueString");
    ret->encounter = chart_text(server, item, 0, "encounter.reference");
    ret->linked = chart_text(server, item, 0, "partOf.reference");
    ret->answer = chart_text(server, item, 0, "note.text");
    ret->voice = part(server, item, "voice", "valueReference.reference");
    (void)str_to_i64(part(server, item, "voice-ms", "valueString"), &ret->voice_ms);
    return OK;
}

enum err sickcall_read(struct tx *tx, struct record_reader *server, struct str id, struct sickcall *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Task", id, &item);
    return err ? err : read_item(server, &item, ret);
}

enum err sickcall_read_row(struct tx *tx, struct record_reader *server, int64_t row, struct sickcall *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("Task")))) err = ERR_NOT_FOUND;
    return err ? err : sickcall_read(tx, server, head.id, ret);
}

static enum err rows_of(struct tx *tx, struct record_reader *who, const char *query, int64_t *rows,
                        uint32_t most, uint32_t *ret_n)
{
    struct record_fault fault = {0};
    enum err err =
        query ? search_rows(tx, who, fhir_resource_of(STR("Task")), str_of(query), rows, most, ret_n, &fault)
              : ERR_NOMEM;
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

enum err sickcall_of_visit(struct tx *tx, struct record_reader *server, struct str encounter,
                           struct sickcall *ret)
{
    int64_t row;
    uint32_t n = 0;
    enum err err =
        rows_of(tx, server,
                arena_printf(server->arena, "encounter=Encounter/%.*s&code=" SICKCALL_TASK "|sick-call",
                             (int)encounter.bytes, encounter.at),
                &row, 1, &n);
    return err ? err : n == 0 ? ERR_NOT_FOUND : sickcall_read_row(tx, server, row, ret);
}

enum err sickcall_open(struct tx *tx, struct record_reader *who, struct str patient,
                       int64_t ret_rows[SICKCALL_LIST_MAX], uint32_t *ret_n)
{
    static const char all[] =
        "code=" SICKCALL_TASK "|sick-call&status=draft,requested,received,accepted,ready,on-hold,in-progress"
        "&_sort=authored-on";
    const char *query = patient.bytes ? arena_printf(who->arena, "patient=Patient/%.*s&%s",
                                                     (int)patient.bytes, patient.at, all)
                                      : all;
    return rows_of(tx, who, query, ret_rows, SICKCALL_LIST_MAX, ret_n);
}

enum sick_clock sickcall_clock(const struct record_reader *server, const struct sick_limits *limits,
                               const struct sickcall *c, bool is_before_us, struct instant *ret_due)
{
    struct sick_facts f = {c->state, is_before_us, c->triage, c->received, c->triage_since};
    *ret_due = (struct instant){0};
    return sick_clock(limits, records_zone(server->records), &f, ret_due);
}

/* -- what is about the same -- */

enum { LETTERS_MAX = 800 };

/* Letters without blanks and marks of ASCII; small ones for large. */
static uint32_t letters(struct str s, uint32_t ret[LETTERS_MAX])
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.bytes && n < LETTERS_MAX;) {
        unsigned char c = (unsigned char)s.at[i];
        size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        uint32_t letter = bytes == 1 ? c : c & (0xffu >> (bytes + 1));
        for (size_t k = 1; k < bytes && i + k < s.bytes; k++)
            letter = letter << 6 | ((unsigned char)s.at[i + k] & 0x3f);
        i += bytes;
        bool is_mark = letter < '0' || (letter > '9' && letter < 'A') || (letter > 'Z' && letter < 'a') ||
                       (letter > 'z' && letter < 0x80) || (letter >= 0x3000 && letter <= 0x303f) ||
                       (letter >= 0xff00 && letter <= 0xff0f);
        if (letter >= 'A' && letter <= 'Z') letter += 'a' - 'A';
        if (!is_mark) ret[n++] = letter;
    }
    return n;
}

uint32_t sickcall_likeness(struct str a, struct str b)
{
    uint32_t x[LETTERS_MAX], y[LETTERS_MAX], both = 0;
    uint32_t n = letters(a, x), m = letters(b, y);
    if (n < 2 || m < 2) return 0;
    bool taken[LETTERS_MAX] = {false};
    for (uint32_t i = 0; i + 1 < n; i++)
        for (uint32_t k = 0; k + 1 < m; k++)
            if (!taken[k] && x[i] == y[k] && x[i + 1] == y[k + 1]) {
                taken[k] = true;
                both++;
                break;
            }
    return 200 * both / (n - 1 + m - 1);
}

static bool is_like(const struct sickcall *c, const struct sickcall *other)
{
    enum { ALIKE_PERCENT = 35 };
    bool is_open = other->state >= SICK_RECEIVED && other->state <= SICK_ANSWERED;
    bool is_earlier = other->received.ms < c->received.ms ||
                      (other->received.ms == c->received.ms && other->item.head.row < c->item.head.row);
    bool says_where = c->place.bytes && !str_is_text(c->place, "other") && !str_is_text(c->place, "whole");
    if (!is_open || !is_earlier || other->item.head.row == c->item.head.row) return false;
    return (says_where && str_is(c->place, other->place)) ||
           sickcall_likeness(c->words, other->words) >= ALIKE_PERCENT;
}

enum err sickcall_like(struct tx *tx, struct record_reader *server, const struct sickcall *c,
                       struct str ret_ids[SICKCALL_LIKE_MAX], uint32_t *ret_n)
{
    int64_t rows[SICKCALL_LIST_MAX];
    uint32_t n = 0;
    struct str patient = c->patient;
    (void)str_cut(&patient, '/');
    *ret_n = 0;
    if (c->state != SICK_RECEIVED && c->state != SICK_TRIAGED) return OK;
    enum err err = sickcall_open(tx, server, patient, rows, &n);
    for (uint32_t i = 0; i < n && !err && *ret_n < SICKCALL_LIKE_MAX; i++) {
        struct sickcall other;
        err = sickcall_read_row(tx, server, rows[i], &other);
        if (err == ERR_NOT_FOUND)
            err = OK;
        else if (!err && is_like(c, &other))
            ret_ids[(*ret_n)++] = other.item.head.id;
    }
    return err;
}

/* -- writing -- */

static void put_code(struct json_out *o, const char *key, const char *system, struct str code)
{
    json_open(o, key);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_str(o, "code", code);
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static void put_reference(struct json_out *o, const char *key, struct str reference, struct str display)
{
    json_open(o, key);
    if (reference.bytes) json_put_str(o, "reference", reference);
    if (display.bytes) json_put_str(o, "display", display);
    json_close(o);
}

/* One more change of the class. */
struct change {
    enum triage from, to;
    bool is_first;
    struct instant at;
    struct str by, why;
};

static void put_change(struct json_out *o, const struct change *c)
{
    json_open(o, NULL);
    json_open_array(o, "extension");
    if (!c->is_first) chart_put_part(o, "from", "valueCode", str_of(triage_text(c->from)));
    chart_put_part(o, "to", "valueCode", str_of(triage_text(c->to)));
    chart_put_moment(o, "at", c->at);
    chart_put_part(o, "by", "valueString", c->by);
    chart_put_part(o, "why", "valueString", c->why);
    json_close_array(o);
    json_put_text(o, "url", "class");
    json_close(o);
}

static void put_voice(struct json_out *o, const struct sickcall *c)
{
    char ms[24];
    int digits = snprintf(ms, sizeof ms, "%lld", (long long)c->voice_ms);
    json_open(o, NULL);
    json_put_text(o, "url", "voice");
    chart_put_reference(o, "valueReference", c->voice);
    json_close(o);
    chart_put_part(o, "voice-ms", "valueString", (struct str){ms, (size_t)digits});
}

static void put_led(struct json_out *o, const struct sickcall *c, const struct change *more)
{
    const struct tape *t = &c->item.tape;
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_moment(o, "received", c->received);
    chart_put_moment(o, "triaged", c->triaged);
    chart_put_moment(o, "seen", c->seen);
    chart_put_part(o, "door", "valueCode", c->door);
    chart_put_part(o, "place", "valueCode", c->place);
    for (uint32_t i = 0; i < c->regions_n; i++)
        chart_put_part(o, "region", "valueCode", c->regions[i]);
    chart_put_part(o, "outcome", "valueCode", c->outcome);
    chart_put_moment(o, "going", c->going);
    chart_put_part(o, "going-by", "valueString", c->going_by);
    if (c->voice.bytes) put_voice(o, c);
    uint32_t led = t->nodes ? tape_extension(t, 0, LED_SICK_CALL) : TAPE_NONE;
    uint32_t parts = led == TAPE_NONE ? led : tape_get(t, led, STR("extension"));
    for (uint32_t i = parts + 1; parts != TAPE_NONE && i < t->nodes[parts].end; i = t->nodes[i].end) {
        uint32_t url = tape_get(t, i, STR("url"));
        if (url != TAPE_NONE && tape_is_text(t, url, "class")) json_put_raw(o, NULL, tape_raw(t, i));
    }
    if (more) put_change(o, more);
    json_close_array(o);
    json_put_text(o, "url", LED_SICK_CALL);
    json_close(o);
    json_close_array(o);
}

static void put_body(struct json_out *o, const struct tx *tx, const struct sickcall *c,
                     const struct change *more)
{
    static const char *const ours[] = {
        "resourceType", "identifier",  "status", "businessStatus", "intent",     "priority",
        "code",         "description", "for",    "encounter",      "authoredOn", "lastModified",
        "requester",    "note",        "partOf", "extension",      NULL};
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Task");
    if (c->item.tape.nodes) chart_put_rest(o, &c->item, ours);
    json_open_array(o, "identifier");
    json_open(o, NULL);
    json_put_text(o, "system", SICKCALL_NUMBER);
    char number[24];
    int digits = snprintf(number, sizeof number, "%lld", (long long)c->number);
    json_put_str(o, "value", (struct str){number, (size_t)digits});
    json_close(o);
    json_close_array(o);
    json_put_text(o, "status", statuses[c->state]);
    put_code(o, "businessStatus", SICKCALL_SYSTEM, str_of(sick_state_text(c->state)));
    json_put_text(o, "intent", "order");
    if (c->triaged.ms) json_put_text(o, "priority", priorities[c->triage]);
    put_code(o, "code", SICKCALL_TASK, STR("sick-call"));
    json_put_str(o, "description", c->words);
    put_reference(o, "for", c->patient, (struct str){"", 0});
    if (c->encounter.bytes) put_reference(o, "encounter", c->encounter, (struct str){"", 0});
    json_put_instant(o, "authoredOn", c->asked);
    json_put_instant(o, "lastModified", tx->now);
    if (c->requester.bytes || c->by_name.bytes) put_reference(o, "requester", c->requester, c->by_name);
    if (c->linked.bytes) {
        json_open_array(o, "partOf");
        put_reference(o, NULL, c->linked, (struct str){"", 0});
        json_close_array(o);
    }
    if (c->answer.bytes) {
        json_open_array(o, "note");
        json_open(o, NULL);
        json_put_str(o, "text", c->answer);
        json_close(o);
        json_close_array(o);
    }
    put_led(o, c, more);
    json_close(o);
}

/* *c is read again, as it then stands. */
static enum err write(struct tx *tx, struct record_reader *server, struct sickcall *c,
                      const struct change *more)
{
    enum { BODY_MAX = 256 * 1024 };
    struct record_head head;
    struct json_out o;
    struct buf text;
    struct str body, id = c->item.tape.nodes ? c->item.head.id : (struct str){"", 0};
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_body(&o, tx, c, more);
    enum err err = chart_take(server, &text, &body);
    if (!err) err = chart_write(tx, server, fhir_resource_of(STR("Task")), id, 0, body, &head, NULL);
    return err ? err : sickcall_read(tx, server, head.id, c);
}

/* The next number; it goes with the record, which has none before it is written. */
static enum err next_number(struct tx *tx, int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT ifnull(max(number), 0) + 1 FROM sick_call_number", &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret = stmt_get_int(q, 0);
    stmt_done(q);
    return OK;
}

static enum err keep_number(struct tx *tx, const struct sickcall *c)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "INSERT INTO sick_call_number (number, record) VALUES (?1, ?2)", &q);
    if (err) return err;
    stmt_int(q, 1, c->number);
    stmt_int(q, 2, c->item.head.row);
    return stmt_run(q);
}

enum err sickcall_begin(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                        const struct sickcall_start *start, struct sickcall *ret)
{
    enum sick_no no = SICK_YES;
    struct sickcall c = {.triage = TRIAGE_ROUTINE,
                         .state = SICK_DRAFT,
                         .asked = start->asked.ms ? start->asked : tx->now,
                         .patient = start->patient,
                         .requester = by->reference,
                         .by_name = by->display,
                         .words = start->words,
                         .place = start->place,
                         .door = start->door,
                         .regions_n = start->regions_n};
    memcpy(c.regions, start->regions, sizeof c.regions);
    enum err err = next_number(tx, &c.number);
    if (!start->is_draft) {
        no = sick_decide(c.state, SICK_DO_SUBMIT, false, &c.state);
        if (!no) no = sick_decide(c.state, SICK_DO_RECEIVE, false, &c.state);
        c.received = tx->now;
    }
    if (no) return ERR_CORRUPT;
    if (!err) err = write(tx, server, &c, NULL);
    if (!err) err = keep_number(tx, &c);
    if (!err) *ret = c;
    return err;
}

enum err sickcall_put_voice(struct tx *tx, struct record_reader *server, struct sickcall *c,
                            const struct record_head *file, int64_t ms)
{
    const char *reference = arena_printf(server->arena, "Binary/%.*s", (int)file->id.bytes, file->id.at);
    if (!reference) return ERR_NOMEM;
    c->voice = str_of(reference);
    c->voice_ms = ms;
    return write(tx, server, c, NULL);
}

enum err sickcall_go(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                     struct sickcall *c, bool *ret_may)
{
    bool is_open = c->state == SICK_TRIAGED || c->state == SICK_SCHEDULED;
    *ret_may = is_open && c->triage == TRIAGE_EMERGENCY && c->going.ms == 0;
    if (!*ret_may) return OK;
    c->going = tx->now;
    c->going_by = by->display;
    return write(tx, server, c, NULL);
}

/* -- what happens -- */

/* Those that are linked to it. */
static enum err follow(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                       const struct sickcall *c, const struct sickcall_event *e)
{
    int64_t rows[SICKCALL_LIST_MAX];
    uint32_t n = 0;
    enum err err = rows_of(tx, server,
                           arena_printf(server->arena, "part-of=Task/%.*s&code=" SICKCALL_TASK "|sick-call",
                                        (int)c->item.head.id.bytes, c->item.head.id.at),
                           rows, SICKCALL_LIST_MAX, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct sickcall other;
        enum sick_no no;
        err = sickcall_read_row(tx, server, rows[i], &other);
        if (!err) err = sickcall_happen(tx, server, by, &other, e, &no);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}

/* What the request that it would be linked to must be: the same person's, open, itself not linked, and not later: its clocks run on. */
static enum err may_link(struct tx *tx, struct record_reader *server, const struct sickcall *c, struct str to,
                         enum sick_no *ret_no)
{
    struct sickcall other;
    enum err err = sickcall_read(tx, server, to, &other);
    *ret_no = SICK_NO_OVER;
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    bool is_open = other.state >= SICK_RECEIVED && other.state <= SICK_ANSWERED;
    if (is_open && str_is(other.patient, c->patient) && other.item.head.row != c->item.head.row &&
        other.received.ms <= c->received.ms)
        *ret_no = SICK_YES;
    return OK;
}

static enum err apply(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                      struct sickcall *c, const struct sickcall_event *e)
{
    struct change change = {c->triage, e->triage, c->triaged.ms == 0, tx->now, by->account, e->why},
                  *more = NULL;
    if (e->words.at) c->words = e->words;
    if (e->place.at) c->place = e->place;
    switch (e->verb) {
    case SICK_DO_RECEIVE:
        c->received = tx->now;
        break;
    case SICK_DO_TRIAGE:
        if (change.is_first) c->triaged = tx->now;
        c->triage = e->triage;
        if (change.is_first || change.from != change.to) more = &change;
        break;
    case SICK_DO_SCHEDULE:
        c->encounter = e->encounter;
        break;
    case SICK_DO_CALL_OFF:
        c->encounter = (struct str){"", 0};
        break;
    case SICK_DO_ANSWER:
        c->answer = e->answer;
        break;
    case SICK_DO_LINK:
        c->linked = (struct str){arena_printf(server->arena, "Task/%.*s", (int)e->to.bytes, e->to.at),
                                 e->to.bytes + 5};
        if (!c->linked.at) return ERR_NOMEM;
        break;
    case SICK_DO_PART:
        c->linked = (struct str){"", 0};
        break;
    case SICK_DO_SEE:
        c->seen = e->at;
        break;
    case SICK_DO_CLOSE:
        c->outcome = e->outcome;
        break;
    case SICK_DO_SUBMIT:
    case SICK_DO_WITHDRAW:
    case SICK_VERBS:
        break;
    }
    return write(tx, server, c, more);
}

enum err sickcall_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                         struct sickcall *c, const struct sickcall_event *e, enum sick_no *ret_no)
{
    enum sick_state to;
    enum err err = OK;
    *ret_no = sick_decide(c->state, e->verb, c->triaged.ms != 0, &to);
    if (!*ret_no && e->verb == SICK_DO_LINK) err = may_link(tx, server, c, e->to, ret_no);
    if (err || *ret_no) return err;
    c->state = to;
    err = apply(tx, server, by, c, e);
    if (!err && (e->verb == SICK_DO_SEE || e->verb == SICK_DO_CLOSE)) err = follow(tx, server, by, c, e);
    if (!err && e->verb == SICK_DO_WITHDRAW) /* the others stand by themselves again */
        err = follow(tx, server, by, c, &(struct sickcall_event){.verb = SICK_DO_PART});
    return err;
}
