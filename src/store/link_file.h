/* Files that the other side of the districts' link named with a case: on their way here, here, or
 * refused. One that is here is a document as any other (store/document.h), under the same id. */
#ifndef YH_STORE_LINK_FILE_H
#define YH_STORE_LINK_FILE_H

#include "store/document.h"

struct yh_link_file_row {
	struct yh_id id;      /* the document's, once it is here */
	struct yh_id cloud;   /* the other side's */
	struct yh_id case_id; /* what it belongs to here */
	const char *far;      /* its id there */
	struct yh_sm3 digest;
	const char *name;
	char kind[16];  /* as told; "": not told, or unknown */
	char label[32]; /* of the pack there; one that is not known here stands above all */
	int64_t size_bytes;
	char place[48]; /* the step; "" */
	const char *by; /* who handed it in there */
	yh_time told_at;
	char state[12]; /* coming, here, refused */
	int64_t got_bytes;
	yh_time since;
	const char *problem; /* JSON of an error: why it is refused, or does not come; "" */
	yh_time retry_at;    /* coming: asked for again from then on */
};

/* *fresh false: it is known already. */
YH_CHECK enum yh_rc yh_link_file_insert(struct yh_tx *tx, const struct yh_link_file_row *row,
					bool *fresh, struct yh_err *err);
/* Text is copied into the arena; *found false: there is none. */
YH_CHECK enum yh_rc yh_link_file_load(struct yh_tx *tx, const struct yh_id *id,
				      struct yh_arena *arena, struct yh_link_file_row *out,
				      bool *found, struct yh_err *err);
/* All of a case, in the order they were told; at most YH_DOCUMENTS_LISTED. */
YH_CHECK enum yh_rc yh_link_file_of(struct yh_tx *tx, const struct yh_id *case_id,
				    struct yh_arena *arena, struct yh_link_file_row **out,
				    size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_file_count(struct yh_tx *tx, const struct yh_id *case_id, int64_t *n,
				       struct yh_err *err);
/* Those of a cloud with these bytes, in any state. */
YH_CHECK enum yh_rc yh_link_file_same(struct yh_tx *tx, const struct yh_id *cloud,
				      const struct yh_sm3 *digest, struct yh_arena *arena,
				      struct yh_link_file_row **out, size_t *n, struct yh_err *err);
/* What is asked of a cloud now, the oldest first, each digest once. */
YH_CHECK enum yh_rc yh_link_file_wanted(struct yh_tx *tx, const struct yh_id *cloud, yh_time now,
					uint32_t most, struct yh_arena *arena,
					struct yh_link_file_row **out, size_t *n,
					struct yh_err *err);
/* state, got_bytes, since, problem, retry_at, label. */
YH_CHECK enum yh_rc yh_link_file_save(struct yh_tx *tx, const struct yh_link_file_row *row,
				      struct yh_err *err);

/* The sides of a case that crosses the link. */
struct yh_link_shared {
	bool district;      /* we are one: cases that were handed over, or told */
	const char *code;   /* at the city: the district's; its units' cases on other clouds than */
	struct yh_id cloud; /* its own */
};
/* A document with these bytes that belongs to a case which both sides know; *found false: none. */
YH_CHECK enum yh_rc yh_link_file_shared(struct yh_tx *tx, const struct yh_link_shared *s,
					const struct yh_sm3 *digest, struct yh_arena *arena,
					struct yh_document_row *out, bool *found,
					struct yh_err *err);

#endif
