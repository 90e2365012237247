/* A byte changed anywhere in any kind of file: it is found, named, and the rest is served. And a
 * journal cut anywhere reads as what was whole of it. */
#include "store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "meter/crc.h"
#include "meter/segment_file.h"

enum { BODIES = 12, POINTS = 30 };

static const char *const resources[] = { "R-1", "R-2", "R-3", "R-4", "R-5" };

static void write_body(struct store *s, int i)
{
	struct point p[POINTS];

	for (int k = 0; k < POINTS; k++)
		p[k] = (struct point){ k % 2 ? "cpu_ratio" : "net_bytes_total", resources[k % 5],
				       NOON_MS - DAY_MS + i * 60000 + k * 1000, i * 100 + k };
	(void)store_write(s, unit_scope(), p, POINTS);
}

static void copy_dir(const struct store *from, struct store *to)
{
	char cmd[200];

	store_new(to);
	to->cfg.open_rows = from->cfg.open_rows;
	(void)snprintf(cmd, sizeof cmd, "cp -r %s/. %s/", from->dir, to->dir);
	assert_int_equal(system(cmd), 0);
}

/* The names in the folder that begin so, the n-th of them by name. */
static bool nth_file(const struct store *s, const char *begin, size_t nth, char out[400])
{
	struct dirent **list;
	int n = scandir(s->dir, &list, NULL, alphasort);
	size_t seen = 0;
	bool found = false;

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		if (!found && strncmp(list[i]->d_name, begin, strlen(begin)) == 0 &&
		    seen++ == nth) {
			(void)snprintf(out, 400, "%s/%s", s->dir, list[i]->d_name);
			found = true;
		}
		free(list[i]);
	}
	free(list);
	return found;
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	unsigned char b;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &b, 1, at), 1);
	b ^= 0x10;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
	(void)close(fd);
}

static bool has_line(const struct dump *d, const char *line)
{
	return d->n > 0 && bsearch(&line, d->lines, d->n, sizeof *d->lines, dump_order);
}

/* All that is answered was written, and the opening took no offence. */
static size_t open_and_compare(struct store *s, const struct dump *want, struct yh_meter_status *st)
{
	struct dump got;
	size_t n;

	store_open(s);
	got = store_dump(s);
	for (size_t i = 0; i < got.n; i++)
		assert_true(has_line(want, got.lines[i]));
	*st = store_status(s);
	n = got.n;
	dump_done(&got);
	return n;
}

static void make(struct store *s, bool sealed, struct dump *want)
{
	store_new(s);
	store_open(s);
	for (int i = 0; i < BODIES; i++)
		write_body(s, i);
	if (sealed)
		store_settle(s);
	*want = store_dump(s);
	assert_int_equal(want->n, BODIES * POINTS);
	store_close(s);
}

/* Flips one byte after another, `step` apart, each in a copy. What is flipped in a file's padding
 * or in what nobody reads any more may go unseen as long as nothing is lost. */
static void flip_all(bool sealed, const char *begin, off_t step, size_t least)
{
	const char *every = getenv("YH_FLIP_EVERY");
	struct store s;
	struct dump want;
	char path[400];
	off_t size;

	step = every ? atoi(every) : step;
	make(&s, sealed, &want);
	assert_true(nth_file(&s, begin, 0, path));
	size = size_of(path);
	for (off_t at = 0; at < size; at += step) {
		struct yh_meter_status st;
		struct store c;
		size_t n;

		copy_dir(&s, &c);
		assert_true(nth_file(&c, begin, 0, path));
		flip(path, at);
		n = open_and_compare(&c, &want, &st);
		assert_true(n >= least);
		if (n < want.n && st.damaged == 0)
			fail_msg("%s: byte %lld: %zu of %zu samples, and nobody said so", begin,
				 (long long)at, n, want.n);
		if (st.damaged > 0 && !strstr(st.damage, begin))
			fail_msg("%s: byte %lld: named \"%s\"", begin, (long long)at, st.damage);
		/* And it goes on taking. */
		write_body(&c, BODIES);
		store_remove(&c);
	}
	dump_done(&want);
	store_remove(&s);
}

static void a_flipped_byte_of_the_journal_costs_one_body_and_is_named(void **state)
{
	(void)state;
	flip_all(false, "journal", 29, (BODIES - 1) * POINTS);
}

static void a_flipped_byte_of_the_series_log_costs_what_its_block_held(void **state)
{
	(void)state;
	/* Replay makes the series anew: nothing is lost. */
	flip_all(false, "series", 11, BODIES * POINTS);
	/* Once sealed, the series of the block are unknown. */
	flip_all(true, "series", 11, 0);
}

static void a_flipped_byte_of_the_manifest_costs_nothing(void **state)
{
	(void)state;
	flip_all(true, "manifest", 3, BODIES * POINTS);
}

static void a_flipped_byte_of_the_heads_costs_nothing(void **state)
{
	(void)state;
	flip_all(true, "heads", 13, BODIES * POINTS);
}

static void a_flipped_byte_of_a_segment_is_named_and_the_store_goes_on(void **state)
{
	(void)state;
	flip_all(true, "segment", 17, 0);
}

