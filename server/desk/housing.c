#include "desk/housing.h"
#include "desk/escalate.h"
#include "desk/whom.h"
#include "records/records.h"
#include <stdlib.h>

struct row {
    struct whom whom;
    enum intake_fitness fitness;
    enum intake_housing housing;
    struct instant until;
    bool is_late;
};

static int text_order(struct str a, struct str b)
{
    size_t n = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : (int)a.bytes - (int)b.bytes;
}

static int by_cell(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = text_order(x->whom.cell, y->whom.cell);
    return order ? order : text_order(x->whom.number, y->whom.number);
}

/* Late is a screening, and nothing else: whether somebody was assessed is the clinic's. */
static bool is_late(const struct tx *tx, struct record_reader *server, const struct intake_limits *limits,
                    const struct intake *in)
{
    struct instant due;
    enum intake_clock clock = intake_clock(limits, records_zone(server->records), &in->facts, &due);
    return (clock == INTAKE_CLOCK_START || clock == INTAKE_CLOCK_LOOK) && due.ms <= tx->now.ms;
}

static enum err read_row(struct tx *tx, struct record_reader *server, const struct intake_limits *limits,
                         int64_t record, struct row *ret)
{
    struct intake in;
    enum err err = intake_read_row(tx, server, record, &in);
    if (err) return err;
    bool has_passed = in.until.ms && in.until.ms <= tx->now.ms;
    *ret = (struct row){.fitness = in.fitness,
                        .housing = in.housing,
                        .until = in.until,
                        .is_late = is_late(tx, server, limits, &in)};
    if (has_passed) ret->fitness = INTAKE_UNSAID, ret->housing = INTAKE_HOUSING_NONE, ret->until.ms = 0;
    return whom_of(tx, server, in.patient, &ret->whom);
}

static void put_text(struct json_out *o, const char *key, struct str text)
{
    json_put_str(o, key, text.at ? text : (struct str){"", 0});
}

static void put_row(struct json_out *o, const struct row *r)
{
    json_open(o, NULL);
    put_text(o, "name", r->whom.name);
    put_text(o, "number", r->whom.number);
    put_text(o, "cell", r->whom.cell);
    json_put_text(o, "fitness", intake_fitness_text(r->fitness));
    json_put_text(o, "housing", intake_housing_text(r->housing));
    json_put_instant(o, "until", r->until);
    json_put_bool(o, "late", r->is_late);
    json_close(o);
}

enum err housing_write(struct tx *tx, struct record_reader *server, const struct intake_limits *limits,
                       struct json_out *to)
{
    int64_t *records = arena_alloc(server->arena, INTAKE_LIST_MAX * sizeof *records);
    struct row *rows = arena_zalloc(server->arena, INTAKE_LIST_MAX * sizeof *rows);
    struct instant since;
    uint32_t count = 0, n = 0;
    if (!records || !rows) return ERR_NOMEM;
    enum err err = intake_open(tx, server, records, &count);
    for (uint32_t i = 0; i < count && !err; i++) {
        err = read_row(tx, server, limits, records[i], &rows[n]);
        n += !err;
        if (err == ERR_NOT_FOUND) err = OK;
    }
    if (!err) err = escalate_alarm(tx, ESCALATE_ALARM_SCREENING, &since);
    if (err) return err;
    if (n > 1) qsort(rows, n, sizeof *rows, by_cell);
    json_open_array(to, "rows");
    for (uint32_t i = 0; i < n; i++)
        put_row(to, &rows[i]);
    json_close_array(to);
    json_put_bool(to, "cut", count == INTAKE_LIST_MAX);
    json_put_instant(to, "since", since);
    return OK;
}
