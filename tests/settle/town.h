/* A small town with a month to settle: a cloud with its bodies, units, projects, a catalogue whose
 * prices change on 16 October 2026, and resources put up by hand. Runs on both engines, as
 * tests/store does. */
#ifndef TESTS_SETTLE_TOWN_H
#define TESTS_SETTLE_TOWN_H

#include "../store/store_test.h"
#include "services/settle/settle.h"
#include "store/catalogue.h"
#include "store/factor.h"
#include "store/resource.h"

struct town {
	struct store_test *st;
	struct yh_world world;
	struct yh_clock clock;
	struct yh_law_book law;
	struct yh_pack *packs[4];
	size_t n_packs;
	struct yh_arena arena;
	struct yh_id cloud, operator_, econ_info, finance, provider, other_provider;
	struct yh_id unit, outside;          /* in the budget, and not */
	struct yh_id project, other_project; /* of the two */
	struct yh_id case_id;
	struct yh_id first, second; /* editions: from 1 January, and from 16 October */
	unsigned resources;
};

/* cmocka's setup and teardown; *state is a struct town. */
int town_open(void **state);
int town_close(void **state);
/* The pack anew, with some of its text replaced; what was stored under the old one stays. */
void town_law(struct town *t, const char *file, const char *from, const char *to);
/* The store closed and opened again, as after a crash. */
void town_reopen(struct town *t);

/* An instant: day and time of 2026 in Shanghai. */
yh_time at(int month, int day, int hour, int minute, int second);
yh_day october(void);

/* Items of an edition as a JSON array. Replaces what the edition has. */
void town_items(struct town *t, const struct yh_id *edition, const char *json);

/* A further edition, published from a day of October on. */
void town_edition(struct town *t, int64_t number, int day, const char *json);

/* A resource as it is today, and its sizes: ends at `to` (0: still so). */
struct machine {
	struct yh_id project, unit, provider; /* zero: the town's first */
	const char *kind, *former;            /* NULL: formal, none */
	yh_time formal_at;
	bool no_provider;
};
struct yh_id town_machine(struct town *t, const struct machine *m);
void town_size(struct town *t, const struct yh_id *resource, const char *code, const char *qty,
	       yh_time from, yh_time to);

/* The month; must succeed. */
struct yh_settle_done town_settle(struct town *t, int month);
enum yh_rc town_try(struct town *t, int month, struct yh_settle_done *done, struct yh_err *err);
/* Submits and closes it. */
void town_close_month(struct town *t, const struct yh_id *settlement);
/* Runs a use case in a write that must succeed; `fn` gets the context. */
typedef enum yh_rc (*town_fn)(struct yh_ctx *cx, void *arg, struct yh_err *err);
enum yh_rc town_do(struct town *t, town_fn fn, void *arg, struct yh_err *err);
void town_must(struct town *t, town_fn fn, void *arg);

/* The statement of (project, provider) in a settlement, with its lines. Lives until town_forget. */
struct yh_bill town_bill(struct town *t, const struct yh_id *settlement,
			 const struct yh_id *project, const struct yh_id *provider);
const struct yh_bill_line *town_line(const struct yh_bill *b, const char *kind, const char *code);
/* "820.80" */
void assert_yuan(int64_t fen, const char *yuan);
/* A line's usage, list price and amount. */
void assert_line(const struct yh_bill *b, const char *kind, const char *code, const char *usage,
		 const char *list, const char *amount);
struct yh_settlement_row town_settlement(struct town *t, const struct yh_id *id);
/* Statement totals are sums of lines, and so on. */
void assert_sound(struct town *t);

#define town_case(f) cmocka_unit_test_setup_teardown(f, town_open, town_close)

#endif
