/* demo: a whole invented site as FHIR bodies: a centre with blocks and cells, 300 people held there, its clinic, 8 hospitals with 300
 * specialists in 30 departments, a year of history that ends today, and what is booked from today on. Nobody and nothing in it is real.
 *
 * A pure generator: the same day gives the same bytes (numbers from a seed, time from the caller). Bodies come in an order in which a
 * reference points to what came before. It knows no store: the caller writes them. One thread. */
#ifndef DESK_DEMO_H
#define DESK_DEMO_H
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

#define DEMO_DETAINEES 300
#define DEMO_SPECIALISTS 300
#define DEMO_HOSPITALS 8
/* Ids of the Appointments of today and after, from 1 on, without a gap: what stands beside them is the caller's (schedule_adopt). */
#define DEMO_BOOKING "demo-now-%d"

/* One body; the strings last until it returns. An error ends the generation with it. */
typedef enum err demo_put(void *ctx, struct str type, struct str id, struct str body);

enum demo_how {
    DEMO_UNBOOKED = 1, /* without what is booked from today on */
    DEMO_ANY_HOUR = 2  /* whom one logs in as works at any hour of any day */
};
/* now: the day that the history ends on. detainees: at most DEMO_DETAINEES, fewer for tests. how: demo_how, or'ed. */
enum err demo_site(struct instant now, int detainees, unsigned how, demo_put *put, void *ctx) MUST_USE;

/* The resource that stands for a demo account (the name it logs in with): "Practitioner/demo-guqinghe"; NULL: for none. */
const char *demo_person_of(const char *account);

#endif
