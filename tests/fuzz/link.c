/* What one side of the districts' link takes from the other. The first byte chooses: a batch as it
 * travels; its text alone, which is otherwise behind a signature; or a code to enrol by. */
#include "fuzz.h"
#include "link/batch.h"
#include "link/enrol_text.h"
#include "link/file.h"
#include "link/shape.h"

enum { ARENA = 64 << 20 };

static const char *const all_kinds[] = { "edition",   "item",  "org",    "project",  "system",
					 "resource",  "quota", "record", "usage",    "platform",
					 "statement", "case",  "act",    "standing", NULL };

static void read_text(const char *text, size_t n, struct yh_arena *arena)
{
	struct yh_link_batch b;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_link_batch_read(text, n, arena, &b, &err);

	must_say(rc, &err);
	for (size_t i = 0; rc == YH_OK && i < b.n_lines; i++) {
		struct yh_err why = { 0 };
		const char *kind = NULL;

		must(yh_link_key_valid(b.lines[i].key));
		must(!b.lines[i].body || yh_link_body_valid(b.lines[i].body));
		if (b.lines[i].body)
			must_say(yh_link_shaped(b.lines[i].body, all_kinds, &kind, &why), &why);
	}
}

/* The line before a piece of a file. */
static void read_piece(const char *text, size_t n, struct yh_arena *arena)
{
	struct yh_link_piece p;
	const json_t *head;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_link_file_open(arena, text, n, &head, &p, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(p.n <= LINK_PIECE && p.bytes + p.n == text + n && p.at >= 0);
}

static void read_batch(const unsigned char *data, size_t n, struct yh_arena *arena)
{
	struct yh_link_envelope e;
	struct yh_err err = { 0 };
	const char *text;
	size_t len;
	enum yh_rc rc = yh_link_envelope_read(data, n, &e, &err);

	if (rc == YH_OK) {
		must(e.n <= n && e.payload >= data && e.payload + e.n == data + n);
		must(e.signature_n <= sizeof e.signature);
		rc = yh_link_envelope_open(&e, arena, &text, &len, &err);
	}
	must_say(rc, &err);
	if (rc == YH_OK) {
		must(len <= YH_LINK_PLAIN_MAX);
		read_text(text, len, arena);
		read_piece(text, len, arena);
	}
}

static void read_code(const unsigned char *data, size_t n)
{
	char *text = fuzz_part(&data, &n, NULL), again[YH_LINK_CODE_TEXT];
	struct yh_link_code code;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_link_code_parse(text, &code, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(strcmp(yh_link_code_text(&code, again), text) == 0);
	free(text);
}

void yh_fuzz_link(const unsigned char *data, size_t n)
{
	struct yh_arena arena;

	if (n == 0)
		return;
	yh_arena_init(&arena, ARENA);
	if (data[0] % 3 == 0)
		read_batch(data + 1, n - 1, &arena);
	else if (data[0] % 3 == 1) {
		read_text((const char *)data + 1, n - 1, &arena);
		read_piece((const char *)data + 1, n - 1, &arena);
	} else
		read_code(data + 1, n - 1);
	yh_arena_done(&arena);
}
