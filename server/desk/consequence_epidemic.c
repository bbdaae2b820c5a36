/* Cases of what spreads, and who was near one, of whoever has left: isolation here is over, and nobody is there to be looked at. */
#include "desk/consequence_own.h"
#include "desk/epidemic_contact.h"
#include "desk/schedule_own.h"

static const struct sickcall_by by_server = {{"", 0}, {"", 0}, {"", 0}};

static enum err tell(struct schedule *s)
{
    enum err err = schedule_tell(s, NULL, "nurse", "epidemic_changed", "{}");
    if (!err) err = schedule_tell(s, NULL, "clinic-doctor", "epidemic_changed", "{}");
    return err ? err : schedule_tell(s, NULL, "duty-command", "isolation_changed", "{}");
}

enum err consequence_cases(const struct consequence *c, uint32_t *ret_n)
{
    struct schedule *s = c->s;
    struct epidemic_event e = {.verb = EPIDEMIC_DO_LEAVE, .why = str_of(custody_text(c->custody->state))};
    int64_t *rows = arena_alloc(s->server.arena, EPIDEMIC_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    enum err err = rows ? epidemic_rows(s->tx, (struct instant){INT64_MAX}, rows, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct epidemic_case one;
        enum epidemic_no no = EPIDEMIC_NO_OVER;
        err = record_head_at(s->tx, s->server.arena, rows[i], &head);
        if (err || head.patient != c->patient->row) continue;
        err = epidemic_read_row(s->tx, &s->server, rows[i], &one);
        if (!err) err = epidemic_happen(s->tx, &s->server, &by_server, &one, &e, &no);
        if (err == ERR_NOT_FOUND) err = OK;
        *ret_n += !err && no == EPIDEMIC_YES;
    }
    return err || !*ret_n ? err : tell(s);
}

enum err consequence_contacts(const struct consequence *c, uint32_t *ret_n)
{
    struct schedule *s = c->s;
    struct chart_list list;
    enum err err = chart_list(s->tx, &s->server, "Task", c->patient->id,
                              "&code=" SICKCALL_TASK "|" CONTACT_TASK "&status=requested,in-progress", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        struct epidemic_contact one;
        err = epidemic_contact_read(s->tx, &s->server, list.at[i].head.row, &one);
        if (!err) err = epidemic_contact_look(s->tx, &s->server, &one, STR("gone"));
        *ret_n += !err;
        if (err == ERR_NOT_FOUND) err = OK; /* of another kind */
    }
    return err || !*ret_n ? err : tell(s);
}
