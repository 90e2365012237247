/* One reckoning: everything is read in one snapshot, the meter is asked, facts are put in order. */
#include <stdlib.h>
#include <string.h>

#include "services/evaluation/internal.h"

enum { ARENA = 768 * 1024 * 1024, COVERAGE = 50, LINE_MAX_BYTES = 256 * 1024 * 1024 };

static bool source_fits(void *arg, const char *name, enum yh_eval_subject subject)
{
	const struct yh_source *s = yh_source(name);

	(void)arg;
	return s && s->subject == subject;
}

static bool any_article(void *arg, const char *number)
{
	(void)arg;
	return number[0] != 0;
}

enum yh_rc yh_eval_scheme(const struct yh_scheme_row *row, struct yh_arena *arena,
			  struct yh_scheme *out, struct yh_err *err)
{
	/* its articles were those of the pack it was made under */
	static const struct yh_eval_names names = { NULL, source_fits, any_article };
	const json_t *definition;
	enum yh_rc rc = yh_json_parse_in(arena, row->definition, strlen(row->definition),
					 &definition, NULL);

	if (rc == YH_OK)
		rc = yh_scheme_read(definition, &names, arena, out, NULL);
	if (rc == YH_OK)
		return YH_OK;
	(void)yh_fail(err, YH_INTERNAL, "scheme-broken");
	yh_err_text(err, "scheme", row->no);
	return YH_INTERNAL;
}

static enum yh_rc read_pack(struct yh_eval_run *run, struct yh_err *err)
{
	const struct yh_law_book *law = run->world->law;
	const struct yh_param *p;
	enum yh_rc rc =
		run->under ? law->pack_by(law->self, run->under, &run->pack, err)
			   : law->pack_on(law->self, yh_day_of(run->ask.as_of), &run->pack, err);

	if (rc != YH_OK)
		return rc;
	p = yh_pack_param(run->pack, "evaluation.coverage");
	run->coverage = p && p->kind == YH_P_INT ? p->num : COVERAGE;
	return YH_OK;
}

static enum yh_rc read_facts(struct yh_eval_run *run, struct yh_tx *tx, size_t i,
			     struct yh_err *err)
{
	const struct yh_eval_indicator *in = &run->scheme.indicators[i];
	const struct yh_source *s = in->source ? yh_source(in->source) : NULL;
	struct yh_gathering g = { .tx = tx,
				  .world = run->world,
				  .ask = run->ask,
				  .arena = &run->arena,
				  .out = &run->facts[i] };

	run->facts[i].n = 0;
	if (!s)
		return YH_OK;
	g.dimension = in->dimension[0] ? in->dimension : s->dimension ? s->dimension : "";
	return s->read(&g, err);
}

/* May run twice; what an earlier run left in the arena is left behind. */
static enum yh_rc read_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_eval_run *run = arg;
	struct yh_id id = run->row.id;
	enum yh_rc rc;

	yh_arena_done(&run->arena);
	rc = yh_scheme_load(tx, &id, &run->arena, &run->row, err);
	if (rc == YH_OK)
		rc = yh_eval_scheme(&run->row, &run->arena, &run->scheme, err);
	if (rc == YH_OK)
		rc = (run->scheme.subject == YH_EVAL_UNIT ? yh_evaluated_units
							  : yh_evaluated_providers)(
			tx, &run->ask, &run->arena, &run->orgs, &run->n_orgs, err);
	for (size_t i = 0; rc == YH_OK && i < run->scheme.n_indicators; i++)
		rc = read_facts(run, tx, i, err);
	return rc;
}

static int by_org(const void *a, const void *b)
{
	const struct yh_eval_fact *x = a, *y = b;
	int c = yh_id_cmp(&x->org, &y->org);

	if (c == 0)
		c = x->day < y->day ? -1 : x->day > y->day;
	if (c == 0)
		c = strcmp(x->ref, y->ref);
	return c ? c : strcmp(x->note, y->note);
}

static enum yh_rc measure(struct yh_eval_run *run, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < run->scheme.n_indicators; i++) {
		const struct yh_eval_indicator *in = &run->scheme.indicators[i];
		const struct yh_source *s = in->source ? yh_source(in->source) : NULL;

		if (s && s->metric && !run->under)
			rc = yh_facts_measure(run->world, s, &run->ask, run->coverage,
					      &run->facts[i], err);
		if (run->facts[i].n)
			qsort(run->facts[i].v, run->facts[i].n, sizeof *run->facts[i].v, by_org);
	}
	return rc;
}

enum yh_rc yh_eval_gather(struct yh_eval_run *run, struct yh_err *err)
{
	enum yh_rc rc;

	yh_arena_init(&run->arena, ARENA);
	rc = read_pack(run, err);
	if (rc == YH_OK)
		rc = yh_exec_read(run->world->exec, read_all, run, err);
	return rc == YH_OK ? measure(run, err) : rc;
}

