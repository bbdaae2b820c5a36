/* The query of a request and the fields of its body. The query ends at the first NUL, the body follows. */
#include "api/request.h"
#include "tests/fuzz/fuzz.h"

static void check_body(struct request *r)
{
    static const char *const known[] = {"name", "n", "on", NULL};
    struct str text;
    int64_t n;
    bool b;
    if (json_parse(r->body, &r->json, NULL) != OK) return;
    if (!json_is_object(r->json)) return;
    if (request_only(r, known)) ASSERT(r->fault.status == 0);
    if (request_text(r, "name", 40, &text)) ASSERT(text.bytes <= 40 && str_is_utf8(text));
    if (request_int(r, "n", -5, 100, &n)) ASSERT(n >= -5 && n <= 100);
    if (request_bool_optional(r, "on", true, &b)) ASSERT(b || !b);
    ASSERT(memchr(r->fault.where, 0, sizeof r->fault.where));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct request *r = request_new(1 << 20);
    if (!r) return 0;
    struct str rest = fuzz_str(bytes, n);
    r->query = str_cut(&rest, 0);
    r->body = rest;
    struct str q = request_query(r, "q");
    ASSERT(q.bytes <= r->query.bytes);
    ASSERT(request_query(r, "").bytes <= r->query.bytes);
    check_body(r);
    request_free(r);
    return 0;
}
