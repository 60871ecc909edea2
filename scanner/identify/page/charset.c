#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler.h"
#include "str.h"
#include "httphead.h"
#include "charset.h"

/* Where a page says its own charset: the first KiB in the HTML standard;
 * devices put comments and scripts before it. */
#define META_SEARCHED 4096

/* Labels as pages write them (WHATWG Encoding, section 4.2, the common ones)
 * and the name that iconv knows. Nothing else reaches iconv_open. */
static const struct label {
	const char *label, *name;
} labels[] = {
    {"utf-8", "UTF-8"},
    {"utf8", "UTF-8"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"x-sjis", "CP932"},
    {"sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"ms_kanji", "CP932"},
    {"cp932", "CP932"},
    {"ms932", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"x-euc-jp", "EUC-JP"},
    {"x-euc", "EUC-JP"},
    {"eucjp", "EUC-JP"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"us-ascii", "CP1252"},
    {"ascii", "CP1252"},
    {"iso-8859-1", "CP1252"},
    {"iso8859-1", "CP1252"},
    {"latin1", "CP1252"},
    {"windows-1252", "CP1252"},
    {"cp1252", "CP1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-9", "CP1254"},
    {"iso-8859-15", "ISO-8859-15"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1254", "CP1254"},
    {"windows-1256", "CP1256"},
    {"koi8-r", "KOI8-R"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"utf-16", "UTF-16LE"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
};

static const char *by_label(const char *label)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (strcasecmp(labels[i].label, label) == 0)
			return labels[i].name;
	return NULL;
}

static const char *by_parameter(const char *content_type)
{
	const char *name = NULL;
	char *label;

	if (content_type == NULL)
		return NULL;
	label = httphead_parameter(content_type, "charset");
	if (label != NULL)
		name = by_label(label);
	free(label);
	return name;
}

static const char *by_mark(const char *bytes, size_t len)
{
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return "UTF-8";
	if (len >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0)
		return "UTF-16LE";
	if (len >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0)
		return "UTF-16BE";
	return NULL;
}

static size_t mark_length(const char *bytes, size_t len)
{
	const char *name = by_mark(bytes, len);

	return name == NULL ? 0 : strcmp(name, "UTF-8") == 0 ? 3 : 2;
}

/* charset= inside a meta element near the start of the page. */
static const char *by_meta(const char *bytes, size_t len)
{
	char head[META_SEARCHED + 1];
	const char *name = NULL;

	len = len < META_SEARCHED ? len : META_SEARCHED;
	for (size_t i = 0; i < len; i++)
		head[i] = bytes[i] == '\0' ? ' ' : bytes[i];
	head[len] = '\0';
	for (char *at = head; name == NULL; at++) {
		char *end, kept, *content;

		at = strcasestr(at, "<meta");
		if (at == NULL)
			break;
		end = at + strcspn(at, ">");
		kept = *end;
		*end = '\0';
		/* content="text/html; charset=x" hides it inside quotes. */
		content = httphead_parameter(at, "content");
		name = by_parameter(at);
		if (name == NULL)
			name = by_parameter(content);
		free(content);
		*end = kept;
	}
	/* A page whose label could be read byte by byte is not UTF-16. */
	if (name != NULL && str_starts(name, "UTF-16"))
		return "UTF-8";
	return name;
}

static bool is_cut_utf8(const char *bytes, size_t len)
{
	size_t at = str_utf8_span(bytes, len);

	/* What is left may be the start of one character, no more. */
	for (size_t i = at; i < len; i++)
		if (((unsigned char)bytes[i] & 0xc0) != (i == at ? 0xc0 : 0x80))
			return false;
	return len - at < 4;
}

/* Whether all bytes are valid in the charset, but for a cut tail. */
static bool is_valid(const char *name, const char *bytes, size_t len)
{
	char *in = (char *)bytes, sink[4096];
	size_t left = len;
	bool valid = true;
	iconv_t cd;

	if (strcmp(name, "UTF-8") == 0)
		return is_cut_utf8(bytes, len);
	cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	while (left > 0) {
		char *out = sink;
		size_t room = sizeof(sink);

		if (iconv(cd, &in, &left, &out, &room) == (size_t)-1 &&
		    errno != E2BIG) {
			valid = errno == EINVAL;
			break;
		}
	}
	iconv_close(cd);
	return valid;
}

/*
 * How much the bytes look like Japanese in Shift_JIS: kana and the frequent
 * kanji of JIS level 1 speak for it, lone half-width kana (what European
 * letters and EUC-JP look like in it) against.
 */
static int score_cp932(const unsigned char *s, size_t len)
{
	int score = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (c < 0x80)
			continue;
		if (c >= 0xa1 && c <= 0xdf) {
			score -= 1;
			continue;
		}
		if (++i == len)
			break;
		if (c == 0x82 && s[i] >= 0x9f && s[i] <= 0xf1)
			score += 4;
		else if (c == 0x83 && s[i] >= 0x40 && s[i] <= 0x96)
			score += 4;
		else if (c >= 0x88 && c <= 0x98)
			score += 3;
		else if (c == 0x81 || c == 0x82)
			score += 1;
	}
	return score;
}

static int score_euc(const unsigned char *s, size_t len)
{
	int score = 0;

	for (size_t i = 0; i + 1 < len; i++) {
		unsigned char c = s[i];

		if (c < 0x80)
			continue;
		i++;
		if (c == 0xa4 || c == 0xa5)
			score += 4;
		else if (c >= 0xb0 && c <= 0xcf)
			score += 3;
		else if (c == 0xa1 || c == 0xa3)
			score += 1;
		else if (c == 0x8e)
			score -= 1;
	}
	return score;
}

static bool has_jis_escape(const char *bytes, size_t len)
{
	return memmem(bytes, len, "\x1b$B", 3) != NULL ||
	       memmem(bytes, len, "\x1b$@", 3) != NULL;
}

static const char *by_content(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	int sjis = 0, euc = 0;

	if (has_jis_escape(bytes, len) && is_valid("ISO-2022-JP", bytes, len))
		return "ISO-2022-JP";
	if (is_valid("UTF-8", bytes, len))
		return "UTF-8";
	if (is_valid("CP932", bytes, len))
		sjis = score_cp932(s, len);
	if (is_valid("EUC-JP", bytes, len))
		euc = score_euc(s, len);
	if (sjis > 0 || euc > 0)
		return sjis >= euc ? "CP932" : "EUC-JP";
	return NULL;
}

const char *charset_choose(const char *bytes, size_t len,
			   const char *content_type)
{
	const char *declared[2], *name = by_mark(bytes, len);

	if (name != NULL)
		return name;
	declared[0] = by_parameter(content_type);
	declared[1] = by_meta(bytes, len);
	for (size_t i = 0; i < ARRAY_LEN(declared); i++)
		if (declared[i] != NULL && is_valid(declared[i], bytes, len))
			return declared[i];
	name = by_content(bytes, len);
	if (name != NULL)
		return name;
	for (size_t i = 0; i < ARRAY_LEN(declared); i++)
		if (declared[i] != NULL)
			return declared[i];
	return "CP1252";
}

void charset_to_utf8(const char *name, const char *bytes, size_t len,
		     struct buf *out)
{
	size_t mark = mark_length(bytes, len), left = len - mark;
	char *in = (char *)bytes + mark, part[4096];
	bool is_utf8 = strcmp(name, "UTF-8") == 0;
	iconv_t cd = is_utf8 ? (iconv_t)-1 : iconv_open("UTF-8", name);

	if (cd == (iconv_t)-1) {
		str_add_utf8(out, in, left);
		return;
	}
	while (left > 0) {
		char *to = part;
		size_t room = sizeof(part), rc;

		rc = iconv(cd, &in, &left, &to, &room);
		buf_add(out, part, sizeof(part) - room);
		if (rc == (size_t)-1 && errno != E2BIG) {
			buf_add_string(out, "\xef\xbf\xbd");
			iconv(cd, NULL, NULL, NULL, NULL);
			in++;
			left--;
		}
	}
	iconv_close(cd);
}
