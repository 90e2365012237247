/* What the commands say when they cannot do what was asked. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/time.h"
#include "cmd/cmd.h"

struct sentence {
	const char *slug, *zh, *en;
	enum yh_exit status;
};

/* For what happens offline, where no policy pack with its messages need be at hand. */
static const struct sentence sentences[] = {
	{ "field-key-lost", "密钥文件中没有这把字段密钥；文件在别处时用 --field-key 指明",
	  "this field key is not in the file of keys; where it lies elsewhere, name it by "
	  "--field-key",
	  YH_EXIT_FAILED },
	{ "calendar-unknown", "该年度没有工作日历", "there is no calendar for this year",
	  YH_EXIT_USAGE },
	{ "date-invalid", "日期应写作 YYYY-MM-DD，并且存在", "dates are YYYY-MM-DD and must exist",
	  YH_EXIT_USAGE },
	{ "period-invalid", "期限应写作 5wd、30d、1mo 或 -15wd",
	  "periods are written 5wd, 30d, 1mo or -15wd", YH_EXIT_USAGE },
	{ "period-hours", "以小时计的期限没有到期日", "a period in hours has no due day",
	  YH_EXIT_USAGE },
	{ "day-out-of-range", "超出 1900 年至 2199 年", "outside the years 1900 to 2199",
	  YH_EXIT_USAGE },
	{ "line-invalid", "每行应为：日期 期限", "a line is: date period", YH_EXIT_USAGE },
	{ "calendars-unreadable", "无法读取工作日历目录", "the calendars cannot be read",
	  YH_EXIT_FAILED },
	{ "calendar-invalid", "工作日历有误", "the calendar is wrong", YH_EXIT_FAILED },
	{ "yaml-invalid", "不是合法的 YAML", "not valid YAML", YH_EXIT_FAILED },
	{ "config-unreadable", "无法读取配置文件", "the configuration cannot be read",
	  YH_EXIT_FAILED },
	{ "config-line", "每行应为：名称 = 值", "a line is: name = value", YH_EXIT_FAILED },
	{ "config-unknown", "没有这一项", "there is no such setting", YH_EXIT_FAILED },
	{ "config-twice", "这一项写了两次", "it is set twice", YH_EXIT_FAILED },
	{ "config-value", "值有误", "the value is wrong", YH_EXIT_FAILED },
	{ "config-needs", "还须有另一项", "it needs another setting", YH_EXIT_FAILED },
	{ "proxy-from-missing", "对网络监听，却没有用 proxy-from 写明反向代理的地址：只信本机的",
	  "listens to the network, but proxy-from names no proxy: only this machine's is "
	  "believed" },
	{ "config-missing", "缺少必填的一项", "a setting that is needed is missing",
	  YH_EXIT_FAILED },
	{ "clouds-unreadable", "无法读取云的配置文件", "the file of the clouds cannot be read",
	  YH_EXIT_FAILED },
	{ "cloud-entry", "每朵云一项：代码，下面是 driver 和它的各键",
	  "each entry is a cloud's code with driver and its keys", YH_EXIT_FAILED },
	{ "cloud-driver-unknown", "没有这个驱动", "there is no such driver", YH_EXIT_FAILED },
	{ "cloud-key-missing", "缺少必填的一键", "a key that is needed is missing",
	  YH_EXIT_FAILED },
	{ "cloud-key-unknown", "这个驱动没有这一键", "the driver has no such key", YH_EXIT_FAILED },
	{ "cloud-key-value", "值有误", "the value is wrong", YH_EXIT_FAILED },
	{ "cloud-config", "这朵云的配置不可用", "the cloud's configuration does not work",
	  YH_EXIT_FAILED },
	{ "issuers-unreadable", "无法读取签发方的配置文件",
	  "the file of the issuers cannot be read", YH_EXIT_FAILED },
	{ "issuer-entry", "issuers 下每项一个签发方，名称用小写字母、数字和连字符",
	  "below issuers each entry is an issuer, named with small letters, digits and hyphens",
	  YH_EXIT_FAILED },
	{ "issuer-key-missing", "缺少必填的一键", "a key that is needed is missing",
	  YH_EXIT_FAILED },
	{ "issuer-key-unknown", "签发方没有这一键", "an issuer has no such key", YH_EXIT_FAILED },
	{ "issuer-key-value", "值有误", "the value is wrong", YH_EXIT_FAILED },
	{ "file-exists", "文件已存在，不会覆盖", "the file is there already and is not overwritten",
	  YH_EXIT_FAILED },
	{ "passphrase-short", "密钥口令过短", "the passphrase is too short", YH_EXIT_USAGE },
	{ "pledge-invalid", "不是承诺书，或内容不全", "no pledge, or not whole", YH_EXIT_FAILED },
	{ "pledge-seal-other-key", "不是由该平台签章的", "not sealed by this platform",
	  YH_EXIT_FAILED },
	{ "pledge-seal-broken", "平台签章与内容不符",
	  "the platform's seal does not fit what it says", YH_EXIT_FAILED },
	{ "pledge-key-invalid", "签署公钥与其编号不符", "the officer's key does not fit its id",
	  YH_EXIT_FAILED },
	{ "pledge-unsigned", "尚未签署", "not signed", YH_EXIT_FAILED },
	{ "pledge-signature-broken", "签署与内容不符", "the signature does not fit what it says",
	  YH_EXIT_FAILED },
	{ "pledge-key-other", "是为另一把密钥拟出的", "drawn up for another key", YH_EXIT_FAILED },
	{ "file-too-large", "文件过大", "the file is too large", YH_EXIT_FAILED },
	{ "sealed-invalid", "不是平台签章的文件，或内容不全",
	  "no file under the platform's seal, or not whole", YH_EXIT_FAILED },
	{ "sealed-other-key", "不是由该平台签章的", "not sealed by this platform", YH_EXIT_FAILED },
	{ "sealed-broken", "签章与内容不符", "the seal does not fit what it says", YH_EXIT_FAILED },
	{ "archive-invalid", "不是归档包", "no archive", YH_EXIT_FAILED },
	{ "archive-missing", "归档包缺少一件", "a piece of the archive is missing",
	  YH_EXIT_FAILED },
	{ "archive-changed", "归档包的一件被改动", "a piece of the archive was changed",
	  YH_EXIT_FAILED },
	{ "archive-added", "归档包多出一件", "a piece of the archive was added", YH_EXIT_FAILED },
	{ "archive-chain", "审计记录与审计链不符", "a record does not fit the audit chain",
	  YH_EXIT_FAILED },
	{ "backup-postgres", "外部 PostgreSQL 请用它自己的工具备份（pg_dump，或连续归档到时间点）",
	  "back an outer PostgreSQL up with its own tools: pg_dump, or archiving for a point in "
	  "time",
	  YH_EXIT_FAILED },
	{ "backup-running", "另一次备份正在进行", "another backup is being made", YH_EXIT_FAILED },
	{ "backup-io", "备份文件读写失败", "a file of the backup cannot be read or written",
	  YH_EXIT_FAILED },
	{ "backup-invalid", "不是备份，或内容不全", "no backup, or not whole", YH_EXIT_FAILED },
	{ "backup-signature", "备份清单的签名不符", "the signature does not fit the manifest",
	  YH_EXIT_FAILED },
	{ "backup-signer-other", "备份是由另一把密钥签名的", "the backup was signed by another key",
	  YH_EXIT_FAILED },
	{ "backup-missing", "备份缺少一个文件", "a file of the backup is missing", YH_EXIT_FAILED },
	{ "backup-added", "备份多出一个文件", "a file was added to the backup", YH_EXIT_FAILED },
	{ "backup-changed", "备份的一个文件被改动", "a file of the backup was changed",
	  YH_EXIT_FAILED },
	{ "backup-key-other", "这把密钥打不开备份里的密钥",
	  "this key does not open the keys in the backup", YH_EXIT_FAILED },
	{ "backup-keys-needed", "还须有密钥：--key，或 --keys 另存的密钥目录",
	  "keys are needed: --key, or --keys with a folder that has them", YH_EXIT_FAILED },
	{ "backup-record-broken", "恢复出的审计链不完好", "the audit chain restored is not intact",
	  YH_EXIT_FAILED },
	{ "restore-not-empty", "只能恢复到不存在或空的目录",
	  "only a folder that is not there or is empty can be restored into", YH_EXIT_FAILED },
	{ "server-unreachable",
	  "连不上服务器；地址不是 http://127.0.0.1:8480 的，用 YUNHENG_SERVER 指明",
	  "the server cannot be reached; name its address by YUNHENG_SERVER", YH_EXIT_FAILED },
	{ "key-invalid", "不是 SM2 密钥，或口令不对", "no SM2 key, or another passphrase",
	  YH_EXIT_FAILED },
	{ "tls-file", "不是 PEM 格式的证书或私钥", "no certificate, or no private key, in PEM",
	  YH_EXIT_FAILED },
	{ "tls-key-other", "私钥与证书不配", "the key is not that of the certificate",
	  YH_EXIT_FAILED },
	{ "passphrase-differs", "两次输入的口令不同", "not the same passphrase twice",
	  YH_EXIT_USAGE },
	{ "file-unreadable", "无法读取文件", "the file cannot be read", YH_EXIT_FAILED },
	{ "file-unwritable", "无法写入文件", "the file cannot be written", YH_EXIT_FAILED },
	{ "store-locked", "数据目录正被另一个程序使用", "another program has the data directory",
	  YH_EXIT_FAILED },
	{ "out-of-memory", "内存不足", "out of memory", YH_EXIT_FAILED },
};

