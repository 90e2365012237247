/* What a person follows live. */
#include "services/overview/follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { KEY_BYTES = 256 * 1024 };

static char letter(const char *relation)
{
	if (!relation)
		return '-';
	if (strcmp(relation, "any") == 0)
		return 'a';
	return strcmp(relation, "cloud") == 0 || strcmp(relation, "district") == 0 ? 'c' : 'o';
}

const char *yh_follow_key(struct yh_arena *arena, const char *relation,
			  const struct yh_desk_row *desks, size_t n)
{
	const char *key;
	char id[YH_ID_TEXT];
	struct yh_buf b;

	yh_buf_init(&b, KEY_BYTES);
	yh_buf_printf(&b, "%c", letter(relation));
	for (size_t i = 0; i < n; i++)
		yh_buf_printf(&b, "|%c.%s.%s", desks[i].own ? 'o' : 'c', desks[i].role,
			      yh_id_text(&desks[i].org, id));
	key = yh_buf_ok(&b) ? yh_arena_strdup(arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return key;
}

/* "o.role.id" up to the next bar. */
static bool read_desk(const char *s, size_t len, struct yh_desk_row *d)
{
	char text[96], *dot;

	if (len < 4 || len >= sizeof text || s[1] != '.')
		return false;
	memcpy(text, s, len);
	text[len] = 0;
	dot = strchr(text + 2, '.');
	if (!dot || (size_t)(dot - text - 2) >= sizeof d->role)
		return false;
	memcpy(d->role, text + 2, (size_t)(dot - text - 2));
	d->own = s[0] == 'o';
	return yh_id_parse(dot + 1, &d->org, NULL) == YH_OK;
}

enum yh_rc yh_follow_read(struct yh_tx *tx, const char *key, struct yh_arena *arena,
			  struct yh_follow *out, struct yh_err *err)
{
	size_t most = 0;
	enum yh_rc rc = YH_OK;

	for (const char *c = key; *c; c++)
		most += *c == '|';
	*out = (struct yh_follow){ .relation = key[0],
				   .desks = YH_NEW_N(arena, struct yh_desk_row, most + 1) };
	if (!out->desks)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (const char *s = strchr(key, '|'); rc == YH_OK && s; s = strchr(s, '|')) {
		struct yh_desk_row *d = &out->desks[out->n++];

		s++;
		if (!read_desk(s, strcspn(s, "|"), d))
			return yh_fail(err, YH_BAD_INPUT, "follow-invalid");
		rc = yh_desk_district(tx, &d->org, d->district, err);
	}
	return rc;
}

static bool is_party(const struct yh_change *c, const struct yh_desk_row *d, bool of_step)
{
	for (size_t i = 0; i < c->n_parties; i++)
		if (c->parties[i].of_step == of_step && yh_id_eq(&c->parties[i].org, &d->org) &&
		    strcmp(c->parties[i].role, d->role) == 0)
			return true;
	return false;
}

static bool is(const struct yh_desk_row *d, const char *role)
{
	return strcmp(d->role, role) == 0;
}

/* The same that VISIBLE says in store/case_query.c. */
static bool desk_sees(const struct yh_desk_row *d, bool cloud, const struct yh_change *c)
{
	const struct yh_change_row *r = &c->row;

	if (!d->own)
		return false;
	if (yh_id_eq(&d->org, &r->unit) || yh_id_eq(&d->org, &r->filer_org) ||
	    (is(d, "provider") && yh_id_eq(&d->org, &r->provider)) ||
	    (is(d, "sponsor") && yh_id_eq(&d->org, &r->sponsor)) || is_party(c, d, true))
		return true;
	return cloud &&
	       (is_party(c, d, false) || (r->district[0] && strcmp(r->district, d->district) == 0 &&
					  (is(d, "operator") || is(d, "district_operator"))));
}

bool yh_follow_sees(const struct yh_follow *f, const struct yh_change *c)
{
	if (f->relation == '-' || yh_id_is_zero(&c->row.case_id))
		return false;
	if (f->relation == 'a')
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (desk_sees(&f->desks[i], f->relation == 'c', c))
			return true;
	return false;
}

bool yh_follow_waits(const struct yh_follow *f, const struct yh_change *c)
{
	if (strncmp(c->row.kind, "duty.", 5) == 0) /* whose it is the event does not tell */
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (is_party(c, &f->desks[i], true))
			return true;
	return false;
}

bool yh_follow_told(const struct yh_follow *f, const struct yh_notice_for *n)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->desks[i].own && yh_id_eq(&f->desks[i].org, &n->org) &&
		    strcmp(f->desks[i].role, n->role) == 0)
			return true;
	return false;
}

enum yh_rc yh_follow_inbox(struct yh_tx *tx, const struct yh_world *world, yh_time now,
			   const struct yh_follow *f, struct yh_follow_inbox *out,
			   struct yh_err *err)
{
	static const struct yh_period soon = { .n = YH_FOLLOW_SOON_WD, .unit = YH_WORKDAYS };
	struct yh_due due;
	enum yh_rc rc;

	*out = (struct yh_follow_inbox){ .today = yh_day_of(now) };
	rc = yh_due_day(world->law->calendar(world->law->self), out->today, soon, YH_PROVISIONAL,
			&due, err);
	out->soon_until = due.day;
	for (size_t i = 0; rc == YH_OK && i < f->n; i++)
		rc = yh_desk_count(tx, f->desks[i].role, &f->desks[i].org, now, out->soon_until,
				   &out->count, err);
	for (size_t i = 0; rc == YH_OK && i < f->n; i++) {
		const struct yh_desk_row *d = &f->desks[i];

		if (d->own)
			rc = yh_desk_duties(tx, d->role, &d->org, out->today, out->soon_until,
					    &out->duties, err);
		if (rc == YH_OK && d->own)
			rc = yh_desk_supervised(tx, d->role, &d->org, out->today, &out->supervised,
						err);
	}
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	return yh_id_cmp(&((const struct yh_notice_line *)b)->id,
			 &((const struct yh_notice_line *)a)->id);
}

enum yh_rc yh_follow_notices(struct yh_tx *tx, yh_time now, const struct yh_follow *f,
			     struct yh_arena *arena, struct yh_follow_notices *out,
			     struct yh_err *err)
{
	struct yh_id floor;
	enum yh_rc rc = YH_OK;

	*out = (struct yh_follow_notices){ .since = now - YH_FOLLOW_DAYS * YH_US_PER_DAY,
					   .latest = YH_NEW_N(arena, struct yh_notice_line,
							      f->n * YH_FOLLOW_NOTICES + 1) };
	if (!out->latest)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	floor = yh_id_floor(out->since);
	for (size_t i = 0; rc == YH_OK && i < f->n; i++) {
		struct yh_notice_line *lines;
		int64_t count = 0;
		size_t n = 0;

		if (f->desks[i].own)
			rc = yh_desk_notices(tx, f->desks[i].role, &f->desks[i].org, &floor,
					     YH_FOLLOW_NOTICES, arena, &lines, &n, &count, err);
		if (rc == YH_OK && n)
			memcpy(out->latest + out->n, lines, n * sizeof *lines);
		out->n += rc == YH_OK ? n : 0;
		out->count += count;
	}
	qsort(out->latest, out->n, sizeof *out->latest, newest_first);
	if (out->n > YH_FOLLOW_NOTICES)
		out->n = YH_FOLLOW_NOTICES;
	return rc;
}
