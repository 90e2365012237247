/* The wire of the districts' link between two stores: a district (East) that has an organisation,
 * and a city, paired, which exchange batches by hand and have a clock each. */
#ifndef TESTS_STORE_LINK_WIRE_H
#define TESTS_STORE_LINK_WIRE_H

#include "base/mem.h"
#include "link/enrol.h"
#include "link/internal.h"
#include "store_test.h"

static const yh_time NOON = INT64_C(1800000000) * YH_US_PER_S;
static const yh_time HOUR = 3600 * YH_US_PER_S;
static const struct yh_id peer_id = { { 9 } }, municipal = { { 1 } }, east = { { 2 } },
			  unit = { { 3 } };
enum { ARENA = 192 << 20 };

struct side {
	struct store_test *t;
	struct yh_clock clock;
	struct yh_world world;
	struct yh_pack *pack;
	struct yh_law_book law;
	struct yh_link link;
	bool city;
};

struct two {
	struct side district, city;
	struct yh_idgen *ids;
};
/* For cmocka; *state is a struct two. */
int open_two(void **state);
int close_two(void **state);
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_two, close_two)

/* ---- one side ---- */

struct doing {
	struct side *s;
	struct yh_arena arena;
	struct yh_ctx cx;
	struct yh_link_peer_row peer;
	const char *stream;
	size_t from, n;
};
void begin(struct doing *d, struct yh_tx *tx);
/* `fn` with a struct doing, in a transaction. */
void run(struct side *s, yh_tx_fn fn, const char *stream, size_t from, size_t n,
	 size_t arena_bytes);
/* Such a one: documents of five minutes long ago, of which the parts are numbered. */
enum yh_rc put_usage(struct yh_tx *tx, void *arg, struct yh_err *err);
/* All that it has to tell. */
void gather(struct side *s);
int64_t of(struct side *s, const char *stream, bool sends, const char *column);
int64_t events(struct side *s, const char *kind);

/* ---- between two ---- */

/* What it takes or makes is of this exchange; the arena is the caller's to free. */
void enter(struct yh_link_exchange *x, struct side *s, struct yh_arena *arena);
/* What it says now; free it. */
char *say(struct side *s);
void must_hear(struct side *s, const char *text, yh_time sent_at);
/* The district calls and is answered; each clock goes on a second. */
void exchange(struct two *t);

#endif
