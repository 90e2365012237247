/* Writing to an outer store: checked here, stamped, forwarded as remote-write 1.0. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "meter/outer_internal.h"

enum {
	POINTS = 10000,        /* a request */
	LABEL_BYTES = 8 << 20, /* and what their labels may take */
	SEND_S = 30,
	REQUESTS_MAX = 512, /* a body, when a refusal is narrowed down */
	REPLY_MAX = 64 << 10,
	SCRATCH_BYTES = 4 << 20,
};
#define JOB_BYTES ((size_t)256 << 20) /* labels of one body */

struct yh_outer_job {
	struct yh_outer_job *next;
	struct yh_meter_write *w;
	struct yh_arena arena; /* of the labels */
	struct yh_wire_point *points;
	uint8_t *part; /* of each point: enum yh_wire_part */
	size_t n;
	unsigned requests;
};

static void job_free(struct yh_outer_job *job)
{
	yh_arena_done(&job->arena);
	free(job->points);
	free(job->part);
	free(job);
}

/* ---- admitting, on the caller's thread ---- */

struct admitted {
	const unsigned char *labels;
	size_t len;
};

struct admission {
	struct yh_outer *o;
	struct yh_meter_write *w;
	struct yh_outer_job *job;
	const struct yh_wire *wire;
	struct yh_arena scratch;
};

static void refuse(struct yh_meter_written *to, uint64_t *counter, uint64_t n,
		   const struct yh_err *why)
{
	if (n == 0)
		return;
	*counter += n;
	if (to->why.rc == YH_OK)
		to->why = *why;
}

/* Puts kind=code over what the sender says. Room for one more label is there. */
static enum yh_rc stamp(const struct yh_meter_scope *scope, struct yh_meter_label *labels,
			size_t *n, struct yh_err *refusal)
{
	for (size_t i = *n; i-- > 0;)
		if (yh_meter_pretends(scope, labels[i].name))
			memmove(&labels[i], &labels[i + 1], (--*n - i) * sizeof *labels);
	for (size_t i = 0; i < *n; i++)
		if (strcmp(labels[i].name, scope->kind) == 0) {
			labels[i].value = scope->code;
			return YH_OK;
		}
	if (*n >= YH_METER_LABELS_MAX) {
		(void)yh_fail(refusal, YH_BAD_INPUT, "meter-series-invalid");
		yh_err_text(refusal, "detail", "labels-many");
		return YH_BAD_INPUT;
	}
	labels[(*n)++] = (struct yh_meter_label){ scope->kind, scope->code };
	return YH_OK;
}

static const char *resource_of(const struct yh_meter_label *labels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(labels[i].name, "resource") == 0)
			return labels[i].value;
	return "";
}

/* A histogram counts by its first half, and the second not at all. */
static void count_one(struct yh_meter_written *to, unsigned part, bool repeated)
{
	to->samples += part == YH_PART_SAMPLES;
	to->repeated += repeated && part == YH_PART_SAMPLES;
	to->histograms += part == YH_PART_COUNT;
}

static void add_points(struct admission *a, const struct yh_wire_series *s,
		       const unsigned char *labels, size_t labels_len)
{
	const struct yh_meter_config *cfg = &a->o->base.cfg;
	int64_t now_ms = a->w->received_at / 1000;
	struct yh_meter_written *to = &a->w->written;
	struct yh_err late = { 0 }, future = { 0 };
	uint64_t n_late = 0, n_future = 0;
	struct yh_outer_job *job = a->job;

	for (uint32_t i = 0; i < s->n_samples; i++) {
		const struct yh_wire_sample *x = &a->wire->samples[s->first_sample + i];

		if (!a->w->scope->backfill && x->at_ms < now_ms - cfg->late_ms) {
			n_late++;
		} else if (x->at_ms > now_ms + cfg->future_ms) {
			n_future++;
		} else if (i > 0 && x->at_ms == x[-1].at_ms) {
			count_one(to, s->part, true); /* the first stays */
		} else {
			job->points[job->n] =
				(struct yh_wire_point){ labels, labels_len, x->at_ms, x->value };
			job->part[job->n++] = (uint8_t)s->part;
		}
	}
	if (s->part == YH_PART_SUM)
		return;
	(void)yh_fail(&late, YH_REFUSED, "meter-late");
	yh_err_int(&late, "days", cfg->late_ms / 86400000);
	refuse(to, &to->refused_late, n_late, &late);
	(void)yh_fail(&future, YH_REFUSED, "meter-future");
	yh_err_int(&future, "minutes", cfg->future_ms / 60000);
	refuse(to, &to->refused_future, n_future, &future);
}

