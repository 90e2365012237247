/* Labels of cases: what they are, whom they keep out, and from what. */
#include "cases/mark.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { FIGURES_BYTES = 4096, NAMES_BYTES = 64 * 1024 };

const char *yh_mark_of(const struct yh_pack *pack, const char *procedure, const char *label)
{
	const char *least = yh_pack_label_of_case(pack, procedure);
	const struct yh_label *given = yh_pack_label(pack, label);

	/* of what the pack knows its own text, which outlasts the row's */
	return label[0] ? yh_pack_label_higher(pack, least, given ? given->id : label) : least;
}

bool yh_mark_opens(const struct yh_clearance *c, const char *procedure, const char *label)
{
	return c->all || yh_pack_label_rank(c->pack, yh_mark_of(c->pack, procedure, label)) <=
				 yh_pack_label_rank(c->pack, c->label);
}

bool yh_mark_is_lowest(const struct yh_pack *pack, const char *procedure, const char *label)
{
	return yh_pack_label_rank(pack, yh_mark_of(pack, procedure, label)) == 0;
}

const char *yh_mark_least(const struct yh_pack *pack, const char *what,
			  const struct yh_case_row *row)
{
	return yh_pack_label_higher(pack, yh_pack_label_of(pack, what, row->procedure),
				    yh_mark_of(pack, row->procedure, row->label));
}

enum yh_rc yh_mark_check(const struct yh_ctx *cx, const struct yh_case_row *row, struct yh_err *err)
{
	struct yh_clearance mine;
	char id[YH_ID_TEXT];
	enum yh_rc rc = yh_clearance_actor(cx, &mine, err);

	if (rc != YH_OK || yh_mark_opens(&mine, row->procedure, row->label))
		return rc;
	(void)yh_fail(err, YH_FORBIDDEN, "label-above");
	yh_clearance_figure(err, mine.pack, "label",
			    yh_mark_of(mine.pack, row->procedure, row->label));
	yh_clearance_figure(err, mine.pack, "clearance", mine.label);
	yh_err_text(err, "case", yh_id_text(&row->id, id));
	return YH_FORBIDDEN;
}

enum yh_rc yh_mark_veil(const struct yh_ctx *cx, struct yh_case *c, struct yh_err *err)
{
	struct yh_clearance mine;
	enum yh_rc rc = yh_clearance_actor(cx, &mine, err);

	if (rc != YH_OK || yh_mark_opens(&mine, c->row.procedure, c->row.label))
		return rc;
	c->withheld = true;
	c->row.title = "";
	c->row.form = "{}";
	return yh_json_parse_in(cx->arena, "{}", 2, &c->form, err);
}

enum yh_rc yh_mark_title(const struct yh_ctx *cx, const struct yh_case_row *row, const char **out,
			 struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_procedure *p;
	const struct yh_pack *today, *own;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &today, err);

	*out = row->title;
	if (rc != YH_OK || yh_mark_is_lowest(today, row->procedure, row->label))
		return rc;
	rc = law->pack_by(law->self, &row->pack, &own, err);
	if (rc != YH_OK)
		return rc;
	p = yh_pack_procedure(own, row->procedure);
	*out = p ? p->title.zh : row->procedure;
	return YH_OK;
}

bool yh_mark_tells(const char *kind)
{
	return strncmp(kind, "case.", 5) == 0 || strncmp(kind, "step.", 5) == 0;
}

bool yh_mark_covers_notice(const char *slug)
{
	return strncmp(slug, "duty-", 5) != 0;
}

const char *yh_mark_notice(struct yh_arena *arena, const struct yh_pack *pack, const char *case_no,
			   const char *procedure, const char *label)
{
	const char *word = yh_mark_of(pack, procedure, label), *out = NULL;
	const struct yh_label *l = yh_pack_label(pack, word);
	struct yh_buf text;
	struct yh_jw w;

	yh_buf_init(&text, FIGURES_BYTES);
	yh_jw_init(&w, &text);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "case", case_no);
	yh_jw_str(&w, "label", word);
	if (l) {
		yh_jw_str(&w, "label_zh", l->title.zh);
		yh_jw_str(&w, "label_en", l->title.en);
	}
	yh_jw_end_obj(&w);
	if (yh_buf_ok(&text))
		out = yh_arena_strdup(arena, yh_buf_text(&text));
	yh_buf_done(&text);
	return out;
}

/* "||open|" and "|mlps_retest|", of who is cleared so high. */
static enum yh_rc name_them(struct yh_arena *arena, const struct yh_clearance *mine,
			    struct yh_viewer *who, struct yh_err *err)
{
	const struct yh_procedure *list;
	const struct yh_label *labels;
	struct yh_buf opened, kept;
	size_t n;

	yh_buf_init(&opened, NAMES_BYTES);
	yh_buf_init(&kept, NAMES_BYTES);
	yh_buf_str(&opened, "||");
	labels = yh_pack_labels(mine->pack, &n);
	for (size_t i = 0; i < n; i++)
		if (mine->all || yh_pack_label_rank(mine->pack, mine->label) >= (int)i)
			yh_buf_printf(&opened, "%s|", labels[i].id);
	yh_buf_str(&kept, "|");
	list = yh_pack_procedures(mine->pack, &n);
	for (size_t i = 0; i < n; i++)
		if (!yh_mark_opens(mine, list[i].name, ""))
			yh_buf_printf(&kept, "%s|", list[i].name);
	who->opened = who->kept = NULL;
	if (yh_buf_ok(&opened) && yh_buf_ok(&kept)) {
		who->kept = yh_arena_strdup(arena, yh_buf_text(&kept));
		who->opened = who->kept ? yh_arena_strdup(arena, yh_buf_text(&opened)) : NULL;
	}
	yh_buf_done(&opened);
	yh_buf_done(&kept);
	return who->opened ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

void yh_mark_viewer(const struct yh_ctx *cx, struct yh_viewer *who)
{
	struct yh_clearance mine;

	who->opened = who->kept = NULL;
	if (yh_clearance_actor(cx, &mine, NULL) == YH_OK)
		(void)!name_them(cx->arena, &mine, who, NULL);
}

enum yh_rc yh_mark_lowest_viewer(const struct yh_ctx *cx, const struct yh_pack *pack,
				 struct yh_viewer *who, struct yh_err *err)
{
	const struct yh_clearance lowest = { .pack = pack, .label = yh_clearance_named(pack, "") };

	return name_them(cx->arena, &lowest, who, err);
}
