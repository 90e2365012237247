/* Persons, the roles granted to them, delegations, tokens and kept replies. */
#ifndef YH_STORE_PERSON_H
#define YH_STORE_PERSON_H

#include "base/digest.h"
#include "db/db.h"

struct yh_person_row {
	struct yh_id id;
	const char *login; /* lower case, unique */
	const char *name;
	const char *secret; /* argon2id, encoded */
	bool must_change;   /* the first password was printed once and may only be replaced */
	char status[12];    /* active, closed */
	int64_t failures;
	yh_time locked_until;
	yh_time secret_at, created_at;
	int64_t version;
	char kind[12];      /* person, service: a program's, which has tokens alone */
	struct yh_id owner; /* of a service: who answers for it */
	yh_day last_day;    /* on which it works; YH_DAY_NONE: open */
	char clearance[32]; /* a label of the pack; "": as the roles have it */
	bool has_factor;    /* read only: a second factor is confirmed */
};
/* Does the account work on `day`? */
static inline bool yh_person_works(const struct yh_person_row *p, yh_day day)
{
	return p->status[0] == 'a' && (p->last_day == YH_DAY_NONE || p->last_day >= day);
}

/* As whom time acts, where a person must be named. No list shows it, nobody finds it, and it has no
 * secret to sign in by. */
extern const struct yh_id YH_PERSON_SYSTEM;

struct yh_grant_row {
	struct yh_id id, person;
	char role[32];
	struct yh_id org;
	char capacity[12]; /* handle, review, sign */
	const char *scope; /* of who may only look: nouns of operations, blanks between; "": none */
	yh_day first_day, last_day;
	struct yh_id granted_by;
	yh_time created_at, ended_at;
	/* joined for reading */
	const char *org_name, *org_code;
	char district[32];
	bool org_closed;
	struct yh_id giver; /* of a delegation */
};

enum { YH_NOUNS_TEXT = 201 };
struct yh_token_row {
	struct yh_sm3 digest;
	struct yh_id id, person;
	char kind[12]; /* session, bearer */
	struct yh_sm3 csrf;
	char scopes[32];           /* all, read */
	char nouns[YH_NOUNS_TEXT]; /* the kinds of things it is for, blanks between; "": all */
	char source[64];           /* the address a session was begun from */
	bool proven;               /* a second factor was shown for it */
	yh_time idle_us;           /* a session ends after so long without use */
	const char *label;
	yh_time created_at, expires_at, used_at, ended_at;
};

YH_CHECK enum yh_rc yh_person_insert(struct yh_tx *tx, const struct yh_person_row *row,
				     struct yh_err *err);
