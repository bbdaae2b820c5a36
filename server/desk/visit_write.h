/* visit_write: a visit as screens read it (docs/PROTOCOL §17): for the clinic and for who has a grant whole, for others its outside. On a
 * reader or the desk. */
#ifndef DESK_VISIT_WRITE_H
#define DESK_VISIT_WRITE_H
#include "desk/visit_consent.h"

struct visit_asker {
    struct str account;
    struct role_set roles;
    enum visit_view view;
};
/* An object under the key (NULL: in an array); is_whole false: a line of a list. */
enum err visit_write(struct tx *tx, struct record_reader *server, const struct visit *v,
                     const struct visit_asker *who, bool is_whole, const char *key,
                     struct json_out *to) MUST_USE;
/* What stands in the way of the next step: "question", "specialties", "consent", "booking", "identity", "camera"; at most 4. */
uint8_t visit_lacks(struct record_reader *server, const struct visit *v,
                    const struct visit_consents *consents, const char *ret[4]);
bool visit_is_identified(const struct visit *v);

#endif
