/* What differs between a cloud and the register. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "services/cloud/cloud.h"

enum { DIMS_BYTES = 4096 };

typedef const struct yh_cloud_entry *entry_ptr;

struct judging {
	const struct yh_compare *in;
	/* by ref and by number, of the register before and after */
	entry_ptr *refs[2], *nos[2];
	size_t n[2];
	const struct yh_cloud_seen **machines; /* by ref */
	struct yh_cloud_difference_row *out;
	size_t n_out;
};

static int by_ref(const void *a, const void *b)
{
	return strcmp((*(const entry_ptr *)a)->ref, (*(const entry_ptr *)b)->ref);
}

static int by_no(const void *a, const void *b)
{
	return strcmp((*(const entry_ptr *)a)->no, (*(const entry_ptr *)b)->no);
}

static int machine_by_ref(const void *a, const void *b)
{
	return strcmp((*(const struct yh_cloud_seen *const *)a)->ref,
		      (*(const struct yh_cloud_seen *const *)b)->ref);
}

static bool sort_entries(struct judging *j, int when, const struct yh_cloud_entry *rows, size_t n)
{
	entry_ptr *refs = YH_NEW_N(j->in->arena, entry_ptr, n + 1);
	entry_ptr *nos = YH_NEW_N(j->in->arena, entry_ptr, n + 1);

	if (!refs || !nos)
		return false;
	for (size_t i = 0; i < n; i++)
		refs[i] = nos[i] = &rows[i];
	qsort(refs, n, sizeof *refs, by_ref);
	qsort(nos, n, sizeof *nos, by_no);
	j->refs[when] = refs;
	j->nos[when] = nos;
	j->n[when] = n;
	return true;
}

static entry_ptr find_ref(const struct judging *j, int when, const char *ref)
{
	const struct yh_cloud_entry key = { .ref = ref };
	entry_ptr at = &key;
	entry_ptr *found = bsearch(&at, j->refs[when], j->n[when], sizeof at, by_ref);

	return ref[0] && found ? *found : NULL;
}

static bool is_busy(const struct judging *j, int when, const char *no)
{
	struct yh_cloud_entry key = { .ref = "" };
	entry_ptr at = &key;
	entry_ptr *found;

	(void)snprintf(key.no, sizeof key.no, "%s", no);
	found = bsearch(&at, j->nos[when], j->n[when], sizeof at, by_no);
	return found && (*found)->busy;
}

static int by_id(const void *a, const void *b)
{
	return yh_id_cmp(&((const struct yh_cloud_entry *)a)->id,
			 &((const struct yh_cloud_entry *)b)->id);
}

/* Nothing was done about it from before the cloud was asked until after. */
static bool is_stable(const struct judging *j, const struct yh_cloud_entry *e)
{
	const struct yh_cloud_entry *was =
		bsearch(e, j->in->before, j->in->n_before, sizeof *e, by_id);

	return was && was->version == e->version && !was->busy && !e->busy;
}

