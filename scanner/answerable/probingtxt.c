#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "outfile.h"
#include "str.h"
#include "xalloc.h"
#include "probingtxt.h"

#define WORD_MAX 300            /* bytes of one word of a setting */
#define TEMPLATE_MAX (1u << 20) /* bytes */

/* --- the fields of probing.txt */

static bool is_plain(const char *text)
{
	for (; *text > ' ' && *text < 0x7f; text++)
		continue;
	return *text == '\0';
}

/* RFC 6068 section 2: what is special in a URI is escaped. */
static void add_mail(struct buf *out, const char *mail)
{
	buf_add_string(out, "mailto:");
	for (; *mail != '\0'; mail++) {
		bool safe = (*mail >= 'a' && *mail <= 'z') ||
			    (*mail >= 'A' && *mail <= 'Z') ||
			    (*mail >= '0' && *mail <= '9') ||
			    strchr("-._~!$'*+@", *mail) != NULL;

		if (safe)
			buf_add_char(out, *mail);
		else
			buf_printf(out, "%%%02X", (unsigned char)*mail);
	}
}

static bool is_mail(const char *text)
{
	const char *at = strchr(text, '@');

	return is_plain(text) && at != NULL && at != text && at[1] != '\0' &&
	       strchr(at + 1, '@') == NULL && strchr(text, ':') == NULL;
}

/* RFC 3966: a global number with visual separators. */
static bool is_phone(const char *text)
{
	return text[0] == '+' && text[1] >= '0' && text[1] <= '9' &&
	       strspn(text + 1, "0123456789-.() ") == strlen(text + 1);
}

static int add_contact(struct buf *out, const char *word)
{
	buf_add_string(out, "Contact: ");
	if (is_mail(word)) {
		add_mail(out, word);
	} else if (is_phone(word)) {
		buf_add_string(out, "tel:");
		for (; *word != '\0'; word++)
			if (*word != ' ')
				buf_add_char(out, *word);
	} else if (is_plain(word) && ((str_starts(word, "mailto:") &&
				       is_mail(word + strlen("mailto:"))) ||
				      (str_starts(word, "https://") &&
				       word[strlen("https://")] != '\0') ||
				      (str_starts(word, "tel:+") &&
				       is_phone(word + strlen("tel:"))))) {
		buf_add_string(out, word);
	} else {
		log_error("who.contact: '%s' is no contact that RFC 9116 knows",
			  word);
		log_hint("write a mail address, https://, or a telephone "
			 "number from + on; several with commas");
		return -1;
	}
	buf_add_char(out, '\n');
	return 0;
}

static int add_contacts(const struct config *config, struct buf *out)
{
	char word[WORD_MAX];

	for (int i = 0;
	     config_list(config, "who.contact", i, word, sizeof(word)); i++)
		if (add_contact(out, word) < 0)
			return -1;
	return 0;
}

/* The well-known place on the host of who.url, unless the setting names
 * others: it must be where the reverse names of the senders lead. */
static int add_canonical(const struct config *config, struct buf *out)
{
	const char *host = strstr(config_text(config, "who.url"), "://");
	char word[WORD_MAX];
	int i;

	for (i = 0; config_list(config, "who.canonical", i, word, sizeof(word));
	     i++) {
		if (!str_starts(word, "https://") || !is_plain(word)) {
			log_error("who.canonical: '%s' is not an https URL",
				  word);
			log_hint("RFC 9116 section 2.5.2 wants https, such as "
				 "https://probe.example"
				 "/.well-known/probing.txt");
			return -1;
		}
		buf_printf(out, "Canonical: %s\n", word);
	}
	if (i > 0)
		return 0;
	if (host == NULL || strcspn(host + 3, "/?#") == 0) {
		log_error("who.url names no host");
		return -1;
	}
	host += 3;
	buf_printf(out, "Canonical: https://%.*s/.well-known/probing.txt\n",
		   (int)strcspn(host, "/?#"), host);
	return 0;
}

