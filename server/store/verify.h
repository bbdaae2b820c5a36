/* verify: two kinds of the chore thread's work (store/chore.h): the scrub of all pages, and the verification of the
 * audit chain, each with a connection of its own that is let go between steps. server/store only. */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H
#include "store/chore.h"

enum err scrub_work(struct store *s, struct chore_work *w) MUST_USE;  /* w->count: bad pages */
enum err verify_work(struct store *s, struct chore_work *w) MUST_USE; /* w->report */

#endif
