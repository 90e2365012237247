/* The journal by itself, over calls of the system that fail when told to. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "meter/journal.h"

enum { FILE_BYTES = 1 << 16 };

/* What the system was asked, by the journal's one thread. */
static struct {
	int fail_syncs, fail_writes; /* so many of the next */
	unsigned syncs, unsynced;    /* unsynced: writes since the last sync */
	int last_fd;
} sys;

static int fake_fallocate(int fd, int mode, off_t at, off_t n)
{
	return fallocate(fd, mode, at, n);
}

static ssize_t fake_pwrite(int fd, const void *p, size_t n, off_t at)
{
	sys.last_fd = fd;
	if (sys.fail_writes > 0) {
		sys.fail_writes--;
		errno = ENOSPC;
		return -1;
	}
	sys.unsynced++;
	return pwrite(fd, p, n > 7 ? n / 2 : n, at); /* the system may write less */
}

static int fake_fdatasync(int fd)
{
	sys.syncs++;
	if (sys.fail_syncs > 0 && fd == sys.last_fd) {
		sys.fail_syncs--;
		errno = EIO;
		return -1;
	}
	sys.unsynced = 0;
	return fdatasync(fd);
}

static const struct yh_journal_io fake = { fake_fallocate, fake_pwrite, fake_fdatasync };
static const struct yh_wire_seed secret = { { 1, 2, 3 } };

struct room {
	char dir[64];
	int fd;
	struct yh_journal *j;
};

static void room_open(struct room *r, bool fresh)
{
	struct yh_journal_config cfg = { .file_bytes = FILE_BYTES, .secret = &secret, .io = &fake };
	struct yh_err err = { 0 };

	if (fresh) {
		strcpy(r->dir, "/tmp/journal-XXXXXX");
		assert_non_null(mkdtemp(r->dir));
		r->fd = open(r->dir, O_RDONLY | O_DIRECTORY);
		memset(&sys, 0, sizeof sys);
	}
	cfg.dir = r->fd;
	assert_int_equal(yh_journal_open(&cfg, &r->j, &err), YH_OK);
}

static void room_remove(struct room *r)
{
	char cmd[96];

	yh_journal_close(r->j);
	(void)close(r->fd);
	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", r->dir);
	assert_int_equal(system(cmd), 0);
}

/* ---- what was told, and what is read back ---- */

struct told {
	uint64_t seq[4096];
	enum yh_rc rc[4096];
	size_t n;
	bool too_early;
};

static void told(struct yh_journal_item *item, enum yh_rc rc, const struct yh_err *err)
{
	struct told *t = item->arg;

	(void)err;
	t->too_early = t->too_early || (rc == YH_OK && sys.unsynced > 0);
	t->seq[t->n] = item->seq;
	t->rc[t->n++] = rc;
}

static char bodies[4096][64];

static void put(struct room *r, struct told *t, size_t i, size_t n)
{
	static char long_body[FILE_BYTES];
	uint32_t refused[] = { 3, 300, 301 };
	struct yh_record rec = { .received_ms = (int64_t)i,
				 .late_ms = 5,
				 .future_ms = 6,
				 .form = YH_METER_RW1,
				 .kind = "unit",
				 .code = "u1",
				 .refused = refused,
				 .n_refused = 3 };
	struct yh_journal_item *item;

	(void)snprintf(bodies[i], sizeof bodies[i], "body %zu", i);
	rec.body = n > sizeof bodies[i] ? long_body : bodies[i];
	rec.n = n;
	item = yh_journal_make(r->j, &rec);
	assert_non_null(item);
	item->done = told;
	item->arg = t;
	yh_journal_put(r->j, item);
}

struct read_back {
	int64_t received[4096];
	size_t n, damaged;
};

static enum yh_rc on_record(void *arg, const struct yh_record *rec, struct yh_err *err)
{
	struct read_back *b = arg;

	(void)err;
	assert_string_equal(rec->kind, "unit");
	assert_string_equal(rec->code, "u1");
	assert_int_equal(rec->n_refused, 3);
	assert_true(rec->refused[0] == 3 && rec->refused[1] == 300 && rec->refused[2] == 301);
	assert_true(rec->late_ms == 5 && rec->future_ms == 6);
	b->received[b->n++] = rec->received_ms;
	return YH_OK;
}

static void on_damage(void *arg, const char *file, int64_t at)
{
	struct read_back *b = arg;

	(void)file;
	(void)at;
	b->damaged++;
}

static struct read_back *read_back(struct room *r, uint64_t from)
{
	static struct read_back b;
	struct yh_err err = { 0 };

	memset(&b, 0, sizeof b);
	room_open(r, false);
	assert_int_equal(yh_journal_replay(r->j, from, on_record, on_damage, &b, &err), YH_OK);
	return &b;
}

static void start(struct room *r)
{
	struct read_back none = { 0 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_journal_replay(r->j, 0, on_record, on_damage, &none, &err), YH_OK);
	assert_int_equal(yh_journal_start(r->j, 0, &err), YH_OK);
}

static void nothing_is_told_before_it_is_synced(void **state)
{
	static struct told t;
	struct read_back *b;
	struct room r;

	(void)state;
	memset(&t, 0, sizeof t);
	room_open(&r, true);
	start(&r);
	for (size_t i = 0; i < 2000; i++)
		put(&r, &t, i, 40);
	yh_journal_drain(r.j);
	assert_int_equal(t.n, 2000);
	assert_false(t.too_early);
	for (size_t i = 0; i < t.n; i++) {
		assert_int_equal(t.rc[i], YH_OK);
		assert_int_equal(t.seq[i], i + 1);
	}
	yh_journal_close(r.j);
	b = read_back(&r, 0);
	assert_int_equal(b->n, 2000);
	assert_int_equal(b->damaged, 0);
	for (size_t i = 0; i < b->n; i++)
		assert_int_equal(b->received[i], i);
	room_remove(&r);
}

