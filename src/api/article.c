/* The measures, article by article: what the software does by each, and the cases it governed. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "services/policy/explain.h"
#include "services/policy/govern.h"
#include "services/project/project.h"

/* Cases are counted up to so many of a procedure. */
enum { COUNT_MOST = 1000, LATEST = 10 };

struct article_in {
	const char *article;
};

static const struct yh_field article_path[] = {
	{ "article", YH_F_CODE, offsetof(struct article_in, article), YH_REQUIRED, .max = 15,
	  .about = "number of the article" },
	{ 0 },
};

struct book {
	struct yh_speech s;
	const struct yh_procedure *procedures;
	size_t n;
	struct yh_case_tally *tally; /* of each procedure */
	const char *relation;        /* in which one may read cases; NULL: in none */
};

static enum yh_rc open_book(struct yh_req *rq, struct book *b, struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	struct yh_viewer who;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	if (rc == YH_OK)
		rc = yh_req_relation(rq, "case.read", &b->relation, err);
	if (rc != YH_OK)
		return rc;
	b->s = yh_list_speech(rq, pack);
	b->procedures = yh_pack_procedures(pack, &b->n);
	b->tally = YH_NEW_N(rq->cx.arena, struct yh_case_tally, b->n + 1);
	if (!b->tally)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < b->n; i++)
		b->tally[i] = (struct yh_case_tally){ .procedure = b->procedures[i].name };
	if (!b->relation)
		return YH_OK;
	who = yh_viewer_of(&rq->cx, b->relation);
	return yh_case_tally(rq->cx.tx, &who, COUNT_MOST + 1, b->tally, b->n, err);
}

