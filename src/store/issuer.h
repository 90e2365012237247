/* Signing in elsewhere: what was begun, who is meant by a subject, and which sessions came of it.
 * `issuer` is the name in the issuers' file in issuer_flow, and the issuer's own identifier (iss)
 * everywhere else. */
#ifndef YH_STORE_ISSUER_H
#define YH_STORE_ISSUER_H

#include "base/digest.h"
#include "db/db.h"

enum { YH_ISSUER_NAME = 40, YH_ISSUER_URL = 256, YH_SUBJECT = 256, YH_ISSUER_SID = 256 };

struct yh_issuer_flow {
	struct yh_sm3 cookie;
	char issuer[YH_ISSUER_NAME];
	struct yh_id person; /* who binds an account; zero: somebody signs in */
	yh_time created_at, expires_at;
};
/* Old ones go, at most a few hundred at a time; BUSY "issuer-flows-full" (figure max) beyond the
 * bound of those that live. */
YH_CHECK enum yh_rc yh_issuer_flow_insert(struct yh_tx *tx, const struct yh_issuer_flow *row,
					  struct yh_err *err);
/* NOT_FOUND "issuer-flow-unknown", also for one that has expired. */
YH_CHECK enum yh_rc yh_issuer_flow_load(struct yh_tx *tx, const struct yh_sm3 *cookie, yh_time now,
					struct yh_issuer_flow *out, struct yh_err *err);
/* The same, for good: whoever takes it is the only one. */
YH_CHECK enum yh_rc yh_issuer_flow_take(struct yh_tx *tx, const struct yh_sm3 *cookie, yh_time now,
					struct yh_issuer_flow *out, struct yh_err *err);

struct yh_issuer_subject {
	struct yh_id id, person;
	const char *issuer, *subject;
	yh_time created_at, used_at; /* used_at 0: never */
	struct yh_id created_by;
};
/* CONFLICT "db-unique": the subject is bound already. */
YH_CHECK enum yh_rc yh_issuer_subject_insert(struct yh_tx *tx, const struct yh_issuer_subject *row,
					     struct yh_err *err);
/* NOT_FOUND "issuer-not-bound". */
YH_CHECK enum yh_rc yh_issuer_subject_find(struct yh_tx *tx, const char *issuer,
					   const char *subject, struct yh_arena *arena,
					   struct yh_issuer_subject *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_issuer_subject_list(struct yh_tx *tx, const struct yh_id *person,
					   struct yh_arena *arena, struct yh_issuer_subject **out,
					   size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_issuer_subject_used(struct yh_tx *tx, const struct yh_id *id, yh_time now,
					   struct yh_err *err);
YH_CHECK enum yh_rc yh_issuer_subject_delete(struct yh_tx *tx, const struct yh_id *id,
					     struct yh_err *err);

/* May the account be signed in to through an issuer alone? */
YH_CHECK enum yh_rc yh_issuer_only(struct yh_tx *tx, const struct yh_id *person, bool *only,
				   struct yh_err *err);
YH_CHECK enum yh_rc yh_issuer_only_set(struct yh_tx *tx, const struct yh_id *person, bool only,
				       yh_time now, struct yh_err *err);

struct yh_issuer_session {
	struct yh_id token;
	const char *issuer, *subject, *sid; /* sid "": the issuer named none */
	yh_time created_at;
};
/* Those older than any session can be go. */
YH_CHECK enum yh_rc yh_issuer_session_insert(struct yh_tx *tx, const struct yh_issuer_session *row,
					     struct yh_err *err);
/* NOT_FOUND "issuer-session-none". */
YH_CHECK enum yh_rc yh_issuer_session_load(struct yh_tx *tx, const struct yh_id *token,
					   struct yh_arena *arena, struct yh_issuer_session *out,
					   struct yh_err *err);
/* By sid where one is given, else all of the subject's; both: those that have both. */
YH_CHECK enum yh_rc yh_issuer_session_find(struct yh_tx *tx, const char *issuer,
					   const char *subject, const char *sid,
					   struct yh_arena *arena, struct yh_issuer_session **out,
					   size_t *n, struct yh_err *err);

/* Notes a logout token; *again: it was noted before. */
YH_CHECK enum yh_rc yh_issuer_logout_note(struct yh_tx *tx, const struct yh_sm3 *digest,
					  yh_time now, yh_time expires_at, bool *again,
					  struct yh_err *err);

#endif
