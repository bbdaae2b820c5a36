#include "tests/bench/records/asked.h"
#include <string.h>

/* -- bodies -- */

static void observation(const char *patient, const char *id, long i, struct buf *to)
{
    buf_add_text(to, "{\"resourceType\":\"Observation\",");
    if (id) buf_printf(to, "\"id\":\"%s\",", id);
    buf_printf(
        to,
        "\"status\":\"preliminary\",\"category\":[{\"coding\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/"
        "observation-category\",\"code\":\"vital-signs\"}]}],\"code\":"
        "{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\",\"display\":\"a vital sign\"}]},"
        "\"subject\":{\"reference\":\"Patient/"
        "%s\"},\"effectiveDateTime\":\"2026-%02ld-%02ldT09:30:00+08:00\","
        "\"valueQuantity\":{\"value\":%ld.50,\"unit\":\"/min\",\"system\":\"http://"
        "unitsofmeasure.org\",\"code\":\"/min\"}}",
        i % 3 ? "8867-4" : "8310-5", patient, i % 12 + 1, i % 28 + 1, 60 + i % 40);
}

static void keep_after(struct str body, const char *words, char *to)
{
    size_t n = strlen(words);
    const char *at = body.bytes ? memmem(body.at, body.bytes, words, n) : NULL;
    if (!at || at + n + ASKED_ID > body.at + body.bytes) return;
    memcpy(to, at + n, ASKED_ID - 1);
    to[ASKED_ID - 1] = 0;
}

/* -- making -- */

void asked_patient(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    (void)ctx;
    *ret_method = "POST";
    buf_add_text(path, "/fhir/Patient");
    buf_printf(
        body,
        "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:bench\",\"value\":\"P%ld\"}],"
        "\"name\":[{\"family\":\"曾%ld\",\"given\":[\"小明\"]}],\"gender\":\"%s\",\"birthDate\":\"19%02ld-"
        "02-%02ld\"}",
        i, i, i % 2 ? "male" : "female", 50 + i % 50, i % 28 + 1);
}

void asked_keep_patient(void *ctx, long i, int status, struct str body)
{
    struct asked *a = ctx;
    if (status == 201) keep_after(body, "\"id\":\"", a->patients[i]);
}

void asked_create(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    *ret_method = "POST";
    buf_add_text(path, "/fhir/Observation");
    observation(((struct asked *)ctx)->patients[i % ASKED_PATIENTS], NULL, i, body);
}

void asked_keep(void *ctx, long i, int status, struct str body)
{
    struct asked *a = ctx;
    (void)i;
    if (status != 201 || a->count == a->room || !body.bytes || body.at[0] != '{') return;
    struct asked_made *made = &a->observations[a->count++];
    keep_after(body, "\"id\":\"", made->id);
    keep_after(body, "\"Patient/", made->patient);
}

static const char *some(struct asked *a, long i)
{
    long n = a->spare ? a->spare : a->count;
    return a->observations[i * 7919 % n].id;
}

void asked_update(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    struct asked *a = ctx;
    long at = i * 7919 % (a->spare ? a->spare : a->count);
    *ret_method = "PUT";
    buf_printf(path, "/fhir/Observation/%s", a->observations[at].id);
    observation(a->observations[at].patient, a->observations[at].id, at, body);
}

void asked_read(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    (void)body, (void)ret_method;
    buf_printf(path, "/fhir/Observation/%s", some(ctx, i));
}

/* -- the mixes -- */

/* A quarter each: create, read, update, delete (of what was made for it before). */
void asked_crud(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    struct asked *a = ctx;
    i = a->turn++;
    switch (i % 4) {
    case 0:
        asked_create(ctx, i, path, body, ret_method);
        break;
    case 1:
        asked_read(ctx, i, path, body, ret_method);
        break;
    case 2:
        asked_update(ctx, i, path, body, ret_method);
        break;
    default:
        *ret_method = "DELETE";
        buf_printf(path, "/fhir/Observation/%s", a->observations[--a->count].id);
    }
}

/* Of five: one create, one update, two reads, one search. */
void asked_mixed(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    struct asked *a = ctx;
    i = a->turn++;
    if (i % 5 == 0)
        asked_create(ctx, i, path, body, ret_method);
    else if (i % 5 == 1)
        asked_update(ctx, i, path, body, ret_method);
    else if (i % 5 == 2)
        asked_search_one(a, 0, i, path);
    else
        asked_read(ctx, i, path, body, ret_method);
}

static const char *const searches[ASKED_SEARCHES] = {
    "patient_code_sorted", "patient_newest",    "identifier", "family",
    "birthdate",           "code_patient_date", "count_only"};

const char *asked_search_name(int kind)
{
    return searches[kind];
}

void asked_search_one(struct asked *a, int kind, long i, struct buf *path)
{
    const char *patient = a->patients[i * 31 % ASKED_PATIENTS];
    switch (kind) {
    case 0:
        buf_printf(path, "/fhir/Observation?patient=%s&code=http://loinc.org|8867-4&_sort=-date&_count=20",
                   patient);
        break;
    case 1:
        buf_printf(path, "/fhir/Observation?patient=%s&_count=20", patient);
        break;
    case 2:
        buf_printf(path, "/fhir/Patient?identifier=urn:bench|P%ld", i % ASKED_PATIENTS);
        break;
    case 3:
        buf_printf(path, "/fhir/Patient?family=%%E6%%9B%%BE%ld&_count=20", i % ASKED_PATIENTS);
        break;
    case 4:
        buf_printf(path, "/fhir/Patient?birthdate=19%02ld-02-%02ld", 50 + i % 50, i % 28 + 1);
        break;
    case 5:
        buf_printf(path, "/fhir/Observation?code=8310-5&patient=%s&date=ge2026-06-01&_count=10", patient);
        break;
    default:
        buf_printf(path, "/fhir/Observation?patient=%s&_summary=count", patient);
    }
}

