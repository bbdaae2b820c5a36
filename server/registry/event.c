#include "registry/event.h"

static const struct {
    const char *word, *hl7;
} kinds[EVENT_KINDS] = {
    [EVENT_ADMIT] = {"admit", "A01"},
    [EVENT_TRANSFER] = {"transfer", "A02"},
    [EVENT_PENDING] = {"pending", "A16"},
    [EVENT_DISCHARGE] = {"discharge", "A03"},
    [EVENT_UPDATE] = {"update", "A08"},
    [EVENT_CANCEL_ADMIT] = {"cancel-admit", "A11"},
    [EVENT_CANCEL_TRANSFER] = {"cancel-transfer", "A12"},
    [EVENT_CANCEL_DISCHARGE] = {"cancel-discharge", "A13"},
    [EVENT_MERGE] = {"merge", "A40"},
};
static const char *const sexes[] = {
    [SEX_UNSAID] = "", [SEX_MALE] = "M", [SEX_FEMALE] = "F", [SEX_OTHER] = "O", [SEX_UNKNOWN] = "U"};
static const char *const wheres[] = {[WHERE_UNSAID] = "",
                                     [WHERE_CELL] = "CELL",
                                     [WHERE_COURT] = "COURT",
                                     [WHERE_HOSPITAL] = "HOSPITAL",
                                     [WHERE_ELSEWHERE] = "ELSEWHERE"};
static const char *const ends[] = {
    [END_UNSAID] = "",           [END_RELEASED] = "RELEASED", [END_TRANSFERRED] = "TRANSFERRED",
    [END_HOSPITAL] = "HOSPITAL", [END_DEAD] = "DEAD",         [END_OTHER] = "OTHER"};

static bool word_of(const char *const *words, size_t n, struct str text, unsigned *ret)
{
    for (size_t i = 0; i < n; i++)
        if (str_is_nocase(text, str_of(words[i]))) {
            *ret = (unsigned)i;
            return true;
        }
    return false;
}

const char *event_kind_text(enum event_kind kind)
{
    return kinds[kind].word;
}

const char *event_hl7_text(enum event_kind kind)
{
    return kinds[kind].hl7;
}

bool event_kind_from(struct str text, enum event_kind *ret)
{
    for (size_t i = 0; i < EVENT_KINDS; i++)
        if (str_is_nocase(text, str_of(kinds[i].word)) || str_is_nocase(text, str_of(kinds[i].hl7))) {
            *ret = (enum event_kind)i;
            return true;
        }
    return false;
}

bool event_sex_from(struct str text, enum event_sex *ret)
{
    const struct str male = STR("\xE7\x94\xB7"), female = STR("\xE5\xA5\xB3"); /* as Chinese forms say it */
    unsigned n;
    if (str_is(text, male) || str_is(text, female)) {
        *ret = str_is(text, male) ? SEX_MALE : SEX_FEMALE;
        return true;
    }
    if (!word_of(sexes, COUNT_OF(sexes), text, &n)) return false;
    *ret = (enum event_sex)n;
    return true;
}

bool event_where_from(struct str text, enum event_where *ret)
{
    unsigned n;
    if (!word_of(wheres, COUNT_OF(wheres), text, &n)) return false;
    *ret = (enum event_where)n;
    return true;
}

bool event_end_from(struct str text, enum event_end *ret)
{
    unsigned n;
    if (!word_of(ends, COUNT_OF(ends), text, &n)) return false;
    *ret = (enum event_end)n;
    return true;
}

const char *event_sex_text(enum event_sex sex)
{
    return sexes[sex];
}

const char *event_where_text(enum event_where where)
{
    return wheres[where];
}

const char *event_end_text(enum event_end end)
{
    return ends[end];
}

static int order_str(struct str a, struct str b)
{
    size_t n = a.bytes < b.bytes ? a.bytes : b.bytes;
    int c = n ? memcmp(a.at, b.at, n) : 0;
    return c ? c : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

int event_order(const struct event *a, const struct event *b)
{
    if (a->at.ms != b->at.ms) return a->at.ms < b->at.ms ? -1 : 1;
    if (a->recorded.ms != b->recorded.ms) return a->recorded.ms < b->recorded.ms ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    return order_str(a->control, b->control);
}

/* -- what must hold -- */

static enum err fault(struct event_fault *ret, const char *code, const char *where, const char *words)
{
    *ret = (struct event_fault){code, where, words};
    return ERR_BAD_INPUT;
}

/* One line of text that a screen can show. */
static bool is_plain(struct str text)
{
    if (text.bytes > EVENT_TEXT_BYTES_MAX) return false;
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 127) return false;
    return true;
}

