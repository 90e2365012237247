/* The line before a piece of a file. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "link/file.h"

static enum yh_rc invalid(struct yh_err *err, const char *field)
{
	return yh_fail_field(err, YH_BAD_INPUT, "link-batch-invalid", field);
}

enum yh_rc yh_link_file_open(struct yh_arena *arena, const char *text, size_t n,
			     const json_t **head, struct yh_link_piece *p, struct yh_err *err)
{
	const char *end = memchr(text, '\n', n < LINK_FILE_HEAD ? n : LINK_FILE_HEAD);
	const char *digest;
	const json_t *at;
	enum yh_rc rc;

	*p = (struct yh_link_piece){ 0 };
	if (!end)
		return invalid(err, "head");
	rc = yh_json_parse_in(arena, text, (size_t)(end - text), head, err);
	if (rc != YH_OK)
		return rc;
	if (json_integer_value(json_object_get(*head, "yunheng_file")) != 1)
		return invalid(err, "yunheng_file");
	digest = yh_json_text(*head, "digest");
	at = json_object_get(*head, "at");
	if (digest && !yh_unhex(digest, p->digest.b, sizeof p->digest.b))
		return invalid(err, "digest");
	p->at = json_integer_value(at);
	if ((at && !json_is_integer(at)) || p->at < 0)
		return invalid(err, "at");
	p->bytes = end + 1;
	p->n = n - (size_t)(end - text) - 1;
	return p->n > LINK_PIECE ? invalid(err, "bytes") : YH_OK;
}

enum yh_rc yh_link_file_close(json_t *head, const void *bytes, size_t n, struct yh_buf *out,
			      struct yh_err *err)
{
	YH_FREE_AUTO char *line = head ? yh_json_canonical(head) : NULL;

	json_decref(head);
	if (!line)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_str(out, line);
	yh_buf_add(out, "\n", 1);
	if (n)
		yh_buf_add(out, bytes, n);
	return yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
