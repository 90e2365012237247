/* Two sides of the districts' link: a district (East) that has an organisation, a project and a
 * machine, and a city that knows of none of them; what the district has to tell is gathered. */
#ifndef TESTS_STORE_LINK_TWO_H
#define TESTS_STORE_LINK_TWO_H

#include "base/mem.h"
#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "store/mirror.h"
#include "store_test.h"

static const yh_time NOON = INT64_C(1800000000) * YH_US_PER_S;
static const yh_time HOUR = 3600 * YH_US_PER_S;
enum { TWO_ARENA = 16 << 20, TWO_KEYS = 64 };

/* The ids of rows that a side made itself; each side counts by itself. */
enum {
	SH = 1,
	EAST,
	WEST,
	EDU,
	CIVIL,
	WEST_EDU,
	VENDOR,
	PROJECT,
	SYSTEM,
	EDITION,
	ITEM,
	MACHINE,
	LINE,
	WEST_PROJECT
};

struct two {
	struct store_test *district, *city;
	struct yh_idgen *ids;
	struct sent {
		const struct yh_link_stream *stream;
		char key[YH_LINK_KEY_MAX + 1];
		json_t *body;
	} sent[TWO_KEYS];
	size_t n;
};

/* The id of a row that a side made itself. */
struct yh_id two_id(unsigned char n, bool city);
/* The other side, as the city or the district knows it. */
struct yh_link_peer two_peer(bool at_city);
/* All that the district has to tell of a stream, behind what was gathered. */
void two_gather(struct two *t, const char *stream);
/* The city takes one document. */
enum yh_rc two_take(struct two *t, const char *stream, const char *key, const json_t *body,
		    struct yh_err *err);
/* The city takes all that was gathered. */
void two_deliver(struct two *t);
/* What is sent under a key, to be changed; decref it. */
json_t *two_copy(struct two *t, const char *stream, const char *key);

/* For cmocka; *state is a struct two. */
int open_two(void **state);
int close_two(void **state);

#endif
