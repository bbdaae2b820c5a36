#include "kit.h"
#include <sys/stat.h>
#include <unistd.h>

/* A closed site with n notes, and so n audit rows. */
static void fill(struct kit *k, int n)
{
    CHECK_OK(kit_open(k));
    for (int i = 0; i < n; i++) {
        char text[32];
        snprintf(text, sizeof text, "note %d", i);
        CHECK_OK(kit_put(k, text));
    }
    kit_close(k);
}

static void site_with(struct kit *k, int n)
{
    kit_init(k);
    fill(k, n);
}

#define WITHOUT_TRIGGERS "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;"

/* Tampers with a site of 20 rows, opens it again and verifies. */
static struct audit_report tampered(struct kit *k, const char *sql)
{
    fill(k, 20);
    CHECK_OK(kit_tamper(k, sql));
    CHECK_OK(kit_open(k));
    struct audit_report report = kit_verify(k);
    kit_close(k);
    return report;
}

static struct audit_report after(struct kit *k, const char *sql)
{
    kit_init(k);
    return tampered(k, sql);
}

TEST(a_chain_as_it_was_written_is_whole)
{
    struct kit k;
    struct audit_report r = after(&k, "SELECT 1");
    CHECK_INT(r.damage, AUDIT_WHOLE);
    CHECK_INT(r.rows, 20);
    CHECK_INT(r.head.seq, 20);
    CHECK_INT(r.anchor.seq, 20);
    CHECK_INT(r.head.epoch, 1);
    CHECK(memcmp(&r.head.hash, &r.anchor.hash, sizeof r.head.hash) == 0);
}

TEST(an_edited_row_is_found)
{
    static const char *const edits[] = {
        WITHOUT_TRIGGERS "UPDATE audit SET actor = 'a2' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET role = '' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET from_ = 'x' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET action = 'note.pu' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET action = 'note.p', target = 'utnote/1' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET target = 'note/2' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET outcome = 1 WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET detail = '{}' WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET at = at + 1 WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET epoch = 2 WHERE seq = 7",
        WITHOUT_TRIGGERS "UPDATE audit SET hash = zeroblob(32) WHERE seq = 7",
    };
    struct kit k;
    kit_init(&k);
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        kit_another(&k, (int)i);
        struct audit_report r = tampered(&k, edits[i]);
        CHECK_INT(r.damage, AUDIT_EDITED);
        CHECK_INT(r.seq, 7);
    }
}

TEST(a_deleted_row_is_found)
{
    struct kit k;
    struct audit_report r = after(&k, WITHOUT_TRIGGERS "DELETE FROM audit WHERE seq = 9");
    CHECK_INT(r.damage, AUDIT_MISSING);
    CHECK_INT(r.seq, 9);
}

TEST(the_first_row_deleted_is_found)
{
    struct kit k;
    struct audit_report r = after(&k, WITHOUT_TRIGGERS "DELETE FROM audit WHERE seq <= 2");
    CHECK_INT(r.damage, AUDIT_MISSING);
    CHECK_INT(r.seq, 1);
}

TEST(a_row_slipped_in_before_the_first_is_found)
{
    struct kit k;
    struct audit_report r =
        after(&k, "INSERT INTO audit SELECT -3, epoch, at, actor, role, from_, action, target, outcome,"
                  " detail, hash FROM audit WHERE seq = 1");
    CHECK_INT(r.damage, AUDIT_EDITED);
    CHECK_INT(r.seq, -3);
}

TEST(rows_in_another_order_are_found)
{
    struct kit k;
    struct audit_report r = after(&k, WITHOUT_TRIGGERS "UPDATE audit SET seq = -1 WHERE seq = 5;"
                                                       "UPDATE audit SET seq = 5 WHERE seq = 12;"
                                                       "UPDATE audit SET seq = 12 WHERE seq = -1");
    CHECK_INT(r.damage, AUDIT_ORDER);
    CHECK_INT(r.seq, 5);
}

TEST(a_cut_tail_is_found)
{
    struct kit k;
    site_with(&k, 20);
    CHECK_OK(kit_tamper(&k, WITHOUT_TRIGGERS "DELETE FROM audit WHERE seq > 15"));
    struct audit_report r = kit_verify_shut(&k);
    CHECK_INT(r.damage, AUDIT_TRUNCATED);
    CHECK_INT(r.seq, 16);
    CHECK_INT(r.head.seq, 15);
    CHECK_INT(r.anchor.seq, 20);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT); /* nor is it served */
    CHECK(strstr(k.why, "ends at 15") && strstr(k.why, "anchored at 20"));
}

TEST(a_chain_emptied_is_found)
{
    struct kit k;
    site_with(&k, 20);
    CHECK_OK(kit_tamper(&k, WITHOUT_TRIGGERS "DELETE FROM audit"));
    struct audit_report r = kit_verify_shut(&k);
    CHECK_INT(r.damage, AUDIT_TRUNCATED);
    CHECK_INT(r.seq, 1);
}

