/* Time-ordered 128-bit identifiers (RFC 9562 version 7 layout). */
#ifndef YH_BASE_ID_H
#define YH_BASE_ID_H

#include "base/err.h"
#include "base/time.h"

struct yh_id {
	unsigned char b[16];
};

enum { YH_ID_TEXT = 37 };

/* Where the random part comes from: the kernel, or a seeded generator in a simulation. */
struct yh_idgen;
struct yh_idgen *yh_idgen_new(void);                 /* kernel randomness */
struct yh_idgen *yh_idgen_new_seeded(uint64_t seed); /* reproducible; for simulation only */
void yh_idgen_free(struct yh_idgen *g);

/* A new id at `now`; ids of one generator never repeat and grow with time. Thread-safe. */
struct yh_id yh_id_new(struct yh_idgen *g, yh_time now);

bool yh_id_is_zero(const struct yh_id *id);
bool yh_id_eq(const struct yh_id *a, const struct yh_id *b);
int yh_id_cmp(const struct yh_id *a, const struct yh_id *b);
const char *yh_id_text(const struct yh_id *id, char out[YH_ID_TEXT]);
/* Lower-case 8-4-4-4-12 hex; else BAD_INPUT "id-invalid". */
YH_CHECK enum yh_rc yh_id_parse(const char *text, struct yh_id *out, struct yh_err *err);

#endif
