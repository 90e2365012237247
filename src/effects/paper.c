/* Issuing a numbered document: its number and its words, in the transaction of the decision. What
 * must be printed and sealed comes after the commit, by a job. */
#include "effects/paper.h"

#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "law/deadline.h"
#include "law/form.h"
#include "law/paper.h"
#include "store/case_file.h"
#include "store/event.h"
#include "services/policy/say.h"
#include "store/paper.h"

enum { BODY_BYTES = 64 * 1024, FIGURES = 256, LIST_BYTES = 8 * 1024 };

/* What a paper says of its case, in one language. */
struct saying {
	struct yh_case_cx *k;
	const char *lang;
	const struct yh_paper_row *row;
	const char *project;
	yh_day until;
	struct yh_period within; /* n 0: none */
	struct yh_paper_figure figures[FIGURES];
	size_t n;
};

static bool is_english(const struct saying *s)
{
	return strcmp(s->lang, "en") == 0;
}

static void add(struct saying *s, const char *name, const char *text)
{
	if (s->n < FIGURES)
		s->figures[s->n++] = (struct yh_paper_figure){ name, text };
}

/* 2026年11月26日; 2026-11-26 */
static const char *day_of(struct saying *s, yh_day day)
{
	struct yh_date d;

	if (day == YH_DAY_NONE)
		return NULL;
	d = yh_date_of(day);
	return yh_arena_printf(s->k->cx->arena, is_english(s) ? "%d-%02d-%02d" : "%d年%d月%d日",
			       (int)d.year, (int)d.month, (int)d.day);
}

static const char *kept(struct saying *s, struct yh_buf *b)
{
	const char *text =
		b->len && yh_buf_ok(b) ? yh_arena_strdup(s->k->cx->arena, yh_buf_text(b)) : NULL;

	yh_buf_done(b);
	return text;
}

/* "vCPU（核）"; the code word where the catalogues have none. */
static const char *dimension_title(const struct saying *s, const char *dim)
{
	const struct yh_messages *m = s->k->cx->world->messages;
	const char *title;
	char slug[96];

	(void)snprintf(slug, sizeof slug, "word-dimension-%.64s", dim);
	for (char *p = slug; *p; p++)
		*p = *p == '_' ? '-' : *p;
	title = m ? yh_messages_find(m, s->lang, slug) : NULL;
	return title ? title : dim;
}

static const char *dimensions(struct saying *s)
{
	const json_t *list = json_object_get(s->k->c->form, "dimensions");
	const char *dim, *qty;
	struct yh_buf b;

	yh_buf_init(&b, LIST_BYTES);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);

		if (i)
			yh_buf_str(&b, is_english(s) ? ", " : "、");
		dim = yh_json_text(e, "dimension");
		qty = yh_json_text(e, "quantity");
		yh_buf_printf(&b, "%s %s", dimension_title(s, dim ? dim : ""), qty ? qty : "");
	}
	return kept(s, &b);
}

static const char *resources(struct saying *s)
{
	struct yh_resource_row *rs;
	struct yh_buf b;
	size_t n;

	if (yh_resource_of_case(s->k->cx->tx, &s->k->c->row.id, s->k->cx->arena, &rs, &n, NULL) !=
	    YH_OK)
		return NULL;
	yh_buf_init(&b, LIST_BYTES);
	for (size_t i = 0; i < n; i++)
		yh_buf_printf(&b, "%s%s", i ? (is_english(s) ? ", " : "、") : "", rs[i].no);
	return kept(s, &b);
}

static const char *within(struct saying *s)
{
	const struct yh_speech speech = { .messages = s->k->cx->world->messages, .lang = s->lang };
	struct yh_buf b;

	if (s->within.n == 0)
		return NULL;
	yh_buf_init(&b, 256);
	yh_say_period(&speech, s->within, &b);
	return kept(s, &b);
}

/* What a field of a form says, in words where its schema has them. */
static const char *in_words(const struct saying *s, const json_t *schema, const char *field,
			    const json_t *value)
{
	const json_t *of = json_object_get(json_object_get(schema, "properties"), field);
	const char *text = json_string_value(value), *title;

	of = json_object_get(json_object_get(of, "x-enum-titles"), s->lang);
	title = text ? yh_json_text(of, text) : NULL;
	return title ? title : text;
}

/* "form.title", "answer.cause" */
static void add_form(struct saying *s, const char *of, const json_t *schema, const json_t *form)
{
	const char *field;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)form, field, v)
	{
		const char *text = in_words(s, schema, field, v);
		const char *name =
			text ? yh_arena_printf(s->k->cx->arena, "%s.%s", of, field) : NULL;

		if (name)
			add(s, name, text);
	}
}

