#include "desk/opinion_verify.h"
#include "desk/opinion_bundle.h"
#include "desk/opinion_texts.h"
#include "paper/paper_attach.h"
#include "records/seal.h"
#include <stdio.h>

enum { NODES_MAX = 200000, DOCUMENTS_MAX = 64 };

struct check {
    struct arena *arena;
    struct tape tape;
    struct buf *to;
    bool is_english, holds;
    enum err err;
};

static const char *word(const struct check *c, enum opinion_word w)
{
    return opinion_word(w, c->is_english);
}

/* -- reading -- */

static struct str text_at(struct check *c, uint32_t object, const char *name)
{
    struct str s = {0};
    uint32_t node = object == TAPE_NONE ? TAPE_NONE : tape_get(&c->tape, object, str_of(name));
    if (node == TAPE_NONE || c->tape.nodes[node].kind != TAPE_TEXT) return (struct str){"", 0};
    if (!tape_text(&c->tape, node, c->arena, &s))
        c->err = ERR_NOMEM; /* nothing is called bad for want of memory */
    return s.at ? s : (struct str){"", 0};
}

static uint32_t node_at(const struct check *c, uint32_t object, const char *name)
{
    return object == TAPE_NONE ? TAPE_NONE : tape_get(&c->tape, object, str_of(name));
}

static struct str number_at(const struct check *c, uint32_t object, const char *name)
{
    uint32_t node = node_at(c, object, name);
    bool is = node != TAPE_NONE && c->tape.nodes[node].kind == TAPE_NUMBER;
    return is ? tape_raw(&c->tape, node) : (struct str){"", 0};
}

static uint32_t item(const struct check *c, uint32_t list, uint32_t i)
{
    return list == TAPE_NONE ? TAPE_NONE : tape_at(&c->tape, list, i);
}

/* Nothing of a stranger's text moves a terminal's cursor. */
static void put_safe(struct check *c, struct str s)
{
    if (!str_is_utf8(s)) s = STR("?");
    for (size_t i = 0; i < s.bytes; i++) {
        unsigned char ch = (unsigned char)s.at[i];
        bool is_c1 = ch == 0xc2 && i + 1 < s.bytes && (unsigned char)s.at[i + 1] < 0xa0;
        if (ch < 0x20 || ch == 0x7f)
            buf_add_char(c->to, ' ');
        else if (is_c1)
            buf_add_char(c->to, ' '), i++;
        else
            buf_add_char(c->to, s.at[i]);
    }
}

static void put_line(struct check *c, const char *label, struct str value, const char *more)
{
    buf_printf(c->to, "%s  ", label);
    put_safe(c, value);
    buf_printf(c->to, "%s%s\n", more && more[0] ? "  " : "", more ? more : "");
}

static void fail(struct check *c, enum opinion_word why)
{
    c->holds = false;
    buf_printf(c->to, "! %s\n", word(c, why));
}

static void fingerprint(struct str public, char ret[SITE_KEY_FINGERPRINT_BYTES])
{
    if (site_key_fingerprint(public, ret)) snprintf(ret, SITE_KEY_FINGERPRINT_BYTES, "?");
}

/* -- signatures -- */

static bool verify(struct check *c, uint32_t of, struct str signed_text)
{
    enum sign_algorithm algorithm;
    uint8_t value[SIGN_VALUE_BYTES_MAX];
    size_t n;
    bool is = false;
    struct str public = text_at(c, of, "public");
    if (!sign_from_name(text_at(c, of, "algorithm"), &algorithm) || public.bytes >= SIGN_PUBLIC_TEXT ||
        !str_from_base64url(text_at(c, of, "value"), value, sizeof value, &n))
        return false;
    enum err err = sign_check(algorithm, public, signed_text, (struct str){(const char *)value, n}, &is);
    if (err == ERR_NOMEM) c->err = err;
    return !err && is;
}

static struct str with_body(struct check *c, struct str statement, struct str body)
{
    char *s = arena_alloc(c->arena, statement.bytes + 1 + body.bytes);
    if (!s) return c->err = ERR_NOMEM, (struct str){"", 0};
    memcpy(s, statement.at, statement.bytes);
    s[statement.bytes] = '\n';
    memcpy(s + statement.bytes + 1, body.at, body.bytes);
    return (struct str){s, statement.bytes + 1 + body.bytes};
}

