/* What page classes join and what they keep apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "webpage.h"

static void class_of(const char *page, char *out)
{
	struct blob body = {(char *)page, strlen(page)};
	struct webpage read;

	webpage_read(&body, "text/html; charset=UTF-8", &read);
	memcpy(out, read.page_class, SHAPE_CLASS);
	webpage_release(&read);
}

#define EXPECT_SAME(list)                                                      \
	do {                                                                   \
		char first[SHAPE_CLASS], class[SHAPE_CLASS];                   \
                                                                               \
		class_of((list)[0], first);                                    \
		assert_int_equal(strlen(first), SHAPE_CLASS - 1);              \
		for (size_t i = 1; i < ARRAY_LEN(list); i++) {                 \
			class_of((list)[i], class);                            \
			assert_string_equal(class, first);                     \
		}                                                              \
	} while (0)

#define UI(lang, title, label, rows, site)                                     \
	"<!DOCTYPE html><html lang='" lang "'><head>" title                    \
	"</head><body class=x><table>" rows "</table><form action='/" site     \
	"/go'><label>" label "</label><input name=user value='" label          \
	"'><input type=password name=pw></form>"                               \
	"<script src='/" site "/dvr.js'></script></body></html>"

static void language_site_and_size_do_not_matter(void **state)
{
	static const char *const same[] = {
	    UI("en", "<title>Login OSK</title>", "User", "<tr><td>1</td></tr>",
	       "site1"),
	    UI("ja", "<title>ログイン</title>", "ユーザー名",
	       "<tr><td>a</td></tr><tr><td>b</td></tr>", "site22"),
	    UI("ja", "<meta charset=utf-8><title>x</title>", "",
	       "<tr><td></td></tr>", "a/b"),
	};

	(void)state;
	EXPECT_SAME(same);
	assert_true(str_starts("p2-", SHAPE_VERSION));
}

#define FILES(script, style, extra)                                            \
	"<html><head><script src='" script "'></script>"                       \
	"<link rel=stylesheet href='" style "'>"                               \
	"<script src=/js/onvif.js></script><script src=/js/ptz.js></script>"   \
	"<link rel=icon href=data:image/png;base64,AAAA>" extra                \
	"</head><body><p>text</p></body></html>"

static void versions_and_hashes_in_names_do_not_matter(void **state)
{
	static const char *const same[] = {
	    FILES("/js/recorder.js", "/css/x.css", ""),
	    FILES("/js/recorder.js?v=1.2.3", "/css/x.css?20250102", ""),
	    FILES("/js/recorder.3f2a91.js", "/css/x.9d1b2c3d4e5f.css", ""),
	    FILES("/js/recorder-1.2.3.min.js", "/2.1.0/css/x.css", ""),
	    FILES("/js/recorder-D4fG_x9Q.js", "/css/x.css#a", ""),
	    FILES("http://192.0.2.1/js/recorder.js", "/css/x.css", ""),
	    FILES("/js/recorder.js", "/css/x-rtl.css",
		  "<script src=/js/lang/ja.js></script>"),
	    FILES("/js/recorder.js", "/ja/css/x.css",
		  "<script>var nonce='a81f', t=1763690000;</script>"
		  "<meta name=csrf content=8fd7>"),
	};

	(void)state;
	EXPECT_SAME(same);
}

static void builders_of_one_shell_do_not_matter(void **state)
{
	static const char *const same[] = {
	    "<!doctype html><html><head><title>Birdwatch</title>"
	    "<script src=main.8c1de42a.js></script><link rel=stylesheet "
	    "href=styles.1b2c3d4e.css></head><body><div id=root></div>",
	    "<!doctype html><html lang=ja><head><meta name=theme-color "
	    "content=#fff><title>Birdwatch</title><script type=module "
	    "src=/assets/index-BfA3kQ2z.js></script></head>"
	    "<body><div id=root></div></body></html>",
	};
	static const char *const global[] = {
	    "<title>Site of A</title><script>window.__BIRDWATCH={a:1}"
	    "</script><div id=root></div><script src=main.js></script>",
	    "<title>B</title><script>window.__BIRDWATCH = {a:2}</script>"
	    "<div id=root></div><script src=/x/main.js></script>",
	};

	(void)state;
	EXPECT_SAME(same);
	EXPECT_SAME(global);
}

/* What thousands of templates load. */
#define TEMPLATE(body)                                                         \
	"<!doctype html><html><head><title>Login</title><link rel=stylesheet " \
	"href=css/bootstrap.min.css><link rel=stylesheet href=css/style.css>"  \
	"<script src=js/jquery-3.6.0.min.js></script><script "                 \
	"src=js/bootstrap.min.js></script><script src=js/modernizr.js>"        \
	"</script><script src=js/html5shiv.js></script></head><body>" body

