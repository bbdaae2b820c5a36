/* site: a whole server within this process: store, records, api and net on a port that the kernel chose, with one doctor's token. The
 * cipher, the trail and the guard can be left out at link time (--wrap), to see what each costs: the product has no way to be without. */
#ifndef BENCH_SITE_H
#define BENCH_SITE_H
#include "store/store.h"
#include <stdint.h>

struct bench_site {
    uint16_t port;
    char bearer[160]; /* "Bearer …" */
    struct bench_site_in *in;
};
void bench_site_open(struct bench_site *s,
                     const char *dir); /* a fresh folder; ends the process where it cannot */
void bench_site_close(struct bench_site *s);
struct store *bench_site_store(struct bench_site *s);

/* Whether sealing only copies from now on (records sealed before stay unreadable), and whether what is asked leaves no trace. */
void bench_site_plain(bool is_plain);
void bench_site_untraced(bool is_untraced);

#endif
