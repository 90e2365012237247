/* Searching everything one may see. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/label.h"
#include "api/list.h"
#include "base/mem.h"
#include "services/project/project.h"
#include "store/evaluation.h"
#include "store/finding.h"
#include "store/search.h"
#include "store/settlement.h"

/* CANDIDATES: of what is found by number alone so many are asked after. */
enum { USUAL = 5, MOST = 20, TAIL = 6, CANDIDATES = 200 };

struct search_in {
	const char *q;
	int64_t limit;
};

static const struct yh_field query[] = {
	{ "q", YH_F_LINE, offsetof(struct search_in, q), YH_REQUIRED, .max = YH_SEARCH_TEXT,
	  .about = "a number, its beginning or its end (000123), a code, or a part of a name" },
	{ "limit", YH_F_INT, offsetof(struct search_in, limit), 0, .min = 1, .max = MOST,
	  .about = "at most so many of each kind; 5 when absent" },
	{ 0 },
};

static const struct kind {
	const char *name, *action; /* of the lists of the kind */
	const char *noun;          /* what a reader's scope calls it */
	const char *states;        /* group of the titles of its states; NULL: it has none */
} kinds[YH_SEARCHED] = {
	[YH_SEARCH_CASE] = { "case", "case.read", "case", "case" },
	[YH_SEARCH_PROJECT] = { "project", "project.read", "project", "project" },
	[YH_SEARCH_RESOURCE] = { "resource", "resource.read", "resource", "resource" },
	[YH_SEARCH_ITEM] = { "item", "catalogue.read", "catalogue", NULL },
	[YH_SEARCH_ORG] = { "organisation", "org.read", "org", "status" },
	[YH_SEARCH_STATEMENT] = { "statement", "settlement.read", "settle", "statement" },
	[YH_SEARCH_FINDING] = { "finding", "finding.read", "watch", "finding" },
	[YH_SEARCH_EVALUATION] = { "evaluation", "evaluation.read", "evaluation", "evaluation" },
	[YH_SEARCH_DUTY] = { "duty", "duty.read", "duty", "duty" },
	[YH_SEARCH_LETTER] = { "letter", "case.read", "case", NULL },
};

/* One group, filled. */
struct group {
	const char *name, *states;
	struct yh_found *list;
	size_t n;
};

struct looking {
	struct yh_req *rq;
	const struct search_in *in;
	uint32_t limit;
	struct yh_search what;
	struct group groups[YH_SEARCHED + 2];
	size_t n;
};

static char *cased(struct yh_arena *a, const char *text, int (*to)(int))
{
	char *out = yh_arena_strdup(a, text);

	for (char *c = out; c && *c; c++)
		if ((unsigned char)*c < 0x80)
			*c = (char)to((unsigned char)*c);
	return out;
}

/* A tail of digits, as numbers end: "123" is "000123"; "" when it is none. */
static const char *tail_of(struct yh_arena *a, const char *q)
{
	size_t n = strlen(q);

	if (n == 0 || n > 12 || strspn(q, "0123456789") != n)
		return "";
	return n >= TAIL ? q + n - TAIL : yh_arena_printf(a, "%0*d%s", (int)(TAIL - n), 0, q);
}

static bool prepare(struct looking *l)
{
	struct yh_arena *a = l->rq->cx.arena;
	const char *q = l->in->q + strspn(l->in->q, " ");
	size_t n = strlen(q);
	char *trimmed = yh_arena_strdup(a, q);

	while (trimmed && n && trimmed[n - 1] == ' ')
		trimmed[--n] = 0;
	if (!trimmed)
		return false;
	l->what.number = cased(a, trimmed, toupper);
	l->what.name = cased(a, trimmed, tolower);
	l->what.tail = tail_of(a, trimmed);
	l->what.pattern = yh_list_pattern(l->rq, trimmed);
	l->what.limit = l->limit + 1;
	if (!l->what.number || !l->what.name || !l->what.tail || !l->what.pattern)
		return false;
	/* behind everything that begins so: U+10FFFF */
	l->what.number_end = yh_arena_printf(a, "%s\xF4\x8F\xBF\xBF", l->what.number);
	l->what.name_end = yh_arena_printf(a, "%s\xF4\x8F\xBF\xBF", l->what.name);
	return l->what.number_end && l->what.name_end;
}

