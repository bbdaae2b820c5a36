/* doors: by which ways the registry's events come in ([registry]): MLLP, a folder for batch files. Main thread. */
#ifndef APP_DOORS_H
#define APP_DOORS_H
#include "app/settings.h"

/* The shape of it alone: before a store is made. */
enum err doors_check(const struct settings *s, char ret_why[256]) MUST_USE;

struct doors;
/* Binds. ERR_BAD_INPUT and those of net_new; ret_why says what. */
enum err doors_new(struct site *site, const struct settings *s, const struct x509_pair *pair,
                   struct doors **ret, char ret_why[256]) MUST_USE;
enum err doors_start(struct doors *d) MUST_USE;
enum err doors_use_pair(struct doors *d, const struct x509_pair *pair) MUST_USE; /* any thread */
void doors_drain(struct doors *d);                                               /* NULL allowed */
bool doors_are_quiet(struct doors *d);
void doors_stop(struct doors *d); /* before the store is closed; NULL allowed */
void doors_free(struct doors *d); /* NULL allowed */
void doors_register_metrics(void);

#endif
