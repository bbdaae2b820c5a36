#include "records/guard.h"
#include <pthread.h>

/* -- kinds of types -- */

enum kind {
    KIND_UNKNOWN, /* seen by nobody but doctors and nurses */
    KIND_CLINICAL,
    KIND_MEDICATION, /* clinical, and the pharmacist's */
    KIND_IDENTITY,
    KIND_BOOKING,
    KIND_PEOPLE, /* who works where, with what specialty, at what hours */
    KIND_PLACE,
    KIND_PROJECTION, /* may be written for custody: a task, a precaution */
    KIND_OWN,        /* what a detainee says or agrees to */
    KIND_WORDS,      /* code lists, forms */
    KIND_ORIGIN,     /* who wrote it */
    KIND_TRAIL       /* a view of the audit chain, decided elsewhere (records/audit_event) */
};

static const struct {
    const char *type;
    enum kind kind;
} types[] = {
    {"AllergyIntolerance", KIND_MEDICATION},
    {"Appointment", KIND_BOOKING},
    {"AppointmentResponse", KIND_BOOKING},
    {"AuditEvent", KIND_TRAIL},
    {"CodeSystem", KIND_WORDS},
    {"CommunicationRequest", KIND_OWN},
    {"Condition", KIND_MEDICATION},
    {"Consent", KIND_OWN},
    {"Device", KIND_PLACE},
    {"Flag", KIND_PROJECTION},
    {"HealthcareService", KIND_PEOPLE},
    {"Location", KIND_PLACE},
    {"Medication", KIND_MEDICATION},
    {"MedicationAdministration", KIND_MEDICATION},
    {"MedicationDispense", KIND_MEDICATION},
    {"MedicationRequest", KIND_MEDICATION},
    {"MedicationStatement", KIND_MEDICATION},
    {"Observation", KIND_MEDICATION},
    {"Organization", KIND_PEOPLE},
    {"Patient", KIND_IDENTITY},
    {"Person", KIND_IDENTITY},
    {"Practitioner", KIND_PEOPLE},
    {"PractitionerRole", KIND_PEOPLE},
    {"Provenance", KIND_ORIGIN},
    {"Questionnaire", KIND_WORDS},
    {"RelatedPerson", KIND_IDENTITY},
    {"Schedule", KIND_PEOPLE},
    {"Slot", KIND_PEOPLE},
    {"Task", KIND_PROJECTION},
    {"ValueSet", KIND_WORDS},
};

enum { TYPES_MAX = 256 };
static uint8_t kinds[TYPES_MAX];
static uint16_t type_medication_request, type_medication_dispense, type_administration, type_service_request,
    type_task;
static pthread_once_t kinds_once = PTHREAD_ONCE_INIT;

static void fill_kinds(void)
{
    ASSERT(fhir_resource_count <= TYPES_MAX);
    for (uint16_t i = 0; i < fhir_resource_count; i++)
        kinds[i] = KIND_CLINICAL;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        uint16_t resource = fhir_resource_of(str_of(types[i].type));
        if (resource != FHIR_NONE) kinds[resource] = (uint8_t)types[i].kind;
    }
    type_medication_request = fhir_resource_of(STR("MedicationRequest"));
    type_medication_dispense = fhir_resource_of(STR("MedicationDispense"));
    type_administration = fhir_resource_of(STR("MedicationAdministration"));
    type_service_request = fhir_resource_of(STR("ServiceRequest"));
    type_task = fhir_resource_of(STR("Task"));
}

static enum kind kind_of(uint16_t resource)
{
    pthread_once(&kinds_once, fill_kinds);
    return resource < fhir_resource_count ? (enum kind)kinds[resource] : KIND_UNKNOWN;
}

#define K(kind) (1u << (kind))
static const uint32_t directory = K(KIND_PEOPLE) | K(KIND_PLACE);
static const uint32_t clinical = K(KIND_UNKNOWN) | K(KIND_CLINICAL) | K(KIND_MEDICATION) | K(KIND_IDENTITY) |
                                 K(KIND_BOOKING) | K(KIND_PROJECTION) | K(KIND_OWN) | K(KIND_ORIGIN);
static const uint32_t pharmacy = K(KIND_MEDICATION) | K(KIND_IDENTITY) | K(KIND_PROJECTION) | K(KIND_ORIGIN);

/* -- facts -- */

static bool is_among(const int64_t *rows, uint32_t n, int64_t row)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (rows[mid] == row) return true;
        if (rows[mid] < row)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static bool is_within(struct instant now, struct instant from, struct instant to)
{
    return now.ms >= from.ms && now.ms < to.ms;
}

