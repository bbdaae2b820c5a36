/* yunqiao-imaging: becomes one of DCMTK's tools, in a box: no file but what programs are made of, no socket, no other process, so much
 * time and memory. yunqiaod starts one for each thing it asks (imaging/tool); the object comes in on descriptor 0 and the answer goes out
 * on 1, both memory.
 *
 *   yunqiao-imaging SECONDS MEMORY_MIB OUTPUT_MIB TOOL ARGUMENT…
 *
 * Ends with 125 when the box cannot be made, 126 for a tool that is none of ours, 127 when it is not installed. */
#include "base/sandbox.h"
#include "base/str.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_NO_BOX = 125, EXIT_NO_TOOL = 126, EXIT_ABSENT = 127, ARGS_LEAST = 5, FILES_MAX = 32 };

static const char *const tools[] = {"dcmconv", "dcm2json", "dcmj2pnm", "dcmdjpeg",
                                    "dcmdrle", "dcmdjpls", NULL};
static const char *const readable[] = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/dcmtk", NULL};

static const char *tool_named(const char *name)
{
    for (const char *const *t = tools; *t; t++)
        if (strcmp(*t, name) == 0) return *t;
    return NULL;
}

static bool limit(int what, int64_t most)
{
    struct rlimit l = {(rlim_t)most, (rlim_t)most};
    return setrlimit(what, &l) == 0;
}

int main(int argc, char **argv)
{
    int64_t seconds, memory_mib, output_mib;
    char path[64];
    struct sandbox_state state;
    char locale[] = "LC_ALL=C", *environment[] = {locale, NULL};
    if (argc < ARGS_LEAST || !str_to_i64(str_of(argv[1]), &seconds) ||
        !str_to_i64(str_of(argv[2]), &memory_mib) || !str_to_i64(str_of(argv[3]), &output_mib))
        return EXIT_NO_BOX;
    const char *tool = tool_named(argv[4]);
    if (!tool) return EXIT_NO_TOOL;
    snprintf(path, sizeof path, "/usr/bin/%s", tool);
    if (access(path, X_OK) != 0) return EXIT_ABSENT;
    if (sandbox_enter_program(readable, &state) != OK) return EXIT_NO_BOX;
    bool ok = limit(RLIMIT_CPU, seconds) && limit(RLIMIT_FSIZE, output_mib << 20) &&
              limit(RLIMIT_NOFILE, FILES_MAX) && limit(RLIMIT_AS, memory_mib << 20);
    if (!ok) return EXIT_NO_BOX;
    execve(path, argv + 4, environment);
    return EXIT_ABSENT;
}
