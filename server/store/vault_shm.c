/* The wal-index in the heap: the locks and shared regions that SQLite would keep in a -shm file. Nobody outside
 * the process can change it, so a page number in it can be believed. Locks follow os_unix.c: eight slots, each
 * shared by many or held by one. */
#include "base/list.h"
#include "base/mem.h"
#include "store/vault_file.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REGIONS_MAX = 16384 };
/* The index, as walformat.html draws it: a header that says how many frames are committed; after 136 bytes of it
 * the page number of each frame, 4,096 a region (the first holds fewer), each region's hash table behind them. */
enum {
    INDEX_FRAMES_AT = 16,
    INDEX_HEAD = 136,
    REGION = 32768,
    REGION_PAGES = 4096,
    FIRST_PAGES = 4096 - INDEX_HEAD / 4
};

struct shm_node {
    struct list item;
    struct vault *vault;
    dev_t dev;
    ino_t ino;
    int guard; /* holds flock: no other process joins */
    int files; /* under nodes_lock */
    pthread_mutex_t lock;
    int mapped;                  /* connections that use the regions */
    int slots[SQLITE_SHM_NLOCK]; /* > 0: shared by so many; -1: held by one */
    uint8_t **regions;
    int region_count, region_bytes;
};

static pthread_mutex_t nodes_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list nodes = {&nodes, &nodes};

/* A descriptor of the file must not be opened and closed while a connection of ours is open on it: POSIX locks
 * of the whole process on that file would go with it. So look by inode first. */
static struct shm_node *node_find(const struct stat *st)
{
    list_each (item, after, &nodes) {
        struct shm_node *node = list_of(item, struct shm_node, item);
        if (node->dev == st->st_dev && node->ino == st->st_ino) return node;
    }
    return NULL;
}

static int node_new(struct vault_file *f, const char *path, struct shm_node **ret_node)
{
    struct stat st;
    struct shm_node *node = mem_zalloc(sizeof *node);
    if (!node) return SQLITE_NOMEM;
    node->guard = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (node->guard < 0 || fstat(node->guard, &st) != 0 || flock(node->guard, LOCK_EX | LOCK_NB) != 0) {
        int rc = node->guard < 0 ? SQLITE_CANTOPEN : SQLITE_BUSY;
        if (node->guard >= 0) close(node->guard);
        mem_free(node);
        return rc;
    }
    node->vault = f->vault;
    node->dev = st.st_dev;
    node->ino = st.st_ino;
    pthread_mutex_init(&node->lock, NULL);
    list_add_last(&nodes, &node->item);
    *ret_node = node;
    return SQLITE_OK;
}

int vault_shm_join(struct vault_file *f, const char *path)
{
    struct stat st;
    int rc = SQLITE_OK;
    if (stat(path, &st) != 0) return SQLITE_CANTOPEN;
    pthread_mutex_lock(&nodes_lock);
    struct shm_node *node = node_find(&st);
    if (!node)
        rc = node_new(f, path, &node);
    else if (node->vault != f->vault)
        rc = SQLITE_BUSY;
    if (rc == SQLITE_OK) {
        node->files++;
        f->node = node;
    }
    pthread_mutex_unlock(&nodes_lock);
    return rc;
}

static void regions_free(struct shm_node *node)
{
    for (int i = 0; i < node->region_count; i++)
        mem_free(node->regions[i]);
    mem_free(node->regions);
    node->regions = NULL;
    node->region_count = 0;
}

void vault_shm_leave(struct vault_file *f)
{
    struct shm_node *node = f->node;
    if (!node) return;
    f->node = NULL;
    pthread_mutex_lock(&nodes_lock);
    if (--node->files == 0) {
        list_remove(&node->item);
        close(node->guard);
        regions_free(node);
        pthread_mutex_destroy(&node->lock);
        mem_free(node);
    }
    pthread_mutex_unlock(&nodes_lock);
}

static bool regions_reach(struct shm_node *node, int region, int bytes)
{
    if (region >= REGIONS_MAX || (node->region_bytes && node->region_bytes != bytes)) return false;
    uint8_t **longer = mem_resize(node->regions, ((size_t)region + 1) * sizeof *longer);
    if (!longer) return false;
    node->regions = longer;
    node->region_bytes = bytes;
    while (node->region_count <= region) {
        uint8_t *fresh = mem_zalloc((size_t)bytes);
        if (!fresh) return false;
        node->regions[node->region_count++] = fresh;
    }
    return true;
}

int vault_shm_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **ret_at)
{
    struct vault_file *f = (struct vault_file *)file;
    struct shm_node *node = f->node;
    int rc = SQLITE_OK;
    pthread_mutex_lock(&node->lock);
    if (!f->is_mapped) {
        f->is_mapped = true;
        node->mapped++;
    }
    if (region >= node->region_count && extend && !regions_reach(node, region, bytes)) rc = SQLITE_NOMEM;
    *ret_at = rc == SQLITE_OK && region < node->region_count ? node->regions[region] : NULL;
    pthread_mutex_unlock(&node->lock);
    return rc;
}

