/* The ring of waiting batches. Block 0 and 1 hold its state in turn, so that one is whole. */
#include "agent/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FIRST = 2, CHECK = 16 };

struct state {
	char magic[8];
	int64_t turn, acked, next, lost;
	unsigned char check[CHECK]; /* of what is before it */
};
struct record {
	char magic[8];
	int64_t number;
	uint32_t kind, n;
	unsigned char check[CHECK]; /* of what is before it, and the body */
};
static const char state_magic[8] = { 'Y', 'H', 'S', 'P', 'O', 'O', 'L', '1' };
static const char record_magic[8] = { 'Y', 'H', 'B', 'A', 'T', 'C', 'H', '1' };

static enum yh_rc broken(struct yh_err *err, const char *what)
{
	(void)yh_fail(err, YH_STORAGE, "agent-spool");
	yh_err_text(err, "detail", what);
	return YH_STORAGE;
}

static void check_of(const void *head, size_t head_n, const void *body, size_t n,
		     unsigned char out[CHECK])
{
	const struct yh_piece pieces[] = { { head, head_n }, { body, n } };
	struct yh_sm3 d = yh_sm3_of_pieces(pieces, 2);

	memcpy(out, d.b, CHECK);
}

static bool write_state(struct yh_spool *s)
{
	struct state st = {
		.turn = ++s->turn, .acked = s->acked, .next = s->next, .lost = s->lost
	};

	memcpy(st.magic, state_magic, sizeof st.magic);
	check_of(&st, offsetof(struct state, check), NULL, 0, st.check);
	return pwrite(s->fd, &st, sizeof st, (off_t)(s->turn & 1) * YH_SPOOL_BLOCK) == sizeof st;
}

static void read_state(struct yh_spool *s)
{
	for (int i = 0; i < FIRST; i++) {
		struct state st;
		unsigned char check[CHECK];

		if (pread(s->fd, &st, sizeof st, (off_t)i * YH_SPOOL_BLOCK) != sizeof st ||
		    memcmp(st.magic, state_magic, sizeof st.magic) != 0)
			continue;
		check_of(&st, offsetof(struct state, check), NULL, 0, check);
		if (memcmp(check, st.check, CHECK) != 0 || st.turn <= s->turn)
			continue;
		s->turn = st.turn;
		s->acked = st.acked;
		s->next = st.next;
		s->lost = st.lost;
	}
}

static bool read_record(const struct yh_spool *s, uint32_t block, struct record *r,
			unsigned char body[YH_AGENT_BATCH_MAX])
{
	off_t at = (off_t)block * YH_SPOOL_BLOCK;
	unsigned char check[CHECK];

	if (pread(s->fd, r, sizeof *r, at) != sizeof *r ||
	    memcmp(r->magic, record_magic, sizeof r->magic) != 0 || r->n > YH_AGENT_BATCH_MAX ||
	    r->kind >= YH_AGENT_KIND_COUNT || r->number <= 0 ||
	    pread(s->fd, body, r->n, at + (off_t)sizeof *r) != (ssize_t)r->n)
		return false;
	check_of(r, offsetof(struct record, check), body, r->n, check);
	return memcmp(check, r->check, CHECK) == 0;
}

static uint32_t blocks_of(size_t n)
{
	return (uint32_t)((sizeof(struct record) + n + YH_SPOOL_BLOCK - 1) / YH_SPOOL_BLOCK);
}

static struct yh_spool_place *place(const struct yh_spool *s, uint32_t i)
{
	return &s->waiting[(s->first + i) % s->blocks];
}

static void reverse(struct yh_spool_place *p, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		struct yh_spool_place t = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = t;
	}
}

/* Finds what waits. In the order of blocks the numbers rise but for one step down, where the ring
 * was written last. */
static void scan(struct yh_spool *s, unsigned char *body)
{
	uint32_t turn = 0;
	int64_t newest = 0;

	for (uint32_t b = FIRST; b < s->blocks;) {
		struct record r;
		uint32_t used = 1;

		if (read_record(s, b, &r, body)) {
			used = blocks_of(r.n);
			if (r.number > newest) {
				newest = r.number;
				s->tail = b + used;
			}
			if (r.number > s->acked) {
				if (s->n > 0 && r.number < s->waiting[s->n - 1].number)
					turn = s->n;
				s->waiting[s->n++] = (struct yh_spool_place){ r.number, b, used };
			}
		}
		b += used;
	}
	if (s->next <= newest)
		s->next = newest + 1;
	reverse(s->waiting, turn);
	reverse(s->waiting + turn, s->n - turn);
	reverse(s->waiting, s->n);
}

static enum yh_rc open_file(const char *path, size_t bytes, struct yh_spool *s, struct yh_err *err)
{
	struct stat st;
	int rc;

