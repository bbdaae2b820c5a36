/* epidemic_tell: an illness told to one named person of custody, where protection demands it (workflow, step 16): by a doctor, with a reason
 * that is a code. Until then, and to everybody else, custody knows who is kept apart and not why. On the desk; listing on a reader too. */
#ifndef DESK_EPIDEMIC_TELL_H
#define DESK_EPIDEMIC_TELL_H
#include "desk/epidemic.h"

bool epidemic_reason_is(struct str reason); /* "cellmates", "officers", "transport", "law" */

/* account: an account's id with the role duty-command; ERR_NOT_FOUND: none such; ERR_EXISTS: told already. */
enum err epidemic_tell(struct tx *tx, struct arena *arena, const struct epidemic_case *c, struct str account,
                       struct str reason, struct str by_name) MUST_USE;
/* "told": [{patient, illness, illness_en, reason, by, at}] of cases that are not over, into an open object; and who could be told:
 * epidemic_write_commands "commands": [{id, name}]. */
enum err epidemic_write_told(struct tx *tx, struct record_reader *server, struct str account,
                             struct json_out *to) MUST_USE;
enum err epidemic_write_commands(struct tx *tx, struct json_out *to) MUST_USE;

#endif
