/* Rows of the trail as AuditEvents: their codes, their order and pages, and what each reader is told. */
#include "../check.h"
#include "records/audit_event.h"
#include "records/guard.h"
#include "records/interact.h"
#include "records/records.h"
#include "ward.h"
#include <stdlib.h>

enum { ROWS = 25 };

TEST(a_row_is_told_in_the_codes_of_fhir_and_of_dicom)
{
    static const struct {
        const char *action;
        enum audit_outcome outcome;
        char letter, told;
        const char *type, *rest, *sub;
    } rows[] = {
        {"record.read", AUDIT_OK, 'R', '0', "rest", "read", NULL},
        {"record.search-type", AUDIT_OK, 'R', '0', "rest", "search-type", NULL},
        {"record.search-compartment", AUDIT_OK, 'R', '0', "rest", "search-type", NULL},
        {"record.history-system", AUDIT_OK, 'R', '0', "rest", "history-system", NULL},
        {"record.create", AUDIT_OK, 'C', '0', "rest", "create", NULL},
        {"record.patch", AUDIT_REFUSED, 'U', '4', "rest", "patch", NULL},
        {"record.delete", AUDIT_FAILED, 'D', '8', "rest", "delete", NULL},
        {"record.bundle", AUDIT_OK, 'E', '0', "rest", "batch", NULL},
        {"record.everything", AUDIT_OK, 'R', '0', "rest", "operation", NULL},
        {"record.print", AUDIT_OK, 'R', '0', "110106", NULL, NULL},
        {"audit.read", AUDIT_OK, 'R', '0', "110101", NULL, NULL},
        {"login", AUDIT_REFUSED, 'E', '4', "110114", NULL, "110122"},
        {"logout", AUDIT_OK, 'E', '0', "110114", NULL, "110123"},
        {"glass.break", AUDIT_OK, 'E', '0', "110113", NULL, "110127"},
        {"account.disable", AUDIT_OK, 'U', '0', "110113", NULL, "110137"},
        {"token.revoke", AUDIT_OK, 'D', '0', "110113", NULL, "110137"},
        {"clock.jump", AUDIT_OK, 'E', '0', "110100", NULL, NULL},
        {"recording", AUDIT_OK, 'E', '0', "110100", NULL, NULL}, /* begins as "record." but for the dot */
    };
    const struct record_reader who = {0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct trail_row row = {.action = str_of(rows[i].action), .outcome = rows[i].outcome};
        struct audit_event e = audit_event_begin(&who, &row);
        const char *system;
        CHECK_INT(e.action, rows[i].letter);
        CHECK_INT(audit_event_outcome(&e), rows[i].told);
        CHECK_STR(str_of(audit_event_type_code(&e, &system)), rows[i].type);
        const char *rest = audit_event_rest_code(&e), *sub = audit_event_subtype_code(&e, &system);
        CHECK_STR(str_of(rest ? rest : "none"), rows[i].rest ? rows[i].rest : "none");
        CHECK_STR(str_of(sub ? sub : "none"), rows[i].sub ? rows[i].sub : "none");
        CHECK(e.for_officer); /* nobody guards: the program itself */
    }
}

/* -- asked as over HTTP -- */

struct asked {
    struct ward *w;
    struct records *records;
    struct guard *guard;
    const char *path, *query, *body;
    struct buf text;
    struct interact_answer answer;
    struct record_fault fault;
};

static enum err ask(struct tx *tx, void *with)
{
    struct asked *a = with;
    struct tape tape;
    struct tape_fault where;
    struct record_reader who = {.records = a->records, .arena = a->w->arena, .base = STR("https://x/fhir")};
    struct interact_ask how = {
        .method = a->body ? INTERACT_POST : INTERACT_GET, .path = str_of(a->path), .query = str_of(a->query)};
    if (a->body) CHECK_OK(tape_read(a->w->arena, str_of(a->body), RECORD_NODES_MAX, &tape, &where));
    if (a->body) how.tape = &tape;
    who.guard = a->guard;
    a->fault = (struct record_fault){0};
    const struct interact_kind *kind = interact_find(&how, &a->fault);
    CHECK(kind != NULL);
    buf_clear(&a->text);
    return interact_run(tx, &who, kind, &how, &a->text, &a->answer, &a->fault);
}

