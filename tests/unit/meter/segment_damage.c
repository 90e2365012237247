/* Damaged segments: detected, named, and the rest served. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "meter/crc.h"
#include "meter/segment_file.h"
#include "segments.h"

static void flip(const char *path, long at, unsigned char bits)
{
	int fd = open(path, O_RDWR);
	unsigned char b = 0;

	assert_true(fd >= 0 && pread(fd, &b, 1, at) == 1);
	b ^= bits;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
	(void)close(fd);
}

/* Reads everything; a series is either whole or refused as damaged. */
static size_t readable(struct city *c, const struct yh_seg *seg)
{
	struct yh_seg_room room = { 0 };
	size_t fine = 0;

	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		struct yh_err err = { 0 };
		size_t n;
		enum yh_rc rc =
			yh_seg_read(seg, s->metric, s->no, INT64_MIN, INT64_MAX, &room, &n, &err);

		if (rc == YH_OK) {
			assert_int_equal(n, s->n);
			assert_memory_equal(room.values, s->v, n * sizeof *s->v);
			fine++;
		} else {
			assert_int_equal(rc, YH_STORAGE);
			assert_string_equal(err.slug, "meter-damaged");
		}
	}
	yh_seg_room_done(&room);
	return fine;
}

/* What is left of a file cut short: of each series nothing, or samples that were written. */
static size_t some_of(struct city *c, const struct yh_seg *seg)
{
	struct yh_seg_room room = { 0 };
	size_t any = 0;

	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		struct yh_err err = { 0 };
		size_t n, at = 0;

		assert_int_equal(
			yh_seg_read(seg, s->metric, s->no, INT64_MIN, INT64_MAX, &room, &n, &err),
			YH_OK);
		for (size_t i = 0; i < n; i++) {
			while (at < s->n && s->at[at] < room.at_ms[i])
				at++;
			assert_true(at < s->n && s->at[at] == room.at_ms[i]);
			assert_memory_equal(&s->v[at], &room.values[i], sizeof s->v[at]);
		}
		any += n > 0;
	}
	yh_seg_room_done(&room);
	return any;
}

/* One damaged byte: how much is served, and is the loss of head, foot or directory named? */
static void try_flip(struct city *c, const char *path, size_t at, size_t *served, size_t *mended)
{
	struct yh_err err = { 0 };
	struct yh_seg *seg;
	size_t fine;

	flip(path, (long)at, (unsigned char)(1 + rnd() % 255));
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	fine = readable(c, seg);
	if (yh_seg_info(seg)->damage[0]) {
		assert_int_equal(fine, c->n);
		assert_non_null(strstr(yh_seg_info(seg)->damage, "f at "));
		++*mended;
	}
	*served += fine;
	yh_seg_release(seg);
	seg = part_of(c, "f", 0, 1, ALL_LEVELS);
	yh_seg_release(seg);
}

static void a_flipped_byte_is_detected_and_the_rest_served(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "f", 0, 1, ALL_LEVELS);
	size_t size = yh_seg_info(seg)->bytes, served = 0, mended = 0;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/f", c->dir);
	yh_seg_release(seg);
	for (size_t at = 0; at < size; at += 1 + size / 300)
		try_flip(c, path, at, &served, &mended);
	assert_true(served > 0);
	mended = 0;
	for (size_t at = 0; at < 16; at++)
		try_flip(c, path, at, &served, &mended);
	for (size_t at = size - 64; at < size; at++)
		try_flip(c, path, at, &served, &mended);
	assert_int_equal(mended, 80);
}

static void a_file_cut_short_serves_its_whole_pages(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "t", 0, 1, ALL_LEVELS);
	size_t size = yh_seg_info(seg)->bytes, served = 0;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/t", c->dir);
	yh_seg_release(seg);
	for (size_t to = size - 1; to > size / 40; to -= 1 + size / 40) {
		struct yh_err err = { 0 };
		enum yh_rc rc;

		assert_int_equal(truncate(path, (off_t)to), 0);
		rc = yh_seg_open(path, &seg, &err);
		if (rc != YH_OK) {
			assert_string_equal(err.slug, "meter-damaged");
			continue;
		}
		assert_true(yh_seg_info(seg)->damage[0] != 0);
		served += some_of(c, seg);
		yh_seg_release(seg);
	}
	assert_true(served > 0);
}

/* ---- another version ---- */