void asked_search(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    (void)body, (void)ret_method;
    asked_search_one(ctx, (int)(i % ASKED_SEARCHES), i / ASKED_SEARCHES, path);
}

/* What the chart asks when it is opened. */
void asked_chart(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    struct asked *a = ctx;
    const char *patient = a->patients[i / 5 * 31 % ASKED_PATIENTS];
    (void)body, (void)ret_method;
    switch (i % 5) {
    case 0:
        buf_printf(path, "/fhir/Patient/%s", patient);
        break;
    case 1:
        buf_printf(path, "/fhir/Condition?patient=%s&_count=50", patient);
        break;
    case 2:
        buf_printf(path, "/fhir/AllergyIntolerance?patient=%s&_count=50", patient);
        break;
    case 3:
        buf_printf(path, "/fhir/MedicationRequest?patient=%s&_count=50", patient);
        break;
    default:
        buf_printf(path, "/fhir/Observation?patient=%s&category=vital-signs&_sort=-date&_count=20", patient);
    }
}

void asked_everything(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    struct asked *a = ctx;
    (void)body, (void)ret_method;
    buf_printf(path, "/fhir/Patient/%s/$everything", a->patients[i * 31 % ASKED_PATIENTS]);
}

/* -- import: a person's file as one transaction, its parts bound by urn:uuid -- */

static void urn(struct buf *to, long bundle, long k)
{
    buf_printf(to, "urn:uuid:%08lx-0000-4000-8000-%012lx", (unsigned long)bundle, (unsigned long)k);
}

static void part(struct buf *to, long bundle, long k, const char *type)
{
    buf_add_text(to, k ? ",{\"fullUrl\":\"" : "{\"fullUrl\":\"");
    urn(to, bundle, k);
    buf_printf(to,
               "\",\"request\":{\"method\":\"POST\",\"url\":\"%s\"},\"resource\":{\"resourceType\":\"%s\"",
               type, type);
}

static void to_part(struct buf *to, const char *name, long bundle, long k)
{
    buf_printf(to, ",\"%s\":{\"reference\":\"", name);
    urn(to, bundle, k);
    buf_add_text(to, "\"}");
}

static void code(struct buf *to, const char *system, long n)
{
    buf_printf(
        to,
        ",\"code\":{\"coding\":[{\"system\":\"%s\",\"code\":\"%ld\",\"display\":\"a thing of kind %ld\"}],"
        "\"text\":\"a thing of kind %ld\"}",
        system, n, n, n);
}

void asked_import(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    struct asked *a = ctx;
    long bundle = a->turn++;
    *ret_method = "POST";
    (void)i;
    buf_add_text(path, "/fhir");
    buf_add_text(body, "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[");
    part(body, bundle, 0, "Patient");
    buf_printf(
        body,
        ",\"identifier\":[{\"system\":\"urn:bench:import\",\"value\":\"%ld\"}],\"name\":[{\"use\":"
        "\"official\","
        "\"family\":\"Bench%ld\",\"given\":[\"Anna\"]}],\"gender\":\"female\",\"birthDate\":\"1970-03-04\"}}",
        bundle, bundle);
    for (long k = 1; k < ASKED_IMPORTED; k++) {
        long visit = 1 + (k - 1) / 11 * 11;
        const char *type = k == visit    ? "Encounter"
                           : k % 11 == 2 ? "Condition"
                           : k % 11 == 3 ? "Procedure"
                                         : "Observation";
        part(body, bundle, k, type);
        to_part(body, "subject", bundle, 0);
        if (k == visit) {
            buf_printf(body,
                       ",\"status\":\"in-progress\",\"class\":{\"system\":\"http://terminology.hl7.org/"
                       "CodeSystem/v3-ActCode\","
                       "\"code\":\"AMB\"},\"period\":{\"start\":\"2025-%02ld-03T10:00:00+08:00\"}}}",
                       k % 12 + 1);
            continue;
        }
        to_part(body, "encounter", bundle, visit);
        if (type[0] == 'C') {
            code(body, "http://snomed.info/sct", 44054006 + k);
            buf_printf(
                body,
                ",\"onsetDateTime\":\"2025-%02ld-03T10:00:00+08:00\",\"clinicalStatus\":{\"coding\":[{"
                "\"system\":"
                "\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":\"active\"}]}}}",
                k % 12 + 1);
        } else if (type[0] == 'P') {
            code(body, "http://snomed.info/sct", 430193006 + k);
            buf_printf(body,
                       ",\"status\":\"in-progress\",\"performedDateTime\":\"2025-%02ld-03T10:00:00+08:00\"}}",
                       k % 12 + 1);
        } else {
            code(body, "http://loinc.org", 8302 + k);
            buf_printf(body,
                       ",\"status\":\"preliminary\",\"category\":[{\"coding\":[{\"system\":\"http://"
                       "terminology.hl7.org/CodeSystem/"
                       "observation-category\",\"code\":\"laboratory\"}]}],\"effectiveDateTime\":\"2025-%"
                       "02ld-03T10:05:00+08:00\","
                       "\"issued\":\"2025-%02ld-03T10:05:00.000+08:00\",\"valueQuantity\":{\"value\":%ld."
                       "2500,\"unit\":\"mg/dL\","
                       "\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg/dL\"}}}",
                       k % 12 + 1, k % 12 + 1, k);
        }
    }
    buf_add_text(body, "]}");
}
