#include "app/room_system.h"
#include "base/mem.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 256, KEY_BYTES = LINK_ENDPOINT_KEYS_BYTES / 2 };

static enum err wrong(char why[256], const char *what)
{
    snprintf(why, 256, "[room_system] %s", what);
    return ERR_BAD_INPUT;
}

/* Of a house: RFC 1918, 3927, 4193, 4291 §2.5. */
static bool is_private(const struct link_address *a)
{
    static const uint8_t loopback[16] = {[15] = 1};
    const uint8_t *at = a->at;
    if (a->family == 6)
        return (at[0] & 0xfe) == 0xfc || (at[0] == 0xfe && (at[1] & 0xc0) == 0x80) ||
               memcmp(at, loopback, sizeof loopback) == 0;
    return at[0] == 10 || at[0] == 127 || (at[0] == 172 && (at[1] & 0xf0) == 16) ||
           (at[0] == 192 && at[1] == 168) || (at[0] == 169 && at[1] == 254);
}

/* A line of RFC 4568's key: 30 bytes in base64. */
static bool key_read(struct str line, uint8_t ret[KEY_BYTES])
{
    char text[KEY_BYTES * 4 / 3];
    size_t n = 0;
    if (line.bytes != sizeof text) return false;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(line.at[i] == '+' ? '-' : line.at[i] == '/' ? '_' : line.at[i]);
    bool is_read = !memchr(line.at, '-', line.bytes) && !memchr(line.at, '_', line.bytes) &&
                   str_from_base64url((struct str){text, sizeof text}, ret, KEY_BYTES, &n) && n == KEY_BYTES;
    mem_wipe(text, sizeof text);
    return is_read;
}

/* Its key, then ours. One for both ways would be one keystream for two sounds, were their SSRCs ever the same. */
static bool keys_parse(struct str text, uint8_t ret[LINK_ENDPOINT_KEYS_BYTES])
{
    struct str first = str_trim(str_cut(&text, '\n')), second = str_trim(str_cut(&text, '\n'));
    return key_read(first, ret) && key_read(second, ret + KEY_BYTES) && str_trim(text).bytes == 0 &&
           memcmp(ret, ret + KEY_BYTES, KEY_BYTES) != 0;
}

static enum err keys_read(const char *path, uint8_t ret[LINK_ENDPOINT_KEYS_BYTES], char why[256])
{
    char text[FILE_BYTES_MAX];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    bool is_others = fd >= 0 && fstat(fd, &st) == 0 && st.st_mode & (S_IRWXG | S_IRWXO);
    if (fd >= 0) close(fd);
    bool is_read = n > 0 && keys_parse((struct str){text, (size_t)n}, ret);
    mem_wipe(text, sizeof text);
    if (n < 0) return wrong(why, "key_file: cannot be read");
    if (is_others) return wrong(why, "key_file: others may read it; chmod 600");
    return is_read ? OK
                   : wrong(why, "key_file: two lines are wanted, its key and another that is ours, each 40 "
                                "characters of base64 (AES_CM_128_HMAC_SHA1_80)");
}

static enum err address_read(const struct settings *s, struct link_address *ret, char why[256])
{
    struct str text = str_of(s->room_system_address);
    if (link_address_from_host(text, ret) == OK || link_address_from_text(text, ret) == OK)
        return link_address_is_any(ret) ? wrong(why, "address: one certain address is wanted") : OK;
    return wrong(why, "address: ADDRESS or ADDRESS:PORT is wanted, as 10.20.0.7");
}

enum err room_system_read(const struct settings *s, struct workers_settings *ret, char ret_why[256])
{
    bool is_clear = strcmp(s->room_system_clear, "yes") == 0;
    if (!s->room_system_listen[0]) return OK;
    if (link_address_from_text(str_of(s->room_system_listen), &ret->endpoint) != OK || !ret->endpoint.port)
        return wrong(ret_why, "listen: ADDRESS:PORT is wanted, as 0.0.0.0:5004");
    if (s->workers != 1) return wrong(ret_why, "listen: goes with one media worker ([media] workers = 1)");
    if (!s->room_system_name[0]) return wrong(ret_why, "name: people are shown one");
    if (!is_clear && strcmp(s->room_system_clear, "no") != 0) return wrong(ret_why, "in_clear: yes or no");
    enum err err = address_read(s, &ret->endpoint_from, ret_why);
    if (err) return err;
    ret->endpoint_type = (uint8_t)s->room_system_type;
    ret->has_endpoint_keys = !is_clear;
    if (!is_clear && !s->room_system_keys[0])
        return wrong(ret_why, "key_file: is wanted; without encryption only with in_clear = yes");
    if (!is_clear) return keys_read(s->room_system_keys, ret->endpoint_keys, ret_why);
    if (s->room_system_keys[0]) return wrong(ret_why, "key_file and in_clear = yes: give one");
    return is_private(&ret->endpoint_from)
               ? OK
               : wrong(ret_why, "in_clear: only with an address of a private network (RFC 1918, 4193)");
}
