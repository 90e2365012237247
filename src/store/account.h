/* Accounts as the security administrator looks them through. */
#ifndef YH_STORE_ACCOUNT_H
#define YH_STORE_ACCOUNT_H

#include "store/person.h"

/* What there is to say of an account, as bits. */
enum yh_account_flag {
	YH_ACCOUNT_UNUSED = 1, /* works, and nobody has used it since a day */
	YH_ACCOUNT_ENDED = 2,  /* its last day is past */
	YH_ACCOUNT_CLOSED = 4,
	YH_ACCOUNT_ROLELESS = 8,    /* holds no role today, nor is it lent one */
	YH_ACCOUNT_SHARED = 16,     /* sessions from several addresses at the same time */
	YH_ACCOUNT_FACTORLESS = 32, /* a role demands a second factor, and there is none */
	YH_ACCOUNT_OWNERLESS = 64,  /* a program's: whoever answers for it works no more, or holds
				       no role */
	YH_ACCOUNT_LOCKED = 128,
};
enum { YH_ACCOUNT_FLAGS = 8 };
/* "unused" … "locked", by bit. */
extern const char *const yh_account_flags[YH_ACCOUNT_FLAGS];

struct yh_account_row {
	struct yh_person_row person;
	yh_time used_at; /* 0: never */
	int64_t roles, addresses;
	unsigned flags;
	const char *owner; /* of a program: whose login; "" */
};
struct yh_account_filter {
	yh_day day;
	yh_time now, unused_since;
	const char *factor_roles; /* blanks between */
	const char *text;         /* as of yh_person_filter */
	const char *after;        /* the login before */
	unsigned flags;           /* only those with any of these; 0: all */
	struct yh_id owner;       /* only programs of this person; zero: any account */
	uint32_t limit;
};
YH_CHECK enum yh_rc yh_account_list(struct yh_tx *tx, const struct yh_account_filter *f,
				    struct yh_arena *arena, struct yh_account_row **out, size_t *n,
				    struct yh_err *err);

/* Does a person answer for any program? */
YH_CHECK enum yh_rc yh_services_any(struct yh_tx *tx, const struct yh_id *owner, bool *any,
				    struct yh_err *err);
/* Ends every token of the programs that a person answers for. */
YH_CHECK enum yh_rc yh_services_tokens_end(struct yh_tx *tx, const struct yh_id *owner, yh_time at,
					   struct yh_err *err);
/* Everything of `from` is `to`'s; *n: how many. */
YH_CHECK enum yh_rc yh_services_hand_over(struct yh_tx *tx, const struct yh_id *from,
					  const struct yh_id *to, int64_t *n, struct yh_err *err);

#endif