bool guard_is_broken(const struct guard *guard, int64_t patient)
{
    if (patient == 0) return false;
    for (uint32_t i = 0; i < guard->break_count; i++) {
        const struct guard_break *b = &guard->breaks[i];
        if (b->patient == patient && is_within(guard->now, b->from, b->to)) return true;
    }
    return false;
}

static const uint32_t clinic =
    ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE) | ROLE_BIT(ROLE_PHARMACIST);

bool guard_may_break(const struct guard *guard)
{
    return (guard->roles.bits & clinic) != 0 && !role_set_excludes(guard->roles);
}

/* -- seeing, role by role -- */

static bool is_secret(const struct record_head *h, uint32_t opened)
{
    return (h->labels & GUARD_SECRET & ~opened) != 0;
}

static bool doctor_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    uint32_t opened = GUARD_SECRET & ~(uint32_t)RECORD_LABEL_VERY_RESTRICTED;
    if (guard_is_broken(g, h->patient)) opened = GUARD_SECRET;
    return (K(kind) & (clinical | directory | K(KIND_WORDS))) && !is_secret(h, opened);
}

static bool nurse_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    uint32_t opened = guard_is_broken(g, h->patient) ? GUARD_SECRET : g->cleared;
    return (K(kind) & (clinical | directory | K(KIND_WORDS))) && !is_secret(h, opened);
}

static bool pharmacist_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    bool is_broken = guard_is_broken(g, h->patient);
    uint32_t seen = (is_broken ? clinical : pharmacy) | directory | K(KIND_WORDS);
    return (K(kind) & seen) && !is_secret(h, is_broken ? GUARD_SECRET : g->cleared);
}

static bool is_booked(const struct guard *g, const struct record_head *h)
{
    return is_among(g->bookings, g->booking_count, h->row);
}

static const struct guard_grant *grant_of(const struct guard *g, const struct record_head *h)
{
    if (h->patient == 0) return NULL;
    for (uint32_t i = 0; i < g->grant_count; i++) {
        const struct guard_grant *grant = &g->grants[i];
        if (grant->patient != h->patient || !is_within(g->now, grant->from, grant->to)) continue;
        if (h->row == grant->patient || h->row == grant->encounter ||
            is_among(grant->attached, grant->attached_count, h->row))
            return grant;
    }
    return NULL;
}

/* A live grant that covers the row and opens its labels. */
static bool is_granted(const struct guard *g, const struct record_head *h)
{
    const struct guard_grant *grant = grant_of(g, h);
    return grant && !is_secret(h, grant->labels);
}

static bool specialist_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    if (h->patient == 0) return (K(kind) & (directory | K(KIND_WORDS))) && !is_secret(h, 0);
    if (kind == KIND_BOOKING && is_booked(g, h)) return true;
    return (K(kind) & clinical) && is_granted(g, h);
}

static bool interpreter_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    if (kind == KIND_BOOKING) return is_booked(g, h);
    return kind == KIND_PLACE && h->patient == 0 && !is_secret(h, 0);
}

static bool is_own(const struct guard *g, int64_t patient)
{
    for (uint32_t i = 0; i < g->own_count; i++)
        if (g->own[i] == patient) return true;
    return patient == g->patient;
}

/* Own words and bookings at once; what others wrote once they released it. */
static bool detainee_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    if (g->patient == 0 || h->patient == 0 || !is_own(g, h->patient)) return false;
    if (h->row == h->patient || kind == KIND_BOOKING || kind == KIND_OWN)
        return !is_secret(h, h->labels & RECORD_LABEL_RELEASED ? GUARD_SECRET : 0);
    bool is_released = h->labels & RECORD_LABEL_RELEASED || is_among(g->released, g->released_count, h->row);
    return (K(kind) & clinical) && kind != KIND_ORIGIN && is_released && h->lifecycle != RECORD_DRAFT;
}

static bool scheduling_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    (void)g;
    return (K(kind) & (K(KIND_IDENTITY) | K(KIND_BOOKING) | directory)) && !is_secret(h, 0);
}

/* A task, a precaution, a patient's name and cell, each only if written for custody; places that are nobody's. */
static bool custody_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    (void)g;
    if (is_secret(h, 0)) return false;
    if (kind == KIND_PLACE) return h->patient == 0;
    return (K(kind) & (K(KIND_PROJECTION) | K(KIND_IDENTITY))) && h->labels & RECORD_LABEL_CUSTODY;
}

/* An escort knows of the own tasks and of nobody else: not how many wait, nor for what (rule 6). */
static bool escort_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    if (!custody_sees(g, h, kind)) return false;
    if (kind == KIND_PLACE) return true;
    if (h->resource == type_task) return is_among(g->tasks, g->task_count, h->row);
    return is_among(g->escorted, g->escorted_count, h->patient);
}

