/* state: what an api holds, for the files of this folder alone. */
#ifndef API_STATE_H
#define API_STATE_H
#include "api/api.h"
#include "auth/idle.h"
#include <stdatomic.h>

struct api {
    struct site *site;
    struct idle *idle;
    _Atomic bool is_draining;
};

#endif
