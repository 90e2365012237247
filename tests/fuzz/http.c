/* Requests as they come: a head (METHOD URI VERSION and headers, a line each), an empty line, a
 * body. Guarded, routed by the real tables, read by the operation's own fields; and whatever is
 * wrong is said as JSON that can be read. */
#include <stdio.h>

#include "api/api.h"
#include "fuzz.h"
#include "http/guard.h"
#include "http/listing.h"
#include "http/problem.h"
#include "http/server.h"

enum { ARENA = 16 << 20 };

static struct {
	struct yh_router *router;
	struct yh_messages *messages;
	struct yh_shape_book shapes;
	struct yh_arena texts;
} city;

static void begin(void)
{
	size_t n;
	const struct yh_op_table *const *tables = yh_api_tables(&n);
	struct yh_err err = { 0 };

	if (city.router)
		return;
	yh_arena_init(&city.texts, ARENA);
	city.messages = yh_messages_new();
	must(yh_router_new(tables, n, &city.router, &err) == YH_OK);
	must(yh_shape_book_load(&city.texts, tables, n, &city.shapes, &err) == YH_OK);
}

static void say(int status, const struct yh_err *err)
{
	struct yh_buf out;
	json_t *v;

	must(err->slug[0] && (status == 0 || (status >= 400 && status < 600)));
	yh_buf_init(&out, 1 << 20);
	yh_problem_write(&out, city.messages, "en", status ? status : yh_problem_status(err->rc),
			 err, NULL);
	must(yh_buf_ok(&out));
	must(yh_json_parse(yh_buf_text(&out), out.len, &v, NULL) == YH_OK);
	json_decref(v);
	yh_buf_done(&out);
}

static void look_at_head(const struct yh_wanted *w)
{
	static const char *const types[] = {
		"application/x-protobuf",
		"application/x-protobuf;proto=io.prometheus.write.v2.request", NULL
	};
	static const struct yh_raw raw = { .max_bytes = 1 << 20,
					   .types = types,
					   .encodings = "identity|snappy" };
	struct yh_err err = { 0 }, other = { 0 };
	const char *encoding = NULL;
	unsigned type = 0;
	int status = yh_guard_body(w, true, 1 << 20, &err);

	if (status)
		say(status, &err);
	status = yh_guard_raw(w, &raw, &type, &encoding, &other);
	if (status)
		say(status, &other);
	else
		must(type < 2 && encoding);
	(void)yh_guard_gzip(w);
	(void)yh_guard_none_match(w->if_none_match ? w->if_none_match : "", "W/\"v12\"");
	must(yh_lang_choose(w->accept_language) != NULL);
}

static void read_columns(const struct yh_op *op, const struct yh_page_in *page,
			 struct yh_arena *arena)
{
	struct yh_listing_spec spec;
	struct yh_err err = { 0 };

	if (yh_listing_columns(op, &city.shapes, page, "zh", arena, &spec, &err) == YH_OK)
		must(spec.n > 0 && spec.n <= YH_LISTING_COLUMNS);
	else
		say(0, &err);
}

static void read_request(const char *method, const char *uri, const char *body, size_t n)
{
	size_t path = strcspn(uri, "?");
	struct yh_arena arena;
	struct yh_err err = { 0 };
	struct yh_match match;
	struct yh_page_in page;
	void *in;

	yh_arena_init(&arena, ARENA);
	if (yh_router_find(city.router, yh_method_parse(method), uri, path, &arena, &match, &err) !=
	    YH_OK)
		say(0, &err);
	else if (match.op) {
		in = yh_input_new(match.op, &arena);
		must(in != NULL);
		if (yh_input_path(&match, in, &arena, &err) != YH_OK ||
		    yh_input_query(match.op, uri[path] ? uri + path + 1 : NULL, in, &arena, &page,
				   &err) != YH_OK)
			say(0, &err);
		else if (page.as)
			read_columns(match.op, &page, &arena);
		else if (!match.op->raw &&
			 yh_input_body(match.op, body, n, in, &arena, &err) != YH_OK)
			say(0, &err);
	}
	yh_arena_done(&arena);
}

static char *word(char **at, const char *ends)
{
	char *begins = *at;

	*at += strcspn(begins, ends);
	if (**at)
		*(*at)++ = 0;
	return begins;
}

void yh_fuzz_http(const unsigned char *data, size_t n)
{
	char *text = malloc(n + 1), *at = text;
	struct yh_head head = { .n = 0 };
	struct yh_wanted wanted;
	struct yh_err err = { 0 };
	int status;

	must(text != NULL);
	if (n)
		memcpy(text, data, n);
	text[n] = 0;
	begin();
	head.method = word(&at, " \n");
	head.uri = word(&at, " \n");
	head.version = word(&at, "\n");
	while (*at && *at != '\n') {
		struct yh_header h = { word(&at, ":\n"), word(&at, "\n") };

		if (head.n < YH_HEADERS_MAX)
			head.headers[head.n++] = h;
		else
			head.too_many = true;
	}
	at += *at == '\n';
	status = yh_guard_head(&head, &wanted, &err);
	if (status)
		say(status, &err);
	else {
		look_at_head(&wanted);
		read_request(head.method, head.uri, at, n - (size_t)(at - text));
	}
	free(text);
}
