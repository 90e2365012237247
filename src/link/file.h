/* Files of cases across the districts' link. Documents of the stream `case` name them (id, name,
 * digest, size); who receives such a document asks for the bytes, once for each digest, in pieces,
 * and goes on behind what is there after a cut. docs/decisions/0046.
 *
 * The city says in each answer to a batch which files it waits for ("files" in its first line); the
 * district calls POST /api/v1/link/file, an envelope as of a batch (batch.h), never packed, whose
 * payload is a JSON line and bytes behind it:
 *   {"yunheng_file":1,"do":"put","digest":…,"at":0}\n BYTES      a piece for the city
 *     -> {"yunheng_file":1,"state":"coming|here|refused","got":N,"problem"?}\n
 *   {"yunheng_file":1,"do":"lack","digest":…,"problem":…}\n      it cannot be sent now; as above
 *   {"yunheng_file":1,"do":"get","digest":…,"at":0}\n            a piece of the city's
 *     -> {"yunheng_file":1,"size":N,"at":0}\n BYTES, or {"yunheng_file":1,"problem":…}\n
 * A piece that does not begin at what is there changes nothing; `got` says where to go on. */
#ifndef YH_LINK_FILE_H
#define YH_LINK_FILE_H

#include "link/internal.h"
#include "store/link_file.h"

enum {
	LINK_PIECE = 512 * 1024,
	LINK_FILES_CASE = 500,   /* of one case, on either side */
	LINK_FILES_TOLD = 200,   /* in one document, as docs/link.schema.json has it */
	LINK_FILES_ASKED = 16,   /* at a time */
	LINK_FILE_RETRY_S = 600, /* what was wrong, or is lacking there, is asked for again */
	LINK_FILE_HEAD = 4096,   /* bytes of the first line */
};

/* ---- file_list.c: what is told with a case ---- */

struct yh_link_files_of {
	struct yh_id case_id;
	yh_time first, last;                /* attached then */
	const struct yh_case_act_row *acts; /* or with one of these */
	size_t n_acts;
};
/* Adds the member "documents" where there are any that are not the peer's own, the newest when
 * they are more than a document holds. */
YH_CHECK enum yh_rc yh_link_files_say(struct yh_ctx *cx, const struct yh_link_peer *peer,
				      const struct yh_link_files_of *of, json_t *body,
				      struct yh_err *err);
/* The name of a document as it may leave this server: what is labelled higher than documents are is
 * called by its label. */
YH_CHECK enum yh_rc yh_link_file_name(const struct yh_ctx *cx, const struct yh_document_row *d,
				      const char **out, struct yh_err *err);
/* Adds the member "files": how those stand here that the peer told of. */
YH_CHECK enum yh_rc yh_link_files_standing(struct yh_ctx *cx, const struct yh_link_peer *peer,
					   const struct yh_id *case_id, json_t *body,
					   struct yh_err *err);
/* Takes "documents" of what came: they are expected from now on, unless their bytes are here. */
YH_CHECK enum yh_rc yh_link_files_take(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const struct yh_id *case_id, const json_t *body,
				       struct yh_err *err);
/* The id here of what the peer calls `far`, and the other way; `out` stays as it is for what is not
 * the peer's. */
YH_CHECK enum yh_rc yh_link_file_in(struct yh_ctx *cx, const struct yh_link_peer *peer,
				    const char *far, char out[128], struct yh_err *err);
YH_CHECK enum yh_rc yh_link_file_out(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const char *id, char out[128], struct yh_err *err);
/* It is a document of its case from now on, of that kind; or it will not be one. The caller saves
 * the row. */
YH_CHECK enum yh_rc yh_link_file_here(struct yh_ctx *cx, struct yh_link_file_row *f,
				      const char *kind, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_file_refuse(struct yh_ctx *cx, struct yh_link_file_row *f,
					const struct yh_err *why, struct yh_err *err);

/* ---- file_take.c: pieces that come ---- */

struct yh_link_piece {
	struct yh_sm3 digest;
	int64_t at;
	const char *bytes;
	size_t n;
};
/* Adds it; *out is how the file stands then (its got_bytes: where to go on). BAD_INPUT
 * "link-batch-invalid" for more bytes than it has; NOT_FOUND "link-file-unasked"; BUSY
 * "link-file-busy"; STORAGE. Outside of transactions. */
YH_CHECK enum yh_rc yh_link_file_add(struct yh_link_exchange *x, const struct yh_link_piece *p,
				     struct yh_link_file_row *out, struct yh_err *err);
/* The other side cannot send it, and says why. */
YH_CHECK enum yh_rc yh_link_file_lacks(struct yh_link_exchange *x, const struct yh_sm3 *digest,
				       const struct yh_err *why, struct yh_link_file_row *out,
				       struct yh_err *err);

/* ---- file_send.c: pieces that go ---- */

/* Reads a piece of what the peer may have: attached to a case that both know; p->digest and p->at
 * are given. *size is that of the file. NOT_FOUND "document-unknown"; STORAGE "document-missing",
 * "document-unreadable". */
YH_CHECK enum yh_rc yh_link_file_read(struct yh_link_exchange *x, struct yh_link_piece *p,
				      int64_t *size, struct yh_err *err);
/* At the city: what a district asks, answered into `out`. BAD_INPUT "link-batch-invalid". */
YH_CHECK enum yh_rc yh_link_file_answer(struct yh_link_exchange *x, const char *text, size_t n,
					struct yh_buf *out, struct yh_err *err);

/* ---- deliver.c ---- */
/* Posts what was signed to …/link/WHAT; what the city says, held against its signature, lies in the
 * exchange's arena. */
YH_CHECK enum yh_rc yh_link_ask(struct yh_link_exchange *x, const char *what,
				const struct yh_buf *body, const struct yh_sm3 *request,
				const char **text, size_t *n, int64_t *sent_ms, struct yh_err *err);

/* ---- file_call.c ---- */
/* At a district: some pieces, both ways; *more: there are more at once. */
YH_CHECK enum yh_rc yh_link_files_round(struct yh_link_exchange *x, bool *more, struct yh_err *err);

/* ---- file_head.c: the first line ---- */
YH_CHECK enum yh_rc yh_link_file_open(struct yh_arena *arena, const char *text, size_t n,
				      const json_t **head, struct yh_link_piece *p,
				      struct yh_err *err);
/* Writes it, and the bytes; owns `head`. */
YH_CHECK enum yh_rc yh_link_file_close(json_t *head, const void *bytes, size_t n,
				       struct yh_buf *out, struct yh_err *err);

#endif
