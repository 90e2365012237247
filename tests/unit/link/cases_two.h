/* Two stores, a district's and the city's, and the stream `case` between them by hand: the city in
 * the transaction of the test, the district in transactions of its own. */
#ifndef TESTS_LINK_CASES_TWO_H
#define TESTS_LINK_CASES_TWO_H

#include "../cases/law.h"
#include "../store/city.h"
#include "cases/case.h"
#include "cases/problem.h"
#include "link/streams.h"
#include "store/case_abroad.h"

/* One server: the same places by the same codes, with ids of its own. */
struct side {
	struct law law;
	struct yh_law_book book;
	struct yh_world world;
	struct yh_grant grant;
	struct yh_actor actor;
	struct yh_ctx cx;
	struct yh_id unit, operator_, district_operator, cloud, own, project;
	struct yh_link_peer peer;
	struct stage stage;
};
/* Of both; it goes on with each step. */
extern yh_time now;

/* What runs at the district while the city's transaction is open. */
struct district {
	struct side side;
	struct yh_exec *exec;
	char dir[32];
	enum yh_rc (*step)(struct district *d, struct yh_err *err);
	/* what crosses */
	char no[YH_CASE_NO];
	char *text; /* a document as it goes, or as it comes */
	const char *kind, *outcome;
	char state[16];
};

enum yh_rc open_district(struct district *d, struct side *city, struct yh_tx *tx, struct stage *s,
			 struct yh_err *err);
void close_district(struct district *d, struct side *city);

/* A step at the district, in a transaction of its own. */
enum yh_rc at_district(struct district *d,
		       enum yh_rc (*step)(struct district *d, struct yh_err *err),
		       struct yh_err *err);
/* Such steps: of d->kind, with d->outcome, about d->no; what is built is d->text. */
enum yh_rc file(struct district *d, struct yh_err *err);
enum yh_rc approve(struct district *d, struct yh_err *err);
enum yh_rc verify(struct district *d, struct yh_err *err);
enum yh_rc withdraw(struct district *d, struct yh_err *err);
enum yh_rc build_case(struct district *d, struct yh_err *err);
/* The first act in a case. */
enum yh_rc build_act(struct district *d, struct yh_err *err);
/* It was told, once, that the city refused an act. */
enum yh_rc told_of_lost_act(struct district *d, struct yh_err *err);

/* How often the story of the case here has an event. */
enum yh_rc told(struct side *s, const char *no, const char *kind, const char *person, size_t *times,
		struct yh_err *err);
/* A document comes. */
enum yh_rc apply(struct side *s, const char *key, const char *text, struct yh_err *err);
/* Filed, reviewed by the district, arrived at the city. */
enum yh_rc carry(struct district *d, struct side *city, struct yh_err *err);
/* The city's word goes down. */
enum yh_rc tell(struct district *d, struct side *city, struct yh_err *err);
/* The city approves. */
enum yh_rc review(struct side *city, const char *no, struct yh_err *err);
/* The document as a hostile district would send it; free *text. */
enum yh_rc alter(struct district *d, void (*change)(json_t *body), char **text, struct yh_err *err);

#endif
