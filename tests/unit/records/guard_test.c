/* The guard's table: who sees and changes what, from heads alone. */
#include "../check.h"
#include "records/guard.h"

enum {
    ANNA = 10,
    BEN = 20,
    VISIT = 100,
    OTHER_VISIT = 101,
    NOTE = 200,
    IMAGE = 201,
    OPINION = 202,
    BOOKING = 300
};
static const struct instant noon = {1000000000000};

static struct record_head head(const char *type, int64_t row, int64_t patient)
{
    return (struct record_head){.resource = fhir_resource_of(str_of(type)),
                                .row = row,
                                .version = 1,
                                .patient = patient,
                                .lifecycle = RECORD_ACTIVE};
}

static struct guard as(enum role role)
{
    return (struct guard){.roles = {ROLE_BIT(role)}, .now = noon};
}

static bool sees(enum role role, struct record_head h)
{
    struct guard g = as(role);
    return guard_may_see(&g, &h);
}

static struct record_head labelled(struct record_head h, uint32_t labels)
{
    h.labels = labels;
    return h;
}

TEST(custody_sees_no_clinical_type_whatever_its_labels)
{
    const struct role_set custody = {ROLE_BIT(ROLE_GUARD) | ROLE_BIT(ROLE_DUTY_COMMAND)};
    for (uint16_t type = 0; type < fhir_resource_count; type++) {
        struct str name = fhir_name(fhir_types[fhir_resources[type].type].name);
        bool is_projection = str_is_text(name, "Task") || str_is_text(name, "Flag") ||
                             str_is_text(name, "Patient") || str_is_text(name, "Person") ||
                             str_is_text(name, "RelatedPerson");
        struct guard g = {.roles = custody, .now = noon};
        struct record_head h = {.resource = type, .row = NOTE, .patient = ANNA};
        CHECK(!guard_may_see(&g, &h));
        h.labels = RECORD_LABEL_CUSTODY;
        CHECK(guard_may_see(&g, &h) == is_projection);
        h.labels = RECORD_LABEL_CUSTODY | RECORD_LABEL_RESTRICTED;
        CHECK(!guard_may_see(&g, &h));
        CHECK_INT(guard_may_write(&g, NULL, &h), GUARD_REFUSED);
    }
}

TEST(administrators_see_no_record_at_all)
{
    for (uint16_t type = 0; type < fhir_resource_count; type++) {
        struct record_head h = {.resource = type, .row = NOTE, .patient = type % 2 ? ANNA : 0};
        CHECK(!sees(ROLE_SECURITY_ADMIN, h));
        CHECK(!sees(ROLE_SYSTEM_ADMIN, h));
    }
}

TEST(an_account_that_joins_two_worlds_sees_nothing)
{
    struct guard g = {.roles = {ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_GUARD)}, .now = noon};
    struct record_head h = head("Observation", NOTE, ANNA);
    CHECK(!guard_may_see(&g, &h));
    CHECK_INT(guard_may_write(&g, NULL, &h), GUARD_REFUSED);
    CHECK(!guard_may_break(&g));
}

TEST(a_label_of_secrecy_closes_a_record_to_nurses_and_the_glass_opens_it_for_an_hour)
{
    struct record_head h = labelled(head("Observation", NOTE, ANNA), RECORD_LABEL_HIV);
    struct guard nurse = as(ROLE_NURSE);
    CHECK(sees(ROLE_CLINIC_DOCTOR, h));
    CHECK(!guard_may_see(&nurse, &h));
    nurse.cleared = RECORD_LABEL_HIV;
    CHECK(guard_may_see(&nurse, &h));
    h.labels |= RECORD_LABEL_OTHER; /* a label that nobody knows */
    CHECK(!guard_may_see(&nurse, &h));

    struct guard_break broken = {.patient = ANNA, .from = noon, .to = {noon.ms + GUARD_BREAK_MS}};
    nurse.breaks = &broken;
    nurse.break_count = 1;
    CHECK(guard_may_see(&nurse, &h));
    nurse.now.ms = broken.to.ms - 1;
    CHECK(guard_may_see(&nurse, &h));
    nurse.now.ms = broken.to.ms;
    CHECK(!guard_may_see(&nurse, &h));
    nurse.now = noon;
    h.patient = BEN;
    CHECK(!guard_may_see(&nurse, &h));
}

TEST(what_is_very_restricted_needs_the_glass_broken_by_the_doctor_too)
{
    struct record_head h = labelled(head("Composition", NOTE, ANNA), RECORD_LABEL_VERY_RESTRICTED);
    struct guard doctor = as(ROLE_CLINIC_DOCTOR);
    struct guard_break broken = {.patient = ANNA, .from = noon, .to = {noon.ms + 1}};
    CHECK(!guard_may_see(&doctor, &h));
    doctor.breaks = &broken;
    doctor.break_count = 1;
    CHECK(guard_may_see(&doctor, &h));
}

