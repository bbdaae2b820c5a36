/* Signatures: canonical bytes, both algorithms, and the openssl command as the judge. */
#include "../check.h"
#include "base/mem.h"
#include "records/seal.h"
#include "ward.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static struct str canonical(const char *body, struct arena *arena)
{
    struct tape tape;
    struct tape_fault fault;
    struct buf to;
    CHECK_OK(tape_read(arena, str_of(body), 1000, &tape, &fault));
    buf_init(&to, 4096);
    CHECK_OK(seal_canonical(&tape, 0, arena, &to));
    const char *copy = arena_text(arena, to.at, to.bytes);
    CHECK(copy);
    struct str text = {copy, to.bytes};
    buf_done(&to);
    return text;
}

TEST(canonical_bytes_sort_the_members_and_keep_numbers_and_escapes_as_written)
{
    struct arena *arena = arena_new(1 << 20);
    CHECK(arena);
    CHECK_STR(canonical("{ \"b\" : 1.50, \"a\":[ {\"z\":null,\"y\":\"\\u4e91\"} , 2 ], \"ab\":{} }", arena),
              "{\"a\":[{\"y\":\"\\u4e91\",\"z\":null},2],\"ab\":{},\"b\":1.50}");
    CHECK_STR(canonical("{}", arena), "{}");
    arena_free(arena);
}

TEST(a_signature_holds_for_its_bytes_and_its_key_alone)
{
    for (enum sign_algorithm a = 0; a < SIGN_ALGORITHMS; a++) {
        uint8_t secret[SIGN_SECRET_BYTES_MAX], value[SIGN_VALUE_BYTES_MAX];
        char public[SIGN_PUBLIC_TEXT], other[SIGN_PUBLIC_TEXT];
        size_t secret_bytes, value_bytes, n;
        bool holds;
        CHECK_OK(sign_key_new(a, secret, &n, other));
        CHECK_OK(sign_key_new(a, secret, &secret_bytes, public));
        struct str key = {(char *)secret, secret_bytes};
        CHECK_OK(sign_make(a, key, STR("the opinion"), value, &value_bytes));
        struct str signature = {(char *)value, value_bytes};
        CHECK_OK(sign_check(a, str_of(public), STR("the opinion"), signature, &holds));
        CHECK(holds);
        CHECK_OK(sign_check(a, str_of(public), STR("the opinioN"), signature, &holds));
        CHECK(!holds);
        CHECK_OK(sign_check(a, str_of(other), STR("the opinion"), signature, &holds));
        CHECK(!holds);
        value[value_bytes - 1] ^= 1;
        CHECK_OK(sign_check(a, str_of(public), STR("the opinion"), signature, &holds));
        CHECK(!holds);
        CHECK_ERR(sign_check(a, STR("no key"), STR("the opinion"), signature, &holds), ERR_CORRUPT);
        CHECK_ERR(sign_check(1 - a, str_of(public), STR("the opinion"), signature, &holds), ERR_CORRUPT);
        CHECK_ERR(sign_make(1 - a, key, STR("x"), value, &value_bytes), ERR_CORRUPT);
    }
}

static void put_file(const char *dir, const char *name, struct str bytes)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    CHECK(f);
    CHECK(fwrite(bytes.at, 1, bytes.bytes, f) == bytes.bytes);
    CHECK(fclose(f) == 0);
}

