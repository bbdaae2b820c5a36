/* The restore drill of rule 32: the machine is lost under load, and what the backup target has becomes a site again.
 * Nothing is taken from the lost folder but, as an operator would from the safe, the key. */
#include "store_load.h"
#include <sys/stat.h>

enum { RPO_MS = 5000, RTO_MS = 60000 };

TEST(a_lost_machine_costs_at_most_five_seconds_of_work_and_a_minute_to_replace)
{
    struct load l;
    struct audit_report report;
    int64_t first_us, rpo_ms = 0;
    load_init(&l);
    CHECK_INT(mkdir(l.kit.target, 0700), 0);
    l.kit.settings.backup_target = l.kit.target;
    CHECK_OK(kit_open(&l.kit));
    CHECK_OK(store_backup(l.kit.store, NULL, NULL, NULL, l.kit.why));
    kit_close(&l.kit);
    load_start(&l, (size_t)check_count(30000, 60000));
    int64_t killed_us = load_kill(&l, 0);
    struct kit r = l.kit;
    kit_another(&r, 1);
    memcpy(r.key, l.kit.key, sizeof r.key);
    r.settings.backup_target = NULL;
    int64_t since_us = clock_tick_us();
    enum err err = store_restore(l.kit.target, r.dir, r.key, &report, NULL, NULL, r.why);
    if (err) printf("  %s\n", r.why);
    CHECK_OK(err);
    CHECK_OK(kit_open(&r));
    int64_t rto_ms = (clock_tick_us() - since_us) / 1000;
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK(report.head.seq >= report.anchor.seq);
    size_t missing = load_missing(&l, &r, &first_us);
    if (missing) rpo_ms = (killed_us - first_us) / 1000;
    struct audit_report again = kit_verify(&r);
    CHECK_INT(again.damage, AUDIT_WHOLE);
    CHECK_INT(again.rows, kit_count(&r));
    kit_close(&r);
    printf("figure restore_rpo_ms %lld\nfigure restore_rto_ms %lld\n", (long long)rpo_ms, (long long)rto_ms);
    printf("  %zu acknowledged, %zu of them not in the backup\n", l.count, missing);
    CHECK(missing < l.count);
    CHECK(rpo_ms <= RPO_MS);
    CHECK(rto_ms <= RTO_MS);
    load_done(&l);
}
