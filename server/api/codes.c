/* Code lists: what a doctor types becomes a code, and what does not go together is told (docs/PROTOCOL § code lists). */
#include "records/codes.h"
#include "api/handlers.h"

enum { MOST = 50 };

enum err codes_look(struct request *r, struct tx *tx)
{
    struct str list = r->captures[0], text = request_query(r, "q");
    struct code codes[MOST];
    struct code_list about;
    struct json_out out;
    size_t n = 0;
    if (text.bytes > 64) return answer_fault(r, 400, "bad_field", "q");
    enum err err = codes_list(tx, r->arena, list, &about);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = codes_search(tx, r->arena, list, text, MOST, codes, &n);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_bool(&out, "starter", about.is_starter);
    json_put_int(&out, "total", about.count);
    json_open_array(&out, "codes");
    for (size_t i = 0; i < n; i++) {
        json_open(&out, NULL);
        json_put_str(&out, "code", codes[i].code);
        json_put_str(&out, "words", codes[i].words);
        json_put_str(&out, "classes", str_trim(codes[i].classes));
        json_close(&out);
    }
    json_close_array(&out);
    json_close(&out);
    return OK;
}

/* "a,b,c" */
static bool split(struct request *r, const char *name, struct str to[CODES_DRUGS_MAX], size_t *ret_n)
{
    struct str rest = request_query(r, name);
    size_t n = 0;
    while (rest.bytes) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.bytes == 0) continue;
        if (n == CODES_DRUGS_MAX) {
            answer_fault(r, 400, "bad_field", name);
            return false;
        }
        to[n++] = one;
    }
    *ret_n = n;
    return true;
}

enum err medication_check_look(struct request *r, struct tx *tx)
{
    struct str drugs[CODES_DRUGS_MAX], substances[CODES_DRUGS_MAX];
    size_t drugs_n = 0, substances_n = 0;
    struct drug_check check;
    struct json_out out;
    if (!split(r, "drugs", drugs, &drugs_n) || !split(r, "substances", substances, &substances_n)) return OK;
    enum err err = codes_check(tx, r->arena, drugs, drugs_n, substances, substances_n, &check);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "alerts");
    for (size_t i = 0; i < check.count; i++) {
        const struct drug_alert *a = &check.alerts[i];
        json_open(&out, NULL);
        json_put_text(&out, "kind", a->is_allergy ? "allergy" : "interaction");
        json_put_text(&out, "severity", a->is_avoid ? "avoid" : "watch");
        json_put_str(&out, "drug", a->drug);
        json_put_str(&out, "other", a->other);
        json_put_str(&out, "words", r->english ? a->en : a->zh);
        json_close(&out);
    }
    json_close_array(&out);
    json_open_array(&out, "unknown");
    for (size_t i = 0; i < check.unknown_n; i++)
        json_put_str(&out, NULL, check.unknown[i]);
    json_close_array(&out);
    json_close(&out);
    return OK;
}