/* The form of the outcome that is taken: the one that the input fits. */
static const json_t *answer_schema(const struct saying *s)
{
	const struct yh_step *step = s->k->step;

	for (size_t i = 0; step && s->k->input && i < step->n_outcomes; i++)
		if (step->outcomes[i].form &&
		    yh_form_validate(step->outcomes[i].form, s->k->input, NULL) == YH_OK)
			return step->outcomes[i].form;
	return NULL;
}

static void gather(struct saying *s)
{
	const struct yh_case *c = s->k->c;
	const char *reason = yh_json_text(c->form, "reason");
	const char *procedure = is_english(s) ? c->procedure->title.en : c->procedure->title.zh;

	s->n = 0;
	add(s, "number", s->row->no);
	add(s, "date", day_of(s, yh_day_of(s->row->issued_at)));
	add(s, "issuer", s->row->issuer_name);
	add(s, "recipient", s->row->recipient_name);
	add(s, "case", c->row.no);
	add(s, "title", c->row.title);
	add(s, "procedure", procedure);
	add(s, "project", s->project);
	add(s, "dimensions", dimensions(s));
	add(s, "resources", resources(s));
	add(s, "reason", reason);
	add(s, "order", yh_json_text(s->k->input, "order"));
	add(s, "until", day_of(s, s->until));
	add(s, "within", within(s));
	add(s, "article", s->row->article);
	add_form(s, "form", c->procedure->form, c->form);
	add_form(s, "answer", answer_schema(s), s->k->input);
}

static const char *fill(struct saying *s, const char *const *texts, size_t n)
{
	struct yh_buf b;

	yh_buf_init(&b, BODY_BYTES);
	for (size_t i = 0; i < n; i++) {
		if (i)
			yh_buf_str(&b, "\n");
		yh_paper_fill(texts[i], s->figures, s->n, &b);
	}
	return kept(s, &b);
}

static enum yh_rc say(struct saying *s, const struct yh_paper_form *f, struct yh_paper_row *row,
		      struct yh_err *err)
{
	s->lang = "zh";
	gather(s);
	row->heading_zh = fill(s, &f->heading.zh, 1);
	row->body_zh = fill(s, f->zh, f->n_zh);
	s->lang = "en";
	gather(s);
	row->heading_en = fill(s, &f->heading.en, 1);
	row->body_en = fill(s, f->en, f->n_en);
	return row->heading_zh && row->body_zh && row->heading_en && row->body_en
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "paper-too-long");
}

/* A body counts each series of a year by itself: never twice, and what is taken back leaves none.
 */
static enum yh_rc number(struct yh_case_cx *k, const struct yh_paper_form *f,
			 struct yh_paper_row *row, struct yh_err *err)
{
	struct yh_sm3 series = yh_sm3_of(f->number, strlen(f->number));
	char name[128], org[YH_ID_TEXT], hex[YH_SM3_HEX], year[16], n_text[24];
	const struct yh_paper_figure figures[] = { { "year", year }, { "n", n_text } };
	const char *text = f->number;
	struct yh_org_row body;
	struct yh_buf b;
	int64_t n;
	enum yh_rc rc;

