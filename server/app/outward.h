/* outward: what the settings say of ways out of the house ([mail], [sms]), with the files that they name read in: a password, a key,
 * certificates. Main thread, at start. */
#ifndef APP_OUTWARD_H
#define APP_OUTWARD_H
#include "app/settings.h"
#include "desk/outbox.h"
#include "desk/registry_poll.h"

/* The shape of it alone: before a store is made. */
enum err outward_check(const struct settings *s, char ret_why[256]) MUST_USE;
/* The registry that is asked ([registry] poll_url), when there is one. As outward_read; the trust is registry_poll_new's. */
enum err outward_poll(const struct settings *s, struct registry_poll_settings *ret,
                      char ret_why[256]) MUST_USE;
/* ERR_BAD_INPUT: ret_why says which file. The trust is the caller's (outbox_new takes it). */
enum err outward_read(const struct settings *s, struct outbox_settings *ret, char ret_why[256]) MUST_USE;

#endif
