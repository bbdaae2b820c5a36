/* stream: bodies too large for memory. What comes up goes to a sealed file as it comes, what goes down is read a part ahead; one thread
 * of its own does the disk's work, so that the net thread never waits for it. Two parts of STREAM_PART_BYTES a stream, at most STREAM_MAX
 * streams: that is all the memory that bodies take.
 *
 *   net thread: stream_up, stream_put, stream_end | stream_down, stream_get     then, woken: streams_take
 *   its thread: seals and writes, reads and opens, removes what was dropped
 *
 * Inside server/net only; net thread, but where said. */
#ifndef NET_STREAM_H
#define NET_STREAM_H
#include "api/request.h"

#define STREAM_PART_BYTES (128 * 1024)
#define STREAM_SLACK_BYTES (64 * 1024) /* what libwebsockets may still hand over when told to stop */
#define STREAM_MAX 32

struct streams;
struct stream;

struct stream_owner { /* how the net finds the connection again */
    uint32_t slot;
    uint64_t serial, generation;
};

/* dir: DIR/files; copied. wake: any thread; says that streams_take has something. ERR_NOMEM. */
enum err streams_new(const char *dir, void (*wake)(void *ctx), void *ctx, struct streams **ret) MUST_USE;
void streams_stop(struct streams *all); /* ends the thread; streams may still be dropped */
void streams_free(struct streams *all); /* NULL allowed; stopped, and every stream was dropped */
/* Streams whose thread did something since: calls back for each that still has an owner. */
void streams_take(struct streams *all, void (*look)(void *ctx, struct stream *s), void *ctx);

struct stream_owner stream_owner(const struct stream *s);
enum err stream_err(const struct stream *s); /* what its thread met; OK so far */
/* Lets go: the thread ends what it does and frees it. What was not handed over is removed. NULL allowed. */
void stream_drop(struct stream *s);
/* A writer that its request does not need any more is closed, and its file removed unless kept, off the net thread. */
void streams_close(struct streams *all, struct file_writer *w);

/* -- up -- ERR_BUSY: too many streams. */
enum err stream_up(struct streams *all, struct stream_owner owner, struct stream **ret) MUST_USE;
/* Takes all of it (at most STREAM_SLACK_BYTES). *ret_room false: stop the sender until streams_take calls back. */
enum err stream_put(struct stream *s, const void *from, size_t bytes, bool *ret_room) MUST_USE;
bool stream_has_room(const struct stream *s);
void stream_end(struct stream *s);            /* that was all */
bool stream_is_whole(const struct stream *s); /* sealed, synced: may be handed over */
/* The writer and what it made become the caller's. */
struct file_writer *stream_hand_over(struct stream *s, struct file_seal *ret);

/* -- down -- the parts are copied. */
enum err stream_down(struct streams *all, struct stream_owner owner, const struct answer_part *parts,
                     struct stream **ret) MUST_USE;
int64_t stream_bytes_of(const struct answer_part *parts);
/* At most bytes; 0: not there yet (streams_take calls back), or the end. */
size_t stream_get(struct stream *s, void *ret_bytes, size_t bytes);

#endif