static enum yh_rc see_statement(struct looking *l, const struct yh_viewer *who, struct yh_found *f,
				bool *seen, struct yh_err *err)
{
	const struct yh_statement_filter one = {
		.id = f->id, .month = YH_DAY_NONE, .state = "", .after = "", .limit = 1
	};
	struct yh_statement_line *line;
	size_t n;
	enum yh_rc rc = yh_statement_page(l->rq->cx.tx, who, &one, l->rq->cx.arena, &line, &n, err);

	*seen = rc == YH_OK && n;
	if (!*seen)
		return rc;
	f->title = line->project_name[0] ? line->project_name : line->unit_name;
	f->where = line->unit_name;
	f->state = line->row.state;
	return YH_OK;
}

static enum yh_rc see_finding(struct looking *l, const struct yh_viewer *who, struct yh_found *f,
			      bool *seen, struct yh_err *err)
{
	const struct yh_finding_filter one = { .id = f->id, .state = "", .rule = "", .limit = 1 };
	struct yh_finding_line *line;
	size_t n;
	enum yh_rc rc =
		yh_finding_page(l->rq->cx.tx, who, &one, false, l->rq->cx.arena, &line, &n, err);

	*seen = rc == YH_OK && n;
	if (!*seen)
		return rc;
	f->title = line->resource_name[0] ? line->resource_name : line->system_name;
	f->where = line->project_code;
	f->state = line->row.state;
	return YH_OK;
}

static enum yh_rc see_evaluation(struct looking *l, const struct yh_viewer *who, struct yh_found *f,
				 bool *seen, struct yh_err *err)
{
	struct yh_evaluation_row row;
	enum yh_rc rc = yh_evaluation_seen(l->rq->cx.tx, who, &f->id, seen, err);

	if (rc == YH_OK && *seen)
		rc = yh_evaluation_load(l->rq->cx.tx, &f->id, l->rq->cx.arena, &row, err);
	if (rc != YH_OK || !*seen)
		return rc;
	f->title = yh_list_title(l->rq, "evaluated", row.subject);
	f->where = "";
	f->state = yh_arena_strdup(l->rq->cx.arena, row.state);
	return f->state ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc (*const see[YH_SEARCHED])(struct looking *, const struct yh_viewer *,
					    struct yh_found *, bool *, struct yh_err *) = {
	[YH_SEARCH_STATEMENT] = see_statement,
	[YH_SEARCH_FINDING] = see_finding,
	[YH_SEARCH_EVALUATION] = see_evaluation,
};

/* Of what was found by number alone only what the lists would show stays, as far as it is told. */
static enum yh_rc only_seen(struct looking *l, enum yh_searched kind, const struct yh_viewer *who,
			    struct group *g, struct yh_err *err)
{
	size_t kept = 0;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < g->n && kept < l->what.limit; i++) {
		bool seen = false;

		rc = see[kind](l, who, &g->list[i], &seen, err);
		if (seen)
			g->list[kept++] = g->list[i];
	}
	g->n = kept;
	return rc;
}

static enum yh_rc look(struct looking *l, enum yh_searched kind, struct yh_err *err)
{
	struct group g = { kinds[kind].name, kinds[kind].states, NULL, 0 };
	struct yh_search what = l->what;
	struct yh_viewer who;
	const char *relation, *noun = kinds[kind].noun;
	bool sees = true;
	enum yh_rc rc = yh_req_relation(l->rq, kinds[kind].action, &relation, err);

	if (yh_actor_reads_only(l->rq->cx.actor, noun, strlen(noun), &sees) && !sees)
		return rc;
	if (rc != YH_OK || !relation)
		return rc;
	who = yh_viewer_of(&l->rq->cx, relation);
	if (see[kind])
		what.limit = CANDIDATES;
	rc = yh_search(l->rq->cx.tx, &who, kind, &what, l->rq->cx.arena, &g.list, &g.n, err);
	if (rc == YH_OK && see[kind])
		rc = only_seen(l, kind, &who, &g, err);
	if (rc == YH_OK && g.n)
		l->groups[l->n++] = g;
	return rc;
}

/* Whether `text` has what is looked for in it, letters of either case alike. */
static bool has(const struct looking *l, const char *text)
{
	const char *low = cased(l->rq->cx.arena, text, tolower);

	return low && strstr(low, l->what.name);
}

