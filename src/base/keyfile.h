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
 * writes, is sealed anew; its owner and mode stay. Fails as yh_ring_unseal besides. Without a ring
 * it is made clear. Without `fresh` nothing is written: NOT_FOUND "key-none". */
YH_CHECK enum yh_rc yh_keyfile_text(const char *dir, const char *name, struct yh_ring *ring,
				    char *(*fresh)(void), char text[YH_KEYFILE_TEXT],
				    struct yh_err *err);
/* What was read from the file of this name becomes clear; what is clear stays. */
YH_CHECK enum yh_rc yh_keyfile_clear(const char *name, struct yh_ring *ring,
				     char text[YH_KEYFILE_TEXT], struct yh_err *err);
/* Puts a key that is `name`'s to be into the file `as`, in the place of what is there. */
YH_CHECK enum yh_rc yh_keyfile_lay(const char *dir, const char *name, const char *as,
				   struct yh_ring *ring, const char *text, struct yh_err *err);
/* Seals anew, as yh_keyfile_text, each of the server's private keys that the folder has. */
YH_CHECK enum yh_rc yh_keyfiles_anew(const char *dir, struct yh_ring *ring, struct yh_err *err);
/* The same for a key to seal with. BAD_INPUT "key-invalid". */
YH_CHECK enum yh_rc yh_keyfile_seal(const char *dir, const char *name, struct yh_ring *ring,
				    struct yh_sealing *out, struct yh_err *err);

#endif
