/* What an auditor takes away of a settled month proves it by other code than the server's:
 * docs/verify-settlement.py, run on archives of a small town. */
#include "town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "export/bundle.h"
#include "export/outfile.h"
#include "services/audit/audit.h"
#include "services/settle/sign.h"

static const struct machine plain = { 0 };

static void must(enum yh_rc rc, const struct yh_err *err)
{
	if (rc != YH_OK)
		fail_msg("%s %s %s", err->slug, err->field, err->n_figs ? err->figs[0].text : "");
}

struct seal {
	char dir[32];
	struct yh_sealer *sealer;
};

static void take_key(struct town *t, struct seal *s)
{
	struct yh_err err = { 0 };

	memcpy(s->dir, "/tmp/yh-bundle-XXXXXX", sizeof "/tmp/yh-bundle-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	must(yh_sealer_open(t->world.exec, t->world.ids, s->dir, true, &s->sealer, &err), &err);
	t->world.sealer = s->sealer;
}

static void give_key(struct seal *s)
{
	char command[64];

	yh_sealer_close(s->sealer);
	(void)snprintf(command, sizeof command, "rm -r %s", s->dir);
	assert_int_equal(system(command), 0);
}

static void sign(struct town *t, const struct yh_id *settlement)
{
	struct yh_err err = { 0 };

	must(yh_settle_sign(&t->world, settlement, yh_clock_now(&t->clock), NULL, &err), &err);
}

static enum yh_rc write_bundle(struct town *t, const struct yh_id *settlement, const char *path,
			       struct yh_err *err)
{
	int64_t size = 0;
	char block[65536];
	FILE *spool, *out;
	ssize_t n;
	int fd;
	enum yh_rc rc = yh_outfile_open(&spool, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_bundle_write(spool, &t->world, settlement, err);
	if (rc != YH_OK) {
		(void)fclose(spool);
		return rc;
	}
	rc = yh_outfile_take(spool, &fd, &size, err);
	if (rc != YH_OK)
		return rc;
	out = fopen(path, "wb");
	assert_non_null(out);
	while ((n = read(fd, block, sizeof block)) > 0)
		assert_int_equal(fwrite(block, 1, (size_t)n, out), n);
	(void)close(fd);
	(void)fclose(out);
	return YH_OK;
}

/* The verifier's exit status; what it says is the test's output when it fails. */
static int verify(const char *path, const char *key)
{
	char command[512];
	int status;

	(void)snprintf(command, sizeof command, "%s %s %s%s%s > %s.out 2>&1", getenv("YH_PYTHON"),
		       getenv("YH_VERIFY"), path, key ? " --key " : "", key ? key : "", path);
	status = system(command);
	if (status != 0 && getenv("YH_TELL")) {
		(void)snprintf(command, sizeof command, "cat %s.out >&2", path);
		(void)!system(command);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum yh_rc add_factor(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct yh_factor_row *f = arg;

	f->id = yh_ctx_new_id(cx);
	f->made_at = cx->now;
	return yh_factor_insert(cx->tx, f, err);
}

struct late {
	struct town *t;
	struct yh_id vm;
};

/* A factor that came late, a machine that had been given back, and two audits that nobody noted. */
static enum yh_rc know_better(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct late *l = arg;
	struct town *t = l->t;
	struct yh_factor_row f = { .provider = t->provider,
				   .cloud = t->cloud,
				   .from_month = october() - 30,
				   .factor_e6 = 950000 };
	struct yh_usage_fix fix = { .resource = l->vm,
				    .code = "vm",
				    .from_at = at(9, 20, 0, 0, 0),
				    .to_at = at(9, 25, 12, 0, 0),
				    .qty_milli = -1000,
				    .reason = "已退订",
				    .case_id = t->case_id };
	struct yh_usage_fix audits = fix;
	enum yh_rc rc = add_factor(cx, &f, err);

	audits.code = "audit";
	audits.qty_milli = 2000;
	if (rc == YH_OK)
		rc = yh_settle_fix_usage(cx, &fix, err);
	if (rc == YH_OK)
		rc = yh_settle_fix_usage(cx, &audits, err);
	return rc == YH_OK ? yh_settle_correct_provider(cx, &t->provider, &t->cloud, october() - 30,
							&t->case_id, "评价结果", err)
			   : rc;
}

static struct yh_id fill_town(struct town *t)
{
	struct machine tested = { .former = "test", .formal_at = at(10, 11, 6, 30, 1) };
	struct machine other = { .provider = t->other_provider };
	struct machine outside = { .unit = t->outside, .project = t->other_project };
	struct yh_id vm = town_machine(t, &plain), disk = town_machine(t, &plain),
		     net = town_machine(t, &plain), paid = town_machine(t, &plain),
		     test = town_machine(t, &tested), theirs = town_machine(t, &other),
		     own = town_machine(t, &outside);

	town_size(t, &vm, "vm", "3", at(8, 1, 0, 0, 0), 0);
	town_size(t, &disk, "disk", "100", at(9, 1, 0, 0, 0), 0);
	town_size(t, &disk, "disk", "200", at(10, 11, 0, 0, 7), 0);
	town_size(t, &net, "net", "250", at(9, 3, 0, 0, 0), 0);
	town_size(t, &paid, "audit", "1", at(9, 30, 0, 0, 0), 0);
	town_size(t, &paid, "audit", "3", at(10, 20, 0, 0, 0), 0);
	town_size(t, &test, "vm", "1", at(9, 30, 0, 0, 0), 0);
	town_size(t, &theirs, "vm", "2", at(9, 5, 0, 0, 0), at(10, 20, 3, 4, 5));
	town_size(t, &own, "disk", "7", at(10, 2, 0, 0, 0), 0);
	return vm;
}

static struct yh_id settle_and_sign(struct town *t, int month)
{
	struct yh_settle_done done = town_settle(t, month);

	town_close_month(t, &done.settlement);
	sign(t, &done.settlement);
	return done.settlement;
}

static void months_with_corrections_are_proved_by_other_code(void **state)
{
	struct town *t = *state;
	struct seal s;
	struct late late = { .t = t };
	struct yh_id september, october_one;
	struct yh_err err = { 0 };
	char path[64];

	take_key(t, &s);
	late.vm = fill_town(t);
	september = settle_and_sign(t, 9);
	(void)snprintf(path, sizeof path, "%s/september.zip", s.dir);
	must(write_bundle(t, &september, path, &err), &err);
	assert_int_equal(verify(path, NULL), 0);

	town_must(t, know_better, &late);
	october_one = settle_and_sign(t, 10);
	(void)snprintf(path, sizeof path, "%s/october.zip", s.dir);
	must(write_bundle(t, &october_one, path, &err), &err);
	assert_int_equal(verify(path, NULL), 0);
	/* what September was approved from stays what it was */
	(void)snprintf(path, sizeof path, "%s/again.zip", s.dir);
	must(write_bundle(t, &september, path, &err), &err);
	assert_int_equal(verify(path, NULL), 0);
	give_key(&s);
}

static void an_archive_that_was_altered_or_signed_by_another_is_not_proved(void **state)
{
	struct town *t = *state;
	struct seal s;
	struct yh_id settlement;
	struct yh_err err = { 0 };
	struct yh_sm2 *other = yh_sm2_new(&err);
	char path[64], pem[64], command[512], *text;
	FILE *f;

	take_key(t, &s);
	(void)fill_town(t);
	settlement = settle_and_sign(t, 9);
	(void)snprintf(path, sizeof path, "%s/b.zip", s.dir);
	must(write_bundle(t, &settlement, path, &err), &err);
	(void)snprintf(pem, sizeof pem, "%s/other.pem", s.dir);
	text = yh_sm2_public_pem(other);
	f = fopen(pem, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
	free(text);
	yh_sm2_free(other);
	assert_int_equal(verify(path, pem), 1);
	(void)snprintf(command, sizeof command,
		       "cd %s && mkdir x && cd x && %s -m zipfile -e ../b.zip . && "
		       "sed -i 's/\"quantity\":\"3.000\"/\"quantity\":\"2.000\"/' intervals.jsonl",
		       s.dir, getenv("YH_PYTHON"));
	assert_int_equal(system(command), 0);
	(void)snprintf(path, sizeof path, "%s/x", s.dir);
	assert_int_equal(verify(path, NULL), 1);
	give_key(&s);
}

static void what_is_not_closed_or_not_signed_is_not_taken_away(void **state)
{
	struct town *t = *state;
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	struct seal s;

	(void)fill_town(t);
	done = town_settle(t, 9);
	assert_int_equal(write_bundle(t, &done.settlement, "/dev/null", &err), YH_CONFLICT);
	assert_string_equal(err.slug, "settlement-signer-none");
	take_key(t, &s);
	err = (struct yh_err){ 0 };
	assert_int_equal(write_bundle(t, &done.settlement, "/dev/null", &err), YH_CONFLICT);
	assert_string_equal(err.slug, "settlement-state");
	town_close_month(t, &done.settlement);
	err = (struct yh_err){ 0 };
	assert_int_equal(write_bundle(t, &done.settlement, "/dev/null", &err), YH_CONFLICT);
	assert_string_equal(err.slug, "settlement-unsigned");
	give_key(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		town_case(months_with_corrections_are_proved_by_other_code),
		town_case(an_archive_that_was_altered_or_signed_by_another_is_not_proved),
		town_case(what_is_not_closed_or_not_signed_is_not_taken_away),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
