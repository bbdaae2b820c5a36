/* calls: the thread on which rooms live (desk/room), with its mailbox, its clock and its way to the store. What happens comes from
 * the net (frames, losses), the api (WHIP, WHEP, members who go) and the main thread (workers); what is to be done goes to them.
 * Nobody is let in, put out or cut off before the row that says so is durable (rules 24, 25); that somebody went is written behind.
 *
 * The main thread makes it, starts and ends it; the rest is for any thread. */
#ifndef DESK_CALLS_H
#define DESK_CALLS_H
#include "base/json.h"
#include "desk/room.h"
#include "store/store.h"

struct calls_settings {
    struct store *store;
    struct records *records; /* for the doors and the chat of visits; NULL: there are none */
    int workers;
    uint32_t rooms_max, peers_max;
    char turn_host[120]; /* as rooms_settings */
    uint16_t turn_port;
    char endpoint[256]; /* what the site's room system is called; empty: there is none */
    /* Called on the calls thread; each copies. */
    void (*send)(void *ctx, int worker, const struct link_msg *m);
    void (*tell)(void *ctx, struct room_client to, struct str frame);
    void (*close)(void *ctx, struct room_client to);         /* it sent what is no frame */
    void (*film)(void *ctx, const struct room_film_said *f); /* NULL: nothing is recorded */
    uint32_t (*film_lost)(void *ctx); /* a film that lost something, each once; 0: none. NULL: none is */
    void *ctx;
};

struct calls;
/* Reads the tokens' key, or makes it. */
enum err calls_new(const struct calls_settings *settings, struct calls **ret_calls) MUST_USE;
enum err calls_start(struct calls *c) MUST_USE;
void calls_drain(struct calls *c); /* any thread: closes the rooms, soon (rooms_drain) */
/* After the store is closed and before the net is freed: whoever awaits an answer gets one. */
void calls_stop(struct calls *c);
void calls_free(struct calls *c); /* NULL allowed */

/* -- any thread -- */
void calls_worker(struct calls *c, int worker, bool is_up);
void calls_heard(struct calls *c, int worker, const struct link_msg *m); /* copies */

struct calls_client { /* whose WebSocket it is; texts are copied */
    struct room_client id;
    struct str account, session;
    const char *from;
};
/* Takes the frame, in any case. ERR_BUSY, ERR_NOMEM: it is lost. */
enum err calls_frame(struct calls *c, const struct calls_client *who, struct json *frame) MUST_USE;
void calls_lost(struct calls *c, struct room_client client, bool is_over);
void calls_revoke(struct calls *c, struct str room, struct str account); /* account empty: all, for good */
/* Consent stands no more: whoever came from outside is out, and every viewer; the clinic and its sources stay. */
void calls_clear(struct calls *c, struct str room);

/* The visit's room is recorded (rooms_record), with that key; copied. */
struct calls_record {
    struct str room, visit, id;
    uint8_t key[ROOM_RECORDING_KEY_BYTES];
};
void calls_record(struct calls *c, const struct calls_record *start);
void calls_record_hold(struct calls *c, struct str room, uint8_t why); /* enum recording_why */

/* A request of WHIP or WHEP. Its texts must live until it is answered: once, on the calls thread. */
struct calls_ask {
    enum calls_ask_kind {
        CALLS_POST,
        CALLS_PATCH,
        CALLS_ACCEPT,
        CALLS_DELETE,
        CALLS_LOOK,
        CALLS_STANDS,
        CALLS_WAIT
    } kind;
    bool is_whep;
    struct str room, source, session, token, body, if_match;
    int16_t axes[ROOM_AXES]; /* STANDS */
    bool has_after;          /* WAIT */
    uint32_t after;
    const char *from;
    void (*answered)(struct calls_ask *ask, const struct room_answer *a);
};
void calls_ask(struct calls *c, struct calls_ask *ask);

/* A picture of a track, for somebody who is in its room (rooms_grab); the texts must live until it is answered: once, on the calls
 * thread. */
struct calls_grab {
    struct str room, visit, account;
    uint32_t track;
    void (*answered)(struct calls_grab *grab, struct room_grab *g);
};
void calls_grab(struct calls *c, struct calls_grab *grab);

/* A source's or a viewer's token is void: who came by it goes. */
void calls_void(struct calls *c, struct str pass);
/* A token for one person's way in, or for a source. */
void calls_token(const struct calls *c, const struct room_token *t, char ret_text[ROOM_TOKEN_TEXT]);
int calls_present(struct calls *c, const char *room);
bool calls_is_private(struct calls *c, const char *room);
/* People of the clinic's side and from outside who are in the room's call, or were until a moment ago. */
void calls_sides(struct calls *c, const char *room, int *ret_inside, int *ret_outside);
void calls_count(struct calls *c, struct rooms_counts *ret);
int calls_weak(struct calls *c);  /* rooms_weak */
int calls_lossy(struct calls *c); /* rooms_lossy */
void calls_register_metrics(void);

#endif
