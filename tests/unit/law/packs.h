/* A small whole pack, a vocabulary for it, and a way to change one place of it. */
#ifndef TESTS_LAW_PACKS_H
#define TESTS_LAW_PACKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "law/pack.h"

static const struct yh_param_sig level_params[] = {
	{ "level", YH_P_INT, true, NULL },
	{ "article", YH_P_ARTICLE, false, NULL },
	{ NULL },
};
static const struct yh_param_sig state_params[] = {
	{ "state", YH_P_WORD, true, "initiating|initiated" },
	{ "ahead", YH_P_PERIOD, false, NULL },
	{ "strict", YH_P_BOOL, false, NULL },
	{ NULL },
};
static const struct yh_param_sig field_params[] = {
	{ "field", YH_P_FIELD, true, NULL },
	{ NULL },
};
static const struct yh_param_sig notice_params[] = {
	{ "role", YH_P_ROLE, true, NULL },
	{ "text", YH_P_TEXT, true, NULL },
	{ NULL },
};
static const struct yh_param_sig paper_params[] = {
	{ "paper", YH_P_TEXT, true, NULL },
	{ "deemed", YH_P_PERIOD, false, NULL },
	{ NULL },
};
static const struct yh_word_sig paper = { "paper.send", YH_WORD_EFFECT, paper_params, "g" };
static const struct yh_word_sig mlps = { "system.mlps_at_most", YH_WORD_CHECK, level_params, "a" };
static const struct yh_word_sig project_is = { "project.is", YH_WORD_CHECK | YH_WORD_COND,
					       state_params, "b" };
static const struct yh_word_sig form_has = { "form.has", YH_WORD_COND, field_params, "c" };
static const struct yh_word_sig reserve = { "quota.reserve", YH_WORD_RESERVE, NULL, "d" };
static const struct yh_word_sig grant = { "quota.grant", YH_WORD_EFFECT, NULL, "e" };
static const struct yh_word_sig notice = { "notice.send", YH_WORD_EFFECT, notice_params, "f" };
static const struct yh_word_sig *const test_words[] = {
	&mlps, &project_is, &form_has, &reserve, &grant, &notice, &paper,
};
static const struct yh_vocab test_vocab = { test_words, YH_LEN(test_words) };

enum { N_BASE = 8 };

