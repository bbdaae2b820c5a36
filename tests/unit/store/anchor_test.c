#include "kit.h"
#include <fcntl.h>
#include <unistd.h>

static const uint8_t site[ANCHOR_SITE_BYTES] = "a site of sixtee",
                     seed[ANCHOR_SEED_BYTES] = "thirty-two bytes that sign, here";

static struct audit_head head_of(int64_t epoch, int64_t seq)
{
    struct audit_head head = {.epoch = epoch, .seq = seq, .at = {1795418647031}};
    memset(head.hash.at, (int)seq, sizeof head.hash.at);
    return head;
}

static struct anchor_signer signer_of(void)
{
    struct anchor_signer s;
    CHECK_OK(anchor_signer_init(&s, site, seed));
    return s;
}

TEST(an_anchor_is_one_line_that_says_what_was_signed)
{
    struct anchor_signer s = signer_of();
    struct audit_head head = head_of(2, 4711);
    struct anchor a;
    char line[ANCHOR_LINE_BYTES];
    size_t n = anchor_sign(&s, &head, line);
    CHECK(n > 300 && n < ANCHOR_LINE_BYTES && line[n - 1] == '\n');
    CHECK(strstr(line, "epoch=2 seq=4711 hash=") && strstr(line, " at=2026-11-23T07:24:07.031Z key="));
    CHECK_OK(anchor_parse((struct str){line, n}, &a));
    CHECK(anchor_is_of(&a, &s));
    CHECK_INT(a.head.epoch, 2);
    CHECK_INT(a.head.seq, 4711);
    CHECK_INT(a.head.at.ms, head.at.ms);
    CHECK(memcmp(&a.head.hash, &head.hash, sizeof head.hash) == 0);
}

TEST(any_changed_character_of_an_anchor_is_found)
{
    struct anchor_signer s = signer_of();
    struct audit_head head = head_of(1, 12);
    struct anchor a;
    char line[ANCHOR_LINE_BYTES];
    size_t n = anchor_sign(&s, &head, line);
    for (size_t i = 0; i + 1 < n; i++) {
        char kept = line[i];
        line[i] = kept == '0' ? '1' : '0';
        CHECK_ERR(anchor_parse((struct str){line, n}, &a), ERR_CORRUPT);
        line[i] = kept;
    }
    for (size_t cut = 0; cut + 1 < n; cut++)
        CHECK_ERR(anchor_parse((struct str){line, cut}, &a), ERR_CORRUPT);
    CHECK_OK(anchor_parse((struct str){line, n}, &a));
}

TEST(an_anchor_of_another_key_or_site_is_not_taken_for_ours)
{
    struct anchor_signer s = signer_of(), other;
    uint8_t seed2[ANCHOR_SEED_BYTES] = {1}, site2[ANCHOR_SITE_BYTES] = {1};
    struct audit_head head = head_of(1, 12);
    struct anchor a;
    char line[ANCHOR_LINE_BYTES];
    CHECK_OK(anchor_signer_init(&other, site, seed2));
    CHECK_OK(anchor_parse((struct str){line, anchor_sign(&other, &head, line)}, &a));
    CHECK(!anchor_is_of(&a, &s));
    CHECK_OK(anchor_signer_init(&other, site2, seed));
    CHECK_OK(anchor_parse((struct str){line, anchor_sign(&other, &head, line)}, &a));
    CHECK(!anchor_is_of(&a, &s));
}

static void put(struct anchor_file *f, const struct anchor_signer *s, int64_t seq)
{
    char line[ANCHOR_LINE_BYTES];
    struct audit_head head = head_of(1, seq);
    size_t n = anchor_sign(s, &head, line);
    CHECK_OK(anchor_file_write(f, line, n));
}

static void spoil(const char *path, off_t at)
{
    char byte = '!';
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

TEST(a_torn_write_leaves_the_anchor_before_it)
{
    struct anchor_signer s = signer_of();
    struct anchor_file f;
    struct anchor a;
    char path[128], line[ANCHOR_LINE_BYTES];
    struct audit_head none = head_of(1, 0);
    snprintf(path, sizeof path, "%s/audit.anchor", check_tmp_dir());
    CHECK_ERR(anchor_read(path, &a, NULL), ERR_NOT_FOUND);
    CHECK_OK(anchor_file_make(path, line, anchor_sign(&s, &none, line)));
    CHECK_OK(anchor_file_open(&f, path));
    for (int64_t seq = 1; seq <= 5; seq++) {
        int place;
        put(&f, &s, seq);
        CHECK_OK(anchor_read(path, &a, &place));
        CHECK_INT(a.head.seq, seq);
        CHECK_INT(place, seq % 2); /* the places are written in turn */
    }
    spoil(path, 4096 + 100); /* 5 stands in the second place */
    CHECK_OK(anchor_read(path, &a, NULL));
    CHECK_INT(a.head.seq, 4);
    spoil(path, 100);
    CHECK_ERR(anchor_read(path, &a, NULL), ERR_CORRUPT);
    anchor_file_close(&f);
}

TEST(a_newer_epoch_counts_more_than_a_higher_number)
{
    struct anchor a = {.head = head_of(2, 5)}, b = {.head = head_of(1, 900)};
    CHECK(anchor_compare(&a, &b) > 0);
    CHECK(anchor_compare(&b, &a) < 0);
    b.head = head_of(2, 6);
    CHECK(anchor_compare(&a, &b) < 0);
    CHECK_INT(anchor_compare(&a, &a), 0);
}