/* Gives the head or foot at `at` another version, under a checksum that holds. */
static void set_version(const char *path, off_t at, size_t crc_at, unsigned char version)
{
	int fd = open(path, O_RDWR);
	unsigned char b[YH_SEG_FOOT];

	assert_true(fd >= 0 && pread(fd, b, crc_at, at) == (ssize_t)crc_at);
	b[YH_SEG_MAGIC_BYTES] = version;
	yh_le_put(b + crc_at, yh_crc32c(0, b, crc_at), 4);
	assert_int_equal(pwrite(fd, b, crc_at + 4, at), crc_at + 4);
	(void)close(fd);
}

static void assert_unknown_version(const char *path, unsigned char version)
{
	struct yh_err err = { 0 };
	struct yh_seg *seg;

	assert_int_equal(yh_seg_open(path, &seg, &err), YH_CONFLICT);
	assert_null(seg);
	assert_string_equal(err.slug, "meter-version");
	assert_string_equal(err.figs[0].text, "v");
	assert_int_equal(err.figs[1].num, version);
	assert_int_equal(err.figs[2].num, YH_SEG_VERSION);
}

static void a_version_that_is_not_known_is_refused_and_not_mended(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "v", 0, 1, ALL_LEVELS);
	off_t foot = (off_t)yh_seg_info(seg)->bytes - YH_SEG_FOOT;
	struct yh_err err = { 0 };
	char path[128];

	(void)snprintf(path, sizeof path, "%s/v", c->dir);
	yh_seg_release(seg);
	set_version(path, 0, 12, 2);
	assert_unknown_version(path, 2);
	set_version(path, 0, 12, YH_SEG_VERSION);
	set_version(path, foot, 60, 9);
	assert_unknown_version(path, 9);
	set_version(path, foot, 60, YH_SEG_VERSION);
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	assert_string_equal(yh_seg_info(seg)->damage, "");
	assert_int_equal(readable(c, seg), c->n);
	yh_seg_release(seg);
}

/* As a newer program would write them, under right checksums. */
static void pages_of_another_version_are_not_taken_for_ours(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "p", 0, 1, ALL_LEVELS);
	struct yh_err err = { 0 };
	char path[128];
	int fd;

	(void)snprintf(path, sizeof path, "%s/p", c->dir);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	for (size_t i = 0; i < seg->n_refs; i++) {
		unsigned char magic[4];

		yh_le_put(magic, YH_PAGE_MAGIC + 1, 4);
		assert_int_equal(pwrite(fd, magic, 4, (off_t)seg->refs[i].offset), 4);
	}
	(void)close(fd);
	yh_seg_release(seg);
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	assert_int_equal(readable(c, seg), 0);
	yh_seg_release(seg);
	flip(path, 3, 1); /* and the head is lost */
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_STORAGE);
	assert_string_equal(err.slug, "meter-damaged");
}

/* ---- merging what is damaged ---- */

/* Of each series: nothing outside of the bounds, nothing that was not written, and all that whole
 * pages hold. */
static void check_merged(struct city *c, const struct yh_seg_merge *m, const struct yh_seg *out)
{
	struct yh_seg_room got = { 0 }, room = { 0 };

	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		struct yh_err err = { 0 };
		size_t n = 0, at = 0;

		if (out)
			assert_int_equal(yh_seg_read(out, s->metric, s->no, INT64_MIN, INT64_MAX,
						     &got, &n, &err),
					 YH_OK);
		for (size_t i = 0; i < n; i++) {
			assert_true(got.at_ms[i] >= m->from_ms && got.at_ms[i] < m->to_ms);
			while (at < s->n && s->at[at] < got.at_ms[i])
				at++;
			assert_true(at < s->n && s->at[at] == got.at_ms[i]);
			assert_memory_equal(&s->v[at], &got.values[i], sizeof s->v[at]);
		}
		for (size_t p = 0; p < m->n; p++) {
			size_t want, j = 0;

			if (yh_seg_read(m->in[p], s->metric, s->no, m->from_ms, m->to_ms, &room,
					&want, &err) != YH_OK)
				continue;
			for (size_t i = 0; i < want; i++, j++) {
				while (j < n && got.at_ms[j] < room.at_ms[i])
					j++;
				assert_true(j < n && got.at_ms[j] == room.at_ms[i]);
			}
		}
	}
	yh_seg_room_done(&got);
	yh_seg_room_done(&room);
}

