/* Lags, for people and for /metrics. */
#include "link/lag.h"

#include <inttypes.h>
#include <string.h>

#include "link/internal.h"

enum { METRICS_ARENA = 16 * 1024 * 1024 };

static enum yh_rc lag_of(struct yh_tx *tx, const struct yh_link_peer_row *p, yh_time now,
			 struct yh_link_lag *l, struct yh_err *err)
{
	struct yh_link_stream_row *s = &l->row;
	yh_time heard_at = p->heard_at ? p->heard_at : p->enrolled_at;
	struct yh_sm3 chain;
	bool found;
	enum yh_rc rc = YH_OK;

	l->waiting = s->sends ? s->seq - s->acked : s->head - s->seq;
	if (l->waiting < 0)
		l->waiting = 0;
	l->oldest_at = s->sends || l->waiting == 0 ? 0 : s->oldest_at;
	if (s->sends && l->waiting)
		rc = yh_link_box_at(tx, &p->id, s->stream, s->acked + 1, &found, &chain,
				    &l->oldest_at, err);
	if (l->oldest_at && l->oldest_at < now)
		l->lag_s = (now - l->oldest_at) / YH_US_PER_S;
	if (!s->sends && now - heard_at > YH_LINK_QUIET_S * YH_US_PER_S &&
	    (now - heard_at) / YH_US_PER_S > l->lag_s)
		l->lag_s = (now - heard_at) / YH_US_PER_S;
	return rc;
}

enum yh_rc yh_link_lags(struct yh_tx *tx, const struct yh_link_peer_row *peer, yh_time now,
			struct yh_arena *arena, struct yh_link_lag **out, size_t *n,
			int64_t *worst_s, struct yh_err *err)
{
	struct yh_link_stream_row *rows;
	int64_t worst = 0;
	enum yh_rc rc = yh_link_stream_list(tx, &peer->id, arena, &rows, n, err);

	*out = rc == YH_OK ? YH_NEW_N(arena, struct yh_link_lag, *n + 1) : NULL;
	if (rc == YH_OK && !*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++) {
		(*out)[i].row = rows[i];
		rc = lag_of(tx, peer, now, &(*out)[i], err);
		if (rows[i].sends == peer->city && (*out)[i].lag_s > worst)
			worst = (*out)[i].lag_s;
	}
	if (worst_s)
		*worst_s = worst;
	return rc;
}

enum yh_rc yh_link_lag_of(struct yh_tx *tx, const char *district, yh_time now,
			  struct yh_arena *arena, bool *found, int64_t *lag_s, struct yh_err *err)
{
	struct yh_link_peer_row *peers;
	struct yh_link_lag *lags;
	size_t n = 0, n_lags;
	enum yh_rc rc = yh_link_peer_all(tx, false, arena, &peers, &n, err);

	*found = false;
	for (size_t i = 0; rc == YH_OK && !*found && i < n; i++) {
		if (peers[i].city || strcmp(peers[i].district, district) != 0)
			continue;
		*found = true;
		rc = yh_link_lags(tx, &peers[i], now, arena, &lags, &n_lags, lag_s, err);
	}
	return rc;
}

struct measuring {
	const struct yh_world *world;
	struct yh_arena arena;
	struct yh_buf lag, waiting, skew;
};

static enum yh_rc measure_peer(struct measuring *m, struct yh_tx *tx,
			       const struct yh_link_peer_row *p, struct yh_err *err)
{
	struct yh_link_lag *lags;
	size_t n = 0;
	enum yh_rc rc =
		yh_link_lags(tx, p, yh_clock_now(m->world->clock), &m->arena, &lags, &n, NULL, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_link_lag *l = &lags[i];
		const char *way = l->row.sends ? "out" : "in";

		yh_buf_printf(&m->lag,
			      "yunheng_link_lag_seconds{district=\"%s\",stream=\"%s\",way=\"%s\"}"
			      " %" PRId64 "\n",
			      p->district, l->row.stream, way, l->lag_s);
		yh_buf_printf(&m->waiting,
			      "yunheng_link_waiting_documents{district=\"%s\",stream=\"%s\",way="
			      "\"%s\"} %" PRId64 "\n",
			      p->district, l->row.stream, way, l->waiting);
	}
	yh_buf_printf(&m->skew, "yunheng_link_skew_seconds{district=\"%s\"} %" PRId64 "\n",
		      p->district, p->skew_ms / 1000);
	return rc;
}

static enum yh_rc measure(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct measuring *m = arg;
	struct yh_link_peer_row *peers;
	size_t n = 0;
	enum yh_rc rc = yh_link_peer_all(tx, false, &m->arena, &peers, &n, err);

	m->lag.len = m->waiting.len = m->skew.len = 0;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = measure_peer(m, tx, &peers[i], err);
	return rc;
}

static void counter(struct yh_buf *out, const char *name, uint64_t v)
{
	yh_buf_printf(out,
		      "# TYPE yunheng_link_%s_total counter\nyunheng_link_%s_total %" PRIu64 "\n",
		      name, name, v);
}

static void gauges(struct yh_buf *out, const char *name, struct yh_buf *lines)
{
	if (lines->len)
		yh_buf_printf(out, "# TYPE yunheng_link_%s gauge\n%s", name, yh_buf_text(lines));
	yh_buf_done(lines);
}

void yh_link_metrics(const struct yh_world *world, struct yh_buf *out)
{
	enum { LINES = 1024 * 1024 };
	struct measuring m = { .world = world };
	struct yh_link_stats s;
	struct yh_err err = { 0 };

	if (!world->link)
		return;
	yh_arena_init(&m.arena, METRICS_ARENA);
	yh_buf_init(&m.lag, LINES);
	yh_buf_init(&m.waiting, LINES);
	yh_buf_init(&m.skew, LINES);
	(void)!yh_exec_read(world->exec, measure, &m, &err);
	yh_arena_done(&m.arena);
	gauges(out, "lag_seconds", &m.lag);
	gauges(out, "waiting_documents", &m.waiting);
	gauges(out, "skew_seconds", &m.skew);
	yh_link_stats(world->link, &s);
	counter(out, "documents_sent", s.sent);
	counter(out, "documents_received", s.received);
	counter(out, "documents_repeated", s.repeated);
	counter(out, "batches", s.batches);
	counter(out, "batches_refused", s.refused);
	counter(out, "bytes_sent", s.bytes_out);
	counter(out, "bytes_received", s.bytes_in);
}