static void write_procedures(struct yh_req *rq, const struct book *b, const struct yh_basis *basis)
{
	yh_jw_arr(rq->w, "procedures");
	for (size_t i = 0; i < b->n; i++) {
		if (!yh_basis_procedure(basis, &b->procedures[i]))
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "procedure", b->procedures[i].name);
		yh_jw_str(rq->w, "title", yh_say_text(&b->s, b->procedures[i].title));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static void write_checks_of(struct yh_req *rq, const struct book *b, const struct yh_basis *basis,
			    const struct yh_procedure *p, const struct yh_step *step)
{
	const struct yh_word_use *uses = step ? step->checks : p->checks;
	size_t n = step ? step->n_checks : p->n_checks;
	struct yh_speech s = b->s;

	s.procedure = p;
	for (size_t i = 0; i < n; i++) {
		if (!yh_basis_use(basis, &uses[i]))
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_say_use_json(&s, &uses[i], rq->w);
		yh_jw_str(rq->w, "procedure", p->name);
		yh_jw_str(rq->w, "procedure_title", yh_say_text(&s, p->title));
		yh_jw_str(rq->w, "step", step ? step->name : NULL);
		yh_jw_str(rq->w, "step_title", step ? yh_say_text(&s, step->title) : NULL);
		yh_jw_end_obj(rq->w);
	}
}

static void write_checks(struct yh_req *rq, const struct book *b, const struct yh_basis *basis)
{
	yh_jw_arr(rq->w, "checks");
	for (size_t i = 0; i < b->n; i++) {
		const struct yh_procedure *p = &b->procedures[i];

		write_checks_of(rq, b, basis, p, NULL);
		for (size_t k = 0; k < p->n_steps; k++)
			write_checks_of(rq, b, basis, p, &p->steps[k]);
	}
	yh_jw_end_arr(rq->w);
}

static void write_rules(struct yh_req *rq, const struct book *b, const struct yh_basis *basis)
{
	size_t n;
	const struct yh_rule *rules = yh_pack_rules(b->s.pack, &n);

	yh_jw_arr(rq->w, "rules");
	for (size_t i = 0; i < n; i++) {
		if (!yh_basis_rule(basis, &rules[i]))
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "rule", rules[i].id);
		yh_jw_str(rq->w, "title", yh_say_text(&b->s, rules[i].title));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

/* The cases that it governed, among those one may see. */
static void write_cases(struct yh_req *rq, const struct book *b, const struct yh_basis *basis)
{
	int64_t n = 0, open = 0;
	bool more = false;

	for (size_t i = 0; i < b->n; i++) {
		const struct yh_case_tally *t = &b->tally[i];

		if (!yh_basis_procedure(basis, &b->procedures[i]))
			continue;
		more = more || t->n > COUNT_MOST;
		n += t->n > COUNT_MOST ? COUNT_MOST : t->n;
		open += t->open > COUNT_MOST ? COUNT_MOST : t->open;
	}
	yh_jw_obj(rq->w, "cases");
	yh_jw_int(rq->w, "n", n);
	yh_jw_bool(rq->w, "more", more);
	yh_jw_int(rq->w, "open", open);
	yh_jw_end_obj(rq->w);
}

static void write_article(struct yh_req *rq, const struct book *b, const struct yh_article *a)
{
	const struct yh_basis basis = { .article = a->number };

	yh_explain_article(&b->s, a, rq->w);
	write_procedures(rq, b, &basis);
	write_checks(rq, b, &basis);
	write_rules(rq, b, &basis);
	write_cases(rq, b, &basis);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_article *articles;
	struct book b;
	size_t n;
	enum yh_rc rc = open_book(rq, &b, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	articles = yh_pack_articles(b.s.pack, &n);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		write_article(rq, &b, &articles[i]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static void write_steps(struct yh_req *rq, const struct book *b, const struct yh_basis *basis)
{
	struct yh_speech s = b->s;

	yh_jw_arr(rq->w, "steps");
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < b->procedures[i].n_steps; k++) {
			const struct yh_procedure *p = &b->procedures[i];

			if (!yh_basis_step(basis, &p->steps[k]))
				continue;
			s.procedure = p;
			yh_jw_obj(rq->w, NULL);
			yh_jw_str(rq->w, "procedure", p->name);
			yh_jw_str(rq->w, "procedure_title", yh_say_text(&s, p->title));
			yh_jw_str(rq->w, "step", p->steps[k].name);
			yh_jw_str(rq->w, "title", yh_say_text(&s, p->steps[k].title));
			yh_explain_clock(&s, &p->steps[k], rq->w);
			yh_jw_end_obj(rq->w);
		}
	yh_jw_end_arr(rq->w);
}

/* "|quota|expansion|" */
static const char *names_of(struct yh_req *rq, const struct book *b, const struct yh_basis *basis)
{
	const char *names = "|";

	for (size_t i = 0; names && i < b->n; i++)
		if (yh_basis_procedure(basis, &b->procedures[i]))
			names = yh_arena_printf(rq->cx.arena, "%s%s|", names,
						b->procedures[i].name);
	return names;
}

static enum yh_rc write_latest(struct yh_req *rq, const struct book *b,
			       const struct yh_basis *basis, struct yh_err *err)
{
	struct yh_viewer who;
	struct yh_case_filter f = { .state = "", .procedure = "", .limit = LATEST };
	struct yh_case_line *rows;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	f.procedures = names_of(rq, b, basis);
	if (!f.procedures)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (b->relation && f.procedures[1]) {
		who = yh_viewer_of(&rq->cx, b->relation);
		rc = yh_case_list(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	}
	yh_jw_arr(rq->w, "latest");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_text2 title =
			yh_view_step_title(rq, &rows[i].pack, rows[i].procedure, NULL);

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "no", rows[i].no);
		yh_jw_str(rq->w, "title",
			  yh_view_title(rq, &rows[i].pack, rows[i].procedure, rows[i].label,
					rows[i].title));
		yh_list_word(rq, "state", "case", rows[i].state);
		yh_jw_str(rq->w, "procedure", rows[i].procedure);
		yh_jw_str(rq->w, "procedure_title", yh_say_text(&b->s, title));
		yh_jw_time(rq->w, "filed_at", rows[i].filed_at);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const char *number = ((const struct article_in *)in)->article;
	const struct yh_basis basis = { .article = number };
	const struct yh_article *a;
	struct book b;
	enum yh_rc rc = open_book(rq, &b, err);

	if (rc != YH_OK)
		return rc;
	a = yh_pack_article(b.s.pack, number);
	if (!a) {
		rc = yh_fail(err, YH_NOT_FOUND, "article-unknown");
		yh_err_text(err, "what", number);
		return rc;
	}
	write_article(rq, &b, a);
	write_steps(rq, &b, &basis);
	return write_latest(rq, &b, &basis, err);
}

static const struct yh_named_shape shapes[] = {
	{ "Article",
	  "{article title summary roles:[@RoleTitle] parameters:[@Parameter] "
	  "procedures:[{procedure title}] checks:[{@WordUse procedure procedure_title step|null "
	  "step_title|null}] rules:[{rule title}] cases:{n:int more:bool open:int}}" },
	{ 0 },
};

static const struct yh_column columns[] = {
	YH_COL_ARTICLE,
	YH_COL_TITLE,
	YH_COL("摘要", "SUMMARY", "summary"),
	YH_COL("案件", "CASES", "cases.n"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "article.list", YH_GET, "/api/v1/policy/articles", NULL, 0, NULL, NULL, NULL, 0, list,
	  columns, "逐条看办法在系统中如何落实，以及适用它的案件",
	  "The measures article by article: what the software does, and the cases they governed",
	  .reply = "{items:[@Article]}" },
	{ "article.show", YH_GET, "/api/v1/policy/articles/{article}", NULL, 0, article_path, NULL,
	  NULL, sizeof(struct article_in), show, NULL, "一条办法：流程、环节、核对和最近的案件",
	  "One article: its procedures, steps, checks and the latest cases",
	  .reply = "{@Article steps:[{procedure procedure_title step title clock:@Clock|null}] "
		   "latest:[{no title state:open|abroad|returned|closed|refused|withdrawn "
		   "state_title "
		   "procedure procedure_title filed_at:time}]}" },
};

const struct yh_op_table yh_ops_article = { ops, sizeof ops / sizeof ops[0], shapes };