/* The series' labels, checked and stamped; what they are lacking goes into *refusal. */
static enum yh_rc read_series(struct admission *a, const struct yh_wire_series *s,
			      const char **metric, struct yh_meter_label **labels, size_t *n,
			      struct yh_err *refusal, struct yh_err *err)
{
	enum yh_rc rc = yh_wire_labels(s, &a->scratch, metric, labels, n, refusal);

	if (rc == YH_OK)
		rc = stamp(a->w->scope, *labels, n, refusal);
	return rc == YH_OK || rc == YH_BAD_INPUT ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

/* Its labels as the store gets them, kept with the job; NULL, counted and said why: refused. */
static enum yh_rc admit_series(struct admission *a, const struct yh_wire_series *s,
			       struct admitted *out, struct yh_err *err)
{
	const struct yh_meter_scope *scope = a->w->scope;
	struct yh_meter_written *to = &a->w->written;
	yh_time now = a->w->received_at;
	struct yh_err refusal = { 0 };
	uint64_t *counter = &to->refused_invalid;
	struct yh_meter_label *labels;
	const unsigned char *encoded = NULL;
	const char *metric;
	size_t n;
	enum yh_rc rc = read_series(a, s, &metric, &labels, &n, &refusal, err);

	*out = (struct admitted){ 0 };
	if (rc == YH_OK && refusal.rc == YH_OK) {
		counter = &to->refused_foreign;
		rc = yh_gate_owns(a->o->gate, scope, resource_of(labels, n), now, &refusal, err);
	}
	if (rc == YH_OK && refusal.rc == YH_OK) {
		counter = &to->refused_limit;
		rc = yh_wire_encode_labels(&a->scratch, metric, labels, n, &encoded, &out->len,
					   err);
		if (rc == YH_OK)
			rc = yh_gate_series(
				a->o->gate, scope,
				yh_wire_key_of(encoded, out->len, yh_gate_seed(a->o->gate)), now,
				&refusal, err);
	}
	if (rc != YH_OK)
		return rc;
	if (refusal.rc != YH_OK) {
		refuse(to, counter, s->n_samples, &refusal);
		return YH_OK;
	}
	out->labels = yh_arena_memdup(&a->job->arena, encoded, out->len);
	return out->labels ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

/* A series, or both halves of its histograms: these are taken together or not at all. */
static enum yh_rc admit(struct admission *a, const struct yh_wire_series *s, struct yh_err *err)
{
	size_t n = s->part == YH_PART_COUNT ? 2 : 1;
	struct admitted got[2];
	enum yh_rc rc;

	for (size_t i = 0; i < n; i++) {
		rc = admit_series(a, &s[i], &got[i], err);
		if (rc != YH_OK || !got[i].labels)
			return rc;
	}
	for (size_t i = 0; i < n; i++)
		add_points(a, &s[i], got[i].labels, got[i].len);
	return YH_OK;
}

static enum yh_rc admit_body(struct yh_outer *o, struct yh_meter_write *w,
			     const struct yh_wire *wire, struct yh_outer_job *job,
			     struct yh_err *err)
{
	struct admission a = { .o = o, .w = w, .job = job, .wire = wire };
	size_t n = wire->n_samples ? wire->n_samples : 1;
	enum yh_rc rc = YH_OK;

	job->points = calloc(n, sizeof *job->points);
	job->part = calloc(n, sizeof *job->part);
	if (!job->points || !job->part)
		return yh_fail(err, YH_BUSY, "memory-short");
	yh_arena_init(&a.scratch, SCRATCH_BYTES);
	for (size_t i = 0; rc == YH_OK && i < wire->n_series; i++) {
		if (wire->series[i].part != YH_PART_SUM) /* which goes with its count */
			rc = admit(&a, &wire->series[i], err);
		if (a.scratch.used_bytes > SCRATCH_BYTES / 2)
			yh_arena_done(&a.scratch);
	}
	yh_arena_done(&a.scratch);
	return rc;
}

/* ---- sending, on a thread of the meter ---- */

static void count_taken(struct yh_outer_job *job, size_t from, size_t n, bool repeated)
{
	for (size_t i = from; i < from + n; i++)
		count_one(&job->w->written, job->part[i], repeated);
}

/* The store's own words, in one line that fits a figure. */
static void say(struct yh_err *err, const struct yh_http_answer *answer)
{
	char detail[96];
	size_t n = 0;

	for (size_t i = 0; i < answer->body.len && n < sizeof detail - 1; i++)
		detail[n++] = answer->body.data[i];
	while (n > 0 && ((unsigned char)detail[n - 1] & 0xC0) == 0x80)
		n--; /* whole characters only */
	while (n > 0 && (unsigned char)detail[n - 1] <= ' ')
		n--;
	detail[n] = 0;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)detail[i] < ' ')
			detail[i] = ' ';
	yh_err_int(err, "status", answer->status);
	yh_err_text(err, "detail", detail);
}