static bool privacy_sees(const struct guard *g, const struct record_head *h, enum kind kind)
{
    (void)g;
    (void)h;
    return (K(kind) & (K(KIND_ORIGIN) | K(KIND_BOOKING) | directory)) != 0;
}

typedef bool sees(const struct guard *g, const struct record_head *h, enum kind kind);

static sees *const seeing[ROLE_COUNT] = {
    [ROLE_CLINIC_DOCTOR] = doctor_sees,        [ROLE_NURSE] = nurse_sees,
    [ROLE_PHARMACIST] = pharmacist_sees,       [ROLE_SPECIALIST] = specialist_sees,
    [ROLE_INTERPRETER] = interpreter_sees,     [ROLE_DETAINEE] = detainee_sees,
    [ROLE_SCHEDULING_ADMIN] = scheduling_sees, [ROLE_GUARD] = escort_sees,
    [ROLE_DUTY_COMMAND] = custody_sees,        [ROLE_PRIVACY_OFFICER] = privacy_sees,
};

static bool role_sees(const struct guard *g, enum role role, const struct record_head *h, enum kind kind)
{
    return role_set_has(g->roles, role) && seeing[role] && seeing[role](g, h, kind);
}

bool guard_may_see(const struct guard *guard, const struct record_head *head)
{
    enum kind kind = kind_of(head->resource);
    if (role_set_excludes(guard->roles)) return false; /* the store lets no such account be */
    for (enum role r = 0; r < ROLE_COUNT; r++)
        if (role_sees(guard, r, head, kind)) return true;
    return false;
}

/* -- writing -- */

/* Who writes something down knows it, whatever label is then put on it. */
static struct record_head unsealed_if_new(const struct record_head *h)
{
    struct record_head open = *h;
    if (h->version <= 1) open.labels &= ~GUARD_SECRET;
    return open;
}

/* Signed prescriptions are the doctor's (rule 36); what comes with a role's own work is that role's; doses are recorded through orders
 * (desk/order), where a controlled drug takes two. */
static bool doctor_writes(const struct guard *g, const struct record_head *h, enum kind kind)
{
    struct record_head open = unsealed_if_new(h);
    if (h->resource == type_administration && h->version > 1) return false; /* its second sign: desk/order */
    return doctor_sees(g, &open, kind) && kind != KIND_ORIGIN && kind != KIND_TRAIL;
}

static bool nurse_writes(const struct guard *g, const struct record_head *h, enum kind kind)
{
    struct record_head open = unsealed_if_new(h);
    return nurse_sees(g, &open, kind) && kind != KIND_ORIGIN && kind != KIND_WORDS && kind != KIND_PEOPLE &&
           h->resource != type_medication_request && h->resource != type_administration;
}

static bool pharmacist_writes(const struct guard *g, const struct record_head *h, enum kind kind)
{
    return pharmacist_sees(g, h, kind) &&
           (h->resource == type_medication_dispense || kind == KIND_PROJECTION);
}

/* What is ordered, handed over or given on the site: a specialist advises, the clinic's doctor orders (rule 36). */
static bool is_order(uint16_t type)
{
    return type == type_medication_request || type == type_service_request ||
           type == type_medication_dispense || type == type_administration;
}

/* Inside the granted encounter, on what was made there by the same person. */
static bool specialist_writes(const struct guard *g, const struct record_head *h, enum kind kind)
{
    if (!(K(kind) & clinical) || K(kind) & (K(KIND_IDENTITY) | K(KIND_BOOKING) | K(KIND_ORIGIN)) ||
        is_order(h->resource) || h->row == h->encounter)
        return false;
    for (uint32_t i = 0; i < g->grant_count; i++) {
        const struct guard_grant *grant = &g->grants[i];
        if (grant->patient != h->patient || grant->encounter != h->encounter || h->encounter == 0 ||
            !is_within(g->now, grant->from, grant->to) || is_secret(h, grant->labels))
            continue;
        if (h->version <= 1 || is_among(grant->written, grant->written_count, h->row)) return true;
    }
    return false;
}

static bool scheduling_writes(const struct guard *g, const struct record_head *h, enum kind kind)
{
    return scheduling_sees(g, h, kind) && (K(kind) & (K(KIND_BOOKING) | directory));
}

static sees *const writing[ROLE_COUNT] = {
    [ROLE_CLINIC_DOCTOR] = doctor_writes,        [ROLE_NURSE] = nurse_writes,
    [ROLE_PHARMACIST] = pharmacist_writes,       [ROLE_SPECIALIST] = specialist_writes,
    [ROLE_SCHEDULING_ADMIN] = scheduling_writes,
};

