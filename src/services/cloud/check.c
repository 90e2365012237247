/* Comparisons: the register is read, the cloud asked, the register read again, and what differs
 * written down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "services/cloud/cloud.h"
#include "store/catalogue.h"
#include "store/event.h"
#include "store/party.h"

#define AWAY_AGAIN_US (3600 * YH_US_PER_S)
enum { STANDING_MOST = 1000000 };

static enum yh_rc by_hand(const char *code, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_CONFLICT, "cloud-by-hand");

	yh_err_text(err, "cloud", code);
	return rc;
}

enum yh_rc yh_cloud_check_ask(struct yh_ctx *cx, const struct yh_id *cloud, struct yh_id *check,
			      struct yh_err *err)
{
	struct yh_cloud_check_row row = { .id = yh_ctx_new_id(cx),
					  .cloud = *cloud,
					  .person = cx->actor->person,
					  .asked_at = cx->now };
	struct yh_id job = yh_ctx_new_id(cx);
	struct yh_cloud_row c;
	bool waits = false;
	enum yh_rc rc = yh_cloud_load(cx->tx, cloud, cx->arena, &c, err);

	if (rc == YH_OK && !yh_clouds_machine(cx->world->clouds, c.code))
		return by_hand(c.code, err);
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, cloud, 1, err);
	if (rc == YH_OK)
		rc = yh_cloud_check_waiting(cx->tx, cloud, &waits, check, err);
	if (rc != YH_OK || waits)
		return rc;
	*check = row.id;
	rc = yh_cloud_check_insert(cx->tx, &row, err);
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "cloud.compare", check, cx->now, err) : rc;
}

/* ---- one comparison ---- */

struct items {
	struct yh_item_row *v;
	size_t n, cap;
};

struct checking {
	const struct yh_cloud_job *j;
	struct yh_cloud_check_row row;
	struct yh_cloud_row cloud;
	const struct yh_cloud_config *cfg;
	struct yh_cloud *c;
	struct yh_cloud_entry *entries; /* of the reading at hand */
	size_t n;
	struct items items;
	struct yh_compare in;
	struct yh_cloud_seen *machines;
	size_t cap;
	struct yh_cloud_difference_row *found;
	size_t n_found;
};

static enum yh_rc no_memory(struct yh_err *err)
{
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *k = arg;
	enum yh_rc rc = yh_cloud_check_load(tx, &k->row.id, k->j->arena, &k->row, err);

	return rc == YH_OK ? yh_cloud_load(tx, &k->row.cloud, k->j->arena, &k->cloud, err) : rc;
}

static enum yh_rc begin(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_cloud_check_begin(tx, &((const struct checking *)arg)->row, err);
}

static const struct yh_item_row *item_of(const struct items *items, const struct yh_id *id)
{
	for (size_t i = items->n; i-- > 0;)
		if (yh_id_eq(&items->v[i].id, id))
			return &items->v[i];
	return NULL;
}

static enum yh_rc add_item(struct checking *k, struct yh_tx *tx, const struct yh_id *id,
			   struct yh_err *err)
{
	struct items *items = &k->items;

	if (items->n == items->cap) {
		size_t cap = items->cap ? 2 * items->cap : 64;
		struct yh_item_row *v = YH_NEW_N(k->j->arena, struct yh_item_row, cap);

		if (!v)
			return no_memory(err);
		if (items->n)
			memcpy(v, items->v, items->n * sizeof *v);
		items->v = v;
		items->cap = cap;
	}
	return yh_item_load(tx, id, k->j->arena, &items->v[items->n++], err);
}

static enum yh_rc read_register(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *k = arg;
	enum yh_rc rc = yh_cloud_entries(tx, &k->row.cloud, k->j->arena, &k->entries, &k->n, err);

	k->items = (struct items){ 0 };
	for (size_t i = 0; rc == YH_OK && i < k->n; i++)
		if (!yh_id_is_zero(&k->entries[i].item) && !item_of(&k->items, &k->entries[i].item))
			rc = add_item(k, tx, &k->entries[i].item, err);
	return rc;
}

static enum yh_rc grow(struct checking *k, struct yh_err *err)
{
	size_t cap = k->cap ? 2 * k->cap : 256;
	struct yh_cloud_seen *v;

	if (k->in.n_machines < k->cap)
		return YH_OK;
	v = cap > 2 * YH_CLOUD_MACHINES_MOST ? NULL
					     : YH_NEW_N(k->j->arena, struct yh_cloud_seen, cap);
	if (!v)
		return no_memory(err);
	if (k->cap)
		memcpy(v, k->machines, k->cap * sizeof *v);
	k->machines = v;
	k->cap = cap;
	return YH_OK;
}

