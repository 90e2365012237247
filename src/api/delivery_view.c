/* How deliveries look in replies. */
#include "api/delivery_view.h"

#include <string.h>

#include "api/list.h"

/* The last failure: its slug, and what it says. */
static void write_fault(struct yh_req *rq, const struct yh_delivery *d)
{
	YH_JSON_AUTO figures =
		json_pack("{s:I, s:s}", "code", (json_int_t)d->code, "detail", d->detail);

	yh_jw_str(rq->w, "fault", d->fault);
	if (d->fault[0])
		yh_list_say(rq, "fault_title", d->fault, figures);
	yh_jw_str(rq->w, "detail", d->detail);
}

static void write_delivery(struct yh_req *rq, const void *row)
{
	const struct yh_delivery *d = row;

	yh_jw_id(rq->w, "id", &d->id);
	yh_list_word(rq, "channel", "channel", d->channel);
	yh_jw_str(rq->w, "kind", d->kind);
	yh_jw_str(rq->w, "person", d->login[0] ? d->login : NULL);
	if (d->pos)
		yh_jw_int(rq->w, "position", d->pos);
	else
		yh_jw_null(rq->w, "position");
	yh_jw_id(rq->w, "notice", &d->notice);
	yh_jw_str(rq->w, "slug", d->slug);
	yh_jw_str(rq->w, "case", d->case_no);
	yh_list_word(rq, "state", "delivery", d->state);
	yh_jw_int(rq->w, "tries", d->tries);
	yh_jw_time(rq->w, "made_at", d->made_at);
	yh_jw_time(rq->w, "next_at", strcmp(d->state, "waiting") == 0 ? d->next_at : 0);
	yh_jw_time(rq->w, "done_at", d->done_at);
	yh_jw_int(rq->w, "code", d->code);
	write_fault(rq, d);
}

static const char *delivery_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_delivery *)row)->id);
}

void yh_view_deliveries(struct yh_req *rq, const struct yh_delivery *rows, size_t n)
{
	yh_list_page(rq, rows, n, sizeof *rows, write_delivery, delivery_cursor);
}
