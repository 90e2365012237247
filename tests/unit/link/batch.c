/* Batches as they travel: what is signed, what is unpacked, what is read of hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "link/batch.h"
#include "link/enrol_text.h"

static const char text[] =
	"{\"yunheng_link\":1,\"version\":\"t\",\"streams\":[{\"stream\":\"a\",\"epoch\":"
	"\"01a21965-8a68-701b-9431-b245851e681a\",\"head\":2,\"from\":1,\"oldest_ms\":5,\"chain\":"
	"\"0000000000000000000000000000000000000000000000000000000000000000\"}],\"acks\":[{"
	"\"stream\":\"b\",\"epoch\":null,\"seq\":0,\"chain\":"
	"\"0000000000000000000000000000000000000000000000000000000000000000\",\"state\":"
	"\"stopped\","
	"\"fault\":\"link-kind\"}]}\n"
	"{\"s\":\"a\",\"n\":1,\"k\":\"x/1\",\"b\":{\"z\":1,\"a\":\"\xe4\xba\x91\"}}\n"
	"{\"s\":\"a\",\"n\":2,\"k\":\"x/1\",\"b\":null}\n";

struct made {
	struct yh_sm2 *key;
	unsigned char point[YH_SM2_POINT];
	struct yh_link_envelope e;
	struct yh_buf out;
};

static struct made make(bool packed, const struct yh_sm3 *request)
{
	struct made m = {
		.key = yh_sm2_new(NULL),
		.e = { .peer = { { 7 } }, .up = true, .packed = packed, .sent_ms = 1790000000123 }
	};

	assert_non_null(m.key);
	assert_int_equal(yh_sm2_point(m.key, m.point, NULL), YH_OK);
	yh_buf_init(&m.out, YH_LINK_PACKED_MAX);
	assert_int_equal(
		yh_link_envelope_write(&m.e, m.key, text, sizeof text - 1, request, &m.out, NULL),
		YH_OK);
	return m;
}

static void drop(struct made *m)
{
	yh_sm2_free(m->key);
	yh_buf_done(&m->out);
}

static void a_batch_comes_back_packed_and_plain(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct made m = make(packed, NULL);
		struct yh_arena arena;
		struct yh_link_envelope e;
		struct yh_link_batch b;
		const char *got;
		size_t n;

		yh_arena_init(&arena, 64 << 20);
		assert_int_equal(yh_link_envelope_read(m.out.data, m.out.len, &e, NULL), YH_OK);
		assert_int_equal(yh_link_envelope_check(&e, m.point, NULL, NULL), YH_OK);
		assert_int_equal(yh_link_envelope_open(&e, &arena, &got, &n, NULL), YH_OK);
		assert_int_equal(n, sizeof text - 1);
		assert_memory_equal(got, text, n);
		assert_int_equal(yh_link_batch_read(got, n, &arena, &b, NULL), YH_OK);
		assert_int_equal(b.n_heads, 1);
		assert_int_equal(b.n_acks, 1);
		assert_int_equal(b.n_lines, 2);
		assert_string_equal(b.acks[0].fault, "link-kind");
		assert_true(b.heads[0].oldest_at == 5000);
		assert_null(b.lines[1].body);
		yh_arena_done(&arena);
		drop(&m);
	}
}

/* proves S29, S31 */
static void a_signature_is_for_one_direction_one_instant_one_payload_and_one_call(void **state)
{
	const struct yh_sm3 call = yh_sm3_of("call", 4), other = yh_sm3_of("other", 5);
	struct made m = make(true, &call);
	struct yh_link_envelope e, changed;

	(void)state;
	assert_int_equal(yh_link_envelope_read(m.out.data, m.out.len, &e, NULL), YH_OK);
	assert_int_equal(yh_link_envelope_check(&e, m.point, &call, NULL), YH_OK);
	assert_int_equal(yh_link_envelope_check(&e, m.point, &other, NULL), YH_FORBIDDEN);
	assert_int_equal(yh_link_envelope_check(&e, m.point, NULL, NULL), YH_FORBIDDEN);
	changed = e;
	changed.up = false;
	assert_int_equal(yh_link_envelope_check(&changed, m.point, &call, NULL), YH_FORBIDDEN);
	changed = e;
	changed.sent_ms++;
	assert_int_equal(yh_link_envelope_check(&changed, m.point, &call, NULL), YH_FORBIDDEN);
	changed = e;
	changed.peer.b[3] ^= 1;
	assert_int_equal(yh_link_envelope_check(&changed, m.point, &call, NULL), YH_FORBIDDEN);
	changed = e;
	changed.packed = false;
	assert_int_equal(yh_link_envelope_check(&changed, m.point, &call, NULL), YH_FORBIDDEN);
	m.out.data[m.out.len - 1] ^= 1;
	assert_int_equal(yh_link_envelope_read(m.out.data, m.out.len, &e, NULL), YH_OK);
	assert_int_equal(yh_link_envelope_check(&e, m.point, &call, NULL), YH_FORBIDDEN);
	drop(&m);
}