/* The line that was signed says what stands beside it: which record and version, who, in what role, when, by what. */
static bool says(struct check *c, const char *kind, uint32_t document, uint32_t of, struct str line)
{
    struct str at = text_at(c, of, "at"), account = text_at(c, of, "account"), role = text_at(c, of, "role");
    struct str reference = text_at(c, document, "reference"), version = number_at(c, document, "version");
    struct str algorithm = text_at(c, of, "algorithm");
    char *whole =
        arena_printf(c->arena, "yunqiao %s 1 %.*s version=%.*s account=%.*s%s%.*s at=%.*s algorithm=%.*s",
                     kind, (int)reference.bytes, reference.at, (int)version.bytes, version.at,
                     (int)account.bytes, account.at, role.bytes ? " role=" : "", (int)role.bytes, role.at,
                     (int)at.bytes, at.at, (int)algorithm.bytes, algorithm.at);
    if (!whole) c->err = ERR_NOMEM;
    return whole && str_is_text(line, whole);
}

static void put_signer(struct check *c, uint32_t of, const char *did, bool holds)
{
    char print[SITE_KEY_FINGERPRINT_BYTES];
    fingerprint(text_at(c, of, "public"), print);
    buf_printf(c->to, "  [%s] %s ", word(c, holds ? OPINION_WORD_GOOD : OPINION_WORD_BAD), did);
    put_safe(c, text_at(c, of, "name"));
    buf_add_text(c->to, word(c, OPINION_WORD_COMMA));
    put_safe(c, text_at(c, of, "hospital"));
    buf_add_text(c->to, word(c, OPINION_WORD_COMMA));
    put_safe(c, text_at(c, of, "at"));
    buf_add_text(c->to, word(c, OPINION_WORD_COMMA));
    put_safe(c, text_at(c, of, "algorithm"));
    buf_printf(c->to, "\n         %s %s\n", word(c, OPINION_WORD_KEY), print);
    c->holds = c->holds && holds;
}

/* What is signed is called by its kind; a bundle of an older site that says another is one that we do not know. */
static enum opinion_word kind_word(struct check *c, uint32_t document)
{
    static const struct {
        const char *name;
        enum opinion_word word;
    } all[] = {{"opinion", OPINION_WORD_OPINION},
               {"amendment", OPINION_WORD_AMENDMENT},
               {"packet", OPINION_WORD_PACKET},
               {"release", OPINION_WORD_RELEASE}};
    struct str kind = text_at(c, document, "kind");
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (str_is_text(kind, all[i].name)) return all[i].word;
    return OPINION_WORD_UNREADABLE;
}

static void check_signatures(struct check *c, uint32_t document, struct str body)
{
    enum opinion_word kind = kind_word(c, document);
    bool is_opinion = kind == OPINION_WORD_OPINION || kind == OPINION_WORD_AMENDMENT;
    uint32_t list = node_at(c, document, "signatures");
    uint32_t n = 0;
    for (uint32_t of; (of = item(c, list, n)) != TAPE_NONE && !c->err; n++) {
        struct str statement = text_at(c, of, "statement");
        bool holds = says(c, "seal", document, of, statement) && verify(c, of, with_body(c, statement, body));
        bool is_clinic = is_opinion && !str_is_text(text_at(c, of, "role"), "specialist");
        put_signer(c, of, word(c, is_clinic ? OPINION_WORD_RECEIVED : OPINION_WORD_SIGNED), holds);
    }
    if (n == 0) fail(c, OPINION_WORD_WAITED); /* nobody signed what says that it is signed */
    list = node_at(c, document, "dissents");
    for (uint32_t i = 0, of; (of = item(c, list, i)) != TAPE_NONE && !c->err; i++) {
        struct str text = text_at(c, of, "text"), reason = text, line = str_cut(&reason, '\n');
        put_signer(c, of, word(c, OPINION_WORD_DISSENTED),
                   says(c, "dissent", document, of, line) && verify(c, of, text));
        put_line(c, "        ", reason, NULL);
    }
    list = node_at(c, document, "without");
    for (uint32_t i = 0, of; (of = item(c, list, i)) != TAPE_NONE && !c->err; i++)
        put_line(c, "  -", text_at(c, of, "name"), word(c, OPINION_WORD_WAITED));
}

/* -- the whole -- */

static void check_code(struct check *c, uint32_t content, struct str body)
{
    char code[OPINION_CODE_BYTES];
    opinion_code_from(body, code);
    if (!str_is_text(text_at(c, content, "code"), code)) fail(c, OPINION_WORD_BAD_CODE);
    put_line(c, word(c, OPINION_WORD_CODE), str_of(code), NULL);
}

static void check_documents(struct check *c, uint32_t content)
{
    uint32_t list = node_at(c, content, "documents");
    for (uint32_t i = 0, d; i < DOCUMENTS_MAX && (d = item(c, list, i)) != TAPE_NONE && !c->err; i++) {
        struct str body = text_at(c, d, "body");
        if (i == 0) check_code(c, content, body);
        put_line(c, word(c, kind_word(c, d)), text_at(c, d, "reference"), NULL);
        check_signatures(c, d, body);
    }
    if (item(c, list, 0) == TAPE_NONE) fail(c, OPINION_WORD_UNREADABLE);
    if (!str_is_text(text_at(c, content, "state"), "final"))
        buf_printf(c->to, "  - %s\n", word(c, OPINION_WORD_STILL_OPEN));
}