static bool may_put(const struct guard *g, const struct record_head *h)
{
    enum kind kind = kind_of(h->resource);
    if (role_set_excludes(g->roles)) return false;
    for (enum role r = 0; r < ROLE_COUNT; r++)
        if (role_set_has(g->roles, r) && writing[r] && writing[r](g, h, kind)) return true;
    return false;
}

bool guard_writes(const struct guard *guard)
{
    for (enum role r = 0; r < ROLE_COUNT && !role_set_excludes(guard->roles); r++)
        if (role_set_has(guard->roles, r) && writing[r]) return true;
    return false;
}

/* A version that a specialist changes is written by the same person before: asked of the old head, whose row is known. */
static bool may_replace(const struct guard *g, const struct record_head *old)
{
    struct record_head as_changed = *old;
    if (as_changed.version <= 1) as_changed.version = 2;
    return may_put(g, &as_changed);
}

enum guard_verdict guard_may_change(const struct guard *guard, const struct record_head *old)
{
    if (!guard_may_see(guard, old)) return GUARD_HIDDEN;
    if (!may_replace(guard, old)) return GUARD_REFUSED;
    if (old->lifecycle == RECORD_FINAL) return GUARD_FINISHED;
    return guard_hides(guard, old->resource)[0] ? GUARD_REFUSED
                                                : GUARD_ALLOWED; /* would lose what is hidden */
}

enum guard_verdict guard_may_write(const struct guard *guard, const struct record_head *old,
                                   const struct record_head *now)
{
    enum guard_verdict verdict = old ? guard_may_change(guard, old) : GUARD_ALLOWED;
    if (verdict != GUARD_ALLOWED) return verdict;
    if (old && !now && (old->row == old->patient || old->row == old->encounter)) return GUARD_REFUSED;
    if (!now) return GUARD_ALLOWED;
    /* A record stays with its patient: what is moved would open it to other eyes. */
    if (old && old->patient != 0 && now->patient != old->patient) return GUARD_REFUSED;
    return may_put(guard, now) ? GUARD_ALLOWED : GUARD_REFUSED;
}

/* -- elements -- */

static const char *const hides_nothing[] = {NULL};
/* What an appointment is about. */
static const char *const hides_reason[] = {
    "text",    "contained",          "extension", "modifierExtension",     "reasonCode",  "reasonReference",
    "comment", "patientInstruction", "basedOn",   "supportingInformation", "description", NULL};
/* And with whom, of which specialty: for those who are brought there, and for the privacy officer, who knows no patient. */
static const char *const hides_people[] = {"text",
                                           "contained",
                                           "extension",
                                           "modifierExtension",
                                           "reasonCode",
                                           "comment",
                                           "patientInstruction",
                                           "basedOn",
                                           "supportingInformation",
                                           "description",
                                           "participant",
                                           "specialty",
                                           "serviceType",
                                           "serviceCategory",
                                           "appointmentType",
                                           "identifier",
                                           "reasonReference",
                                           "slot",
                                           "actor",
                                           "appointment",
                                           "cancelationReason",
                                           NULL};
/* A patient's name, number and cell without what clinicians add. */
static const char *const hides_care[] = {"text",
                                         "contained",
                                         "extension",
                                         "modifierExtension",
                                         "photo",
                                         "contact",
                                         "link",
                                         "generalPractitioner",
                                         "deceasedBoolean",
                                         "deceasedDateTime",
                                         "managingOrganization",
                                         NULL};
/* A task or precaution: codes, people and times, no free text, nothing of what it is for (rule 3) and not how urgent it is (rule 6). */
static const char *const hides_text[] = {
    "text",     "contained", "extension",  "modifierExtension", "description",
    "priority", "note",      "reasonCode", "reasonReference",   "basedOn",
    "focus",    "encounter", "insurance",  "relevantHistory",   "input",
    "output",   "partOf",    "author",     "requester",         NULL};

static const uint32_t carers = ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE);
static const uint32_t custodians = ROLE_BIT(ROLE_GUARD) | ROLE_BIT(ROLE_DUTY_COMMAND);

const char *const *guard_hides(const struct guard *guard, uint16_t resource)
{
    uint32_t roles = guard->roles.bits;
    if (roles & carers) return hides_nothing;
    enum kind kind = kind_of(resource);
    if (kind == KIND_BOOKING) {
        bool knows_no_people = roles & (ROLE_BIT(ROLE_PRIVACY_OFFICER) | ROLE_BIT(ROLE_DETAINEE));
        return knows_no_people ? hides_people : hides_reason;
    }
    if (kind == KIND_IDENTITY && roles & (custodians | ROLE_BIT(ROLE_SCHEDULING_ADMIN))) return hides_care;
    return kind == KIND_PROJECTION && roles & custodians ? hides_text : hides_nothing;
}