enum err event_check(const struct event *e, struct event_fault *ret)
{
    if (!e->control.bytes) return fault(ret, "101", "MSH^1^10", "the message has no control id");
    if (!e->number.bytes) return fault(ret, "101", "PID^1^3", "the person has no number of this site");
    if (e->kind == EVENT_MERGE && !e->prior.bytes)
        return fault(ret, "101", "MRG^1^1", "a merge names no number that goes");
    if (e->kind == EVENT_MERGE && str_is(e->prior, e->number))
        return fault(ret, "103", "MRG^1^1", "a merge of a number with itself");
    bool is_placed = e->kind == EVENT_ADMIT || e->kind == EVENT_TRANSFER;
    if (is_placed && e->where == WHERE_UNSAID)
        return fault(ret, "101", "PV1^1^3", "an admission or transfer says no place");
    if (e->where == WHERE_CELL && !e->cell.bytes)
        return fault(ret, "101", "PV1^1^3^1^2", "a place without a cell");
    if (e->kind == EVENT_ADMIT && !e->family.bytes)
        return fault(ret, "101", "PID^1^5", "an admission without a name");
    const struct {
        struct str text;
        const char *where;
    } texts[] = {{e->control, "MSH^1^10"},  {e->number, "PID^1^3"},    {e->stay, "PV1^1^19"},
                 {e->prior, "MRG^1^1"},     {e->national, "PID^1^3"},  {e->family, "PID^1^5"},
                 {e->given, "PID^1^5^1^2"}, {e->block, "PV1^1^3^1^1"}, {e->cell, "PV1^1^3^1^2"},
                 {e->bed, "PV1^1^3^1^3"}};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!is_plain(texts[i].text))
            return fault(ret, "102", texts[i].where, "longer than 120 bytes, or not one line of text");
    return OK;
}

/* -- from HL7 -- */

struct reading {
    struct arena *arena;
    const struct hl7 *m;
    struct event_fault *fault;
    enum err err;
};

/* A text of a segment; after an error every later one is empty. */
static struct str get(struct reading *r, const char *segment, size_t field, size_t component,
                      const char *where)
{
    struct str text = {0};
    if (r->err) return text;
    r->err = hl7_get(r->arena, r->m, hl7_segment(r->m, segment, 0), field, component, &text);
    if (r->err == ERR_BAD_INPUT)
        *r->fault = (struct event_fault){"102", where, "an escape that makes no text"};
    return r->err ? (struct str){0} : text;
}

/* Of PID-3's repetitions the one of that type (CX.5, table 0203). */
static struct str identifier(struct reading *r, const char *segment, size_t field, const char *const *types,
                             size_t n, bool untyped_too)
{
    struct str all = hl7_field(r->m, hl7_segment(r->m, segment, 0), field), type, id = {0};
    if (r->err) return id;
    size_t repeats = hl7_repeats(r->m, all);
    for (size_t t = 0; t < n + untyped_too && !id.bytes; t++)
        for (size_t i = 0; i < repeats && !id.bytes && !r->err; i++) {
            struct str one = hl7_repeat(r->m, all, i);
            r->err = hl7_text(r->arena, r->m, hl7_component(r->m, one, 5, 1), &type, NULL);
            if (!r->err && str_is_text(type, t < n ? types[t] : ""))
                r->err = hl7_text(r->arena, r->m, hl7_component(r->m, one, 1, 1), &id, NULL);
        }
    if (r->err == ERR_BAD_INPUT)
        *r->fault = (struct event_fault){"102", "PID^1^3", "an escape that makes no text"};
    return r->err ? (struct str){0} : id;
}

