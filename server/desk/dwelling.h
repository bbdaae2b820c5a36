/* dwelling: who lived where and when, and which block a place is in: read out of the Locations and the custody Encounters that desk/registrar
 * writes. What contacts, ward-day counts and the floor plan are made of. On a reader or the desk, without a guard. It is large, and lives in an
 * arena of its own: a request's would not hold it. */
#ifndef DESK_DWELLING_H
#define DESK_DWELLING_H
#include "desk/chart.h"

#define DWELLING_PLACES_MAX 2000
#define DWELLING_STAYS_MAX 4000 /* custody Encounters at once */
#define DWELLING_NONE UINT32_MAX

enum dwelling_kind { DWELLING_CELL, DWELLING_ROOM, DWELLING_OTHER };
/* block: of a cell's identifier BLOCK/CELL, else the id of what it is part of; block_name: what that is called, else the block itself. */
struct dwelling_place {
    struct str id, name, block, block_name;
    enum dwelling_kind kind;
    bool is_isolation;
};
struct dwelling_person {
    struct str id; /* of the Patient */
    int64_t row;
    uint32_t cell; /* where the person is now: a place; DWELLING_NONE: not in the house */
};
struct dwelling_stay {
    uint32_t person, place;
    struct instant from, until; /* until ms 0: still there */
};
struct dwelling {
    struct record_reader server; /* whose arena all of it lives in; more may be read by it */
    struct dwelling_place *places;
    struct dwelling_person *people;
    struct dwelling_stay *stays;
    uint32_t place_count, person_count, stay_count, stay_room;
    bool is_cut;
};
/* With the stays that reach into the time from since on. *ret is to be done with, after an error too. */
enum err dwelling_read(struct tx *tx, struct records *records, struct instant since,
                       struct dwelling *ret) MUST_USE;
void dwelling_done(struct dwelling *h);                                     /* of zeroes allowed */
uint32_t dwelling_place_of(const struct dwelling *h, struct str reference); /* "Location/x" or "x" */
uint32_t dwelling_person_of(const struct dwelling *h, int64_t row);         /* of the Patient's row */
/* Where the person lived then; DWELLING_NONE. */
uint32_t dwelling_cell_at(const struct dwelling *h, uint32_t person, struct instant at);

#endif