static void check_site(struct check *c, uint32_t content, struct str key)
{
    char print[SITE_KEY_FINGERPRINT_BYTES];
    struct buf canonical;
    uint32_t site = node_at(c, 0, "site");
    struct str public = text_at(c, site, "public");
    buf_init(&canonical, OPINION_BUNDLE_BYTES_MAX);
    if (!c->err) c->err = seal_canonical(&c->tape, content, c->arena, &canonical);
    bool holds = !c->err && verify(c, site, buf_str(&canonical));
    buf_done(&canonical);
    fingerprint(public, print);
    buf_printf(c->to, "%s  ", word(c, OPINION_WORD_SITE));
    put_safe(c, text_at(c, content, "site"));
    buf_printf(c->to, "  [%s]\n  %s %s\n", word(c, holds ? OPINION_WORD_GOOD : OPINION_WORD_BAD),
               word(c, OPINION_WORD_SITE_KEY), print);
    if (!holds) fail(c, OPINION_WORD_BAD_SITE);
    if (!key.at)
        buf_printf(c->to, "  %s\n", word(c, OPINION_WORD_PINNED));
    else if (str_is(str_trim(key), public) || (key.bytes && str_starts(key, public)))
        buf_printf(c->to, "  %s\n", word(c, OPINION_WORD_GIVEN));
    else
        fail(c, OPINION_WORD_BAD_KEY);
}

/* The pages hash to what the bundle says, and the file is what the two of them make: every byte of it is one of theirs. */
static void check_pages(struct check *c, uint32_t content, struct str file, struct str pages,
                        struct str bundle)
{
    char hex[2 * DIGEST_BYTES + 1], bytes[24];
    struct buf again;
    uint32_t said = node_at(c, content, "pages");
    struct digest_value d = digest_of(pages.at, pages.bytes);
    str_hex(d.at, DIGEST_BYTES, hex);
    snprintf(bytes, sizeof bytes, "%zu", pages.bytes);
    buf_init(&again, file.bytes + 65536);
    buf_add_str(&again, pages);
    enum err err = again.err ? again.err : paper_attach(&again, OPINION_BUNDLE_NAME, bundle);
    bool holds = !err && str_is(buf_str(&again), file) && str_is_text(text_at(c, said, "sha256"), hex) &&
                 str_is_text(number_at(c, said, "bytes"), bytes);
    buf_done(&again);
    if (err == ERR_NOMEM) c->err = err;
    buf_printf(c->to, "%s  [%s]\n", word(c, OPINION_WORD_PAGES),
               word(c, holds ? OPINION_WORD_GOOD : OPINION_WORD_BAD));
    if (!holds) fail(c, OPINION_WORD_BAD_PAGES);
}

static enum err no_file(struct check *c, enum opinion_word why, enum opinion_verdict *ret)
{
    buf_printf(c->to, "%s\n", word(c, why));
    *ret = OPINION_IS_NO_FILE;
    return c->to->err;
}

enum err opinion_verify(struct arena *arena, struct str file, struct str key, bool is_english,
                        struct buf *report, enum opinion_verdict *ret)
{
    struct check c = {.arena = arena, .to = report, .is_english = is_english, .holds = true};
    struct str pages = {0}, bundle = file;
    struct tape_fault where;
    bool is_pdf = str_starts(file, STR("%PDF-"));
    if (is_pdf && paper_attached(file, &pages, &bundle)) return no_file(&c, OPINION_WORD_NO_BUNDLE, ret);
    enum err err = tape_read(arena, bundle, NODES_MAX, &c.tape, &where);
    if (err == ERR_NOMEM) return err;
    uint32_t content = err ? TAPE_NONE : node_at(&c, 0, "content");
    bool is_one = content != TAPE_NONE && str_is_text(text_at(&c, 0, "format"), OPINION_BUNDLE_FORMAT);
    if (c.err) return c.err;
    if (!is_one) return no_file(&c, OPINION_WORD_UNREADABLE, ret);
    uint32_t patient = node_at(&c, content, "patient");
    put_line(&c, word(&c, OPINION_WORD_PATIENT), text_at(&c, patient, "name"), NULL);
    check_site(&c, content, key);
    if (!c.err) check_documents(&c, content);
    if (!c.err && is_pdf) check_pages(&c, content, file, pages, bundle);
    if (c.err) return c.err;
    buf_printf(report, "%s\n", word(&c, c.holds ? OPINION_WORD_ALL_GOOD : OPINION_WORD_NOT_GOOD));
    *ret = c.holds ? OPINION_HOLDS : OPINION_HOLDS_NOT;
    return report->err;
}
