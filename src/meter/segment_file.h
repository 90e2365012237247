/* What the files of src/meter/segment_*.c share: the shape of a segment's file.
 *
 * head (16 bytes) | pages | directory (72 bytes a page) | foot (64 bytes). Little endian.
 * A change of this shape is a new version, told by the last byte of head and foot, both of which
 * keep their magic and the place of their checksum in every version, and by the magic of pages. A
 * page holds chunks of one level, ascending by (metric, series, time), and carries all that the
 * directory says of it, so that a lost directory is made again by walking the pages. */
#ifndef YH_METER_SEGMENT_FILE_H
#define YH_METER_SEGMENT_FILE_H

#include <string.h>

#include "meter/codec.h"
#include "meter/segment.h"

enum {
	YH_SEG_HEAD = 16,
	YH_PAGE_HEAD = 64,
	YH_PAGE_TABLE = YH_STREAMS * 8, /* length plain and as stored, of each stream */
	YH_SEG_ENTRY = 8 + YH_PAGE_HEAD,
	YH_SEG_FOOT = 64,
	YH_PAGE_PLAIN = 64 << 10,    /* a page is closed when its streams are that long */
	YH_PAGE_SHORT = 24 << 10,    /* or that long when it holds many short chunks, so that */
	YH_PAGE_MANY = 16,           /* reading one of them does not cost much more than itself */
	YH_PAGE_PLAIN_MAX = 4 << 20, /* and may never be longer than that */
	YH_ROWS_MAX = 2048,          /* roll-up buckets of a chunk */
	YH_CHUNK_SKETCHES = 1 << 20, /* and bytes of their sketches, unless one is longer */
	YH_ROW_VALS = 6,             /* min, max, sum, first, last, rise */
	YH_ROW_COLS = 4,             /* count, first and last sample's offset, slots missed */
};
enum { YH_SEG_VERSION = 1, YH_SEG_MAGIC_BYTES = 7 };
#define YH_SEG_MAGIC "YHSEG\0" /* seven bytes; the version is the eighth */
#define YH_PAGE_MAGIC (0x67705947u + YH_SEG_VERSION)
#define YH_SLOT_MS INT64_C(300000)

/* Number of the 5-minute slot of an instant. */
static inline int64_t yh_slot_of(int64_t at_ms)
{
	return at_ms / YH_SLOT_MS - (at_ms % YH_SLOT_MS < 0);
}

static inline void yh_le_put(unsigned char *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static inline void yh_seg_magic_put(unsigned char magic[8])
{
	memcpy(magic, YH_SEG_MAGIC, YH_SEG_MAGIC_BYTES);
	magic[YH_SEG_MAGIC_BYTES] = YH_SEG_VERSION;
}

static inline uint64_t yh_le_get(const unsigned char *p, int n)
{
	uint64_t v = 0;

	for (int i = n - 1; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

struct yh_key {
	uint32_t metric, series;
};

static inline int yh_key_cmp(struct yh_key a, struct yh_key b)
{
	uint64_t x = (uint64_t)a.metric << 32 | a.series, y = (uint64_t)b.metric << 32 | b.series;

	return (x > y) - (x < y);
}

struct yh_page_ref {
	uint64_t offset, samples;
	uint32_t level, stored, plain, chunks; /* bytes of the payload, and of its streams plain */
	struct yh_key first, last;
	int64_t min_ms, max_ms;
	bool days; /* RAW: the days of all its series are kept beside it, with sketches */
};
void yh_page_head_put(unsigned char head[YH_PAGE_HEAD], const struct yh_page_ref *r, uint32_t crc);
/* False when it cannot be one. */
YH_CHECK bool yh_page_head_take(const unsigned char head[YH_PAGE_HEAD], struct yh_page_ref *r,
				uint32_t *crc);

struct yh_seg {
	char *path;
	int fd;
	_Atomic uint32_t holds;
	uint64_t id; /* of this opening, for what is cached in rooms */
	struct yh_seg_info info;
	struct yh_page_ref *refs; /* by level, then as written */
	size_t n_refs;
	size_t level_from[YH_LEVELS + 1];
};
/* Makes the directory anew from the pages that are whole; false when there are none. */
YH_CHECK bool yh_seg_mend(struct yh_seg *s);
/* STORAGE "meter-damaged" with file and place. */
enum yh_rc yh_seg_damaged(const char *path, uint64_t offset, const char *what, struct yh_err *err);
/* Of those of a level, the first page that may hold the key; level_from[level + 1] if none. */
size_t yh_seg_find_page(const struct yh_seg *s, enum yh_level level, struct yh_key key);

/* ---- a page being written ---- */

enum { YH_CHUNK_COUNTER = 1, YH_CHUNK_ORPHAN = 2 /* a roll-up whose raw samples are not here */ };

struct yh_page_writer {
	struct yh_packer packer;
	struct yh_page_ref ref;
	size_t last_n; /* of the chunk before */
	int64_t last_at[YH_COL_MAX];
};
/* Begins a chunk: key, flags, and n instants; values follow. */
void yh_chunk_begin(struct yh_page_writer *w, struct yh_key key, unsigned flags, const int64_t *at,
		    size_t n);

/* ---- a page being read ---- */

struct yh_chunk {
	struct yh_key key;
	unsigned flags;
	struct yh_times times;            /* of samples, or of the begins of buckets */
	struct yh_vals vals[YH_ROW_VALS]; /* RAW: only the first */
	struct yh_col cols[YH_ROW_COLS];  /* roll-ups */
	struct yh_col sketch_lens;        /* n 0: none */
	const unsigned char *sketches;
	size_t sketches_len;
};
struct yh_walk {
	struct yh_unpacker in;
	enum yh_level level;
	uint32_t left;
	struct yh_key first, last;
	bool begun, ahead;     /* ahead: the present chunk was looked at, not taken */
	struct yh_chunk chunk; /* the present one */
};
struct yh_seg_page {
	uint64_t seg; /* 0: holds none */
	size_t index;
	unsigned char *file, *plain;
	size_t cap_file, cap_plain;
	const unsigned char *at[YH_STREAMS], *end[YH_STREAMS];
	struct yh_walk walk;
	/* room to decode into */
	int64_t *m, *cols;
	size_t cap_cols;
	struct yh_rolls *rows;
	struct yh_roller *roller;
};
/* Loads a page (unless it is there already) and sets its walk to the begin. */
YH_CHECK enum yh_rc yh_page_load(const struct yh_seg *s, size_t index, struct yh_seg_page *page,
				 struct yh_err *err);
/* The next chunk into walk->chunk. False at the end and when the page is malformed:
 * walk->in.failed. */
bool yh_walk_next(struct yh_walk *walk);
/* The room's page and arrays, made at first use. */
YH_CHECK enum yh_rc yh_room_ready(struct yh_seg_room *room, size_t samples, struct yh_err *err);
struct yh_seg_page *yh_page_new(void); /* NULL: no memory */
void yh_page_free(struct yh_seg_page *page);

#endif