static bool add(struct looking *l, struct group *g, const char *no, const char *title,
		const char *where)
{
	bool exact = strcmp(no, l->what.name) == 0;

	if (!exact && !has(l, no) && !has(l, title))
		return true;
	if (!g->list)
		g->list = YH_NEW_N(l->rq->cx.arena, struct yh_found, l->what.limit + 1);
	if (!g->list)
		return false;
	if (g->n < l->what.limit)
		g->list[g->n++] = (struct yh_found){ .no = no,
						     .title = title,
						     .where = where,
						     .state = "",
						     .match = exact ? YH_EXACT : YH_NAME };
	return true;
}

/* What the pack itself names. */
static enum yh_rc look_in_pack(struct looking *l, struct yh_err *err)
{
	const struct yh_law_book *law = l->rq->cx.world->law;
	struct group articles = { "article", NULL, NULL, 0 };
	struct group procedures = { "procedure", NULL, NULL, 0 };
	const struct yh_procedure *p;
	const struct yh_article *a;
	const struct yh_pack *pack;
	struct yh_speech s;
	bool ok = true;
	size_t n;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&l->rq->cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	s = yh_list_speech(l->rq, pack);
	a = yh_pack_articles(pack, &n);
	for (size_t i = 0; ok && i < n; i++)
		ok = add(l, &articles, a[i].number, yh_say_text(&s, a[i].title),
			 yh_say_text(&s, a[i].summary));
	p = yh_pack_procedures(pack, &n);
	for (size_t i = 0; ok && i < n; i++)
		ok = add(l, &procedures, p[i].name, yh_say_text(&s, p[i].title), "");
	if (!ok)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (articles.n)
		l->groups[l->n++] = articles;
	if (procedures.n)
		l->groups[l->n++] = procedures;
	return YH_OK;
}

static void write_group(struct looking *l, const struct group *g)
{
	static const char *const matches[] = { "exact", "prefix", "tail", "name" };
	size_t shown = g->n > l->limit ? l->limit : g->n;
	struct yh_req *rq = l->rq;

	yh_jw_obj(rq->w, NULL);
	yh_list_word(rq, "kind", "found", g->name);
	yh_jw_bool(rq->w, "more", g->n > shown);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < shown; i++) {
		const struct yh_found *f = &g->list[i];

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "kind", g->name);
		yh_jw_id(rq->w, "id", &f->id);
		yh_jw_str(rq->w, "no", f->no);
		yh_jw_str(rq->w, "title",
			  f->procedure && yh_view_is_marked(rq, f->procedure, f->label)
				  ? yh_view_marked(rq, f->procedure, f->label)
				  : f->title);
		yh_jw_str(rq->w, "where", f->where);
		yh_jw_str(rq->w, "state", f->state[0] ? f->state : NULL);
		yh_jw_str(rq->w, "state_title",
			  f->state[0] ? yh_list_title(rq, g->states, f->state) : NULL);
		yh_jw_str(rq->w, "match", matches[f->match]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_end_obj(rq->w);
}

static enum yh_rc search(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct looking l = { .rq = rq, .in = in };
	enum yh_rc rc = YH_OK;

	l.limit = l.in->limit ? (uint32_t)l.in->limit : USUAL;
	if (!prepare(&l))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!l.what.name[0])
		return yh_fail_field(err, YH_BAD_INPUT, "field-required", "?q");
	for (int kind = 0; rc == YH_OK && kind < YH_SEARCHED; kind++)
		rc = look(&l, (enum yh_searched)kind, err);
	if (rc == YH_OK)
		rc = look_in_pack(&l, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "q", l.in->q);
	yh_jw_arr(rq->w, "groups");
	for (int match = YH_EXACT; match <= YH_NAME; match++)
		for (size_t i = 0; i < l.n; i++)
			if ((int)l.groups[i].list[0].match == match)
				write_group(&l, &l.groups[i]);
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static const struct yh_op ops[] = {
	{ "search.list", YH_GET, "/api/v1/search", NULL, 0, NULL, query, NULL,
	  sizeof(struct search_in), search, NULL, "按编号或名称查找您可以看到的一切",
	  "Find whatever you may see by number or name, the best first",
	  .reply = "{q groups:[{kind kind_title more:bool items:[{kind id:id|null no title where "
		   "state|null state_title|null match:exact|prefix|tail|name}]}]}" },
};

const struct yh_op_table yh_ops_search = { ops, sizeof ops / sizeof ops[0] };
