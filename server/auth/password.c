#include "auth/password.h"
#include "base/rnd.h"
#include <pthread.h>
#include <sodium.h>
#include <strings.h>

_Static_assert(PASSWORD_HASH_TEXT >= crypto_pwhash_STRBYTES, "libsodium's text form fits");

enum { ARGON2_PASSES = 2, CHARS_LONG = 12, CHARS_MIXED = 10, DISTINCT_LEAST = 5, PIN_DIGITS = 6 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_sodium(void)
{
    ASSERT(sodium_init() >= 0);
}

static size_t memory_of(int64_t argon2_mib)
{
    ASSERT(argon2_mib > 0);
    return (size_t)argon2_mib << 20;
}

enum err password_hash(struct str password, int64_t argon2_mib, char ret_hash[PASSWORD_HASH_TEXT])
{
    char hash[PASSWORD_HASH_TEXT] = {0};
    pthread_once(&once, start_sodium);
    if (crypto_pwhash_str_alg(hash, password.at ? password.at : "", password.bytes, ARGON2_PASSES,
                              memory_of(argon2_mib), crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_NOMEM;
    memcpy(ret_hash, hash, sizeof hash);
    return OK;
}

/* libsodium takes a NUL-terminated hash padded to its own maximum. */
static bool hash_text(struct str hash, char ret_text[PASSWORD_HASH_TEXT])
{
    if (hash.bytes == 0 || hash.bytes >= PASSWORD_HASH_TEXT) return false;
    memset(ret_text, 0, PASSWORD_HASH_TEXT);
    memcpy(ret_text, hash.at, hash.bytes);
    return true;
}

enum err password_check(struct str hash, struct str password, int64_t argon2_mib, bool *ret_is)
{
    char text[PASSWORD_HASH_TEXT];
    pthread_once(&once, start_sodium);
    if (!hash_text(hash, text)) {
        enum err err = password_hash(password, argon2_mib, text);
        if (!err) *ret_is = false;
        return err;
    }
    *ret_is = crypto_pwhash_str_verify(text, password.at ? password.at : "", password.bytes) == 0;
    return OK;
}

bool password_is_dated(struct str hash, int64_t argon2_mib)
{
    char text[PASSWORD_HASH_TEXT];
    pthread_once(&once, start_sodium);
    return hash_text(hash, text) &&
           crypto_pwhash_str_needs_rehash(text, ARGON2_PASSES, memory_of(argon2_mib)) != 0;
}

/* Passwords long enough to pass the other checks and yet tried first by everybody who guesses. Lower case. */
static const char *const common[] = {
    "password1234",     "password12345", "password123456", "passwordpassword", "passw0rd1234",
    "p@ssw0rd1234",     "administrator", "administrator1", "admin123456",      "admin1234567",
    "adminadminadmin",  "qwertyuiop",    "qwertyuiop12",   "qwertyuiop123",    "qwertyuiop[]",
    "qwerty123456",     "1qaz2wsx3edc",  "1qaz@wsx3edc",   "1q2w3e4r5t6y",     "zaq12wsxcde3",
    "123456789012",     "1234567890123", "12345678901234", "123456789abc",     "123456abcdef",
    "abcdef123456",     "abcdefghijkl",  "abcd1234efgh",   "woaini1314520",    "woaini123456",
    "5201314woaini",    "wodemima1234",  "iloveyou1234",   "iloveyouforever",  "letmein12345",
    "letmeinplease",    "welcome12345",  "welcome123456",  "changeme1234",     "changeit1234",
    "trustno1trustno1", "yunqiao12345",  "yunqiao123456",  "hospital1234",     "hospital12345",
    "doctor123456",     "kanshousuo123", "huawei123456",   "huawei@12345",     "abc123456789",
    "asdfghjkl123",     "asdfghjkl;'",   "zxcvbnm12345",   "qazwsxedcrfv",
};

static bool has_part(struct str in, struct str part)
{
    if (part.bytes < 3) return false;
    for (size_t i = 0; i + part.bytes <= in.bytes; i++)
        if (str_is_nocase((struct str){in.at + i, part.bytes}, part)) return true;
    return false;
}

static bool is_common(struct str password)
{
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (str_is_nocase(password, str_of(common[i]))) return true;
    return false;
}

struct look {
    size_t chars, digits, distinct;
    int classes; /* of lower, upper, digit, other */
    bool is_run; /* each byte is one more, or one less, than the last */
};

static struct look look_at(struct str password)
{
    struct look look = {.is_run = password.bytes > 1};
    bool seen[256] = {false}, class[4] = {false};
    int step = password.bytes > 1 ? password.at[1] - password.at[0] : 0;
    for (size_t i = 0; i < password.bytes; i++) {
        unsigned char c = (unsigned char)password.at[i];
        look.chars += (c & 0xc0) != 0x80; /* UTF-8's continuation bytes are no characters */
        look.digits += c >= '0' && c <= '9';
        look.distinct += !seen[c];
        seen[c] = true;
        class[c >= 'a' && c <= 'z' ? 0 : c >= 'A' && c <= 'Z' ? 1 : c >= '0' && c <= '9' ? 2 : 3] = true;
        if (i > 0 && (password.at[i] - password.at[i - 1] != step || step < -1 || step > 1))
            look.is_run = false;
    }
    look.classes = class[0] + class[1] + class[2] + class[3];
    return look;
}

const char *password_weakness(struct str password, struct str name, struct str staff_number, bool is_pin)
{
    struct look look = look_at(password);
    if (password.bytes > PASSWORD_BYTES_MAX) return "long";
    if (is_pin && look.digits == look.chars) {
        if (look.chars < PIN_DIGITS || look.is_run || str_is(password, staff_number)) return "pin";
        return NULL;
    }
    if (look.chars < CHARS_MIXED || (look.chars < CHARS_LONG && look.classes < 3))
        return is_pin ? "pin" : "short";
    if (has_part(password, name) || has_part(password, staff_number)) return "name";
    if (look.distinct < DISTINCT_LEAST || look.is_run) return "plain";
    return is_common(password) ? "common" : NULL;
}

void password_one_time(char ret_text[PASSWORD_ONE_TIME_TEXT])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* without l, o, 0, 1 */
    _Static_assert(sizeof letters == 33, "five bits a letter");
    int at = 0;
    for (int i = 0; i < 16; i++) {
        if (i && i % 4 == 0) ret_text[at++] = '-';
        ret_text[at++] = letters[rnd_below(32)];
    }
    ret_text[at] = 0;
    if (password_weakness(str_of(ret_text), STR(""), STR(""), false)) password_one_time(ret_text);
}

void password_one_time_pin(char ret_text[PASSWORD_ONE_TIME_TEXT])
{
    do {
        for (int i = 0; i < 8; i++)
            ret_text[i] = (char)('0' + rnd_below(10));
        ret_text[8] = 0;
    } while (password_weakness(str_of(ret_text), STR(""), STR(""), true));
}
