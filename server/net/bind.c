#include "net/bind.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define BACKLOG 1024

static enum err refused(int error_number, const struct link_address *address, char why[256])
{
    char text[LINK_ADDRESS_TEXT_BYTES];
    link_address_text(address, text);
    switch (error_number) {
    case EADDRINUSE:
        snprintf(why, 256,
                 "port taken: another program listens on %s; see `ss -ltnp`, or give another address", text);
        return ERR_EXISTS;
    case EACCES:
        snprintf(why, 256, "%s may not be bound: ports below 1024 need CAP_NET_BIND_SERVICE", text);
        return ERR_DENIED;
    case EADDRNOTAVAIL:
        snprintf(why, 256, "%s is no address of this machine", text);
        return ERR_NOT_FOUND;
    default:
        snprintf(why, 256, "%s cannot be listened on: %s", text, err_text(err_from_errno(error_number)));
        return ERR_IO;
    }
}

enum err bind_listener(const struct link_address *address, int *ret_fd, uint16_t *ret_port, char ret_why[256])
{
    struct sockaddr_storage at;
    int on = 1;
    socklen_t at_bytes = link_address_to_sockaddr(address, &at);
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return refused(errno, address, ret_why);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, at_bytes) != 0 || listen(fd, BACKLOG) != 0) {
        int error_number = errno;
        close(fd);
        return refused(error_number, address, ret_why);
    }
    if (getsockname(fd, (struct sockaddr *)&at, &at_bytes) == 0)
        *ret_port = ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&at)->sin_port
                                                  : ((struct sockaddr_in6 *)(void *)&at)->sin6_port);
    *ret_fd = fd;
    return OK;
}
