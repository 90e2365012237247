/* yunheng code: what a device of the second factor shows, for programs and demonstrations. */
#include <stdio.h>
#include <string.h>

#include "base/otp.h"
#include "cmd/args.h"
#include "cmd/cmd.h"

static enum yh_exit run_code(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_code = {
	.name = "code",
	.synopsis = "[--sm3] < KEY",
	.zh = "由标准输入的密钥算出当前动态口令",
	.en = "The one-time code of now, of the key on standard input",
	.details = "--sm3  国产令牌的算法（GM/T 0021） / as domestic tokens have it\n",
	.run = run_code,
};

static enum yh_exit run_code(const struct yh_cmd *self, int argc, char **argv)
{
	bool sm3 = false;
	const char *bad;
	const struct yh_opt options[] = { { "sm3", NULL, &sm3 }, { 0 } };
	enum yh_otp_kind kind;
	unsigned char key[YH_OTP_KEY];
	char line[128], code[YH_OTP_CODE];
	struct yh_err err = { 0 };
	struct yh_clock clock;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 0)
		return yh_cmd_usage(self, n < 0 ? bad : argv[1]);
	kind = sm3 ? YH_OTP_SM3 : YH_OTP_SHA1;
	if (!fgets(line, sizeof line, stdin))
		line[0] = 0;
	line[strcspn(line, "\r\n")] = 0;
	yh_clock_real(&clock);
	if (!yh_otp_key_parse(line, key) ||
	    !yh_otp_code(kind, key, sizeof key, yh_otp_step(kind, yh_clock_now(&clock)), code)) {
		(void)yh_fail(&err, YH_BAD_INPUT, "key-invalid");
		return yh_cmd_fail(&err);
	}
	(void)puts(code);
	return YH_EXIT_OK;
}