	s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->fd < 0)
		return broken(err, strerror(errno));
	if (flock(s->fd, LOCK_EX | LOCK_NB) != 0)
		return yh_fail(err, YH_CONFLICT, "agent-running");
	if (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return broken(err, "not a file");
	if (st.st_size < YH_SPOOL_MIN_BYTES || st.st_size > YH_SPOOL_MAX_BYTES) {
		if (ftruncate(s->fd, 0) != 0)
			return broken(err, strerror(errno));
		rc = posix_fallocate(s->fd, 0, (off_t)bytes);
		if (rc != 0)
			return broken(err, strerror(rc));
		st.st_size = (off_t)bytes;
	}
	s->blocks = (uint32_t)(st.st_size / YH_SPOOL_BLOCK);
	return YH_OK;
}

enum yh_rc yh_spool_open(const char *path, size_t bytes, struct yh_spool *out, struct yh_err *err)
{
	struct yh_spool *s = out;
	unsigned char *body = NULL;
	enum yh_rc rc;

	*s = (struct yh_spool){ .fd = -1, .tail = FIRST, .next = 1 };
	bytes = bytes < YH_SPOOL_MIN_BYTES   ? YH_SPOOL_MIN_BYTES
		: bytes > YH_SPOOL_MAX_BYTES ? YH_SPOOL_MAX_BYTES
					     : bytes / YH_SPOOL_BLOCK * YH_SPOOL_BLOCK;
	rc = open_file(path, bytes, s, err);
	if (rc == YH_OK) {
		s->waiting = calloc(s->blocks, sizeof *s->waiting);
		body = malloc(YH_AGENT_BATCH_MAX);
		if (!s->waiting || !body)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (rc == YH_OK) {
		read_state(s);
		scan(s, body);
		if (!write_state(s) || fdatasync(s->fd) != 0)
			rc = broken(err, strerror(errno));
	}
	free(body);
	if (rc != YH_OK)
		yh_spool_close(s);
	return rc;
}

void yh_spool_close(struct yh_spool *s)
{
	free(s->waiting);
	s->waiting = NULL;
	if (s->fd >= 0) {
		(void)fdatasync(s->fd);
		(void)close(s->fd);
	}
	s->fd = -1;
}

static void drop(struct yh_spool *s, uint32_t n)
{
	s->first = (s->first + n) % s->blocks;
	s->n -= n;
	s->lost += n;
}

/* Gives up the oldest that lie in the way, and whatever is older still. */
static void make_room(struct yh_spool *s, uint32_t need)
{
	uint32_t most = 2 * need + 2 * (YH_AGENT_BATCH_MAX / YH_SPOOL_BLOCK), gone = 0;

	for (uint32_t i = 0; i < s->n && i < most; i++) {
		const struct yh_spool_place *p = place(s, i);

		if (p->block < s->tail + need && s->tail < p->block + p->blocks)
			gone = i + 1;
	}
	if (gone > 0)
		drop(s, gone);
}

enum yh_rc yh_spool_put(struct yh_spool *s, enum yh_agent_kind kind, const void *body, size_t n,
			struct yh_err *err)
{
	struct record r = { .number = s->next++, .kind = kind, .n = (uint32_t)n };
	uint32_t need = blocks_of(n);
	const struct iovec parts[] = { { &r, sizeof r }, { (void *)(uintptr_t)body, n } };

	if (n > YH_AGENT_BATCH_MAX)
		return yh_fail(err, YH_TOO_LARGE, "agent-spool");
	memcpy(r.magic, record_magic, sizeof r.magic);
	check_of(&r, offsetof(struct record, check), body, n, r.check);
	if (s->tail + need > s->blocks)
		s->tail = FIRST;
	make_room(s, need);
	if (!write_state(s) ||
	    pwritev(s->fd, parts, 2, (off_t)s->tail * YH_SPOOL_BLOCK) != (ssize_t)(sizeof r + n) ||
	    fdatasync(s->fd) != 0)
		return broken(err, strerror(errno));
	*place(s, s->n++) = (struct yh_spool_place){ r.number, s->tail, need };
	s->tail += need;
	return YH_OK;
}

bool yh_spool_get(struct yh_spool *s, struct yh_spool_batch *out)
{
	for (; s->n > 0; drop(s, 1)) {
		const struct yh_spool_place *p = place(s, 0);
		struct record r;

		if (!read_record(s, p->block, &r, out->body) || r.number != p->number)
			continue;
		out->number = r.number;
		out->kind = (enum yh_agent_kind)r.kind;
		out->n = r.n;
		return true;
	}
	return false;
}

void yh_spool_done(struct yh_spool *s, int64_t number)
{
	while (s->n > 0 && place(s, 0)->number <= number) {
		s->first = (s->first + 1) % s->blocks;
		s->n--;
	}
	if (number > s->acked)
		s->acked = number;
	(void)write_state(s);
}

void yh_spool_behind(struct yh_spool *s, int64_t last)
{
	drop(s, s->n);
	if (last >= s->next)
		s->next = last + 1;
	if (s->next - 1 > s->acked)
		s->acked = s->next - 1;
	(void)write_state(s);
	(void)fdatasync(s->fd);
}
