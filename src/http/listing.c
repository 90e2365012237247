/* A whole list as a file: the pages of its operation one after the other, in one snapshot. */
#include "http/listing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "export/outfile.h"
#include "http/internal.h"
#include "law/label.h"

/* A list that takes longer keeps others from theirs. */
enum { LONGEST_MS = 120 * 1000, CELLS_BYTES = 256 << 20, PAGE_BYTES = 64 << 20 };
enum { CURSOR_BYTES = 4 * YH_CURSOR_MAX + 1 };

struct listing {
	struct call *c;
	struct yh_listing_spec spec;
	struct yh_arena page; /* of one page */
	char cursor[CURSOR_BYTES];
	bool more;
	int64_t rows, bytes, begun_ms;
	/* the highest label of what it names, and how many rows the reader is not cleared for */
	const struct yh_pack *pack; /* NULL: none is known */
	char label[YH_LABEL_TEXT], label_title[80];
	int64_t withheld;
};

bool yh_listing_asked(const struct yh_op *op, const char *query)
{
	if (!(op->flags & YH_OP_PAGED) || op->live)
		return false;
	for (const char *s = query; s; s = strchr(s, '&') ? strchr(s, '&') + 1 : NULL)
		if (strncmp(s, "as=", 3) == 0)
			return true;
	return false;
}

