/* The folder of documents: each file is named by the SM3 of its bytes and never changes.
 *
 * A file is on the disk before any row names it, and is removed only after the last row that did:
 * so a crash leaves at worst a file without a row, which is collected later. Putting in and
 * collecting exclude each other by a lock on a file of the folder, over several servers too. */
#ifndef YH_SERVICES_DOCUMENT_FILES_H
#define YH_SERVICES_DOCUMENT_FILES_H

#include "base/digest.h"

enum { YH_FILES_PATH = 4096, YH_FILES_PLACE = 33, YH_FILES_SHELVES = 256 };

struct yh_files {
	char dir[YH_FILES_PATH - 128];      /* DATA/documents */
	char incoming[YH_FILES_PATH - 112]; /* what is being received */
	char place[YH_FILES_PLACE];         /* the name that the folder gave itself */
};

/* Makes the folder when it is not there. STORAGE "document-folder" (field: the path, figure
 * detail). */
YH_CHECK enum yh_rc yh_files_open(struct yh_files *f, const char *data, struct yh_err *err);

/* Held while a file and its row come to be (shared), or while files are collected (not shared):
 * *lock is to be closed. With `wait` false BUSY "document-folder-busy" instead of waiting. */
YH_CHECK enum yh_rc yh_files_lock(const struct yh_files *f, bool shared, bool wait, int *lock,
				  struct yh_err *err);

/* Moves what was received at `path`, open as `fd`, to its place, on the disk when this returns.
 * STORAGE "document-unwritable" (figure detail). */
YH_CHECK enum yh_rc yh_files_put(const struct yh_files *f, int fd, const char *path,
				 const struct yh_sm3 *digest, struct yh_err *err);
/* Opens one to be read. STORAGE "document-missing" (figure digest) when it is not there or is not
 * of that size. */
YH_CHECK enum yh_rc yh_files_get(const struct yh_files *f, const struct yh_sm3 *digest,
				 int64_t size_bytes, int *fd, struct yh_err *err);
/* The digest of all that `fd` holds. */
YH_CHECK enum yh_rc yh_files_digest(int fd, struct yh_sm3 *out, struct yh_err *err);

/* Calls `fn` for each file of a shelf (0..255) that was not touched since `before` (seconds of the
 * machine's clock); a failure ends it. */
typedef enum yh_rc (*yh_files_fn)(void *arg, const struct yh_sm3 *digest, struct yh_err *err);
YH_CHECK enum yh_rc yh_files_each(const struct yh_files *f, unsigned shelf, int64_t before,
				  yh_files_fn fn, void *arg, struct yh_err *err);
/* Removes one, unless it was touched since. */
void yh_files_remove(const struct yh_files *f, const struct yh_sm3 *digest, int64_t before);
/* Removes what was begun to be received before then and never ended. */
void yh_files_tidy(const struct yh_files *f, int64_t before);

#endif
