/* See file.h. */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static enum yh_rc unreadable(const char *file, const char *slug, const char *detail,
			     struct yh_err *err)
{
	enum yh_rc rc = yh_fail_field(err, YH_BAD_INPUT, slug, file);

	yh_err_text(err, "detail", detail);
	return rc;
}

enum yh_rc yh_file_load(const char *file, size_t most, const char *slug, char **text, size_t *n,
			struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *in = fopen(file, "re");
	YH_FREE_AUTO char *all = NULL;

	*text = NULL;
	*n = 0;
	if (!in)
		return unreadable(file, slug, strerror(errno), err);
	all = malloc(most + 1);
	if (!all)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*n = fread(all, 1, most + 1, in);
	if (ferror(in))
		return unreadable(file, slug, strerror(errno), err);
	if (*n > most)
		return unreadable(file, slug, "too large", err);
	all[*n] = 0;
	*text = all;
	all = NULL;
	return YH_OK;
}
