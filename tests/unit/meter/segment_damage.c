/* Damaged segments: detected, named, and the rest served. */
#include <fcntl.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_byte_is_detected_and_the_rest_served),
		cmocka_unit_test(a_file_cut_short_serves_its_whole_pages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
