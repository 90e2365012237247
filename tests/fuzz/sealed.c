/* Papers under a seal and pledges, as anybody may bring them. The first byte chooses. */
#include "fuzz.h"
#include "services/pledge/pledge.h"
#include "services/proof/sealed.h"

enum { ARENA = 16 << 20 };

static void sealed(const char *text, size_t n, struct yh_arena *arena)
{
	struct yh_sealed s;
	struct yh_err err = { 0 }, why = { 0 };
	enum yh_rc rc = yh_sealed_read(text, n, "yunheng-paper-1", arena, &s, &err);

	must_say(rc, &err);
	if (rc != YH_OK)
		return;
	must(s.content && s.key_id && s.public_key && s.signature);
	rc = yh_sealed_verify(&s, "yunheng-paper-1", NULL, &why);
	must_say(rc, &why);
}

static void pledge(const char *text, size_t n, struct yh_arena *arena)
{
	struct yh_pledge p;
	struct yh_err err = { 0 }, why = { 0 };
	enum yh_rc rc = yh_pledge_read(text, n, arena, &p, &err);

	must_say(rc, &err);
	if (rc != YH_OK)
		return;
	must(p.statement && p.unit && p.public_key && p.seal);
	rc = yh_pledge_verify(&p, p.seal_key, &why);
	must_say(rc, &why);
}

static void key(const unsigned char *data, size_t n)
{
	char *pem = fuzz_part(&data, &n, NULL);
	struct yh_sm2 *loaded = NULL;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_sm2_load_pem(pem, &loaded, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(!yh_officer_key_proved(loaded, "u1", "", "00"));
	yh_sm2_free(loaded);
	free(pem);
}

void yh_fuzz_sealed(const unsigned char *data, size_t n)
{
	struct yh_arena arena;

	if (n == 0)
		return;
	yh_arena_init(&arena, ARENA);
	if (data[0] % 3 == 0)
		sealed((const char *)data + 1, n - 1, &arena);
	else if (data[0] % 3 == 1)
		pledge((const char *)data + 1, n - 1, &arena);
	else
		key(data + 1, n - 1);
	yh_arena_done(&arena);
}
