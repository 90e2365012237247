/* Usage on the districts' link, from the district's meter to the city's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/form.h"
#include "link_two.h"
#include "services/meter/follow.h"

struct side {
	struct yh_clock clock;
	struct yh_world world;
	char dir[64];
	atomic_bool stop;
	struct yh_arena arena;
	struct yh_link_work work;
};

static void open_side(struct side *s, struct store_test *t)
{
	struct yh_meter_config cfg = { .dir = s->dir,
				       .clock = &s->clock,
				       .owner = yh_meter_owner_of,
				       .owner_arg = &s->world };
	struct yh_err err = { 0 };

	memset(s, 0, sizeof *s);
	(void)snprintf(s->dir, sizeof s->dir, "/tmp/yh-link-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	yh_clock_manual(&s->clock, NOON + HOUR);
	s->world = (struct yh_world){ .exec = t->x, .clock = &s->clock };
	yh_arena_init(&s->arena, TWO_ARENA);
	s->work = (struct yh_link_work){ &s->world, NOON + HOUR, &s->arena, &s->stop };
	assert_int_equal(yh_meter_open(&cfg, &s->world.meter, &err), YH_OK);
}

static void close_side(struct side *s)
{
	char text[100];

	yh_meter_close(s->world.meter);
	yh_arena_done(&s->arena);
	(void)snprintf(text, sizeof text, "rm -rf %s", s->dir);
	assert_int_equal(system(text), 0);
}

static void write_lines(struct side *s, const char *cloud, const struct yh_id *about,
			const char *text)
{
	struct yh_meter_scope scope = { .kind = "cloud", .about = *about };
	struct yh_meter_write w = { .scope = &scope,
				    .form = YH_METER_LINES,
				    .body = text,
				    .n = strlen(text),
				    .received_at = NOON + HOUR };
	struct yh_err err = { 0 };

	(void)snprintf(scope.code, sizeof scope.code, "%s", cloud);
	assert_int_equal(yh_meter_write_wait(s->world.meter, &w, &err), YH_OK);
	assert_int_equal(w.rc, YH_OK);
	assert_string_equal(w.written.why.slug, "");
}

enum { DOCS = 8 };
struct docs {
	char keys[DOCS][YH_LINK_KEY_MAX + 1];
	struct yh_link_doc list[DOCS];
	json_t *bodies[DOCS];
	size_t n;
};

static enum yh_rc keep_doc(void *arg, const char *key, const json_t *body, struct yh_err *err)
{
	struct docs *d = arg;
	const char *kind = yh_json_text(body, "kind");

	WANT(d->n < DOCS && strlen(key) <= YH_LINK_KEY_MAX);
	WANT_OK(yh_form_validate(yh_link_shape(kind), body, err));
	(void)snprintf(d->keys[d->n], sizeof d->keys[0], "%s", key);
	d->bodies[d->n] = json_deep_copy(body);
	d->list[d->n] = (struct yh_link_doc){ d->keys[d->n], d->bodies[d->n] };
	d->n++;
	return YH_OK;
}

static void drop_docs(struct docs *d)
{
	for (size_t i = 0; i < d->n; i++)
		json_decref(d->bodies[i]);
	d->n = 0;
}

struct seen {
	size_t series;
	struct yh_meter_bucket bucket;
	char cloud[32];
};

static bool see(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		size_t n)
{
	struct seen *seen = arg;

	seen->series++;
	seen->bucket = b[n - 1];
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, "cloud") == 0)
			(void)snprintf(seen->cloud, sizeof seen->cloud, "%s", s->labels[i].value);
	return true;
}

static struct seen history(struct side *s, const char *metric, yh_time from)
{
	const struct yh_meter_select what = { .metric = metric };
	struct seen seen = { 0 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_history(s->world.meter, &what, from / 1000,
					  (from + 300 * YH_US_PER_S) / 1000, 300000, see, &seen,
					  &err),
			 YH_OK);
	return seen;
}

#define LINE(metric, labels, at, value)                                                            \
	"{\"metric\":\"" metric "\",\"labels\":{" labels "},\"at\":180000" #at                     \
	"000,\"value\":" #value "}\n"
#define OF_MACHINE "\"resource\":\"EAST-R-000001\""

static const char five_minutes[] = LINE("resource_cpu_usage_ratio", OF_MACHINE, 0010, 0.2)
	LINE("resource_cpu_usage_ratio", OF_MACHINE, 0070, 0.4) LINE("resource_cpu_usage_ratio",
								     OF_MACHINE, 0130, 0.6)
		LINE("resource_disk_read_bytes_total", OF_MACHINE ",\"device\":\"vda\"", 0010, 100)
			LINE("resource_disk_read_bytes_total", OF_MACHINE ",\"device\":\"vda\"",
			     0290, 150) LINE("node_secret", OF_MACHINE, 0010, 1)
				LINE("platform_host_cpu_cores", "\"host\":\"h1\"", 0020, 64);

struct metering {
	struct two *t;
	struct side district, city;
	struct docs docs;
};

static void meter_five_minutes(struct metering *m, struct two *t)
{
	const struct yh_link_peer city = two_peer(false);
	const yh_time until = NOON + 300 * YH_US_PER_S;
	struct yh_err err = { 0 };

	memset(m, 0, sizeof *m);
	two_deliver(t);
	m->t = t;
	open_side(&m->district, t->district);
	open_side(&m->city, t->city);
	write_lines(&m->district, "EAST", &city.home, five_minutes);
	if (yh_link_usage_due(&m->district.work, &city, NOON, until, keep_doc, &m->docs, &err) !=
	    YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	assert_int_equal(m->docs.n, 2);
	if (yh_link_platform_due(&m->district.work, &city, NOON, until, keep_doc, &m->docs, &err) !=
	    YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	assert_int_equal(m->docs.n, 3);
}

static void meter_done(struct metering *m)
{
	drop_docs(&m->docs);
	close_side(&m->district);
	close_side(&m->city);
}

/* proves A13.3 */
static void five_minutes_of_usage_are_one_sample_at_the_city_however_often_they_come(void **state)
{
	const struct yh_link_peer district = two_peer(true);
	struct metering m;
	struct yh_err err = { 0 };
	struct seen seen;
	size_t taken;

	meter_five_minutes(&m, *state);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(
			yh_link_usage_absorb(&m.city.work, &district, m.docs.list, 2, &taken, &err),
			YH_OK);
		assert_int_equal(taken, 2);
		assert_int_equal(yh_link_platform_absorb(&m.city.work, &district, m.docs.list + 2,
							 1, &taken, &err),
				 YH_OK);
	}
	seen = history(&m.city, "resource_cpu_usage_ratio", NOON);
	assert_int_equal(seen.series, 1);
	assert_int_equal(seen.bucket.count, 1);
	assert_true(seen.bucket.sum > 0.3999999 && seen.bucket.sum < 0.4000001);
	assert_string_equal(seen.cloud, "EAST");
	assert_true(history(&m.city, "resource_disk_read_bytes_total", NOON).bucket.last == 150);
	assert_true(history(&m.city, "platform_host_cpu_cores", NOON).bucket.last == 64);
	assert_int_equal(history(&m.city, "node_secret", NOON).series, 0);
	for (size_t i = 0; i < m.docs.n; i++)
		if (two_take(*state, i < 2 ? "usage" : "platform", m.docs.keys[i], m.docs.bodies[i],
			     &err) != YH_OK)
			fail_msg("%s: %s %s", m.docs.keys[i], err.slug, err.field);
	meter_done(&m);
}

