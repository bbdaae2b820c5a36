#include "desk/isolation.h"
#include "desk/whom.h"

static enum err place_name(struct tx *tx, struct record_reader *server, struct str id, struct str *ret)
{
    struct chart_item item;
    *ret = (struct str){"", 0};
    if (!id.bytes) return OK;
    enum err err = chart_one(tx, server, "Location", id, &item);
    if (!err) *ret = chart_text(server, &item, 0, "name");
    return err == ERR_NOT_FOUND ? OK : err;
}

/* Somebody with two illnesses stands once, until the later of both. */
static bool is_there_already(struct isolation *all, uint32_t n, const struct isolation *one)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!str_is(all[i].patient, one->patient)) continue;
        if (one->until.ms > all[i].until.ms) all[i].until = one->until;
        return true;
    }
    return false;
}

enum err isolation_of_cases(struct tx *tx, struct record_reader *server, struct isolation ret[ISOLATION_MAX],
                            uint32_t *ret_n)
{
    int64_t *rows = arena_alloc(server->arena, EPIDEMIC_LIST_MAX * sizeof *rows);
    uint32_t count = 0, n = 0;
    enum err err = rows ? epidemic_rows(tx, (struct instant){INT64_MAX}, rows, &count) : ERR_NOMEM;
    for (uint32_t i = 0; i < count && n < ISOLATION_MAX && !err; i++) {
        struct epidemic_case c;
        struct whom whom;
        struct isolation *one = &ret[n];
        err = epidemic_read_row(tx, server, rows[i], &c);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        if (err || !epidemic_is_apart(c.state, c.isolated)) continue;
        *one = (struct isolation){.patient = c.patient, .since = c.isolated};
        (void)epidemic_may_end(&c, tx->now, &one->until);
        if (is_there_already(ret, n, one)) continue;
        err = whom_of(tx, server, c.patient, &whom);
        one->name = whom.name, one->number = whom.number, one->cell = whom.cell;
        if (!err) err = place_name(tx, server, c.place, &one->place);
        if (!err) n++;
    }
    *ret_n = n;
    return err;
}

enum err isolation_is(struct tx *tx, struct record_reader *server, struct str patient, bool *ret)
{
    int64_t *rows = arena_alloc(server->arena, EPIDEMIC_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    *ret = false;
    enum err err = rows ? epidemic_rows(tx, (struct instant){INT64_MAX}, rows, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err && !*ret; i++) {
        struct epidemic_case c;
        err = epidemic_read_row(tx, server, rows[i], &c);
        if (!err) *ret = epidemic_is_apart(c.state, c.isolated) && str_is(c.patient, patient);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}
