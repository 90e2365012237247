/* What yunhengd can be told, and whether it makes sense. */
#include "cmd/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/ring.h"
#include "clouds/clouds.h"
#include "http/tls.h"
#include "net/collector.h"
#include "net/guard.h"
#include "services/issuer/issuer.h"

/* Longer than 70 lines: one table, in the order in which it is told. */
size_t yh_settings_table(struct yh_settings *s, struct yh_setting out[YH_SETTINGS_MOST])
{
	struct yh_notify_options *n = &s->notify;
	const struct yh_setting table[] = {
		{ "config", YH_S_FILE, &s->config, NULL, false, NULL, "配置文件",
		  "The configuration file" },
		{ "data", YH_S_FOLDER, &s->world.data, NULL, true, NULL, "数据目录（必填）",
		  "The data directory, needed" },
		{ "field-key", YH_S_FILE, &s->world.field_key, NULL, true, NULL,
		  "加密字段的密钥文件，不在数据目录内；默认为数据目录旁的 <数据目录>.key",
		  "The keys of sealed fields, outside of the data directory; else DATA.key beside "
		  "it" },
		{ "database", YH_S_DATABASE, &s->world.database, NULL, true, NULL,
		  "外部 PostgreSQL；不给则用内嵌库", "An outer PostgreSQL; else embedded" },
		{ "listen", YH_S_LISTEN, &s->listen, NULL, true, NULL,
		  "监听地址和端口，默认 127.0.0.1:8480；端口 0 表示任选",
		  "Where to listen; 127.0.0.1:8480. Port 0: any" },
		{ "port-file", YH_S_NEW_FILE, &s->port_file, NULL, true, NULL,
		  "把实际端口写入此文件", "A file that the actual port is written to" },
		{ "tls-cert", YH_S_FILE, &s->http.tls_cert, NULL, true, "tls-key",
		  "服务器自己的 TLS 证书链（PEM）；文件更换后自动生效",
		  "The server's own certificate chain (PEM); a new file is taken up by itself" },
		{ "tls-key", YH_S_FILE, &s->http.tls_key, NULL, true, "tls-cert",
		  "证书的私钥（PEM）", "Its private key (PEM)" },
		{ "tls-client-ca", YH_S_FILE, &s->http.tls_client_ca, NULL, true, "tls-cert",
		  "各区平台的客户端证书由它签发（PEM）；给出后，区级链路须出示证书",
		  "Who makes the districts' certificates (PEM); with it their link must show one" },
		{ "plain-sign-in", YH_S_FLAG, NULL, &s->http.plain_sign_in, true, NULL,
		  "允许从网络上不加密登录；仅限已另行加密的网络",
		  "Admit passwords in clear over the network: only where it is encrypted "
		  "otherwise" },
		{ "admin-from", YH_S_RANGES, &s->http.admin_from, NULL, true, NULL,
		  "管理员（系统、安全、审计）只能从这些网段操作；不给则不限",
		  "Administrators act from these ranges only; else from anywhere" },
		{ "rate-address", YH_S_RATE, &s->rate_address, NULL, true, NULL,
		  "每个地址每分钟的请求数，默认 6000；0 不限",
		  "Requests of an address in a minute; 6000. 0: no limit" },
		{ "rate-account", YH_S_RATE, &s->rate_account, NULL, true, NULL,
		  "每个账户每分钟的请求数，默认 1800；0 不限",
		  "Requests of an account in a minute; 1800. 0: no limit" },
		{ "rate-sign-in", YH_S_RATE, &s->rate_sign_in, NULL, true, NULL,
		  "每个地址每分钟登录失败的次数，默认 30；0 不限",
		  "Failed sign-ins from an address in a minute; 30. 0: no limit" },
		{ "rate-local", YH_S_FLAG, NULL, &s->http.rate_local, true, NULL,
		  "对本机（127.0.0.1）也限制", "Limits hold for this machine, too" },
		{ "connections-each", YH_S_COUNT, &s->connections_each, NULL, true, NULL,
		  "每个地址同时的连接数，默认 512", "Connections of an address at a time; 512" },
		{ "request-deadline", YH_S_COUNT, &s->request_deadline, NULL, true, NULL,
		  "接收、办理、发送一个请求各限多少秒，默认 30",
		  "Seconds for receiving, for doing and for answering a request, each; 30" },
		{ "secure-cookie", YH_S_FLAG, NULL, &s->http.secure_cookie, true, NULL,
		  "前面有 TLS 时必须打开", "To be set behind TLS" },
		{ "trust-proxy", YH_S_FLAG, NULL, &s->http.trust_proxy, true, NULL,
		  "取 X-Forwarded-For 最后一个地址作为来源",
		  "The client is the last address in X-Forwarded-For" },
		{ "proxy-from", YH_S_RANGES, &s->http.proxy_from, NULL, true, "trust-proxy",
		  "反向代理的地址；默认只信本机的",
		  "Where the proxy that is believed is; else on this machine" },
		{ "metrics-token-file", YH_S_FILE, &s->metrics_token_file, NULL, true, NULL,
		  "凭文件中的令牌可从别处读 /metrics",
		  "Who has the token in this file reads /metrics from elsewhere" },
		{ "meter", YH_S_METER, &s->meter, NULL, true, NULL,
		  "用量库：embedded，或外部 Prometheus 兼容库的地址",
		  "Samples: embedded, or a Prometheus-compatible store's address" },
		{ "smtp-url", YH_S_SMTP, &n->smtp_url, NULL, true, "mail-from", "寄邮件的服务器",
		  "The server that mail goes to" },
		{ "mail-from", YH_S_MAIL, &n->mail_from, NULL, true, "smtp-url", "发件地址",
		  "The sender of mail" },
		{ "smtp-user", YH_S_TEXT, &n->smtp_user, NULL, true, "smtp-password-file",
		  "邮件服务器的登录名", "The login at the mail server" },
		{ "smtp-password-file", YH_S_FILE, &n->smtp_password_file, NULL, true, "smtp-user",
		  "登录密码（文件的第一行）", "Its password, the first line of this file" },
		{ "smtp-ca", YH_S_FILE, &n->smtp_ca, NULL, true, "smtp-url",
		  "除系统证书外还信任的证书（PEM）", "Certificates to trust besides" },
		{ "smtp-plain", YH_S_FLAG, NULL, &n->smtp_plain, true, "smtp-url", "允许不加密",
		  "Admit mail without encryption" },
		{ "hook-allow", YH_S_RANGES, &n->hook_allow, NULL, true, NULL,
		  "webhook 还可以发往的网段", "Inner networks that webhooks may go to" },
		{ "hook-ports", YH_S_PORTS, &n->hook_ports, NULL, true, NULL,
		  "webhook 可用的端口，默认 443,8443", "Ports that webhooks may use" },
		{ "hook-ca", YH_S_FILE, &n->hook_ca, NULL, true, NULL,
		  "webhook 除系统证书外还信任的证书（PEM）", "Certificates to trust besides" },
		{ "hook-plain", YH_S_FLAG, NULL, &n->hook_plain, true, NULL, "webhook 也可用 http",
		  "Webhooks may use http" },
		{ "link-ca", YH_S_FILE, &s->link_ca, NULL, true, NULL,
		  "与市平台配对时除系统证书外还信任的证书（PEM）",
		  "Certificates to trust besides, of the city's server" },
		{ "link-cert", YH_S_FILE, &s->link_cert, NULL, true, "link-key",
		  "与市平台连接时出示的客户端证书（PEM）",
		  "The certificate shown to the city's server (PEM)" },
		{ "link-key", YH_S_FILE, &s->link_key, NULL, true, "link-cert", "其私钥（PEM）",
		  "Its private key (PEM)" },
		{ "public-url", YH_S_URL, &n->public_url, NULL, true, NULL, "云衡对外的地址",
		  "Yunheng's own address, as others see it" },
		{ "web", YH_S_FOLDER, &s->web, NULL, true, NULL, "控制台的目录；默认随程序安装的",
		  "The console's folder; else the installed one" },
		{ "no-web", YH_S_FLAG, NULL, &s->no_web, true, NULL, "不提供控制台，只有接口",
		  "Serve no console, the API alone" },
		{ "clouds", YH_S_CLOUDS, &s->clouds, NULL, true, NULL,
		  "云由什么交付：各云的驱动（YAML）；没写的云由人工交付",
		  "What fulfils on which cloud (YAML); a cloud left out: people" },
		{ "issuers", YH_S_ISSUERS, &s->issuers, NULL, true, "public-url",
		  "统一身份认证（OpenID Connect）的签发方（YAML）",
		  "Issuers that people sign in through, by OpenID Connect (YAML)" },
		{ "backup-dir", YH_S_FOLDER, &s->backup_dir, NULL, true, NULL,
		  "备份放在这个目录（不在数据目录内）；不给则不备份",
		  "Backups go into this folder, outside of the data directory; else none" },
		{ "backup-key", YH_S_FILE, &s->backup_key, NULL, true, "backup-dir",
		  "为哪把公钥（PEM）密封服务器的密钥；不给则备份里没有密钥",
		  "The public key that the server's keys are boxed for; else they are left out" },
		{ "backup-hours", YH_S_COUNT, &s->backup_hours, NULL, true, "backup-dir",
		  "每隔多少小时备份，默认 24", "Hours between backups; 24" },
		{ "backup-keep", YH_S_COUNT, &s->backup_keep, NULL, true, "backup-dir",
		  "保留最近几份备份，默认 7", "Backups that are kept; 7" },
		{ "upgrade-copy-days", YH_S_COUNT, &s->copy_days, NULL, true, "backup-dir",
		  "升级前自动留的副本保留多少天，之后有核验过的备份即删除，默认 30",
		  "Days that the copy an upgrade left is kept, until a backup is verified; 30" },
		{ "audit-syslog", YH_S_COLLECTOR, &s->audit_syslog, NULL, true, NULL,
		  "审计记录逐条发往（RFC 5424）：udp://、tcp://、tls:// 加主机:端口，或 unix:/、"
		  "file:/ 加路径",
		  "Where every record of the audit goes (RFC 5424): udp://, tcp:// or tls:// "
		  "HOST:PORT, unix:/PATH or file:/PATH" },
		{ "audit-syslog-ca", YH_S_FILE, &s->audit_syslog_ca, NULL, true, "audit-syslog",
		  "tls:// 除系统证书外还信任的证书（PEM）",
		  "Certificates to trust besides, with tls://" },
		{ "debug", YH_S_FLAG, NULL, &s->debug, true, NULL, "记录每个请求",
		  "Log every request" },
		{ "unsafe-no-sync", YH_S_FLAG, NULL, &s->world.no_sync, false, NULL, "", "" },
	};

	memcpy(out, table, sizeof table);
	return YH_LEN(table);
}

