#include "base/zone_file.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>

enum err zone_load(struct str name, struct zone **ret_zone)
{
    char path[128];
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && c != '/' && c != '_' && c != '-' && c != '+') return ERR_BAD_INPUT;
    }
    if (name.bytes == 0 || name.at[0] == '/' || name.bytes > ZONE_NAME_MAX) return ERR_BAD_INPUT;
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", (int)name.bytes, name.at);
    FILE *f = fopen(path, "rb");
    if (!f) return ERR_NOT_FOUND;
    uint8_t *bytes = mem_alloc(ZONE_BYTES_MAX);
    size_t n = bytes ? fread(bytes, 1, ZONE_BYTES_MAX, f) : 0;
    bool is_whole = !ferror(f) && feof(f);
    (void)fclose(f);
    enum err err = !bytes ? ERR_NOMEM : is_whole ? zone_parse(bytes, n, ret_zone) : ERR_IO;
    mem_free(bytes);
    return err;
}

/* As RFC 8536 writes it. */
enum err zone_china(struct zone **ret_zone)
{
    static const char header[] = "TZif2";
    uint8_t bytes[2 * 44 + 6 + 4 + 6 + 4 + 7];
    size_t n = 0;
    for (int half = 0; half < 2; half++) {
        memset(bytes + n, 0, 44);
        memcpy(bytes + n, header, 5);
        bytes[n + 39] = 1, bytes[n + 43] = 4; /* one type of 4 characters */
        n += 44;
        memcpy(bytes + n, "\0\0\x70\x80\0\0CST", 10);
        n += 10;
    }
    memcpy(bytes + n, "\nCST-8\n", 7);
    return zone_parse(bytes, n + 7, ret_zone);
}
