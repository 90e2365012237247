/* When to try again. */
#include "notify/backoff.h"

#include "base/digest.h"

int64_t yh_backoff_us(int64_t tries, const struct yh_id *id)
{
	int64_t s = YH_BACKOFF_FIRST_S, part;
	struct yh_piece pieces[] = { { id->b, sizeof id->b }, { &tries, sizeof tries } };
	struct yh_sm3 d = yh_sm3_of_pieces(pieces, 2);

	for (int64_t i = 1; i < tries && s < YH_BACKOFF_MOST_S; i++)
		s *= 2;
	if (s > YH_BACKOFF_MOST_S)
		s = YH_BACKOFF_MOST_S;
	part = ((int64_t)d.b[0] << 8 | d.b[1]) - 32768; /* -32768 … 32767 */
	return s * YH_US_PER_S + s * YH_US_PER_S / 4 * part / 32768;
}