void yh_settings_options(struct yh_settings *s, struct yh_opt out[YH_SETTINGS_MOST + 1])
{
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(s, table);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct yh_opt){ table[i].name, table[i].value, table[i].flag };
	out[n] = (struct yh_opt){ 0 };
}

bool yh_settings_listen(const char *text, char address[64], uint16_t *port)
{
	const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
	char *end;
	long n = strtol(digits, &end, 10);

	if (colon && (size_t)(colon - text) >= 64)
		return false;
	if (!*digits || *end || n < 0 || n > 65535)
		return false;
	(void)snprintf(address, 64, "%.*s", colon ? (int)(colon - text) : 9,
		       colon ? text : "127.0.0.1");
	*port = (uint16_t)n;
	return true;
}

static bool begins(const char *text, const char *one, const char *other)
{
	return strncmp(text, one, strlen(one)) == 0 || strncmp(text, other, strlen(other)) == 0;
}

static bool is_meter(const char *v)
{
	const char *comma = strchr(v, ',');

	return strcmp(v, "embedded") == 0 || (begins(v, "http://", "https://") &&
					      (!comma || begins(comma + 1, "http://", "https://")));
}

static bool is_mail(const char *v)
{
	const char *at = strchr(v, '@');

	return at && at > v && at[1] && !strchr(at + 1, '@') && !strpbrk(v, " \t<>,;");
}

