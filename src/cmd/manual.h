/* The manual pages and the completion of the shell, out of the tables that the programs go by. */
#ifndef YH_CMD_MANUAL_H
#define YH_CMD_MANUAL_H

#include "base/buf.h"

struct yh_manual {
	const char *name; /* "yunhengd.conf.5" */
	/* Writes the page in "zh" or "en". `date`: what stands at its foot. */
	void (*write)(struct yh_buf *b, const char *lang, const char *date);
};

/* All of them; ends with a NULL name. */
extern const struct yh_manual yh_manuals[];

/* A script for bash that completes commands, operations, their options and the words that these
 * take; what is a file is left to bash. */
void yh_completion_write(struct yh_buf *b);

/* Calls `fn` with each option that the text mentions, without its dashes, once. */
void yh_manual_options(const char *text, void (*fn)(void *arg, const char *name), void *arg);

#endif
