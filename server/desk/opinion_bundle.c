#include "desk/opinion_bundle.h"
#include "base/mem.h"
#include "desk/affiliation.h"
#include "desk/chart_write.h"
#include "records/person.h"
#include "records/seal.h"

enum { NODES_MAX = 200000 };

/* -- the code -- */

void opinion_code_from(struct str canonical, char ret[OPINION_CODE_BYTES])
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* none that is taken for another */
    struct digest_value d = digest_of(canonical.at, canonical.bytes);
    size_t n = 0;
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t bit = i * 5, two = (uint32_t)d.at[bit / 8] << 8 | d.at[bit / 8 + 1];
        if (i && i % 4 == 0) ret[n++] = '-';
        ret[n++] = letters[two >> (11 - bit % 8) & 31];
    }
    ret[n] = 0;
}

static enum err canonical_of(struct record_reader *all, const struct chart_item *document, struct str *ret)
{
    struct buf to;
    buf_init(&to, RECORD_BODY_BYTES_MAX);
    enum err err = seal_canonical(&document->tape, 0, all->arena, &to);
    enum err taken = chart_take(all, &to, ret);
    return err ? err : taken;
}

enum err opinion_code_of(struct record_reader *all, const struct opinion *o, char ret[OPINION_CODE_BYTES])
{
    return opinion_code_of_document(all, &o->body, ret);
}

enum err opinion_code_of_document(struct record_reader *all, const struct chart_item *document,
                                  char ret[OPINION_CODE_BYTES])
{
    struct str canonical;
    enum err err = canonical_of(all, document, &canonical);
    if (!err) opinion_code_from(canonical, ret);
    return err;
}

/* -- signatures -- */

struct gathering {
    struct record_reader *all;
    struct opinion_signature *at;
    uint32_t n;
    enum err err;
};

static bool keep(struct gathering *g, struct str s, struct str *ret)
{
    *ret = (struct str){arena_copy(g->all->arena, s.bytes ? s.at : "", s.bytes + !s.bytes), s.bytes};
    if (!ret->at) g->err = ERR_NOMEM;
    return ret->at != NULL;
}

static void take(void *ctx, const struct seal *seal)
{
    struct gathering *g = ctx;
    if (g->err || g->n == OPINION_SIGNATURES_MAX) return;
    struct opinion_signature *s = &g->at[g->n++];
    *s = (struct opinion_signature){.algorithm = seal->algorithm, .at = seal->at, .holds = seal->holds};
    (void)(keep(g, seal->account, &s->account) && keep(g, seal->display, &s->display) &&
           keep(g, seal->role, &s->role) && keep(g, seal->public, &s->public) &&
           keep(g, seal->value, &s->value) && keep(g, seal->text, &s->text));
}

enum err opinion_signatures(struct tx *tx, struct record_reader *all, const struct chart_item *document,
                            struct str site, struct opinion_signature ret[OPINION_SIGNATURES_MAX],
                            uint32_t *ret_n)
{
    struct record record = {.head = document->head, .body = document->tape.body};
    struct gathering g = {.all = all, .at = ret};
    enum err err = seal_each(tx, all->arena, &record, take, &g);
    if (!err) err = g.err;
    for (uint32_t i = 0; i < g.n && !err; i++) {
        struct person person;
        ret[i].hospital = site;
        if (!str_is_text(ret[i].role, "specialist")) continue;
        ret[i].hospital = (struct str){"", 0};
        err = person_find(tx, ret[i].account, &person);
        if (!err && person.practitioner) err = affiliation_of(tx, all, person.practitioner, &ret[i].hospital);
    }
    if (!err) *ret_n = g.n;
    return err;
}

/* -- content -- */

static void put_value(struct json_out *o, struct str value)
{
    char text[STR_BASE64_BYTES(SIGN_VALUE_BYTES_MAX)];
    if (value.bytes > SIGN_VALUE_BYTES_MAX) {
        o->to->err = ERR_CORRUPT;
        return;
    }
    str_base64url(value.at, value.bytes, text);
    json_put_text(o, "value", text);
}

static void put_text(struct json_out *o, const char *key, struct str s)
{
    json_put_str(o, key, s.at ? s : STR(""));
}

static enum err put_signatures(struct tx *tx, struct record_reader *all, const struct chart_item *document,
                               struct str site, struct json_out *o)
{
    struct opinion_signature *s = arena_alloc(all->arena, OPINION_SIGNATURES_MAX * sizeof *s);
    uint32_t n = 0;
    if (!s) return ERR_NOMEM;
    enum err err = opinion_signatures(tx, all, document, site, s, &n);
    json_open_array(o, "signatures");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct str rest = s[i].text, statement = str_cut(&rest, '\n');
        json_open(o, NULL);
        put_text(o, "account", s[i].account);
        put_text(o, "name", s[i].display);
        put_text(o, "role", s[i].role);
        put_text(o, "hospital", s[i].hospital);
        json_put_instant(o, "at", s[i].at);
        json_put_text(o, "algorithm", sign_name(s[i].algorithm));
        put_text(o, "public", s[i].public);
        put_text(o, "statement", statement);
        put_value(o, s[i].value);
        json_close(o);
    }
    json_close_array(o);
    return err;
}

