/* Finding a segment's pages again when what tells of them is lost: each carries all that its entry
 * in the directory would say, under its own checksum. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "meter/crc.h"
#include "meter/segment_file.h"

/* The whole page at `at`, if there is one. */
static bool page_at(const unsigned char *file, size_t size, size_t at, struct yh_page_ref *r)
{
	const unsigned char *p = file + at;
	uint32_t crc;

	if (size - at < YH_PAGE_HEAD + YH_PAGE_TABLE || yh_le_get(p, 4) != YH_PAGE_MAGIC ||
	    !yh_page_head_take(p, r, &crc) || r->stored > size - at - YH_PAGE_HEAD)
		return false;
	r->offset = at;
	return yh_crc32c(0, p + 8, YH_PAGE_HEAD - 8 + r->stored) == crc;
}

static bool keep(struct yh_seg *s, size_t *cap, const struct yh_page_ref *r)
{
	if (s->n_refs == *cap) {
		size_t more = *cap ? 2 * *cap : 64;
		struct yh_page_ref *grown = realloc(s->refs, more * sizeof *grown);

		if (!grown)
			return false;
		s->refs = grown;
		*cap = more;
	}
	s->refs[s->n_refs++] = *r;
	return true;
}

static int by_level(const void *a, const void *b)
{
	const struct yh_page_ref *x = a, *y = b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* `series` cannot be told without reading every page: chunks are counted instead. */
static void describe(struct yh_seg *s, size_t size)
{
	struct yh_seg_info *i = &s->info;

	i->min_ms = INT64_MAX;
	i->max_ms = INT64_MIN;
	i->bytes = size;
	for (size_t k = 0; k < s->n_refs; k++) {
		const struct yh_page_ref *r = &s->refs[k];

		i->levels |= 1u << r->level;
		i->min_ms = r->min_ms < i->min_ms ? r->min_ms : i->min_ms;
		i->max_ms = r->max_ms > i->max_ms ? r->max_ms : i->max_ms;
		if (r->level == YH_LEVEL_RAW) {
			i->samples += r->samples;
			i->series += r->chunks;
			i->raw_bytes += r->stored + YH_PAGE_HEAD;
		}
	}
}

bool yh_seg_mend(struct yh_seg *s)
{
	struct stat st;
	size_t size, cap = 0, at = 0;
	unsigned char *file;
	bool fine = true;

	if (fstat(s->fd, &st) != 0 || st.st_size <= 0)
		return false;
	size = (size_t)st.st_size;
	file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (file == MAP_FAILED)
		return false;
	free(s->refs);
	s->refs = NULL;
	s->n_refs = 0;
	while (fine && at < size) {
		struct yh_page_ref r;

		if (page_at(file, size, at, &r)) {
			fine = keep(s, &cap, &r);
			at += YH_PAGE_HEAD + r.stored;
		} else {
			at++;
		}
	}
	(void)munmap(file, size);
	if (!fine || s->n_refs == 0)
		return false;
	qsort(s->refs, s->n_refs, sizeof *s->refs, by_level);
	describe(s, size);
	return true;
}
