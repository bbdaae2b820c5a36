/* Passwords, codes of an authenticator, recovery codes. */
#include "../check.h"
#include "auth/password.h"
#include "auth/recovery.h"
#include "auth/totp.h"
#include "home.h"

static const uint8_t rfc_secret[TOTP_SECRET_BYTES] = "12345678901234567890";
#define RFC_SECRET ((struct str){(const char *)rfc_secret, sizeof rfc_secret})

/* RFC 6238 appendix B, SHA-1; its eight digits end in our six. */
TEST(codes_are_those_of_rfc_6238)
{
    static const struct {
        int64_t at_s;
        const char *code;
    } vectors[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                   {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        char code[7];
        totp_code(rfc_secret, (struct instant){vectors[i].at_s * 1000}, code);
        CHECK_STR(str_of(code), vectors[i].code);
    }
}

TEST(a_code_is_good_one_step_early_and_late_and_once)
{
    struct instant now = {2000000000000};
    int64_t step = -1, step_now = now.ms / TOTP_STEP_MS;
    char code[7];
    for (int drift = -2; drift <= 2; drift++) {
        totp_code(rfc_secret, (struct instant){now.ms + drift * TOTP_STEP_MS}, code);
        bool is_near = drift >= -1 && drift <= 1;
        CHECK(totp_check(RFC_SECRET, str_of(code), now, 0, &step) == is_near);
        if (!is_near) continue;
        CHECK_INT(step, step_now + drift);
        CHECK(!totp_check(RFC_SECRET, str_of(code), now, step, &step)); /* the second time */
    }
}

TEST(what_is_no_code_is_refused)
{
    static const char *const wrong[] = {"", "28708", "2870822", "28708a", "287 82", "000000"};
    int64_t step = 77;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK(!totp_check(RFC_SECRET, str_of(wrong[i]), (struct instant){59000}, 0, &step));
    CHECK(!totp_check((struct str){0}, STR("287082"), (struct instant){59000}, 0, &step));
    CHECK_INT(step, 77);
}

TEST(an_authenticator_finds_issuer_name_and_secret_in_the_uri)
{
    struct buf uri, qr;
    buf_init(&uri, 1024);
    buf_init(&qr, 65536);
    totp_uri(&uri, STR("岚桥 A"), STR("guqinghe"), rfc_secret);
    CHECK_STR(buf_str(&uri),
              "otpauth://totp/%E5%B2%9A%E6%A1%A5%20A:guqinghe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
              "&issuer=%E5%B2%9A%E6%A1%A5%20A&algorithm=SHA1&digits=6&period=30");
    buf_add_char(&uri, 0);
    CHECK_OK(totp_qr(&qr, uri.at));
    CHECK(str_starts(buf_str(&qr), STR("<svg xmlns=")));
    CHECK(qr.bytes > 2000 && memcmp(qr.at + qr.bytes - 6, "</svg>", 6) == 0);
    buf_done(&uri);
    buf_done(&qr);
}

TEST(a_password_fits_its_own_hash_only)
{
    char hash[PASSWORD_HASH_TEXT];
    bool is;
    CHECK_OK(password_hash(STR("correct horse battery"), 1, hash));
    CHECK(str_starts(str_of(hash), STR("$argon2id$v=19$m=1024,t=2,p=1$")));
    CHECK_OK(password_check(str_of(hash), STR("correct horse battery"), 1, &is));
    CHECK(is);
    CHECK_OK(password_check(str_of(hash), STR("correct horse batterz"), 1, &is));
    CHECK(!is);
    CHECK_OK(password_check(STR(""), STR(""), 1, &is)); /* a name nobody has */
    CHECK(!is);
    CHECK(!password_is_dated(str_of(hash), 1));
    CHECK(password_is_dated(str_of(hash), 2));
}

TEST(weak_passwords_are_refused_for_a_reason)
{
    static const struct {
        const char *password, *why;
    } cases[] = {
        {"short", "short"},
        {"elevenchars", "short"},
        {"Ten-chars1", NULL},
        {"tenchars12", "short"},
        {"twelve chars are enough", NULL},
        {"我在清晨的河边散步看山", "short"},
        {"我在清晨的河边散步看山水", NULL},
        {"my GuQingHe password", "name"},
        {"something d1001 more", "name"},
        {"aaaaaaaaaaaaaaaa", "plain"},
        {"abababababababab", "plain"},
        {"abcdefghijklmnopqrst", "plain"},
        {"Password1234", "common"},
        {"1qaz@WSX3edc", "common"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why = password_weakness(str_of(cases[i].password), STR("guqinghe"), STR("D1001"), false);
        if (cases[i].why)
            CHECK(why != NULL && strcmp(why, cases[i].why) == 0);
        else
            CHECK(why == NULL);
    }
    char long_one[PASSWORD_BYTES_MAX + 2];
    memset(long_one, 'x', sizeof long_one);
    CHECK_STR(str_of(password_weakness((struct str){long_one, sizeof long_one}, STR("a"), STR("b"), false)),
              "long");
}

TEST(a_detainees_pin_is_six_digits_not_in_a_row_and_not_the_number)
{
    static const struct {
        const char *pin;
        bool is_good;
    } cases[] = {{"493027", true},  {"12345", false}, {"123456", false},  {"654321", false},
                 {"111111", false}, {"31204", false}, {"3120417", false}, {"93027418", true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK((password_weakness(str_of(cases[i].pin), STR("zhuo"), STR("3120417"), true) == NULL) ==
              cases[i].is_good);
    CHECK(password_weakness(STR("493027"), STR("zhuo"), STR("3120417"), false) !=
          NULL); /* staff have passwords */
}

TEST(one_time_passwords_are_strong_and_differ)
{
    char one[PASSWORD_ONE_TIME_TEXT], two[PASSWORD_ONE_TIME_TEXT];
    for (int i = 0; i < 200; i++) {
        password_one_time(one);
        password_one_time(two);
        CHECK(strlen(one) == 19 && strcmp(one, two) != 0);
        CHECK(password_weakness(str_of(one), STR("guqinghe"), STR("D1001"), false) == NULL);
        password_one_time_pin(one);
        CHECK(strlen(one) == 8 && password_weakness(str_of(one), STR("x"), STR("y"), true) == NULL);
    }
}

/* -- recovery codes -- */

struct codes {
    struct str account;
    char at[RECOVERY_CODES][RECOVERY_TEXT];
    struct str code;
    int64_t left;
};

static enum err codes_new(struct tx *tx, void *with)
{
    struct codes *c = with;
    return recovery_new(tx, c->account, c->at);
}

static enum err codes_use(struct tx *tx, void *with)
{
    struct codes *c = with;
    return recovery_use(tx, c->account, c->code);
}

static enum err codes_left(struct tx *tx, void *with)
{
    struct codes *c = with;
    return recovery_left(tx, c->account, &c->left);
}

TEST(each_of_ten_recovery_codes_is_good_once)
{
    struct home h;
    struct account a, b;
    struct codes c;
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "doctor", ROLE_BIT(ROLE_CLINIC_DOCTOR), &a));
    CHECK_OK(home_account(&h, "nurse", ROLE_BIT(ROLE_NURSE), &b));
    c.account = a.id;
    CHECK_OK(home_write(&h, codes_new, &c));
    for (int i = 0; i < RECOVERY_CODES; i++) {
        char typed[RECOVERY_TEXT];
        CHECK(recovery_is_like(str_of(c.at[i])));
        for (int j = 0; j < RECOVERY_TEXT; j++) /* capitals do no harm */
            typed[j] = (char)(c.at[i][j] >= 'a' ? c.at[i][j] - 32 : c.at[i][j]);
        c.code = str_of(typed);
        c.account = b.id; /* somebody else's */
        CHECK_ERR(home_write(&h, codes_use, &c), ERR_NOT_FOUND);
        c.account = a.id;
        CHECK_OK(home_write(&h, codes_use, &c));
        CHECK_ERR(home_write(&h, codes_use, &c), ERR_NOT_FOUND);
        CHECK_OK(home_write(&h, codes_left, &c));
        CHECK_INT(c.left, RECOVERY_CODES - 1 - i);
    }
    CHECK_OK(home_write(&h, codes_new, &c));
    char old[RECOVERY_TEXT];
    memcpy(old, c.at[0], sizeof old);
    CHECK_OK(home_write(&h, codes_new, &c)); /* the ones before are void */
    c.code = str_of(old);
    CHECK_ERR(home_write(&h, codes_use, &c), ERR_NOT_FOUND);
    c.code = STR("12345-67890");
    CHECK_ERR(home_write(&h, codes_use, &c), ERR_NOT_FOUND);
    home_close(&h);
}
