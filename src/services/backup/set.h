/* A backup: one folder that holds a store as it was at one instant, with what vouches for it.
 *
 *   manifest          lines of text: what it is, then "file SM3 BYTES PATH" of each file, sorted
 *   manifest.sig      the SM2 signature over it by the server's key, and that key's public part
 *   checkpoint.json   the newest signed checkpoint of the audit record from before it
 *   data/…            yunheng.db, meter/, documents/, as in a data directory
 *   keys.box, keys/…  the server's keys, to be opened with a key that lies elsewhere; or neither
 *
 * A set has its name only when it is whole and on the disk. */
#ifndef YH_SERVICES_BACKUP_SET_H
#define YH_SERVICES_BACKUP_SET_H

#include <stdatomic.h>

#include "cases/context.h"
#include "services/audit/audit.h"

enum { YH_SET_NAME = 32, YH_SET_PATH = 200 };

struct yh_set_file {
	char path[YH_SET_PATH]; /* letters, digits and . _ -, by "/"; below the set */
	int64_t bytes;
	struct yh_sm3 digest;
};
struct yh_set {
	yh_time made_at;
	char version[32]; /* of the program */
	int64_t schema;
	bool meter;              /* an embedded one is in it */
	bool keys;               /* they are in it, boxed */
	char signer[YH_SM3_HEX]; /* digest of the public key's text */
	int64_t bytes;           /* of all files */
	struct yh_set_file *files;
	size_t n, cap;
};
void yh_set_done(struct yh_set *s);

/* ---- set.c ---- */
YH_CHECK enum yh_rc yh_set_add(struct yh_set *s, const char *path, int64_t bytes,
			       const struct yh_sm3 *digest, struct yh_err *err);
/* The manifest as text. */
YH_CHECK enum yh_rc yh_set_text(const struct yh_set *s, struct yh_buf *out, struct yh_err *err);
/* Reads manifest and signature of the folder `dir`, and looks whether there are just the files that
 * it names. `signer` (64 digits; NULL: whoever). BAD_INPUT "backup-invalid" (field line),
 * "backup-signature", "backup-signer-other" (figure signer), "backup-missing", "backup-added"
 * (field path); STORAGE "backup-io" (field path, figure detail). */
YH_CHECK enum yh_rc yh_set_load(int dir, const char *signer, struct yh_set *out,
				struct yh_err *err);
/* The above, and each file against its digest: BAD_INPUT "backup-changed" (field path); BUSY
 * "job-stopped" before the next file once `*stop` is set (NULL: never). */
YH_CHECK enum yh_rc yh_set_verify(const char *path, const char *signer, const atomic_bool *stop,
				  struct yh_set *out, struct yh_err *err);
/* Calls `fn` for each entry below `dir` that is no folder, in order. `path` is below `dir`;
 * `regular` false: neither file nor folder. */
typedef enum yh_rc (*yh_set_walk_fn)(void *arg, int folder, const char *name, const char *path,
				     bool regular, struct yh_err *err);
YH_CHECK enum yh_rc yh_set_walk(int dir, const char *path, yh_set_walk_fn fn, void *arg,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_set_digest(int folder, const char *name, const char *path, int64_t *bytes,
				  struct yh_sm3 *digest, struct yh_err *err);
enum yh_rc yh_set_failed(const char *path, struct yh_err *err); /* "backup-io" by errno */
/* "20261126T203000Z-a1b2c3", in a folder in the order that they were made in: what does not look so
 * is not ours to list or to remove. */
bool yh_set_is_name(const char *name);
/* Removes a folder with all in it, as far as it goes. */
void yh_set_remove(int dir, const char *name);

/* ---- make.c ---- */
struct yh_set_source {
	struct yh_exec *exec;
	struct yh_meter *meter; /* NULL, or an outer one: left out */
	const struct yh_sealer *sealer;
	const char *data;    /* the data directory */
	const char *box_key; /* public SM2 key (PEM) that the keys are boxed for; NULL: left out */
	const atomic_bool *stop; /* NULL: never */
	yh_time now;
};
/* Makes a set below the folder `dir` while the store is written to: everything that was
 * acknowledged before is in it. CONFLICT "backup-postgres"; BUSY "backup-running", "job-stopped";
 * STORAGE "backup-io", "store-full" and as the store and the meter say. On failure nothing is left.
 */
YH_CHECK enum yh_rc yh_set_make(const struct yh_set_source *from, const char *dir,
				char name[YH_SET_NAME], struct yh_set *out, struct yh_err *err);

/* ---- keys.c ---- */
/* Boxes every file of `keys` into the set `to`; restoring opens them again into `keys` with the
 * private key. BAD_INPUT "key-invalid", "backup-key-other" when it is not the one. */
YH_CHECK enum yh_rc yh_set_box_keys(int keys, const char *public_pem, int to, struct yh_err *err);
YH_CHECK enum yh_rc yh_set_open_keys(int set, const struct yh_sm2 *key, int keys,
				     struct yh_err *err);

/* ---- restore.c ---- */
struct yh_set_restore {
	const char *set;
	const char *signer;       /* NULL: whoever */
	const struct yh_sm2 *key; /* that opens the boxed keys */
	const char *keys;         /* or a folder that has them */
	struct yh_ring *ring;     /* what they are sealed under; NULL: nothing */
};
/* Puts the data directory of a set into the folder `to`, which is new: every file is held against
 * its digest as it lies there, and the audit key against the signature. CONFLICT
 * "backup-keys-needed" without either kind of keys. On failure `to` is to be removed. */
YH_CHECK enum yh_rc yh_set_restore(const struct yh_set_restore *from, int to, struct yh_set *out,
				   struct yh_err *err);

#endif
