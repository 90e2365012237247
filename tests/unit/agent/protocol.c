/* Codes, heads and what proves them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/protocol.h"
#include "base/seal.h"

static struct yh_agent_head a_head(void)
{
	struct yh_agent_head h = { .number = 17,
				   .sent_ms = 1790000000123,
				   .kind = YH_AGENT_USAGE,
				   .lost = 2,
				   .step_ms = -5000,
				   .binary = yh_sm3_of("b", 1),
				   .config = yh_sm3_of("c", 1) };

	return h;
}

static void a_code_comes_back_and_a_changed_one_does_not_parse(void **state)
{
	struct yh_agent_code c = { 0 }, d;
	char text[YH_AGENT_CODE_TEXT];
	struct yh_err err = { 0 };

	(void)state;
	yh_token_new(c.secret);
	yh_random(c.finger, sizeof c.finger);
	(void)yh_agent_code_text(&c, text);
	assert_int_equal(yh_agent_code_parse(text, &d, &err), YH_OK);
	assert_memory_equal(&c, &d, sizeof c);
	text[0] = 'Y';
	assert_int_equal(yh_agent_code_parse(text, &d, &err), YH_BAD_INPUT);
	assert_int_equal(yh_agent_code_parse("", &d, NULL), YH_BAD_INPUT);
	(void)yh_agent_code_text(&c, text);
	text[strlen(text) - 1] = 0;
	assert_int_equal(yh_agent_code_parse(text, &d, NULL), YH_BAD_INPUT);
}

/* proves S29 */
static void a_head_comes_back_and_every_change_of_it_changes_the_mark(void **state)
{
	struct yh_agent_head h = a_head(), back;
	char text[YH_AGENT_HEAD_TEXT], changed[YH_AGENT_HEAD_TEXT];
	const unsigned char key[YH_AGENT_KEY] = { 1 };
	struct yh_id id = { { 9 } };
	struct yh_sm3 body = yh_sm3_of("body", 4), mac, other;

	(void)state;
	(void)yh_agent_head_text(&h, text);
	assert_int_equal(yh_agent_head_parse(text, &back, NULL), YH_OK);
	assert_memory_equal(&h.binary, &back.binary, sizeof h.binary);
	assert_int_equal(back.number, 17);
	assert_int_equal(back.step_ms, -5000);
	mac = yh_agent_batch_mac(key, &id, text, &body);
	for (size_t i = 0; text[i]; i++) {
		memcpy(changed, text, sizeof text);
		changed[i] = (char)(changed[i] == '0' ? '1' : '0');
		other = yh_agent_batch_mac(key, &id, changed, &body);
		assert_memory_not_equal(&mac, &other, sizeof mac);
	}
	body = yh_sm3_of("bodz", 4);
	other = yh_agent_batch_mac(key, &id, text, &body);
	assert_memory_not_equal(&mac, &other, sizeof mac);
}

static void strange_heads_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"1",
		"2 17 1 usage 0 0 x y",
		"1 0 1 usage 0 0",
		"1 -1 1 usage 0 0",
		"1 99999999999999999999 1 usage 0 0",
		"1 17 1 nonsense 0 0",
		"1 017 1 usage 0 0",
	};
	struct yh_agent_head h = a_head(), back;
	char text[YH_AGENT_HEAD_TEXT + 8];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(yh_agent_head_parse(wrong[i], &back, NULL), YH_BAD_INPUT);
	(void)yh_agent_head_text(&h, text);
	(void)strcat(text, " ");
	assert_int_equal(yh_agent_head_parse(text, &back, NULL), YH_BAD_INPUT);
	text[strlen(text) - 2] = 0;
	assert_int_equal(yh_agent_head_parse(text, &back, NULL), YH_BAD_INPUT);
	h.number = 0;
	assert_int_equal(yh_agent_head_parse(yh_agent_head_text(&h, text), &back, NULL),
			 YH_BAD_INPUT);
}

