#include "store/keyfile.h"
#include "world.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *key_path(void)
{
    static char path[96];
    snprintf(path, sizeof path, "%s/site.key", check_tmp_dir());
    return path;
}

static size_t read_text(const char *path, char *text, size_t room)
{
    int64_t bytes = file_bytes(path);
    CHECK(bytes > 0 && (size_t)bytes < room);
    file_read_at(path, 0, text, (size_t)bytes);
    text[bytes] = 0;
    return (size_t)bytes;
}

TEST(keys_are_written_and_read_again)
{
    struct keyfile *k, *again;
    struct stat st;
    char why[256];
    const char *path = key_path();
    CHECK_OK(keyfile_new(&k));
    CHECK_OK(keyfile_renew(k));
    CHECK_OK(keyfile_renew(k));
    CHECK_INT(keyfile_count(k), 3);
    CHECK_OK(keyfile_write(k, path, NULL, true, why));
    CHECK(stat(path, &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_OK(keyfile_read(path, NULL, &again, why));
    CHECK_INT(keyfile_count(again), 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK_STR(str_of(keyfile_at(again, i)->name), keyfile_at(k, i)->name);
        CHECK_INT(keyfile_at(again, i)->created.ms, keyfile_at(k, i)->created.ms);
        CHECK(memcmp(keyfile_at(again, i)->key, keyfile_at(k, i)->key, VAULT_KEY_BYTES) == 0);
    }
    CHECK_ERR(keyfile_write(k, path, NULL, true, why), ERR_EXISTS);
    CHECK_ERR(keyfile_forget(k, keyfile_at(k, 0)->name), ERR_DENIED);
    CHECK_ERR(keyfile_forget(k, "k-none"), ERR_NOT_FOUND);
    CHECK_OK(keyfile_forget(k, keyfile_at(k, 2)->name));
    CHECK_OK(keyfile_write(k, path, NULL, false, why));
    keyfile_free(again);
    CHECK_OK(keyfile_read(path, NULL, &again, why));
    CHECK_INT(keyfile_count(again), 2);
    CHECK_INT(file_bytes(with_tail(path, ".tmp")), -1);
    keyfile_free(again);
    keyfile_free(k);
}

TEST(keys_are_fresh_and_no_more_than_a_vault_holds)
{
    struct keyfile *k;
    struct vault *v = world_vault(NULL, NULL);
    CHECK_OK(keyfile_new(&k));
    while (keyfile_count(k) < KEYFILE_KEYS_MAX)
        CHECK_OK(keyfile_renew(k));
    CHECK_ERR(keyfile_renew(k), ERR_LIMIT);
    for (size_t i = 0; i < keyfile_count(k); i++)
        for (size_t j = 0; j < i; j++)
            CHECK(memcmp(keyfile_at(k, i)->key, keyfile_at(k, j)->key, VAULT_KEY_BYTES) != 0 &&
                  strcmp(keyfile_at(k, i)->name, keyfile_at(k, j)->name) != 0);
    CHECK_OK(keyfile_load(k, v));
    vault_free(v);
    keyfile_free(k);
}

TEST(the_active_key_seals_and_a_retired_one_still_opens)
{
    struct keyfile *k;
    struct db *db;
    char path[96];
    struct vault *v = world_vault(NULL, NULL);
    snprintf(path, sizeof path, "%s/a.db", check_tmp_dir());
    CHECK_OK(keyfile_new(&k));
    CHECK_OK(keyfile_load(k, v));
    CHECK_OK(db_open(v, path, DB_CREATE, &db));
    CHECK_STR(str_of(db_key_name(db)), keyfile_at(k, 0)->name);
    db_close(db);
    CHECK_OK(keyfile_renew(k));
    CHECK_OK(keyfile_load(k, v));
    CHECK_OK(db_open(v, path, DB_WRITE, &db));
    CHECK_STR(str_of(db_key_name(db)), keyfile_at(k, 1)->name);
    db_close(db);
    CHECK_OK(db_open(v, with_tail(path, ".new"), DB_CREATE, &db));
    CHECK_STR(str_of(db_key_name(db)), keyfile_at(k, 0)->name);
    db_close(db);
    vault_free(v);
    keyfile_free(k);
}

TEST(a_key_file_that_others_may_read_is_refused)
{
    struct keyfile *k, *again;
    char why[256];
    const char *path = key_path();
    CHECK_OK(keyfile_new(&k));
    CHECK_OK(keyfile_write(k, path, NULL, true, why));
    static const mode_t modes[] = {0640, 0604, 0620, 0610, 0644, 0777};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        CHECK(chmod(path, modes[i]) == 0);
        CHECK_ERR(keyfile_read(path, NULL, &again, why), ERR_KEY);
        CHECK(strstr(why, "chmod 600") != NULL);
    }
    CHECK(chmod(path, 0400) == 0);
    CHECK_OK(keyfile_read(path, NULL, &again, why));
    keyfile_free(again);
    const char *link = with_tail(path, ".link");
    CHECK(symlink(path, link) == 0);
    CHECK_ERR(keyfile_read(link, NULL, &again, why), ERR_KEY);
    CHECK(strstr(why, "symbolic link") != NULL);
    CHECK_ERR(keyfile_read(with_tail(path, ".none"), NULL, &again, why), ERR_NOT_FOUND);
    CHECK_ERR(keyfile_read(check_tmp_dir(), NULL, &again, why), ERR_KEY);
    CHECK(mkfifo(with_tail(path, ".pipe"), 0600) == 0);
    CHECK_ERR(keyfile_read(with_tail(path, ".pipe"), NULL, &again, why), ERR_KEY);
    keyfile_free(k);
}

TEST(a_key_file_inside_the_data_folder_is_refused)
{
    struct keyfile *k, *again;
    char why[256], inside[160], linked[160], sub[160];
    const char *dir = check_tmp_dir(), *outside = check_tmp_dir();
    CHECK_OK(keyfile_new(&k));
    snprintf(inside, sizeof inside, "%s/site.key", dir);
    CHECK_ERR(keyfile_write(k, inside, dir, true, why), ERR_KEY);
    CHECK(strstr(why, "inside the data folder") != NULL);
    CHECK_INT(file_bytes(inside), -1);
    CHECK_OK(keyfile_write(k, inside, NULL, true, why));
    CHECK_ERR(keyfile_read(inside, dir, &again, why), ERR_KEY);
    snprintf(linked, sizeof linked, "%s/way", outside);
    CHECK(symlink(dir, linked) == 0);
    CHECK_ERR(keyfile_read(inside, linked, &again, why), ERR_KEY);
    snprintf(sub, sizeof sub, "%s/way/site.key", outside);
    CHECK_ERR(keyfile_read(sub, dir, &again, why), ERR_KEY);
    snprintf(sub, sizeof sub, "%s.key", dir); /* DIR.key lies beside DIR */
    CHECK_OK(keyfile_write(k, sub, dir, true, why));
    CHECK_OK(keyfile_read(sub, dir, &again, why));
    CHECK(unlink(sub) == 0);
    keyfile_free(again);
    keyfile_free(k);
}

static void check_refused(const char *text, size_t bytes, const char *expected_in_why)
{
    struct keyfile *k;
    char why[256] = "";
    CHECK_ERR(keyfile_parse(text, bytes, &k, why), ERR_KEY);
    if (!strstr(why, expected_in_why))
        check_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", why, expected_in_why);
}

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ACTIVE "active 2026-11-23T07:24:07.031Z k-1 " HEX64 "\n"

TEST(a_malformed_key_file_is_refused_with_the_line)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "empty"},
        {"yunqiao-keys 1", "cut short"},
        {"yunqiao-keys 2\n", "newer version"},
        {"-----BEGIN PRIVATE KEY-----\n", "no key file"},
        {"yunqiao-keys 1\n", "cut short"},
        {"yunqiao-keys 1\n" ACTIVE, "cut short"},
        {"yunqiao-keys 1\ncheck 0011223344556677\n", "check is wrong"},
        {"yunqiao-keys 1\n" ACTIVE ACTIVE, "line 3"},
        {"yunqiao-keys 1\nretired 2026-11-23T07:24:07.031Z k-1 " HEX64 "\n", "line 2"},
        {"yunqiao-keys 1\n" ACTIVE "retired 2026-11-23T07:24:07.031Z k-1 " HEX64 "\n", "comes twice"},
        {"yunqiao-keys 1\nactive 2026-11-23T07:24:07Z k-1 " HEX64 "\n", "the time"},
        {"yunqiao-keys 1\nactive 2026-02-30T07:24:07.031Z k-1 " HEX64 "\n", "the time"},
        {"yunqiao-keys 1\nactive 2026-11-23T07:24:07.031Z K1 " HEX64 "\n", "the name"},
        {"yunqiao-keys 1\nactive 2026-11-23T07:24:07.031Z a-name-too-long-x " HEX64 "\n", "the name"},
        {"yunqiao-keys 1\nactive 2026-11-23T07:24:07.031Z  " HEX64 "\n", "the name"},
        {"yunqiao-keys 1\nactive 2026-11-23T07:24:07.031Z k-1 " HEX64 " \n", "64 hex"},
        {"yunqiao-keys 1\nactive 2026-11-23T07:24:07.031Z k-1 00112233\n", "64 hex"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_refused(cases[i].text, strlen(cases[i].text), cases[i].why);
}

