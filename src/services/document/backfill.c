/* Documents and papers of cases that came before labels did: what the pack gives to their
 * procedures is given to them, once there is one that gives any. */
#include "services/document/internal.h"

#include <stdlib.h>

#include "law/label.h"
#include "store/document.h"

struct asked {
	const char *procedure, *paper, *upload;
	int rank;
};

/* The highest first: a document of two cases has the higher. */
static int by_rank(const void *a, const void *b)
{
	return ((const struct asked *)b)->rank - ((const struct asked *)a)->rank;
}

static enum yh_rc fill(struct yh_tx *tx, struct asked *list, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_document_fill_papers(tx, list[i].procedure, list[i].paper, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_document_fill(tx, list[i].procedure, list[i].upload, err);
	return rc;
}

enum yh_rc yh_document_backfill(struct yh_tx *tx, const struct yh_pack *pack,
				struct yh_arena *arena, struct yh_err *err)
{
	const char **procedures;
	struct asked *list;
	size_t n, labels;
	enum yh_rc rc;

	(void)yh_pack_labels(pack, &labels);
	if (!labels)
		return YH_OK;
	rc = yh_document_unlabelled(tx, arena, &procedures, &n, err);
	if (rc != YH_OK || n == 0)
		return rc;
	list = YH_NEW_N(arena, struct asked, n);
	if (!list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++) {
		list[i] = (struct asked){
			.procedure = procedures[i],
			.paper = yh_pack_label_of(pack, "paper", procedures[i]),
			.upload = yh_pack_label_of(pack, "upload", procedures[i]),
		};
		list[i].rank = yh_pack_label_rank(pack, list[i].upload);
	}
	qsort(list, n, sizeof *list, by_rank);
	return fill(tx, list, n, err);
}