static enum yh_rc take(void *arg, const struct yh_cloud_machine *m, struct yh_err *err)
{
	struct checking *k = arg;
	struct yh_arena *a = k->j->arena;
	struct yh_cloud_dim *dims = YH_NEW_N(a, struct yh_cloud_dim, m->n_dims + 1);
	enum yh_rc rc = dims ? grow(k, err) : no_memory(err);
	struct yh_cloud_seen *s;

	if (rc != YH_OK)
		return rc;
	s = &k->machines[k->in.n_machines++];
	*s = (struct yh_cloud_seen){ .ref = yh_arena_strdup(a, m->ref),
				     .name = yh_arena_strdup(a, m->name),
				     .tag_no = yh_arena_strdup(a, m->resource_no),
				     .tag_case = yh_arena_strdup(a, m->case_no),
				     .running = m->running,
				     .dims = dims,
				     .n_dims = m->n_dims };
	for (size_t i = 0; i < m->n_dims; i++) {
		dims[i].name = yh_arena_strdup(a, m->dims[i].name);
		dims[i].qty_milli = m->dims[i].qty_milli;
		if (!dims[i].name)
			return no_memory(err);
	}
	return s->ref && s->name && s->tag_no && s->tag_case ? YH_OK : no_memory(err);
}

/* What an entry shall have, by its item; nothing while it has no size. */
static enum yh_rc size_up(const struct checking *k, const struct yh_cloud_entry *e,
			  const struct yh_cloud_dim **dims, size_t *n, bool *served,
			  struct yh_err *err)
{
	const struct yh_item_row *item = item_of(&k->items, &e->item);
	struct yh_cloud_order o = { .act = YH_CLOUD_OPEN,
				    .resource = e->id,
				    .resource_no = e->no,
				    .name = e->name,
				    .case_no = "",
				    .unit_code = "",
				    .project_code = "",
				    .system_code = "",
				    .item_code = item ? item->code : "",
				    .item_category = item ? item->category : "" };
	struct yh_cloud_dim *v =
		YH_NEW_N(k->j->arena, struct yh_cloud_dim, item ? item->n_dims + 1 : 1);
	const char *const *steps;

	if (!v)
		return no_memory(err);
	*n = item ? item->n_dims : 0;
	for (size_t i = 0; i < *n; i++) {
		v[i].name = item->dims[i].dim;
		v[i].qty_milli = (int64_t)((__int128)item->dims[i].qty_milli * e->qty_milli / 1000);
	}
	*dims = o.dims = v;
	o.n_dims = *n;
	*served = *n > 0 && yh_cloud_item_named(k->cfg, o.item_code) &&
		  k->cfg->driver->steps(k->c, &o, &steps) > 0;
	return YH_OK;
}

static enum yh_rc size_all(struct checking *k, struct yh_err *err)
{
	const struct yh_cloud_dim **dims =
		YH_NEW_N(k->j->arena, const struct yh_cloud_dim *, k->n + 1);
	size_t *n_dims = YH_NEW_N(k->j->arena, size_t, k->n + 1);
	bool *served = YH_NEW_N(k->j->arena, bool, k->n + 1);
	enum yh_rc rc = dims && n_dims && served ? YH_OK : no_memory(err);

	for (size_t i = 0; rc == YH_OK && i < k->n; i++)
		rc = size_up(k, &k->entries[i], &dims[i], &n_dims[i], &served[i], err);
	k->in.dims = dims;
	k->in.n_dims = n_dims;
	k->in.served = served;
	return rc;
}

static enum yh_rc compare(struct checking *k, struct yh_err *err)
{
	struct yh_exec *x = k->j->world->exec;
	enum yh_rc rc = yh_exec_read(x, read_register, k, err);

	k->in.arena = k->j->arena;
	k->in.before = k->entries;
	k->in.n_before = k->n;
	if (rc == YH_OK)
		rc = k->cfg->driver->list(k->c, take, k, err);
	k->in.machines = k->machines;
	if (rc == YH_OK)
		rc = yh_exec_read(x, read_register, k, err);
	if (rc == YH_OK)
		rc = size_all(k, err);
	k->in.after = k->entries;
	k->in.n_after = k->n;
	return rc == YH_OK ? yh_cloud_judge(&k->in, &k->found, &k->n_found, err) : rc;
}

/* ---- what is kept of it ---- */

