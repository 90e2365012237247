/* Keys that things at rest are sealed under: fields of the store, and the server's own keys.
 *
 * They lie in one file outside of the data directory: a line "ID KEY" each (64 hexadecimal digits;
 * ID: the first 8 bytes of the key's SM3, in hexadecimal), blank lines and remarks (#) between. The
 * last one writes, all of them read. What is sealed is a text, "sm4$ID$BASE64" (base/seal.h), bound
 * to what it belongs to. Threads may share a ring; keys are only ever added to it. */
#ifndef YH_BASE_RING_H
#define YH_BASE_RING_H

#include "base/digest.h"
#include "base/err.h"

struct yh_ring;
enum { YH_RING_KEYS = 32, YH_RING_ID = 17, YH_RING_PREFIX = 21 /* "sm4$ID$" */ };

/* NOT_FOUND "field-key-none"; FORBIDDEN "field-key-open" when others may read it or a group write
 * it; BAD_INPUT "field-key-invalid" (field FILE:LINE); STORAGE "key-unreadable". */
YH_CHECK enum yh_rc yh_ring_load(const char *file, struct yh_ring **out, struct yh_err *err);
/* One fresh key and no file; NULL without memory. */
struct yh_ring *yh_ring_new(void);
void yh_ring_free(struct yh_ring *r);
/* Takes in what was added to the file since. Fails as the load, and changes nothing then. */
YH_CHECK enum yh_rc yh_ring_reload(struct yh_ring *r, struct yh_err *err);

/* Adds a fresh key to the file, which is made (0600) when there is none; it is on the disk before
 * this returns, and of several programs that add at once none takes another's away. STORAGE
 * "key-unwritable"; as the load; TOO_LARGE "field-keys-most". */
YH_CHECK enum yh_rc yh_ring_add(const char *file, char id[YH_RING_ID], struct yh_err *err);
/* FORBIDDEN "field-key-in-data" for a file that lies under the folder. */
YH_CHECK enum yh_rc yh_ring_outside(const char *file, const char *folder, struct yh_err *err);

void yh_ring_writer(const struct yh_ring *r, char id[YH_RING_ID]);
size_t yh_ring_ids(const struct yh_ring *r, char ids[YH_RING_KEYS][YH_RING_ID]);
bool yh_ring_has(const struct yh_ring *r, const char *id);

/* What is sealed, and the id of its key. False: it is not. */
bool yh_ring_sealed(const char *text, char id[YH_RING_ID]);
struct yh_ring_about {
	const char *what; /* "table.column" */
	const void *row;
	size_t n;
};
/* What tells two texts apart without letting anybody guess at them who has not the writing key. `r`
 * as below. */
YH_CHECK enum yh_rc yh_ring_mac(struct yh_ring *r, const void *p, size_t n, struct yh_sm3 *out,
				struct yh_err *err);
/* free() *out. `r` may be NULL: INTERNAL "field-key-none". TOO_LARGE "seal-too-large". */
YH_CHECK enum yh_rc yh_ring_seal(struct yh_ring *r, const struct yh_ring_about *about,
				 const void *p, size_t n, char **out, struct yh_err *err);
/* Wipe and free() *out, which has a NUL behind its n bytes; `r` may be NULL. INTERNAL
 * "seal-broken"; "field-key-lost" (figure key) when the key is not in the ring, nor in its file by
 * now. */
YH_CHECK enum yh_rc yh_ring_unseal(struct yh_ring *r, const struct yh_ring_about *about,
				   const char *text, char **out, size_t *n, struct yh_err *err);

#endif
