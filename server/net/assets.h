/* assets: the web client's files, read into memory once at start, each with the `.gz` that the client's build laid beside
 * it. Looking one up is a lookup in a table of known paths: no path ever reaches the file system, so there is nothing to
 * traverse. Made by the main thread; read-only after that, any thread. */
#ifndef NET_ASSETS_H
#define NET_ASSETS_H
#include "base/err.h"
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

#define ASSETS_FILES_MAX 2000
#define ASSETS_FILE_BYTES_MAX (16u << 20)
#define ASSETS_BYTES_MAX (64u << 20)
#define ASSETS_ETAG_BYTES 40

struct asset {
    const char *type;                                           /* a literal */
    struct str plain, gzip;                                     /* gzip.at NULL: there is none */
    char etag[ASSETS_ETAG_BYTES], gzip_etag[ASSETS_ETAG_BYTES]; /* strong, with their quotes */
    bool is_hashed; /* its name holds a hash of its content: it may be kept for ever */
};

struct assets;
/* ERR_NOT_FOUND: the folder or its index.html is absent; ERR_LIMIT: too many or too big. Links are not followed (the
 * folder itself may be one). */
enum err assets_load(const char *dir, struct assets **ret_assets) MUST_USE;
void assets_free(struct assets *a);
/* The file of a decoded path; "/" and, so that the client can have addresses of its own, any path whose last part
 * has no dot, are index.html. NULL: none. */
const struct asset *assets_find(const struct assets *a, struct str path);
uint32_t assets_count(const struct assets *a);

#endif