static void open_ward(struct ward *w, struct asked *a, struct guard *guard)
{
    CHECK_OK(ward_open(w));
    *a = (struct asked){.w = w, .guard = guard};
    CHECK_OK(records_new(w->store, &a->records));
    buf_init(&a->text, 1 << 20);
}

static void close_ward(struct ward *w, struct asked *a)
{
    buf_done(&a->text);
    records_free(a->records);
    ward_close(w);
}

static enum err nothing(struct job *job, struct tx *tx)
{
    (void)job, (void)tx;
    return OK;
}

static enum err leave(struct ward *w, struct audit_row row)
{
    struct job job = {.run = nothing, .audit = &row};
    clock_fake_advance(1000);
    row.from = STR("192.0.2.7");
    if (!row.target.at) row.target = STR("");
    return store_run(w->store, &job);
}

/* The numbers of the events on this page, after those of the pages before; the word of the next one, or NULL. */
static const char *take_page(struct asked *a, int64_t seqs[ROWS], int *n)
{
    static const char entry[] = "\"fullUrl\":\"https://x/fhir/AuditEvent/", next[] = "/fhir?page=";
    buf_add_char(&a->text, 0);
    CHECK_OK(a->text.err);
    for (const char *at = a->text.at; (at = strstr(at, entry)) != NULL;) {
        at += sizeof entry - 1;
        CHECK(*n < ROWS);
        seqs[(*n)++] = strtoll(at, NULL, 10);
    }
    const char *word = strstr(a->text.at, next);
    if (!word) return NULL;
    word += sizeof "/fhir?" - 1;
    const char *query = arena_text(a->w->arena, word, strcspn(word, "\""));
    CHECK(query != NULL);
    return query;
}

static int all_pages(struct asked *a, const char *query, int64_t seqs[ROWS])
{
    int n = 0;
    a->path = "AuditEvent";
    a->query = query;
    do {
        CHECK_OK(ward_write(a->w, ask, a));
        CHECK_INT(a->fault.status, 0);
        bool is_counted = strstr(query, "_total=accurate") != NULL;
        buf_add_char(&a->text, 0);
        a->text.bytes--;
        CHECK(!is_counted || strstr(a->text.at, "\"total\":25,") != NULL);
        a->query = take_page(a, seqs, &n);
        a->path = "";
    } while (a->query);
    return n;
}

TEST(events_come_newest_or_oldest_first_page_by_page_each_once)
{
    static const char which[] = "subtype=https://yunqiao.invalid/fhir/audit-action%7Crecord.read&_count=7";
    static const struct {
        const char *more;
        bool is_oldest_first;
    } orders[] = {{"", false},
                  {"&_sort=-date", false},
                  {"&_sort=date", true},
                  {"&_sort=-_lastUpdated&_total=accurate", false},
                  {"&_sort=_lastUpdated,-date&_total=accurate", true}};
    struct guard officer = {.roles = {ROLE_BIT(ROLE_PRIVACY_OFFICER)}};
    struct ward w;
    struct asked a;
    open_ward(&w, &a, &officer);
    for (int i = 0; i < 2 * ROWS; i++)
        CHECK_OK(leave(&w, (struct audit_row){.actor = str_of(w.nurse),
                                              .role = STR("nurse"),
                                              .action = i % 2 ? STR("record.read") : STR("login"),
                                              .detail = STR("{}")}));
    for (size_t k = 0; k < COUNT_OF(orders); k++) {
        char query[200];
        int64_t seqs[ROWS];
        snprintf(query, sizeof query, "%s%s", which, orders[k].more);
        CHECK_INT(all_pages(&a, query, seqs), ROWS);
        for (int i = 1; i < ROWS; i++)
            CHECK_INT(seqs[i] - seqs[i - 1], orders[k].is_oldest_first ? 2 : -2);
    }
    a.path = "AuditEvent";
    a.query = "_sort=agent";
    CHECK_OK(ward_write(&w, ask, &a));
    CHECK_INT(a.fault.status, 400);
    close_ward(&w, &a);
}

