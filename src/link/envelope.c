/* The line before a batch: who sends it, when, and that it is theirs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "link/batch.h"

enum { SIGNED_MAX = 300, PACK_LEVEL = 3 };

static enum yh_rc invalid(struct yh_err *err, const char *field)
{
	return yh_fail_field(err, YH_BAD_INPUT, "link-batch-invalid", field);
}

/* What is signed; the first line of it is what is sent, too. */
static size_t say(const struct yh_link_envelope *e, const struct yh_sm3 *request,
		  char out[SIGNED_MAX])
{
	char peer[YH_ID_TEXT], digest[YH_SM3_HEX], asked[YH_SM3_HEX] = "-";

	if (request)
		(void)yh_hex(request->b, YH_SM3_BYTES, asked);
	return (size_t)snprintf(out, SIGNED_MAX, "yunheng-link 1 %s %s %" PRId64 " %s\n%s\n%s\n",
				yh_id_text(&e->peer, peer), e->up ? "up" : "down", e->sent_ms,
				e->packed ? "zstd" : "plain",
				yh_hex(e->digest.b, YH_SM3_BYTES, digest), asked);
}

static bool read_line(char *line, struct yh_link_envelope *out)
{
	char *words[7], *save = NULL, *end, *word = strtok_r(line, " ", &save);
	size_t n = 0, hex;

	for (; word && n < YH_LEN(words); word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	if (word || n != YH_LEN(words) || strcmp(words[0], "yunheng-link") != 0 ||
	    strcmp(words[1], "1") != 0 || yh_id_parse(words[2], &out->peer, NULL) != YH_OK)
		return false;
	out->up = strcmp(words[3], "up") == 0;
	out->packed = strcmp(words[5], "zstd") == 0;
	if ((!out->up && strcmp(words[3], "down") != 0) ||
	    (!out->packed && strcmp(words[5], "plain") != 0))
		return false;
	if (strlen(words[4]) > 15 || words[4][0] < '1' || words[4][0] > '9')
		return false;
	out->sent_ms = strtoll(words[4], &end, 10);
	hex = strlen(words[6]);
	out->signature_n = hex / 2;
	return *end == 0 && hex % 2 == 0 && out->signature_n <= YH_SIG_MAX &&
	       yh_unhex(words[6], out->signature, out->signature_n);
}

enum yh_rc yh_link_envelope_read(const void *p, size_t n, struct yh_link_envelope *out,
				 struct yh_err *err)
{
	char line[YH_LINK_ENVELOPE_MAX + 1];
	const char *text = p;
	const char *end = memchr(text, '\n', n < YH_LINK_ENVELOPE_MAX ? n : YH_LINK_ENVELOPE_MAX);
	size_t head;

	*out = (struct yh_link_envelope){ 0 };
	if (!end)
		return invalid(err, "envelope");
	head = (size_t)(end - text);
	memcpy(line, text, head);
	line[head] = 0;
	if (strlen(line) != head || !read_line(line, out))
		return invalid(err, "envelope");
	out->payload = (const unsigned char *)end + 1;
	out->n = n - head - 1;
	if (out->n > YH_LINK_PACKED_MAX)
		return invalid(err, "size");
	return YH_OK;
}

enum yh_rc yh_link_envelope_check(struct yh_link_envelope *e,
				  const unsigned char point[YH_SM2_POINT],
				  const struct yh_sm3 *request, struct yh_err *err)
{
	char text[SIGNED_MAX];
	size_t n;
	struct yh_sm2 *key = NULL;
	enum yh_rc rc = yh_sm2_of_point(point, &key, err);
	bool ok;

	e->digest = yh_sm3_of(e->payload, e->n);
	n = say(e, request, text);
	ok = rc == YH_OK && yh_sm2_verify(key, text, n, e->signature, e->signature_n);

	yh_sm2_free(key);
	return rc == YH_OK && !ok ? yh_fail(err, YH_FORBIDDEN, "link-signature") : rc;
}

/* Of a frame that says how long it becomes: what says nothing, or too much, is not begun. */
enum yh_rc yh_link_envelope_open(const struct yh_link_envelope *e, struct yh_arena *arena,
				 const char **text, size_t *n, struct yh_err *err)
{
	unsigned long long size;
	size_t got;
	char *out;

	if (!e->packed) {
		*text = (const char *)e->payload;
		*n = e->n;
		return YH_OK;
	}
	size = ZSTD_getFrameContentSize(e->payload, e->n);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
	    size > YH_LINK_PLAIN_MAX)
		return invalid(err, "payload");
	out = yh_arena_alloc(arena, (size_t)size + 1);
	if (!out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	got = ZSTD_decompress(out, (size_t)size, e->payload, e->n);
	if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (got != size)
		return invalid(err, "payload");
	*text = out;
	*n = got;
	return YH_OK;
}

static enum yh_rc pack(const struct yh_link_envelope *e, const char *text, size_t n, char **out,
		       size_t *out_n, struct yh_err *err)
{
	size_t bound = e->packed ? ZSTD_compressBound(n) : n;

	*out = malloc(bound + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (e->packed) {
		*out_n = ZSTD_compress(*out, bound, text, n, PACK_LEVEL);
		if (ZSTD_isError(*out_n))
			return yh_fail(err, YH_INTERNAL, "pack-failed");
	} else {
		memcpy(*out, text, n);
		*out_n = n;
	}
	return *out_n > YH_LINK_PACKED_MAX ? yh_fail(err, YH_TOO_LARGE, "link-batch-large") : YH_OK;
}

enum yh_rc yh_link_envelope_write(struct yh_link_envelope *e, struct yh_sm2 *key, const char *text,
				  size_t n, const struct yh_sm3 *request, struct yh_buf *out,
				  struct yh_err *err)
{
	YH_FREE_AUTO char *payload = NULL;
	char said[SIGNED_MAX], hex[2 * YH_SIG_MAX + 1];
	size_t size = 0, said_n;
	enum yh_rc rc = pack(e, text, n, &payload, &size, err);

	if (rc != YH_OK)
		return rc;
	e->digest = yh_sm3_of(payload, size);
	said_n = say(e, request, said);
	rc = yh_sm2_sign(key, said, said_n, e->signature, &e->signature_n, err);
	if (rc != YH_OK)
		return rc;
	said[strcspn(said, "\n")] = 0;
	yh_buf_printf(out, "%s %s\n", said, yh_hex(e->signature, e->signature_n, hex));
	yh_buf_add(out, payload, size);
	e->n = size;
	return yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
