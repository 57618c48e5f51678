/* Sees every durable step of the process that it is preloaded into, and ends the process before, during or after one.
 *
 * A step is a system call that leaves something behind: a file made, written, cut, synced, renamed or unlinked below the
 * stage, and bytes sent to another process. Python's own and SQLite's go the same way, through the C library, and are not
 * listed anywhere. Steps are told to a page that all processes share (steps.py), and orders are read there; no file is
 * touched for it. The product is not changed and does not know.
 *
 * Environment: MORTAL_PAGE, the shared page; MORTAL_ROOT, the folder below which files count.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROLES 8
#define STEPS_MAX 65536
#define FILES_MAX 1024
#define NAME_BYTES 56

enum when { BEFORE = 0, DURING = 1, AFTER = 2 };

struct order {
    _Atomic int32_t remaining; /* steps until the kill; 0: none is ordered */
    int32_t when;
    int32_t permille; /* of a write's bytes, when it is cut */
    _Atomic int32_t killed; /* 1 + index of the step at which it was */
};

struct step {
    int32_t role;
    char what[NAME_BYTES + 4];
};

struct page {
    _Atomic uint32_t count;
    uint32_t padding[15];
    struct order orders[ROLES];
    struct step steps[STEPS_MAX];
};

static const char *const ROLE_WORDS[ROLES] = {"courier", "station", "worker", "bridge", "opener_process", "migris"};

static struct page *room; /* the shared page */
static struct page *page; /* the same in a process that has a role */
static int role = -1;
static char root[PATH_MAX];
static char names[FILES_MAX][NAME_BYTES]; /* of open files that count */

static int role_of(const char *command, size_t bytes)
{
    for (const char *word = command; word < command + bytes; word += strlen(word) + 1)
        for (int one = 0; one < ROLES && ROLE_WORDS[one]; one++) {
            const char *dot = strrchr(word, '.');
            if (!strcmp(word, ROLE_WORDS[one]) || (dot && !strcmp(dot + 1, ROLE_WORDS[one])))
                return one;
        }
    return -1;
}

static void become(int found)
{
    role = found;
    page = found < 0 ? NULL : room;
}

__attribute__((constructor)) static void open_page(void)
{
    const char *path = getenv("MORTAL_PAGE"), *folder = getenv("MORTAL_ROOT");
    char command[4096];
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file < 0 ? 0 : read(file, command, sizeof command - 1);
    if (file >= 0)
        close(file);
    if (!path || !folder || bytes <= 0)
        return;
    command[bytes] = 0;
    int shared = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *there = shared < 0 ? MAP_FAILED : mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    if (shared >= 0)
        close(shared);
    if (there == MAP_FAILED)
        return;
    snprintf(root, sizeof root, "%s/", folder);
    room = there;
    become(role_of(command, (size_t)bytes));
}

/* Says who this process is whose command line does not. */
void mortal_become(const char *word)
{
    become(role_of(word, strlen(word) + 1));
}