TEST(only_the_clinics_own_may_break_the_glass)
{
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        struct guard g = as(r);
        bool is_clinic = r == ROLE_CLINIC_DOCTOR || r == ROLE_NURSE || r == ROLE_PHARMACIST;
        CHECK(guard_may_break(&g) == is_clinic);
    }
}

TEST(a_specialist_sees_exactly_what_is_attached_while_the_grant_lives)
{
    const int64_t attached[] = {NOTE, OPINION};
    struct guard_grant grant = {.patient = ANNA,
                                .encounter = VISIT,
                                .from = noon,
                                .to = {noon.ms + 1000},
                                .attached = attached,
                                .attached_count = 2};
    struct guard g = as(ROLE_SPECIALIST);
    struct record_head note = head("Observation", NOTE, ANNA), image = head("ImagingStudy", IMAGE, ANNA),
                       visit = head("Encounter", VISIT, ANNA), patient = head("Patient", ANNA, ANNA);
    CHECK(!guard_may_see(&g, &note));
    g.grants = &grant;
    g.grant_count = 1;
    CHECK(guard_may_see(&g, &note));
    CHECK(guard_may_see(&g, &visit));
    CHECK(guard_may_see(&g, &patient));
    CHECK(!guard_may_see(&g, &image));
    image.encounter = VISIT; /* of the visit, but not attached */
    CHECK(!guard_may_see(&g, &image));
    note.labels = RECORD_LABEL_PSYCHIATRY; /* the consult is not about it */
    CHECK(!guard_may_see(&g, &note));
    grant.labels = RECORD_LABEL_PSYCHIATRY;
    CHECK(guard_may_see(&g, &note));
    g.now.ms = grant.to.ms - 1;
    CHECK(guard_may_see(&g, &note));
    g.now.ms = grant.to.ms;
    CHECK(!guard_may_see(&g, &note));
    CHECK(!guard_may_see(&g, &patient));
    g.now.ms = grant.from.ms - 1;
    CHECK(!guard_may_see(&g, &note));
}

TEST(a_specialist_writes_into_the_granted_visit_and_changes_only_the_own_draft)
{
    const int64_t attached[] = {NOTE, OPINION}, written[] = {OPINION};
    struct guard_grant grant = {.patient = ANNA,
                                .encounter = VISIT,
                                .from = noon,
                                .to = {noon.ms + 1000},
                                .attached = attached,
                                .attached_count = 2,
                                .written = written,
                                .written_count = 1};
    struct guard g = as(ROLE_SPECIALIST);
    struct record_head fresh = head("Composition", 999, ANNA), opinion = head("Composition", OPINION, ANNA),
                       note = head("Composition", NOTE, ANNA);
    fresh.encounter = opinion.encounter = note.encounter = VISIT;
    g.grants = &grant;
    g.grant_count = 1;
    CHECK_INT(guard_may_write(&g, NULL, &fresh), GUARD_ALLOWED);
    fresh.encounter = OTHER_VISIT;
    CHECK_INT(guard_may_write(&g, NULL, &fresh), GUARD_REFUSED);
    struct record_head next = opinion;
    next.version = 2;
    CHECK_INT(guard_may_write(&g, &opinion, &next), GUARD_ALLOWED);
    next = note;
    next.version = 2;
    CHECK_INT(guard_may_write(&g, &note, &next), GUARD_REFUSED);
    static const char *const orders[] = {"MedicationRequest", "ServiceRequest", "MedicationDispense",
                                         "MedicationAdministration"}; /* rule 36 */
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct record_head order = head(orders[i], 999, ANNA);
        order.encounter = VISIT;
        CHECK_INT(guard_may_write(&g, NULL, &order), GUARD_REFUSED);
    }
    next = opinion;
    next.version = 2;
    opinion.lifecycle = RECORD_FINAL;
    CHECK_INT(guard_may_write(&g, &opinion, &next), GUARD_FINISHED);
    g.now.ms = grant.to.ms;
    CHECK_INT(guard_may_write(&g, &opinion, &next), GUARD_HIDDEN);
}

TEST(nothing_final_is_changed_or_deleted_by_any_role)
{
    for (enum role r = 0; r < ROLE_COUNT; r++)
        for (uint16_t type = 0; type < fhir_resource_count; type++) {
            struct guard g = as(r);
            g.patient = ANNA;
            struct record_head old = {
                .resource = type, .row = NOTE, .version = 3, .patient = ANNA, .lifecycle = RECORD_FINAL};
            struct record_head now = old;
            now.version = 4;
            CHECK(guard_may_write(&g, &old, &now) != GUARD_ALLOWED);
            CHECK(guard_may_write(&g, &old, NULL) != GUARD_ALLOWED);
        }
}

