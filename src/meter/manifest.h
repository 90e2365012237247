/* The manifest: which files make up the store, and up to where the journal is sealed.
 *
 * Lines of text under a checksum, in two copies, each replaced whole; a damaged copy is named and
 * the other serves. */
#ifndef YH_METER_MANIFEST_H
#define YH_METER_MANIFEST_H

#include "meter/segment.h"
#include "meter/wire.h"

/* A segment's file is "segment-%08x". A period's holds nothing outside [from, to); one just sealed
 * (`fresh`) whatever came. */
struct yh_manifest_segment {
	uint32_t no;
	bool fresh;
	int64_t from_ms, to_ms; /* of a period */
};

struct yh_manifest {
	uint64_t generation;
	struct yh_wire_seed secret; /* of all keys and journal tags */
	uint64_t journal_seq;       /* records before it are sealed */
	uint32_t pairs, series;     /* that the series log must hold */
	uint32_t heads;             /* file "heads-%08x"; 0: none */
	uint32_t next_no;           /* of files */
	struct yh_manifest_segment *segments;
	size_t n, cap;
};

void yh_manifest_done(struct yh_manifest *m);
YH_CHECK bool yh_manifest_add(struct yh_manifest *m, const struct yh_manifest_segment *s);
void yh_manifest_drop(struct yh_manifest *m, uint32_t no);

/* The newest whole copy; *found false in an empty folder. *damaged names a broken copy, else "".
 * STORAGE "meter-open" when copies are there and none is whole; CONFLICT "meter-version" (file,
 * version, known) when a whole one was written by a program that this one does not know. */
YH_CHECK enum yh_rc yh_manifest_load(int dir, struct yh_manifest *m, bool *found, char damaged[64],
				     struct yh_err *err);
/* Writes both copies, durable; raises the generation. STORAGE "meter-full" or "meter-io". */
YH_CHECK enum yh_rc yh_manifest_save(int dir, struct yh_manifest *m, struct yh_err *err);

/* ---- files, for all of the store ---- */

/* STORAGE "meter-full" for no space or a limit, else "meter-io"; figure detail: what and errno. */
enum yh_rc yh_file_failed(const char *what, int err_no, struct yh_err *err);
/* CONFLICT "meter-version". */
enum yh_rc yh_file_version(const char *path, int64_t version, int64_t known, struct yh_err *err);
/* Writes all of it at `at`, else what yh_file_failed says. */
YH_CHECK enum yh_rc yh_file_write(int fd, const char *what, const void *p, size_t n, int64_t at,
				  struct yh_err *err);
/* The file whole, malloc'd, a NUL behind it; *out NULL when it is not there. */
YH_CHECK enum yh_rc yh_file_read(int dir, const char *name, char **out, size_t *n,
				 struct yh_err *err);
/* Puts `text` in the place of file `name` durably, by way of another name. */
YH_CHECK enum yh_rc yh_file_replace(int dir, const char *name, const void *p, size_t n,
				    struct yh_err *err);

#endif
