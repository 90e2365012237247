/* One meter for each test, on the back end that YH_TEST_METER names: "embedded", or the base URL of
 * an outer store, which all tests of a run share; so names of metrics and resources bear a tag. */
#ifndef YH_METER_TEST_H
#define YH_METER_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"
#include "meter/meter.h"
#include "meter/wire.h"

#define WANT(x) assert_true(x)
#define WANT_OK(x) mt_want_ok((x), &err, __FILE__, __LINE__)
#define WANT_ERR(x, class, text)                                                                   \
	do {                                                                                       \
		assert_int_equal((x), (class));                                                    \
		assert_string_equal(err.slug, (text));                                             \
	} while (0)

enum { MT_RESOURCE = 100 }; /* the id of every resource in the register */
enum mt_store { MT_EMBEDDED, MT_VICTORIA, MT_PROMETHEUS };

struct mt {
	struct yh_meter *m;
	struct yh_clock clock;
	int64_t now_ms; /* of the clock, when the test began */
	enum mt_store store;
	struct yh_meter_config cfg;
	char tag[24], dir[64], room[64][96];
	unsigned n_room;
	struct yh_meter_scope scope;
	struct yh_arena arena;
	struct yh_wire_point *points;
	size_t n, cap;
	int moved;           /* resources of unit 1 that were moved to unit 2 */
	unsigned asked;      /* how often the register was asked */
	enum yh_rc registry; /* of asking, when not YH_OK */
};

int mt_open(void **state);
int mt_close(void **state);
void mt_reopen(struct mt *t);
void mt_want_ok(enum yh_rc rc, const struct yh_err *err, const char *file, int line);

/* "name_TAG", of "name_total" "name_TAG_total"; "TAG-U1-name" is a resource of unit 1, cloud 1,
 * provider 1. Kept for 64 calls. */
const char *mt_metric(struct mt *t, const char *name);
const char *mt_res(struct mt *t, unsigned owner, const char *name);
struct yh_id mt_id(unsigned n);

/* Whose token writes: "unit" 1, code "U1"; "resource" R. */
void mt_scope(struct mt *t, const char *kind, unsigned about);

/* Gathers samples, then sends them as one body. `label` may be NULL. */
void mt_put(struct mt *t, const char *metric, const char *resource, const char *label,
	    const char *value, int64_t at_ms, double v);
struct yh_meter_written mt_send(struct mt *t);
/* What was acknowledged shows from here on. With YH_TEST_METER_OPEN the embedded store keeps it in
 * open rows, otherwise all of it is sealed. */
void mt_settle(struct mt *t);

double mt_stale(void);

/* ---- what was read ---- */

struct mt_seen {
	size_t n, cap, rows;
	struct mt_row {
		char metric[256], resource[256], labels[2048]; /* a=b\x1f… */
		size_t n;
		int64_t at_ms[64];
		double values[64];
		struct yh_meter_bucket buckets[64];
		struct yh_meter_usage usage;
	} * row;
	size_t stop_after; /* 0: never */
};
void mt_forget(struct mt_seen *seen);
const struct mt_row *mt_row(const struct mt_seen *seen, const char *metric, const char *resource);
bool mt_has(const struct mt_row *row, const char *label, const char *value);
bool mt_on_latest(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value);
bool mt_on_samples(void *arg, const struct yh_meter_series *s, const int64_t *at_ms,
		   const double *values, size_t n);
bool mt_on_history(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		   size_t n);
bool mt_on_usage(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u);

/* The usual question: one metric (NULL: any), one resource (NULL: any). Kept for one use. */
struct yh_meter_select mt_of(const char *metric, const char *const *resource);

#endif
