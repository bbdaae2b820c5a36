#include "desk/custody.h"
#include "registry/event.h"

static const char *const states[CUSTODY_STATES] = {[CUSTODY_NONE] = "none",
                                                   [CUSTODY_HOUSED] = "housed",
                                                   [CUSTODY_COURT] = "court",
                                                   [CUSTODY_HOSPITAL] = "hospital",
                                                   [CUSTODY_ELSEWHERE] = "elsewhere",
                                                   [CUSTODY_RELEASED] = "released",
                                                   [CUSTODY_TRANSFERRED] = "transferred",
                                                   [CUSTODY_DIED] = "died"};

const char *custody_text(enum custody_state state)
{
    ASSERT(state < CUSTODY_STATES);
    return states[state];
}

bool custody_is_out(enum custody_state state)
{
    return state == CUSTODY_COURT || state == CUSTODY_HOSPITAL || state == CUSTODY_ELSEWHERE;
}

bool custody_is_here(enum custody_state state)
{
    return state == CUSTODY_HOUSED || custody_is_out(state);
}

bool custody_is_over(enum custody_state state)
{
    return state == CUSTODY_RELEASED || state == CUSTODY_TRANSFERRED || state == CUSTODY_DIED;
}

/* -- one Encounter -- */

/* Out of the house the place has no Location, and its words are the kind of place (desk/registrar_stay). */
static void read_place(struct record_reader *server, const struct chart_item *stay, uint32_t place,
                       struct custody *c)
{
    struct str words = chart_text(server, stay, place, "location.display");
    c->since = chart_instant(server, chart_text(server, stay, place, "period.start"));
    c->cell = chart_text(server, stay, place, "location.reference");
    c->state = CUSTODY_HOUSED;
    if (c->cell.bytes) {
        c->cell_words = words;
        return;
    }
    enum event_where where;
    if (event_where_from(words, &where))
        c->state = where == WHERE_COURT       ? CUSTODY_COURT
                   : where == WHERE_HOSPITAL  ? CUSTODY_HOSPITAL
                   : where == WHERE_ELSEWHERE ? CUSTODY_ELSEWHERE
                                              : CUSTODY_HOUSED;
}

static void read_open(struct record_reader *server, const struct chart_item *stay, struct custody *c)
{
    uint32_t all = tape_get(&stay->tape, 0, STR("location")), at;
    c->state = CUSTODY_HOUSED;
    c->since = chart_instant(server, chart_text(server, stay, 0, "period.start"));
    for (uint32_t i = 0; (at = tape_at(&stay->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, stay, at, "status"), "active")) read_place(server, stay, at, c);
    all = tape_get(&stay->tape, 0, STR("type"));
    for (uint32_t i = 0; (at = tape_at(&stay->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, stay, at, "coding.code"), "release-pending"))
            c->is_announced = true;
}

static void read_over(struct record_reader *server, const struct chart_item *stay, struct custody *c)
{
    struct str how = chart_text(server, stay, 0, "hospitalization.dischargeDisposition.coding.code");
    c->since = chart_instant(server, chart_text(server, stay, 0, "period.end"));
    enum event_end end = END_UNSAID;
    (void)event_end_from(how, &end);
    c->state = end == END_DEAD                                 ? CUSTODY_DIED
               : end == END_TRANSFERRED || end == END_HOSPITAL ? CUSTODY_TRANSFERRED
                                                               : CUSTODY_RELEASED;
}

void custody_read(struct record_reader *server, const struct chart_item *stay, struct custody *ret)
{
    struct str status = chart_text(server, stay, 0, "status");
    *ret = (struct custody){.encounter = stay->head.id};
    if (str_is_text(status, "in-progress"))
        read_open(server, stay, ret);
    else if (str_is_text(status, "finished"))
        read_over(server, stay, ret);
}

/* -- a person -- */

enum err custody_of(struct tx *tx, struct record_reader *server, struct str patient, struct custody *ret)
{
    struct chart_list list;
    struct instant begun = {0};
    *ret = (struct custody){0};
    enum err err = chart_list(tx, server, "Encounter", patient,
                              "&type=urn:yunqiao:encounter|custody&status=in-progress,finished", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        struct instant start = chart_instant(server, chart_text(server, &list.at[i], 0, "period.start"));
        if (ret->encounter.bytes && start.ms <= begun.ms) continue;
        begun = start;
        custody_read(server, &list.at[i], ret);
    }
    return err;
}
