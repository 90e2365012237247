/* The keys that fields are sealed under: which there are, and taking up a new one. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/field_key/field_key.h"

struct listed {
	struct yh_field_key key;
	bool held, writes;
};

static void write_key(struct yh_req *rq, const void *row)
{
	const struct listed *l = row;

	yh_jw_str(rq->w, "id", l->key.id);
	yh_jw_bool(rq->w, "writes", l->writes);
	yh_jw_bool(rq->w, "held", l->held);
	yh_jw_int(rq->w, "fields", l->key.fields);
	yh_jw_time(rq->w, "made_at", l->key.made_at);
	yh_jw_time(rq->w, "retired_at", l->key.retired_at);
}

static enum yh_rc list(struct yh_req *rq, void *arg, struct yh_err *err)
{
	const struct yh_ring *ring = yh_tx_ring(rq->cx.tx);
	char writer[YH_RING_ID] = "";
	struct yh_field_key *keys;
	struct listed *rows;
	size_t n;
	enum yh_rc rc = yh_field_keys(rq->cx.tx, true, rq->cx.arena, &keys, &n, err);

	(void)arg;
	if (rc != YH_OK)
		return rc;
	rows = YH_NEW_N(rq->cx.arena, struct listed, n + 1);
	if (!rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (ring)
		yh_ring_writer(ring, writer);
	for (size_t i = 0; i < n; i++)
		rows[i] = (struct listed){ keys[i], ring && yh_ring_has(ring, keys[i].id),
					   strcmp(keys[i].id, writer) == 0 };
	yh_list_write(rq, "items", rows, n, sizeof *rows, write_key);
	return YH_OK;
}

/* Counting reads whole tables: aside. */
static enum yh_rc status(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return yh_req_read(rq, list, NULL, err);
}

static enum yh_rc prepare_rotate(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct yh_ring *ring = yh_exec_ring(rq->cx.world->exec);

	(void)in;
	return ring ? yh_ring_reload(ring, err) : yh_fail(err, YH_INTERNAL, "field-key-none");
}

static enum yh_rc rotate(struct yh_req *rq, const void *in, struct yh_err *err)
{
	char writer[YH_RING_ID];
	bool fresh = false;
	enum yh_rc rc = yh_field_keys_take_up(&rq->cx, &fresh, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	yh_ring_writer(yh_tx_ring(rq->cx.tx), writer);
	yh_jw_str(rq->w, "writes", writer);
	yh_jw_bool(rq->w, "fresh", fresh);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("密钥", "KEY", "id"),
	YH_COL("写入", "WRITES", "writes"),
	YH_COL("已装入", "HELD", "held"),
	YH_COL("字段", "FIELDS", "fields"),
	YH_COL("启用", "SINCE", "made_at"),
	YH_COL("停用", "RETIRED", "retired_at"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "field-key.status", YH_GET, "/api/v1/field-keys", "field_key.manage", YH_OP_ASIDE, NULL,
	  NULL, NULL, 0, status, columns, "字段密钥：哪把在写，各有多少字段",
	  "The keys of sealed fields: which one writes, and how many fields each has",
	  .reply = "{items:[{id writes:bool held:bool fields:int made_at:time "
		   "retired_at:time|null}]}" },
	{ "field-key.rotate", YH_POST, "/api/v1/field-keys/rotation", "field_key.manage",
	  YH_OP_WRITE, NULL, NULL, NULL, 0, rotate, NULL, "重读密钥文件，用新密钥重新加密全部字段",
	  "Read the file of keys again, and seal every field anew under the newest key",
	  prepare_rotate, .reply = "{writes fresh:bool}" },
};

const struct yh_op_table yh_ops_field_key = { ops, sizeof ops / sizeof ops[0] };
