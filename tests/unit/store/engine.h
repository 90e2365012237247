/* Runs a test's body in a write transaction of a fresh store, once on each engine: SQLite always,
 * PostgreSQL when YH_TEST_POSTGRES holds the address of a database to make a schema in. */
#ifndef TESTS_STORE_ENGINE_H
#define TESTS_STORE_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../store/like.h"
#include "base/mem.h"
#include "store/schema.h"

/* A body runs on a thread of the executor, where cmocka's asserts may not be: it returns instead,
 * with the line in `err`. */
#define WANT(x)                                                                                    \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			yh_err_clear(err);                                                         \
			(void)yh_fail(err, YH_INTERNAL, "test-want");                              \
			yh_err_field(err, "%s:%d %s", __FILE__, __LINE__, #x);                     \
			return YH_INTERNAL;                                                        \
		}                                                                                  \
	} while (0)
#define WANT_OK(call)                                                                              \
	do {                                                                                       \
		enum yh_rc rc_ = (call);                                                           \
		if (rc_ != YH_OK) {                                                                \
			yh_err_field(err, "%s:%d %s", __FILE__, __LINE__, #call);                  \
			return rc_;                                                                \
		}                                                                                  \
	} while (0)
/* The call fails in this class with this slug; err is cleared again. */
#define WANT_FAIL(call, class, name)                                                               \
	do {                                                                                       \
		enum yh_rc rc_ = (call);                                                           \
		WANT(rc_ == (class));                                                              \
		WANT(strcmp(err->slug, (name)) == 0);                                              \
		yh_err_clear(err);                                                                 \
	} while (0)

struct stage {
	struct yh_arena arena;
	struct yh_idgen *ids;
};
typedef enum yh_rc (*body_fn)(struct yh_tx *tx, struct stage *s, struct yh_err *err);

struct body {
	body_fn run;
	struct stage stage;
};

static inline enum yh_rc body_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct body *b = arg;

	yh_arena_done(&b->stage.arena);
	yh_arena_init(&b->stage.arena, 64 * 1024 * 1024);
	return b->run(tx, &b->stage, err);
}

static inline void run_on(void *arg, const char *database)
{
	const struct yh_exec_config cfg = { .database = database };
	struct body b = { .run = *(const body_fn *)arg,
			  .stage = { .ids = yh_idgen_new_seeded(7) } };
	struct yh_err err = { 0 };
	struct yh_exec *x = NULL;
	enum yh_rc rc = yh_store_open(&cfg, true, &x, &err);

	yh_arena_init(&b.stage.arena, 1);
	if (rc == YH_OK)
		rc = yh_exec_write(x, body_tx, &b, &err);
	yh_exec_close(x);
	yh_arena_done(&b.stage.arena);
	yh_idgen_free(b.stage.ids);
	if (rc != YH_OK)
		fail_msg("%.8s: %s %s %s", database, yh_rc_name(rc), err.slug, err.field);
}

static inline void run_everywhere(body_fn run)
{
	like_on_engines(run_on, &run);
}

#endif
