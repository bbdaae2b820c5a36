/* Who the person is: found, made, and kept as the registry says. */
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/registrar_own.h"
#include "records/search.h"

enum { FOUND_MAX = 4, BODY_MAX = 16 * 1024 };

/* -- finding -- */

static enum err rows_by(struct tx *tx, struct record_reader *server, struct buf *query,
                        int64_t rows[FOUND_MAX], uint32_t *ret_n)
{
    struct str text;
    struct record_fault fault = {0};
    enum err err = chart_take(server, query, &text);
    if (!err)
        err = search_rows(tx, server, fhir_resource_of(STR("Patient")), text, rows, FOUND_MAX, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

static enum err by_identifier(struct tx *tx, struct record_reader *server, const char *system,
                              struct str value, int64_t rows[FOUND_MAX], uint32_t *ret_n)
{
    struct buf query;
    buf_init(&query, 4096);
    buf_printf(&query, "identifier=%s%%7C", system);
    search_put_value(&query, value);
    return rows_by(tx, server, &query, rows, ret_n);
}

static enum err by_birth(struct tx *tx, struct record_reader *server, const struct person_said *said,
                         int64_t rows[FOUND_MAX], uint32_t *ret_n)
{
    char day[DATE_TEXT_BYTES];
    struct buf query;
    date_text(said->birth, day);
    buf_init(&query, 4096);
    buf_printf(&query, "birthdate=%s&family:exact=", day);
    search_put_value(&query, said->family);
    return rows_by(tx, server, &query, rows, ret_n);
}

static enum err patient_at(struct tx *tx, struct record_reader *server, int64_t row, struct chart_item *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    return err ? err : chart_one(tx, server, "Patient", head.id, ret);
}

/* A Chinese name is written in one; others with a blank. */
static struct str whole_name(struct record_reader *server, const struct person_said *said)
{
    bool is_ascii = true;
    if (!said->given.bytes) return said->family;
    for (size_t i = 0; i < said->family.bytes; i++)
        is_ascii &= (unsigned char)said->family.at[i] < 128;
    const char *text = is_ascii ? arena_printf(server->arena, "%.*s %.*s", (int)said->given.bytes,
                                               said->given.at, (int)said->family.bytes, said->family.at)
                                : arena_printf(server->arena, "%.*s%.*s", (int)said->family.bytes,
                                               said->family.at, (int)said->given.bytes, said->given.at);
    return str_of(text);
}

/* The identifier's value of that system; empty: none. */
static struct str identifier(struct record_reader *server, const struct chart_item *patient,
                             const char *system)
{
    uint32_t all = tape_get(&patient->tape, 0, STR("identifier")), at;
    for (uint32_t i = 0; (at = tape_at(&patient->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, patient, at, "system"), system))
            return chart_text(server, patient, at, "value");
    return (struct str){0};
}

static bool has_number(struct record_reader *server, const struct chart_item *patient, struct str number)
{
    uint32_t all = tape_get(&patient->tape, 0, STR("identifier")), at;
    for (uint32_t i = 0; (at = tape_at(&patient->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, patient, at, "system"), REGISTRAR_NUMBER_SYSTEM) &&
            str_is(chart_text(server, patient, at, "value"), number))
            return true;
    return false;
}

static struct str name_of(struct record_reader *server, const struct chart_item *patient)
{
    struct str text = chart_text(server, patient, 0, "name.text");
    if (text.bytes) return text;
    const struct person_said said = {.family = chart_text(server, patient, 0, "name.family"),
                                     .given = chart_text(server, patient, 0, "name.given")};
    return whole_name(server, &said);
}

struct agreement {
    bool name, birth, national, birth_differs, national_differs;
};

static struct agreement compare(struct record_reader *server, const struct chart_item *patient,
                                const struct person_said *said)
{
    char day[DATE_TEXT_BYTES] = "";
    if (said->has_birth) date_text(said->birth, day);
    struct str birth = chart_text(server, patient, 0, "birthDate"),
               national = identifier(server, patient, REGISTRAR_NATIONAL_SYSTEM);
    return (struct agreement){
        .name = said->family.bytes && str_is(name_of(server, patient), whole_name(server, said)),
        .birth = said->has_birth && str_is_text(birth, day),
        .national = said->national.bytes && str_is(national, said->national),
        .birth_differs = said->has_birth && birth.bytes && !str_is_text(birth, day),
        .national_differs = said->national.bytes && national.bytes && !str_is(national, said->national)};
}

/* Found by the site's own number: another card, or another name and day of birth, is somebody else's. */
static bool contradicts(struct agreement a, const struct person_said *said)
{
    return a.national_differs || (a.birth_differs && said->family.bytes && !a.name);
}

static enum err match_number(struct tx *tx, struct record_reader *server, const struct person_said *said,
                             const int64_t *rows, uint32_t n, int64_t *ret_patient, const char **ret_why)
{
    struct chart_item patient;
    *ret_patient = rows[0];
    if (n > 1) return *ret_why = "several", OK;
    enum err err = patient_at(tx, server, rows[0], &patient);
    if (!err && contradicts(compare(server, &patient, said), said)) *ret_why = "number-differs";
    return err;
}

enum err registrar_match(struct tx *tx, struct record_reader *server, struct str number,
                         const struct person_said *said, int64_t *ret_patient, const char **ret_why)
{
    int64_t rows[FOUND_MAX];
    uint32_t n = 0;
    struct chart_item patient;
    *ret_patient = 0;
    *ret_why = NULL;
    enum err err = by_identifier(tx, server, REGISTRAR_NUMBER_SYSTEM, number, rows, &n);
    if (err) return err;
    if (n) return match_number(tx, server, said, rows, n, ret_patient, ret_why);
    if (said->national.bytes)
        err = by_identifier(tx, server, REGISTRAR_NATIONAL_SYSTEM, said->national, rows, &n);
    if (!err && n) {
        err = patient_at(tx, server, rows[0], &patient);
        if (err) return err;
        struct agreement a = compare(server, &patient, said);
        *ret_patient = rows[0];
        if (n > 1 || (!a.name && !a.birth)) *ret_why = n > 1 ? "several" : "national";
        return OK;
    }
    if (!err && said->has_birth && said->family.bytes) err = by_birth(tx, server, said, rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = patient_at(tx, server, rows[i], &patient);
        if (err || !compare(server, &patient, said).name) continue;
        *ret_patient = rows[i];
        *ret_why = "name-and-birth";
        break;
    }
    return err;
}

/* -- writing -- */

static const char *const genders[] = {[SEX_UNSAID] = NULL,
                                      [SEX_MALE] = "male",
                                      [SEX_FEMALE] = "female",
                                      [SEX_OTHER] = "other",
                                      [SEX_UNKNOWN] = "unknown"};

static void put_identifier(struct json_out *o, const char *key, const char *system, struct str value)
{
    json_open(o, key);
    json_put_text(o, "system", system);
    json_put_str(o, "value", value);
    json_close(o);
}

static void put_name(struct json_out *o, const char *key, struct record_reader *server,
                     const struct person_said *said)
{
    json_open(o, key);
    json_put_text(o, "use", "official");
    json_put_str(o, "text", whole_name(server, said));
    json_put_str(o, "family", said->family);
    if (said->given.bytes) {
        json_open_array(o, "given");
        json_put_str(o, NULL, said->given);
        json_close_array(o);
    }
    json_close(o);
}

static void put_person(struct json_out *o, struct record_reader *server, struct str number,
                       const struct person_said *said)
{
    char day[DATE_TEXT_BYTES];
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Patient");
    chart_put_label(o, RECORD_LABEL_SYSTEM, "custody"); /* name, number and cell are custody's to know */
    json_open_array(o, "identifier");
    put_identifier(o, NULL, REGISTRAR_NUMBER_SYSTEM, number);
    if (said->national.bytes) put_identifier(o, NULL, REGISTRAR_NATIONAL_SYSTEM, said->national);
    json_close_array(o);
    json_put_bool(o, "active", true);
    if (said->family.bytes) {
        json_open_array(o, "name");
        put_name(o, NULL, server, said);
        json_close_array(o);
    }
    if (genders[said->sex]) json_put_text(o, "gender", genders[said->sex]);
    if (said->has_birth) {
        date_text(said->birth, day);
        json_put_text(o, "birthDate", day);
    }
    json_close(o);
}

enum err registrar_person_make(struct tx *tx, struct record_reader *server, struct str number,
                               const struct person_said *said, int64_t *ret_patient)
{
    struct buf body;
    struct json_out o;
    struct str text;
    struct record_head head;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_person(&o, server, number, said);
    enum err err = chart_take(server, &body, &text);
    if (!err) err = chart_write(tx, server, fhir_resource_of(STR("Patient")), STR(""), 0, text, &head, NULL);
    if (!err) *ret_patient = head.row;
    return err;
}

static void add_identifier(struct json_out *o, struct record_reader *server, const struct chart_item *patient,
                           const char *system, struct str value)
{
    bool has_any = tape_get(&patient->tape, 0, STR("identifier")) != TAPE_NONE;
    bool is_number =
        strcmp(system, REGISTRAR_NUMBER_SYSTEM) == 0; /* of which a person has one for each time here */
    if (!value.bytes ||
        (is_number ? has_number(server, patient, value) : identifier(server, patient, system).bytes != 0))
        return;
    chart_put_step(o, "add", has_any ? "/identifier/-" : "/identifier");
    if (!has_any) json_open_array(o, "value");
    put_identifier(o, has_any ? "value" : NULL, system, value);
    if (!has_any) json_close_array(o);
    json_close(o);
}

static void put_changes(struct json_out *o, struct record_reader *server, const struct chart_item *patient,
                        struct str number, const struct person_said *said)
{
    char day[DATE_TEXT_BYTES] = "";
    bool has_name = tape_get(&patient->tape, 0, STR("name")) != TAPE_NONE;
    add_identifier(o, server, patient, REGISTRAR_NUMBER_SYSTEM, number);
    add_identifier(o, server, patient, REGISTRAR_NATIONAL_SYSTEM, said->national);
    if (said->family.bytes && !str_is(name_of(server, patient), whole_name(server, said))) {
        chart_put_step(o, has_name ? "replace" : "add", has_name ? "/name/0" : "/name");
        if (!has_name) json_open_array(o, "value");
        put_name(o, has_name ? "value" : NULL, server, said);
        if (!has_name) json_close_array(o);
        json_close(o);
    }
    if (genders[said->sex] && !str_is_text(chart_text(server, patient, 0, "gender"), genders[said->sex])) {
        chart_put_step(o, "add", "/gender");
        json_put_text(o, "value", genders[said->sex]);
        json_close(o);
    }
    if (said->has_birth) date_text(said->birth, day);
    if (said->has_birth && !str_is_text(chart_text(server, patient, 0, "birthDate"), day)) {
        chart_put_step(o, "add", "/birthDate");
        json_put_text(o, "value", day);
        json_close(o);
    }
}

enum err registrar_person_update(struct tx *tx, struct record_reader *server, int64_t row, struct str number,
                                 const struct person_said *said)
{
    struct buf steps;
    struct json_out o;
    struct str text;
    struct chart_item patient;
    enum err err = patient_at(tx, server, row, &patient);
    if (err) return err;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    size_t empty = steps.bytes;
    put_changes(&o, server, &patient, number, said);
    bool is_same = !steps.err && steps.bytes == empty;
    json_close_array(&o);
    err = chart_take(server, &steps, &text);
    return err || is_same ? err : chart_write_steps(tx, server, &patient.head, 0, text, NULL, NULL);
}