static void person(struct reading *r, struct event *e)
{
    static const char *const site_types[] = {"PI", "MR", "PN"}, *const national_types[] = {"NI", "NNCHN",
                                                                                           "SS"};
    e->number = identifier(r, "PID", 3, site_types, COUNT_OF(site_types), true);
    e->national = identifier(r, "PID", 3, national_types, COUNT_OF(national_types), false);
    if (!e->national.bytes) e->national = get(r, "PID", 19, 1, "PID^1^19");
    e->family = get(r, "PID", 5, 1, "PID^1^5");
    e->given = get(r, "PID", 5, 2, "PID^1^5^1^2");
    if (e->kind == EVENT_MERGE) e->prior = identifier(r, "MRG", 1, site_types, COUNT_OF(site_types), true);
    struct str birth = get(r, "PID", 7, 1, "PID^1^7"), sex = get(r, "PID", 8, 1, "PID^1^8");
    e->has_birth = birth.bytes != 0;
    if (!r->err && e->has_birth && !hl7_date(birth, &e->birth))
        r->err = fault(r->fault, "102", "PID^1^7", "the day of birth is no day");
    if (!r->err && !event_sex_from(sex, &e->sex))
        r->err = fault(r->fault, "103", "PID^1^8", "the sex is none of M, F, O, U");
}

/* PV1-3: point of care ^ room ^ bed ^ … ^ type (PL.6, user table 0305 of ours: empty or CELL, COURT, HOSPITAL, ELSEWHERE). */
static void place(struct reading *r, struct event *e)
{
    e->block = get(r, "PV1", 3, 1, "PV1^1^3^1^1");
    e->cell = get(r, "PV1", 3, 2, "PV1^1^3^1^2");
    e->bed = get(r, "PV1", 3, 3, "PV1^1^3^1^3");
    struct str type = get(r, "PV1", 3, 6, "PV1^1^3^1^6");
    if (!r->err && !event_where_from(type, &e->where))
        r->err = fault(r->fault, "103", "PV1^1^3^1^6",
                       "the kind of place is none of CELL, COURT, HOSPITAL, ELSEWHERE");
    if (e->where == WHERE_UNSAID && (e->block.bytes || e->cell.bytes)) e->where = WHERE_CELL;
    if (e->where != WHERE_CELL) e->block = e->cell = e->bed = (struct str){0};
    e->stay = get(r, "PV1", 19, 1, "PV1^1^19");
    if (!e->stay.bytes) e->stay = e->number;
    struct str end = get(r, "PV1", 36, 1, "PV1^1^36");
    if (e->kind == EVENT_DISCHARGE && !r->err && !event_end_from(end, &e->end))
        r->err = fault(r->fault, "103", "PV1^1^36",
                       "the end of the stay is none of RELEASED, TRANSFERRED, HOSPITAL, DEAD, OTHER");
}

static void times(struct reading *r, const struct zone *zone, struct event *e)
{
    struct str sent = get(r, "MSH", 7, 1, "MSH^1^7"), noted = get(r, "EVN", 2, 1, "EVN^1^2"),
               happened = get(r, "EVN", 6, 1, "EVN^1^6");
    if (r->err) return;
    if (!noted.bytes) noted = sent;
    if (!happened.bytes) happened = noted;
    if (!hl7_instant(noted, zone, &e->recorded))
        r->err = fault(r->fault, noted.bytes ? "102" : "101", "EVN^1^2", "when it was recorded is no time");
    else if (!hl7_instant(happened, zone, &e->at))
        r->err = fault(r->fault, "102", "EVN^1^6", "when it happened is no time");
}

enum err event_from_hl7(struct arena *arena, const struct hl7 *m, const struct zone *zone, struct event *ret,
                        struct event_fault *ret_fault)
{
    struct reading r = {arena, m, ret_fault, OK};
    struct event e = {0};
    struct str type = get(&r, "MSH", 9, 1, "MSH^1^9"), event = get(&r, "MSH", 9, 2, "MSH^1^9^1^2");
    if (r.err) return r.err;
    if (!str_is_text(type, "ADT")) {
        *ret_fault = (struct event_fault){"200", "MSH^1^9", "only ADT messages are taken"};
        return ERR_UNSUPPORTED;
    }
    if (event.bytes != 3 || !event_kind_from(event, &e.kind)) {
        *ret_fault =
            (struct event_fault){"201", "MSH^1^9^1^2", "only A01 A02 A03 A08 A11 A12 A13 A16 A40 are taken"};
        return ERR_UNSUPPORTED;
    }
    e.control = get(&r, "MSH", 10, 1, "MSH^1^10");
    if (!r.err && !hl7_segment(m, "PID", 0))
        r.err = fault(ret_fault, "100", "PID", "there is no PID segment");
    person(&r, &e);
    place(&r, &e);
    times(&r, zone, &e);
    if (!r.err) r.err = event_check(&e, ret_fault);
    if (!r.err) *ret = e;
    return r.err;
}
