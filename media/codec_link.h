/* codec_link: the worker's end of its codec child. It is asked for when it is first needed, given by yunqiaod (link CODEC_GIVE), gone when
 * it dies, and asked for again when it is needed again; yunqiaod keeps the time between two starts. What the child says is a stranger's word:
 * where it makes no sense the rings are let go, and another child is asked for.
 *
 *   NONE --want--> ASKED --three descriptors--> OPEN --gone, or nonsense--> NONE
 *
 * Owner: control; one thread. Never blocks. */
#ifndef MEDIA_CODEC_LINK_H
#define MEDIA_CODEC_LINK_H
#include "media/codec_msg.h"
#include "media/loop.h"

struct codec_link_settings {
    void *owner;
    void (*ask)(void *owner);      /* sends CODEC_ASK */
    bool (*may_hear)(void *owner); /* false: what the child says has to wait (codec_link_hear) */
    void (*heard)(void *owner, const struct codec_msg *m);
    void (*moved)(void *owner, bool is_open);
};

struct codec_link;
struct codec_link *codec_link_new(struct loop *loop, const struct codec_link_settings *settings) MUST_USE;
void codec_link_free(struct codec_link *c); /* NULL allowed; tells nobody */
void codec_link_want(struct codec_link *c); /* harmless when it is there or asked for */
bool codec_link_is_open(const struct codec_link *c);
/* Takes the descriptor. ERR_BAD_INPUT: it was not asked for, is not the next part, or is not what it should be. */
enum err codec_link_give(struct codec_link *c, uint8_t part, int fd) MUST_USE;
void codec_link_gone(struct codec_link *c);
/* So much may be said now; ERR_BUSY: not yet; ERR_CLOSED: there is no child (any more). */
enum err codec_link_room(struct codec_link *c, size_t bytes, size_t messages) MUST_USE;
enum err codec_link_say(struct codec_link *c, const struct codec_msg *m) MUST_USE;
void codec_link_wake(struct codec_link *c);  /* after the last of some messages */
void codec_link_hear(struct codec_link *c);  /* takes what waits, while it may */
void codec_link_break(struct codec_link *c); /* it said what cannot be */

#endif
