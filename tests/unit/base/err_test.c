#include "base/err.h"
#include "base/fault.h"
#include "tests/unit/check.h"
#include <errno.h>

TEST(every_error_has_its_own_words)
{
    for (int a = 0; a < ERR_COUNT; a++)
        for (int b = 0; b < a; b++)
            CHECK(strcmp(err_text((enum err)a), err_text((enum err)b)) != 0);
    CHECK(err_text((enum err)ERR_COUNT) != NULL);
    CHECK(err_text((enum err) - 1) != NULL);
}

TEST(what_the_kernel_says_becomes_one_of_ours)
{
    CHECK_ERR(err_from_errno(ENOSPC), ERR_DISK_FULL);
    CHECK_ERR(err_from_errno(EDQUOT), ERR_DISK_FULL);
    CHECK_ERR(err_from_errno(ENOMEM), ERR_NOMEM);
    CHECK_ERR(err_from_errno(ENOENT), ERR_NOT_FOUND);
    CHECK_ERR(err_from_errno(EACCES), ERR_DENIED);
    CHECK_ERR(err_from_errno(EPIPE), ERR_CLOSED);
    CHECK_ERR(err_from_errno(EIO), ERR_IO);
    CHECK_ERR(err_from_errno(123456), ERR_IO);
    for (int e = 1; e < 140; e++)
        CHECK((err_from_errno)(e) != OK);
}

TEST(an_error_becomes_an_answer_that_a_browser_understands)
{
    struct fault f;
    fault_from_err(&f, ERR_DISK_FULL);
    CHECK_INT(f.status, 507);
    CHECK_STR(str_of(f.code), "disk_full");
    CHECK_INT(f.left, -1);
    CHECK_INT(f.until.ms, 0);
    fault_from_err(&f, OK);
    CHECK_INT(f.status, 0);
    fault_from_err(&f, (enum err)999);
    CHECK_INT(f.status, 500);
    for (int e = 1; e < ERR_COUNT; e++) {
        fault_from_err(&f, (enum err)e);
        CHECK(f.status >= 400 && f.status < 600);
        CHECK(f.code[0] != 0);
    }
}

TEST(a_faults_field_is_kept_within_its_bounds)
{
    struct fault f;
    char long_path[200];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = 0;
    fault_set(&f, 400, "bad_field", long_path);
    CHECK_INT(strlen(f.where), sizeof f.where - 1);
    fault_set(&f, 400, "bad_field", NULL);
    CHECK_STR(str_of(f.where), "");
    CHECK_STR(str_of(f.detail), "");
}
