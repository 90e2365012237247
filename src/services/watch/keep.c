/* What is kept of a scan: findings a few at a time, then the scan with its results as one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "services/watch/internal.h"
#include "store/case_file.h"
#include "store/event.h"
#include "store/party.h"

enum { AT_ONCE = 1000, A_WRITE = 100, LEVEL = 3 };
#define PART_BYTES ((size_t)64 * 1024 * 1024)
#define WRITE_BYTES ((size_t)256 * 1024)
#define TEXT_BYTES ((size_t)2 * 1024 * 1024)

/* ---- results ---- */

struct part {
	void *body;
	size_t n;
	struct yh_sm3 digest; /* of the text */
};
struct results {
	struct run *r;
	struct yh_buf text;
	size_t lines;
	struct part *parts;
	size_t n, cap;
	struct yh_sm3 digest;
};

static void results_done(struct results *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->parts[i].body);
	free(s->parts);
	yh_buf_done(&s->text);
}

static enum yh_rc end_part(struct results *s, struct yh_err *err)
{
	size_t room = ZSTD_compressBound(s->text.len), n;
	struct part *p;

	if (s->lines == 0)
		return YH_OK;
	if (!yh_buf_ok(&s->text) || !yh_watch_room(&s->parts, s->n, &s->cap, sizeof *s->parts))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p = &s->parts[s->n];
	p->body = malloc(room);
	if (!p->body)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->n++;
	n = ZSTD_compress(p->body, room, s->text.data, s->text.len, LEVEL);
	if (ZSTD_isError(n))
		return yh_fail(err, YH_INTERNAL, "watch-compress");
	p->n = n;
	p->digest = yh_sm3_of(s->text.data, s->text.len);
	s->text.len = 0;
	s->lines = 0;
	return YH_OK;
}

static void begin_line(struct results *s, struct yh_jw *w)
{
	yh_jw_init(w, &s->text);
	yh_jw_obj(w, NULL);
}

static enum yh_rc end_line(struct results *s, struct yh_jw *w, struct yh_err *err)
{
	yh_jw_end_obj(w);
	yh_buf_str(&s->text, "\n");
	s->lines++;
	return s->lines == YH_WATCH_PART_LINES ? end_part(s, err) : YH_OK;
}

static enum yh_rc say_subject(struct results *s, size_t subject, struct yh_err *err)
{
	struct run *r = s->r;
	bool any = false;
	struct yh_jw w;
	enum yh_rc rc = YH_OK;

	for (size_t p = 0; rc == YH_OK && p < r->n_plans; p++) {
		unsigned char j = r->judged[subject * r->n_plans + p];

		if (j == NOT_ABOUT)
			continue;
		any = true;
		if (r->plans[p].rule->about == YH_RULE_RESOURCE)
			r->counts[j]++;
		begin_line(s, &w);
		yh_watch_say_one(r, p, subject, &w);
		rc = end_line(s, &w, err);
	}
	if (rc != YH_OK || any)
		return rc;
	begin_line(s, &w);
	yh_jw_str(&w, "resource", r->subjects[subject].row.no);
	yh_jw_null(&w, "rule");
	yh_jw_str(&w, "verdict", "none");
	return end_line(s, &w, err);
}

static enum yh_rc say_results(struct results *s, struct yh_err *err)
{
	struct run *r = s->r;
	struct yh_piece *pieces;
	enum yh_rc rc = YH_OK;
	struct yh_jw w;

	for (size_t i = 0; rc == YH_OK && i < r->n; i++)
		rc = say_subject(s, i, err);
	for (size_t i = 0; rc == YH_OK && i < r->n_systems; i++) {
		r->counts[r->systems[i].judged]++;
		begin_line(s, &w);
		yh_watch_say_system(r, &r->systems[i], &w);
		rc = end_line(s, &w, err);
	}
	if (rc == YH_OK)
		rc = end_part(s, err);
	pieces = rc == YH_OK ? calloc(s->n + 1, sizeof *pieces) : NULL;
	if (!pieces)
		return rc == YH_OK ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
	for (size_t i = 0; i < s->n; i++)
		pieces[i] = (struct yh_piece){ s->parts[i].digest.b, YH_SM3_BYTES };
	s->digest = yh_sm3_of_pieces(pieces, s->n);
	free(pieces);
	return YH_OK;
}

/* ---- findings ---- */

