/* The allocation of a cloud by department and sector (Art. 17). */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/project/allocation.h"
#include "services/project/project.h"

struct allocation_in {
	const char *cloud, *by;
	yh_day day;
};

#define AT(field) offsetof(struct allocation_in, field)
static const struct yh_field query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "by", YH_F_WORD, AT(by), 0, .choices = "unit|sector",
	  .about = "by department (default) or by sector" },
	{ "day", YH_F_DAY, AT(day), 0, .about = "the day asked for; today when absent" },
	{ 0 },
};

static void write_line(struct yh_req *rq, const void *row)
{
	const struct yh_alloc_line *l = row;
	int64_t ratio = yh_alloc_ratio_milli(l);

	yh_jw_str(rq->w, "key", l->key);
	yh_jw_str(rq->w, "name", l->name);
	yh_list_word(rq, "dimension", "dimension", l->dim);
	yh_jw_milli(rq->w, "quota", l->quota_milli);
	yh_jw_milli(rq->w, "reserved", l->reserved_milli);
	yh_jw_milli(rq->w, "allocated", l->allocated_milli);
	yh_jw_milli(rq->w, "free", l->quota_milli - l->allocated_milli - l->reserved_milli);
	if (ratio < 0)
		yh_jw_null(rq->w, "use");
	else
		yh_jw_milli(rq->w, "use", ratio);
}

/* "civil/vcpu": neither a unit's code nor a dimension has a slash, a sector may. */
static const char *line_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_alloc_line *l = row;

	return yh_arena_printf(rq->cx.arena, "%s/%s", l->key, l->dim);
}

/* How many lines stand up to the cursor's. */
static enum yh_rc passed(const struct yh_req *rq, const struct yh_alloc_line *lines, size_t n,
			 size_t *out, struct yh_err *err)
{
	const char *slash = strrchr(rq->cursor, '/');
	size_t lead;

	*out = 0;
	if (!rq->cursor[0])
		return YH_OK;
	if (!slash)
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	lead = (size_t)(slash - rq->cursor);
	while (*out < n) {
		size_t len = strlen(lines[*out].key);
		int cmp = memcmp(lines[*out].key, rq->cursor, len < lead ? len : lead);

		cmp = cmp ? cmp : (len > lead) - (len < lead);
		if (cmp > 0 || (cmp == 0 && strcmp(lines[*out].dim, slash + 1) > 0))
			break;
		++*out;
	}
	return YH_OK;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct allocation_in *a = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	yh_day day = a->day == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : a->day;
	bool sector = a->by && strcmp(a->by, "sector") == 0;
	struct yh_alloc_line *lines;
	struct yh_id cloud;
	size_t n, from;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, a->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_allocation(&rq->cx, &who, &cloud, sector ? YH_BY_SECTOR : YH_BY_UNIT, day,
				   &lines, &n, err);
	if (rc == YH_OK)
		rc = passed(rq, lines, n, &from, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_day(rq->w, "day", day);
	n -= from;
	yh_list_page(rq, n ? lines + from : NULL, n > rq->limit ? yh_list_ask(rq) : n,
		     sizeof *lines, write_line, line_cursor);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("单位或领域", "FOR", "name"),
	YH_COL_DIMENSION,
	YH_COL("有效配额", "QUOTA", "quota"),
	YH_COL("在办", "RESERVED", "reserved"),
	YH_COL("已分配", "ALLOCATED", "allocated"),
	YH_COL("可用", "FREE", "free"),
	YH_COL("使用率", "USE", "use"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "allocation.list", YH_GET, "/api/v1/allocation", "allocation.read", YH_OP_PAGED, NULL,
	  query, NULL, sizeof(struct allocation_in), list, columns, "按单位或领域查看资源分配",
	  "Allocation of a cloud by department or sector",
	  .reply = "{key name dimension dimension_title quota:num reserved:num allocated:num "
		   "free:num use:num|null} + {day:day}" },
};

const struct yh_op_table yh_ops_allocation = { ops, sizeof ops / sizeof ops[0] };
