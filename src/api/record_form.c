/* What a record of a register holds: the union of the forms that say it. */
#include "api/record_form.h"

#include <string.h>

#include "law/register.h"

struct merging {
	const struct yh_register *reg;
	const char *word; /* that writes a record's content */
	json_t *properties;
};

static void add_fields(const struct merging *m, const json_t *form)
{
	const json_t *from = json_object_get(form, "properties");
	const char *name;
	json_t *sub;

	json_object_foreach((json_t *)(uintptr_t)from, name, sub)
	{
		if (!json_object_get(m->properties, name))
			(void)json_object_set_new(m->properties, name, json_deep_copy(sub));
	}
}

static void add_uses(const struct merging *m, const struct yh_procedure *p,
		     const struct yh_word_use *uses, size_t n, const json_t *answer)
{
	for (size_t i = 0; i < n; i++) {
		const char *reg = yh_use_text(&uses[i], "register", p->reg ? p->reg->id : "");
		const char *list = yh_use_text(&uses[i], "list", NULL);
		bool answered = strcmp(yh_use_text(&uses[i], "from", "case"), "step") == 0;
		const json_t *form = answered ? answer : p->form;

		if (strcmp(uses[i].word->name, m->word) != 0 || strcmp(reg, m->reg->id) != 0)
			continue;
		if (list)
			form = json_object_get(
				json_object_get(json_object_get(form, "properties"), list),
				"items");
		add_fields(m, form);
	}
}

static void add_procedure(const struct merging *m, const struct yh_procedure *p)
{
	add_uses(m, p, p->effects, p->n_effects, NULL);
	for (size_t s = 0; s < p->n_steps; s++)
		for (size_t o = 0; o < p->steps[s].n_outcomes; o++) {
			const struct yh_outcome *out = &p->steps[s].outcomes[o];

			add_uses(m, p, out->effects, out->n_effects, out->form);
		}
}

json_t *yh_record_form(const struct yh_pack *pack, const struct yh_register *reg)
{
	static const char *const words[] = { "record.enter", "record.amend" };
	json_t *whole = json_pack("{s:s, s:{}}", "type", "object", "properties");
	struct merging m = { .reg = reg, .properties = json_object_get(whole, "properties") };
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(pack, &n);

	for (size_t w = 0; whole && w < 2; w++) {
		m.word = words[w];
		for (size_t i = 0; i < n; i++)
			add_procedure(&m, &list[i]);
	}
	return whole;
}