/* What is flagged, on its way to the store. */
struct found {
	size_t plan;
	const struct system *system; /* NULL: about subjects[0] alone */
	const uint32_t *subjects;
	size_t n;
	uint32_t one;
	bool known;
	struct yh_id id;
	struct yh_buf evidence, advice;
	struct yh_id *ids; /* of every resource */
};
struct batch {
	struct run *r;
	struct found list[AT_ONCE];
	size_t n;
	size_t from, to;  /* of the write under way */
	int64_t inserted; /* by it: it may run twice */
	int64_t total;
	struct yh_cloud_row *clouds;
	size_t n_clouds;
	yh_time now;
};

static struct yh_id subject_of(const struct run *r, const struct found *f)
{
	return f->system ? f->system->id : r->subjects[f->one].row.id;
}

static enum yh_rc read_known(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct batch *b = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < b->n; i++) {
		struct found *f = &b->list[i];
		struct yh_id subject = subject_of(b->r, f);

		rc = yh_finding_known(tx, b->r->plans[f->plan].rule->id, &subject, b->r->ask->first,
				      b->r->ask->last, &f->known, err);
	}
	return rc;
}

/* Those of a system that the rule is about, at most `most`; the others belong to the finding all
 * the same. */
static size_t judged_of(const struct run *r, const struct found *f, size_t most, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n && n < most; i++)
		if (r->judged[f->subjects[i] * r->n_plans + f->plan] != NOT_ABOUT)
			out[n++] = f->subjects[i];
	return n;
}

static enum yh_rc gather(struct batch *b, struct yh_err *err)
{
	uint32_t *subjects = calloc(b->n * YH_WATCH_DRAWN + 1, sizeof *subjects);
	size_t n = 0;
	enum yh_rc rc;

	if (!subjects)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < b->n; i++)
		if (!b->list[i].known)
			n += judged_of(b->r, &b->list[i], YH_WATCH_DRAWN, subjects + n);
	rc = n ? yh_watch_gather(b->r, b->list[0].plan, subjects, n, err) : YH_OK;
	free(subjects);
	return rc;
}

static enum yh_rc describe(struct run *r, struct found *f, struct yh_err *err)
{
	uint32_t *judged = calloc(f->n + 1, sizeof *judged);
	enum yh_rc rc;

	f->ids = calloc(f->n + 1, sizeof *f->ids);
	if (!judged || !f->ids) {
		free(judged);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	for (size_t i = 0; i < f->n; i++)
		f->ids[i] = r->subjects[f->subjects[i]].row.id;
	yh_buf_init(&f->evidence, TEXT_BYTES);
	yh_buf_init(&f->advice, TEXT_BYTES);
	yh_watch_evidence(r, f->plan, judged, judged_of(r, f, f->n, judged), f->system,
			  &f->evidence);
	rc = yh_watch_advice(r, f->plan, f->subjects, f->n, &f->advice, err);
	free(judged);
	if (rc == YH_OK && (!yh_buf_ok(&f->evidence) || !yh_buf_ok(&f->advice)))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

static const char *cloud_code(const struct batch *b, const struct yh_id *cloud)
{
	for (size_t i = 0; i < b->n_clouds; i++)
		if (yh_id_eq(&b->clouds[i].id, cloud))
			return b->clouds[i].code;
	return "";
}

static enum yh_rc insert(struct yh_tx *tx, struct batch *b, const struct found *f,
			 struct yh_err *err)
{
	const struct run *r = b->r;
	const struct yh_rule *rule = r->plans[f->plan].rule;
	const struct yh_subject_row *s = &r->subjects[f->subjects[0]].row;
	const char *code = cloud_code(b, &s->cloud);
	struct yh_finding_row row = {
		.id = f->id,
		.info_system = s->info_system,
		.project = s->project,
		.unit = s->unit,
		.cloud = s->cloud,
		.first_day = r->ask->first,
		.last_day = r->ask->last,
		.pack = yh_pack_digest(r->pack),
		.evidence = yh_buf_text(&f->evidence),
		.evidence_digest = yh_sm3_of(yh_buf_text(&f->evidence), f->evidence.len),
		.advice = yh_buf_text(&f->advice),
		.found_at = b->now,
		.minor = rule->minor,
	};
	char counter[24];
	bool inserted;
	int64_t n;
	enum yh_rc rc;

	if (!f->system)
		row.resource = s->id;
	(void)snprintf(row.rule, sizeof row.rule, "%s", rule->id);
	(void)snprintf(row.article, sizeof row.article, "%s", rule->article);
	(void)snprintf(counter, sizeof counter, "%.16s-F", code);
	rc = yh_counter_next(tx, counter, &n, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(row.no, sizeof row.no, "%s-%06" PRId64, counter, n);
	rc = yh_finding_insert(tx, &row, f->ids, f->n, &inserted, err);
	b->inserted += rc == YH_OK && inserted;
	return rc;
}

static enum yh_rc write_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct batch *b = arg;
	enum yh_rc rc = YH_OK;

	b->inserted = 0;
	for (size_t i = b->from; rc == YH_OK && i < b->to; i++)
		if (!b->list[i].known)
			rc = insert(tx, b, &b->list[i], err);
	return rc;
}

static void empty_batch(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		yh_buf_done(&b->list[i].evidence);
		yh_buf_done(&b->list[i].advice);
		free(b->list[i].ids);
	}
	b->n = 0;
}

/* So many that the one writer is not held for long. */
static size_t end_of_write(const struct batch *b)
{
	size_t to = b->from, bytes = 0;

	do
		bytes += b->list[to].evidence.len + b->list[to].advice.len;
	while (++to < b->n && to - b->from < A_WRITE && bytes < WRITE_BYTES);
	return to;
}

static enum yh_rc end_batch(struct batch *b, struct yh_err *err)
{
	struct run *r = b->r;
	enum yh_rc rc = b->n ? yh_exec_read(r->world->exec, read_known, b, err) : YH_OK;
	size_t new = 0;