static enum err put_dissents(struct tx *tx, struct record_reader *all, const struct opinion *p,
                             struct json_out *o)
{
    struct opinion_dissent d[COSIGNERS_MAX + 1];
    uint32_t n = 0;
    enum err err = opinion_dissents(tx, all->arena, p->composition.seq, d, &n);
    json_open_array(o, "dissents");
    for (uint32_t i = 0; i < n && !err; i++) {
        json_open(o, NULL);
        put_text(o, "account", d[i].account);
        put_text(o, "name", d[i].display);
        for (uint32_t k = 0; k < p->people_count; k++)
            if (str_is(p->people[k].account, d[i].account)) put_text(o, "hospital", p->people[k].hospital);
        json_put_instant(o, "at", d[i].at);
        json_put_text(o, "algorithm", sign_name(d[i].algorithm));
        put_text(o, "public", d[i].public);
        put_text(o, "text", d[i].text);
        put_value(o, d[i].value);
        json_close(o);
    }
    json_close_array(o);
    json_open_array(o, "without");
    for (uint32_t i = 0; i < p->people_count && !err; i++) {
        bool is_silent = p->people[i].answer == OPINION_EXCUSED || p->people[i].answer == OPINION_WAITED;
        if (!is_silent) continue;
        json_open(o, NULL);
        put_text(o, "account", p->people[i].account);
        put_text(o, "name", p->people[i].display);
        put_text(o, "hospital", p->people[i].hospital);
        json_put_bool(o, "excused", p->people[i].answer == OPINION_EXCUSED);
        put_text(o, "reason", p->people[i].reason);
        json_close(o);
    }
    json_close_array(o);
    return err;
}

/* p: of an opinion itself, whose dissents stand beside it; else NULL. */
static enum err put_document(struct tx *tx, struct record_reader *all, const struct opinion *p,
                             const struct chart_item *item, const char *kind, struct str site,
                             struct json_out *o)
{
    struct str body;
    const char *reference =
        arena_printf(all->arena, "Composition/%.*s", (int)item->head.id.bytes, item->head.id.at);
    enum err err = reference ? canonical_of(all, item, &body) : ERR_NOMEM;
    if (err) return err;
    json_open(o, NULL);
    json_put_text(o, "kind", kind);
    json_put_text(o, "reference", reference);
    json_put_int(o, "version", item->head.version);
    json_put_str(o, "body", body);
    err = put_signatures(tx, all, item, site, o);
    if (!err && p) err = put_dissents(tx, all, p, o);
    json_close(o);
    return err;
}

static enum err put_patient(struct tx *tx, struct record_reader *all, struct str id, struct json_out *o)
{
    struct chart_item patient;
    enum err err = chart_one(tx, all, "Patient", id, &patient);
    if (err) return err;
    struct str name = chart_text(all, &patient, 0, "name.text");
    if (!name.bytes) {
        struct str family = chart_text(all, &patient, 0, "name.family");
        struct str given = chart_text(all, &patient, 0, "name.given");
        const char *whole =
            arena_printf(all->arena, "%.*s%.*s", (int)family.bytes, family.at ? family.at : "",
                         (int)given.bytes, given.at ? given.at : "");
        if (!whole) return ERR_NOMEM;
        name = str_of(whole);
    }
    json_open(o, "patient");
    put_text(o, "name", name);
    put_text(o, "number", chart_text(all, &patient, 0, "identifier.value"));
    put_text(o, "born", chart_text(all, &patient, 0, "birthDate"));
    json_close(o);
    return OK;
}

/* The pictures that the opinion names, each by the SHA-256 of its bytes. */
static enum err put_stills(struct tx *tx, struct record_reader *all, const struct opinion *p,
                           struct json_out *o)
{
    struct opinion_still *s = arena_alloc(all->arena, OPINION_STILLS_MAX * sizeof *s);
    uint32_t n = 0;
    if (!s) return ERR_NOMEM;
    enum err err = opinion_stills(tx, all, p, s, &n);
    json_open_array(o, "stills");
    for (uint32_t i = 0; i < n && !err; i++) {
        json_open(o, NULL);
        put_text(o, "reference", s[i].reference);
        put_text(o, "at", s[i].at);
        put_text(o, "title", s[i].title);
        json_put_text(o, "sha256", s[i].sha256);
        json_close(o);
    }
    json_close_array(o);
    return err;
}

static enum err put_content(struct tx *tx, struct record_reader *all, const struct opinion *p,
                            struct str site, struct json_out *o)
{
    char code[OPINION_CODE_BYTES];
    struct chart_list amendments;
    enum err err = opinion_code_of(all, p, code);
    if (err) return err;
    json_put_instant(o, "made", tx->now);
    put_text(o, "site", site);
    json_put_text(o, "state", opinion_state_name(p->state));
    json_put_text(o, "code", code);
    put_text(o, "visit", p->visit.id);
    err = put_patient(tx, all, p->patient, o);
    if (!err) err = put_stills(tx, all, p, o);
    if (!err) err = opinion_amendments(tx, all, p, &amendments);
    json_open_array(o, "documents");
    if (!err) err = put_document(tx, all, p, &p->body, "opinion", site, o);
    for (uint32_t i = 0; !err && i < amendments.count; i++)
        err = put_document(tx, all, NULL, &amendments.at[i], "amendment", site, o);
    json_close_array(o);
    return err;
}

