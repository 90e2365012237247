/* The other side of outgoing HTTP, out of a target's input: the programs are linked so that
 * yh_http_call comes here. */
#include <stdio.h>

#include "fuzz.h"
#include "net/client.h"

static const unsigned char *left;
static size_t n_left;
static unsigned calls;

void yh_fuzz_peer(const unsigned char *data, size_t n)
{
	left = data;
	n_left = n;
	calls = 0;
}

unsigned yh_fuzz_peer_calls(void)
{
	return calls;
}

enum yh_rc __wrap_yh_http_call(const struct yh_http_call *call, struct yh_http_answer *out,
			       struct yh_err *err);

/* "STATUS body", a header to be kept in a part of its own before; nothing left: nobody is there. */
enum yh_rc __wrap_yh_http_call(const struct yh_http_call *call, struct yh_http_answer *out,
			       struct yh_err *err)
{
	char *text, *body;
	size_t n;

	calls++;
	*out = (struct yh_http_answer){ 0 };
	yh_buf_init(&out->body, call->reply_max_bytes ? call->reply_max_bytes : 1 << 20);
	if (n_left == 0)
		return yh_fail(err, YH_BUSY, "server-unreachable");
	if (call->keep_header)
		out->kept = fuzz_part(&left, &n_left, NULL);
	text = fuzz_part(&left, &n_left, &n);
	out->status = 200;
	body = text;
	if (n > 3 && text[3] == ' ' && strspn(text, "0123456789") == 3) {
		out->status = strtol(text, NULL, 10);
		body += 4;
	}
	yh_buf_str(&out->body, body);
	(void)snprintf(out->content_type, sizeof out->content_type, "application/json");
	n = out->body.len;
	free(text);
	if (!yh_buf_ok(&out->body))
		return yh_fail(err, YH_TOO_LARGE, "reply-too-large");
	return YH_OK;
}
