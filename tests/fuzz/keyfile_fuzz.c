/* A keyfile of any bytes is read whole, or refused with a sentence. */
#include "store/keyfile.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct keyfile *k = NULL;
    char why[256] = "";
    enum err err = keyfile_parse((const char *)bytes, n, &k, why);
    if (err != OK) {
        ASSERT(k == NULL && (err != ERR_KEY || why[0]));
        return 0;
    }
    ASSERT(keyfile_count(k) >= 1 && keyfile_count(k) <= KEYFILE_KEYS_MAX);
    for (size_t i = 0; i < keyfile_count(k); i++)
        for (size_t j = 0; j < i; j++)
            ASSERT(strcmp(keyfile_at(k, i)->name, keyfile_at(k, j)->name) != 0);
    keyfile_free(k);
    return 0;
}
