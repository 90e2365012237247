/* Preloaded into a program under test: makes what it asks of the machine fail, when the test says
 * so.
 *
 * The file that YH_FAILING names is mapped by both; the test writes, the program counts. Fields of
 * `struct plan` are 64-bit numbers in this order. An n-th call counts from when it is set and fails
 * once, or, where `lasting` is set, with every one after it until the test ends it. */
#undef _FILE_OFFSET_BITS /* both names of a call are defined here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Looked up at the first call: constructors of other libraries may come before ours. */
#define REAL(name) ((typeof(real_##name))real((void **)&real_##name, #name))

static void *real(void **at, const char *name)
{
	if (!*at)
		*at = dlsym(RTLD_NEXT, name);
	return *at;
}

struct plan {
	_Atomic int64_t alloc, write, sync, net; /* the n-th from now; 0: none */
	_Atomic int64_t error;                   /* errno of writes */
	_Atomic int64_t lasting;
	_Atomic int64_t clock_s; /* added to what time it is */
	_Atomic int64_t met;     /* how often something failed */
	_Atomic int64_t hashes;  /* how often a password was held against one */
};

static struct plan none, *plan = &none;

/* glibc's own, there before anything is looked up */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_connect)(int, const struct sockaddr *, socklen_t);
static ssize_t (*real_recv)(int, void *, size_t, int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_argon2id_verify)(const char *, const void *, size_t);

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("YH_FAILING");
	int fd;
	void *at;

	fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	at = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		plan = at;
	(void)close(fd);
}

static bool falls(_Atomic int64_t *left)
{
	int64_t n = atomic_load(left);

	while (n > 0) {
		if (n == 1 && atomic_load(&plan->lasting))
			break;
		if (atomic_compare_exchange_weak(left, &n, n - 1))
			break;
	}
	if (n != 1)
		return false;
	atomic_fetch_add(&plan->met, 1);
	return true;
}

/* ---- memory ---- */

static bool memory_fails(void)
{
	if (atomic_load(&plan->alloc) <= 0 || !falls(&plan->alloc))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return memory_fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return memory_fails() ? NULL : __libc_realloc(p, n);
}

/* ---- the disk: regular files alone, so that what is said to clients and logged is not met ---- */

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool disk_fails(int fd)
{
	if (atomic_load(&plan->write) <= 0 || !is_file(fd) || !falls(&plan->write))
		return false;
	errno = (int)atomic_load(&plan->error);
	return true;
}

ssize_t write(int fd, const void *p, size_t n)
{
	return disk_fails(fd) ? -1 : REAL(write)(fd, p, n);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return disk_fails(fd) ? -1 : REAL(pwrite64)(fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	return disk_fails(fd) ? -1 : REAL(pwritev)(fd, v, n, at);
}

int ftruncate(int fd, off_t n)
{
	return disk_fails(fd) ? -1 : REAL(ftruncate)(fd, n);
}

int ftruncate64(int fd, off_t n)
{
	return ftruncate(fd, n);
}

static bool sync_fails(void)
{
	if (!falls(&plan->sync))
		return false;
	errno = EIO;
	return true;
}

int fsync(int fd)
{
	return sync_fails() ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return sync_fails() ? -1 : REAL(fdatasync)(fd);
}

/* ---- the network ---- */

int connect(int fd, const struct sockaddr *a, socklen_t n)
{
	if (falls(&plan->net)) {
		errno = ECONNREFUSED;
		return -1;
	}
	return REAL(connect)(fd, a, n);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	if (atomic_load(&plan->net) > 0 && falls(&plan->net)) {
		errno = ECONNRESET;
		return -1;
	}
	return REAL(recv)(fd, p, n, flags);
}

/* ---- the clock on the wall ---- */

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = REAL(clock_gettime)(clock, t);

	if (rc == 0 && clock == CLOCK_REALTIME)
		t->tv_sec += atomic_load(&plan->clock_s);
	return rc;
}

time_t time(time_t *out)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t = { 0 };

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	out->tv_sec = t.tv_sec;
	out->tv_usec = t.tv_nsec / 1000;
	return 0;
}

/* ---- work that is counted ---- */

int argon2id_verify(const char *encoded, const void *password, size_t n);
int argon2id_verify(const char *encoded, const void *password, size_t n)
{
	atomic_fetch_add(&plan->hashes, 1);
	return REAL(argon2id_verify)(encoded, password, n);
}
