/* The shapes of replies, declared beside the operations in a notation of their own:
 *
 *   {no title state:open|closed due?:{day:day left:int|null} clocks:[@Clock] form:object}
 *
 * Between braces stand an object's members: a name, `?` when it may be absent, and behind `:` its
 * type, which is text when nothing is said. All others are always there, and there are no more.
 *
 *   text int bool        num: a number with decimals     real: a num, or "NaN", "+Inf", "-Inf"
 *   figure: a num, or a decimal number as text           day: 2026-03-01
 *   time: RFC 3339       id: UUID
 *   exact: a decimal number as text, "0.350000"          money: the same, yuan
 *   object: any object   any: any value
 *   a|b|c                one of these texts; two at least, and not all names of types
 *   [x]                  a list of x
 *   {*:x}                an object with any names, each an x
 *   @Name                the shape declared under that name in some table's `shapes`
 *   x|null               x, or null
 *
 * A member `@Name` stands for all members of that shape, which must be an object's. */
#ifndef YH_HTTP_SHAPE_H
#define YH_HTTP_SHAPE_H

#include "base/arena.h"
#include "http/op.h"

enum yh_shape_kind {
	YH_SH_TEXT,
	YH_SH_INT,
	YH_SH_NUM,
	YH_SH_REAL,
	YH_SH_FIGURE,
	YH_SH_BOOL,
	YH_SH_DAY,
	YH_SH_TIME,
	YH_SH_ID,
	YH_SH_EXACT,
	YH_SH_MONEY,
	YH_SH_OBJECT,
	YH_SH_ANY,
	YH_SH_CHOICE, /* `word`: the choices, separated by '|' */
	YH_SH_NAMED,  /* `word`: the name */
	YH_SH_LIST,   /* `of` */
	YH_SH_MAP,    /* `of` */
	YH_SH_RECORD, /* `members` */
};

enum { YH_SHAPE_DEPTH = 8, YH_SHAPE_NAME = 64 };

struct yh_shape {
	enum yh_shape_kind kind;
	bool null; /* or null */
	const char *word;
	struct yh_shape *of;
	struct yh_member *members; /* may be NULL: an empty object */
};

struct yh_member {
	const char *name; /* NULL: all members of what `shape` names, until the book is bound */
	bool maybe;       /* may be absent */
	struct yh_shape shape;
	struct yh_member *next;
};

/* Reads one shape; all of it lies in the arena. With `beside`, " + " and a second one may follow:
 * NULL when none does. INTERNAL "shape-invalid" (figures at, the column counted from 1, and
 * expected), "shape-twice" (figure name) for a member that stands twice. */
YH_CHECK enum yh_rc yh_shape_parse(struct yh_arena *arena, const char *text, struct yh_shape **out,
				   struct yh_shape **beside, struct yh_err *err);

/* What an operation replies. */
struct yh_reply_shape {
	const struct yh_op *op;
	struct yh_shape *shape;  /* NULL: bytes, no content, or not declared */
	struct yh_shape *beside; /* PAGED: members beside `items`; live: of later events; or NULL */
};

/* All shapes of some tables, bound to each other: every name is known, and members are put in for
 * the names that stand for them. */
struct yh_shape_book {
	struct yh_shape_entry {
		const char *name;
		struct yh_shape *shape;
		bool open, bound; /* while the book is made */
	} * names;
	size_t n_names;
	struct yh_reply_shape *replies; /* of the tables' operations, in their order */
	size_t n_replies;
	struct yh_arena *arena;
};

/* Reads the shapes of all tables into the arena. INTERNAL as yh_shape_parse, with the figure
 * `where`, an operation or a name; "shape-unknown" (name, where); "shape-circular" (where) for
 * members of themselves; "shape-twice" also for a name declared twice, or that an operation's reply
 * has by itself; TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_shape_book_load(struct yh_arena *arena,
				       const struct yh_op_table *const *tables, size_t n,
				       struct yh_shape_book *out, struct yh_err *err);
/* The same, only to see that it can be done. */
YH_CHECK enum yh_rc yh_shape_check(const struct yh_op_table *const *tables, size_t n,
				   struct yh_err *err);

/* Whether the operation replies without content. */
bool yh_shape_none(const struct yh_op *op);

/* The component that describes an operation's reply, or with `part` ("Item", "Event"; else "") a
 * part of it: "case.show" is CaseShow. */
void yh_shape_title(const struct yh_op *op, const char *part, char out[YH_SHAPE_NAME]);

/* Writes a bound shape as JSON Schema (2020-12); named ones refer to #/components/schemas. */
void yh_shape_write(struct yh_jw *w, const char *key, const struct yh_shape *s);

#endif
