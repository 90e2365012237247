/* A segment's file from anyone: opened, walked, read, rolled up, scanned and merged. The first byte
 * says whether the pages' checksums are made right first, since no other way leads behind them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "meter/crc.h"
#include "meter/segment_file.h"

enum { SERIES_MAX = 64, FILE_MAX = 1 << 20 };

struct seen {
	struct yh_key key[SERIES_MAX];
	size_t n;
};

static void make_right(unsigned char *file, size_t n)
{
	for (size_t at = YH_SEG_HEAD; at + YH_PAGE_HEAD < n; at++) {
		uint64_t len = yh_le_get(file + at + 12, 4);
		if (yh_le_get(file + at, 4) != YH_PAGE_MAGIC || len > n - at - YH_PAGE_HEAD)
			continue;
		yh_le_put(file + at + 4, yh_crc32c(0, file + at + 8, YH_PAGE_HEAD - 8 + len), 4);
		at += YH_PAGE_HEAD - 1 + len;
	}
}

static bool note(void *arg, uint32_t metric, uint32_t series)
{
	struct seen *s = arg;

	s->key[s->n++] = (struct yh_key){ metric, series };
	return s->n < SERIES_MAX;
}

static bool bucket(void *arg, const struct yh_rollup *r)
{
	struct yh_sketch *sum = arg;
	size_t used;

	if (r->sketch_len)
		(void)!yh_sketch_merge(sum, r->sketch, r->sketch_len, &used);
	return true;
}

static bool usage(void *arg, uint32_t series, const struct yh_meter_usage *u)
{
	(void)arg;
	(void)series;
	if (u->count == 0 || u->filled > u->slots)
		abort();
	return true;
}

static bool counts(void *arg, uint32_t metric)
{
	(void)arg;
	return metric & 1;
}

static void read_all(struct yh_seg *seg, const struct seen *seen)
{
	static struct yh_sketch sum;
	struct yh_seg_room room = { 0 };

	for (size_t i = 0; i < seen->n; i++) {
		struct yh_key k = seen->key[i];
		struct yh_err err = { 0 };
		size_t n;
		(void)!yh_seg_read(seg, k.metric, k.series, INT64_MIN, INT64_MAX, &room, &n, &err);
		for (int l = YH_LEVEL_5M; l < YH_LEVELS; l++) {
			struct yh_err why = { 0 };
			yh_sketch_clear(&sum);
			(void)!yh_seg_rollups(seg, (enum yh_level)l, k.metric, k.series, -YH_AT_MAX,
					      YH_AT_MAX, true, &room, bucket, &sum, &why);
		}
	}
	yh_seg_room_done(&room);
}

static void scan_all(struct yh_seg *seg, const struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		for (int source = 0; source < 2; source++) {
			struct yh_seg_scan sc = { .segs = &seg,
						  .n = 1,
						  .metric = seen->key[i].metric,
						  .from_ms = 0,
						  .to_ms = INT64_C(2000000000000),
						  .quantile = 0.9,
						  .threads = 1,
						  .source = (enum yh_meter_source)source,
						  .emit = usage };
			struct yh_err err = { 0 };
			if (i == 0 || seen->key[i].metric != seen->key[i - 1].metric)
				(void)!yh_seg_scan(&sc, &err);
		}
}

static void merge_all(struct yh_seg *seg)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/dev/shm/yh-fuzz-%d", (int)getpid());
	for (unsigned levels = 14; levels < 16; levels++) {
		struct yh_seg_merge m = { .in = &seg,
					  .n = 1,
					  .from_ms = -YH_AT_MAX,
					  .to_ms = YH_AT_MAX,
					  .levels = levels,
					  .counter = counts };
		struct yh_err err = { 0 };
		struct yh_seg *out;
		if (yh_seg_merge(&m, path, &err) != YH_OK || m.empty)
			continue;
		if (yh_seg_open(path, &out, &err) != YH_OK || yh_seg_info(out)->damage[0])
			abort();
		yh_seg_release(out);
		(void)unlink(path);
	}
}

void yh_fuzz_segment(const unsigned char *data, size_t n)
{
	static unsigned char file[FILE_MAX];
	struct seen seen = { .n = 0 };
	struct yh_err err = { 0 };
	struct yh_seg *seg;
	char path[32];
	int fd;

	if (n < 1 || n > FILE_MAX)
		return;
	memcpy(file, data + 1, n - 1);
	if (data[0] & 1)
		make_right(file, n - 1);
	fd = memfd_create("segment", MFD_CLOEXEC);
	if (fd < 0 || write(fd, file, n - 1) != (ssize_t)(n - 1))
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (yh_seg_open(path, &seg, &err) == YH_OK) {
		(void)!yh_seg_each(seg, UINT32_MAX, note, &seen, &err);
		read_all(seg, &seen);
		scan_all(seg, &seen);
		merge_all(seg);
		yh_seg_release(seg);
	}
	(void)close(fd);
}