/* Stores of the Prometheus family say of a sample that it lies too far back, some as if the fault
 * were their own; sending it again would not help. */
static bool says_too_old(const struct yh_http_answer *answer)
{
	const char *text = yh_buf_text(&answer->body);

	return strstr(text, "too old") || strstr(text, "out of bounds") ||
	       strstr(text, "out of order") || strstr(text, "out-of-order");
}

static enum yh_rc post(struct yh_outer *o, struct yh_http_line *line, struct yh_outer_job *job,
		       size_t from, size_t n, struct yh_http_answer *answer, struct yh_err *err)
{
	static const char *const headers[] = { "Content-Type: application/x-protobuf",
					       "Content-Encoding: snappy",
					       "X-Prometheus-Remote-Write-Version: 0.1.0",
					       "User-Agent: yunheng/" YH_VERSION, NULL };
	YH_FREE_AUTO void *body = NULL;
	struct yh_http_call call = { .method = "POST",
				     .url = o->write_url,
				     .headers = headers,
				     .line = line,
				     .timeout_s = SEND_S,
				     .reply_max_bytes = REPLY_MAX };
	struct yh_err why = { 0 };
	size_t len;
	enum yh_rc rc = yh_wire_build(job->points + from, n, &body, &len, err);

	*answer = (struct yh_http_answer){ 0 };
	if (rc != YH_OK)
		return rc;
	call.body = body;
	call.body_bytes = len;
	job->requests++;
	rc = yh_http_call(&call, answer, &why);
	return rc == YH_OK ? YH_OK : yh_outer_unreachable(&why, err);
}

/* What the store refused for good, of one sample. */
static void drop_point(struct yh_outer_job *job, size_t from, size_t n,
		       const struct yh_http_answer *answer)
{
	struct yh_meter_written *to = &job->w->written;
	struct yh_err why = { 0 };

	if (n == 1 && strstr(yh_buf_text(&answer->body), "duplicate")) {
		count_taken(job, from, n, true); /* the first value stays */
		return;
	}
	(void)yh_fail(&why, YH_REFUSED, "meter-outer-refused");
	say(&why, answer);
	for (size_t i = from; i < from + n; i++)
		refuse(to, says_too_old(answer) ? &to->refused_late : &to->refused_invalid,
		       job->part[i] != YH_PART_SUM, &why);
}

/* Sends points; when the store refuses them for good, halves, so that the good ones get in. */
static enum yh_rc send_points(struct yh_outer *o, struct yh_http_line *line,
			      struct yh_outer_job *job, size_t from, size_t n, struct yh_err *err)
{
	struct yh_http_answer answer;
	enum yh_rc rc = post(o, line, job, from, n, &answer, err);
	bool halve = false;

	if (rc != YH_OK) {
		;
	} else if (answer.status >= 200 && answer.status < 300) {
		count_taken(job, from, n, false);
	} else if ((answer.status == 400 || says_too_old(&answer)) && n > 1 &&
		   job->requests < REQUESTS_MAX) {
		halve = true;
	} else if (answer.status == 400 || says_too_old(&answer)) {
		drop_point(job, from, n, &answer);
	} else {
		rc = yh_fail(err, YH_STORAGE, "meter-outer-refused");
		say(err, &answer);
	}
	yh_buf_done(&answer.body);
	if (!halve)
		return rc;
	rc = send_points(o, line, job, from, n / 2, err);
	return rc == YH_OK ? send_points(o, line, job, from + n / 2, n - n / 2, err) : rc;
}

static void send_job(struct yh_outer *o, struct yh_http_line *line, struct yh_outer_job *job)
{
	struct yh_meter_write *w = job->w;
	enum yh_rc rc = YH_OK;

	for (size_t from = 0; rc == YH_OK && from < job->n;) {
		size_t n = 0, bytes = 0;

		while (from + n < job->n && n < POINTS && bytes < LABEL_BYTES)
			bytes += job->points[from + n++].labels_len;
		rc = send_points(o, line, job, from, n, &w->err);
		from += n;
	}
	w->rc = rc;
}

