/* What yunhengd can be told, as one table: its command line, its configuration file and `yunheng
 * config` go by it. */
#ifndef YH_CMD_SETTINGS_H
#define YH_CMD_SETTINGS_H

#include "cmd/args.h"
#include "cmd/world.h"
#include "http/server.h"

struct yh_notify_options {
	const char *smtp_url, *smtp_user, *smtp_password_file, *smtp_ca, *mail_from;
	const char *hook_allow, *hook_ports, *hook_ca, *public_url;
	bool smtp_plain, hook_plain;
	char password[256];
};

enum { YH_SETTINGS_MOST = 64, YH_SETTINGS_FILE_MAX = 65536 };

struct yh_settings {
	struct yh_world_config world;
	struct yh_server_config http;
	struct yh_notify_options notify;
	const char *config, *listen, *port_file, *metrics_token_file, *meter, *web, *clouds,
		*issuers, *link_ca, *backup_dir, *backup_key, *backup_hours, *backup_keep,
		*copy_days, *link_cert, *link_key, *audit_syslog,
		*audit_syslog_ca; /* NULL: not said */
	const char *rate_address, *rate_account, *rate_sign_in, *connections_each,
		*request_deadline;
	bool debug, no_web;
	char *text;                  /* of the file, which the values lie in */
	const char *file;            /* its name, for who is told of faults */
	int lines[YH_SETTINGS_MOST]; /* where each setting stands in it; 0: nowhere */
};

enum yh_setting_kind {
	YH_S_FLAG,     /* true or false in the file; on the command line its name alone */
	YH_S_TEXT,     /* anything */
	YH_S_FOLDER,   /* is there */
	YH_S_FILE,     /* can be read */
	YH_S_NEW_FILE, /* its folder is there */
	YH_S_LISTEN,   /* [ADDRESS:]PORT */
	YH_S_DATABASE, /* postgresql://… */
	YH_S_METER,    /* embedded, http(s)://…, or two of these with a comma */
	YH_S_SMTP,     /* smtp(s)://… */
	YH_S_URL,      /* http(s)://… */
	YH_S_MAIL,     /* NAME@HOST */
	YH_S_RANGES,   /* as yh_guard_init reads them */
	YH_S_PORTS,
	YH_S_COUNT,     /* 1 to 8760 */
	YH_S_RATE,      /* 0 to 1,000,000; 0: none */
	YH_S_CLOUDS,    /* a file that yh_clouds_load reads */
	YH_S_ISSUERS,   /* a file that yh_issuers_open reads */
	YH_S_COLLECTOR, /* of net/collector.h */
};
struct yh_setting {
	const char *name;
	enum yh_setting_kind kind;
	const char **value; /* of all but flags */
	bool *flag;
	bool file;           /* may stand in the file */
	const char *needs;   /* another without which it says nothing; NULL: none */
	const char *zh, *en; /* "" : for tests only, and not told of */
};
/* All of them, in the order in which they are told. */
size_t yh_settings_table(struct yh_settings *s, struct yh_setting out[YH_SETTINGS_MOST]);
/* The same for yh_args_take. */
void yh_settings_options(struct yh_settings *s, struct yh_opt out[YH_SETTINGS_MOST + 1]);

/* Each fault is BAD_INPUT with `field` "FILE:LINE" (or the setting's name when no line says it):
 * "config-unreadable" (detail), "config-line", "config-unknown", "config-twice", "config-value"
 * (wanted), "config-needs" (needs), "config-missing"; all but the first two with the figure name.
 */
typedef void (*yh_setting_fault_fn)(void *arg, const struct yh_err *fault);
/* Reads lines "name = value" over what stands in `s`; blank ones and what follows a # that begins a
 * line or stands behind a blank say nothing. s->text is the caller's to free. Returns the number of
 * faults, each told. `look`: files and folders are looked for, too. */
size_t yh_settings_read(struct yh_settings *s, const char *file, bool look, yh_setting_fault_fn say,
			void *arg);
/* Whether what stands in `s` is what it must be; likewise, and CONFLICT "backup-postgres". `look`:
 * the files of the clouds and issuers, keys and pairs of certificate and key are read, too, with
 * their faults ("tls-file", "tls-key-other" and others). */
size_t yh_settings_check(struct yh_settings *s, bool look, yh_setting_fault_fn say, void *arg);

/* What its value looks like: "DIR", "ADDRESS:PORT", "true|false". */
const char *yh_setting_takes(const struct yh_setting *s);

/* "127.0.0.1:8480"; the address may be left out. False: it is neither. */
bool yh_settings_listen(const char *text, char address[64], uint16_t *port);

#endif
