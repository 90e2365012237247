/* Policy packs, against the vocabulary of the server: files, each "NAME\n" and its text up to a
 * byte 0. Every fault is told, and a pack without one answers. */
#include "effects/words.h"
#include "fuzz.h"
#include "law/pack.h"
#include "law/paper.h"

enum { FILES = 24 };

struct told {
	size_t n;
};

static void tell(void *arg, const struct yh_err *fault)
{
	struct told *t = arg;

	must(fault->rc != YH_OK && fault->slug[0] && fault->field[0]);
	t->n++;
}

static void ask(const struct yh_pack *p)
{
	size_t n, papers;
	const struct yh_procedure *all = yh_pack_procedures(p, &n);
	struct yh_err err = { 0 };

	must(yh_pack_name(p)[0]);
	for (size_t i = 0; i < n; i++) {
		must(yh_pack_procedure(p, all[i].name) == &all[i]);
		for (size_t s = 0; s < all[i].n_steps; s++)
			must(yh_procedure_step(&all[i], all[i].steps[s].name) == &all[i].steps[s]);
	}
	(void)yh_pack_papers(p, &papers);
	(void)!yh_pack_whole(p, &err);
	(void)yh_pack_may(p, "operator", "case.read");
	(void)yh_pack_digest(p);
}

void yh_fuzz_pack(const unsigned char *data, size_t n)
{
	struct yh_pack_file files[FILES];
	char *texts[FILES];
	struct yh_pack *p = NULL;
	struct yh_err err = { 0 };
	struct told told = { 0 };
	size_t n_files = 0;
	enum yh_rc rc;

	while (n && n_files < FILES) {
		size_t len, name;
		char *text = texts[n_files] = fuzz_part(&data, &n, &len);

		name = strcspn(text, "\n");
		files[n_files] = (struct yh_pack_file){ text, text + name + (text[name] != 0),
							len - name - (text[name] != 0) };
		text[name] = 0;
		n_files++;
	}
	rc = yh_pack_load(files, n_files, yh_effects_vocab(), &p, tell, &told, &err);
	must_say(rc, &err);
	must((rc == YH_OK) == (p != NULL));
	must(rc != YH_OK || told.n == 0);
	if (p)
		ask(p);
	yh_pack_free(p);
	while (n_files)
		free(texts[--n_files]);
}
