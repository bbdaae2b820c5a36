/* An address that is read is valid, can be written, and reads back as itself. */
#include "link/address.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct link_address a, back;
    struct sockaddr_storage sa;
    char text[LINK_ADDRESS_TEXT_BYTES];
    if (link_address_from_host(fuzz_str(bytes, n), &a) == OK)
        ASSERT(link_address_is_valid(&a) && a.port == 0);
    if (link_address_from_text(fuzz_str(bytes, n), &a) != OK) return 0;
    ASSERT(link_address_is_valid(&a));
    link_address_text(&a, text);
    ASSERT(link_address_from_text(str_of(text), &back) == OK && link_address_is_same(&a, &back));
    ASSERT(link_address_to_sockaddr(&a, &sa) > 0);
    ASSERT(link_address_from_sockaddr(&sa, &back) == OK && link_address_is_same(&a, &back));
    return 0;
}