static int64_t make_patient(struct asked *a, const char **ret_name)
{
    a->guard = NULL;
    a->path = "Patient";
    a->query = "";
    a->body = "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"甲\"}]}";
    CHECK_OK(ward_write(a->w, ask, a));
    CHECK_INT(a->fault.status, 0);
    const struct record_head *head = &a->answer.record.head;
    *ret_name = arena_printf(a->w->arena, "Patient/%.*s", (int)head->id.bytes, head->id.at);
    CHECK(*ret_name != NULL);
    a->body = NULL;
    return head->row;
}

static bool tells(struct asked *a, const char *words)
{
    return a->text.bytes && memmem(a->text.at, a->text.bytes, words, strlen(words)) != NULL;
}

TEST(a_person_is_told_what_was_done_on_the_own_record_and_an_officer_all_of_it)
{
    struct ward w;
    struct asked a;
    const char *own, *other;
    int64_t rows[2];
    open_ward(&w, &a, NULL);
    rows[0] = make_patient(&a, &own);
    int64_t seq = a.answer.record.head.seq;
    rows[1] = make_patient(&a, &other);
    char detail[80];
    snprintf(detail, sizeof detail, "{\"versions\":[%lld,%lld]}", (long long)seq,
             (long long)a.answer.record.head.seq);
    CHECK_OK(leave(&w, (struct audit_row){.actor = str_of(w.nurse),
                                          .role = STR("nurse"),
                                          .action = STR("record.search-type"),
                                          .detail = str_of(detail),
                                          .subjects = rows,
                                          .subject_count = 2}));
    CHECK_OK(leave(&w, (struct audit_row){.actor = str_of(w.nurse),
                                          .role = STR("nurse"),
                                          .action = STR("record.read"),
                                          .detail = STR("{\"code\":\"forbidden\"}"),
                                          .outcome = AUDIT_REFUSED,
                                          .subjects = rows,
                                          .subject_count = 1}));
    static const struct {
        enum role role;
        bool sees, is_told_all;
    } readers[] = {{ROLE_PRIVACY_OFFICER, true, true},
                   {ROLE_DETAINEE, true, false},
                   {ROLE_NURSE, false, false},
                   {ROLE_SECURITY_ADMIN, false, false}};
    for (size_t k = 0; k < COUNT_OF(readers); k++) {
        struct guard guard = {.roles = {ROLE_BIT(readers[k].role)}};
        if (readers[k].role == ROLE_DETAINEE) guard.patient = rows[0];
        a.guard = &guard;
        a.path = "AuditEvent";
        a.query = "_sort=date";
        CHECK_OK(ward_write(&w, ask, &a));
        CHECK_INT(a.fault.status, 0);
        CHECK(tells(&a, own) == readers[k].sees);
        CHECK(tells(&a, "search-type") == readers[k].sees);
        CHECK(tells(&a, other) == readers[k].is_told_all); /* another's, found by the same search */
        CHECK(tells(&a, "192.0.2.7") == readers[k].is_told_all);
        CHECK(tells(&a, w.nurse) == readers[k].is_told_all);
        CHECK(tells(&a, "audit-hash") == readers[k].is_told_all);
        CHECK(tells(&a, "\"outcome\":\"4\"") == readers[k].is_told_all); /* what was refused opened nothing */
    }
    close_ward(&w, &a);
}