static void die(struct order *order, uint32_t index)
{
    atomic_store(&order->killed, (int32_t)index + 1);
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Tells of a step that is about to be done. Returns the order when it falls on this step and is not carried out yet. */
static struct order *begin(const char *kind, const char *name, uint32_t *index)
{
    if (!page || !name)
        return NULL;
    *index = atomic_fetch_add(&page->count, 1) % STEPS_MAX;
    struct step *step = &page->steps[*index];
    step->role = role;
    snprintf(step->what, sizeof step->what, "%s %s", kind, name);
    struct order *order = &page->orders[role];
    int32_t left = atomic_load(&order->remaining);
    while (left > 0 && !atomic_compare_exchange_weak(&order->remaining, &left, left - 1))
        ;
    if (left != 1)
        return NULL;
    if (order->when == BEFORE)
        die(order, *index);
    return order;
}

static void end(struct order *order, uint32_t index)
{
    if (order)
        die(order, index);
}

/* The name of a path that counts, or NULL. SQLite's shared memory is none: it is made anew from the log. */
static const char *counted(const char *path)
{
    static _Thread_local char full[PATH_MAX];
    if (!page || !path)
        return NULL;
    if (path[0] != '/') {
        char here[PATH_MAX];
        if (syscall(SYS_getcwd, here, sizeof here) < 0)
            return NULL;
        snprintf(full, sizeof full, "%.2000s/%.2000s", here, path);
        path = full;
    }
    if (strncmp(path, root, strlen(root)) || strstr(path, "/logs/"))
        return NULL;
    const char *name = strrchr(path, '/') + 1, *dash = strrchr(name, '-'), *dot = strrchr(name, '.');
    return (dash && !strcmp(dash, "-shm")) || (dot && (!strcmp(dot, ".sock") || !strcmp(dot, ".pyc"))) ? NULL : name;
}

static void remember(int file, const char *name)
{
    if (page && file >= 0 && file < FILES_MAX)
        snprintf(names[file], NAME_BYTES, "%s", name ? name : "");
}

static const char *known(int file)
{
    return page && file >= 0 && file < FILES_MAX && names[file][0] ? names[file] : NULL;
}

static int is_pipe(int file)
{
    struct stat status;
    return !fstat(file, &status) && S_ISFIFO(status.st_mode);
}

/* Whom a socket or a pipe leads to; NULL for what is none, and for the byte by which an event loop wakes itself. */
static const char *peer(int file, size_t bytes)
{
    static _Thread_local char name[NAME_BYTES];
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (!page || bytes < 2)
        return NULL;
    if (getpeername(file, (struct sockaddr *)&address, &size) < 0)
        return is_pipe(file) ? "process" : NULL;
    if (address.ss_family == AF_UNIX)
        return "process";
    if (address.ss_family != AF_INET)
        return NULL;
    const char *broker = getenv("MORTAL_BROKER");
    int port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    snprintf(name, sizeof name, "%s", broker && port == atoi(broker) ? "broker" : "network");
    return name;
}

#define REAL(name, result, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) \
        *(void **)&real = dlsym(RTLD_NEXT, name)

#define STEP(kind, name, call) \
    do { \
        uint32_t index = 0; \
        int saved; \
        struct order *order = begin(kind, name, &index); \
        __typeof__(call) result = call; \
        saved = errno; \
        end(order, index); \
        errno = saved; \
        return result; \
    } while (0)

static int opened(const char *path, int flags, int file)
{
    (void)flags;
    int saved = errno;
    remember(file, file < 0 ? NULL : counted(path));
    errno = saved;
    return file;
}

static int open_step(int (*real)(int, const char *, int, ...), int folder, const char *path, int flags, mode_t mode)
{
    const char *name = folder == AT_FDCWD ? counted(path) : NULL;
    struct stat status;
    if (name && (flags & (O_CREAT | O_TRUNC)) && (flags & O_TRUNC || stat(path, &status) < 0)) {
        uint32_t index = 0;
        struct order *order = begin("make", name, &index);
        int file = opened(path, flags, real(folder, path, flags, mode));
        end(order, index);
        return file;
    }
    return opened(path, flags, real(folder, path, flags, mode));
}

#define OPEN(NAME) \
    int NAME(const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        REAL("openat", int, int, const char *, int, ...); \
        return open_step(real, AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int close(int file)
{
    REAL("close", int, int);
    remember(file, NULL);
    return real(file);
}

#define PART(bytes, order) ((size_t)((bytes) * (uint64_t)(order)->permille / 1000))

ssize_t write(int file, const void *from, size_t bytes)
{
    REAL("write", ssize_t, int, const void *, size_t);
    const char *name = known(file), *kind = "write";
    if (!name && (name = peer(file, bytes)))
        kind = "send";
    uint32_t index = 0;
    struct order *order = begin(kind, name, &index);
    ssize_t done = real(file, from, order && order->when == DURING ? PART(bytes, order) : bytes);
    end(order, index);
    return done;
}

#define PWRITE(NAME) \
    ssize_t NAME(int file, const void *from, size_t bytes, off64_t at) \
    { \
        REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t); \
        uint32_t index = 0; \
        struct order *order = begin("write", known(file), &index); \
        ssize_t done = real(file, from, order && order->when == DURING ? PART(bytes, order) : bytes, at); \
        end(order, index); \
        return done; \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t send(int file, const void *from, size_t bytes, int flags)
{
    REAL("send", ssize_t, int, const void *, size_t, int);
    uint32_t index = 0;
    struct order *order = begin("send", peer(file, bytes), &index);
    ssize_t done = real(file, from, order && order->when == DURING ? PART(bytes, order) : bytes, flags);
    end(order, index);
    return done;
}

int fsync(int file)
{
    REAL("fsync", int, int);
    STEP("sync", known(file), real(file));
}

int fdatasync(int file)
{
    REAL("fdatasync", int, int);
    STEP("sync", known(file), real(file));
}

int rename(const char *from, const char *to)
{
    REAL("rename", int, const char *, const char *);
    STEP("rename", counted(from), real(from, to));
}

int unlink(const char *path)
{
    REAL("unlink", int, const char *);
    STEP("unlink", counted(path), real(path));
}

int ftruncate64(int file, off64_t bytes)
{
    REAL("ftruncate64", int, int, off64_t);
    STEP("cut", known(file), real(file, bytes));
}

int ftruncate(int file, off_t bytes)
{
    return ftruncate64(file, bytes);
}