static int by_subject(const void *a, const void *b)
{
	const struct yh_cloud_difference_row *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);

	return order ? order : strcmp(x->subject, y->subject);
}

static bool same(const struct yh_cloud_difference_row *a, const struct yh_cloud_difference_row *b)
{
	return strcmp(a->ref, b->ref) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->tag_no, b->tag_no) == 0 && strcmp(a->tag_case, b->tag_case) == 0 &&
	       strcmp(a->dims, b->dims) == 0 && strcmp(a->registered, b->registered) == 0 &&
	       a->running == b->running;
}

static enum yh_rc keep_found(struct checking *k, struct yh_tx *tx,
			     struct yh_cloud_difference_row *d,
			     const struct yh_cloud_difference_row *was, struct yh_err *err)
{
	bool inserted = false;
	enum yh_rc rc;

	if (was) {
		k->row.standing++;
		d->id = was->id;
		return same(d, was) ? YH_OK : yh_cloud_difference_update(tx, d, err);
	}
	d->id = yh_id_new(k->j->world->ids, k->j->now);
	d->cloud = k->row.cloud;
	d->found_at = k->row.ended_at;
	rc = yh_cloud_difference_insert(tx, d, &inserted, err);
	k->row.found += inserted;
	return rc;
}

/* Both sorted; what stood and is not found any more is over. */
static enum yh_rc merge(struct checking *k, struct yh_tx *tx, struct yh_cloud_difference_row *stood,
			size_t n, struct yh_err *err)
{
	size_t s = 0, f = 0;
	enum yh_rc rc = YH_OK;

	k->row.found = k->row.standing = k->row.closed = 0;
	while (rc == YH_OK && (s < n || f < k->n_found)) {
		int order = s == n ? 1 : f == k->n_found ? -1 : by_subject(&stood[s], &k->found[f]);

		if (order < 0) {
			k->row.closed++;
			rc = yh_cloud_difference_close(tx, &stood[s++].id, k->row.ended_at, err);
		} else {
			rc = keep_found(k, tx, &k->found[f++], order == 0 ? &stood[s++] : NULL,
					err);
		}
	}
	return rc;
}

static enum yh_rc tell(struct checking *k, struct yh_tx *tx, const char *role, struct yh_err *err)
{
	char figures[256];
	struct yh_notice n = { .id = yh_id_new(k->j->world->ids, k->j->now),
			       .role = role,
			       .slug = "finding-cloud-differs",
			       .figures = figures,
			       .made_at = k->row.ended_at };
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_cloud_body(tx, &k->row.cloud, role, &n.org, &none);

	/* nobody, or nobody in particular */
	if (rc == YH_NOT_FOUND || rc == YH_CONFLICT)
		return YH_OK;
	if (rc != YH_OK) {
		if (err)
			*err = none;
		return rc;
	}
	(void)snprintf(figures, sizeof figures,
		       "{\"cloud\":\"%s\",\"found\":\"%lld\",\"standing\":\"%lld\"}", k->cloud.code,
		       (long long)k->row.found, (long long)(k->row.found + k->row.standing));
	return yh_notice_insert(tx, &n, err);
}

static enum yh_rc record(struct checking *k, struct yh_tx *tx, struct yh_err *err)
{
	char payload[256];
	const struct yh_event e = { .id = yh_id_new(k->j->world->ids, k->j->now),
				    .at = k->row.ended_at,
				    .kind = "cloud.compared",
				    .object_kind = "cloud",
				    .object_id = k->row.cloud,
				    .person = k->row.person,
				    .source = "local",
				    .payload = payload };

	(void)snprintf(payload, sizeof payload,
		       "{\"closed\":%lld,\"found\":%lld,\"machines\":%lld,\"standing\":%lld}",
		       (long long)k->row.closed, (long long)k->row.found,
		       (long long)k->row.machines, (long long)k->row.standing);
	return yh_event_insert(tx, &e, err);
}

static enum yh_rc keep(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *k = arg;
	const struct yh_cloud_difference_filter all = { .cloud = k->row.cloud,
							.kind = "",
							.limit = STANDING_MOST };
	struct yh_cloud_difference_row *stood = NULL;
	size_t n = 0;
	enum yh_rc rc = yh_db_lock(tx, &k->row.cloud, 1, err);

	if (rc == YH_OK)
		rc = yh_cloud_difference_list(tx, &all, k->j->arena, &stood, &n, err);
	if (rc != YH_OK)
		return rc;
	if (n)
		qsort(stood, n, sizeof *stood, by_subject);
	rc = merge(k, tx, stood, n, err);
	if (rc == YH_OK)
		rc = yh_cloud_check_end(tx, &k->row, err);
	if (rc == YH_OK && (k->row.found || k->row.closed))
		rc = record(k, tx, err);
	if (rc == YH_OK && k->row.found)
		rc = tell(k, tx, "operator", err);
	return rc == YH_OK && k->row.found ? tell(k, tx, "provider", err) : rc;
}