	if (rc == YH_OK)
		rc = gather(b, err);
	for (size_t i = 0; rc == YH_OK && i < b->n; i++) {
		if (b->list[i].known)
			continue;
		new ++;
		b->list[i].id = yh_id_new(r->world->ids, b->now);
		rc = describe(r, &b->list[i], err);
	}
	for (b->from = 0; rc == YH_OK && new > 0 && b->from < b->n; b->from = b->to) {
		b->to = end_of_write(b);
		rc = yh_exec_write(r->world->exec, write_some, b, err);
		b->total += rc == YH_OK ? b->inserted : 0;
	}
	empty_batch(b);
	return rc;
}

static enum yh_rc add_found(struct batch *b, struct found f, struct yh_err *err)
{
	struct found *to = &b->list[b->n++];

	*to = f;
	if (!f.system) {
		to->subjects = &to->one;
		to->n = 1;
	}
	return b->n == AT_ONCE ? end_batch(b, err) : YH_OK;
}

static enum yh_rc read_clouds(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct batch *b = arg;

	return yh_cloud_list(tx, &b->r->arena, &b->clouds, &b->n_clouds, err);
}

/* A batch is of one rule, so that the meter is asked about all of it at once. */
static enum yh_rc keep_of_rule(struct batch *b, size_t plan, struct yh_err *err)
{
	struct run *r = b->r;
	bool of_systems = r->plans[plan].rule->about == YH_RULE_SYSTEM;
	enum yh_rc rc = YH_OK;

	for (size_t s = 0; rc == YH_OK && !of_systems && s < r->n; s++)
		if (r->judged[s * r->n_plans + plan] == YH_JUDGED_FLAGGED)
			rc = add_found(b, (struct found){ .plan = plan, .one = (uint32_t)s }, err);
	for (size_t i = 0; rc == YH_OK && i < r->n_systems; i++)
		if (r->systems[i].plan == plan && r->systems[i].judged == YH_JUDGED_FLAGGED)
			rc = add_found(
				b,
				(struct found){ .plan = plan,
						.system = &r->systems[i],
						.subjects = &r->by_system[r->systems[i].from],
						.n = r->systems[i].n },
				err);
	return rc == YH_OK ? end_batch(b, err) : rc;
}

static enum yh_rc keep_findings(struct batch *b, struct yh_err *err)
{
	struct run *r = b->r;
	enum yh_rc rc = yh_exec_read(r->world->exec, read_clouds, b, err);

	for (size_t p = 0; rc == YH_OK && p < r->n_plans; p++) {
		rc = keep_of_rule(b, p, err);
		if (rc == YH_OK)
			rc = yh_watch_step(r, err);
	}
	empty_batch(b);
	return rc;
}

/* ---- the scan ---- */

struct keeping {
	const struct run *r;
	const struct results *results;
	struct yh_scan_row row;
	int64_t found;
	const char *cloud_code;
	struct yh_id scan;
};

static enum yh_rc record(struct yh_tx *tx, const struct keeping *k, struct yh_err *err)
{
	char digest[YH_SM3_HEX], payload[256];
	struct yh_event e = { .id = yh_id_new(k->r->world->ids, k->row.made_at),
			      .at = k->row.made_at,
			      .kind = "watch.scanned",
			      .object_kind = "watch_scan",
			      .object_id = k->scan,
			      .person = k->r->ask->person,
			      .article = yh_pack_action_article(k->r->pack, "watch.scan"),
			      .source = k->r->ask->source,
			      .payload = payload };

