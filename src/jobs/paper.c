/* Printing and sealing papers that were issued. */
#include "jobs/paper.h"

#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "export/paper_pdf.h"
#include "law/label.h"
#include "services/paper/paper.h"

enum { SOME = 32, PATH = 4096 };

struct looking {
	struct yh_arena *arena;
	struct yh_paper_row *rows;
	size_t n;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *k = arg;

	return yh_paper_unserved(tx, SOME, k->arena, &k->rows, &k->n, err);
}

static enum yh_rc print(const struct yh_world *w, const char *path, const struct yh_paper_row *row,
			struct yh_err *err)
{
	const struct yh_label *label;
	const struct yh_pack *pack;
	enum yh_rc rc =
		w->law->pack_on(w->law->self, yh_day_of(yh_clock_now(w->clock)), &pack, err);
	FILE *f;

	if (rc != YH_OK)
		return rc;
	label = yh_pack_label(pack, row->label);
	f = fopen(path, "wbxe");

	if (!f)
		return yh_fail(err, YH_STORAGE, "export-unwritable");
	rc = yh_paper_pdf(f, row, label ? label->title.zh : row->label, err);
	if (fclose(f) != 0 && rc == YH_OK)
		rc = yh_fail(err, YH_STORAGE, "export-unwritable");
	return rc;
}

static enum yh_rc seal_one(struct yh_job_long *l, const char *dir, const struct yh_paper_row *row,
			   struct yh_err *err)
{
	char path[PATH], hex[33];
	unsigned char random[16];
	enum yh_rc rc;
	int fd;

	yh_random(random, sizeof random);
	(void)snprintf(path, sizeof path, "%s/%s", dir, yh_hex(random, sizeof random, hex));
	rc = print(l->world, path, row, err);
	if (rc == YH_OK) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		/* it is served when it is there: whoever follows looks at what is new */
		rc = fd >= 0 ? yh_paper_seal(l->world, row, fd, path, yh_clock_now(l->world->clock),
					     err)
			     : yh_fail(err, YH_STORAGE, "export-unwritable");
		if (fd >= 0)
			(void)close(fd);
	}
	(void)unlink(path); /* when it was not moved to its place */
	return rc;
}

enum yh_rc yh_papers_seal_job(struct yh_job_long *l, yh_time *again_at, struct yh_err *err)
{
	const char *dir = yh_papers_print_dir(l->world);
	struct looking k = { .arena = l->arena };
	enum yh_rc rc = dir ? yh_exec_read(l->world->exec, look, &k, err) : YH_OK;

	/* one that cannot be printed does not hold up those behind it */
	for (size_t i = 0; i < k.n && dir; i++) {
		struct yh_err why = { 0 };
		enum yh_rc one;

		if (l->stop && atomic_load(l->stop))
			return yh_fail(err, YH_BUSY, "job-stopped");
		one = seal_one(l, dir, &k.rows[i], &why);
		if (one == YH_BUSY && strcmp(why.slug, "paper-label-changed") == 0) {
			*again_at = l->now;
		} else if (one != YH_OK && rc == YH_OK) {
			rc = one;
			if (err)
				*err = why;
		}
	}
	if (rc == YH_OK && k.n == SOME)
		*again_at = l->now;
	return rc;
}
