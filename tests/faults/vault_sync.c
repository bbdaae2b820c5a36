#include "vault_sync.h"
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

void (*sync_watch)(int fd, int after);
long sync_fails_at;

__attribute__((visibility("default"))) int fdatasync(int fildes)
{
    if (sync_watch) sync_watch(fildes, 0);
    if (sync_fails_at > 0 && --sync_fails_at == 0) {
        errno = EIO;
        return -1;
    }
    int rc = (int)syscall(SYS_fdatasync, fildes);
    if (sync_watch) sync_watch(fildes, 1);
    return rc;
}
