/* secret_own: for the rotation alone: every secret is wrapped under the key that has become the active one. */
#ifndef STORE_SECRET_OWN_H
#define STORE_SECRET_OWN_H
#include "store/store.h"

enum err secrets_rewrap(struct store *s) MUST_USE; /* any thread but the store's own */

#endif