static const char *dims_text(struct yh_arena *arena, const struct yh_cloud_dim *dims, size_t n)
{
	const char *text;
	struct yh_buf b;
	struct yh_jw w;

	yh_buf_init(&b, DIMS_BYTES);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	for (size_t i = 0; i < n; i++)
		yh_jw_int(&w, dims[i].name, dims[i].qty_milli);
	yh_jw_end_obj(&w);
	text = yh_buf_ok(&b) ? yh_arena_strdup(arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return text;
}

static enum yh_rc add(struct judging *j, const char *kind, size_t at, const struct yh_cloud_seen *m,
		      struct yh_err *err)
{
	const struct yh_compare *in = j->in;
	const struct yh_cloud_entry *e = at == SIZE_MAX ? NULL : &in->after[at];
	struct yh_cloud_difference_row *d = &j->out[j->n_out++];

	*d = (struct yh_cloud_difference_row){
		.subject = e ? e->no : m->ref,
		.ref = m ? m->ref : e->ref,
		.name = m ? m->name : e->name,
		.tag_no = m ? m->tag_no : "",
		.tag_case = m ? m->tag_case : "",
		.dims = m ? dims_text(in->arena, m->dims, m->n_dims) : "{}",
		.registered = e ? dims_text(in->arena, in->dims[at], in->n_dims[at]) : "{}",
		.running = m && m->running,
	};
	(void)snprintf(d->kind, sizeof d->kind, "%s", kind);
	if (e)
		d->resource = e->id;
	return d->dims && d->registered ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc judge_machine(struct judging *j, const struct yh_cloud_seen *m,
				struct yh_err *err)
{
	if (find_ref(j, 0, m->ref) || find_ref(j, 1, m->ref))
		return YH_OK;
	if (m->tag_no[0] && (is_busy(j, 0, m->tag_no) || is_busy(j, 1, m->tag_no)))
		return YH_OK;
	return add(j, "unregistered", SIZE_MAX, m, err);
}

static const struct yh_cloud_dim *dim_of(const struct yh_cloud_dim *dims, size_t n,
					 const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(dims[i].name, name) == 0)
			return &dims[i];
	return NULL;
}

/* What the register says and the cloud knows of. */
static bool sizes_differ(const struct yh_compare *in, size_t at, const struct yh_cloud_seen *m)
{
	for (size_t i = 0; i < in->n_dims[at]; i++) {
		const struct yh_cloud_dim *want = &in->dims[at][i];
		const struct yh_cloud_dim *has = dim_of(m->dims, m->n_dims, want->name);

		if (has && has->qty_milli != want->qty_milli)
			return true;
	}
	return false;
}

static enum yh_rc judge_entry(struct judging *j, size_t at, struct yh_err *err)
{
	const struct yh_cloud_entry *e = &j->in->after[at];
	const struct yh_cloud_seen key = { .ref = e->ref }, *k = &key;
	const struct yh_cloud_seen **found, *m;
	bool runs = strcmp(e->state, "running") == 0, stopped = strcmp(e->state, "stopped") == 0;
	enum yh_rc rc = YH_OK;

	if (!e->ref[0] || (!runs && !stopped) || !is_stable(j, e))
		return YH_OK;
	found = bsearch(&k, j->machines, j->in->n_machines, sizeof k, machine_by_ref);
	if (!found)
		return j->in->served[at] ? add(j, "vanished", at, NULL, err) : YH_OK;
	m = *found;
	/* storage neither runs nor stops */
	if (dim_of(m->dims, m->n_dims, "vcpu") && m->running != runs)
		rc = add(j, runs ? "stopped_though_running" : "runs_though_stopped", at, m, err);
	if (rc == YH_OK && runs && sizes_differ(j->in, at, m))
		rc = add(j, "wrong_size", at, m, err);
	return rc;
}

enum yh_rc yh_cloud_judge(const struct yh_compare *in, struct yh_cloud_difference_row **out,
			  size_t *n, struct yh_err *err)
{
	struct judging j = { .in = in };
	enum yh_rc rc = YH_OK;

	j.out = YH_NEW_N(in->arena, struct yh_cloud_difference_row,
			 in->n_machines + 2 * in->n_after + 1);
	j.machines = YH_NEW_N(in->arena, const struct yh_cloud_seen *, in->n_machines + 1);
	if (!j.out || !j.machines || !sort_entries(&j, 0, in->before, in->n_before) ||
	    !sort_entries(&j, 1, in->after, in->n_after))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < in->n_machines; i++)
		j.machines[i] = &in->machines[i];
	qsort(j.machines, in->n_machines, sizeof *j.machines, machine_by_ref);
	for (size_t i = 0; rc == YH_OK && i < in->n_machines; i++)
		rc = judge_machine(&j, j.machines[i], err);
	for (size_t i = 0; rc == YH_OK && i < in->n_after; i++)
		rc = judge_entry(&j, i, err);
	*out = j.out;
	*n = j.n_out;
	return rc;
}
