/* opinion_own: what the files of opinions share. */
#ifndef DESK_OPINION_OWN_H
#define DESK_OPINION_OWN_H
#include "desk/opinion.h"

enum { OPINION_BODY_MAX = 512 * 1024 };
#define OPINION_FOLLOW_MS ((int64_t)60 * 1000) /* how far the preliminary Composition is behind */

/* The Composition as it would now be signed, with this status; conditions as in opinion_text_put. */
enum err opinion_compose(struct tx *tx, struct record_reader *all, const struct opinion *o,
                         const char *status, const char *const *conditions, struct str *ret_body) MUST_USE;
/* Makes it or its next version, lets everybody with a grant see it, and remembers it. Fills o->composition and o->body. */
enum err opinion_put_composition(struct tx *tx, struct record_reader *all, struct opinion *o,
                                 struct str body) MUST_USE;
/* What every Composition of a visit begins with: type, subject, encounter, date; into an open object. */
void opinion_put_frame(struct json_out *to, struct arena *arena, const struct opinion *o, const char *status,
                       struct instant now);
void opinion_put_reference(struct json_out *to, struct arena *arena, const char *key, const char *type,
                           struct str id);
enum err opinion_note_author(struct tx *tx, const struct opinion *o, struct str account) MUST_USE;
/* The stills of the visit as a section into an open array; none: nothing. */
enum err opinion_put_stills(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct json_out *to) MUST_USE;
enum err opinion_stills_now(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct opinion_still ret[OPINION_STILLS_MAX], uint32_t *ret_n) MUST_USE;
/* The drafted parts are in the record now. */
enum err opinion_drop_parts(struct tx *tx, const struct opinion *o) MUST_USE;
/* Who was asked and what they answered, once it is signed; else who has a grant. */
enum err opinion_load_people(struct tx *tx, struct record_reader *all, struct opinion *o) MUST_USE;

#endif
