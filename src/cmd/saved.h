/* The session that the command line keeps between calls: server, token, CSRF token. */
#ifndef YH_CMD_SAVED_H
#define YH_CMD_SAVED_H

#include "base/json.h"
#include "cmd/cmd.h"

struct yh_saved {
	char server[256]; /* "http://127.0.0.1:8480" */
	char token[64], csrf[64];
	bool bearer; /* from $YUNHENG_TOKEN */
};

/* $YUNHENG_SERVER and $YUNHENG_TOKEN win over the file ($YUNHENG_SESSION, else
 * ~/.config/yunheng/session.json); a session of another host is not one (net/site.h). A missing
 * file is an empty session. */
YH_CHECK enum yh_rc yh_saved_load(struct yh_saved *out, struct yh_err *err);
/* Writes the file, readable by its owner only. STORAGE "session-unwritable". */
YH_CHECK enum yh_rc yh_saved_store(const struct yh_saved *s, struct yh_err *err);

/* What signing in replied with, for the next calls; nothing secret is printed. */
enum yh_exit yh_saved_keep(struct yh_saved *s, const json_t *reply, const char *lang);

#endif