static void a_merge_keeps_its_bounds_and_all_but_the_damaged_pages(void **st)
{
	enum { PARTS = 3, ROUNDS = 60 };
	struct city *c = *st;
	uint64_t damaged = 0, empty = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct yh_seg *in[PARTS], *out = NULL;
		struct yh_seg_merge m = {
			.in = in, .n = PARTS, .levels = ALL_LEVELS, .counter = is_counter
		};
		struct yh_err err = { 0 };
		char name[8], path[128];

		m.from_ms = START + (int64_t)(rnd() % 50000000);
		m.to_ms = m.from_ms + (int64_t)(rnd() % (round % 10 ? 50000000 : 3));
		for (size_t p = 0; p < PARTS; p++) {
			(void)snprintf(name, sizeof name, "b%zu", p);
			in[p] = part_of(c, name, p, PARTS, ALL_LEVELS);
			(void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
			for (int i = 0; p != 1 && i < round % 4; i++)
				flip(path, (long)(rnd() % yh_seg_info(in[p])->bytes), 0x40);
		}
		(void)snprintf(path, sizeof path, "%s/bm", c->dir);
		assert_int_equal(yh_seg_merge(&m, path, &err), YH_OK);
		if (!m.empty)
			assert_int_equal(yh_seg_open(path, &out, &err), YH_OK);
		else
			assert_int_equal(access(path, F_OK), -1);
		check_merged(c, &m, out);
		damaged += m.damaged > 0;
		empty += m.empty;
		if (round % 4 == 0)
			assert_int_equal(m.damaged, 0);
		yh_seg_release(out);
		(void)unlink(path);
		for (size_t p = 0; p < PARTS; p++)
			yh_seg_release(in[p]);
	}
	assert_true(damaged > 10 && empty > 0);
}

/* ---- a disk that takes no more ---- */

static void limit_files(rlim_t bytes)
{
	struct rlimit r = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static enum yh_rc write_city(const struct city *c, const char *path, struct yh_err *err)
{
	struct yh_seg_writer *w;
	enum yh_rc rc = yh_seg_create(path, ALL_LEVELS, &w, err);

	if (rc != YH_OK)
		return rc;
	for (size_t k = 0; rc == YH_OK && k < c->n; k++) {
		const struct series *s = &c->s[k];

		rc = yh_seg_add(w, s->metric, s->no, is_counter(NULL, s->metric), s->at, s->v, s->n,
				err);
	}
	if (rc == YH_OK)
		return yh_seg_finish(w, err);
	yh_seg_abort(w);
	return rc;
}

static void a_segment_that_finds_no_room_leaves_nothing_wherever_it_ends(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "r", 0, 1, ALL_LEVELS);
	size_t size = yh_seg_info(seg)->bytes;
	char path[128], part[160];
	struct yh_seg_merge m = { .in = &seg,
				  .n = 1,
				  .from_ms = INT64_MIN,
				  .to_ms = INT64_MAX,
				  .levels = ALL_LEVELS,
				  .counter = is_counter };

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(path, sizeof path, "%s/full", c->dir);
	(void)snprintf(part, sizeof part, "%s.part", path);
	for (size_t room = 0; room < size; room += room < 32 ? 5 : 1 + size / 60) {
		struct yh_err err = { 0 }, merging = { 0 };
		enum yh_rc rc;

		limit_files(room);
		rc = write_city(c, path, &err);
		assert_int_equal(yh_seg_merge(&m, path, &merging), YH_STORAGE);
		limit_files(RLIM_INFINITY);
		assert_int_equal(rc, YH_STORAGE);
		assert_string_equal(err.slug, "meter-full");
		assert_string_equal(merging.slug, "meter-full");
		assert_int_equal(access(path, F_OK), -1);
		assert_int_equal(access(part, F_OK), -1);
	}
	limit_files(size);
	assert_int_equal(write_city(c, path, &(struct yh_err){ 0 }), YH_OK);
	limit_files(RLIM_INFINITY);
	yh_seg_release(seg);
	assert_int_equal(yh_seg_open(path, &seg, &(struct yh_err){ 0 }), YH_OK);
	assert_int_equal(readable(c, seg), c->n);
	yh_seg_release(seg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_byte_is_detected_and_the_rest_served),
		cmocka_unit_test(a_file_cut_short_serves_its_whole_pages),
		cmocka_unit_test(a_version_that_is_not_known_is_refused_and_not_mended),
		cmocka_unit_test(pages_of_another_version_are_not_taken_for_ours),
		cmocka_unit_test(a_merge_keeps_its_bounds_and_all_but_the_damaged_pages),
		cmocka_unit_test(a_segment_that_finds_no_room_leaves_nothing_wherever_it_ends),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