	(void)snprintf(year, sizeof year, "%d", (int)yh_date_of(yh_ctx_today(k->cx)).year);
	(void)snprintf(name, sizeof name, "paper-%s-%s-%.16s", yh_id_text(&row->issuer, org), year,
		       yh_hex(series.b, sizeof series.b, hex));
	rc = yh_counter_next(k->cx->tx, name, &n, err);
	if (rc == YH_OK)
		rc = yh_org_load(k->cx->tx, &row->issuer, k->cx->arena, &body, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(n_text, sizeof n_text, "%lld", (long long)n);
	yh_buf_init(&b, 1024);
	if (f->prefix && body.paper_prefix[0]) {
		yh_buf_str(&b, body.paper_prefix);
		text += strlen(f->prefix);
	}
	yh_paper_fill(text, figures, 2, &b);
	row->no = yh_buf_ok(&b) ? yh_arena_strdup(k->cx->arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return row->no ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc parties(struct yh_case_cx *k, const char *to, struct yh_paper_row *row,
			  struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc;

	rc = yh_case_party(k, k->step && k->step->n_roles ? k->step->roles[0] : to, &row->issuer,
			   err);
	if (rc == YH_OK)
		rc = yh_case_party(k, to, &row->recipient, err);
	if (rc == YH_OK)
		rc = yh_org_load(k->cx->tx, &row->issuer, k->cx->arena, &org, err);
	if (rc != YH_OK)
		return rc;
	row->issuer_name = org.name;
	rc = yh_org_load(k->cx->tx, &row->recipient, k->cx->arena, &org, err);
	row->recipient_name = org.name;
	return rc;
}

static enum yh_rc read_case(struct saying *s, const struct yh_word_use *use, struct yh_err *err)
{
	const struct yh_arg_value *within = yh_use_arg(use, "within");
	const char *until = yh_json_text(s->k->c->form, "until");
	struct yh_ctx *cx = s->k->cx;
	struct yh_project_row p;
	struct yh_due due;
	enum yh_rc rc = YH_OK;

	s->until = YH_DAY_NONE;
	if (within) {
		s->within = within->period;
		rc = yh_due_day(cx->world->law->calendar(cx->world->law->self), yh_ctx_today(cx),
				within->period, YH_PROVISIONAL, &due, err);
		s->until = due.day;
	} else if (until && yh_day_parse(until, &s->until, NULL) != YH_OK) {
		s->until = YH_DAY_NONE;
	}
	if (rc != YH_OK || yh_id_is_zero(&s->k->c->row.project))
		return rc;
	rc = yh_project_load(cx->tx, &s->k->c->row.project, cx->arena, &p, err);
	s->project = p.name;
	return rc;
}

/* What is labelled higher than papers are says nothing of itself on the record, where others read.
 */
static enum yh_rc label(struct yh_case_cx *k, struct yh_paper_row *row, struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_pack *pack;
	const char *word;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	word = yh_mark_least(pack, "paper", &k->c->row);
	(void)snprintf(row->label, sizeof row->label, "%s", word);
	return YH_OK;
}

/* Its heading stands in no event: who reads it, opens it. */
static enum yh_rc record(struct yh_case_cx *k, const struct yh_paper_row *row, struct yh_err *err)
{
	const struct yh_event e = { .id = yh_ctx_new_id(k->cx),
				    .at = k->cx->now,
				    .kind = "paper.issued",
				    .case_id = k->c->row.id,
				    .object_kind = "paper",
				    .object_id = row->id,
				    .person = k->cx->actor->person,
				    .org = row->recipient,
				    .article = row->article,
				    .outcome = row->no,
				    .after = row->template,
				    .source = k->cx->actor->source };

	return yh_event_insert(k->cx->tx, &e, err);
}

/* When it counts as served though nobody opens it: as if it were sent today, until it is. */
static enum yh_rc deem(struct yh_case_cx *k, const struct yh_word_use *use,
		       struct yh_paper_row *row, struct yh_err *err)
{
	const struct yh_arg_value *after = yh_use_arg(use, "deemed");
	struct yh_id job = yh_ctx_new_id(k->cx);
	const struct yh_ctx *cx = k->cx;
	struct yh_due due;
	enum yh_rc rc;

	row->deemed_day = YH_DAY_NONE;
	if (!after)
		return YH_OK;
	rc = yh_due_day(cx->world->law->calendar(cx->world->law->self), yh_ctx_today(cx),
			after->period, YH_PROVISIONAL, &due, err);
	row->deemed_day = due.day;
	(void)yh_period_text(after->period, row->deemed_after);
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "paper.deem", &row->id,
					   yh_day_start(due.day), err)
			   : rc;
}

YH_WORD_CHECK_FN(yh_word_paper_issue)
{
	const struct yh_paper_form *f = yh_pack_paper(k->c->pack, yh_use_text(use, "paper", ""));
	struct yh_id job = yh_ctx_new_id(k->cx);
	struct yh_paper_row row = { .id = yh_ctx_new_id(k->cx),
				    .case_id = k->c->row.id,
				    .person = k->cx->actor->person,
				    .issued_at = k->cx->now };
	struct saying s = { .k = k, .row = &row };
	const char *to = yh_use_text(use, "to", "");
	enum yh_rc rc = f ? YH_OK : yh_fail(err, YH_INTERNAL, "paper-unknown");

	if (rc == YH_OK)
		rc = parties(k, to, &row, err);
	if (rc == YH_OK)
		rc = number(k, f, &row, err);
	if (rc == YH_OK)
		rc = read_case(&s, use, err);
	if (rc != YH_OK)
		return rc;
	row.template = f->name;
	row.title_zh = f->title.zh;
	row.title_en = f->title.en;
	(void)snprintf(row.article, sizeof row.article, "%s", f->article ? f->article : "");
	(void)snprintf(row.step, sizeof row.step, "%s", k->step ? k->step->name : "");
	(void)snprintf(row.recipient_role, sizeof row.recipient_role, "%s", to);
	rc = say(&s, f, &row, err);
	if (rc == YH_OK)
		rc = deem(k, use, &row, err);
	if (rc == YH_OK)
		rc = label(k, &row, err);
	if (rc == YH_OK)
		rc = yh_paper_insert(k->cx->tx, &row, err);
	if (rc == YH_OK)
		rc = record(k, &row, err);
	return rc == YH_OK ? yh_job_insert(k->cx->tx, &job, "paper.seal", &row.id, k->cx->now, err)
			   : rc;
}