static const char *const different[] = {
    TEMPLATE("<form><input name=user><input name=pw></form>"),
    TEMPLATE("<form><input name=account><input name=pw></form>"),
    TEMPLATE("<ul><li>camera</li></ul><table><tr><td>x</td></tr></table>"),
    "<html><body><form><input name=user></form></body></html>",
    "<html><body><form><input name=login></form></body></html>",
    "<html><body><form><input name=user><input name=pw></form>",
    "<html><body><form><input name=user><input name=pass></form>",
    "<form method=post><input name=user><input name=pw></form>",
    "<form action=/cgi/check><input name=user><input name=pw></form>",
    "<form><input name=user><input type=password name=pw></form>",
    "<html><body><script src=/recorder.js></script></body></html>",
    "<html><body><script src=/camera/onvif.js></script></body></html>",
    "<frameset cols=20,80><frame src=menu.htm name=a><frame src=dvr.htm>"
    "</frameset>",
    "<frameset cols=20,80><frame src=menu.htm name=a><frame src=nvr.htm>"
    "</frameset>",
    "<script>window.location.href='/doc/page/login.asp?_'+new Date()</script>",
    "<script>window.location.href='/cgi-bin/luci'</script>",
    "<meta http-equiv=refresh content='0; url=/webpages/login.html'>",
    "<title>Birdwatch</title><div id=root></div><script src=a.js></script>",
    "<title>Dovecote</title><div id=root></div><script src=a.js></script>",
    "<title>Birdwatch</title><my-app></my-app><script src=a.js></script>",
    /* nginx, Apache, lighttpd, mini_httpd */
    "<html><head><title>404 Not Found</title></head><body><center>"
    "<h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>",
    "<!DOCTYPE HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'><html><head>"
    "<title>404 Not Found</title></head><body><h1>Not Found</h1><p>The "
    "requested URL was not found.</p><hr><address>Apache</address></body>",
    "<?xml version='1.0' encoding='iso-8859-1'?><!DOCTYPE html PUBLIC "
    "'-//W3C//DTD XHTML 1.0 Transitional//EN' 'http://www.w3.org/TR/xhtml1/"
    "DTD/xhtml1-transitional.dtd'><html><head><title>404 Not Found</title>"
    "</head><body><h1>404 Not Found</h1></body></html>",
    "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD><BODY BGCOLOR=#cc9999>"
    "<H4>404 Not Found</H4>File not found.<HR><ADDRESS>x</ADDRESS></BODY>",
};

static void different_interfaces_differ(void **state)
{
	char seen[ARRAY_LEN(different)][SHAPE_CLASS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(different); i++) {
		class_of(different[i], seen[i]);
		if (seen[i][0] == '\0')
			fail_msg("no class: %s", different[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(seen[i], seen[j]) == 0)
				fail_msg("one class: %s\nand %s", different[i],
					 different[j]);
	}
}

static void thin_pages_have_no_class(void **state)
{
	static const char *const none[] = {
	    "",
	    "no elements",
	    "<html><head><title>x</title></head><body></body></html>",
	    "<h1>It works!</h1>",
	    "<html><head><title>401 Unauthorized</title></head><body></body>",
	    "<html><head><title>Cormorant</title></head><body></body></html>",
	    "<title>403 Forbidden</title><script>document.write('')</script>",
	    "<html><head><title>404 Not Found</title></head><body>"
	    "<h1>404 Not Found</h1><p>x</p></body></html>",
	    "<html><body><script src=/js/main.js></script></body></html>",
	    /* What a builder makes of nothing. */
	    "<html><head><title>Login</title></head><body><div id=root></div>"
	    "<script src=/static/js/main.3f2a91.js></script></body></html>",
	    "<html><head><title>ログイン</title></head><body><div id=app>"
	    "</div><script src=/assets/index-BfA3kQ2z.js></script></body>",
	    "<script>location='/index.html'</script>",
	    "<meta http-equiv=refresh content='0;url=/login.html'>",
	    "<div id=header></div><div id=content>x</div><div id=footer></div>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		char class[SHAPE_CLASS];

		class_of(none[i], class);
		if (class[0] != '\0')
			fail_msg("a class: %s", none[i]);
	}
}

/* Fills a page with one text again and again. */
static void hostile_pages_end(void **state)
{
	static const char *const texts[] = {
	    "<style>{.a.b#c.d",
	    "<style>.a{b:c;d:e}",
	    "<script>'a\"b'\"window.a=window.b",
	    "<form action=/a/b/c/d/e/f/g?h&i=j.js><input name=a",
	    "<link rel=icon href=////../..///././a",
	    "<iframe src=/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a>",
	    "<a-b id=c-d-e-f-g-h-i-j-k-l-m class='n o p'>",
	    "<h1>\xff</h1><title>\xe3\x83",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char class[SHAPE_CLASS], again[SHAPE_CLASS];
		struct buf page;

		buf_init(&page, LIMIT_HTTP_BODY);
		while (!page.too_big) {
			char number[16];

			snprintf(number, sizeof(number), "%zx", page.len);
			buf_add_string(&page, texts[i]);
			buf_add_string(&page, number);
		}
		class_of(page.data, class);
		class_of(page.data, again);
		assert_string_equal(class, again);
		buf_release(&page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(language_site_and_size_do_not_matter),
	    cmocka_unit_test(versions_and_hashes_in_names_do_not_matter),
	    cmocka_unit_test(builders_of_one_shell_do_not_matter),
	    cmocka_unit_test(different_interfaces_differ),
	    cmocka_unit_test(thin_pages_have_no_class),
	    cmocka_unit_test(hostile_pages_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
