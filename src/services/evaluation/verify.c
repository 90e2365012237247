/* A kept evaluation proved again: reckoned from the records as of then, and held against what
 * stands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/evaluation/internal.h"

enum { SMALL_ARENA = 64 * 1024 * 1024, LINES = 1000 };

struct proving {
	struct yh_eval_run run;
	struct yh_evaluation_row row;
	struct yh_arena arena, page;
	struct yh_evaluation_proof *out;
};

static enum yh_rc load_kept(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct proving *p = arg;
	struct yh_id id = p->row.id;

	yh_arena_done(&p->arena);
	return yh_evaluation_load(tx, &id, &p->arena, &p->row, err);
}

static void differs(struct proving *p, const char *no, const char *code)
{
	if (p->out->differences++ == 0)
		(void)snprintf(p->out->first, sizeof p->out->first, "%.46s/%.47s", no, code);
}

/* ---- what the meter said ---- */

static const char *note_of(const char *word)
{
	static const char *const known[] = { "measured", "seldom_heard" };

	for (size_t i = 0; word && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(word, known[i]) == 0)
			return known[i];
	return "unheard";
}

/* Both are by resource; a line of what is not there any more is passed over. */
static enum yh_rc take_line(struct yh_arena *arena, const char *line, struct yh_eval_fact *v,
			    size_t n, size_t *at, struct yh_err *err)
{
	const json_t *kept;
	const char *ref;
	enum yh_rc rc = yh_json_parse_in(arena, line, strlen(line), &kept, NULL);

	ref = rc == YH_OK ? yh_json_text(kept, "ref") : NULL;
	if (!ref)
		return yh_fail(err, YH_INTERNAL, "evaluation-trace-broken");
	while (*at < n && strcmp(v[*at].ref, ref) < 0)
		++*at;
	if (*at == n || strcmp(v[*at].ref, ref) != 0)
		return YH_OK;
	v[*at].num = json_integer_value(json_object_get(kept, "num"));
	v[*at].counts = json_is_true(json_object_get(kept, "counts"));
	v[*at].note = note_of(yh_json_text(kept, "note"));
	return YH_OK;
}

static enum yh_rc take_measured(struct proving *p, struct yh_tx *tx, const struct yh_id *result,
				size_t org, size_t indicator, struct yh_err *err)
{
	size_t n, at = 0, got = LINES;
	struct yh_eval_fact *v = yh_eval_facts_of(&p->run, org, indicator, &n);
	enum yh_rc rc = YH_OK;

	for (int64_t from = 0; rc == YH_OK && n > 0 && got == LINES; from += LINES) {
		const char **lines;

		yh_arena_done(&p->page);
		rc = yh_evaluation_facts(tx, result, (int64_t)indicator, from, LINES, &p->page,
					 &lines, &got, err);
		for (size_t i = 0; rc == YH_OK && i < got; i++)
			rc = take_line(&p->page, lines[i], v, n, &at, err);
	}
	return rc;
}

/* ---- results ---- */

static enum yh_rc compare_score(struct proving *p, struct yh_tx *tx,
				const struct yh_result_row *row, const struct yh_score_row *kept,
				size_t org, size_t i, struct yh_err *err)
{
	const char *source = p->run.scheme.indicators[i].source;
	struct yh_eval_cell cell;
	struct yh_sm3 digest;
	struct yh_buf lines;
	enum yh_rc rc =
		yh_source(source)->metric ? take_measured(p, tx, &row->id, org, i, err) : YH_OK;

	if (rc == YH_OK)
		rc = yh_eval_cell(&p->run, org, i, &cell, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_eval_lines(cell.facts, cell.n, &lines, &digest, err);
	yh_buf_done(&lines);
	p->out->scores++;
	/* what an objection corrected still has the facts that were read */
	if (rc == YH_OK && (memcmp(&digest, &kept->digest, sizeof digest) != 0 ||
			    (strcmp(kept->kind, "source") == 0 &&
			     (kept->known != cell.figure.known ||
			      (kept->known && kept->score_e2 != cell.score_e2)))))
		differs(p, row->no, kept->code);
	return rc;
}

static enum yh_rc compare_result(struct proving *p, struct yh_tx *tx,
				 const struct yh_result_row *row, size_t org, struct yh_err *err)
{
	struct yh_score_row *kept;
	size_t n;
	enum yh_rc rc = yh_score_list(tx, &row->id, &p->arena, &kept, &n, err);

	p->out->results++;
	for (size_t i = 0; rc == YH_OK && i < n && i < p->run.scheme.n_indicators; i++)
		if (p->run.scheme.indicators[i].source)
			rc = compare_score(p, tx, row, &kept[i], org, i, err);
	return rc;
}

/* That none is missing, and none was changed by whoever writes the store, the record knows. */
static enum yh_rc compare_whole(struct proving *p, struct yh_tx *tx, struct yh_err *err)
{
	struct yh_sm3 digest;
	enum yh_rc rc;

	if (strcmp(p->row.state, "published") != 0)
		return YH_OK;
	rc = yh_eval_digest(tx, &p->row.id, &p->arena, &digest, err);
	if (rc == YH_OK && memcmp(&digest, &p->row.digest, sizeof digest) != 0)
		differs(p, p->row.no, "");
	return rc;
}

/* Those who have a result, though they may have been closed since. */
static enum yh_rc compare(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct proving *p = arg;
	struct yh_evaluation_row now;
	struct yh_result_row *rows;
	size_t n;
	enum yh_rc rc;

	yh_arena_done(&p->arena);
	*p->out = (struct yh_evaluation_proof){ 0 };
	rc = yh_evaluation_load(tx, &p->row.id, &p->arena, &now, err);
	if (rc == YH_OK && now.version != p->row.version)
		rc = yh_fail(err, YH_STALE, "evaluation-changed");
	if (rc == YH_OK)
		rc = yh_result_list(tx, &p->row.id, &p->arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	p->run.orgs = YH_NEW_N(&p->arena, struct yh_evaluated, n + 1);
	if (!p->run.orgs)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p->run.n_orgs = n;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		p->run.orgs[i].org = rows[i].org;
		rc = compare_result(p, tx, &rows[i], i, err);
	}
	return rc == YH_OK ? compare_whole(p, tx, err) : rc;
}

enum yh_rc yh_evaluation_verify(const struct yh_world *world, const struct yh_id *id,
				struct yh_evaluation_proof *out, struct yh_err *err)
{
	struct proving *p = calloc(1, sizeof *p);
	enum yh_rc rc;

	*out = (struct yh_evaluation_proof){ 0 };
	if (!p)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p->row.id = *id;
	p->out = out;
	p->run.world = world;
	yh_arena_init(&p->arena, SMALL_ARENA);
	yh_arena_init(&p->page, SMALL_ARENA);
	rc = yh_exec_read(world->exec, load_kept, p, err);
	if (rc == YH_OK) {
		p->run.row.id = p->row.scheme;
		p->run.under = &p->row.pack;
		p->run.ask = (struct yh_facts_ask){ p->row.cloud, p->row.first_day, p->row.last_day,
						    p->row.as_of };
		rc = yh_eval_gather(&p->run, err);
	}
	if (rc == YH_OK)
		rc = yh_exec_read(world->exec, compare, p, err);
	yh_eval_end(&p->run);
	yh_arena_done(&p->page);
	yh_arena_done(&p->arena);
	free(p);
	return rc;
}
