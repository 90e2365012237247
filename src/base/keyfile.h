/* Keys of the server in files of its data directory, readable by their owner only, and sealed under
 * a ring, whose keys lie elsewhere. */
#ifndef YH_BASE_KEYFILE_H
#define YH_BASE_KEYFILE_H

#include "base/ring.h"
#include "base/seal.h"

enum { YH_KEYFILE_TEXT = 4096 };

/* Reads `dir`/`name`, or makes it (and the directory) with what `fresh` returns, which is freed; it
 * is on the disk before it is used, and of two programs that make it at once both use the same.
 * STORAGE "key-unreadable", "key-unwritable" (field: the path); INTERNAL "key-generation". Wipe
 * `text` after use. What lies there clear, or under another key of the ring than the one that
 * writes, is sealed anew. Fails as yh_ring_unseal besides. Without a ring it is made clear. */
YH_CHECK enum yh_rc yh_keyfile_text(const char *dir, const char *name, struct yh_ring *ring,
				    char *(*fresh)(void), char text[YH_KEYFILE_TEXT],
				    struct yh_err *err);
/* What was read from the file of this name becomes clear; what is clear stays. */
YH_CHECK enum yh_rc yh_keyfile_clear(const char *name, struct yh_ring *ring,
				     char text[YH_KEYFILE_TEXT], struct yh_err *err);
/* As yh_keyfile_text with every key that lies in the folder: those of a ring that has a new one. */
YH_CHECK enum yh_rc yh_keyfiles_anew(const char *dir, struct yh_ring *ring, struct yh_err *err);
/* The same for a key to seal with. BAD_INPUT "key-invalid". */
YH_CHECK enum yh_rc yh_keyfile_seal(const char *dir, const char *name, struct yh_ring *ring,
				    struct yh_sealing *out, struct yh_err *err);

#endif
