/* Private keys that lie with a person: their files, and the passphrase that opens them. */
#ifndef YH_CMD_PASSPHRASE_H
#define YH_CMD_PASSPHRASE_H

#include "base/digest.h"

enum { YH_KEY_TEXT = 8192, YH_PASSPHRASE = 256, YH_PASSPHRASE_MIN = 10 };

/* From the first line of `file`, else $YUNHENG_PASSPHRASE, else asked for on the terminal.
 * BAD_INPUT "passphrase-short" (figure least). Wipe it after use. */
YH_CHECK enum yh_rc yh_passphrase_take(const char *file, char out[YH_PASSPHRASE],
				       struct yh_err *err);
/* The same for a key that is made: what is asked for is asked for twice, as nothing else would tell
 * of a slip. Likewise, and BAD_INPUT "passphrase-differs". */
YH_CHECK enum yh_rc yh_passphrase_new(const char *file, char out[YH_PASSPHRASE],
				      struct yh_err *err);
/* Reads a whole small text. NOT_FOUND "file-unreadable". */
YH_CHECK enum yh_rc yh_key_read(const char *path, char *text, size_t size, struct yh_err *err);
/* A new file, readable by its owner only when it is `secret`, which is not written over. STORAGE
 * "file-exists", "file-unwritable". */
YH_CHECK enum yh_rc yh_key_write(const char *path, const char *text, bool secret,
				 struct yh_err *err);
/* Opens the key in `path`. BAD_INPUT "key-invalid", also for a wrong passphrase. */
YH_CHECK enum yh_rc yh_key_open(const char *path, const char *passphrase_file, struct yh_sm2 **key,
				struct yh_err *err);

#endif
