/* registry_door: what each of the registry's doors (net/mllp_door, desk/registry_drop, desk/registry_poll) does with one thing that was said: an
 * event into the record (desk/registrar), or a letter with why it could not be taken; with its provenance, its rows in the trail, in one
 * transaction. Many are under way at a time: the desk commits what waits at once, and `done` says that it is durable.
 *
 * A struct door_message is made by its door's thread, belongs to the store from door_post to done, and then to the door again. */
#ifndef DESK_REGISTRY_DOOR_H
#define DESK_REGISTRY_DOOR_H
#include "desk/site.h"
#include "records/record.h"
#include "registry/batch.h"
#include "registry/inbox.h"

enum door_did {
    DOOR_TAKEN,
    DOOR_AGAIN,   /* it was there already */
    DOOR_WAITS,   /* kept; who the person is waits for somebody to decide */
    DOOR_REFUSED, /* it lies among the letters; fault says why */
    DOOR_LATER, /* the world failed (a full disk, a full queue): nothing is kept, and it may be sent again */
    DOOR_DIDS
};
const char *door_did_text(enum door_did did); /* "taken", "again", "waits", "refused", "later" */

struct door_message {
    struct job job; /* first */
    struct site *site;
    struct str source;   /* the site's name of its registry; outlives the message */
    struct arena *arena; /* its own: the text, and what is read of it; door_free ends it */
    struct str text;     /* as it came, in the arena: what becomes a letter */
    size_t line;         /* of a file; 0: none */
    struct event event;  /* unless fault.words */
    struct event_fault fault;
    enum door_did did;
    void (*done)(struct door_message *m); /* on the desk: hand it back and nothing else */
    void *ctx;
};

/* NULL: no memory. The text is copied. */
struct door_message *door_new(struct site *site, struct str source, struct str text) MUST_USE;
void door_free(struct door_message *m); /* NULL allowed */
/* ERR_BUSY: the desk's queue is full; ERR_CLOSED: we are ending. done is not called then. */
enum err door_post(struct door_message *m) MUST_USE;

/* Posts those of a door that waits for them all, and waits: each is then did, durable. False: the world failed with one at least. `back` is an empty
 * box of theirs alone, with room for n; their done and ctx are set here. */
bool door_settle(struct door_message **messages, size_t n, struct box *back) MUST_USE;

/* Whether an error is the world's, which passes, and not the message's. */
bool door_is_passing(enum err err);

/* The rows of the trail for what a job of the registry's has written, and its provenance: by the registry, as a device. On the desk. */
enum err door_sign(struct tx *tx, struct record_reader *server, struct job *job, struct str source,
                   const char *action, const char *kind) MUST_USE;
void registry_door_register_metrics(void);

#endif
