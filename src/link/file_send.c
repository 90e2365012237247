/* Pieces of files that go; and at the city what is answered to a district. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cases/problem.h"
#include "link/file.h"
#include "services/document/part.h"

struct asking {
	struct yh_link_exchange *x;
	const struct yh_sm3 *digest;
	struct yh_document_row row;
	bool found;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *q = arg;
	const struct yh_link_peer *peer = &q->x->view;
	const struct yh_link_shared s = { .district = peer->city,
					  .code = peer->district,
					  .cloud = peer->cloud };

	return yh_link_file_shared(tx, &s, q->digest, q->x->arena, &q->row, &q->found, err);
}

static enum yh_rc read_at(int fd, struct yh_link_piece *p, char *to, size_t n, struct yh_err *err)
{
	while (p->n < n) {
		ssize_t k = pread(fd, to + p->n, n - p->n, p->at + (int64_t)p->n);

		if (k < 0)
			yh_err_text(err, "detail", strerror(errno));
		if (k <= 0)
			return yh_fail(err, YH_STORAGE, "document-unreadable");
		p->n += (size_t)k;
	}
	return YH_OK;
}

enum yh_rc yh_link_file_read(struct yh_link_exchange *x, struct yh_link_piece *p, int64_t *size,
			     struct yh_err *err)
{
	struct asking q = { .x = x, .digest = &p->digest };
	YH_CLOSE_AUTO int fd = -1;
	int64_t left;
	char *to;
	enum yh_rc rc = yh_exec_read(x->link->cfg.world->exec, look, &q, err);

	p->n = 0;
	if (rc == YH_OK && !q.found)
		rc = yh_fail(err, YH_NOT_FOUND, "document-unknown");
	if (rc == YH_OK)
		rc = yh_part_source(x->link->cfg.world, &q.row, &fd, err);
	if (rc != YH_OK)
		return rc;
	*size = q.row.size_bytes;
	left = p->at < *size ? *size - p->at : 0;
	left = left < LINK_PIECE ? left : LINK_PIECE;
	to = yh_arena_alloc(x->arena, (size_t)left + 1);
	if (!to)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p->bytes = to;
	return read_at(fd, p, to, (size_t)left, err);
}

/* ---- at the city ---- */

static json_t *head_of(const struct yh_err *problem)
{
	json_t *v = json_pack("{s:i}", "yunheng_file", 1);

	if (problem && problem->rc != YH_OK)
		(void)json_object_set_new(v, "problem", yh_problem_json(problem));
	return v;
}

static json_t *stands(const struct yh_link_file_row *f)
{
	json_t *v = head_of(NULL), *problem = NULL;

	(void)json_object_set_new(v, "state", json_string(f->state));
	(void)json_object_set_new(v, "got", json_integer(f->got_bytes));
	if (f->problem[0] && yh_json_parse(f->problem, strlen(f->problem), &problem, NULL) == YH_OK)
		(void)json_object_set_new(v, "problem", problem);
	return v;
}

static enum yh_rc answer_get(struct yh_link_exchange *x, struct yh_link_piece *p,
			     struct yh_buf *out, struct yh_err *err)
{
	struct yh_err why = { 0 };
	int64_t size = 0;
	json_t *head;
	enum yh_rc rc = yh_link_file_read(x, p, &size, &why);

	if (rc != YH_OK && rc != YH_NOT_FOUND && rc != YH_STORAGE) {
		*err = why;
		return rc;
	}
	head = head_of(&why);
	if (rc == YH_OK) {
		(void)json_object_set_new(head, "size", json_integer(size));
		(void)json_object_set_new(head, "at", json_integer(p->at));
	}
	return yh_link_file_close(head, p->bytes, rc == YH_OK ? p->n : 0, out, err);
}

enum yh_rc yh_link_file_answer(struct yh_link_exchange *x, const char *text, size_t n,
			       struct yh_buf *out, struct yh_err *err)
{
	struct yh_err problem = { 0 };
	struct yh_link_file_row f;
	struct yh_link_piece p;
	const json_t *head;
	const char *what;
	enum yh_rc rc = yh_link_file_open(x->arena, text, n, &head, &p, err);

	if (rc != YH_OK)
		return rc;
	what = yh_json_text(head, "do");
	if (what && strcmp(what, "get") == 0)
		return answer_get(x, &p, out, err);
	if (what && strcmp(what, "put") == 0)
		rc = yh_link_file_add(x, &p, &f, err);
	else if (what && strcmp(what, "lack") == 0 &&
		 yh_problem_of(json_object_get(head, "problem"), &problem, err) == YH_OK)
		rc = yh_link_file_lacks(x, &p.digest, &problem, &f, err);
	else
		return yh_fail_field(err, YH_BAD_INPUT, "link-batch-invalid", "do");
	return rc == YH_OK ? yh_link_file_close(stands(&f), NULL, 0, out, err) : rc;
}