/* As docs/PROTOCOL tells it, in the folder. */
static int openssl_says(enum sign_algorithm a, const char *dir)
{
    static const char *const ecdsa[] = {"openssl",    "dgst",      "-sha256", "-verify", "key.pem",
                                        "-signature", "value.der", "text",    NULL};
    static const char *const sm2[] = {"openssl",
                                      "pkeyutl",
                                      "-verify",
                                      "-pubin",
                                      "-inkey",
                                      "key.pem",
                                      "-rawin",
                                      "-in",
                                      "text",
                                      "-digest",
                                      "sm3",
                                      "-pkeyopt",
                                      "distid:1234567812345678",
                                      "-sigfile",
                                      "value.der",
                                      NULL};
    char *args[16];
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    memcpy(args, a == SIGN_ECDSA ? ecdsa : sm2, a == SIGN_ECDSA ? sizeof ecdsa : sizeof sm2);
    CHECK(posix_spawn_file_actions_init(&actions) == 0);
    CHECK(posix_spawn_file_actions_addchdir_np(&actions, dir) == 0);
    CHECK(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0);
    CHECK(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0);
    CHECK(posix_spawnp(&pid, "openssl", &actions, NULL, args, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(the_openssl_command_checks_a_signature_of_either_kind)
{
    const char *dir = check_tmp_dir();
    for (enum sign_algorithm a = 0; a < SIGN_ALGORITHMS; a++) {
        uint8_t secret[SIGN_SECRET_BYTES_MAX], value[SIGN_VALUE_BYTES_MAX];
        char public[SIGN_PUBLIC_TEXT];
        size_t secret_bytes, value_bytes;
        CHECK_OK(sign_key_new(a, secret, &secret_bytes, public));
        CHECK_OK(sign_make(a, (struct str){(char *)secret, secret_bytes}, STR("line\n{\"a\":1.50}"), value,
                           &value_bytes));
        put_file(dir, "key.pem", str_of(public));
        put_file(dir, "value.der", (struct str){(char *)value, value_bytes});
        put_file(dir, "text", STR("line\n{\"a\":1.50}"));
        CHECK_INT(openssl_says(a, dir), 0);
        put_file(dir, "text", STR("line\n{\"a\":1.5}"));
        CHECK(openssl_says(a, dir) != 0);
    }
}

/* -- in the store -- */

struct signing {
    struct ward *w;
    const char *account;
    enum sign_algorithm algorithm;
    struct record record;
    int64_t id, n;
    struct buf out;
};

static enum err sign_it(struct tx *tx, void *with)
{
    struct signing *g = with;
    struct seal_ask ask = {
        .record = &g->record, .account = str_of(g->account), .role = "specialist", .algorithm = g->algorithm};
    return seal_sign(tx, g->w->arena, &ask, &g->id);
}

static enum err list_it(struct tx *tx, void *with)
{
    struct signing *g = with;
    struct json_out out;
    buf_init(&g->out, 1 << 20);
    json_out_init(&out, &g->out);
    json_open_array(&out, NULL);
    enum err err = seal_list(tx, g->w->arena, &g->record, &out, &g->n);
    json_close_array(&out);
    return err ? err : g->out.err;
}

static struct signing opinion(struct ward *w)
{
    return (struct signing){
        .w = w,
        .account = w->specialist,
        .record = {.head = {.resource = fhir_resource_of(STR("Composition")),
                            .seq = 7,
                            .id = STR("ab"),
                            .version = 2},
                   .body = STR("{\"resourceType\":\"Composition\",\"id\":\"ab\",\"status\":\"final\"}")}};
}

static int holding(struct ward *w, struct signing *g)
{
    CHECK_OK(ward_write(w, list_it, g));
    buf_add_char(&g->out, '\0');
    int n = 0;
    for (const char *at = g->out.at; (at = strstr(at, "\"holds\":true")); at++)
        n++;
    buf_done(&g->out);
    return n;
}

TEST(two_people_sign_one_version_each_once_and_each_signature_holds)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct signing g = opinion(&w);
    CHECK_OK(ward_write(&w, sign_it, &g));
    CHECK_ERR(ward_write(&w, sign_it, &g), ERR_EXISTS);
    g.account = w.doctor;
    g.algorithm = SIGN_SM2;
    CHECK_OK(ward_write(&w, sign_it, &g));
    CHECK_INT(holding(&w, &g), 2);
    CHECK_INT(g.n, 2);
    g.record.body = STR("{\"resourceType\":\"Composition\",\"id\":\"ab\",\"status\":\"amended\"}");
    CHECK_INT(holding(&w, &g), 0);
    CHECK_INT(g.n, 2);
    CHECK_ERR(ward_exec(&w, "UPDATE signature SET at = 1"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "DELETE FROM signature"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "UPDATE signing_key SET public = ''"), ERR_DENIED);
    ward_close(&w);
}

SWEEP(a_version_is_signed_and_checked)
{
    struct ward w;
    enum err err = ward_open(&w);
    if (err) return err;
    struct signing g = opinion(&w);
    err = ward_write(&w, sign_it, &g);
    if (!err) {
        err = ward_write(&w, list_it, &g);
        buf_done(&g.out);
    }
    ward_close(&w);
    return err;
}
