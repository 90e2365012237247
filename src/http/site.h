/* A folder of files that browsers load, held in memory: what is served was read at the start, so
 * that no request reaches the disk, and none can name a file that was not read. */
#ifndef YH_HTTP_SITE_H
#define YH_HTTP_SITE_H

#include "base/err.h"

enum { YH_SITE_BYTES = 64 << 20, YH_SITE_FILES = 4096, YH_SITE_DEPTH = 8, YH_SITE_PATH = 256 };

struct yh_site;

struct yh_site_body {
	const char *p;
	size_t n;
	char etag[48]; /* with its quotation marks */
};
struct yh_site_file {
	const char *path;                /* within the folder: "assets/a-1f2e.js" */
	const char *type;                /* of the content */
	struct yh_site_body plain, gzip; /* gzip.p NULL: there is none */
};

/* Reads the folder and what is below. FILE.gz beside FILE is the same, compressed; names that begin
 * with a dot are left out. NOT_FOUND "web-none" without an index.html; STORAGE "web-unreadable"
 * (field: the path; figure detail) also for symbolic links, which are not followed but for `dir`
 * itself, for what is no file, changes while it is read, or is not what its .gz holds; TOO_LARGE
 * "web-too-large" (figures files, mib, depth) beyond the bounds. */
YH_CHECK enum yh_rc yh_site_load(const char *dir, struct yh_site **out, struct yh_err *err);
void yh_site_free(struct yh_site *s);

/* NULL: there is none. The path is decoded; only one of the folder's own can be found. */
const struct yh_site_file *yh_site_find(const struct yh_site *s, const char *path);

#endif
