/* Samples told to the meter, as an import of theirs would be. */
#include "sim/series.h"

#include <stdio.h>
#include <string.h>

#include "meter/meter.h"

static void put_varint(struct yh_buf *b, uint64_t v)
{
	unsigned char p[10];
	size_t n = 0;

	for (; v > 127; v >>= 7)
		p[n++] = (unsigned char)(v | 128);
	p[n++] = (unsigned char)v;
	yh_buf_add(b, p, n);
}

static void put_bytes(struct yh_buf *b, unsigned char tag, const void *p, size_t n)
{
	yh_buf_add(b, &tag, 1);
	put_varint(b, n);
	yh_buf_add(b, p, n);
}

void sim_put_label(struct yh_buf *series, const char *name, const char *value)
{
	char room[256];
	struct yh_buf label;

	yh_buf_init(&label, sizeof room);
	put_bytes(&label, 0x0A, name, strlen(name));
	put_bytes(&label, 0x12, value, strlen(value));
	put_bytes(series, 0x0A, label.data, label.len);
	yh_buf_done(&label);
}

void sim_put_sample(struct yh_buf *series, double v, int64_t at_ms)
{
	unsigned char p[9 + 11] = { 0x09 };
	uint64_t bits, at = (uint64_t)at_ms;
	size_t n = 9;

	memcpy(&bits, &v, sizeof bits);
	for (int i = 0; i < 8; i++)
		p[1 + i] = (unsigned char)(bits >> (8 * i));
	p[n++] = 0x10;
	for (; at > 127; at >>= 7)
		p[n++] = (unsigned char)(at | 128);
	p[n++] = (unsigned char)at;
	put_bytes(series, 0x12, p, n);
}

void sim_put_series(struct yh_buf *body, const struct yh_buf *series)
{
	put_bytes(body, 0x0A, series->data, series->len);
}

/* Snappy, all of it literally. */
static void pack(const struct yh_buf *body, struct yh_buf *out)
{
	size_t n = body->len - 1;
	unsigned char head[4] = { 62 << 2, (unsigned char)n, (unsigned char)(n >> 8),
				  (unsigned char)(n >> 16) };

	put_varint(out, body->len);
	yh_buf_add(out, head, sizeof head);
	yh_buf_add(out, body->data, body->len);
}

enum yh_rc sim_write_body(struct sim *s, const struct yh_id *cloud, const char *cloud_code,
			  const struct yh_buf *body, struct yh_err *err)
{
	struct yh_meter_scope scope = { .kind = "cloud", .about = *cloud, .backfill = true };
	struct yh_meter_write w = { .scope = &scope, .form = YH_METER_RW1, .received_at = s->now };
	struct yh_buf packed;
	enum yh_rc rc;

	(void)snprintf(scope.code, sizeof scope.code, "%s", cloud_code);
	yh_buf_init(&packed, SIM_BODY_BYTES);
	pack(body, &packed);
	w.body = packed.data;
	w.n = packed.len;
	rc = yh_buf_ok(&packed) ? yh_meter_write_wait(s->cfg->world->meter, &w, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&packed);
	if (rc == YH_OK && w.written.why.rc != YH_OK) {
		*err = w.written.why;
		rc = err->rc;
	}
	return rc;
}