/* Makes sure of the system's row. */
YH_CHECK enum yh_rc yh_person_system(struct yh_tx *tx, yh_time now, struct yh_err *err);
/* NOT_FOUND "person-unknown"; text copied into the arena. */
YH_CHECK enum yh_rc yh_person_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_person_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_person_by_login(struct yh_tx *tx, const char *login, struct yh_arena *arena,
				       struct yh_person_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_person_update(struct yh_tx *tx, struct yh_person_row *row,
				     struct yh_err *err);
/* Notes the failures and the lock-out alone, which no one who is signed in is judged by. */
YH_CHECK enum yh_rc yh_person_tried(struct yh_tx *tx, const struct yh_person_row *row,
				    struct yh_err *err);
struct yh_person_filter {
	struct yh_id org; /* only persons with a live grant there; zero: any */
	const char *role; /* only persons with a live grant of this role; "": any */
	const char
		*text; /* in the login or the name, as a pattern of LIKE in lower case; "": any */
	const char *after; /* cursor: the login of the last row; "": from the beginning */
	uint32_t limit;
	bool by_name; /* else by login */
	bool descending;
};
YH_CHECK enum yh_rc yh_person_list(struct yh_tx *tx, const struct yh_person_filter *f,
				   struct yh_arena *arena, struct yh_person_row **out, size_t *n,
				   struct yh_err *err);

YH_CHECK enum yh_rc yh_grant_insert(struct yh_tx *tx, const struct yh_grant_row *row,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_grant_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_grant_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				  struct yh_grant_row *out, struct yh_err *err);
/* Grants in force on `day`, with those lent to the person by delegation. */
YH_CHECK enum yh_rc yh_grants_on(struct yh_tx *tx, const struct yh_id *person, yh_day day,
				 struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
				 struct yh_err *err);
/* Those that are held now or will be, of one's own. */
YH_CHECK enum yh_rc yh_grants_open(struct yh_tx *tx, const struct yh_id *person, yh_day day,
				   struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
				   struct yh_err *err);
/* The same roles in what was taken over by an organisation that they are held in: it is closed, so
 * its files are read and nothing is filed there any more. */
YH_CHECK enum yh_rc yh_grants_taken_over(struct yh_tx *tx, const struct yh_id *person, yh_day day,
					 struct yh_arena *arena, struct yh_grant_row **out,
					 size_t *n, struct yh_err *err);

/* What a person holds or is lent on any of the days, the last of which is YH_DAY_NONE when there is
 * none. */
struct yh_held_row {
	char role[32];
	const char *scope; /* "" of what is lent */
};
YH_CHECK enum yh_rc yh_held_within(struct yh_tx *tx, const struct yh_id *person, yh_day first,
				   yh_day last, struct yh_arena *arena, struct yh_held_row **out,
				   size_t *n, struct yh_err *err);

/* Was the person ever let in to look only? */
YH_CHECK enum yh_rc yh_grant_was_reader(struct yh_tx *tx, const struct yh_id *person, bool *was,
					struct yh_err *err);

struct yh_delegation_row {
	struct yh_id id, giver, taker, org;
	char role[32];
	yh_day first_day, last_day;
	const char *reason;
	yh_time created_at, ended_at;
};
YH_CHECK enum yh_rc yh_delegation_insert(struct yh_tx *tx, const struct yh_delegation_row *row,
					 struct yh_err *err);
/* One that has not ended, with the names of both. */
struct yh_lent_row {
	struct yh_delegation_row lent;
	const char *giver_login, *giver_name, *taker_login, *taker_name, *org_code, *org_name;
};
enum { YH_LENT_MOST = 200 };
/* What the person lends or is lent on `day` or later; the newest first, so many at most. */
YH_CHECK enum yh_rc yh_lent_list(struct yh_tx *tx, const struct yh_id *person, yh_day day,
				 struct yh_arena *arena, struct yh_lent_row **out, size_t *n,
				 struct yh_err *err);
/* NOT_FOUND "delegation-unknown", also of one that has ended. */
YH_CHECK enum yh_rc yh_lent_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				 struct yh_lent_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_lent_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				struct yh_err *err);
/* Ends what a person lends. */
YH_CHECK enum yh_rc yh_delegations_end(struct yh_tx *tx, const struct yh_id *giver, yh_time at,
				       struct yh_err *err);

YH_CHECK enum yh_rc yh_token_insert(struct yh_tx *tx, const struct yh_token_row *row,
				    struct yh_err *err);
/* NOT_FOUND "token-unknown". */
YH_CHECK enum yh_rc yh_token_load(struct yh_tx *tx, const struct yh_sm3 *digest,
				  struct yh_arena *arena, struct yh_token_row *out,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_token_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				 struct yh_err *err);
/* Notes a use at `now` unless one after `since` is noted already. */
YH_CHECK enum yh_rc yh_token_use(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				 yh_time since, struct yh_err *err);
/* A second factor was shown for a session: it lives until `expires_at` from now on. */
YH_CHECK enum yh_rc yh_token_prove(struct yh_tx *tx, const struct yh_id *id, yh_time expires_at,
				   struct yh_err *err);
/* Ends every token of a person but one (may be zero). */
YH_CHECK enum yh_rc yh_tokens_end(struct yh_tx *tx, const struct yh_id *person,
				  const struct yh_id *but, yh_time at, struct yh_err *err);
/* The same of its sessions that go on; *n: how many. */
YH_CHECK enum yh_rc yh_sessions_end_but(struct yh_tx *tx, const struct yh_id *person,
					const struct yh_id *but, yh_time at, int64_t *n,
					struct yh_err *err);
/* The newest of a kind, "session" or "bearer", that still open something. */
YH_CHECK enum yh_rc yh_token_list(struct yh_tx *tx, const struct yh_id *person, const char *kind,
				  yh_time now, struct yh_arena *arena, struct yh_token_row **out,
				  size_t *n, struct yh_err *err);

struct yh_kept_row {
	struct yh_sm3 request;
	int64_t status;
	const char *body, *etag, *location;
};
YH_CHECK enum yh_rc yh_kept_find(struct yh_tx *tx, const struct yh_id *person, const char *key,
				 struct yh_arena *arena, bool *found, struct yh_kept_row *out,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_kept_insert(struct yh_tx *tx, const struct yh_id *person, const char *key,
				   const struct yh_kept_row *row, yh_time at,
				   struct yh_arena *arena, struct yh_err *err);
/* Forgets replies kept before `before`, at most `most`; *n: how many. */
YH_CHECK enum yh_rc yh_kept_forget(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
				   struct yh_err *err);

#endif