TEST(a_detainee_reads_the_own_file_once_released_and_nobody_elses)
{
    struct guard g = as(ROLE_DETAINEE);
    struct record_head note = head("Composition", NOTE, ANNA), consent = head("Consent", IMAGE, ANNA);
    CHECK(!guard_may_see(&g, &note)); /* not bound to a patient */
    g.patient = ANNA;
    CHECK(!guard_may_see(&g, &note));
    CHECK(guard_may_see(&g, &consent));
    note.labels = RECORD_LABEL_RELEASED;
    CHECK(guard_may_see(&g, &note));
    note.lifecycle = RECORD_DRAFT;
    CHECK(!guard_may_see(&g, &note));
    note.lifecycle = RECORD_FINAL;
    note.labels |= RECORD_LABEL_HIV; /* released all the same: it is the own file */
    CHECK(guard_may_see(&g, &note));
    note.patient = BEN;
    CHECK(!guard_may_see(&g, &note));
    CHECK_INT(guard_may_write(&g, NULL, &consent), GUARD_REFUSED);
}

TEST(an_interpreter_sees_own_bookings_and_no_chart)
{
    const int64_t bookings[] = {BOOKING};
    struct guard g = as(ROLE_INTERPRETER);
    g.bookings = bookings;
    g.booking_count = 1;
    struct record_head own = head("Appointment", BOOKING, ANNA),
                       other = head("Appointment", BOOKING + 1, ANNA),
                       note = head("Composition", BOOKING, ANNA), name = head("Patient", ANNA, ANNA);
    CHECK(guard_may_see(&g, &own));
    CHECK(!guard_may_see(&g, &other));
    CHECK(!guard_may_see(&g, &note));
    CHECK(!guard_may_see(&g, &name));
}

static bool hides(enum role role, const char *type, const char *element)
{
    struct guard g = as(role);
    for (const char *const *at = guard_hides(&g, fhir_resource_of(str_of(type))); *at; at++)
        if (strcmp(*at, element) == 0) return true;
    return false;
}

TEST(the_scheduler_sees_people_and_times_and_never_the_reason)
{
    CHECK(sees(ROLE_SCHEDULING_ADMIN, head("Appointment", BOOKING, ANNA)));
    CHECK(sees(ROLE_SCHEDULING_ADMIN, head("Slot", 1, 0)));
    CHECK(sees(ROLE_SCHEDULING_ADMIN, head("Patient", ANNA, ANNA)));
    CHECK(!sees(ROLE_SCHEDULING_ADMIN, head("ServiceRequest", NOTE, ANNA)));
    CHECK(!sees(ROLE_SCHEDULING_ADMIN, head("Condition", NOTE, ANNA)));
    CHECK(!sees(ROLE_SCHEDULING_ADMIN, head("Provenance", NOTE, ANNA)));
    CHECK(hides(ROLE_SCHEDULING_ADMIN, "Appointment", "reasonCode"));
    CHECK(!hides(ROLE_SCHEDULING_ADMIN, "Appointment", "participant"));
    CHECK(!hides(ROLE_CLINIC_DOCTOR, "Appointment", "reasonCode"));
    CHECK(hides(ROLE_PRIVACY_OFFICER, "Appointment", "participant"));
    CHECK(hides(ROLE_GUARD, "Task", "description"));
}

TEST(the_privacy_officer_sees_who_wrote_and_when_but_no_patient_and_no_note)
{
    CHECK(sees(ROLE_PRIVACY_OFFICER, head("Provenance", 1, ANNA)));
    CHECK(sees(ROLE_PRIVACY_OFFICER, head("Practitioner", 1, 0)));
    CHECK(!sees(ROLE_PRIVACY_OFFICER, head("Patient", ANNA, ANNA)));
    CHECK(!sees(ROLE_PRIVACY_OFFICER, head("Observation", NOTE, ANNA)));
}

TEST(prescribing_is_the_doctors)
{
    struct record_head order = head("MedicationRequest", 0, ANNA);
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        struct guard g = as(r);
        CHECK((guard_may_write(&g, NULL, &order) == GUARD_ALLOWED) == (r == ROLE_CLINIC_DOCTOR));
    }
}

TEST(a_record_stays_with_its_patient)
{
    struct guard g = as(ROLE_CLINIC_DOCTOR);
    struct record_head old = head("Observation", NOTE, ANNA), now = old;
    now.version = 2;
    CHECK_INT(guard_may_write(&g, &old, &now), GUARD_ALLOWED);
    now.patient = BEN;
    CHECK_INT(guard_may_write(&g, &old, &now), GUARD_REFUSED);
}
