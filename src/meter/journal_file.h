/* What writing and reading the journal share. */
#ifndef YH_METER_JOURNAL_FILE_H
#define YH_METER_JOURNAL_FILE_H

#include <pthread.h>

#include "meter/journal.h"

enum { YH_RECORD_MAGIC = 0x314A4859 /* YHJ1 */, YH_RECORD_ALIGN = 16 };

/* A record as it lies on disk; behind it the refused (varints of differences), then the body. */
struct yh_record_head {
	uint32_t magic;
	uint32_t file;        /* its number */
	uint64_t tag;         /* keyed, of all that follows in the head */
	uint64_t seq, before; /* `before`: the record written before it; 0: none */
	uint32_t crc;         /* of what follows the head */
	uint32_t refused_bytes, body_bytes, n_refused;
	int64_t received_ms, late_ms, future_ms;
	uint32_t form; /* YH_RECORD_END: an end mark */
	char kind[12], code[64];
	struct yh_id about;
};
enum { YH_RECORD_END = 99 };

struct yh_journal_file {
	uint32_t no;
	uint64_t last_seq; /* of its records; 0: none */
	int64_t bytes;
};

struct yh_journal {
	struct yh_journal_config cfg;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	pthread_t thread;
	bool started, stop, busy, full, writing;
	struct yh_journal_item *first, *last;
	size_t waiting_bytes;
	uint64_t next_seq, written_seq;
	uint64_t syncs;
	struct yh_journal_file *files; /* by number; the one being written is not among them */
	size_t n_files, cap_files;
	uint32_t next_no, spares[4];
	size_t n_spares;
	/* of the file being written; under io_lock */
	pthread_mutex_t io_lock;
	int fd; /* -1: none */
	struct yh_journal_file now;
	int64_t at;
	uint64_t before;
};

static inline size_t yh_record_size(size_t refused, size_t body)
{
	size_t n = sizeof(struct yh_record_head) + refused + body;

	return (n + YH_RECORD_ALIGN - 1) & ~(size_t)(YH_RECORD_ALIGN - 1);
}

uint64_t yh_record_tag(const struct yh_record_head *h, const struct yh_wire_seed *secret);
void yh_journal_file_name(char out[32], const char *kind, uint32_t no);
/* Lists a file that is whole; false without memory. */
YH_CHECK bool yh_journal_list(struct yh_journal *j, const struct yh_journal_file *f);

#endif
