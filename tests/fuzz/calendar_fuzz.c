/* A holiday table of any bytes is read or refused with a line, and one that was read is written as it is read. */
#include "scheduler/calendar.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char why[CALENDAR_WHY_BYTES] = "";
    struct calendar c = {0}, again = {0};
    struct buf b;
    enum err err = calendar_parse(fuzz_str(bytes, n), &c, why);
    if (err) {
        ASSERT(c.days == NULL && (err == ERR_NOMEM || why[0]));
        return 0;
    }
    for (uint32_t i = 1; i < c.count; i++)
        ASSERT(c.days[i - 1].day.days < c.days[i].day.days);
    buf_init(&b, 1 << 20);
    calendar_write(&c, &b);
    if (b.err == OK && calendar_parse(buf_str(&b), &again, why) == OK) {
        ASSERT(again.count == c.count);
        for (uint32_t i = 0; i < c.count; i++)
            ASSERT(again.days[i].day.days == c.days[i].day.days && again.days[i].kind == c.days[i].kind &&
                   again.days[i].as == c.days[i].as && strcmp(again.days[i].name, c.days[i].name) == 0);
        calendar_done(&again);
    } else {
        ASSERT(b.err == ERR_NOMEM || why[0] == 0);
    }
    buf_done(&b);
    calendar_done(&c);
    return 0;
}
