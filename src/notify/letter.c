/* What a mail says. Every sentence stands in the message catalogues. */
#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "net/mime.h"
#include "notify/choice.h"
#include "notify/internal.h"

enum { TEXT_BYTES = 4 * 1024 * 1024, SENTENCE_BYTES = 16 * 1024 };

enum yh_rc yh_notice_veil(struct yh_told_notice *t, const struct yh_pack *pack,
			  struct yh_arena *arena, struct yh_err *err)
{
	const char *figures = yh_mark_notice(arena, pack, t->case_no, t->procedure, t->label);

	if (!figures)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(t->slug, sizeof t->slug, "%s", YH_NOTICE_WITHHELD);
	t->figures = figures;
	return YH_OK;
}

static void line(const struct yh_notify *n, const struct letter *l, const char *slug,
		 json_t *figures, struct yh_buf *out)
{
	YH_JSON_AUTO owned = figures;

	yh_messages_fill(n->cfg.messages, l->who.lang, slug, owned, out);
	yh_buf_str(out, "\n");
}

/* The sentence of a notice; one too long for a mail stands in the inbox. */
static void sentence(const struct yh_notify *n, const struct letter *l,
		     const struct yh_told_notice *t, struct yh_buf *out)
{
	YH_JSON_AUTO figures = NULL;
	struct yh_buf text;

	yh_buf_init(&text, SENTENCE_BYTES);
	if (yh_json_parse(t->figures, strlen(t->figures), &figures, NULL) == YH_OK)
		yh_messages_fill(n->cfg.messages, l->who.lang, t->slug, figures, &text);
	if (yh_buf_ok(&text) && text.len > 0)
		yh_buf_add(out, text.data, text.len);
	else
		yh_messages_fill(n->cfg.messages, l->who.lang, "mail-see-inbox", NULL, out);
	yh_buf_done(&text);
}

static void about(const struct yh_notify *n, const struct letter *l, const struct yh_told_notice *t,
		  struct yh_buf *out)
{
	YH_JSON_AUTO figures = NULL;
	const char *title = NULL;
	char day[YH_DAY_TEXT];

	if (yh_json_parse(t->figures, strlen(t->figures), &figures, NULL) == YH_OK)
		title = yh_json_text(figures, "title");
	if (t->case_no[0])
		line(n, l, "mail-about-case",
		     json_pack("{s:s, s:s}", "case", t->case_no, "title", title ? title : ""), out);
	line(n, l, "mail-about-org",
	     json_pack("{s:s, s:s}", "org", t->org_name, "day",
		       yh_day_text(yh_day_of(t->made_at), day)),
	     out);
}

static void category_name(const struct yh_notify *n, const struct letter *l, const char *category,
			  char *out, size_t size)
{
	char slug[16 + YH_CATEGORY_TEXT];
	const char *name;

	(void)snprintf(slug, sizeof slug, "category-%s", category);
	name = yh_messages_find(n->cfg.messages, l->who.lang, slug);
	(void)snprintf(out, size, "%s", name ? name : category);
}

static void notices(const struct yh_notify *n, const struct letter *l, struct yh_buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct letter_notice *x = &l->notices[i];
		char name[64];

		if (i > 0 && strcmp(x->category, l->notices[i - 1].category) == 0)
			name[0] = 0;
		else
			category_name(n, l, x->category, name, sizeof name);
		if (l->n > 1 && name[0])
			yh_buf_printf(out, "【%s】\n", name);
		sentence(n, l, &x->told, out);
		yh_buf_str(out, "\n");
		about(n, l, &x->told, out);
		yh_buf_str(out, "\n");
	}
	if (l->n > 0) {
		char name[64];

		category_name(n, l, l->notices[0].category, name, sizeof name);
		line(n, l, "mail-off-switch",
		     json_pack("{s:s, s:s}", "category", l->notices[0].category, "name", name),
		     out);
	}
}

static void write_subject(const struct yh_notify *n, const struct letter *l, struct yh_buf *out)
{
	if (strcmp(l->kind, "code") == 0 || strcmp(l->kind, "test") == 0) {
		line(n, l, strcmp(l->kind, "code") == 0 ? "mail-code-subject" : "mail-test-subject",
		     json_object(), out);
		return;
	}
	if (l->n > 1) {
		line(n, l, "mail-digest-subject", json_pack("{s:I}", "n", (json_int_t)l->n), out);
		return;
	}
	yh_messages_fill(n->cfg.messages, l->who.lang, "mail-subject-lead", NULL, out);
	if (l->n == 1)
		sentence(n, l, &l->notices[0].told, out);
}

static void write_text(const struct yh_notify *n, const struct letter *l, struct yh_buf *out)
{
	line(n, l, "mail-greeting", json_pack("{s:s}", "name", l->name), out);
	yh_buf_str(out, "\n");
	if (strcmp(l->kind, "code") == 0)
		line(n, l, "mail-code",
		     json_pack("{s:s, s:i}", "code", l->who.code, "hours", YH_CODE_HOURS), out);
	else if (strcmp(l->kind, "test") == 0)
		line(n, l, "mail-test", json_object(), out);
	else
		notices(n, l, out);
	line(n, l, "mail-footer", json_object(), out);
}

/* The subject is one line without its end. */
static void chomp(struct yh_buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] == '\n')
		b->data[--b->len] = 0;
}

void yh_letter_write(const struct yh_notify *n, const struct letter *l, const char *to,
		     struct yh_buf *out)
{
	char id[YH_ID_TEXT];
	struct yh_buf subject, text;
	struct yh_mail m = { .from = n->cfg.mail_from,
			     .from_name =
				     yh_messages_find(n->cfg.messages, l->who.lang, "mail-sender"),
			     .to = to,
			     .id = yh_id_text(&l->key, id),
			     .lang = l->who.lang,
			     .date = l->date };

	yh_buf_init(&subject, TEXT_BYTES);
	yh_buf_init(&text, TEXT_BYTES);
	write_subject(n, l, &subject);
	chomp(&subject);
	write_text(n, l, &text);
	m.subject = yh_buf_text(&subject);
	m.text = yh_buf_text(&text);
	yh_mail_write(&m, out);
	yh_buf_done(&subject);
	yh_buf_done(&text);
}
