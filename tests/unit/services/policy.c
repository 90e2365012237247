/* Reading a pack from its folder, and explaining what it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "services/policy/explain.h"
#include "services/policy/pack_files.h"

static const struct yh_param_sig check_params[] = {
	{ "level", YH_P_INT, true, NULL },
	{ "article", YH_P_ARTICLE, false, NULL },
	{ NULL },
};
static const struct yh_word_sig check = { "system.check", YH_WORD_CHECK, check_params, "A check." };
static const struct yh_word_sig effect = { "thing.do", YH_WORD_EFFECT, NULL, "An effect." };
static const struct yh_word_sig *const words[] = { &check, &effect };
static const struct yh_vocab vocab = { words, YH_LEN(words) };

static const char *const texts[][2] = {
	{ "articles.yaml",
	  "articles:\n"
	  "  \"2\": {zh: 甲, en: Alpha, summary_zh: 甲的摘要, summary_en: On alpha}\n"
	  "  \"9\": {zh: 乙, en: Beta, summary_zh: 乙的摘要, summary_en: On beta}\n" },
	{ "pack.yaml", "pack: test\ntitle: {zh: 测, en: T}\nvalid_from: 2026-01-01\n" },
	{ "parameters.yaml", "parameters:\n"
			     "  most: {value: 3, article: \"9\", bound: max, zh: 级别, en: Level}\n"
			     "  review: {value: 5wd, local: true, zh: 审核, en: Review}\n" },
	{ "permissions.yaml", "permissions: {}\n" },
	{ "roles.yaml", "roles:\n"
			"  unit: {zh: 单位, en: Unit, article: \"9\"}\n"
			"  office: {zh: \"主管\\\"部门\", en: \"The \\\"office\\\" & <co>\"}\n" },
	{ "forms/a.json", "{\"type\": \"object\", \"properties\": {}}" },
	{ "procedures/ask.yaml",
	  "procedure: ask\ncode: AA\ntitle: {zh: 申请, en: Ask}\narticle: \"2\"\nlevel: any\n"
	  "filed_by: unit\nabout: none\nform: forms/a.json\n"
	  "checks:\n  - system.check: {level: $most, article: \"9\"}\n"
	  "steps:\n"
	  "  decide:\n    title: {zh: 审批, en: Decide}\n    decided_by: [office, unit]\n"
	  "    within: $review\n    effect: [thing.do]\n"
	  "  maybe:\n    title: {zh: 或许, en: Maybe}\n    article: \"9\"\n"
	  "    when: [system.check: {level: 1}]\n    confirmed_by: unit\n" },
};

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state)
{
	static char dir[64];
	char path[128];

	(void)snprintf(dir, sizeof dir, "/tmp/yh-pack-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof path, "%s/forms", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/procedures", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < YH_LEN(texts); i++)
		put(dir, texts[i][0], texts[i][1]);
	*state = dir;
	return 0;
}

static int drop_folder(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -r '%s'", (const char *)*state);
	return system(command);
}

static struct yh_pack *load(const char *dir)
{
	struct yh_pack_folder f;
	struct yh_pack *p;
	struct yh_err err = { 0 };

	assert_int_equal(yh_pack_folder_read(dir, &f, NULL), YH_OK);
	if (yh_pack_load(f.files, f.n, &vocab, &p, NULL, NULL, &err) != YH_OK)
		fail_msg("%s %s", err.field, err.slug);
	yh_pack_folder_done(&f);
	return p;
}

static void a_folder_is_read_in_the_order_of_its_names(void **state)
{
	struct yh_pack_folder f;

	put(*state, "README.md", "not a part");
	put(*state, ".hidden.yaml", "not a part");
	assert_int_equal(yh_pack_folder_read(*state, &f, NULL), YH_OK);
	assert_int_equal(f.n, YH_LEN(texts));
	for (size_t i = 1; i < f.n; i++)
		assert_true(strcmp(f.files[i - 1].name, f.files[i].name) < 0);
	assert_string_equal(f.files[1].name, "forms/a.json");
	assert_int_equal(f.files[1].n, strlen(texts[5][1]));
	yh_pack_folder_done(&f);
}

static void links_are_not_followed(void **state)
{
	struct yh_pack_folder f;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/forms/passwd.json", (const char *)*state);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	(void)snprintf(path, sizeof path, "%s/etc", (const char *)*state);
	assert_int_equal(symlink("/etc", path), 0);
	assert_int_equal(yh_pack_folder_read(*state, &f, NULL), YH_OK);
	assert_int_equal(f.n, YH_LEN(texts));
	yh_pack_folder_done(&f);
}

static void a_folder_too_large_or_absent_is_refused(void **state)
{
	struct yh_pack_folder f;
	struct yh_err err = { 0 };
	char path[128];

	assert_int_equal(yh_pack_folder_read("/no/such/folder", &f, &err), YH_NOT_FOUND);
	assert_string_equal(err.slug, "folder-unreadable");
	assert_string_equal(err.field, "/no/such/folder");
	err = (struct yh_err){ 0 };
	put(*state, "big.yaml", "a: b");
	(void)snprintf(path, sizeof path, "%s/big.yaml", (const char *)*state);
	assert_int_equal(truncate(path, 1024 * 1024 + 1), 0);
	assert_int_equal(yh_pack_folder_read(*state, &f, &err), YH_TOO_LARGE);
	assert_string_equal(err.slug, "pack-too-large");
	assert_int_equal(unlink(path), 0);
	err = (struct yh_err){ 0 };
	for (int i = 0; i <= YH_PACK_FILES_MAX; i++) {
		(void)snprintf(path, sizeof path, "forms/f%d.json", i);
		put(*state, path, "{}");
	}
	assert_int_equal(yh_pack_folder_read(*state, &f, &err), YH_TOO_LARGE);
	assert_string_equal(err.slug, "pack-too-large");
}

static char *text_of(const struct yh_pack *p, const char *subject, const char *lang)
{
	struct yh_buf out;

	yh_buf_init(&out, 65536);
	assert_int_equal(yh_explain_text(p, subject, lang, &out, NULL), YH_OK);
	assert_true(yh_buf_ok(&out));
	return out.data;
}

static json_t *json_of(const struct yh_pack *p, const char *subject, const char *lang)
{
	struct yh_buf out;
	struct yh_jw w;
	json_t *v;

	yh_buf_init(&out, 65536);
	yh_jw_init(&w, &out);
	yh_jw_obj(&w, NULL);
	assert_int_equal(
		yh_explain_json(&(struct yh_speech){ .lang = lang, .pack = p }, subject, &w, NULL),
		YH_OK);
	yh_jw_end_obj(&w);
	assert_int_equal(yh_json_parse(yh_buf_text(&out), out.len, &v, NULL), YH_OK);
	yh_buf_done(&out);
	return v;
}

static void an_article_shows_what_rests_on_it_and_nothing_else(void **state)
{
	struct yh_pack *p = load(*state);
	YH_JSON_AUTO v = json_of(p, "9", "en");
	json_t *procedure = json_array_get(json_object_get(v, "procedures"), 0);
	json_t *steps = json_object_get(procedure, "steps");

	assert_string_equal(yh_json_text(v, "summary"), "On beta");
	assert_int_equal(json_array_size(json_object_get(v, "roles")), 1);
	assert_int_equal(json_array_size(json_object_get(v, "parameters")), 1);
	assert_int_equal(json_array_size(json_object_get(procedure, "checks")), 1);
	assert_int_equal(json_array_size(steps), 1);
	assert_string_equal(yh_json_text(json_array_get(steps, 0), "step"), "maybe");
	yh_pack_free(p);
}

static void a_figure_says_whether_it_is_law_or_local(void **state)
{
	struct yh_pack *p = load(*state);
	YH_JSON_AUTO law = json_of(p, "most", "zh");
	YH_JSON_AUTO local = json_of(p, "review", "zh");
	YH_FREE_AUTO char *zh = text_of(p, "ask", "zh");
	YH_FREE_AUTO char *en = text_of(p, "ask", "en");

	assert_string_equal(yh_json_text(law, "source"), "law");
	assert_string_equal(yh_json_text(law, "article"), "9");
	assert_string_equal(yh_json_text(local, "source"), "local");
	assert_true(json_is_null(json_object_get(local, "article")));
	assert_non_null(strstr(zh, "5个工作日（地方政策，review）"));
	assert_non_null(strstr(zh, "level=3（法定，第9条，most）"));
	assert_non_null(strstr(en, "5 working days (local policy, review)"));
	assert_non_null(strstr(en, "level=3 (law, Art. 9, most)"));
	yh_pack_free(p);
}

static void a_parameter_lists_the_steps_and_checks_that_use_it(void **state)
{
	struct yh_pack *p = load(*state);
	YH_JSON_AUTO v = json_of(p, "review", "zh");
	json_t *procedure = json_array_get(json_object_get(v, "procedures"), 0);

	assert_int_equal(json_array_size(json_object_get(procedure, "steps")), 1);
	assert_int_equal(json_array_size(json_object_get(procedure, "checks")), 0);
	yh_pack_free(p);
}

static void a_flow_leads_from_filing_to_every_end(void **state)
{
	struct yh_pack *p = load(*state);
	struct yh_buf out;

	yh_buf_init(&out, 65536);
	assert_int_equal(yh_explain_flow(p, "ask", "en", &out, NULL), YH_OK);
	assert_string_equal(yh_buf_text(&out),
			    "flowchart TD\n"
			    "  filed([\"Ask<br>Unit\"])\n"
			    "  filed --> s0\n"
			    "  s0[\"Decide<br>The #34;office#34; #38; #60;co#62;, Unit<br>5wd\"]\n"
			    "  s0 -->|\"Approve\"| g1\n"
			    "  s0 -->|\"Refuse\"| refused\n"
			    "  g1{\"system.check\"}\n"
			    "  g1 -->|yes| s1\n"
			    "  g1 -->|no| closed\n"
			    "  s1[\"Maybe<br>Unit\"]\n"
			    "  s1 -->|\"Confirm\"| closed\n"
			    "  closed([\"closed\"])\n"
			    "  refused([\"refused\"])\n");
	yh_buf_done(&out);
	yh_pack_free(p);
}

static void a_subject_that_is_not_there_is_named(void **state)
{
	struct yh_pack *p = load(*state);
	struct yh_err err = { 0 };
	struct yh_buf out;

	yh_buf_init(&out, 4096);
	assert_int_equal(yh_explain_text(p, "99", "zh", &out, &err), YH_NOT_FOUND);
	assert_string_equal(err.slug, "policy-subject-unknown");
	assert_string_equal(err.figs[0].text, "99");
	assert_int_equal(yh_explain_flow(p, "9", "zh", &out, NULL), YH_NOT_FOUND);
	assert_int_equal(out.len, 0);
	yh_buf_done(&out);
	yh_pack_free(p);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_folder_is_read_in_the_order_of_its_names),
		IN_FOLDER(links_are_not_followed),
		IN_FOLDER(a_folder_too_large_or_absent_is_refused),
		IN_FOLDER(an_article_shows_what_rests_on_it_and_nothing_else),
		IN_FOLDER(a_figure_says_whether_it_is_law_or_local),
		IN_FOLDER(a_parameter_lists_the_steps_and_checks_that_use_it),
		IN_FOLDER(a_flow_leads_from_filing_to_every_end),
		IN_FOLDER(a_subject_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