static void add_to_status(struct yh_meter_status *to, const struct yh_meter_write *w)
{
	const struct yh_meter_written *x = &w->written;

	to->full = w->rc != YH_OK;
	if (w->rc != YH_OK)
		return;
	to->bodies++;
	to->samples_taken += x->samples;
	to->samples_repeated += x->repeated;
	to->histograms_taken += x->histograms;
	to->refused_invalid += x->refused_invalid;
	to->refused_foreign += x->refused_foreign;
	to->refused_late += x->refused_late;
	to->refused_future += x->refused_future;
	to->refused_limit += x->refused_limit;
}

static struct yh_outer_job *next_job(struct yh_outer *o)
{
	struct yh_outer_job *job;

	(void)pthread_mutex_lock(&o->lock);
	while (!o->head && !o->closing)
		(void)pthread_cond_wait(&o->come, &o->lock);
	job = o->head;
	if (job) {
		o->head = job->next;
		if (!o->head)
			o->tail = &o->head;
	}
	(void)pthread_mutex_unlock(&o->lock);
	return job;
}

static void *work(void *arg)
{
	struct yh_outer *o = arg;
	struct yh_http_line *line = yh_http_line_new(); /* without one: a connection each */
	struct yh_outer_job *job;

	while ((job = next_job(o)) != NULL) {
		struct yh_meter_write *w = job->w;

		send_job(o, line, job);
		(void)pthread_mutex_lock(&o->lock);
		add_to_status(&o->stats, w);
		o->n_jobs--;
		(void)pthread_mutex_unlock(&o->lock);
		job_free(job);
		w->done(w);
	}
	yh_http_line_free(line);
	return NULL;
}

bool yh_outer_start(struct yh_outer *o)
{
	o->tail = &o->head;
	while (o->n_workers < YH_OUTER_WORKERS) {
		if (pthread_create(&o->workers[o->n_workers], NULL, work, o) != 0)
			return false;
		o->n_workers++;
	}
	return true;
}

void yh_outer_stop(struct yh_outer *o)
{
	(void)pthread_mutex_lock(&o->lock);
	o->closing = true;
	(void)pthread_cond_broadcast(&o->come);
	(void)pthread_mutex_unlock(&o->lock);
	while (o->n_workers > 0)
		(void)pthread_join(o->workers[--o->n_workers], NULL);
}

/* ---- taking a body ---- */

static enum yh_rc reserve(struct yh_outer *o, struct yh_err *err)
{
	bool full;

	(void)pthread_mutex_lock(&o->lock);
	full = o->n_jobs >= YH_OUTER_QUEUE;
	if (!full)
		o->n_jobs++;
	(void)pthread_mutex_unlock(&o->lock);
	return full ? yh_fail(err, YH_BUSY, "meter-busy") : YH_OK;
}

static void queue_job(struct yh_outer *o, struct yh_outer_job *job)
{
	(void)pthread_mutex_lock(&o->lock);
	*o->tail = job;
	o->tail = &job->next;
	(void)pthread_cond_signal(&o->come);
	(void)pthread_mutex_unlock(&o->lock);
}

static void release(struct yh_outer *o)
{
	(void)pthread_mutex_lock(&o->lock);
	o->n_jobs--;
	(void)pthread_mutex_unlock(&o->lock);
}

enum yh_rc yh_outer_write(struct yh_meter *m, struct yh_meter_write *w, struct yh_err *err)
{
	struct yh_outer *o = (struct yh_outer *)m;
	struct yh_outer_job *job;
	struct yh_wire wire = { 0 };
	enum yh_rc rc = reserve(o, err);

	if (rc != YH_OK)
		return rc;
	job = calloc(1, sizeof *job);
	if (!job) {
		release(o);
		return yh_fail(err, YH_BUSY, "memory-short");
	}
	job->w = w;
	yh_arena_init(&job->arena, JOB_BYTES);
	rc = yh_wire_decode(&wire, w->form, w->body, w->n, yh_gate_seed(o->gate), err);
	if (rc == YH_OK)
		rc = admit_body(o, w, &wire, job, err);
	yh_wire_done(&wire);
	if (rc != YH_OK) {
		w->written = (struct yh_meter_written){ 0 };
		job_free(job);
		release(o);
		return rc;
	}
	queue_job(o, job);
	return YH_OK;
}