/* Many long labels: no document is more than may travel. */
static void usage_that_is_long_goes_in_parts_that_may_travel(void **state)
{
	enum { SERIES = 700, LINE_MOST = 1000 };
	const struct yh_link_peer city = two_peer(false);
	const yh_time until = NOON + 300 * YH_US_PER_S;
	YH_FREE_AUTO char *text = calloc(SERIES, LINE_MOST);
	struct metering m;
	struct yh_err err = { 0 };
	char long_text[201];
	size_t n = 0, samples = 0;

	meter_five_minutes(&m, *state);
	drop_docs(&m.docs);
	assert_non_null(text);
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = 0;
	for (int i = 0; i < SERIES; i++)
		n += (size_t)snprintf(
			text + n, LINE_MOST,
			"{\"metric\":\"resource_disk_used_bytes\",\"labels\":{" OF_MACHINE
			",\"device\":\"vd%d\",\"a\":\"%s\",\"b\":\"%s\"},\"at\":"
			"1800000010000,\"value\":1}\n",
			i, long_text, long_text);
	write_lines(&m.district, "EAST", &city.home, text);
	if (yh_link_usage_due(&m.district.work, &city, NOON, until, keep_doc, &m.docs, &err) !=
	    YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	assert_int_equal(m.docs.n, 4); /* two of before */
	for (size_t i = 0; i < m.docs.n; i++) {
		char *body = yh_json_canonical(m.docs.bodies[i]);

		assert_true(strlen(body) <= YH_LINK_BODY_MAX);
		samples += json_array_size(json_object_get(m.docs.bodies[i], "samples"));
		free(body);
	}
	assert_int_equal(samples, SERIES + 2);
	meter_done(&m);
}

static void
usage_of_what_is_not_the_districts_is_refused_and_what_came_before_it_taken(void **state)
{
	const struct yh_link_peer district = two_peer(true);
	struct metering m;
	struct yh_err err = { 0 };
	struct yh_link_doc docs[2];
	YH_JSON_AUTO bad = NULL;
	size_t taken;

	meter_five_minutes(&m, *state);
	bad = json_deep_copy(m.docs.bodies[1]);
	json_object_set_new(json_array_get(json_object_get(bad, "samples"), 0), "resource",
			    json_string("SH-R-000001"));
	docs[0] = m.docs.list[0];
	docs[1] = (struct yh_link_doc){ m.docs.keys[1], bad };
	assert_failed(yh_link_usage_absorb(&m.city.work, &district, docs, 2, &taken, &err), err,
		      YH_BAD_INPUT, "meter-foreign");
	assert_int_equal(taken, 1);
	assert_int_equal(history(&m.city, "resource_cpu_usage_ratio", NOON).series, 1);
	assert_int_equal(history(&m.city, "resource_disk_read_bytes_total", NOON).series, 0);
	json_object_set_new(bad, "from", json_string("2027-01-15T16:01:00.000000+08:00"));
	assert_failed(two_take(*state, "usage", m.docs.keys[1], bad, &err), err, YH_BAD_INPUT,
		      "link-slot");
	meter_done(&m);
}

static enum yh_rc pair(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_link_peer p = two_peer(true);

	(void)arg;
	return yh_exec(tx, err,
		       "INSERT INTO link_peer (id, city, district, cloud, home, url, point, state,"
		       " enrolled_at, ended_why, heard_at, sent_at, skew_ms, version, fault,"
		       " fault_figures) VALUES ($1, 0, 'east', $2, $3, '', $1, 'active', 0, '', 0,"
		       " 0, 0, '', '', '')",
		       YH_ID(&p.id), YH_ID(&p.cloud), YH_ID(&p.home));
}

/* After a long cut the end of a machine arrives before its last usage. */
static void late_usage_of_a_machine_that_was_destroyed_is_taken(void **state)
{
	const struct yh_link_peer district = two_peer(true);
	YH_JSON_AUTO body = NULL;
	struct metering m;
	struct yh_err err = { 0 };
	size_t taken;

	meter_five_minutes(&m, *state);
	store_test_write(m.t->city, pair, NULL);
	body = two_copy(m.t, "resource", "EAST-R-000001");
	json_object_set_new(body, "state", json_string("destroyed"));
	json_object_set_new(body, "sizes", json_array());
	assert_int_equal(two_take(m.t, "resource", "EAST-R-000001", body, &err), YH_OK);
	assert_int_equal(
		yh_link_usage_absorb(&m.city.work, &district, m.docs.list, 2, &taken, &err), YH_OK);
	assert_int_equal(history(&m.city, "resource_cpu_usage_ratio", NOON).series, 1);
	meter_done(&m);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_two, close_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(five_minutes_of_usage_are_one_sample_at_the_city_however_often_they_come),
		CASE(usage_that_is_long_goes_in_parts_that_may_travel),
		CASE(usage_of_what_is_not_the_districts_is_refused_and_what_came_before_it_taken),
		CASE(late_usage_of_a_machine_that_was_destroyed_is_taken),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
