/* A catalogue, the slug of a sentence, its figures as JSON; then a template of a paper. */
#include "fuzz.h"
#include "law/messages.h"
#include "law/paper.h"

enum { TEXT = 1 << 20 };

static void render(const struct yh_messages *m, const char *slug, const json_t *figures)
{
	struct yh_err err = { 0 };
	struct yh_buf out;
	const char *key;
	const json_t *v;

	yh_buf_init(&out, TEXT);
	yh_messages_fill(m, "zh", slug, figures, &out);
	yh_messages_fill(m, "en", slug, figures, &out);
	(void)yh_fail(&err, YH_REFUSED, slug);
	json_object_foreach((json_t *)(uintptr_t)figures, key, v)
	{
		if (json_is_string(v))
			yh_err_text(&err, key, json_string_value(v));
		else
			yh_err_int(&err, key, json_integer_value(v));
	}
	yh_messages_render(m, "en", &err, &out);
	yh_buf_done(&out);
}

static void paper(const char *text)
{
	static const struct yh_paper_figure figures[] = { { "unit", "{unit}" },
							  { "year", "2026" },
							  { "n", "7" } };
	struct yh_buf out;
	char bad[32];

	for (int kind = YH_PAPER_TEXT; kind <= YH_PAPER_PLEDGE; kind++)
		if (!yh_paper_bad(text, (enum yh_paper_text)kind, bad))
			must(strlen(bad) < sizeof bad);
	yh_buf_init(&out, TEXT);
	yh_paper_fill(text, figures, 3, &out);
	yh_buf_done(&out);
}

void yh_fuzz_messages(const unsigned char *data, size_t n)
{
	size_t len, len_figures;
	char *catalogue = fuzz_part(&data, &n, &len), *slug = fuzz_part(&data, &n, NULL),
	     *figures = fuzz_part(&data, &n, &len_figures), *template = fuzz_part(&data, &n, NULL);
	struct yh_messages *m = yh_messages_new();
	struct yh_err err = { 0 };
	json_t *v = NULL;

	must_say(yh_messages_add(m, "zh", "zh", catalogue, len, &err), &err);
	err = (struct yh_err){ 0 };
	must_say(yh_messages_add(m, "en", "en", catalogue, len, &err), &err);
	if (yh_json_parse(figures, len_figures, &v, NULL) == YH_OK) {
		render(m, slug, v);
		json_decref(v);
	}
	paper(template);
	yh_messages_free(m);
	free(catalogue);
	free(slug);
	free(figures);
	free(template);
}
