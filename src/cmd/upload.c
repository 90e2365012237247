/* Handing a file in. */
#include "cmd/upload.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/mem.h"

/* Percent-encodes a file's name. */
static void encode(const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (; *name && n + 4 < size; name++)
		n += (size_t)snprintf(out + n, size - n, "%%%02X", (unsigned char)*name);
	out[n] = 0;
}

enum yh_exit yh_upload(const struct yh_saved *session, const char *path, const char *lang,
		       char id[64])
{
	YH_FCLOSE_AUTO FILE *from = fopen(path, "rbe");
	YH_JSON_AUTO reply = NULL;
	const char *slash = strrchr(path, '/'), *made;
	char name[1024], url[1200];
	struct yh_err err = { 0 };
	struct stat st;
	enum yh_exit x;

	if (!from || fstat(fileno(from), &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)yh_fail_field(&err, YH_BAD_INPUT, "file-unreadable", path);
		return yh_cmd_fail(&err);
	}
	encode(slash ? slash + 1 : path, name, sizeof name);
	(void)snprintf(url, sizeof url, "/api/v1/documents?name=%s", name);
	x = yh_remote_send(session, url, lang, from, st.st_size, &reply);
	made = yh_json_text(reply, "id");
	if (x == YH_EXIT_OK)
		(void)snprintf(id, 64, "%s", made ? made : "");
	return x;
}
