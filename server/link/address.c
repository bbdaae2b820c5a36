#include "link/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum err link_address_from_host(struct str text, struct link_address *ret_address)
{
    char host[INET6_ADDRSTRLEN];
    struct link_address a = {0};
    if (text.bytes == 0 || text.bytes >= sizeof host || memchr(text.at, 0, text.bytes)) return ERR_BAD_INPUT;
    memcpy(host, text.at, text.bytes);
    host[text.bytes] = 0;
    if (inet_pton(AF_INET, host, a.at) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, host, a.at) == 1)
        a.family = 6;
    else
        return ERR_BAD_INPUT;
    *ret_address = a;
    return OK;
}

/* The port follows the last colon; an IPv6 address stands in brackets, so that its own colons are no
 * question. */
enum err link_address_from_text(struct str text, struct link_address *ret_address)
{
    struct link_address a;
    size_t colon = text.bytes;
    while (colon > 0 && text.at[colon - 1] != ':')
        colon--;
    if (colon < 2) return ERR_BAD_INPUT;
    struct str host = {text.at, colon - 1}, port_text = {text.at + colon, text.bytes - colon};
    bool is_bracketed = host.at[0] == '[' && host.at[host.bytes - 1] == ']';
    if (is_bracketed) {
        if (host.bytes < 3) return ERR_BAD_INPUT;
        host.at++;
        host.bytes -= 2;
    }
    uint64_t port;
    if (!str_to_u64(port_text, &port) || port > UINT16_MAX) return ERR_BAD_INPUT;
    if (link_address_from_host(host, &a) != OK) return ERR_BAD_INPUT;
    if ((a.family == 6) != is_bracketed) return ERR_BAD_INPUT;
    a.port = (uint16_t)port;
    *ret_address = a;
    return OK;
}

void link_address_text(const struct link_address *a, char ret_text[LINK_ADDRESS_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN];
    if (a->family == 0 || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->at, host, sizeof host)) {
        snprintf(ret_text, LINK_ADDRESS_TEXT_BYTES, "none");
        return;
    }
    snprintf(ret_text, LINK_ADDRESS_TEXT_BYTES, a->family == 4 ? "%s:%u" : "[%s]:%u", host, a->port);
}

bool link_address_is_valid(const struct link_address *a)
{
    static const uint8_t zero[16];
    switch (a->family) {
    case 0:
        return a->port == 0 && memcmp(a->at, zero, 16) == 0;
    case 4:
        return memcmp(a->at + 4, zero, 12) == 0;
    case 6:
        return true;
    default:
        return false;
    }
}

/* Member by member: there is a hole before the port. */
bool link_address_is_same(const struct link_address *a, const struct link_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->at, b->at, sizeof a->at) == 0;
}

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct link_address link_address_unmapped(struct link_address a)
{
    struct link_address four = {.family = 4, .port = a.port};
    if (a.family != 6 || memcmp(a.at, mapped_prefix, sizeof mapped_prefix) != 0) return a;
    memcpy(four.at, a.at + 12, 4);
    return four;
}

struct link_address link_address_mapped(struct link_address a)
{
    struct link_address six = {.family = 6, .port = a.port};
    if (a.family != 4) return a;
    memcpy(six.at, mapped_prefix, sizeof mapped_prefix);
    memcpy(six.at + 12, a.at, 4);
    return six;
}

bool link_address_is_any(const struct link_address *a)
{
    static const uint8_t any[16];
    return memcmp(a->at, any, sizeof any) == 0;
}

socklen_t link_address_to_sockaddr(const struct link_address *a, struct sockaddr_storage *ret_sa)
{
    ASSERT(a->family == 4 || a->family == 6);
    memset(ret_sa, 0, sizeof *ret_sa);
    if (a->family == 4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
        memcpy(&in.sin_addr, a->at, 4);
        memcpy(ret_sa, &in, sizeof in);
        return sizeof in;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
    memcpy(&in6.sin6_addr, a->at, 16);
    memcpy(ret_sa, &in6, sizeof in6);
    return sizeof in6;
}

enum err link_address_from_sockaddr(const struct sockaddr_storage *sa, struct link_address *ret_address)
{
    struct link_address a = {0};
    if (sa->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        a.family = 4;
        a.port = ntohs(in.sin_port);
        memcpy(a.at, &in.sin_addr, 4);
    } else if (sa->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        a.family = 6;
        a.port = ntohs(in6.sin6_port);
        memcpy(a.at, &in6.sin6_addr, 16);
    } else {
        return ERR_UNSUPPORTED;
    }
    *ret_address = a;
    return OK;
}
