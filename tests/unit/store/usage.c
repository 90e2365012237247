/* Sizes of resources as a month is reckoned from them: of a cloud that has most resources, and of
 * one whose few lie among those of another. */
#include "city.h"
#include "store/usage.h"

enum { MANY = 5000, FEW = 10, SIZES = 8, HOUR = 3600 };
#define AT(k) ((T0 + (yh_time)(k)*HOUR) * YH_US_PER_S)

/* One resource in MANY / FEW is the district's. */
static enum yh_rc plant(struct yh_tx *tx, struct stage *s, struct city *c, struct yh_err *err)
{
	WANT_OK(build_city(tx, s, c, err));
	for (int i = 0; i < MANY; i++) {
		struct yh_resource_row r;
		char no[40];

		(void)snprintf(no, sizeof no, "R-%04d", i);
		r = a_resource(s, c, &c->project, no, &c->vm);
		r.cloud = i % (MANY / FEW) == 7 ? c->district_cloud : c->cloud;
		r.provider = c->sponsor;
		WANT_OK(yh_resource_insert(tx, &r, err));
	}
	for (int k = 0; k < SIZES; k++)
		WANT_OK(yh_exec(
			tx, err,
			"INSERT INTO resource_size (resource, from_at, to_at, item, qty_milli,"
			" case_id) SELECT id, $1, $2, item, $3, case_id FROM resource",
			YH_I(AT(k)), k + 1 < SIZES ? YH_I(AT(k + 1)) : YH_NUL,
			YH_I(1000 * (k + 1))));
	return YH_OK;
}

/* What has been seen is in order, whole, and says where a resource begins. */
struct seen {
	struct yh_span_row last;
	int64_t rows, resources, wrong;
	int64_t stop_at; /* 0: never */
	yh_time first_from;
	const struct yh_id *provider;
};

static bool look(void *arg, const struct yh_span_row *row)
{
	struct seen *s = arg;
	bool same = s->rows > 0 && yh_id_eq(&row->resource, &s->last.resource);

	s->wrong += row->first == same;
	s->wrong += s->rows > 0 && yh_id_cmp(&row->resource, &s->last.resource) < 0;
	s->wrong += same ? row->from_at != s->last.to_at : row->from_at != s->first_from;
	s->wrong += row->qty_milli != 1000 * ((row->from_at - AT(0)) / (HOUR * YH_US_PER_S) + 1);
	s->wrong += !yh_id_eq(&row->provider, s->provider) || strcmp(row->kind, "test") != 0;
	s->rows++;
	s->resources += row->first;
	s->last = *row;
	return s->rows != s->stop_at;
}

static struct yh_span_range all_of_it(void)
{
	struct yh_span_range g = { .from = AT(0), .to = AT(SIZES) };

	memset(g.last.b, 0xFF, sizeof g.last.b);
	return g;
}

static enum yh_rc read_both(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	const struct yh_span_range g = all_of_it();
	struct city c;
	struct seen most = { .first_from = AT(0), .provider = &c.sponsor }, few = most,
		    project = most;

	WANT_OK(plant(tx, s, &c, err));
	WANT_OK(yh_span_of_cloud(tx, &c.cloud, &g, look, &most, err));
	WANT(most.resources == MANY - FEW && most.rows == (MANY - FEW) * SIZES && most.wrong == 0);
	WANT_OK(yh_span_of_cloud(tx, &c.district_cloud, &g, look, &few, err));
	WANT(few.resources == FEW && few.rows == FEW * SIZES && few.wrong == 0);
	WANT_OK(yh_span_of_project(tx, &c.project, &g, look, &project, err));
	WANT(project.resources == MANY && project.rows == MANY * SIZES && project.wrong == 0);
	return YH_OK;
}

/* Two halves, cut in the middle, are the whole; a time takes only what touches it. */
static enum yh_rc read_parts(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_span_range g = all_of_it();
	struct city c;
	struct seen one = { .first_from = AT(0), .provider = &c.sponsor }, two = one, late = one,
		    stopped = one;
	struct yh_id cut;

	WANT_OK(plant(tx, s, &c, err));
	WANT_OK(yh_span_cut(tx, &c.cloud, 1, 2, &cut, err));
	g.last = cut;
	WANT_OK(yh_span_of_cloud(tx, &c.cloud, &g, look, &one, err));
	g = all_of_it();
	g.after = cut;
	WANT_OK(yh_span_of_cloud(tx, &c.cloud, &g, look, &two, err));
	WANT(one.resources + two.resources == MANY - FEW && one.wrong == 0 && two.wrong == 0);
	WANT(one.resources > MANY / 3 && two.resources > MANY / 3);
	g = all_of_it();
	g.from = AT(SIZES - 1) + 1;
	late.first_from = AT(SIZES - 1);
	WANT_OK(yh_span_of_cloud(tx, &c.cloud, &g, look, &late, err));
	WANT(late.rows == MANY - FEW && late.wrong == 0);
	stopped.stop_at = SIZES * 4500 + 3; /* on the second page */
	g = all_of_it();
	WANT_OK(yh_span_of_cloud(tx, &c.cloud, &g, look, &stopped, err));
	WANT(stopped.rows == stopped.stop_at && stopped.wrong == 0);
	return YH_OK;
}

static void each_size_of_a_cloud_is_read_once_in_order_be_they_most_or_few(void **state)
{
	(void)state;
	run_everywhere(read_both);
}

static void a_part_of_the_resources_or_of_the_time_is_read_alone(void **state)
{
	(void)state;
	run_everywhere(read_parts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_of_a_cloud_is_read_once_in_order_be_they_most_or_few),
		cmocka_unit_test(a_part_of_the_resources_or_of_the_time_is_read_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
