/* outbox: messages to people (desk/message) also go out of the house, by e-mail and by the site's SMS gateway, each once (decision 0151).
 * A post is one message on one way. It is written in the store before anything leaves:
 *
 *   waiting -> sending     committed before its courier starts; counted as a try
 *   sending -> sent        the other side took it
 *           -> waiting     not now, or it is certain that nothing arrived: again later
 *           -> failed      the other side will never take it
 *           -> unknown     it may have arrived (mail alone): not sent again by itself
 *   waiting -> late        the meeting has begun
 *           -> dropped     what it says is no longer so
 *   failed, unknown, late -> waiting   by hand
 *
 * A thread of its own posts jobs to the desk and sends couriers out (mail/dispatch); it touches no table itself. Several are out at a time,
 * each in a lane with a receipt file of its own: some lanes for each way, so that a mail server that hangs holds up no SMS, and of each way
 * one for rings alone (desk/ring), which cannot wait for anything. What is written outside has no name of a patient and no clinical word:
 * a kind, a time, a room's name for who works on the site. */
#ifndef DESK_OUTBOX_H
#define DESK_OUTBOX_H
#include "desk/schedule.h"
#include "desk/site.h"
#include "mail/parcel.h"

#define OUTBOX_URL_BYTES 256
#define OUTBOX_SECRET_BYTES 256
#define OUTBOX_TRUST_BYTES_MAX (1 << 20)
#define OUTBOX_PAGE 200
#define OUTBOX_LANES_EACH 4 /* couriers out at a time on one way; the first of them for rings alone */
#define OUTBOX_LANES (PARCEL_WAYS * OUTBOX_LANES_EACH)

extern const struct migration outbox_migrations[]; /* 355 …: after desk/standing's */

struct outbox_way {
    char url[OUTBOX_URL_BYTES];       /* empty: this way is not used */
    char from[OUTBOX_URL_BYTES];      /* of letters */
    char user[OUTBOX_SECRET_BYTES];   /* of the mail server; empty: none */
    char secret[OUTBOX_SECRET_BYTES]; /* its password, or the key by which a hook's words are signed */
    char *trust;                      /* certificates, PEM; the outbox's from outbox_new on */
};
struct outbox_settings {
    struct outbox_way ways[PARCEL_WAYS];
    char program[512];  /* yunqiao-courier */
    char receipts[512]; /* DIR/outbox.receipt: of the first lane; the others' have .1, .2 … at the end */
};

struct outbox;
/* Wipes the settings' secrets into its own keeping. NULL: no memory. */
struct outbox *outbox_new(struct site *site, struct outbox_settings *settings) MUST_USE;
enum err outbox_start(struct outbox *o) MUST_USE; /* with no way at all there is no thread */
/* Ends the thread; a courier that is out goes on by itself. Before the store is closed. NULL allowed. */
void outbox_stop(struct outbox *o);
void outbox_free(struct outbox *o); /* NULL allowed */

/* -- in a job's transaction -- */

/* Messages that nobody has looked at yet become posts, a few at a time. ways: a bit each. */
enum err outbox_fill(struct schedule *s, unsigned ways, bool *ret_more) MUST_USE;
/* Nothing is to go out: what comes meanwhile is not sent when that changes. */
enum err outbox_forget(struct tx *tx) MUST_USE;
struct outbox_post {
    int64_t number; /* 0: nothing is due */
    struct parcel parcel;
};
/* The next that is due for this lane, put to sending; what it carries is in the arena. ret_more: it was dropped or late; look again. */
enum err outbox_take(struct schedule *s, const struct outbox_settings *how, const char *site_zone, int lane,
                     struct outbox_post *ret, bool *ret_more) MUST_USE;
struct receipt;
enum err outbox_settle(struct tx *tx, int64_t number, const struct receipt *r) MUST_USE;
/* After a start: what stands as sending in this lane, by the receipt of the one before. */
enum err outbox_recover(struct tx *tx, int lane, const struct receipt *r) MUST_USE;

/* "counts": {state: n}, "posts": […] of this state (empty: of all that are not sent), newest first. On a reader. */
enum err outbox_write(struct schedule *s, struct str state, struct json_out *to) MUST_USE;
/* ERR_NOT_FOUND: none such, or none that can be sent again. */
enum err outbox_again(struct tx *tx, int64_t number) MUST_USE;
struct outbox_counts {
    int64_t stuck; /* waiting after a try that failed */
    int64_t lost;  /* failed or unknown in the last day */
};
struct outbox_counts outbox_counts(struct outbox *o); /* as they were at the last turn; any thread */
enum err outbox_count(struct tx *tx, struct outbox_counts *ret) MUST_USE;

#endif
