/* A case as one file that stands for itself: its record, decisions, papers and documents, its part
 * of the audit chain, an index, and a sealed manifest with the SM3 of each. */
#ifndef YH_EXPORT_CASE_ARCHIVE_H
#define YH_EXPORT_CASE_ARCHIVE_H

#include <stdio.h>

#include "cases/context.h"
#include "store/audit_case.h"
#include "store/document.h"
#include "store/paper.h"

#define YH_ARCHIVE_FORMAT "yunheng-archive-1"
enum { YH_ARCHIVE_FILES = 600 };

struct yh_case_archive {
	const char *no, *title, *procedure, *state, *unit; /* in words */
	yh_time filed_at, ended_at;
	const char *case_json, *events_json; /* as the API writes them */
	const struct yh_chain_link *links;
	size_t n_links;
	const struct yh_paper_row *papers;
	const char *const *paper_keys; /* PEM, of each paper; NULL: not sealed */
	size_t n_papers;
	const struct yh_document_row *documents;
	size_t n_documents;
	/* above the clearance of who makes it: said to exist, and left out */
	const struct yh_document_row *withheld;
	size_t n_withheld;
};

/* Members: case.json, events.json, chain.json, papers.json, documents/ID.KIND …, index.json,
 * index.txt, and manifest.json at last, sealed in a transaction that records the act. TOO_LARGE
 * "archive-too-large" (figure max, in MiB); STORAGE "document-missing", "document-changed" (figure
 * document), "export-unwritable". Outside of transactions; cx->tx is not used. */
YH_CHECK enum yh_rc yh_case_archive_write(FILE *out, const struct yh_ctx *cx,
					  const struct yh_id *case_id,
					  const struct yh_case_archive *a, struct yh_err *err);

#endif