TEST(a_missing_anchor_is_found_and_keeps_the_store_shut)
{
    struct kit k;
    site_with(&k, 20);
    CHECK_INT(unlink(kit_path(&k, "audit.anchor")), 0);
    CHECK_INT(kit_verify_shut(&k).damage, AUDIT_ANCHOR);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
    CHECK(strstr(k.why, "missing"));
}

/* Whoever has the key can make every hash anew, but cannot sign: the rows differ from the anchor. */
TEST(a_chain_replaced_as_a_whole_is_found)
{
    struct kit k, other;
    char kept[160];
    site_with(&k, 20);
    snprintf(kept, sizeof kept, "%s/kept.db", k.root);
    CHECK(kit_copy_file(kit_path(&k, "yunqiao.db"), kept));
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "what was really done"));
    kit_close(&k);
    other = k;
    kit_another(&other, 1);
    memcpy(other.key, k.key, sizeof k.key);
    CHECK_INT(mkdir(other.dir, 0700), 0);
    CHECK(kit_copy_file(kept, kit_path(&other, "yunqiao.db")));
    CHECK(kit_copy_file(kit_path(&k, "audit.anchor"), kit_path(&other, "audit.anchor")));
    CHECK_OK(kit_tamper(&other,
                        "INSERT INTO audit SELECT 21, epoch, at, actor, role, from_, action, target, outcome,"
                        " detail, hash FROM audit WHERE seq = 20"));
    CHECK_INT(kit_verify_shut(&other).damage, AUDIT_EDITED); /* row 21 is not what hash and anchor say */
    CHECK_ERR(kit_open(&other), ERR_CORRUPT);
    CHECK(strstr(other.why, "not the one that was anchored"));
}

TEST(another_sites_anchor_is_not_taken)
{
    struct kit k, other;
    site_with(&k, 20);
    site_with(&other, 20);
    CHECK(kit_copy_file(kit_path(&other, "audit.anchor"), kit_path(&k, "audit.anchor")));
    CHECK_INT(kit_verify_shut(&k).damage, AUDIT_ANCHOR);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
    CHECK(strstr(k.why, "another site"));
}

TEST(an_older_copy_of_the_store_put_back_is_refused)
{
    struct kit k;
    char kept[160];
    site_with(&k, 10);
    snprintf(kept, sizeof kept, "%s/kept.db", k.root);
    CHECK(kit_copy_file(kit_path(&k, "yunqiao.db"), kept));
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "one more"));
    kit_close(&k);
    CHECK(kit_copy_file(kept, kit_path(&k, "yunqiao.db")));
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
    CHECK(strstr(k.why, "older copy"));
}

TEST(a_damaged_anchor_keeps_the_store_shut)
{
    struct kit k;
    site_with(&k, 3);
    FILE *f = fopen(kit_path(&k, "audit.anchor"), "wb");
    CHECK(f && fwrite("nonsense", 1, 8, f) == 8 && fclose(f) == 0);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
    CHECK(strstr(k.why, "damaged"));
}

TEST(an_anchor_a_little_behind_is_a_crash_and_no_damage)
{
    struct kit k;
    char kept[160];
    site_with(&k, 10);
    snprintf(kept, sizeof kept, "%s/kept.anchor", k.root);
    CHECK(kit_copy_file(kit_path(&k, "audit.anchor"), kept));
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "after the anchor"));
    kit_close(&k);
    CHECK(kit_copy_file(kept, kit_path(&k, "audit.anchor")));
    CHECK_OK(kit_open(&k));
    struct audit_report r = kit_verify(&k);
    CHECK_INT(r.damage, AUDIT_WHOLE);
    CHECK_INT(r.anchor.seq, 11); /* anchored anew at the start */
    kit_close(&k);
}

TEST(the_program_itself_cannot_change_or_delete_a_row)
{
    struct kit k;
    site_with(&k, 3);
    CHECK_ERR(kit_tamper(&k, "UPDATE audit SET actor = 'x'"), ERR_DENIED);
    CHECK_ERR(kit_tamper(&k, "DELETE FROM audit"), ERR_DENIED);
}

TEST(every_damage_has_its_word)
{
    CHECK(strcmp(audit_damage_text(AUDIT_EDITED), "edited") == 0);
    CHECK(strcmp(audit_damage_text(AUDIT_MISSING), "missing") == 0);
    CHECK(strcmp(audit_damage_text(AUDIT_ORDER), "order") == 0);
    CHECK(strcmp(audit_damage_text(AUDIT_TRUNCATED), "truncated") == 0);
    CHECK(strcmp(audit_damage_text(AUDIT_ANCHOR), "anchor") == 0);
}
