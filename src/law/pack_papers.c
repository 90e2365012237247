/* Reading papers.yaml: the templates of numbered documents. */
#include <string.h>

#include "law/pack_internal.h"
#include "law/paper.h"

/* A number and the name of a file with it stay whole on every system. */
enum { PARAGRAPHS_MAX = 40, TEXT_MAX = 2000, NUMBER_MAX = 120 };

static void check_text(struct yh_loading *l, int line, const char *text, enum yh_paper_text kind)
{
	char bad[32];

	if (text && strlen(text) > TEXT_MAX)
		yh_pack_fault(l, line, "pack-paper-long", NULL);
	else if (text && yh_paper_bad(text, kind, bad))
		yh_pack_fault(l, line, "pack-paper-word", bad);
}

static void read_paragraphs(struct yh_loading *l, const struct yh_yaml *body, const char *lang,
			    enum yh_paper_text kind, const char *const **out, size_t *n)
{
	const struct yh_yaml *list = yh_yaml_get(body, lang);
	const char **texts;

	if (!list || list->kind != YH_YAML_SEQ || list->n == 0 || list->n > PARAGRAPHS_MAX) {
		yh_pack_fault(l, list ? list->line : body->line, "pack-paper-body", lang);
		return;
	}
	texts = yh_pack_alloc(l, sizeof *texts * list->n);
	*out = texts;
	YH_YAML_EACH(e, texts ? list : NULL)
	{
		if (e->kind != YH_YAML_SCALAR || !e->text[0]) {
			yh_pack_fault(l, e->line, "pack-paper-body", lang);
			continue;
		}
		check_text(l, e->line, e->text, kind);
		texts[(*n)++] = e->text;
	}
}

/* A pledge is signed and has no number; everything else is issued under one. */
static void read_signer(struct yh_loading *l, const struct yh_yaml *map, struct yh_paper_form *f)
{
	const struct yh_yaml *v = yh_yaml_get(map, "signed_by");
	const struct yh_role *role;

	f->number = yh_pack_text(l, map, "number", !v);
	f->prefix = yh_pack_text(l, map, "prefix", false);
	if (f->prefix && f->number && strncmp(f->number, f->prefix, strlen(f->prefix)) != 0)
		yh_pack_fault(l, map->line, "pack-paper-prefix", f->prefix);
	if (!v)
		return;
	if (f->number)
		yh_pack_fault(l, map->line, "pack-paper-number", f->number);
	role = yh_pack_need_role(l, v->line, v->text ? v->text : "");
	f->signed_by = role ? role->id : NULL;
	if (role && role->admin)
		yh_pack_fault(l, v->line, "pack-admin-decides", role->id);
}

static void read_paper(struct yh_loading *l, const struct yh_yaml *map, struct yh_paper_form *f)
{
	const struct yh_yaml *body = yh_yaml_get(map, "body");
	enum yh_paper_text kind;

	f->name = map->key;
	f->line = map->key_line;
	yh_pack_name_check(l, map->key_line, map->key, YH_PACK_OUTCOME, "_");
	yh_pack_keys(l, map, "zh en article prefix number signed_by heading body");
	f->title = yh_pack_titles(l, map, "zh", "en");
	f->heading = yh_pack_text2(l, map, "heading");
	f->article = yh_pack_read_article(l, map, false);
	read_signer(l, map, f);
	kind = f->signed_by ? YH_PAPER_PLEDGE : YH_PAPER_TEXT;
	check_text(l, map->line, f->number, YH_PAPER_NUMBER);
	if (f->number && strlen(f->number) > NUMBER_MAX)
		yh_pack_fault(l, map->line, "pack-paper-long", NULL);
	check_text(l, map->line, f->heading.zh, kind);
	check_text(l, map->line, f->heading.en, kind);
	if (!f->signed_by && f->number &&
	    (!strstr(f->number, "{year}") || !strstr(f->number, "{n}")))
		yh_pack_fault(l, map->line, "pack-paper-number", f->number);
	if (!body || body->kind != YH_YAML_MAP) {
		yh_pack_fault(l, map->line, "pack-key-missing", "body");
		return;
	}
	yh_pack_keys(l, body, "zh en");
	read_paragraphs(l, body, "zh", kind, &f->zh, &f->n_zh);
	read_paragraphs(l, body, "en", kind, &f->en, &f->n_en);
}

void yh_pack_read_papers(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		yh_pack_section(l, root, "papers", sizeof *l->p->papers, (void **)&l->p->papers);

	YH_YAML_EACH(e, map)
	{
		if (e->kind == YH_YAML_MAP)
			read_paper(l, e, &l->p->papers[l->p->n_papers++]);
		else
			yh_pack_fault(l, e->line, "pack-map-expected", e->key);
	}
}

const struct yh_paper_form *yh_pack_papers(const struct yh_pack *p, size_t *n)
{
	*n = p->n_papers;
	return p->papers;
}

const struct yh_paper_form *yh_pack_paper(const struct yh_pack *p, const char *name)
{
	for (size_t i = 0; i < p->n_papers; i++)
		if (strcmp(p->papers[i].name, name) == 0)
			return &p->papers[i];
	return NULL;
}
