/* validate_file FILE…: reads each as a FHIR body and prints what is wrong with it. For tests over real bundles. */
#include "base/clock.h"
#include "base/mem.h"
#include "records/validate.h"
#include <stdio.h>

static char *read_file(const char *path, size_t *ret_bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) return NULL;
    long bytes = ftell(f);
    char *at = bytes < 0 ? NULL : mem_alloc((size_t)bytes);
    rewind(f);
    if (at && fread(at, 1, (size_t)bytes, f) != (size_t)bytes) at = NULL;
    fclose(f);
    *ret_bytes = (size_t)bytes;
    return at;
}

static int check_file(const char *path, size_t *ret_bytes)
{
    struct arena *arena = arena_new((size_t)1 << 30);
    struct tape tape;
    struct tape_fault fault = {.why = "limit or memory"};
    struct validate_report report = {.count = 1};
    char *at = read_file(path, ret_bytes);
    if (!at || !arena) return 1;
    if (tape_read(arena, (struct str){at, *ret_bytes}, 1u << 24, &tape, &fault) != OK)
        printf("%s: %s at byte %u, %s\n", path, fault.why, fault.byte, fault.path);
    else if (validate_resource(&tape, 0, FHIR_NONE, arena, 20, &report) == OK)
        for (uint32_t i = 0; i < report.count; i++)
            printf("%s: %s: %s\n", path, report.issues[i].path, report.issues[i].what);
    mem_free(at);
    arena_free(arena);
    return report.count > 0;
}

int main(int argc, char **argv)
{
    int bad = 0;
    size_t all = 0, bytes = 0;
    int64_t started = clock_tick_us();
    for (int i = 1; i < argc; i++, all += bytes)
        bad += check_file(argv[i], &bytes);
    int64_t us = clock_tick_us() - started;
    printf("figure validate_mb_s %.0f (%zu bytes read and validated in %lld us)\n",
           (double)all / (double)(us ? us : 1), all, (long long)us);
    printf("%d passed, %d failed\n", argc - 1 - bad, bad);
    return bad || argc < 2;
}