static void with_both_manifests_damaged_the_store_says_so_and_stays_shut(void **state)
{
	struct yh_err err = { 0 };
	struct store s;
	struct dump want;
	char path[400];

	(void)state;
	make(&s, true, &want);
	for (size_t i = 0; i < 2; i++) {
		assert_true(nth_file(&s, "manifest", i, path));
		flip(path, 40);
	}
	assert_int_equal(yh_meter_open(&s.cfg, &s.m, &err), YH_STORAGE);
	assert_string_equal(err.slug, "meter-open");
	dump_done(&want);
	store_remove(&s);
}

/* Writes the begin of a file anew. */
static void put(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, 0), n);
	(void)close(fd);
}

static void get(const char *path, void *p, size_t n)
{
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, p, n, 0), n);
	(void)close(fd);
}

static void assert_stays_shut(struct store *s, const char *file, int version)
{
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_open(&s->cfg, &s->m, &err), YH_CONFLICT);
	assert_string_equal(err.slug, "meter-version");
	assert_non_null(strstr(err.figs[0].text, file));
	assert_int_equal(err.figs[1].num, version);
	assert_int_equal(err.figs[2].num, 1);
}

static void what_another_version_wrote_stays_shut_and_is_left_as_it_is(void **state)
{
	unsigned char head[YH_SEG_HEAD], old[YH_SEG_HEAD];
	char text[4096], was[4096], path[400];
	struct dump want, got;
	struct store s;
	size_t n;

	(void)state;
	make(&s, true, &want);
	assert_true(nth_file(&s, "segment", 0, path));
	get(path, old, sizeof old);
	memcpy(head, old, sizeof head);
	head[YH_SEG_MAGIC_BYTES] = 3;
	yh_le_put(head + 12, yh_crc32c(0, head, 12), 4);
	put(path, head, sizeof head);
	assert_stays_shut(&s, "segment-", 3);
	put(path, old, sizeof old);
	assert_true(nth_file(&s, "manifest", 1, path)); /* its copy */
	n = (size_t)size_of(path);
	assert_true(n > 13 && n < sizeof text);
	get(path, was, n);
	memcpy(text, was, n);
	memcpy(text, "yunheng meter 2", 15);
	(void)snprintf(text + n - 13, 14, "end %08x\n", yh_crc32c(0, text, n - 13));
	put(path, text, n);
	assert_stays_shut(&s, "manifest.copy", 2);
	put(path, was, n);
	store_open(&s);
	got = store_dump(&s);
	assert_same_dump(&got, &want);
	assert_int_equal(store_status(&s).damaged, 0);
	dump_done(&got);
	dump_done(&want);
	store_remove(&s);
}

static void a_journal_cut_anywhere_reads_as_its_whole_records(void **state)
{
	struct store s;
	struct dump want;
	char path[400];
	size_t before = 0;
	off_t size;

	(void)state;
	make(&s, false, &want);
	assert_true(nth_file(&s, "journal", 0, path));
	size = size_of(path);
	for (off_t at = 0; at < size; at += at < size - 200 ? 101 : 3) {
		struct yh_meter_status st;
		struct store c;
		size_t n;

		copy_dir(&s, &c);
		assert_true(nth_file(&c, "journal", 0, path));
		assert_int_equal(truncate(path, at), 0);
		n = open_and_compare(&c, &want, &st);
		assert_int_equal(n % POINTS, 0);
		assert_true(n >= before);
		assert_int_equal(st.damaged, 0);
		before = n;
		store_remove(&c);
	}
	assert_true(before >= want.n - POINTS); /* all but the last, which the cut took */
	dump_done(&want);
	store_remove(&s);
}

static void what_was_left_half_made_is_swept_away(void **state)
{
	struct store s;
	struct dump want, got;
	char path[400];
	int fd;

	(void)state;
	make(&s, true, &want);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "segment-000fffff", "heads-000fffff",
						     "manifest.new" };

		(void)snprintf(path, sizeof path, "%s/%s", s.dir, names[i]);
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
		store_open(&s);
		assert_int_equal(access(path, F_OK), -1);
		got = store_dump(&s);
		assert_same_dump(&got, &want);
		dump_done(&got);
		assert_int_equal(store_status(&s).damaged, 0);
		store_close(&s);
	}
	dump_done(&want);
	store_remove(&s);
}

static void a_second_program_is_told_that_the_store_is_in_use(void **state)
{
	struct yh_meter *second = NULL;
	struct yh_err err = { 0 };
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	assert_int_equal(yh_meter_open(&s.cfg, &second, &err), YH_CONFLICT);
	assert_string_equal(err.slug, "meter-locked");
	store_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_byte_of_the_journal_costs_one_body_and_is_named),
		cmocka_unit_test(a_flipped_byte_of_the_series_log_costs_what_its_block_held),
		cmocka_unit_test(a_flipped_byte_of_the_manifest_costs_nothing),
		cmocka_unit_test(a_flipped_byte_of_the_heads_costs_nothing),
		cmocka_unit_test(a_flipped_byte_of_a_segment_is_named_and_the_store_goes_on),
		cmocka_unit_test(with_both_manifests_damaged_the_store_says_so_and_stays_shut),
		cmocka_unit_test(what_another_version_wrote_stays_shut_and_is_left_as_it_is),
		cmocka_unit_test(a_journal_cut_anywhere_reads_as_its_whole_records),
		cmocka_unit_test(what_was_left_half_made_is_swept_away),
		cmocka_unit_test(a_second_program_is_told_that_the_store_is_in_use),
	};

	return cmocka_run_group_tests_name("engine_damage", tests, NULL, NULL);
}
