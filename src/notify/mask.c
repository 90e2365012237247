/* Addresses for records. */
#include "notify/mask.h"

#include <string.h>

static const char ends[] = " \t<>\"'(),;:";

const char *yh_mail_masked(const char *text, char *out, size_t size)
{
	size_t n = 0;

	while (*text && n + 1 < size) {
		size_t word = strcspn(text, ends), at = strcspn(text, "@");

		if (at > 0 && at < word && n + 5 < size) {
			out[n++] = *text;
			memcpy(out + n, "***", 3);
			n += 3;
			text += at;
			word -= at;
		}
		for (; word > 0 && n + 1 < size; word--)
			out[n++] = *text++;
		if (*text && n + 1 < size && strchr(ends, *text))
			out[n++] = *text++;
	}
	out[n] = 0;
	return out;
}