TEST(every_flip_and_every_cut_of_a_key_file_is_refused)
{
    struct keyfile *k, *again;
    char why[256], text[KEYFILE_BYTES_MAX + 1];
    const char *path = key_path();
    CHECK_OK(keyfile_new(&k));
    CHECK_OK(keyfile_renew(k));
    CHECK_OK(keyfile_write(k, path, NULL, true, why));
    size_t bytes = read_text(path, text, sizeof text);
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        text[bit / 8] ^= (char)(1 << bit % 8);
        CHECK_ERR(keyfile_parse(text, bytes, &again, why), ERR_KEY);
        text[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t n = 0; n < bytes; n++)
        CHECK_ERR(keyfile_parse(text, n, &again, why), ERR_KEY);
    text[bytes] = '\n';
    CHECK_ERR(keyfile_parse(text, bytes + 1, &again, why), ERR_KEY);
    CHECK_OK(keyfile_parse(text, bytes, &again, why));
    keyfile_free(again);
    keyfile_free(k);
}

TEST(a_key_file_with_too_many_keys_is_refused)
{
    char text[KEYFILE_BYTES_MAX];
    size_t n = (size_t)snprintf(text, sizeof text, "yunqiao-keys 1\n" ACTIVE);
    for (int i = 2; i <= KEYFILE_KEYS_MAX + 1; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "retired 2026-11-23T07:24:07.031Z k-%d " HEX64 "\n",
                              i);
    check_refused(text, n, "too many");
}

SWEEP(a_key_file_is_written_and_read)
{
    struct keyfile *k, *again;
    char why[256], path[96];
    snprintf(path, sizeof path, "%s/site.key", check_tmp_dir());
    enum err err = keyfile_new(&k);
    if (err != OK) return err;
    err = keyfile_write(k, path, NULL, true, why);
    keyfile_free(k);
    if (err == ERR_KEY && strstr(why, err_text(ERR_NOMEM))) err = ERR_NOMEM;
    if (err == OK && (err = keyfile_read(path, NULL, &again, why)) == OK) keyfile_free(again);
    return err;
}
