/* address: an IP address and a port by value, as it stands in link messages. Embedded; any thread.
 * family 0 with all else zero means "none given". An IPv4 address takes the first four bytes; the others are
 * zero. */
#ifndef LINK_ADDRESS_H
#define LINK_ADDRESS_H
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>
#include <sys/socket.h>

struct link_address {
    uint8_t family; /* 0, 4 or 6 */
    uint8_t at[16];
    uint16_t port;
};

#define LINK_ADDRESS_TEXT_BYTES 56 /* "[" 45 "]:" 65535 and a NUL */

/* "192.0.2.7:8444" or "[2001:db8::1]:8444"; the address is numeric, the port 0 … 65535. ERR_BAD_INPUT. */
enum err link_address_from_text(struct str text, struct link_address *ret_address) MUST_USE;
/* "192.0.2.7" or "2001:db8::1", without brackets or port; the port becomes 0. ERR_BAD_INPUT. */
enum err link_address_from_host(struct str text, struct link_address *ret_address) MUST_USE;
void link_address_text(const struct link_address *a, char ret_text[LINK_ADDRESS_TEXT_BYTES]);
/* Well formed: family known, and the bytes that the family does not use are zero. */
bool link_address_is_valid(const struct link_address *a);
bool link_address_is_same(const struct link_address *a, const struct link_address *b);
/* A socket of both families knows IPv4 as ::ffff:a.b.c.d; others are given back as they are. */
struct link_address link_address_unmapped(struct link_address a);
struct link_address link_address_mapped(struct link_address a);
/* 0.0.0.0 or ::, whatever the port. */
bool link_address_is_any(const struct link_address *a);
/* For bind and sendto; family must not be 0. */
socklen_t link_address_to_sockaddr(const struct link_address *a, struct sockaddr_storage *ret_sa);
/* ERR_UNSUPPORTED: neither IPv4 nor IPv6. */
enum err link_address_from_sockaddr(const struct sockaddr_storage *sa,
                                    struct link_address *ret_address) MUST_USE;

#endif
