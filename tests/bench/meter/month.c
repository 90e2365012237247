/* Fills the meter of a data folder, no server running: month WORKLOAD DIR BASE_MS. Resource i is
 * the generator's; every one is known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "meter/meter.h"

static enum yh_rc owner(void *arg, const char *resource_no, struct yh_meter_owner *out,
			struct yh_err *err)
{
	unsigned long number = strlen(resource_no) > 5 ? strtoul(resource_no + 5, NULL, 10) : 0;

	(void)arg;
	(void)err;
	*out = (struct yh_meter_owner){
		.resource = { { 1 } }, .unit = { { 2 } }, .cloud = { { 3 } }, .provider = { { 4 } }
	};
	memcpy(out->resource.b + 8, &number, sizeof number);
	return YH_OK;
}

struct filling {
	struct yh_meter *m;
	struct yh_clock *clock;
	unsigned long long samples;
};

static int fail(const char *what, const struct yh_err *err)
{
	(void)fprintf(stderr, "month: %s: %s\n", what, err->slug);
	return 1;
}

static int put(void *arg, unsigned lane, unsigned samples, const void *body, size_t n)
{
	static const struct yh_meter_scope scope = { .kind = "cloud",
						     .code = "YH",
						     .about = { { 3 } },
						     .series_max = 4000000,
						     .backfill = true };
	struct filling *f = arg;
	struct yh_meter_write w = { .scope = &scope,
				    .form = YH_METER_RW1,
				    .body = body,
				    .n = n,
				    .received_at = yh_clock_now(f->clock) };
	struct yh_err err = { 0 };
	enum yh_rc rc;

	(void)lane;
	do {
		yh_err_clear(&err);
		rc = yh_meter_write_wait(f->m, &w, &err);
	} while (rc == YH_BUSY);
	if (rc != YH_OK || w.written.samples != samples)
		return fail("write", rc != YH_OK ? &err : &w.written.why);
	f->samples += samples;
	return 0;
}

int main(int argc, char **argv)
{
	const struct gen *g = argc > 3 ? gen_find(argv[1]) : NULL;
	struct yh_clock clock;
	struct yh_meter_config cfg = { .dir = argc > 2 ? argv[2] : NULL,
				       .clock = &clock,
				       .owner = owner };
	struct filling f = { .clock = &clock };
	struct yh_err err = { 0 };

	if (!g)
		return 2;
	yh_clock_real(&clock);
	if (yh_meter_open(&cfg, &f.m, &err) != YH_OK)
		return fail("open", &err);
	if (gen_run(g, strtoll(argv[3], NULL, 10), put, &f) != 0)
		return fail("fill", &err);
	if (yh_meter_settle(f.m, &err) != YH_OK)
		return fail("settle", &err);
	(void)printf("%llu\n", f.samples);
	yh_meter_close(f.m);
	return 0;
}