static const char *const base_pack[N_BASE][2] = {
	{ "articles.yaml", "articles:\n"
			   "  \"18\": {zh: 配额, en: Quota, summary_zh: 甲, summary_en: First}\n"
			   "  \"2\": {zh: 定义, en: Terms, summary_zh: 乙, summary_en: Second}\n" },
	{ "forms/end.json", "{\"type\": \"object\", \"properties\": {}}\n" },
	{ "forms/quota.json",
	  "{\n"
	  " \"type\": \"object\",\n"
	  " \"properties\": {\n"
	  "  \"level\": {\"type\": \"integer\", \"minimum\": 1},\n"
	  "  \"systems\": {\"type\": \"array\", \"items\": {\"type\": \"object\",\n"
	  "   \"properties\": {\"code\": {\"type\": \"string\", \"format\": \"code\"}}}}\n"
	  " },\n"
	  " \"required\": [\"level\"]\n"
	  "}\n" },
	{ "pack.yaml", "pack: test-2026\n"
		       "title: {zh: 试验办法, en: Test measures}\n"
		       "valid_from: 2026-01-01\n"
		       "valid_to: null\n" },
	{ "parameters.yaml",
	  "parameters:\n"
	  "  quota.review: {value: 5wd, article: \"18\", bound: max, zh: 审核, en: Review}\n"
	  "  keep: {value: 15d, local: true, zh: 保留, en: Kept}\n"
	  "  most: {value: 3, article: \"2\", zh: 级别, en: Level}\n"
	  "  strict: {value: true, local: true, zh: 从严, en: Strict}\n"
	  "  greeting: {value: \"7 o'clock\", local: true, zh: 问候, en: Greeting}\n" },
	{ "permissions.yaml", "permissions:\n"
			      "  unit:\n"
			      "    case.read: own\n"
			      "  operator: {case.read: cloud}\n" },
	{ "procedures/quota.yaml",
	  "procedure: quota\n"
	  "code: PE\n"
	  "title: {zh: 配额申请, en: Quota}\n"
	  "article: \"18\"\n"
	  "level: any\n"
	  "filed_by: [unit, operator]\n"
	  "about: project\n"
	  "form: forms/quota.json\n"
	  "checks:\n"
	  "  - system.mlps_at_most: {level: $most, article: 2}\n"
	  "on_filed: [quota.reserve]\n"
	  "steps:\n"
	  "  first:\n"
	  "    title: {zh: 初审, en: First}\n"
	  "    when:\n"
	  "      - form.has: {field: code}\n"
	  "    unless:\n"
	  "      - project.is: {state: initiated, ahead: $keep, strict: $strict}\n"
	  "    decided_by: [unit, operator]\n"
	  "    within: 10d\n"
	  "    local: true\n"
	  "  second:\n"
	  "    title: {zh: 复审, en: Second}\n"
	  "    article: \"2\"\n"
	  "    decided_by: operator\n"
	  "    within: $quota.review\n"
	  "    since: step:first\n"
	  "    soft: true\n"
	  "    checks:\n"
	  "      - project.is: {state: initiating}\n"
	  "    returns: false\n"
	  "    effect:\n"
	  "      - quota.grant\n"
	  "  rest:\n"
	  "    title: {zh: 等待, en: Rest}\n"
	  "    waits: $keep\n"
	  "  end:\n"
	  "    title: {zh: 了结, en: End}\n"
	  "    confirmed_by: unit\n"
	  "    form: forms/end.json\n"
	  "    outcomes:\n"
	  "      good: {zh: 好, en: Good, effect: [quota.grant]}\n"
	  "      bad: {zh: 坏, en: Bad, end: closed}\n" },
	{ "roles.yaml", "roles:\n"
			"  unit: {zh: 使用单位, en: Unit, article: \"2\"}\n"
			"  operator: {zh: 运行管理单位, en: Operator}\n"
			"  auditor: {zh: 审计, en: Auditor, admin: true}\n" },
};

/* The base pack as files, with `extra` more slots. Free with drop_pack. */
struct test_pack {
	struct yh_pack_file files[N_BASE + 8];
	size_t n;
};

static inline void set_file(struct test_pack *t, size_t i, const char *name, char *text)
{
	t->files[i] = (struct yh_pack_file){ name, text, strlen(text) };
}

static inline struct test_pack take_pack(void)
{
	struct test_pack t = { .n = N_BASE };

	for (size_t i = 0; i < N_BASE; i++)
		set_file(&t, i, base_pack[i][0], strdup(base_pack[i][1]));
	return t;
}

static inline void drop_pack(struct test_pack *t)
{
	for (size_t i = 0; i < t->n; i++)
		free((char *)(uintptr_t)t->files[i].text);
}

/* Puts `to` in the place of the one `from` in a file; the whole text when `from` is NULL. A file
 * that is not there is added, and with `to` NULL one that is there is taken out. */
static inline void change(struct test_pack *t, const char *name, const char *from, const char *to)
{
	size_t i = 0;
	char *old, *text = NULL;
	const char *at;

	while (i < t->n && strcmp(t->files[i].name, name) != 0)
		i++;
	if (i == t->n) {
		assert_non_null(to);
		set_file(t, t->n++, name, strdup(to ? to : ""));
		return;
	}
	old = (char *)(uintptr_t)t->files[i].text;
	if (!to) {
		free(old);
		t->files[i] = t->files[--t->n];
		return;
	}
	if (from) {
		at = strstr(old, from);
		assert_non_null(at);
		assert_null(strstr(at + 1, from));
		assert_true(asprintf(&text, "%.*s%s%s", (int)(at - old), old, to,
				     at + strlen(from)) >= 0);
	} else {
		text = strdup(to);
	}
	set_file(t, i, name, text);
	free(old);
}

#endif