	(void)snprintf(payload, sizeof payload,
		       "{\"digest\":\"%s\",\"flagged\":%" PRId64 ",\"found\":%" PRId64
		       ",\"resources\":%" PRId64 "}",
		       yh_hex(k->row.digest.b, YH_SM3_BYTES, digest), k->row.flagged, k->found,
		       k->row.resources);
	return yh_event_insert(tx, &e, err);
}

/* Whoever may dismiss what was found on their cloud hears of a scan that they did not ask for. */
static enum yh_rc tell(struct yh_tx *tx, const struct keeping *k, const char *role,
		       struct yh_err *err)
{
	char figures[256], from[YH_DAY_TEXT], to[YH_DAY_TEXT];
	struct yh_notice n = { .id = yh_id_new(k->r->world->ids, k->row.made_at),
			       .role = role,
			       .slug = "watch-found",
			       .figures = figures,
			       .made_at = k->row.made_at };
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_cloud_body(tx, &k->row.cloud, role, &n.org, &none);

	if (rc == YH_NOT_FOUND || rc == YH_CONFLICT)
		return YH_OK;
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	(void)snprintf(figures, sizeof figures,
		       "{\"cloud\":\"%s\",\"found\":\"%" PRId64 "\",\"from\":\"%s\",\"to\":\"%s\"}",
		       k->cloud_code, k->found, yh_day_text(k->row.first_day, from),
		       yh_day_text(k->row.last_day, to));
	return yh_notice_insert(tx, &n, err);
}

static enum yh_rc tell_all(struct yh_tx *tx, const struct keeping *k, struct yh_err *err)
{
	size_t n;
	const struct yh_permission *p = yh_pack_permissions(k->r->pack, &n);
	enum yh_rc rc = YH_OK;

	if (k->found == 0 || !yh_id_is_zero(&k->r->ask->person) || yh_id_is_zero(&k->row.cloud))
		return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(p[i].action, "finding.dismiss") == 0 &&
		    strcmp(p[i].relation, "cloud") == 0)
			rc = tell(tx, k, p[i].role, err);
	return rc;
}

static enum yh_rc write_scan(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;
	bool found;
	enum yh_rc rc = yh_db_lock(tx, &k->row.cloud, 1, err);

	if (rc == YH_OK)
		rc = yh_scan_same(tx, &k->row, &found, &k->scan, err);
	if (rc == YH_OK && !found) {
		k->scan = k->row.id;
		rc = yh_scan_insert(tx, &k->row, err);
		for (size_t i = 0; rc == YH_OK && i < k->results->n; i++)
			rc = yh_scan_part_insert(tx, &k->scan, (int64_t)i,
						 k->results->parts[i].body, k->results->parts[i].n,
						 err);
	}
	if (rc == YH_OK)
		rc = record(tx, k, err);
	return rc == YH_OK ? tell_all(tx, k, err) : rc;
}

static void fill_row(struct keeping *k, yh_time now)
{
	const struct run *r = k->r;

	k->row = (struct yh_scan_row){
		.id = yh_id_new(r->world->ids, now),
		.cloud = r->ask->cloud,
		.unit = r->ask->unit,
		.first_day = r->ask->first,
		.last_day = r->ask->last,
		.pack = yh_pack_digest(r->pack),
		.digest = k->results->digest,
		.resources = (int64_t)r->n,
		.flagged = r->counts[YH_JUDGED_FLAGGED],
		.fine = r->counts[YH_JUDGED_OK],
		.unknown = r->counts[YH_JUDGED_UNKNOWN],
		.excepted = r->counts[YH_JUDGED_EXCEPTED],
		.person = r->ask->person,
		.made_at = now,
	};
	(void)snprintf(k->row.rule, sizeof k->row.rule, "%s", r->ask->rule ? r->ask->rule : "");
}

enum yh_rc yh_watch_keep(struct run *r, struct yh_watch_done *out, struct yh_err *err)
{
	yh_time now = yh_clock_now(r->world->clock);
	struct results results = { .r = r };
	struct batch *b = calloc(1, sizeof *b);
	struct keeping k = { .r = r, .results = &results };
	enum yh_rc rc;

	yh_buf_init(&results.text, PART_BYTES);
	rc = b ? say_results(&results, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK) {
		b->r = r;
		b->now = now;
		rc = keep_findings(b, err);
	}
	if (rc == YH_OK) {
		fill_row(&k, now);
		k.found = b->total;
		k.cloud_code = cloud_code(b, &r->ask->cloud);
		rc = yh_exec_write(r->world->exec, write_scan, &k, err);
		*out = (struct yh_watch_done){ k.scan, b->total };
	}
	results_done(&results);
	free(b);
	return rc;
}
