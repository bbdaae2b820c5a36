/* film_keep: how long recordings are kept, what holds one beyond its time, and who had it destroyed. The clock proposes what is past the time that the
 * site sets; the privacy officer asks for its end, another person in another role decides; then its key is gone, the row stays with the chains of its
 * files, and the files are removed. What is under a legal hold, runs, or is of a visit that is not over is refused, by triggers too where it can be.
 *
 * Texts live in the arena. List on a reader, the rest on the desk. Files are removed by the caller once it is committed (film_remove). */
#ifndef DESK_FILM_KEEP_H
#define DESK_FILM_KEEP_H
#include "base/json.h"
#include "desk/film.h"

#define FILM_KEEP_PAGE 200
#define FILM_REASON_BYTES_MAX 1000

extern const struct migration film_keep_migrations[]; /* 730 - 739 */

/* Recordings with a key first, those past their time before others; then what was destroyed, the newest first; at most FILM_KEEP_PAGE:
 * {"recording","visit","patient","by","started","ended"|null,"files","bytes","until"|null,"due"|null,"held":{"reason","placed","by":{…}}|null,
 * "asked":{"id","reason","at","by":{…}}|null,"deleted"|null,"deleted_by"|null,"confirmed_by"|null}. keep_ms: 0: for ever. */
enum err film_keep_list(struct tx *tx, int64_t keep_ms, struct json_out *to) MUST_USE;

struct film_due {
    int64_t patient;
    struct str name, visit;
};
/* Notes what is past its time and was not noted; at most so many. */
enum err film_keep_look(struct tx *tx, struct arena *arena, int64_t keep_ms, struct film_due *ret,
                        uint32_t most, uint32_t *ret_n) MUST_USE;

enum film_no {
    FILM_YES,
    FILM_NO_GONE,  /* it has no key any more */
    FILM_NO_RUNS,  /* it has not ended */
    FILM_NO_HELD,  /* a legal hold stands */
    FILM_NO_EARLY, /* the time that it is to be kept is not over */
    FILM_NO_ASKED, /* somebody asked already */
    FILM_NO_OWN    /* the same person asked */
};
/* What speaks against its end; of a patient: of any of that one's. */
enum err film_keep_no(struct tx *tx, const struct film *film, int64_t keep_ms, enum film_no *ret) MUST_USE;
enum err film_keep_no_of(struct tx *tx, int64_t patient, enum film_no *ret) MUST_USE;
enum err film_by_name(struct tx *tx, struct arena *arena, struct str name, struct film *ret) MUST_USE;

/* ERR_EXISTS: one is under way. */
enum err film_keep_ask(struct tx *tx, const struct film *film, struct str reason, struct str by,
                       int64_t *ret_id) MUST_USE;
/* What waits under that number. ERR_NOT_FOUND. */
enum err film_keep_asked(struct tx *tx, struct arena *arena, int64_t id, struct film *ret_film,
                         struct str *ret_by) MUST_USE;
enum err film_keep_decide(struct tx *tx, int64_t id, struct str by, bool is_done) MUST_USE;
/* ERR_EXISTS: it is held; ERR_NOT_FOUND: it is not. */
enum err film_keep_hold(struct tx *tx, const struct film *film, struct str reason, struct str by) MUST_USE;
enum err film_keep_lift(struct tx *tx, const struct film *film, struct str by) MUST_USE;

/* The key goes; told of each of its files. ERR_DENIED: it runs or is held. */
enum err film_forget(struct tx *tx, int64_t recording, enum err (*told)(void *ctx, const char *name),
                     void *ctx) MUST_USE;
/* The same of all of a patient that have a key. */
enum err film_forget_of(struct tx *tx, int64_t patient, enum err (*told)(void *ctx, const char *name),
                        void *ctx) MUST_USE;

#endif