static void say_figure(const struct yh_fig *f)
{
	char day[YH_DAY_TEXT], number[YH_SCALED_TEXT];

	switch (f->kind) {
	case YH_FIG_INT:
		(void)fprintf(stderr, " %s=%lld", f->name, (long long)f->num);
		break;
	case YH_FIG_MILLI:
		(void)fprintf(stderr, " %s=%s", f->name, yh_scaled_text(f->num, 3, number));
		break;
	case YH_FIG_DAY:
		(void)fprintf(stderr, " %s=%s", f->name, yh_day_text((yh_day)f->num, day));
		break;
	case YH_FIG_TEXT:
	case YH_FIG_PERIOD:
		(void)fprintf(stderr, " %s=\"%s\"", f->name, f->text);
		break;
	}
}

enum yh_exit yh_cmd_fail(const struct yh_err *err)
{
	const struct sentence *s = NULL;

	for (size_t i = 0; i < YH_LEN(sentences) && !s; i++)
		if (strcmp(sentences[i].slug, err->slug) == 0)
			s = &sentences[i];
	(void)fprintf(stderr, "yunheng: %s", err->slug);
	if (s)
		(void)fprintf(stderr, ": %s / %s", s->zh, s->en);
	if (err->field[0])
		(void)fprintf(stderr, " [%s]", err->field);
	for (uint32_t i = 0; i < err->n_figs; i++)
		say_figure(&err->figs[i]);
	(void)fputc('\n', stderr);
	return s ? s->status : YH_EXIT_FAILED;
}

enum yh_exit yh_cmd_usage(const struct yh_cmd *cmd, const char *wrong)
{
	if (wrong)
		(void)fprintf(stderr, "yunheng %s: 参数有误 / not understood: %s\n", cmd->name,
			      wrong);
	(void)fprintf(stderr, "用法 / usage: yunheng %s %s\n", cmd->name, cmd->synopsis);
	return YH_EXIT_USAGE;
}
