/* montage: recordings as one film each (link/montage): who asked for it and what became of it stands in the store, and a thread of its own has the films made one after the other by
 * the codec program, each by a child in a box behind everything else that runs; no decrypted byte of a film is ever here. What is made is one more file of the
 * recording: sealed under its key, with its chain, of no account and no source.
 *
 *   WAITS --made--> MADE      --another one asked for it, the child failed, the server was started anew--> FAILED      --taken back--> CANCELLED
 *
 * Until it is whole a film lies as NAME.part. montages_new and _free: whoever made it; the rest any thread, what takes a tx in that transaction. At most
 * MONTAGES_WAITING_MAX wait. */
#ifndef DESK_MONTAGE_H
#define DESK_MONTAGE_H
#include "desk/film.h"
#include "link/montage.h"

enum { MONTAGES_WAITING_MAX = 16, MONTAGE_STALLED_MS = 600000 };

extern const struct migration montage_migrations[]; /* 750 */

enum montage_state { MONTAGE_NONE, MONTAGE_WAITS, MONTAGE_MADE, MONTAGE_FAILED, MONTAGE_CANCELLED };
const char *montage_state_text(enum montage_state state);
/* Of the recording, the newest. */
enum err montage_look(struct tx *tx, const struct film *film, enum montage_state *ret) MUST_USE;
enum err montage_put(struct tx *tx, const struct film *film, struct str account) MUST_USE;
enum err montage_cancel(struct tx *tx, const struct film *film) MUST_USE; /* harmless when none waits */
static inline bool film_file_is_montage(const struct film_file *f)
{
    return f->account.bytes == 0 && f->source.bytes == 0;
}

struct montages;
struct montages_settings {
    struct store *store;
    struct records *records;
    const char *dir;     /* of the recordings */
    const char *program; /* yunqiao-codec; empty: it is not there, and each fails */
    const char *zone;    /* the site's */
};
/* What was under way when the server was killed has failed. */
enum err montages_new(const struct montages_settings *settings, struct montages **ret) MUST_USE;
void montages_stop(
    struct montages *m); /* before the store is closed; what is under way is given up. NULL allowed */
void montages_free(struct montages *m); /* NULL allowed */
bool montages_have_room(struct montages *m);
/* After the commit of montage_put, of montage_cancel. recording: its name. */
void montages_begin(struct montages *m, struct str recording);
void montages_give_up(struct montages *m, struct str recording);
/* -1: it is not being made now. */
int montages_percent(struct montages *m, struct str recording);

#endif
