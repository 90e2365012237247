/* The districts' link between two stores: who is paired, is so no more, or never was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_wire.h"
#include "services/meter/follow.h"
#include "store/person.h"

static bool see(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		size_t n)
{
	(void)s;
	(void)b;
	(void)n;
	++*(size_t *)arg;
	return true;
}

static size_t metered(struct side *s)
{
	const struct yh_meter_select what = { .metric = "platform_host_cpu_cores" };
	struct yh_err err = { 0 };
	size_t n = 0;

	assert_int_equal(yh_meter_history(s->world.meter, &what, (NOON - 2 * HOUR) / 1000,
					  NOON / 1000, 300000, see, &n, &err),
			 YH_OK);
	return n;
}

static void of_a_fork_and_of_an_ended_pairing_nothing_is_taken(void **state)
{
	struct two *t = *state;
	char dir[] = "/tmp/yh-wire-XXXXXX", command[64];
	struct yh_meter_config cfg = { .clock = &t->city.clock,
				       .owner = yh_meter_owner_of,
				       .owner_arg = &t->city.world };
	struct yh_link_exchange x;
	struct yh_link_batch b;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	char *text;

	cfg.dir = mkdtemp(dir);
	assert_non_null(cfg.dir);
	assert_int_equal(yh_meter_open(&cfg, &t->city.world.meter, &err), YH_OK);
	run(&t->district, put_usage, "platform", 0, 1, ARENA);
	text = say(&t->district);
	must_hear(&t->city, text, NOON);
	free(text);
	assert_int_equal(metered(&t->city), 1);
	assert_int_equal(store_test_sql(t->city.t, &err,
					"UPDATE link_stream SET chain = acked_chain WHERE stream"
					" = 'platform'"),
			 YH_OK);
	run(&t->district, put_usage, "platform", 1, 1, ARENA);
	text = say(&t->district);
	must_hear(&t->city, text, NOON + YH_US_PER_S);
	assert_int_equal(events(&t->city, "link.forked"), 1);
	assert_int_equal(metered(&t->city), 1);

	enter(&x, &t->city, &arena);
	assert_int_equal(yh_link_batch_read(text, strlen(text), &arena, &b, &err), YH_OK);
	assert_int_equal(store_test_sql(t->city.t, &err, "UPDATE link_peer SET state = 'ended'"),
			 YH_OK);
	assert_int_equal(yh_link_apply(&x, yh_link_stream_of("platform"), &b.heads[0], b.lines,
				       b.n_lines, &err),
			 YH_FORBIDDEN);
	assert_string_equal(err.slug, "link-ended");
	yh_arena_done(&arena);
	free(text);
	yh_meter_close(t->city.world.meter);
	t->city.world.meter = NULL;
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

/* A batch that says it is of a peer, and lies somewhere for as long as it waits. */
static enum yh_rc queue(struct side *s, struct yh_link_serving *w, char text[80],
			const struct yh_id *peer, struct yh_err *err)
{
	char id[YH_ID_TEXT];

	(void)snprintf(text, 80, "yunheng-link 1 %s up 1800000000000 zstd 30\n",
		       yh_id_text(peer, id));
	*w = (struct yh_link_serving){ .body = text, .n = strlen(text) };
	*err = (struct yh_err){ 0 };
	return yh_link_serve(&s->link, w, err);
}

static void strangers_do_not_take_the_places_of_who_is_paired(void **state)
{
	struct two *t = *state;
	struct side *s = &t->city;
	const struct yh_link_peer_row known = { .id = peer_id };
	struct yh_link_serving waits[2 * LINK_WAITING];
	char texts[2 * LINK_WAITING][80];
	struct yh_err err;
	size_t n = 0;

	assert_int_equal(pthread_mutex_init(&s->link.lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&s->link.served, NULL), 0);
	s->link.end = &s->link.first;
	s->link.n_threads = 1;
	yh_link_know(&s->link, &known, 1);
	for (int i = 0; i < LINK_WAITING; i++) {
		const struct yh_id stranger = { { 0x77, (unsigned char)i } };

		n += queue(s, &waits[n], texts[n], &stranger, &err) == YH_OK;
	}
	assert_int_equal(n, LINK_WAITING_STRANGE);
	for (int i = 0; i < LINK_WAITING; i++)
		n += queue(s, &waits[n], texts[n], &peer_id, &err) == YH_OK;
	assert_int_equal(n, LINK_WAITING_STRANGE + LINK_WAITING_EACH);
	assert_string_equal(err.slug, "link-busy");
	waits[n] = (struct yh_link_serving){ .body = "x", .n = 1 };
	assert_int_equal(yh_link_serve(&s->link, &waits[n], &err), YH_BAD_INPUT);
	assert_int_equal(s->link.waiting, n);
	(void)pthread_cond_destroy(&s->link.served);
	(void)pthread_mutex_destroy(&s->link.lock);
}

static enum yh_rc put_code(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_link_code_row c = {
		.district = "east", .cloud = east, .made_by = unit, .made_at = NOON
	};

	c.digest = yh_sm3_of(&d->from, sizeof d->from);
	c.expires_at = NOON + HOUR;
	return yh_link_code_insert(tx, &c, err);
}

static enum yh_rc end_it(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_link_code_row *rows;
	size_t n;

	begin(d, tx);
	WANT_OK(yh_link_code_open(tx, NOON, &d->arena, &rows, &n, err));
	WANT(n == 2);
	WANT_OK(yh_link_code_open(tx, NOON + HOUR, &d->arena, &rows, &n, err));
	WANT(n == 0);
	WANT_OK(yh_link_end(&d->cx, "east", "撤销", err));
	WANT_OK(yh_link_code_open(tx, NOON, &d->arena, &rows, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static enum yh_rc put_person(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_person_row p = {
		.id = unit, .login = "admin", .name = "管理员", .secret = "", .status = "active"
	};

	(void)arg;
	return yh_person_insert(tx, &p, err);
}

static void codes_that_were_not_used_end_with_the_pairing(void **state)
{
	struct two *t = *state;

	store_test_write(t->city.t, put_person, NULL);
	run(&t->city, put_code, "", 1, 0, ARENA);
	run(&t->city, put_code, "", 2, 0, ARENA);
	run(&t->city, end_it, "", 0, 0, ARENA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(of_a_fork_and_of_an_ended_pairing_nothing_is_taken),
		CASE(codes_that_were_not_used_end_with_the_pairing),
		CASE(strangers_do_not_take_the_places_of_who_is_paired),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