static enum err put_alone(struct tx *tx, struct record_reader *all, const struct chart_item *document,
                          const char *kind, struct str patient, struct str site, struct json_out *o)
{
    char code[OPINION_CODE_BYTES];
    enum err err = opinion_code_of_document(all, document, code);
    if (err) return err;
    json_put_instant(o, "made", tx->now);
    put_text(o, "site", site);
    json_put_text(o, "state", opinion_state_name(OPINION_FINAL));
    json_put_text(o, "code", code);
    err = put_patient(tx, all, patient, o);
    json_open_array(o, "documents");
    if (!err) err = put_document(tx, all, NULL, document, kind, site, o);
    json_close_array(o);
    return err;
}

static enum err find_key(struct tx *tx, struct site_key *ret)
{
    enum err err = site_key_find(tx, SIGN_ECDSA, ret);
    return err == ERR_NOT_FOUND ? site_key_find(tx, SIGN_SM2, ret) : err;
}

/* What was put into o, without its braces, and the key. */
static enum err finish(struct tx *tx, struct record_reader *all, struct buf *content, enum err err,
                       struct opinion_bundle *ret)
{
    struct str text;
    struct site_key key;
    enum err taken = chart_take(all, content, &text);
    if (!err) err = taken;
    if (!err) err = find_key(tx, &key);
    if (err) return err;
    *ret = (struct opinion_bundle){{text.at + 1, text.bytes - 2}, key};
    mem_wipe(&key, sizeof key);
    return OK;
}

enum err opinion_bundle_open(struct tx *tx, struct record_reader *all, const struct opinion *p,
                             struct str site, struct opinion_bundle *ret)
{
    struct buf content;
    struct json_out o;
    if (p->state == OPINION_DRAFT) return ERR_NOT_FOUND;
    buf_init(&content, OPINION_BUNDLE_BYTES_MAX);
    json_out_init(&o, &content);
    json_open(&o, NULL);
    enum err err = put_content(tx, all, p, site, &o);
    json_close(&o);
    return finish(tx, all, &content, err, ret);
}

enum err opinion_bundle_open_alone(struct tx *tx, struct record_reader *all,
                                   const struct chart_item *document, const char *kind, struct str patient,
                                   struct str site, struct opinion_bundle *ret)
{
    struct buf content;
    struct json_out o;
    buf_init(&content, OPINION_BUNDLE_BYTES_MAX);
    json_out_init(&o, &content);
    json_open(&o, NULL);
    enum err err = put_alone(tx, all, document, kind, patient, site, &o);
    json_close(&o);
    return finish(tx, all, &content, err, ret);
}

/* -- signed -- */

static enum err sign_content(const struct opinion_bundle *b, struct str canonical, struct buf *to)
{
    uint8_t value[SIGN_VALUE_BYTES_MAX];
    size_t n;
    struct json_out o;
    enum err err = sign_make(b->key.algorithm, (struct str){(const char *)b->key.secret, b->key.secret_bytes},
                             canonical, value, &n);
    if (err) return err;
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_raw(&o, "content", canonical);
    json_put_text(&o, "format", OPINION_BUNDLE_FORMAT);
    json_open(&o, "site");
    json_put_text(&o, "algorithm", sign_name(b->key.algorithm));
    json_put_text(&o, "public", b->key.public);
    put_value(&o, (struct str){(const char *)value, n});
    json_close(&o);
    json_close(&o);
    return to->err;
}

enum err opinion_bundle_close(const struct opinion_bundle *b, struct arena *arena, struct str pages,
                              struct buf *to)
{
    struct buf plain, canonical;
    struct tape tape;
    struct tape_fault where;
    buf_init(&plain, OPINION_BUNDLE_BYTES_MAX);
    buf_init(&canonical, OPINION_BUNDLE_BYTES_MAX);
    buf_add_char(&plain, '{');
    buf_add_str(&plain, b->members);
    if (pages.at) {
        char hex[2 * DIGEST_BYTES + 1];
        struct digest_value d = digest_of(pages.at, pages.bytes);
        str_hex(d.at, DIGEST_BYTES, hex);
        buf_printf(&plain, ",\"pages\":{\"bytes\":%zu,\"sha256\":\"%s\"}", pages.bytes, hex);
    }
    buf_add_char(&plain, '}');
    enum err err = plain.err ? plain.err : tape_read(arena, buf_str(&plain), NODES_MAX, &tape, &where);
    if (!err) err = seal_canonical(&tape, 0, arena, &canonical);
    if (!err) err = sign_content(b, buf_str(&canonical), to);
    buf_done(&plain);
    buf_done(&canonical);
    return err;
}