/* Who hung up does not wait for it any more. */
static bool is_gone(const struct call *c)
{
	char byte;
	ssize_t n = recv(c->conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static enum yh_rc check_time(const struct listing *l, struct yh_err *err)
{
	if (yh_conn_draining(l->c->srv))
		return yh_fail(err, YH_BUSY, "server-stopping");
	if (yh_monotonic_ms() - l->begun_ms > LONGEST_MS || is_gone(l->c))
		return yh_fail(err, YH_BUSY, "deadline-passed");
	return YH_OK;
}

/* Runs the operation for the page at l->cursor; its items lie in l->page. */
static enum yh_rc read_page(struct listing *l, const json_t **items, struct yh_err *err)
{
	struct call *c = l->c;
	const json_t *reply = NULL;
	const char *next;
	enum yh_rc rc;

	c->out.len = 0;
	c->out.failed = false;
	yh_jw_init(&c->jw, &c->out);
	c->rq.limit = YH_PAGE_MAX;
	c->rq.cursor = l->cursor;
	yh_jw_obj(c->rq.w, NULL);
	rc = c->rq.op->run(&c->rq, c->in, err);
	yh_jw_end_obj(c->rq.w);
	if (rc == YH_OK && !yh_buf_ok(&c->out))
		rc = yh_fail(err, YH_INTERNAL, "reply-too-large");
	if (rc == YH_OK)
		rc = yh_json_parse_in(&l->page, yh_buf_text(&c->out), c->out.len, &reply, err);
	if (rc != YH_OK)
		return rc;
	*items = json_object_get(reply, "items");
	next = yh_json_text(reply, "next");
	l->more = next != NULL;
	if (!next)
		return YH_OK;
	if (strlen(next) >= sizeof l->cursor || strcmp(next, l->cursor) == 0)
		return yh_fail(err, YH_INTERNAL, "cursor-invalid");
	(void)snprintf(l->cursor, sizeof l->cursor, "%s", next);
	return YH_OK;
}

static enum yh_rc too_long(const char *slug, const char *figure, int64_t max, struct yh_err *err)
{
	(void)yh_fail(err, YH_TOO_LARGE, slug);
	yh_err_int(err, figure, max);
	return YH_TOO_LARGE;
}

static enum yh_rc put_item(struct listing *l, struct yh_table *t, const json_t *item,
			   struct yh_err *err)
{
	struct yh_cell cells[YH_LISTING_COLUMNS];

	if (l->rows++ == l->c->srv->cfg.list_rows_max)
		return too_long("list-too-long", "max", l->c->srv->cfg.list_rows_max, err);
	for (size_t i = 0; i < l->spec.n; i++) {
		cells[i] = yh_listing_cell(&l->spec, i, item, &l->page);
		l->bytes +=
			cells[i].text ? (int64_t)strlen(cells[i].text) : (int64_t)sizeof(int64_t);
	}
	if (l->bytes > CELLS_BYTES)
		return too_long("list-too-heavy", "mib", CELLS_BYTES >> 20, err);
	return yh_table_row(t, cells, err);
}

static void note_label(struct listing *l, const json_t *item)
{
	const char *label = yh_json_text(item, "label"), *title = yh_json_text(item, "label_title");

	if (!l->pack || !label || !title || !json_is_boolean(json_object_get(item, "withheld")))
		return;
	l->withheld += json_is_true(json_object_get(item, "withheld"));
	if (yh_pack_label_rank(l->pack, label) <= yh_pack_label_rank(l->pack, l->label))
		return;
	(void)snprintf(l->label, sizeof l->label, "%s", label);
	(void)snprintf(l->label_title, sizeof l->label_title, "%s", title);
}

/* What is labelled as documents are from the first, and open to the reader, needs no word. */
static bool is_marked(const struct listing *l)
{
	const char *usual = l->pack ? yh_pack_label_of(l->pack, "upload", NULL) : "";

	return l->withheld > 0 || (l->pack && yh_pack_label_rank(l->pack, l->label) >
						      yh_pack_label_rank(l->pack, usual));
}

/* The last row says what the file is labelled as: who handed on a list knew all of it by then. */
static enum yh_rc put_mark(struct listing *l, struct yh_table *t, struct yh_err *err)
{
	struct yh_cell cells[YH_LISTING_COLUMNS] = { 0 };
	YH_JSON_AUTO figures = NULL;
	struct yh_buf text;
	enum yh_rc rc;

	if (!is_marked(l))
		return YH_OK;
	figures = json_pack("{s:s, s:I}", "label", l->label_title, "n", (json_int_t)l->withheld);
	yh_buf_init(&text, 1024);
	if (figures)
		yh_messages_fill(l->c->rq.messages, l->c->rq.lang, "list-marked", figures, &text);
	for (size_t i = 0; i < l->spec.n; i++)
		cells[i] = (struct yh_cell){ .kind = YH_CELL_TEXT, .empty = i > 0 };
	cells[0].text = yh_buf_ok(&text) ? yh_buf_text(&text) : l->label_title;
	rc = yh_table_row(t, cells, err);
	yh_buf_done(&text);
	return rc;
}

static enum yh_rc put_rows(void *arg, struct yh_table *t, struct yh_err *err)
{
	struct listing *l = arg;
	enum yh_rc rc = YH_OK;

	l->more = true;
	while (rc == YH_OK && l->more) {
		const json_t *items = NULL, *item;
		size_t i;

		rc = check_time(l, err);
		if (rc == YH_OK)
			rc = read_page(l, &items, err);
		for (i = 0; rc == YH_OK && (item = json_array_get(items, i)); i++) {
			note_label(l, item);
			rc = put_item(l, t, item, err);
		}
		yh_arena_done(&l->page);
	}
	return rc == YH_OK ? put_mark(l, t, err) : rc;
}

/* The operation in the words of the language: up to the first comma or bracket. */
static const char *title_of(struct call *c)
{
	static const char *const ends[] = { "，", "；", "（", "：", "/", "\\",
					    "[",  "]",  ":",  "*",  "?" };
	enum { LONGEST = 60 }; /* twenty characters of Chinese: sheets have names of 31 */
	const char *text = c->rq.op->about_zh;
	size_t n = strlen(text);

	if (strcmp(c->rq.lang, "en") == 0)
		return yh_arena_printf(&c->arena, "%.31s", c->rq.op->name);
	for (size_t i = 0; i < YH_LEN(ends); i++) {
		const char *end = strstr(text, ends[i]);

		if (end && (size_t)(end - text) < n)
			n = (size_t)(end - text);
	}
	for (n = n > LONGEST ? LONGEST : n; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		;
	return yh_arena_strndup(&c->arena, text, n);
}

static enum yh_rc hand_out(struct call *c, FILE *out, const char *title, const char *mark,
			   struct yh_err *err)
{
	bool xlsx = strcmp(c->page_in.as, "xlsx") == 0;
	char day[YH_DAY_TEXT];
	enum yh_rc rc = yh_outfile_take(out, &c->file_fd, &c->file_bytes, err);

	if (rc != YH_OK)
		return rc;
	c->has_file = true;
	c->file_name = yh_arena_printf(&c->arena, "%s%s%s-%s.%s", mark, mark[0] ? "-" : "", title,
				       yh_day_text(yh_ctx_today(&c->rq.cx), day), c->page_in.as);
	c->out.len = 0;
	c->rq.etag[0] = 0;
	c->rq.content_type =
		xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		     : "text/csv; charset=utf-8";
	return c->file_name ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_listing_make(struct call *c, struct yh_err *err)
{
	const struct yh_law_book *law = c->rq.cx.world->law;
	struct listing l = { .c = c, .begun_ms = yh_monotonic_ms() };
	struct yh_table_spec table = { .name = title_of(c),
				       .lang = c->rq.lang,
				       .made_at = c->rq.cx.now };
	FILE *out;
	enum yh_rc rc = yh_listing_columns(c->rq.op, &c->srv->shapes, &c->page_in, c->rq.lang,
					   &c->arena, &l.spec, err);

	table.columns = l.spec.titles;
	table.n = l.spec.n;
	if (rc == YH_OK && !table.name)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_outfile_open(&out, err);
	if (rc != YH_OK)
		return rc;
	if (law->pack_on(law->self, yh_ctx_today(&c->rq.cx), &l.pack, NULL) != YH_OK)
		l.pack = NULL;
	yh_arena_init(&l.page, (size_t)PAGE_BYTES);
	c->rq.cx.arena = &l.page;
	rc = strcmp(c->page_in.as, "xlsx") == 0 ? yh_xlsx_write(out, &table, put_rows, &l, err)
						: yh_csv_write(out, &table, put_rows, &l, err);
	c->rq.cx.arena = &c->arena;
	if (rc == YH_OK)
		return hand_out(c, out, table.name, is_marked(&l) ? l.label_title : "", err);
	(void)fclose(out);
	return rc;
}
