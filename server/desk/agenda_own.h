/* agenda_own: what agenda.c and agenda_read.c share. */
#ifndef DESK_AGENDA_OWN_H
#define DESK_AGENDA_OWN_H
#include "desk/agenda.h"
#include <stdatomic.h>

#define AGENDA_ZONES_MAX 32
#define AGENDA_BYTES_MAX ((size_t)64 << 20)

struct agenda_zone {
    struct str name;
    struct zone *zone;
};
/* A view with what it stands on. */
struct agenda_whole {
    struct agenda_view view; /* first */
    atomic_int users;
    int64_t stamp;
    struct arena *arena;
    struct calendar calendar;
    struct agenda_zone zones[AGENDA_ZONES_MAX];
    uint32_t zone_count, room;
};

/* The zone by its name, or the site's when there is none such. */
const struct zone *agenda_zone(struct agenda_whole *w, struct str name);
/* Fills the view's entries from the records. */
enum err agenda_read(struct agenda_whole *w, struct tx *tx, struct records *records) MUST_USE;
/* The types whose change makes a view old; ended by NULL. */
extern const char *const agenda_types[];
/* Lines of hours into the arena. ERR_BAD_INPUT with why. */
enum err agenda_hours_parse(struct arena *arena, struct str text, struct roster_hours **ret_hours,
                            uint16_t *ret_n, char ret_why[CALENDAR_WHY_BYTES]) MUST_USE;

#endif
