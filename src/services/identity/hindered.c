/* Desks where nobody is cleared for what waits there. */
#include "services/identity/hindered.h"

#include <stdlib.h>
#include <string.h>

#include "cases/mark.h"
#include "services/identity/clearance.h"
#include "store/case_label.h"
#include "store/notify.h"

/* How high the best cleared of a desk is, and how many there are. */
struct desk {
	const char *role;
	struct yh_id org;
	int rank; /* -1: nobody is there */
	int64_t holders;
};

static enum yh_rc measure(struct yh_ctx *cx, struct desk *d, struct yh_err *err)
{
	struct yh_notify_holder *holders;
	struct yh_person_row person;
	struct yh_clearance c;
	size_t n = 0;
	enum yh_rc rc = yh_notify_holders(cx->tx, &d->org, d->role, yh_ctx_today(cx), "", "",
					  cx->arena, &holders, &n, err);

	d->rank = -1;
	d->holders = (int64_t)n;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = yh_person_load(cx->tx, &holders[i].person, cx->arena, &person, err);
		if (rc == YH_OK)
			rc = yh_clearance_person(cx, &person, &c, err);
		if (rc == YH_OK && yh_pack_label_rank(c.pack, c.label) > d->rank)
			d->rank = yh_pack_label_rank(c.pack, c.label);
	}
	return rc;
}

enum yh_rc yh_hindered_at(struct yh_ctx *cx, const struct yh_case_row *c, const char *role,
			  const struct yh_id *org, bool *is, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct desk d = { .role = role, .org = *org };
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*is = false;
	if (rc != YH_OK || yh_id_is_zero(org) || c->abroad == YH_CASE_ABROAD ||
	    yh_mark_is_lowest(pack, c->procedure, c->label))
		return rc;
	rc = measure(cx, &d, err);
	*is = rc == YH_OK &&
	      d.rank < yh_pack_label_rank(pack, yh_mark_of(pack, c->procedure, c->label));
	return rc;
}

/* Desks have cases of many sorts: each is measured once. */
static enum yh_rc find(struct yh_ctx *cx, struct desk *desks, size_t *n,
		       const struct yh_labelled_desk *w, const struct desk **out,
		       struct yh_err *err)
{
	struct desk *d = &desks[*n];

	for (size_t i = 0; i < *n; i++)
		if (yh_id_eq(&desks[i].org, &w->org) && strcmp(desks[i].role, w->role) == 0) {
			*out = &desks[i];
			return YH_OK;
		}
	*d = (struct desk){ .role = w->role, .org = w->org };
	*out = d;
	++*n;
	return measure(cx, d, err);
}

struct found {
	struct yh_id step;
	struct yh_hindered row;
};

static int by_step(const void *a, const void *b)
{
	return yh_id_cmp(&((const struct found *)a)->step, &((const struct found *)b)->step);
}

/* Adds what waits there to the oldest that are known. */
static enum yh_rc add(struct yh_ctx *cx, const struct yh_labelled_desk *w, const struct desk *d,
		      const char *label, struct found *found, size_t *n, struct yh_err *err)
{
	struct yh_waiting_desk *list;
	size_t more = 0;
	enum yh_rc rc =
		yh_case_waiting_at(cx->tx, w, YH_HINDERED_MOST, cx->arena, &list, &more, err);

	for (size_t i = 0; rc == YH_OK && i < more; i++)
		found[*n + i] = (struct found){ .step = list[i].step_id,
						.row = { .case_id = list[i].case_id,
							 .org = list[i].org,
							 .pack = list[i].pack,
							 .case_no = list[i].case_no,
							 .procedure = list[i].procedure,
							 .step = list[i].step,
							 .role = list[i].role,
							 .org_name = list[i].org_name,
							 .label = label,
							 .opened_at = list[i].opened_at,
							 .due_day = list[i].due_day,
							 .holders = d->holders } };
	if (rc != YH_OK)
		return rc;
	*n += more;
	qsort(found, *n, sizeof *found, by_step);
	if (*n > YH_HINDERED_MOST)
		*n = YH_HINDERED_MOST;
	return YH_OK;
}

/* Of each sort of case that waits at some desk, whether somebody there is cleared for it. */
static enum yh_rc gather(struct yh_ctx *cx, const struct yh_pack *pack, struct found *found,
			 size_t *n, struct yh_err *err)
{
	struct yh_labelled_desk *sorts = NULL;
	struct yh_viewer nobody = { .opened = NULL };
	struct desk *desks = NULL;
	size_t n_sorts = 0, n_desks = 0;
	enum yh_rc rc = yh_mark_lowest_viewer(cx, pack, &nobody, err);

	if (rc == YH_OK)
		rc = yh_case_labelled_desks(cx->tx, &nobody, cx->arena, &sorts, &n_sorts, err);
	if (rc != YH_OK)
		return rc;
	desks = YH_NEW_N(cx->arena, struct desk, n_sorts + 1);
	if (!desks)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n_sorts; i++) {
		const char *label = yh_mark_of(pack, sorts[i].procedure, sorts[i].label);
		const struct desk *d;

		rc = find(cx, desks, &n_desks, &sorts[i], &d, err);
		if (rc == YH_OK && d->rank < yh_pack_label_rank(pack, label))
			rc = add(cx, &sorts[i], d, label, found, n, err);
	}
	return rc;
}

enum yh_rc yh_hindered_list(struct yh_ctx *cx, struct yh_hindered **out, size_t *n,
			    struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct found *found = YH_NEW_N(cx->arena, struct found, 2 * YH_HINDERED_MOST);
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*n = 0;
	*out = YH_NEW_N(cx->arena, struct yh_hindered, YH_HINDERED_MOST);
	if (rc == YH_OK && (!found || !*out))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = gather(cx, pack, found, n, err);
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		(*out)[i] = found[i].row;
	return rc;
}