void yh_eval_end(struct yh_eval_run *run)
{
	for (size_t i = 0; i < YH_EVAL_INDICATORS_MAX; i++)
		yh_facts_free(&run->facts[i]);
	yh_arena_done(&run->arena);
}

struct yh_eval_fact *yh_eval_facts_of(const struct yh_eval_run *run, size_t org, size_t indicator,
				      size_t *n)
{
	const struct yh_eval_facts *facts = &run->facts[indicator];
	const struct yh_id *whose = &run->orgs[org].org;
	size_t low = 0, high = facts->n, end;

	*n = 0;
	if (high == 0)
		return NULL;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (yh_id_cmp(&facts->v[mid].org, whose) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < facts->n && yh_id_eq(&facts->v[end].org, whose); end++)
		;
	*n = end - low;
	return facts->v + low;
}

enum yh_rc yh_eval_cell(const struct yh_eval_run *run, size_t org, size_t indicator,
			struct yh_eval_cell *out, struct yh_err *err)
{
	const struct yh_eval_indicator *in = &run->scheme.indicators[indicator];

	*out = (struct yh_eval_cell){ .figure = { .den = 1 } };
	if (!in->source)
		return YH_OK;
	out->facts = yh_eval_facts_of(run, org, indicator, &out->n);
	out->figure = yh_facts_figure(yh_source(in->source), out->facts, out->n, run->coverage);
	return out->figure.known ? yh_eval_score(in, &out->figure, &out->score_e2, err) : YH_OK;
}

enum yh_rc yh_eval_lines(const struct yh_eval_fact *v, size_t n, struct yh_buf *out,
			 struct yh_sm3 *digest, struct yh_err *err)
{
	yh_buf_init(out, LINE_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		struct yh_jw w;

		yh_jw_init(&w, out);
		yh_jw_obj(&w, NULL);
		yh_jw_str(&w, "kind", v[i].kind);
		yh_jw_str(&w, "ref", v[i].ref);
		yh_jw_str(&w, "note", v[i].note);
		yh_jw_day(&w, "day", v[i].day);
		yh_jw_int(&w, "num", v[i].num);
		yh_jw_int(&w, "den", v[i].den);
		yh_jw_bool(&w, "counts", v[i].counts);
		yh_jw_end_obj(&w);
		yh_buf_str(out, "\n");
	}
	if (!yh_buf_ok(out))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*digest = yh_sm3_of(yh_buf_text(out), out->len);
	return YH_OK;
}

enum yh_rc yh_eval_sum(const struct yh_scheme *s, const struct yh_score_row *scores, size_t n,
		       struct yh_result_row *out, struct yh_err *err)
{
	struct yh_eval_mark marks[YH_EVAL_INDICATORS_MAX] = { 0 };
	struct yh_eval_result r;
	struct yh_buf text;
	char hex[YH_SM3_HEX];

	if (n != s->n_indicators)
		return yh_fail(err, YH_INTERNAL, "scheme-broken");
	yh_buf_init(&text, 1024 * 1024);
	for (size_t i = 0; i < n; i++) {
		const struct yh_score_row *w = &scores[i];

		marks[i] = (struct yh_eval_mark){ w->known, w->score_e2 };
		yh_buf_printf(&text, "%s|%s|%d|%lld|%lld|%lld|%lld|%s|%s|%s\n", w->code, w->kind,
			      w->known, (long long)w->num, (long long)w->den,
			      (long long)w->score_e2, (long long)w->weight_e2, w->evidence,
			      w->reference, yh_hex(w->digest.b, sizeof w->digest.b, hex));
	}
	yh_eval_result(s, marks, &r);
	out->withheld = r.withheld;
	out->known_e2 = r.known_e2;
	out->score_e2 = r.score_e2;
	out->grade = (int64_t)r.grade;
	out->factor_e6 = r.withheld ? 0 : s->grades[r.grade].factor_e6;
	out->rectify = !r.withheld && s->grades[r.grade].rectify;
	out->digest = yh_sm3_of(yh_buf_text(&text), text.len);
	yh_buf_done(&text);
	return YH_OK;
}

enum yh_rc yh_eval_digest(struct yh_tx *tx, const struct yh_id *evaluation, struct yh_arena *arena,
			  struct yh_sm3 *out, struct yh_err *err)
{
	struct yh_result_row *rows;
	struct yh_piece *pieces;
	size_t n;
	enum yh_rc rc = yh_result_list(tx, evaluation, arena, &rows, &n, err);

	if (rc != YH_OK)
		return rc;
	pieces = YH_NEW_N(arena, struct yh_piece, n + 1);
	if (!pieces)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++)
		pieces[i] = (struct yh_piece){ rows[i].digest.b, sizeof rows[i].digest.b };
	*out = yh_sm3_of_pieces(pieces, n);
	return YH_OK;
}