static int slots_lock(struct vault_file *f, int at, int n, bool exclusive)
{
    int *slots = f->node->slots;
    uint16_t mask = (uint16_t)(((1 << n) - 1) << at);
    if (!exclusive) {
        if (f->shared & mask) return SQLITE_OK;
        if (slots[at] < 0) return SQLITE_BUSY;
        slots[at]++;
        f->shared |= mask;
        return SQLITE_OK;
    }
    for (int i = at; i < at + n; i++)
        if (!(f->exclusive & 1 << i) && slots[i] != 0) return SQLITE_BUSY;
    for (int i = at; i < at + n; i++)
        slots[i] = -1;
    f->exclusive |= mask;
    return SQLITE_OK;
}

static void slots_unlock(struct vault_file *f, int at, int n)
{
    for (int i = at; i < at + n; i++) {
        uint16_t bit = (uint16_t)(1 << i);
        if (f->exclusive & bit) f->node->slots[i] = 0;
        if (f->shared & bit) f->node->slots[i]--;
        f->exclusive &= (uint16_t)~bit;
        f->shared &= (uint16_t)~bit;
    }
}

int vault_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    struct vault_file *f = (struct vault_file *)file;
    int rc = SQLITE_OK;
    ASSERT(at >= 0 && n >= 1 && at + n <= SQLITE_SHM_NLOCK);
    ASSERT(n == 1 || (flags & SQLITE_SHM_EXCLUSIVE));
    pthread_mutex_lock(&f->node->lock);
    if (flags & SQLITE_SHM_UNLOCK) {
        slots_unlock(f, at, n);
        if (at == 0)
            f->is_rewriting = f->is_commit = false; /* slot 0 is the writer's: its transaction ends */
    } else {
        rc = slots_lock(f, at, n, (flags & SQLITE_SHM_EXCLUSIVE) != 0);
    }
    pthread_mutex_unlock(&f->node->lock);
    return rc;
}

void vault_shm_barrier(sqlite3_file *file)
{
    struct vault_file *f = (struct vault_file *)file;
#ifndef __SANITIZE_THREAD__ /* which knows no fences; it sees the mutex */
    __sync_synchronize();
#endif
    pthread_mutex_lock(&f->node->lock);
    pthread_mutex_unlock(&f->node->lock);
}

int vault_shm_unmap(sqlite3_file *file, int delete)
{
    struct vault_file *f = (struct vault_file *)file;
    (void)delete; /* there is no file */
    if (!f->is_mapped) return SQLITE_OK;
    pthread_mutex_lock(&f->node->lock);
    slots_unlock(f, 0, SQLITE_SHM_NLOCK);
    f->is_mapped = false;
    if (--f->node->mapped == 0) regions_free(f->node);
    pthread_mutex_unlock(&f->node->lock);
    return SQLITE_OK;
}

static uint32_t index_u32(const struct shm_node *node, int region, size_t at)
{
    return __atomic_load_n((const uint32_t *)(const void *)(node->regions[region] + at), __ATOMIC_ACQUIRE);
}

static uint32_t index_frames(const struct shm_node *node)
{
    if (node->region_count == 0) return 0;
    ASSERT(node->region_bytes == REGION);
    return index_u32(node, 0, INDEX_FRAMES_AT);
}

uint32_t vault_shm_frames(struct vault_file *f)
{
    pthread_mutex_lock(&f->node->lock);
    uint32_t frames = index_frames(f->node);
    pthread_mutex_unlock(&f->node->lock);
    return frames;
}

/* Of the frame of this number, from 0; 0: the index does not reach there. */
static uint32_t index_page(const struct shm_node *node, uint32_t frame)
{
    int region = frame < FIRST_PAGES ? 0 : (int)((frame - FIRST_PAGES) / REGION_PAGES + 1);
    size_t at = region ? (frame - FIRST_PAGES) % REGION_PAGES * 4 : INDEX_HEAD + frame * 4;
    return region < node->region_count ? index_u32(node, region, at) : 0;
}

bool vault_shm_has_page(struct vault_file *f, uint32_t page)
{
    const struct shm_node *node = f->node;
    bool has = false;
    pthread_mutex_lock(&f->node->lock);
    uint32_t frames = index_frames(node);
    for (uint32_t i = 0; i < frames && !has; i++)
        has = index_page(node, i) == page;
    pthread_mutex_unlock(&f->node->lock);
    return has;
}

uint32_t vault_shm_page(struct vault_file *f, int64_t at)
{
    uint32_t frame = (uint32_t)((at - VAULT_WAL_HEAD_BYTES) / VAULT_FRAME_BYTES);
    pthread_mutex_lock(&f->node->lock);
    uint32_t page = index_page(f->node, frame);
    pthread_mutex_unlock(&f->node->lock);
    return page;
}
