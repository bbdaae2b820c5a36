/* control: the worker's end of the link: it says HELLO, does what CONFIG says, closes the sandbox, answers
 * PING, counts aloud, and goes when it is told to, when the server is gone, or when it hears nonsense. Owned
 * by the loop's thread.
 *
 *   greeting --CONFIG--> (bind, sandbox) --READY--> serving --DRAIN--> draining --last room gone--> BYE, end
 *      |                      | fails: BYE(why)        | anything out of turn: BYE(bad message), end
 */
#ifndef MEDIA_CONTROL_H
#define MEDIA_CONTROL_H
#include "base/sandbox.h"
#include "media/loop.h"
#include <stdbool.h>

struct control;

struct control_settings {
    int link_fd; /* taken over */
    uint16_t index;
    /* Takes the process's rights away; NULL in tests, which want theirs back. */
    enum err (*enter_sandbox)(struct sandbox_state *ret_state);
};

/* Says HELLO. NULL: out of memory; link_fd is then closed. */
struct control *control_new(struct loop *loop, const struct control_settings *settings) MUST_USE;
void control_free(struct control *c);
/* Ended as asked (DRAIN, or the server went away); false after anything else. Meaningful once the loop has
 * stopped. */
bool control_ended_well(const struct control *c);

#endif
