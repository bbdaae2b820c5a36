/* fuzz: what the targets share. A target must hold for any bytes, take nothing that it does not give back,
 * and also live with memory that fails (fuzz_replay). It says what must be true by ASSERT. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
#include "base/err.h"
#include "base/str.h"
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static inline struct str fuzz_str(const uint8_t *bytes, size_t n)
{
    return (struct str){(const char *)bytes, n};
}

#endif