static bool is_language(const char *tag)
{
	size_t len = strspn(tag, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len >= 2 && len <= 8 && (tag[len] == '\0' || tag[len] == '-') &&
	       strspn(tag,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		      "0123456789-") == strlen(tag) &&
	       tag[strlen(tag) - 1] != '-';
}

static int add_languages(const struct config *config, struct buf *out)
{
	char word[WORD_MAX];

	buf_add_string(out, "Preferred-Languages: ");
	for (int i = 0;
	     config_list(config, "who.languages", i, word, sizeof(word)); i++) {
		if (!is_language(word)) {
			log_error("who.languages: '%s' is not a language tag",
				  word);
			log_hint("such as en,ja");
			return -1;
		}
		buf_printf(out, "%s%s", i > 0 ? ", " : "", word);
	}
	buf_add_char(out, '\n');
	return 0;
}

/* One line, whatever the setting holds. */
static void add_description(const struct config *config, struct buf *out)
{
	const char *text = config_text(config, "who.description");
	char *line =
	    *text != '\0'
		? xalloc_string(text)
		: xalloc_printf("%s asks addresses that scanned its sensors "
				"what they are: read-only, no log-in, slowly. "
				"See %s",
				config_text(config, "who.organisation"),
				config_text(config, "who.url"));

	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	buf_printf(out, "Description: %s\n", line);
	free(line);
}

int probingtxt_write(const struct config *config, struct buf *out)
{
	if (add_canonical(config, out) < 0 || add_contacts(config, out) < 0)
		return -1;
	/* who.expires is the last day on which all this is right. */
	buf_printf(out, "Expires: %.10sT23:59:59Z\n",
		   config_text(config, "who.expires"));
	if (*config_text(config, "who.languages") != '\0' &&
	    add_languages(config, out) < 0)
		return -1;
	add_description(config, out);
	return 0;
}

/* --- the page */

static int add_ports(const struct config *config, const struct ports *ports,
		     struct buf *out)
{
	static const char *const sends[] = {
	    [PORT_SEND_NOTHING] = "-",
	    [PORT_SEND_HTTP] = "HTTP GET /",
	    [PORT_SEND_TLS] = "TLS, HTTP GET /",
	    [PORT_SEND_RTSP] = "RTSP OPTIONS",
	    [PORT_SEND_SSH] = "SSH KEXINIT",
	    [PORT_SEND_PPTP] = "PPTP start request",
	    [PORT_SEND_TELNET_REFUSALS] = "telnet DONT/WONT",
	};
	uint16_t *list = NULL;
	size_t count;

	if (ports_select(ports, config_text(config, "scope.ports"), &list,
			 &count) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct port *p = ports_find(ports, list[i]);

		buf_printf(out, "<tr><th scope=\"row\">%u</th><td>", p->number);
		str_add_html(out, p->service, strlen(p->service));
		buf_printf(out, "</td><td>%s</td><td lang=\"en\">",
			   sends[p->send]);
		str_add_html(out, p->reason, strlen(p->reason));
		buf_add_string(out, "</td></tr>\n");
	}
	free(list);
	return 0;
}

/* The first contact as what a reader can follow. */
static char *contact_link(const struct config *config)
{
	struct buf b;
	char word[WORD_MAX], *text;
	const char *uri;

	buf_init(&b, BUF_NO_LIMIT);
	if (!config_list(config, "who.contact", 0, word, sizeof(word)) ||
	    add_contact(&b, word) < 0) {
		buf_release(&b);
		return NULL;
	}
	uri = buf_text(&b) + strlen("Contact: ");
	text = xalloc_string_n(uri, strcspn(uri, "\n"));
	buf_release(&b);
	return text;
}

struct filling {
	const struct config *config;
	const char *path;
	struct buf *out;
	const char *ports; /* HTML */
	const char *contact;
};

/* Which words a template may use: names of settings, and three more. */
static bool value_of(const struct filling *f, const char *name,
		     const char **out)
{
	static const char *const settings[] = {
	    "who.organisation",    "who.url",
	    "who.contact",         "who.expires",
	    "who.description",     "scope.countries",
	    "triage.min_packets",  "triage.min_sensors",
	    "triage.max_age_days", "pace.overall",
	    "pace.per_address",    "pace.per_network",
	    "pace.per_as",         "pace.open_per_address",
	    "pace.pause_ms",       "pace.per_address_day",
	};

	if (strcmp(name, "contact") == 0)
		*out = f->contact;
	else if (strcmp(name, "version") == 0)
		*out = MARTLET_VERSION;
	else if (strcmp(name, "ports") == 0)
		*out = f->ports;
	else
		*out = NULL;
	for (size_t i = 0; *out == NULL && i < ARRAY_LEN(settings); i++)
		if (strcmp(name, settings[i]) == 0)
			*out = config_text(f->config, name);
	return *out != NULL;
}

/* A number of 0 means no limit, as empty text means nothing. */
static bool is_there(const char *value)
{
	return *value != '\0' && strcmp(value, "0") != 0;
}

/* Fills one tag. @at: behind "{{"; @tag_len: up to "}}". @skip: the section
 * that is being left out, "" for none. */
static int fill_tag(struct filling *f, const char *at, size_t tag_len,
		    char skip[WORD_MAX])
{
	char kind = *at;
	bool section = strchr("#^/", kind) != NULL;
	char *name = xalloc_string_n(at + section, tag_len - section);
	const char *value;
	int rc = 0;

	if (kind == '/') {
		if (strcmp(skip, name) == 0)
			skip[0] = '\0';
	} else if (*skip != '\0') {
		rc = 0;
	} else if (tag_len >= WORD_MAX || !value_of(f, name, &value)) {
		log_error("%s: there is no '{{%s}}'", f->path, name);
		rc = -1;
	} else if (section) {
		if (is_there(value) != (kind == '#'))
			snprintf(skip, WORD_MAX, "%s", name);
	} else if (strcmp(name, "ports") == 0) {
		buf_add_string(f->out, value);
	} else {
		str_add_html(f->out, value, strlen(value));
	}
	free(name);
	return rc;
}

static int fill(struct filling *f, const char *text)
{
	char skip[WORD_MAX] = "";
	const char *open, *close;

	while ((open = strstr(text, "{{")) != NULL) {
		if (*skip == '\0')
			buf_add(f->out, text, (size_t)(open - text));
		close = strstr(open, "}}");
		if (close == NULL || close == open + 2) {
			log_error("%s: a '{{' has no name or no end", f->path);
			return -1;
		}
		if (fill_tag(f, open + 2, (size_t)(close - open - 2), skip) < 0)
			return -1;
		text = close + 2;
	}
	if (*skip != '\0') {
		log_error("%s: there is no '{{/%s}}'", f->path, skip);
		return -1;
	}
	buf_add_string(f->out, text);
	return 0;
}

int probingtxt_page(const struct config *config, const struct ports *ports,
		    const char *path, struct buf *out)
{
	char *template = outfile_read(path, TEMPLATE_MAX, NULL);
	char *contact = contact_link(config);
	struct buf rows;
	int rc = -1;

	buf_init(&rows, BUF_NO_LIMIT);
	if (template != NULL && contact != NULL &&
	    add_ports(config, ports, &rows) == 0) {
		struct filling f = {config, path, out, buf_text(&rows),
				    contact};

		rc = fill(&f, template);
	}
	buf_release(&rows);
	free(contact);
	free(template);
	return rc;
}
