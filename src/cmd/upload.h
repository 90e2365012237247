/* Handing a file in, for commands that then do something with it. */
#ifndef YH_CMD_UPLOAD_H
#define YH_CMD_UPLOAD_H

#include "cmd/cmd.h"
#include "cmd/remote.h"

/* The new document's id. Failures are said. */
enum yh_exit yh_upload(const struct yh_saved *session, const char *path, const char *lang,
		       char id[64]);

#endif
