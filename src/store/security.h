/* Security events, runs of the audit's verification, and how far the record was sent. */
#ifndef YH_STORE_SECURITY_H
#define YH_STORE_SECURITY_H

#include "base/digest.h"
#include "db/db.h"

struct yh_security_row {
	struct yh_id id;
	char kind[24];       /* brute-force, probing, many-refused, admin-granted, record-broken,
				closed-account */
	const char *subject; /* whom or what it is about: a login, an address */
	struct yh_id person; /* zero: none */
	const char *source;  /* network address */
	const char *detail;
	int64_t n; /* how often, between the two times */
	yh_time first_at, last_at;
	struct yh_id noted_by;
	yh_time noted_at; /* 0: nobody took note of it */
	const char *note;
	const char *noted_login; /* joined for reading */
};
YH_CHECK enum yh_rc yh_security_insert(struct yh_tx *tx, const struct yh_security_row *row,
				       struct yh_err *err);
/* One of the kind about the subject that nobody noted yet gets n more; *found says whether. */
YH_CHECK enum yh_rc yh_security_again(struct yh_tx *tx, const struct yh_security_row *row,
				      bool *found, struct yh_err *err);
/* Takes note; CONFLICT "security-noted", NOT_FOUND "security-unknown". */
YH_CHECK enum yh_rc yh_security_note(struct yh_tx *tx, const struct yh_id *id,
				     const struct yh_id *person, const char *note, yh_time at,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_security_load(struct yh_tx *tx, const struct yh_id *id,
				     struct yh_arena *arena, struct yh_security_row *out,
				     struct yh_err *err);
/* Newest first, below the cursor `before` (zero: all). */
YH_CHECK enum yh_rc yh_security_list(struct yh_tx *tx, bool open_only, const struct yh_id *before,
				     uint32_t limit, struct yh_arena *arena,
				     struct yh_security_row **out, size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_security_open_count(struct yh_tx *tx, int64_t *n, struct yh_err *err);

struct yh_audit_check_row {
	struct yh_id id, asked_by; /* zero: time */
	yh_time asked_at, ended_at;
	char state[12]; /* asked, intact, broken */
	int64_t records, unsealed, grants;
	int64_t pos; /* the head of the chain */
	struct yh_sm3 chain;
	char what[16]; /* of yh_audit_report, or "rights", "rights-gone", "rights-event" */
	int64_t broken_pos;
	char broken_kind[48];
	struct yh_id broken_id;
};
YH_CHECK enum yh_rc yh_audit_check_insert(struct yh_tx *tx, const struct yh_audit_check_row *row,
					  struct yh_err *err);
YH_CHECK enum yh_rc yh_audit_check_end(struct yh_tx *tx, const struct yh_audit_check_row *row,
				       struct yh_err *err);
/* NOT_FOUND "audit-check-unknown". */
YH_CHECK enum yh_rc yh_audit_check_load(struct yh_tx *tx, const struct yh_id *id,
					struct yh_arena *arena, struct yh_audit_check_row *out,
					struct yh_err *err);
/* Newest first; only those that ended. */
YH_CHECK enum yh_rc yh_audit_check_list(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
					struct yh_audit_check_row **out, size_t *n,
					struct yh_err *err);

/* The position that a collector has; 0 at first. */
YH_CHECK enum yh_rc yh_audit_sent(struct yh_tx *tx, const char *name, int64_t *pos,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_audit_send_mark(struct yh_tx *tx, const char *name, int64_t pos, yh_time at,
				       struct yh_err *err);

#endif
