/* Reads lines, writes each one's pinyin and initials. The first character of a name may have another reading (pinyin.h), so a neutral one
 * is put before and taken away again. */
#include "records/pinyin.h"
#include <stdio.h>

int main(void)
{
    char line[1024];
    while (fgets(line, sizeof line, stdin)) {
        struct arena *arena = arena_new(65536);
        struct str full = {0}, initials = {0};
        line[strcspn(line, "\n")] = 0;
        char *text = arena_printf(arena, "一%s", line);
        if (pinyin_of_text(arena, str_of(text), &full, &initials) && full.bytes > 2)
            printf("%.*s\t%.*s\n", (int)full.bytes - 2, full.at + 2, (int)initials.bytes - 1,
                   initials.at + 1);
        else
            printf("\t\n");
        arena_free(arena);
    }
    return 0;
}
