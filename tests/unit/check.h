/* check: the unit tests' runner. A test tells one story and its name is a sentence; a sweep is run again and
 * again with memory failing at the 1st, 2nd, 3rd … allocation (in the quick tier, of those after the first 255, at each seventh). Every test
 * must give back all memory it took (mem_live).
 *
 *   TEST(a_hold_expires_and_the_slot_is_offered_again) { … CHECK(…); }
 *   SWEEP(an_account_is_made) { … return OK; }
 *
 * The program runs all tests, or those whose name contains an argument; --list prints them. Ends with "N
 * passed, N failed". A failed CHECK ends its test at once. The fake clock is put back after each test. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

struct check_test {
    const char *name;
    void (*story)(void);
    enum err (*sweep)(void);
    struct check_test *next;
};
void check_register(struct check_test *t);
_Noreturn void check_fail(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
_Noreturn void check_skip(const char *why); /* the test is counted as skipped */
/* A fresh folder, removed with all it holds when the test ends. */
const char *check_tmp_dir(void);
void check_remove(const char *path); /* with all it holds */
/* The quick count, or the full one when YQ_LONG is set (at most ten times the quick one under a sanitizer): the tiers share their tests. */
long check_count(long quick, long full);

#define CHECK_CONCAT_(a, b) a##b
#define TEST(sentence)                                                                                       \
    static void sentence(void);                                                                              \
    static struct check_test CHECK_CONCAT_(test_, sentence) = {#sentence, sentence, NULL, NULL};             \
    __attribute__((constructor)) static void CHECK_CONCAT_(register_, sentence)(void)                        \
    {                                                                                                        \
        check_register(&CHECK_CONCAT_(test_, sentence));                                                     \
    }                                                                                                        \
    static void sentence(void)
#define SWEEP(sentence)                                                                                      \
    static enum err sentence(void);                                                                          \
    static struct check_test CHECK_CONCAT_(test_, sentence) = {#sentence, NULL, sentence, NULL};             \
    __attribute__((constructor)) static void CHECK_CONCAT_(register_, sentence)(void)                        \
    {                                                                                                        \
        check_register(&CHECK_CONCAT_(test_, sentence));                                                     \
    }                                                                                                        \
    static enum err sentence(void)

#define CHECK(cond) ((cond) ? (void)0 : check_fail(__FILE__, __LINE__, "%s", #cond))
#define CHECK_INT(a, b)                                                                                      \
    do {                                                                                                     \
        int64_t check_a = (int64_t)(a), check_b = (int64_t)(b);                                              \
        if (check_a != check_b)                                                                              \
            check_fail(__FILE__, __LINE__, "%s is %" PRId64 ", not %" PRId64, #a, check_a, check_b);         \
    } while (0)
#define CHECK_STR(a, text)                                                                                   \
    do {                                                                                                     \
        struct str check_s = (a);                                                                            \
        if (!str_is_text(check_s, text))                                                                     \
            check_fail(__FILE__, __LINE__, "%s is \"%.*s\", not \"%s\"", #a, (int)check_s.bytes,             \
                       check_s.at ? check_s.at : "", text);                                                  \
    } while (0)
#define CHECK_ERR(expr, expected)                                                                            \
    do {                                                                                                     \
        enum err check_e = (expr);                                                                           \
        if (check_e != (expected))                                                                           \
            check_fail(__FILE__, __LINE__, "%s: %s, not %s", #expr, err_text(check_e), err_text(expected));  \
    } while (0)
#define CHECK_OK(expr) CHECK_ERR(expr, OK)

#endif