static bool is_count(const char *v)
{
	char *end;
	long n = strtol(v, &end, 10);

	return *v >= '0' && *v <= '9' && !*end && n >= 1 && n <= 8760;
}

static bool is_rate(const char *v)
{
	size_t n = strlen(v);

	return n > 0 && n <= 7 && strspn(v, "0123456789") == n && atol(v) <= 1000000;
}

static bool has_folder(const char *path)
{
	YH_FREE_AUTO char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	struct stat st;

	if (slash)
		slash[slash == folder] = 0;
	return stat(slash ? folder : ".", &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_guard(const char *allow, const char *ports)
{
	struct yh_guard g;

	return yh_guard_init(&g, allow, ports, false, NULL) == YH_OK;
}

/* NULL: it is as it must be; else what it must be. */
static const char *wanted(enum yh_setting_kind kind, const char *v, bool look)
{
	char address[64];
	uint16_t port;
	struct stat st;

	switch (kind) {
	case YH_S_FLAG:
		return strcmp(v, "true") == 0 || strcmp(v, "false") == 0 ? NULL : "true|false";
	case YH_S_TEXT:
		return *v ? NULL : "TEXT";
	case YH_S_FOLDER:
		return *v && (!look || (stat(v, &st) == 0 && S_ISDIR(st.st_mode))) ? NULL : "DIR";
	case YH_S_FILE:
	case YH_S_CLOUDS:
	case YH_S_ISSUERS:
		return *v && (!look || access(v, R_OK) == 0) ? NULL : "FILE";
	case YH_S_COUNT:
		return is_count(v) ? NULL : "1..8760";
	case YH_S_RATE:
		return is_rate(v) ? NULL : "0..1000000";
	case YH_S_NEW_FILE:
		return *v && (!look || has_folder(v)) ? NULL : "FILE";
	case YH_S_LISTEN:
		return yh_settings_listen(v, address, &port) ? NULL : "ADDRESS:PORT";
	case YH_S_DATABASE:
		return begins(v, "postgresql://", "postgres://") ? NULL : "postgresql://…";
	case YH_S_METER:
		return is_meter(v) ? NULL : "embedded|http://…";
	case YH_S_SMTP:
		return begins(v, "smtp://", "smtps://") ? NULL : "smtp://…|smtps://…";
	case YH_S_URL:
		return begins(v, "http://", "https://") ? NULL : "https://…";
	case YH_S_MAIL:
		return is_mail(v) ? NULL : "NAME@HOST";
	case YH_S_COLLECTOR:
		return yh_collector_is(v) ? NULL : "tls://HOST:PORT|unix:/PATH|…";
	case YH_S_RANGES:
		return is_guard(v, NULL) ? NULL : "10.8.0.0/16,…";
	case YH_S_PORTS:
		return is_guard(NULL, v) ? NULL : "443,8443";
	}
	return NULL;
}

const char *yh_setting_takes(const struct yh_setting *s)
{
	const char *takes = wanted(s->kind, "", false);

	return takes ? takes : "VALUE";
}

/* Who hears of faults, and how many there were. */
struct faults {
	yh_setting_fault_fn say;
	void *arg;
	size_t n;
};

static void tell(struct faults *f, struct yh_err *err, const char *name, const char *key,
		 const char *value)
{
	if (name)
		yh_err_text(err, "name", name);
	if (key)
		yh_err_text(err, key, value);
	f->n++;
	f->say(f->arg, err);
}

static void tell_value(struct faults *f, const char *place, const char *name, const char *wants)
{
	struct yh_err err = { 0 };

	(void)yh_fail_field(&err, YH_BAD_INPUT, "config-value", place);
	tell(f, &err, name, "wanted", wants);
}

/* Cuts blanks off both ends. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (*text == ' ' || *text == '\t')
		text++;
	while (end > text && strchr(" \t\r", end[-1]))
		*--end = 0;
	return text;
}

/* What a line says behind a blank and a "#" is a remark. */
static void cut_remark(char *line)
{
	for (char *at = strchr(line, '#'); at; at = strchr(at + 1, '#'))
		if (at == line || at[-1] == ' ' || at[-1] == '\t') {
			*at = 0;
			return;
		}
}

static void take(struct faults *f, const struct yh_setting *s, const char *place, const char *value,
		 bool look)
{
	const char *wants = wanted(s->kind, value, look);

	if (wants)
		tell_value(f, place, s->name, wants);
	else if (s->flag)
		*s->flag = strcmp(value, "true") == 0;
	else
		*s->value = value;
}

/* One line, without its end. */
static void read_line(struct faults *f, const struct yh_setting *table, size_t n, int *seen,
		      int number, const char *place, char *line, bool look)
{
	char *name, *equals;
	struct yh_err err = { 0 };
	size_t i = 0;

	cut_remark(line);
	name = trim(line);
	equals = strchr(name, '=');
	if (!*name)
		return;
	if (!equals) {
		(void)yh_fail_field(&err, YH_BAD_INPUT, "config-line", place);
		tell(f, &err, NULL, NULL, NULL);
		return;
	}
	*equals = 0;
	name = trim(name);
	while (i < n && (strcmp(table[i].name, name) != 0 || !table[i].file))
		i++;
	if (i == n) {
		(void)yh_fail_field(&err, YH_BAD_INPUT, "config-unknown", place);
		tell(f, &err, name, NULL, NULL);
	} else if (seen[i]) {
		(void)yh_fail_field(&err, YH_BAD_INPUT, "config-twice", place);
		tell(f, &err, name, NULL, NULL);
	} else {
		seen[i] = number;
		take(f, &table[i], place, trim(equals + 1), look);
	}
}

static char *read_file(const char *file, const char **why)
{
	YH_FCLOSE_AUTO FILE *in = fopen(file, "re");
	char *text = in ? calloc(1, YH_SETTINGS_FILE_MAX + 1) : NULL;
	size_t n = text ? fread(text, 1, YH_SETTINGS_FILE_MAX + 1, in) : 0;

	*why = NULL;
	if (!text || ferror(in))
		*why = strerror(errno);
	else if (n > YH_SETTINGS_FILE_MAX)
		*why = "too large";
	else if (strlen(text) != n)
		*why = "not a text";
	if (!*why)
		return text;
	free(text);
	return NULL;
}

size_t yh_settings_read(struct yh_settings *s, const char *file, bool look, yh_setting_fault_fn say,
			void *arg)
{
	struct faults f = { say, arg, 0 };
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(s, table);
	struct yh_err err = { 0 };
	char place[200], *line, *rest;
	const char *why;
	int number = 0;

	s->file = file;
	s->text = rest = read_file(file, &why);
	if (!s->text) {
		(void)yh_fail_field(&err, YH_BAD_INPUT, "config-unreadable", file);
		tell(&f, &err, NULL, "detail", why);
	}
	while (rest && (line = strsep(&rest, "\n"))) {
		(void)snprintf(place, sizeof place, "%.180s:%d", file, ++number);
		read_line(&f, table, n, s->lines, number, place, line, look);
	}
	return f.n;
}

static bool is_said(const struct yh_setting *s)
{
	return s->flag ? *s->flag : *s->value != NULL;
}

/* Where the setting stands: its line, or its name when it came otherwise. */
static const char *place_of(const struct yh_settings *s, size_t i, const char *name, char out[200])
{
	if (!s->lines[i])
		return name;
	(void)snprintf(out, 200, "%.180s:%d", s->file, s->lines[i]);
	return out;
}

/* Settings that each are as they must be, and not together. */
static void check_together(struct faults *f, const struct yh_settings *s,
			   const struct yh_setting *table, size_t n)
{
	char place[200];

	for (size_t i = 0; i < n; i++) {
		const struct yh_setting *at = &table[i];
		struct yh_err err = { 0 };

		for (size_t k = 0; is_said(at) && at->needs && k < n; k++) {
			if (strcmp(table[k].name, at->needs) != 0 || is_said(&table[k]))
				continue;
			(void)yh_fail_field(&err, YH_BAD_INPUT, "config-needs",
					    place_of(s, i, at->name, place));
			tell(f, &err, at->name, "needs", at->needs);
		}
		if (!s->world.database || !s->backup_dir || strcmp(at->name, "backup-dir") != 0)
			continue;
		(void)yh_fail_field(&err, YH_CONFLICT, "backup-postgres",
				    place_of(s, i, at->name, place));
		tell(f, &err, at->name, NULL, NULL);
	}
}

/* A file that the settings name holds entries of its own. */
static void check_clouds(struct faults *f, const char *file)
{
	struct yh_err err = { 0 };
	struct yh_clouds *clouds;

	if (yh_clouds_load(file, NULL, 0, &clouds, &err) != YH_OK)
		tell(f, &err, NULL, NULL, NULL);
	else
		yh_clouds_free(clouds);
}

/* Whose keys lie with the data protects nothing. */
static void check_field_key(struct faults *f, const struct yh_settings *s)
{
	struct yh_err err = { 0 };
	struct yh_ring *ring = NULL;

	if (yh_ring_load(s->world.field_key, &ring, &err) != YH_OK ||
	    yh_ring_outside(s->world.field_key, s->world.data, &err) != YH_OK)
		tell(f, &err, NULL, NULL, NULL);
	yh_ring_free(ring);
}

/* A pair that does not fit would end the server at its start. */
static void check_pair(struct faults *f, const char *cert, const char *key, const char *ca)
{
	struct yh_err err = { 0 };
	struct yh_tls *tls = NULL;

	if (!cert || !key)
		return;
	if (yh_tls_open(cert, key, ca, &tls, &err) != YH_OK)
		tell(f, &err, NULL, NULL, NULL);
	else
		yh_tls_close(tls);
}

static void check_backup_key(struct faults *f, const char *path)
{
	YH_FCLOSE_AUTO FILE *in = fopen(path, "re");
	char pem[8192];
	size_t n = in ? fread(pem, 1, sizeof pem - 1, in) : 0;
	struct yh_err err = { 0 };
	struct yh_sm2 *key = NULL;

	pem[n] = 0;
	if (yh_sm2_load_pem(pem, &key, &err) != YH_OK)
		tell_value(f, "backup-key", "backup-key", "SM2 PUBLIC KEY");
	yh_sm2_free(key);
}

static void check_issuers(struct faults *f, const struct yh_settings *s)
{
	struct yh_err err = { 0 };
	struct yh_issuers *issuers;

	if (yh_issuers_open(s->issuers, s->notify.public_url, &issuers, &err) != YH_OK)
		tell(f, &err, NULL, NULL, NULL);
	else
		yh_issuers_close(issuers);
}

size_t yh_settings_check(struct yh_settings *s, bool look, yh_setting_fault_fn say, void *arg)
{
	struct faults f = { say, arg, 0 };
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(s, table);

	for (size_t i = 0; i < n; i++) {
		const char *wants = table[i].value && *table[i].value
					    ? wanted(table[i].kind, *table[i].value, look)
					    : NULL;

		if (wants)
			tell_value(&f, table[i].name, table[i].name, wants);
	}
	check_together(&f, s, table, n);
	if (look && s->world.field_key && s->world.data && f.n == 0)
		check_field_key(&f, s);
	if (look && s->clouds && f.n == 0)
		check_clouds(&f, s->clouds);
	if (look && f.n == 0) {
		check_pair(&f, s->http.tls_cert, s->http.tls_key, s->http.tls_client_ca);
		check_pair(&f, s->link_cert, s->link_key, NULL);
		if (s->backup_key)
			check_backup_key(&f, s->backup_key);
	}
	if (look && s->issuers && f.n == 0)
		check_issuers(&f, s);
	if (!s->world.data) {
		struct yh_err err = { 0 };

		(void)yh_fail_field(&err, YH_BAD_INPUT, "config-missing", "data");
		tell(&f, &err, "data", NULL, NULL);
	}
	return f.n;
}
