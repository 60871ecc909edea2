#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "identify.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"

static void set(struct observation *o, const char *headers, const char *body,
		size_t len)
{
	observation_init(o);
	assert_true(addr_parse("192.0.2.7", &o->address));
	o->port = 8080;
	o->protocol = PROTOCOL_HTTP;
	o->http_status = 200;
	o->http_path = xalloc_string("/");
	blob_set(&o->http_headers, headers, strlen(headers));
	blob_set(&o->body, body, len);
}

static void look(struct observation *o, const char *headers, const char *body)
{
	set(o, headers, body, strlen(body));
	identify_observation(NULL, o, NULL);
}

static char *encode(const char *charset, const char *utf8, size_t *len)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	size_t left = strlen(utf8), room = 4 * left + 16;
	char *out = xalloc(room), *to = out, *in = (char *)utf8;

	assert_true(cd != (iconv_t)-1);
	assert_int_not_equal(iconv(cd, &in, &left, &to, &room), (size_t)-1);
	iconv_close(cd);
	*len = (size_t)(to - out);
	return out;
}

static void titles_are_utf8_in_every_charset(void **state)
{
	static const struct {
		const char *charset, *headers, *page, *title, *chosen;
	} cases[] = {
	    {"CP932",
	     "HTTP/1.1 200 OK\r\nContent-Type: text/html; "
	     "charset=Shift_JIS\r\n\r\n",
	     "<title>埼玉 ルータ設定</title>", "埼玉 ルータ設定", "CP932"},
	    {"CP932", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
	     "<title>埼玉 ルータ設定</title><p>ログインしてください",
	     "埼玉 ルータ設定", "CP932"},
	    {"CP932", "Content-Type: text/html; charset=iso-8859-1\r\n",
	     "<title>神奈川 管理画面</title>", "神奈川 管理画面", "CP932"},
	    {"CP932", "Content-Type: text/html; charset=utf-8\r\n",
	     "<title>設定</title>", "設定", "CP932"},
	    {"CP932", "",
	     "<meta http-equiv=Content-Type content='text/html; "
	     "charset=x-sjis'><title>東京</title>",
	     "東京", "CP932"},
	    {"EUC-JP", "", "<title>かんたん設定ページ</title>",
	     "かんたん設定ページ", "EUC-JP"},
	    {"EUC-JP", "", "<meta charset=\"euc-jp\"><title>大阪</title>",
	     "大阪", "EUC-JP"},
	    {"UTF-8", "", "<title>かんたん設定ページ</title>",
	     "かんたん設定ページ", "UTF-8"},
	    {"ISO-2022-JP", "", "<title>北海道</title>", "北海道",
	     "ISO-2022-JP"},
	    {"UTF-16LE", "", "\xef\xbb\xbf<title>愛知</title>", "愛知",
	     "UTF-16LE"},
	    {"CP1252", "", "<title>Überwachung der Geräte</title>",
	     "Überwachung der Geräte", "CP1252"},
	    {"CP1252", "", "<title>Vidéo surveillance</title>",
	     "Vidéo surveillance", "CP1252"},
	    {"GB18030", "Content-Type: text/html;charset=gb2312\r\n",
	     "<title>网络</title>", "网络", "GB18030"},
	    {"UTF-8", "", "<title>plain</title>", "plain", "UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;
		size_t len;
		char *page = encode(cases[i].charset, cases[i].page, &len);

		set(&o, cases[i].headers, page, len);
		identify_observation(NULL, &o, NULL);
		assert_non_null(o.title);
		assert_string_equal(o.title, cases[i].title);
		assert_string_equal(o.charset, cases[i].chosen);
		observation_release(&o);
		free(page);
	}
}

static void titles_are_one_decoded_line(void **state)
{
	static const struct {
		const char *page, *title;
	} cases[] = {
	    {"<title>A &amp; B &lt;1&gt; &#20140;</title>", "A & B <1> 京"},
	    {"<TITLE >\r\n  NETSurveillance\t WEB \n</TITLE>",
	     "NETSurveillance WEB"},
	    {"<html><head><title>first</title><title>second</title>", "first"},
	    {"<title>unclosed", "unclosed"},
	    {"<title>a\x1b[31mb</title>", "a[31mb"},
	    {"<body><svg><title>icon</title></svg>", "icon"},
	    {"<title></title>", NULL},
	    {"<p>no title", NULL},
	    {"not a page at all", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;

		look(&o, "", cases[i].page);
		if (cases[i].title == NULL)
			assert_null(o.title);
		else
			assert_string_equal(o.title, cases[i].title);
		observation_release(&o);
	}
}

static void raw_title_keeps_the_bytes(void **state)
{
	static const char page[] = "\0x<TITLE lang=ja>\x8d\xe9\x8b\xca</TITLE>";
	struct observation o;

	(void)state;
	set(&o, "", page, sizeof(page) - 1);
	identify_observation(NULL, &o, NULL);
	assert_int_equal(o.title_raw.len, 4);
	assert_memory_equal(o.title_raw.data, "\x8d\xe9\x8b\xca", 4);
	assert_string_equal(o.title, "埼玉");
	observation_release(&o);
}

static void headers_fill_their_fields(void **state)
{
	struct observation o;

	(void)state;
	look(&o,
	     "HTTP/1.1 401 Unauthorized\r\nserver:  DNVRS-Webs \r\n"
	     "WWW-Authenticate: Negotiate\r\n"
	     "WWW-Authenticate: Digest qop=\"auth, realm=x\", "
	     "realm=\"TP-LINK \\\"AX\\\"\", nonce=\"1\"\r\n"
	     "Set-Cookie: a=1; path=/\r\nX-Powered-By: PHP/8.2\r\n"
	     "Set-Cookie: b=2\r\nX-Long: one\r\n two\r\n\r\n",
	     "");
	assert_string_equal(o.server, "DNVRS-Webs");
	assert_string_equal(o.realm, "TP-LINK \"AX\"");
	assert_string_equal(o.cookies, "a=1; path=/\nb=2");
	assert_string_equal(o.powered_by, "PHP/8.2");
	assert_null(o.title);
	assert_string_equal(o.page_class, "");
	observation_release(&o);
}

static void rtsp_answers_have_headers_too(void **state)
{
	static const char answer[] = "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n"
				     "Server: Dahua Rtsp Server\r\n"
				     "WWW-Authenticate: Basic realm=\"x\"\r\n";
	struct observation o;

	(void)state;
	observation_init(&o);
	blob_set(&o.banner, answer, strlen(answer));
	identify_observation(NULL, &o, NULL);
	assert_string_equal(o.server, "Dahua Rtsp Server");
	assert_string_equal(o.realm, "x");
	observation_release(&o);
}

static void forms_and_links_are_listed(void **state)
{
	struct observation o;

	(void)state;
	look(&o, "",
	     "<html><head><meta name=Generator content='Acme  CMS 3'>"
	     "<link rel='shortcut icon' href='/img/f.ico'>"
	     "<link rel=icon href='data:image/png;base64,AAAA'>"
	     "<link rel=stylesheet href=/a.css>"
	     "<script src='js/jquery-1.7.1.js?v=9'></script></head><body>"
	     "<form method=POST action='/login.cgi'><input name=user>"
	     "<input type=password name=pass><select name=lang></select>"
	     "</form><form><input type=hidden name=t></form>");
	assert_string_equal(o.generator, "Acme CMS 3");
	assert_string_equal(o.links,
			    "icon /img/f.ico\nscript js/jquery-1.7.1.js?v=9");
	assert_string_equal(o.forms,
			    "POST /login.cgi: user, pass, lang\nGET .: t");
	observation_release(&o);
	look(&o, "", "<input name=user><input id=pw type=password>");
	assert_string_equal(o.forms, "-: user, pw");
	observation_release(&o);
}

/* Builds a page of one word repeated up to the size. */
static char *repeat(const char *start, const char *word, size_t size)
{
	char *page = xalloc(size + 1);
	size_t n = strlen(start), len = strlen(word);

	memcpy(page, start, n);
	for (; n + len <= size; n += len)
		memcpy(page + n, word, len);
	page[n] = '\0';
	return page;
}

static void hostile_pages_are_read_within_bounds(void **state)
{
	static const char *const words[] = {
	    " a b c=d e",
	    "<a x='>\"' b=\"<'\" c d e f=",
	    "<b>",
	    "</i>",
	    "<a b c d e ",
	    "<!--",
	    "&amp;",
	    "<![CDATA[",
	    "<title>",
	    "&#0;",
	    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///"
	    "etc/passwd'>]>&b;",
	    "<input name=x>",
	    "<link rel=icon href=/x>",
	    "\x82",
	    "\xff\xfe",
	    "<script>location='",
	    "<meta http-equiv=refresh content='0;url=/x",
	    "<form><",
	    "<svg/onload=",
	    "\x1b$B",
	    "</title></head></body>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		char *page = repeat("<html><a ", words[i], LIMIT_HTTP_BODY);
		char *path = NULL, *icon;
		struct observation o;

		look(&o, "", page);
		identify_next_page(&o, NULL, &path);
		icon = identify_icon(&o, NULL);
		assert_true(icon[0] == '/');
		if (o.title != NULL)
			assert_true(strlen(o.title) <= 1024 &&
				    str_is_utf8(o.title, strlen(o.title)) &&
				    strstr(o.title, "root:") == NULL);
		assert_true(o.forms == NULL || strlen(o.forms) <= 8192);
		assert_true(o.links == NULL || strlen(o.links) <= 8192);
		free(icon);
		free(path);
		observation_release(&o);
		free(page);
	}
}

static void a_second_look_replaces_the_first(void **state)
{
	struct observation o;

	(void)state;
	look(&o, "Server: x\r\n", "<title>one</title>");
	blob_set(&o.body, "<p>", 3);
	blob_release(&o.http_headers);
	identify_observation(NULL, &o, NULL);
	assert_null(o.title);
	assert_null(o.server);
	assert_int_equal(o.title_raw.len, 0);
	observation_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(titles_are_utf8_in_every_charset),
	    cmocka_unit_test(titles_are_one_decoded_line),
	    cmocka_unit_test(raw_title_keeps_the_bytes),
	    cmocka_unit_test(headers_fill_their_fields),
	    cmocka_unit_test(rtsp_answers_have_headers_too),
	    cmocka_unit_test(forms_and_links_are_listed),
	    cmocka_unit_test(hostile_pages_are_read_within_bounds),
	    cmocka_unit_test(a_second_look_replaces_the_first),
	};

	return cmocka_run_group_tests_name("webpage", tests, NULL, NULL);
}