/* A frame that would become more than a batch holds is not begun. */
static void what_would_burst_is_not_unpacked(void **state)
{
	struct yh_link_envelope e = { .packed = true };
	struct yh_arena arena;
	struct made m = { .key = yh_sm2_new(NULL), .e = { .packed = true, .sent_ms = 1 } };
	size_t n = YH_LINK_PLAIN_MAX + 1;
	YH_FREE_AUTO char *zeros = calloc(1, n);
	const char *got;

	(void)state;
	assert_non_null(zeros);
	yh_arena_init(&arena, 64 << 20);
	yh_buf_init(&m.out, YH_LINK_PACKED_MAX);
	assert_int_equal(yh_link_envelope_write(&m.e, m.key, zeros, n, NULL, &m.out, NULL), YH_OK);
	assert_int_equal(yh_link_envelope_read(m.out.data, m.out.len, &e, NULL), YH_OK);
	assert_int_equal(yh_link_envelope_open(&e, &arena, &got, &n, NULL), YH_BAD_INPUT);
	assert_true(arena.used_bytes == 0);
	yh_arena_done(&arena);
	drop(&m);
}

/* proves S15 */
static void hostile_bytes_are_refused_or_read_and_never_more(void **state)
{
	enum { ROUNDS = 20000 };
	char copy[sizeof text];
	uint64_t seed = 20261126;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct yh_arena arena;
		struct yh_link_batch b;
		struct yh_link_envelope e;
		size_t n = sizeof text - 1;

		memcpy(copy, text, sizeof text);
		for (int k = 0; k < 1 + i % 4; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			copy[(seed >> 33) % n] = (char)(seed >> 20);
		}
		if (i % 5 == 0)
			n = (size_t)(seed >> 40) % n;
		yh_arena_init(&arena, 64 << 20);
		if (yh_link_batch_read(copy, n, &arena, &b, NULL) == YH_OK)
			assert_true(b.n_lines <= 2);
		(void)!yh_link_envelope_read(copy, n, &e, NULL);
		yh_arena_done(&arena);
	}
}

static void bodies_hold_what_every_program_writes_alike(void **state)
{
	static const struct {
		const char *body;
		bool valid;
	} list[] = {
		{ "{\"a\":1,\"b\":[true,null,\"x\\n\\t\"]}", true },
		{ "{\"a\":1.5}", false },
		{ "{\"a\":\"\\u0001\"}", false },
		{ "{\"\\u0001\":1}", false },
		{ "[1]", false },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(list); i++) {
		YH_JSON_AUTO body = NULL;

		assert_int_equal(yh_json_parse(list[i].body, strlen(list[i].body), &body, NULL),
				 YH_OK);
		assert_int_equal(yh_link_body_valid(body), list[i].valid);
	}
	assert_false(yh_link_key_valid(""));
	assert_false(yh_link_key_valid("a\nb"));
	assert_true(yh_link_key_valid("\xe4\xba\x91/1"));
}

static void a_chain_knows_order_key_and_body(void **state)
{
	const struct yh_sm3 none = { 0 }, a = yh_sm3_of("a", 1), b = yh_sm3_of("b", 1);
	struct yh_sm3 ab = yh_link_chain(&none, &a, "k"), ba = yh_link_chain(&none, &b, "k");
	struct yh_sm3 other = yh_link_chain(&none, &a, "l");

	(void)state;
	assert_memory_not_equal(&ab, &ba, sizeof ab);
	assert_memory_not_equal(&ab, &other, sizeof ab);
	ab = yh_link_chain(&ab, &b, "k");
	ba = yh_link_chain(&ba, &a, "k");
	assert_memory_not_equal(&ab, &ba, sizeof ab);
}

static void a_code_comes_back_and_a_changed_one_does_not_parse(void **state)
{
	struct yh_link_code c = { 0 }, d;
	char code[YH_LINK_CODE_TEXT];

	(void)state;
	yh_token_new(c.secret);
	yh_random(c.finger, sizeof c.finger);
	(void)yh_link_code_text(&c, code);
	assert_int_equal(yh_link_code_parse(code, &d, NULL), YH_OK);
	assert_memory_equal(&c, &d, sizeof c);
	code[7] = 'A';
	assert_int_equal(yh_link_code_parse(code, &d, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_link_code_parse("", &d, NULL), YH_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_comes_back_packed_and_plain),
		cmocka_unit_test(
			a_signature_is_for_one_direction_one_instant_one_payload_and_one_call),
		cmocka_unit_test(what_would_burst_is_not_unpacked),
		cmocka_unit_test(hostile_bytes_are_refused_or_read_and_never_more),
		cmocka_unit_test(bodies_hold_what_every_program_writes_alike),
		cmocka_unit_test(a_chain_knows_order_key_and_body),
		cmocka_unit_test(a_code_comes_back_and_a_changed_one_does_not_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
