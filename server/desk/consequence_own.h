/* consequence_own: what the files consequence*.c share. Each function makes one kind of open thing be as the rule says, for one patient, and
 * counts what it changed. */
#ifndef DESK_CONSEQUENCE_OWN_H
#define DESK_CONSEQUENCE_OWN_H
#include "desk/consequence.h"

#define CONSEQUENCE_WHY "urn:yunqiao:custody" /* the system of a code of custody's: "released", "died" … */

struct consequence {
    struct schedule *s;
    const struct record_head *patient;
    const struct custody *custody;
    enum consequence_rule rule;
};
enum err consequence_bookings(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_escorts(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_local_visits(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_sick_calls(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_visits(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_grants(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_orders(const struct consequence *c, uint32_t *ret_n) MUST_USE;
/* Whatever the state: of times away that were told late, too. */
enum err consequence_doses(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_follow_ups(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_cases(const struct consequence *c, uint32_t *ret_n) MUST_USE;
/* Where the person is to be looked at; whoever was near the person stays to be. */
enum err consequence_contacts(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_sessions(const struct consequence *c, uint32_t *ret_n) MUST_USE;
enum err consequence_record(const struct consequence *c, uint32_t *ret_n) MUST_USE;

#endif