static void a_file_whose_sync_failed_is_never_written_again(void **state)
{
	static struct told t;
	struct read_back *b;
	struct stat before, after;
	char first[128];
	struct room r;

	(void)state;
	memset(&t, 0, sizeof t);
	room_open(&r, true);
	(void)snprintf(first, sizeof first, "%s/journal-00000001", r.dir);
	start(&r);
	put(&r, &t, 0, 40);
	yh_journal_drain(r.j);
	sys.fail_syncs = 1;
	put(&r, &t, 1, 40);
	yh_journal_drain(r.j);
	assert_int_equal(t.rc[1], YH_STORAGE);
	assert_int_equal(stat(first, &before), 0);
	put(&r, &t, 2, 40);
	yh_journal_drain(r.j);
	assert_int_equal(t.rc[2], YH_OK);
	assert_int_equal(stat(first, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_true(after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
		    after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
	yh_journal_close(r.j);
	b = read_back(&r, 0);
	assert_int_equal(b->damaged, 0);
	assert_int_equal(b->n, 2);
	assert_true(b->received[0] == 0 && b->received[1] == 2);
	room_remove(&r);
}

static void a_failed_write_fails_those_alone_that_wait(void **state)
{
	static struct told t;
	struct yh_journal_status st;
	struct read_back *b;
	struct yh_err err = { 0 };
	struct room r;

	(void)state;
	memset(&t, 0, sizeof t);
	room_open(&r, true);
	start(&r);
	put(&r, &t, 0, 40);
	yh_journal_drain(r.j);
	sys.fail_writes = 1;
	put(&r, &t, 1, 40);
	yh_journal_drain(r.j);
	assert_int_equal(t.rc[1], YH_STORAGE);
	yh_journal_status(r.j, &st);
	assert_true(st.full);
	assert_int_equal(yh_journal_admit(r.j, 40, &err), YH_OK); /* there is room again */
	put(&r, &t, 2, 40);
	yh_journal_drain(r.j);
	assert_int_equal(t.rc[2], YH_OK);
	yh_journal_status(r.j, &st);
	assert_false(st.full);
	yh_journal_close(r.j);
	b = read_back(&r, 0);
	assert_int_equal(b->n, 2);
	assert_int_equal(b->damaged, 0);
	room_remove(&r);
}

static void released_files_are_written_over_and_their_old_records_stay_dead(void **state)
{
	static struct told t;
	struct yh_journal_status st;
	struct read_back *b;
	struct room r;

	(void)state;
	memset(&t, 0, sizeof t);
	room_open(&r, true);
	start(&r);
	for (size_t i = 0; i < 40; i++) {
		put(&r, &t, i, 20000); /* three to a file */
		yh_journal_drain(r.j);
		yh_journal_release(r.j, yh_journal_next(r.j) - 4);
	}
	yh_journal_status(r.j, &st);
	assert_true(st.bytes <= 6 * FILE_BYTES);
	put(&r, &t, 40, 40); /* behind it lie old ones */
	yh_journal_drain(r.j);
	yh_journal_close(r.j);
	b = read_back(&r, 38);
	assert_int_equal(b->damaged, 0);
	assert_int_equal(b->n, 4); /* 38 to 41 */
	for (size_t i = 0; i < b->n; i++)
		assert_int_equal(b->received[i], 37 + i);
	room_remove(&r);
}

static void a_record_in_a_body_is_none_of_the_journal_s(void **state)
{
	static struct told t;
	static unsigned char forged[4096];
	struct yh_record rec = { .received_ms = 7, .kind = "unit", .code = "u1" };
	struct yh_journal_item *item;
	struct read_back *b;
	char name[128];
	struct room r;
	int fd;

	(void)state;
	memset(&t, 0, sizeof t);
	room_open(&r, true);
	start(&r);
	put(&r, &t, 0, 40);
	yh_journal_drain(r.j);
	/* A sender who has seen a record of the file sends it back, other number, in its body. */
	(void)snprintf(name, sizeof name, "%s/journal-00000001", r.dir);
	fd = open(name, O_RDONLY);
	assert_true(pread(fd, forged + 16, 512, 0) == 512);
	(void)close(fd);
	forged[16 + 16] ^= 0x70; /* its sequence */
	rec.body = forged;
	rec.n = sizeof forged;
	item = yh_journal_make(r.j, &rec);
	item->done = told;
	item->arg = &t;
	yh_journal_put(r.j, item);
	yh_journal_drain(r.j);
	yh_journal_close(r.j);
	/* The record that carries it is damaged, so that its bytes are searched. */
	fd = open(name, O_RDWR);
	assert_int_equal(pwrite(fd, "x", 1, 288 + 4), 1);
	(void)close(fd);
	b = read_back(&r, 0);
	assert_int_equal(b->n, 1);
	assert_int_equal(b->received[0], 0);
	assert_int_equal(b->damaged, 1);
	room_remove(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_before_it_is_synced),
		cmocka_unit_test(a_file_whose_sync_failed_is_never_written_again),
		cmocka_unit_test(a_failed_write_fails_those_alone_that_wait),
		cmocka_unit_test(released_files_are_written_over_and_their_old_records_stay_dead),
		cmocka_unit_test(a_record_in_a_body_is_none_of_the_journal_s),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
