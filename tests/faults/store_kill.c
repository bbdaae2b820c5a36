/* kill -9 at moments of chance under the load of many writers. */
#include "base/rnd.h"
#include "store/target.h"
#include "store_load.h"
#include <sys/stat.h>
#include <unistd.h>

TEST(kill_9_loses_no_acknowledged_write_and_leaves_a_chain_that_verifies)
{
    struct load l;
    load_init(&l);
    for (long round = 0, rounds = check_count(40, 200); round < rounds; round++) {
        load_start(&l, rnd_below(60) + 1);
        load_kill(&l, 20000);
        load_check(&l);
    }
    CHECK(!kit_folder_holds(l.kit.root, KIT_CANARY));
    printf("figure faults_store_kills %d acknowledged %zu lost 0\n", l.round, l.count);
    load_done(&l);
}

/* The same with a target: after all the kills the backup still hangs together and restores to the last head. */
TEST(kill_9_does_not_tear_the_backup)
{
    struct load l;
    struct audit_report report;
    load_init(&l);
    CHECK_INT(mkdir(l.kit.target, 0700), 0);
    l.kit.settings.backup_target = l.kit.target;
    CHECK_OK(kit_open(&l.kit));
    CHECK_OK(store_backup(l.kit.store, NULL, NULL, NULL, l.kit.why));
    kit_close(&l.kit);
    for (long round = 0, rounds = check_count(12, 60); round < rounds; round++) {
        load_start(&l, rnd_below(200) + 1);
        load_kill(&l, 20000);
        load_check(&l); /* closing ships the rest */
        CHECK(!kit_folder_holds(l.kit.target, KIT_CANARY));
    }
    struct kit r = l.kit;
    kit_another(&r, 1);
    memcpy(r.key, l.kit.key, sizeof r.key);
    r.settings.backup_target = NULL;
    enum err err = store_restore(l.kit.target, r.dir, r.key, &report, NULL, NULL, r.why);
    if (err) printf("  %s\n", r.why);
    CHECK_OK(err);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK_INT(report.head.seq, report.anchor.seq);
    int64_t first_us;
    CHECK_OK(kit_open(&r));
    CHECK_INT(load_missing(&l, &r, &first_us), 0);
    kit_close(&r);
    load_done(&l);
}

TEST(kill_9_while_keys_are_rotated_leaves_a_store_that_opens)
{
    struct load l;
    load_init(&l);
    l.rotates = true;
    for (long round = 0, rounds = check_count(25, 150); round < rounds; round++) {
        load_start(&l, rnd_below(40) + 1);
        load_kill(&l, 30000);
        load_check(&l);
    }
    CHECK(!kit_folder_holds(l.kit.root, KIT_CANARY));
    load_done(&l);
}
