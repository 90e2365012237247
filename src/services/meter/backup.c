/* Backups that succeeded, as the meter was told of them. */
#include "services/meter/backup.h"

#include <math.h>
#include <string.h>

#include "services/meter/view.h"
#include "store/ledger.h"
#include "store/resource.h"

enum { RESOURCES_MOST = 1000, AHEAD_S = 600 };
static const char metric[] = "resource_backup_last_success_timestamp_seconds";

enum yh_rc yh_backup_gather(struct yh_tx *tx, const struct yh_id *order, const struct yh_id *system,
			    const char *rpo, struct yh_arena *arena, struct yh_backup *out,
			    struct yh_err *err)
{
	struct yh_resource_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_resource_of_system(tx, system, arena, &rows, &n, err);

	*out = (struct yh_backup){ .n = 0 };
	if (rc == YH_OK)
		rc = yh_ledger_figure(tx, order, rpo, &out->rpo_milli, err);
	n = n > RESOURCES_MOST ? RESOURCES_MOST : n;
	out->list = YH_NEW_N(arena, struct yh_backup_resource, n + 1);
	out->nos = YH_NEW_N(arena, const char *, n + 1);
	if (rc == YH_OK && (!out->list || !out->nos))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rows[i].state, "running") == 0) {
			out->list[out->n] =
				(struct yh_backup_resource){ rows[i].no, rows[i].name, 0 };
			out->nos[out->n++] = rows[i].no;
		}
	return rc;
}

/* What a sender says of a time to come, or of none, is no success. */
static void take(struct yh_backup *b, const struct yh_meter_line *line, yh_time now)
{
	double latest = (double)now / YH_US_PER_S + AHEAD_S;

	for (size_t i = 0; i < b->n; i++) {
		struct yh_backup_resource *s = &b->list[i];

		if (strcmp(s->no, line->series.resource) != 0 || !isfinite(line->value) ||
		    line->value <= 0 || line->value > latest)
			continue;
		if ((yh_time)(line->value * YH_US_PER_S) > s->last)
			s->last = (yh_time)(line->value * YH_US_PER_S);
	}
}

enum yh_rc yh_backup_ask(const struct yh_world *world, yh_time now, struct yh_arena *arena,
			 struct yh_backup *b, struct yh_err *err)
{
	struct yh_meter_line *lines;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (world->meter && b->n)
		rc = yh_meter_lines(world, b->nos, b->n, metric, 0, NULL, arena, &lines, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		take(b, &lines[i], now);
	for (size_t i = 0; i < b->n; i++) {
		yh_time last = b->list[i].last;

		b->never += last == 0;
		if (last && (!b->oldest || last < b->oldest))
			b->oldest = last;
	}
	return rc;
}

yh_time yh_backup_last(const struct yh_backup *b)
{
	return b->never ? 0 : b->oldest;
}

yh_time yh_backup_due(const struct yh_backup *b)
{
	yh_time last = yh_backup_last(b);

	return last && b->rpo_milli ? last + b->rpo_milli * 3600 * 1000 : 0;
}

bool yh_backup_overdue(const struct yh_backup *b, yh_time now)
{
	return b->rpo_milli && b->n && (!yh_backup_last(b) || yh_backup_due(b) < now);
}
