/* calls_own: the inside of struct calls, shared by calls.c (the thread and its mail), calls_row.c (its way to the store), calls_door.c (people: who is let in, what they
 * do) and calls_ask.c (sources and viewers). Nobody else includes it. Everything here is the calls thread's, if nothing else is said. */
#ifndef DESK_CALLS_OWN_H
#define DESK_CALLS_OWN_H
#include "base/box.h"
#include "base/metric.h"
#include "desk/call_quality.h"
#include "desk/calls.h"
#include "desk/room_book.h"
#include "desk/room_chat.h"
#include "link/parcel.h"
#include <pthread.h>
#include <stdatomic.h>

enum { CALLS_ADDRESSES = 256, CALLS_LOOK_MAX = 8 << 20 };

enum mail_kind {
    MAIL_WORKER,
    MAIL_HEARD,
    MAIL_FRAME,
    MAIL_LOST,
    MAIL_REVOKE,
    MAIL_VOID,
    MAIL_CLEAR,
    MAIL_ASK,
    MAIL_GRAB,
    MAIL_RECORD,
    MAIL_HOLD,
    MAIL_ADMITTED,
    MAIL_ROW,
    MAIL_DRAIN
};

struct mail {
    struct box_item item; /* first */
    enum mail_kind kind;
    int worker;
    bool is_up, is_over;
    struct parcel *parcel;
    struct room_client client;
    char account[IDENT_TEXT], session[IDENT_TEXT], from[ROOM_FROM_BYTES], room[ROOM_ID_MAX + 1];
    struct json *frame;
    struct calls_ask *ask;
    struct calls_grab *grab;
    struct admission *admission;
    struct { /* MAIL_RECORD; of MAIL_HOLD why alone */
        char visit[ROOM_REF_BYTES_MAX + 1], id[ROOM_RECORDING_ID_TEXT];
        uint8_t key[ROOM_RECORDING_KEY_BYTES], why;
    } record;
};

/* Somebody at the door: what the book says, and the row that says that it was said. Owned by whoever has it: calls, the store, calls. */
struct admission {
    struct job job; /* first */
    struct calls *calls;
    struct arena *arena;
    struct mail *mail; /* comes back with it */
    struct audit_row row;
    enum err err;
    const char *code; /* refused by the book */
    struct str account;
    struct room_token token;
    char title[ROOM_TITLE_BYTES_MAX + 1], display[ROOM_DISPLAY_BYTES];
    struct role_set roles;
    bool is_host;
    struct room_chat chat; /* of the room, as far as this person may read it */
    /* A line of chat on its way into the record: */
    struct room_line *line;
    struct str text;
    struct room_chat_kept kept;
    struct room_line_minute minute; /* of somebody's line, on its way to the store */
};

struct address_count { /* new sessions that one address asked for of late */
    uint64_t hash;
    struct tick since;
    int posts;
};

struct calls {
    struct calls_settings settings;
    uint8_t key[ROOM_KEY_BYTES]; /* read-only: any thread */
    struct box *box;
    pthread_t thread;
    bool is_running;
    _Atomic bool is_stopping;
    _Atomic int64_t rows_out; /* jobs that the store has */
    pthread_mutex_t lock;     /* rooms: held while a mail is read, so that others may count */
    struct rooms *rooms;
    struct address_count addresses[CALLS_ADDRESSES];
};

/* calls.c; any thread */
struct mail *calls_mail_new(enum mail_kind kind);        /* NULL: memory */
void calls_mail_free(struct mail *m);                    /* NULL allowed */
void calls_keep(char *to, size_t room, struct str from); /* cut to what fits */

/* calls_row.c */
struct admission *admission_new(struct calls *c,
                                enum mail_kind kind); /* NULL: memory. With a mail, that comes back with it */
void admission_free(struct admission *a);             /* NULL allowed; frees its mail */
bool admission_row(struct admission *a, const struct room_trace *t); /* copies; false: memory */
enum err admission_run(struct job *job, struct tx *tx);              /* the row, and nothing else */
void admission_refuse(struct admission *a, const char *code);        /* on the desk, in its run */
enum err admission_post(struct calls *c,
                        struct admission *a) MUST_USE;   /* OK: it is the store's until it comes back */
void calls_trace(void *ctx, const struct room_trace *t); /* a row that nobody awaits */
void calls_quality(void *ctx, const struct room_line_minute *m);

/* calls_door.c */
extern struct metric calls_metric_joins;
void calls_read_frame(struct calls *c, struct mail *m); /* may take the mail's frame */
void calls_person_admitted(struct calls *c, struct admission *a);
void calls_act(struct calls *c, const struct mail *m, const struct room_frame *f);
void calls_chat_kept(struct calls *c, struct admission *a, const struct room_frame *f);
void calls_refuse(struct calls *c, const struct mail *m, const struct room_frame *f, const char *code);

/* calls_ask.c */
extern struct metric calls_metric_streams;
/* A viewer, and a room system, get nothing of a patient who has not said yes (rule 15): a is refused then. */
enum err calls_consent(struct admission *a, struct tx *tx, struct str room) MUST_USE;
void calls_read_ask(struct calls *c, struct calls_ask *ask);
void calls_stream_admitted(struct calls *c, struct admission *a);
void calls_refuse_ask(struct calls_ask *ask, int status, const char *code); /* any thread */

#endif
