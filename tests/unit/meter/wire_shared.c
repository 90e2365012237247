/* Vectors and bodies that real senders sent, from the folder YH_SHARED names. */
#include "bodies.h"

#include <glob.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/json.h"

static const char *shared(struct decoded *d, const char *name)
{
	return yh_arena_printf(&d->arena, "%s/data/remote-write/%s", getenv("YH_SHARED"), name);
}

static char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *text;

	if (!f)
		fail_msg("%s cannot be read", path);
	text = calloc(1, 1 << 20);
	assert_non_null(text);
	*n = fread(text, 1, (1 << 20) - 1, f);
	(void)fclose(f);
	return text;
}

/* Decodes, and asks for the labels of every series: what the meter does with a body. */
static enum yh_rc take(struct decoded *d, enum yh_meter_form form, const char *path)
{
	size_t n;
	enum yh_rc rc;

	free(d->body);
	d->body = slurp(path, &n);
	yh_err_clear(&d->err);
	rc = yh_wire_decode(&d->w, form, d->body, n, &seed, &d->err);
	for (size_t i = 0; rc == YH_OK && i < d->w.n_series; i++) {
		struct yh_meter_label *labels;
		const char *metric;
		size_t n_labels;

		rc = yh_wire_labels(&d->w.series[i], &d->arena, &metric, &labels, &n_labels,
				    &d->err);
	}
	return rc;
}

static size_t plain_samples(const struct yh_wire *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_series; i++)
		n += w->series[i].part == YH_PART_SAMPLES ? w->series[i].n_samples : 0;
	return n;
}

static void check_case(struct decoded *d, const json_t *c)
{
	const json_t *headers = json_object_get(c, "headers"), *written;
	const char *name = yh_json_text(c, "name"), *expect = yh_json_text(c, "expect");
	bool two = strcmp(yh_json_text(headers, "X-Prometheus-Remote-Write-Version"), "2.0.0") == 0;
	size_t samples;
	enum yh_rc rc;

	if (strcmp(expect, "415") == 0) /* the matter of the HTTP layer */
		return;
	rc = take(d, two ? YH_METER_RW2 : YH_METER_RW1,
		  shared(d, yh_arena_printf(&d->arena, "vectors/%s", yh_json_text(c, "file"))));
	if (rc != (strncmp(expect, "2", 1) == 0 ? YH_OK : YH_BAD_INPUT))
		fail_msg("%s: %s", name, yh_rc_name(rc));
	if (rc != YH_OK)
		return;
	samples = plain_samples(&d->w);
	written = json_object_get(c, "written");
	if (json_object_get(written, "samples") &&
	    samples != (size_t)json_integer_value(json_object_get(written, "samples")))
		fail_msg("%s: %zu samples", name, samples);
	if (json_object_get(written, "exemplars") &&
	    d->w.exemplars != (size_t)json_integer_value(json_object_get(written, "exemplars")))
		fail_msg("%s: %" PRIu64 " exemplars", name, d->w.exemplars);
}

static void the_vectors_are_taken_and_refused_as_the_rules_say(void **state)
{
	DECODED d = DECODED_NEW;
	struct yh_err err = { 0 };
	YH_JSON_AUTO manifest = NULL;
	size_t n, i;
	json_t *c;
	char *text;

	(void)state;
	text = slurp(shared(&d, "vectors/manifest.json"), &n);
	assert_int_equal(yh_json_parse(text, n, &manifest, &err), YH_OK);
	free(text);
	assert_true(json_array_size(json_object_get(manifest, "cases")) > 20);
	json_array_foreach(json_object_get(manifest, "cases"), i, c) check_case(&d, c);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* The texts of each label and the instants, in order, beside what protoc printed of the body. */
static void check_against_print(const struct decoded *d, const char *path, const char *print)
{
	const char *at = print;

	if (count(print, "timeseries {") != d->w.n_series ||
	    count(print, "samples {") != d->w.n_samples)
		fail_msg("%s: %zu series, %zu samples", path, d->w.n_series, d->w.n_samples);
	for (size_t i = 0; i < d->w.n_series; i++) {
		const struct yh_wire_series *s = &d->w.series[i];

		for (size_t j = 0; j < s->n_samples; j++) {
			long long ms = 0;

			at = strstr(at, "timestamp: ");
			assert_non_null(at);
			ms = strtoll(at + strlen("timestamp: "), NULL, 10);
			assert_true(ms == d->w.samples[s->first_sample + j].at_ms);
			at++;
		}
	}
}

static void check_names(struct decoded *d, const char *print)
{
	struct yh_meter_label *labels;
	const char *metric;
	size_t n;

	for (size_t i = 0; i < d->w.n_series; i++) {
		assert_int_equal(
			yh_wire_labels(&d->w.series[i], &d->arena, &metric, &labels, &n, &d->err),
			YH_OK);
		print = strstr(print, "timeseries {");
		assert_non_null(print);
		print += strlen("timeseries {");
		assert_non_null(strstr(print, metric));
		for (size_t j = 0; j < n; j++)
			assert_non_null(strstr(print, yh_arena_printf(&d->arena, "value: \"%s\"",
								      labels[j].value)));
	}
}

static void what_real_senders_sent_is_read_as_it_was_meant(void **state)
{
	DECODED d = DECODED_NEW;
	const char *pattern = shared(&d, "captured-senders/*/*.bin");
	glob_t found;

	(void)state;
	d.arena.max_bytes = 64 << 20;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 20);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		size_t n;
		char *print = slurp(
			yh_arena_printf(&d.arena, "%.*s.txt", (int)strlen(path) - 4, path), &n);

		assert_int_equal(take(&d, YH_METER_RW1, path), YH_OK);
		check_against_print(&d, path, print);
		check_names(&d, print);
		free(print);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_are_taken_and_refused_as_the_rules_say),
		cmocka_unit_test(what_real_senders_sent_is_read_as_it_was_meant),
	};
	const char *root = getenv("YH_SHARED");

	if (!root || access(root, R_OK) != 0) { /* cmocka would count a skipped test as failed */
		printf("1..0 # SKIP YH_SHARED names no folder that is here\n");
		return 0;
	}

	return cmocka_run_group_tests(tests, NULL, NULL);
}
