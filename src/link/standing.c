/* How a stream of a peer stands here: it flows, has stopped, or has forked. */
#include <stdio.h>
#include <string.h>

#include "link/internal.h"

enum yh_rc yh_link_stop_stream(struct yh_ctx *cx, struct yh_link_stream_row *s, const char *state,
			       const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	struct yh_jw w;
	bool same = strcmp(s->state, state) == 0 && strcmp(s->fault, why->slug) == 0;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&text, 4096);
	yh_jw_init(&w, &text);
	yh_jw_obj(&w, NULL);
	yh_jw_figures(&w, "figures", why);
	yh_jw_str(&w, "stream", s->stream);
	yh_jw_str(&w, "slug", why->slug);
	if (s->fault_key[0])
		yh_jw_str(&w, "key", s->fault_key);
	yh_jw_end_obj(&w);
	if (!same) {
		char kind[32];

		s->since = cx->now;
		(void)snprintf(kind, sizeof kind, "link.%s", state);
		rc = yh_link_note(cx, kind, &s->peer, s->stream, why->slug, yh_buf_text(&text),
				  err);
	}
	(void)snprintf(s->state, sizeof s->state, "%s", state);
	(void)snprintf(s->fault, sizeof s->fault, "%s", why->slug);
	(void)snprintf(s->fault_field, sizeof s->fault_field, "%s", why->field);
	text.len = 0;
	yh_jw_init(&w, &text);
	yh_jw_obj(&w, NULL);
	yh_jw_figures(&w, "figures", why);
	yh_jw_end_obj(&w);
	s->fault_figures = yh_arena_strdup(cx->arena, yh_buf_text(&text));
	yh_buf_done(&text);
	return rc;
}

void yh_link_flow_on(struct yh_ctx *cx, struct yh_link_stream_row *s)
{
	if (strcmp(s->state, "flowing") == 0)
		return;
	(void)snprintf(s->state, sizeof s->state, "flowing");
	s->since = cx->now;
	s->fault[0] = s->fault_field[0] = s->fault_key[0] = 0;
	s->fault_figures = "";
	s->fault_seq = 0;
}

enum yh_rc yh_link_forked(struct yh_ctx *cx, struct yh_link_stream_row *s, int64_t here,
			  int64_t there, struct yh_err *err)
{
	struct yh_err why = { 0 };

	(void)yh_fail(&why, YH_CONFLICT, "link-forked");
	yh_err_int(&why, "here", here);
	yh_err_int(&why, "there", there);
	return yh_link_stop_stream(cx, s, "forked", &why, err);
}
