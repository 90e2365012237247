/* The meter of a test. */
#include "meter_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_ARENA ((size_t)256 << 20)

void mt_want_ok(enum yh_rc rc, const struct yh_err *err, const char *file, int line)
{
	if (rc == YH_OK)
		return;
	fprintf(stderr, "# %s:%d: %s", file, line, err->slug);
	for (uint32_t i = 0; i < err->n_figs; i++)
		fprintf(stderr, " %s=%s/%lld", err->figs[i].name, err->figs[i].text,
			(long long)err->figs[i].num);
	fprintf(stderr, "\n");
	fail();
}

struct yh_id mt_id(unsigned n)
{
	struct yh_id id = { .b = { 7, (unsigned char)n } };

	return id;
}

/* "TAG-U3-name" belongs to unit, cloud and provider 3; another number is not in the register. */
static enum yh_rc owner(void *arg, const char *no, struct yh_meter_owner *out, struct yh_err *err)
{
	struct mt *t = arg;
	const char *u = strstr(no, "-U");
	unsigned n = u ? (unsigned)(u[2] - '0') : 0;

	(void)__atomic_add_fetch(&t->asked, 1, __ATOMIC_RELAXED);
	if (t->registry != YH_OK)
		return yh_fail(err, t->registry, "test-register");
	if (strncmp(no, t->tag, strlen(t->tag)) != 0 || n < 1 || n > 9)
		return yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	if (n == 1 && __atomic_load_n(&t->moved, __ATOMIC_RELAXED))
		n = 2;
	*out = (struct yh_meter_owner){ .resource = mt_id(MT_RESOURCE),
					.unit = mt_id(n),
					.cloud = mt_id(n),
					.provider = mt_id(n) };
	return YH_OK;
}

void mt_reopen(struct mt *t)
{
	struct yh_err err = { 0 };

	yh_meter_close(t->m);
	WANT_OK(yh_meter_open(&t->cfg, &t->m, &err));
}

int mt_open(void **state)
{
	static unsigned number;
	const char *where = getenv("YH_TEST_METER"), *store = getenv("YH_TEST_METER_STORE");
	struct mt *t = calloc(1, sizeof *t);
	struct yh_clock real;

	if (!t || !where)
		return -1;
	yh_clock_real(&real);
	t->now_ms = yh_clock_now(&real) / 1000;
	yh_clock_manual(&t->clock, t->now_ms * 1000);
	t->cfg = (struct yh_meter_config){ .clock = &t->clock, .owner = owner, .owner_arg = t };
	(void)snprintf(t->tag, sizeof t->tag, "p%dt%u", (int)getpid(), ++number);
	if (strcmp(where, "embedded") == 0) {
		(void)snprintf(t->dir, sizeof t->dir, "/tmp/yh-meter-XXXXXX");
		t->cfg.dir = mkdtemp(t->dir);
	} else {
		t->cfg.outer = where;
		t->store = store && strcmp(store, "prometheus") == 0 ? MT_PROMETHEUS : MT_VICTORIA;
	}
	yh_arena_init(&t->arena, TEST_ARENA);
	mt_scope(t, "unit", 1);
	mt_reopen(t);
	*state = t;
	return 0;
}

int mt_close(void **state)
{
	struct mt *t = *state;
	char command[128];

	yh_meter_close(t->m);
	yh_arena_done(&t->arena);
	free(t->points);
	if (t->dir[0]) {
		(void)snprintf(command, sizeof command, "rm -r -- '%s'", t->dir);
		if (system(command) != 0)
			return -1;
	}
	free(t);
	return 0;
}

static char *room(struct mt *t)
{
	return t->room[t->n_room++ % 64];
}

const char *mt_metric(struct mt *t, const char *name)
{
	const char *counter = strstr(name, "_total");
	int n = (int)(counter ? (size_t)(counter - name) : strlen(name));
	char *p = room(t);

	(void)snprintf(p, sizeof t->room[0], "%.*s_%s%s", n, name, t->tag, counter ? counter : "");
	return p;
}

const char *mt_res(struct mt *t, unsigned owner_no, const char *name)
{
	char *p = room(t);

	(void)snprintf(p, sizeof t->room[0], "%s-U%u-%s", t->tag, owner_no, name);
	return p;
}

void mt_scope(struct mt *t, const char *kind, unsigned about)
{
	t->scope = (struct yh_meter_scope){ .about = mt_id(about) };
	(void)snprintf(t->scope.kind, sizeof t->scope.kind, "%s", kind);
	(void)snprintf(t->scope.code, sizeof t->scope.code, "%c%u", kind[0] - 'a' + 'A', about);
}

