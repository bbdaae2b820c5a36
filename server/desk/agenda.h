/* agenda: who and what can be booked, with their hours: specialists, the clinic's doctors and nurses, interpreters, escorts, rooms and
 * devices, read from PractitionerRole, Practitioner, Organization, Location, Device and HealthcareService (R4), and the site's own
 * words on holidays and on the detainees' day. Times that are taken are not here: records/claim has them.
 *
 * A view is immutable, shared by reference, and made anew when one of those records or words has changed since. Any thread that has a
 * transaction; the agenda has its own lock.
 *
 *   hours       PractitionerRole.availableTime, Location.hoursOfOperation; a device and a room without hours: always
 *   leave       PractitionerRole.notAvailable
 *   exceptions  extension AGENDA_EXTRA: days with other hours than the week's
 *   limits      extension AGENDA_LIMITS: rest before and after, notice, horizon, bookings and minutes a day
 *   licence     Practitioner.qualification: number and period; no time after its end is booked
 *   standing    extension STANDING_URL: a specialist who waits for approval or is suspended is not asked (desk/standing) */
#ifndef DESK_AGENDA_H
#define DESK_AGENDA_H
#include "desk/standing.h"
#include "scheduler/roster.h"

#define AGENDA_LIMITS "https://yunqiao.invalid/fhir/booking-limits"
#define AGENDA_EXTRA "https://yunqiao.invalid/fhir/extra-hours"
#define AGENDA_EVERY "https://yunqiao.invalid/fhir/every-weeks"
#define AGENDA_ZONE "http://hl7.org/fhir/StructureDefinition/timezone"
#define AGENDA_TEXT_BYTES_MAX 65536

extern const struct migration agenda_migrations[]; /* 341 */

enum agenda_kind {
    AGENDA_SPECIALIST,
    AGENDA_DOCTOR, /* of the clinic */
    AGENDA_NURSE,
    AGENDA_INTERPRETER,
    AGENDA_ESCORT,
    AGENDA_ROOM,
    AGENDA_DEVICE,
    AGENDA_PATIENT, /* none stands in a view */
    AGENDA_KINDS
};
const char *agenda_kind_text(enum agenda_kind kind); /* "specialist", "clinic-doctor", … */
bool agenda_kind_from(struct str text, enum agenda_kind *ret);
bool agenda_kind_is_person(enum agenda_kind kind);

struct agenda_resource {
    int64_t row; /* of the Practitioner, Location or Device */
    enum agenda_kind kind;
    struct str type, id;         /* "Practitioner", "demo-peiyan" */
    struct str role_id;          /* of the PractitionerRole; empty: no person */
    struct str name, initials;   /* 裴砚, py */
    struct str what, what_words; /* specialty, room's or device's kind, language */
    struct str place;            /* hospital, clinic; of a device the room it stands in, as Location's id */
    struct str zone_name;        /* IANA */
    struct str organization;     /* of a person: "Organization/demo-h1"; empty: none */
    struct str title;            /* of a specialist, as the role's code says it */
    struct str licence;          /* its number; empty: none known */
    struct instant licence_ends; /* ms 0: none known */
    enum standing standing;      /* of a specialist (desk/standing) */
    struct str standing_why;     /* a code, or empty */
    bool is_suspended;           /* the role or the person is not active */
    struct roster roster;        /* bookings empty: the caller's to fill in a copy */
};

struct agenda_view {
    struct agenda_resource *at;
    uint32_t count;
    const struct zone *zone; /* the site's */
    const struct calendar *calendar;
    struct roster patient; /* when detainees can be brought, without their own engagements */
};

struct agenda;
struct agenda *
agenda_new(const char *zone_name) MUST_USE; /* NULL: no memory. An unknown zone counts as UTC+8 */
void agenda_free(struct agenda *a);         /* NULL allowed */
/* Give it back with agenda_view_free. ERR_CORRUPT: words on holidays that cannot be read, which no write lets be. */
enum err agenda_view(struct agenda *a, struct tx *tx, struct records *records,
                     const struct agenda_view **ret) MUST_USE;
void agenda_view_free(const struct agenda_view *v);

bool agenda_zone_is(struct str name); /* the system's zone data has it (IANA) */

/* A workspace for searches, and back: they are shared, as each is large. NULL: no memory. */
struct joint;
struct joint *agenda_joint(struct agenda *a) MUST_USE;
void agenda_joint_back(struct agenda *a, struct joint *joint); /* NULL allowed */

/* By row, the first entry; NULL. Kind AGENDA_KINDS: any. */
const struct agenda_resource *agenda_find(const struct agenda_view *v, int64_t row, enum agenda_kind kind);
/* By "Practitioner/ID". */
const struct agenda_resource *agenda_find_reference(const struct agenda_view *v, struct str reference,
                                                    enum agenda_kind kind);
/* Whether it may be asked for a time that ends then: active, and the licence lasts so long. */
bool agenda_may(const struct agenda_resource *r, struct instant until);

/* -- the site's own words: "calendar" (scheduler/calendar.h), "custody-day" (lines "Mon-Sun 08:30-11:30") -- */
struct agenda_text {
    struct str text;
    int64_t version; /* 0: ours, as shipped */
};
enum err agenda_text(struct tx *tx, struct arena *arena, struct str name, struct agenda_text *ret) MUST_USE;
/* ERR_BAD_INPUT: ret_why says which line; ERR_EXISTS: version is no longer the current one; ERR_NOT_FOUND: no such words. */
enum err agenda_text_put(struct tx *tx, struct str name, struct str text, int64_t version, struct str account,
                         char ret_why[CALENDAR_WHY_BYTES]) MUST_USE;

#endif