static void an_answer_holds_for_its_own_question_only(void **state)
{
	const unsigned char key[YH_AGENT_KEY] = { 1 };
	struct yh_agent_head h = a_head(), later = a_head();
	struct yh_agent_answer a = { .last = 17, .at_ms = 5 }, b = a;
	struct yh_id id = { { 9 } };
	struct yh_sm3 mac = yh_agent_answer_mac(key, &id, &h, &a), other;

	(void)state;
	later.sent_ms++;
	other = yh_agent_answer_mac(key, &id, &later, &a);
	assert_memory_not_equal(&mac, &other, sizeof mac);
	b.behind = true;
	other = yh_agent_answer_mac(key, &id, &h, &b);
	assert_memory_not_equal(&mac, &other, sizeof mac);
}

/* proves S28 */
static void only_the_holder_of_the_private_key_opens_a_box(void **state)
{
	unsigned char point[YH_SM2_POINT], box[256], out[128];
	struct yh_sm2 *mine = yh_sm2_new(NULL), *other = yh_sm2_new(NULL), *public = NULL;
	size_t n = sizeof box, m = sizeof out;
	static const char text[] =
		"a secret and a code, together sixty-four bytes long, or so ....";

	(void)state;
	assert_int_equal(yh_sm2_point(mine, point, NULL), YH_OK);
	assert_int_equal(yh_sm2_of_point(point, &public, NULL), YH_OK);
	assert_int_equal(yh_sm2_encrypt(public, text, sizeof text, box, &n, NULL), YH_OK);
	assert_int_equal(yh_sm2_decrypt(mine, box, n, out, &m, NULL), YH_OK);
	assert_int_equal(m, sizeof text);
	assert_memory_equal(out, text, m);
	m = sizeof out;
	assert_int_equal(yh_sm2_decrypt(other, box, n, out, &m, NULL), YH_BAD_INPUT);
	for (size_t i = 0; i < n; i++) {
		box[i] ^= 1;
		m = sizeof out;
		assert_int_equal(yh_sm2_decrypt(mine, box, n, out, &m, NULL), YH_BAD_INPUT);
		box[i] ^= 1;
	}
	point[10] ^= 1;
	yh_sm2_free(public);
	assert_int_equal(yh_sm2_of_point(point, &public, NULL), YH_BAD_INPUT);
	yh_sm2_free(mine);
	yh_sm2_free(other);
}

static void a_sealed_text_opens_only_whole_and_in_its_own_place(void **state)
{
	const unsigned char key[YH_SEAL_KEY] = { 1, 2, 3 };
	unsigned char sealed[32 + YH_SEAL_EXTRA], out[32];
	struct yh_sealing s;

	(void)state;
	yh_sealing_init(&s, key);
	assert_int_equal(yh_seal(&s, "a", 1, "0123456789abcdef0123456789abcdef", 32, sealed, NULL),
			 YH_OK);
	assert_int_equal(yh_unseal(&s, "a", 1, sealed, sizeof sealed, out, NULL), YH_OK);
	assert_memory_equal(out, "0123456789abcdef0123456789abcdef", 32);
	assert_int_equal(yh_unseal(&s, "b", 1, sealed, sizeof sealed, out, NULL), YH_INTERNAL);
	assert_int_equal(yh_unseal(&s, "a", 1, sealed, 40, out, NULL), YH_INTERNAL);
	for (size_t i = 0; i < sizeof sealed; i++) {
		sealed[i] ^= 1;
		assert_int_equal(yh_unseal(&s, "a", 1, sealed, sizeof sealed, out, NULL),
				 YH_INTERNAL);
		sealed[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_comes_back_and_a_changed_one_does_not_parse),
		cmocka_unit_test(a_head_comes_back_and_every_change_of_it_changes_the_mark),
		cmocka_unit_test(strange_heads_are_refused),
		cmocka_unit_test(an_answer_holds_for_its_own_question_only),
		cmocka_unit_test(only_the_holder_of_the_private_key_opens_a_box),
		cmocka_unit_test(a_sealed_text_opens_only_whole_and_in_its_own_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