static enum yh_rc keep_fault(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_cloud_check_end(tx, &((const struct checking *)arg)->row, err);
}

static enum yh_rc end_failed(struct checking *k, const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	enum yh_rc rc;

	k->row.fault = why->slug;
	k->row.figures = yh_figures_told(&text, why);
	rc = yh_exec_write(k->j->world->exec, keep_fault, k, err);
	yh_buf_done(&text);
	return rc;
}

static enum yh_rc attempt(struct checking *k, struct yh_err *err)
{
	enum yh_rc rc;

	k->cfg = yh_clouds_machine(k->j->world->clouds, k->cloud.code);
	if (!k->cfg)
		return by_hand(k->cloud.code, err);
	rc = k->cfg->driver->open(k->cfg, k->j->stop, &k->c, err);
	if (rc == YH_OK)
		rc = compare(k, err);
	if (k->c)
		k->cfg->driver->close(k->c);
	return rc;
}

enum yh_rc yh_cloud_check_run(const struct yh_cloud_job *j, const struct yh_id *check,
			      struct yh_err *err)
{
	struct checking *k = YH_NEW(j->arena, struct checking);
	struct yh_exec *x = j->world->exec;
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (!k)
		return no_memory(err);
	k->j = j;
	k->row.id = *check;
	rc = yh_exec_read(x, load, k, err);
	if (rc != YH_OK || k->row.ended_at)
		return rc;
	k->row.begun_at = j->now;
	rc = yh_exec_write(x, begin, k, err);
	if (rc != YH_OK)
		return rc;
	rc = attempt(k, &why);
	if (rc != YH_OK && j->stop && atomic_load(j->stop)) {
		if (err)
			*err = why;
		return rc;
	}
	k->row.ended_at = yh_clock_now(j->world->clock);
	k->row.machines = (int64_t)k->in.n_machines;
	k->row.resources = (int64_t)k->in.n_after;
	k->row.fault = k->row.figures = "";
	return rc == YH_OK ? yh_exec_write(x, keep, k, err) : end_failed(k, &why, err);
}

/* ---- daily ---- */

struct daily {
	const struct yh_cloud_job *j;
	const char *code;
	struct yh_id check;
	bool known, failed;
};

static enum yh_rc ask_one(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct daily *d = arg;
	struct yh_cloud_check_row row = { .asked_at = d->j->now };
	struct yh_err none = { 0 };
	struct yh_cloud_row c;
	enum yh_rc rc = yh_cloud_by_code(tx, d->code, d->j->arena, &c, &none);

	d->known = rc == YH_OK;
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		if (err)
			*err = none;
		return rc;
	}
	row.id = d->check = yh_id_new(d->j->world->ids, d->j->now);
	row.cloud = c.id;
	return yh_cloud_check_insert(tx, &row, err);
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct daily *d = arg;
	struct yh_cloud_check_row row;
	enum yh_rc rc = yh_cloud_check_load(tx, &d->check, d->j->arena, &row, err);

	d->failed = rc == YH_OK && row.fault[0];
	return rc;
}

static enum yh_rc check_daily(struct daily *d, struct yh_err *err)
{
	struct yh_exec *x = d->j->world->exec;
	enum yh_rc rc = yh_exec_write(x, ask_one, d, err);

	if (rc == YH_OK && d->known)
		rc = yh_cloud_check_run(d->j, &d->check, err);
	return rc == YH_OK && d->known ? yh_exec_read(x, look, d, err) : rc;
}

enum yh_rc yh_cloud_check_daily(const struct yh_cloud_job *j, yh_time *again_at, struct yh_err *err)
{
	const struct yh_clouds *clouds = j->world->clouds;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < yh_clouds_n(clouds); i++) {
		const struct yh_cloud_config *cfg = yh_clouds_at(clouds, i, NULL);
		struct daily d = { .j = j, .code = cfg->code };

		if (!cfg->driver->by_machine)
			continue;
		rc = check_daily(&d, err);
		if (d.failed)
			*again_at = j->now + AWAY_AGAIN_US;
	}
	return rc;
}