void mt_put(struct mt *t, const char *metric, const char *resource, const char *label,
	    const char *value, int64_t at_ms, double v)
{
	struct yh_meter_label labels[2];
	struct yh_err err = { 0 };
	struct yh_wire_point *p;
	size_t n = 0;

	if (resource)
		labels[n++] = (struct yh_meter_label){ "resource", resource };
	if (label)
		labels[n++] = (struct yh_meter_label){ label, value };
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->points = realloc(t->points, t->cap * sizeof *t->points);
		WANT(t->points);
	}
	p = &t->points[t->n++];
	WANT_OK(yh_wire_encode_labels(&t->arena, metric, labels, n, &p->labels, &p->labels_len,
				      &err));
	p->at_ms = at_ms;
	p->value = v;
}

struct yh_meter_written mt_send(struct mt *t)
{
	struct yh_meter_write w = { .scope = &t->scope,
				    .form = YH_METER_RW1,
				    .received_at = yh_clock_now(&t->clock) };
	struct yh_err err = { 0 };
	void *body;

	WANT_OK(yh_wire_build(t->points, t->n, &body, &w.n, &err));
	w.body = body;
	t->n = 0;
	WANT_OK(yh_meter_write_wait(t->m, &w, &err));
	free(body);
	return w.written;
}

void mt_settle(struct mt *t)
{
	struct yh_err err = { 0 };

	if (t->store == MT_EMBEDDED && getenv("YH_TEST_METER_OPEN"))
		return;
	WANT_OK(yh_meter_settle(t->m, &err));
}

double mt_stale(void)
{
	uint64_t bits = UINT64_C(0x7ff0000000000002);
	double d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

/* ---- what was read ---- */

void mt_forget(struct mt_seen *seen)
{
	free(seen->row);
	*seen = (struct mt_seen){ 0 };
}

static struct mt_row *add(struct mt_seen *seen, const struct yh_meter_series *s)
{
	struct mt_row *row;

	if (seen->n == seen->cap) {
		seen->cap = seen->cap ? seen->cap * 2 : 8;
		seen->row = realloc(seen->row, seen->cap * sizeof *seen->row);
		WANT(seen->row);
	}
	row = &seen->row[seen->n++];
	memset(row, 0, sizeof *row);
	(void)snprintf(row->metric, sizeof row->metric, "%s", s->metric);
	(void)snprintf(row->resource, sizeof row->resource, "%s", s->resource);
	for (size_t i = 0, at = 0; i < s->n_labels; i++) {
		WANT(i == 0 || strcmp(s->labels[i - 1].name, s->labels[i].name) < 0);
		at += (size_t)snprintf(row->labels + at, sizeof row->labels - at, "\x1f%s=%s\x1f",
				       s->labels[i].name, s->labels[i].value);
		WANT(at < sizeof row->labels);
	}
	return row;
}

static bool go_on(const struct mt_seen *seen)
{
	return seen->stop_after == 0 || seen->n < seen->stop_after;
}

const struct mt_row *mt_row(const struct mt_seen *seen, const char *metric, const char *resource)
{
	const struct mt_row *found = NULL;

	for (size_t i = 0; i < seen->n; i++)
		if (strcmp(seen->row[i].metric, metric) == 0 &&
		    strcmp(seen->row[i].resource, resource) == 0) {
			WANT(!found);
			found = &seen->row[i];
		}
	return found;
}

bool mt_has(const struct mt_row *row, const char *label, const char *value)
{
	char want[2048];

	(void)snprintf(want, sizeof want, "\x1f%s=%s\x1f", label, value);
	return strstr(row->labels, want) != NULL;
}

bool mt_on_latest(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	struct mt_row *row = add(arg, s);

	row->n = 1;
	row->at_ms[0] = at_ms;
	row->values[0] = value;
	return go_on(arg);
}

bool mt_on_samples(void *arg, const struct yh_meter_series *s, const int64_t *at_ms,
		   const double *values, size_t n)
{
	struct mt_row *row = add(arg, s);

	for (size_t i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, &values[i], sizeof bits);
		if (bits == UINT64_C(0x7ff0000000000002) || row->n == 64)
			continue; /* a marker is shown by some, and is no sample */
		row->at_ms[row->n] = at_ms[i];
		row->values[row->n++] = values[i];
	}
	return go_on(arg);
}

bool mt_on_history(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		   size_t n)
{
	struct mt_row *row = add(arg, s);

	WANT(n <= 64);
	row->n = n;
	memcpy(row->buckets, b, n * sizeof *b);
	return go_on(arg);
}

bool mt_on_usage(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u)
{
	add(arg, s)->usage = *u;
	return go_on(arg);
}

struct yh_meter_select mt_of(const char *metric, const char *const *resource)
{
	return (struct yh_meter_select){ .metric = metric,
					 .resources = resource,
					 .n_resources = resource ? 1 : 0,
					 .by_resource = resource != NULL };
}
