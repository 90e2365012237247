/* At a district: the city is sent the files that it waits for, and asked for those awaited here,
 * some pieces at a time, so that documents do not wait behind them. */
#include <stdio.h>
#include <string.h>

#include "cases/problem.h"
#include "link/file.h"

enum { PIECES = 8, ROUND_MS = 1500 };

struct round {
	struct yh_link_exchange *x;
	int pieces;
	int64_t end_ms;
	/* what is asked of the city */
	struct yh_link_file_row *rows;
	size_t n;
};

static bool has_room(const struct round *r)
{
	return r->pieces < PIECES && yh_monotonic_ms() < r->end_ms &&
	       !atomic_load(&r->x->link->stop);
}

/* Signs a call, and opens what is answered to it. */
static enum yh_rc ask(struct yh_link_exchange *x, json_t *head, const struct yh_link_piece *sent,
		      const json_t **said, struct yh_link_piece *got, struct yh_err *err)
{
	struct yh_link_envelope e = { .peer = x->peer.id, .up = true };
	struct yh_buf text, body;
	const char *answer;
	char hex[YH_SM3_HEX];
	int64_t ms;
	size_t n;
	enum yh_rc rc;

	(void)json_object_set_new(head, "yunheng_file", json_integer(1));
	(void)json_object_set_new(head, "digest",
				  json_string(yh_hex(sent->digest.b, sizeof sent->digest.b, hex)));
	yh_buf_init(&text, YH_LINK_PACKED_MAX);
	yh_buf_init(&body, YH_LINK_PACKED_MAX + YH_LINK_ENVELOPE_MAX);
	x->now = yh_clock_now(x->link->cfg.world->clock);
	rc = yh_link_next_ms(x, &e.sent_ms, err);
	if (rc == YH_OK)
		rc = yh_link_file_close(head, sent->bytes, sent->n, &text, err);
	else
		json_decref(head);
	if (rc == YH_OK)
		rc = yh_link_envelope_write(&e, x->link->key, yh_buf_text(&text), text.len, NULL,
					    &body, err);
	if (rc == YH_OK)
		rc = yh_link_ask(x, "file", &body, &e.digest, &answer, &n, &ms, err);
	yh_buf_done(&text);
	yh_buf_done(&body);
	return rc == YH_OK ? yh_link_file_open(x->arena, answer, n, said, got, err) : rc;
}

/* ---- what the city waits for ---- */

/* What cannot be read here the city is told of, and does not wait for in vain. */
static enum yh_rc tell_lack(struct round *r, const struct yh_sm3 *digest, const struct yh_err *why,
			    struct yh_err *err)
{
	const struct yh_link_piece sent = { .digest = *digest };
	struct yh_link_piece got;
	const json_t *said;
	json_t *head = json_pack("{s:s}", "do", "lack");

	(void)json_object_set_new(head, "problem", yh_problem_json(why));
	return ask(r->x, head, &sent, &said, &got, err);
}

static enum yh_rc put_file(struct round *r, const struct yh_link_wanted *w, struct yh_err *err)
{
	struct yh_link_piece sent = { .digest = w->digest, .at = w->got }, got;
	enum yh_rc rc = YH_OK;
	bool coming = true;

	while (rc == YH_OK && coming && has_room(r)) {
		struct yh_err why = { 0 };
		const json_t *said;
		const char *state;
		int64_t size, before = sent.at;

		rc = yh_link_file_read(r->x, &sent, &size, &why);
		if (rc == YH_NOT_FOUND || rc == YH_STORAGE)
			return tell_lack(r, &w->digest, &why, err);
		if (rc != YH_OK) {
			*err = why;
			return rc;
		}
		rc = ask(r->x, json_pack("{s:s, s:I}", "do", "put", "at", (json_int_t)sent.at),
			 &sent, &said, &got, err);
		r->pieces++;
		state = rc == YH_OK ? yh_json_text(said, "state") : NULL;
		sent.at = rc == YH_OK ? json_integer_value(json_object_get(said, "got")) : 0;
		coming = state && strcmp(state, "coming") == 0 && sent.at != before &&
			 !json_object_get(said, "problem");
	}
	return rc;
}

/* ---- what is awaited here ---- */

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct round *r = arg;

	return yh_link_file_wanted(tx, &r->x->view.cloud, r->x->now, LINK_FILES_ASKED, r->x->arena,
				   &r->rows, &r->n, err);
}

static enum yh_rc get_file(struct round *r, struct yh_link_file_row *f, struct yh_err *err)
{
	struct yh_link_piece sent = { .digest = f->digest }, got;
	int64_t at = f->got_bytes;
	enum yh_rc rc = YH_OK;
	bool coming = true;

	while (rc == YH_OK && coming && has_room(r)) {
		struct yh_err why = { 0 };
		const json_t *said, *problem;
		int64_t before = at;

		rc = ask(r->x, json_pack("{s:s, s:I}", "do", "get", "at", (json_int_t)at), &sent,
			 &said, &got, err);
		r->pieces++;
		if (rc != YH_OK)
			return rc;
		problem = json_object_get(said, "problem");
		if (problem) {
			rc = yh_problem_of(problem, &why, err);
			return rc == YH_OK ? yh_link_file_lacks(r->x, &f->digest, &why, f, err)
					   : rc;
		}
		got.digest = f->digest;
		rc = yh_link_file_add(r->x, &got, f, err);
		at = f->got_bytes;
		coming = rc == YH_OK && strcmp(f->state, "coming") == 0 && at != before &&
			 !f->problem[0];
	}
	return rc;
}

enum yh_rc yh_link_files_round(struct yh_link_exchange *x, bool *more, struct yh_err *err)
{
	struct round r = { .x = x, .end_ms = yh_monotonic_ms() + ROUND_MS };
	enum yh_rc rc = yh_exec_read(x->link->cfg.world->exec, look, &r, err);

	for (size_t i = 0; rc == YH_OK && i < x->n_wanted && has_room(&r); i++)
		rc = put_file(&r, &x->wanted[i], err);
	*more = rc == YH_OK && !has_room(&r);
	r.pieces = 0; /* both ways get on */
	r.end_ms = yh_monotonic_ms() + ROUND_MS;
	for (size_t i = 0; rc == YH_OK && i < r.n && has_room(&r); i++)
		rc = get_file(&r, &r.rows[i], err);
	*more = rc == YH_OK && (*more || !has_room(&r));
	return rc;
}
