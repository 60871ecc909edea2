#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "pagewords.h"

/* Of a name or a path that is longer the rest is left out. */
#define NAME_BYTES 96
#define PATH_BYTES 256

/* Names that pages of different makers have alike: of libraries, of parts of
 * a page, of fields, of builders. By their first letter, a blank on either
 * side of each. Words of one or two letters are all common. */
static const char *const common['z' - 'a' + 1] = {
    " about access account action active address admin adminlte adobe"
    " aes ajax alert all analytics angular animate antd api app apple"
    " application area artdialog asp aspx asset assets auth"
    " authorisation authorization awesome axios"
    " ",
    " back backbone background bad banner bar base basename belated"
    " blank block body bootstrap bottom box browser btn build builder"
    " bundle button"
    " ",
    " camera captcha card carousel center cgi chart charts check"
    " checkbox chunk chunks class clear click client clipboard close"
    " code col color column com combobox common component components"
    " composer config configuration console container content control"
    " controller cookie cookies core crypto cryptojs csrf css custom"
    " ",
    " dashboard data datalayer datatable datatables date datepicker"
    " daterangepicker datetimepicker default denied device dialog dir"
    " directory disabled dist div doc document dojo down dreamweaver"
    " dropdown"
    " ",
    " easing easyui echarts editor element email ember empty encrypt"
    " env environment error even excanvas explorer ext extjs"
    " ",
    " fancybox fastclick favicon field file files first fix flash flot"
    " font fontawesome fonts foot footer forbidden form found"
    " foundation frame frameset frontpage function functions"
    " ",
    " gateway gif global golive googleapis gritter group gtag gtm ",
    " hammer handlebars head header heading height help hidden hide"
    " highcharts hls home homepage host htm html htmlshim htmlshiv"
    " http https"
    " ",
    " ibm ico icon icons image images img index info init initial"
    " inner input inspinia internal internet item iview"
    " ",
    " jpg jquery jqueryui jsencrypt json jsp jstree jwplayer ",
    " key knockout ",
    " label lang language last layer layout layui left lib libs"
    " lightbox line link list live load loader loading local locale"
    " location lodash log login logo logon logout"
    " ",
    " mail main management manager manifest map mask material"
    " materialize menu message messages method metronic microsoft"
    " migrate min mobile modal mode modernizr module modules moment"
    " monitor mootools morris mousewheel moved mozilla msg mui"
    " mustache"
    " ",
    " name nav navbar netobjects network next noframes none normal"
    " normalize not note num nuxt"
    " ",
    " object odd off onerror onload open option order outer owl ",
    " page panel param pass passwd password path permanently php pjax"
    " placeholder player please plugin plugins png polyfill polyfills"
    " pop popper popup port portal preloaded print process prototype"
    " public publicpath publisher pure pwd"
    " ",
    "",
    " raphael react redirect redirecting redirection refresh remember"
    " request require required requirejs reset resource respond"
    " responsive result right role root router row rsa runtime"
    " ",
    " save screen script scriptaculous scripts scroll scrollbar search"
    " section select selectbox semantic sencha server service session"
    " setting settings setup sha shiv show side sidebar sign signin"
    " site size skeleton slick slider small socket sort span src start"
    " state static status storage store style styles stylesheet sub"
    " submit svg sweetalert swfobject swiper system"
    " ",
    " tab table tabs template temporarily test tether text theme"
    " themes time timeout timepicker tip title toastr token tool tools"
    " tooltip top touch tree type"
    " ",
    " unauthorised unauthorized unavailable underscore uniform"
    " untitled url user userid username usr util utils"
    " ",
    " validate validation validator value vendor vendors version video"
    " videojs view viewer viewport vue"
    " ",
    " wait warning web webfont webmanifest webpack webpackjsonp"
    " welcome width window wireless without word wow wrap wrapper www"
    " ",
    " xml ",
    " yui ",
    " zepto ztree ",
};

static const char languages[] =
    " ar be bg bn br ca cs cz da de el en es et eu fa fi fr gl he hi hr"
    " hu id it ja jp ka kk km ko kr lt lv mk mn ms my nb nl nn no pl pt"
    " ro ru se sk sl sq sr sv sw ta th tr uk ur uz vi zh cn"
    " ";

/* What goes into a file's name for a language, its direction or a build. */
static const char of_build[] =
    " i18n l10n lang lng locale locales translation translations rtl ltr min ";

/* Parts of a query that are there to be new with each version. */
static const char of_version[] =
    " v ver version rev revision r t ts time timestamp hash h build cache "
    "cb random rnd rand nocache lang l locale ";

static bool is_in(const char *list, const char *word, size_t len)
{
	char key[32] = " ";

	if (len == 0 || len > sizeof(key) - 3)
		return false;
	for (size_t i = 0; i < len; i++)
		key[1 + i] = (char)tolower((unsigned char)word[i]);
	key[1 + len] = ' ';
	key[2 + len] = '\0';
	return strstr(list, key) != NULL;
}

static bool is_part(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* What a machine made: a checksum, a number, a counter. */
static bool is_made(const char *s, size_t len)
{
	size_t digits = 0, upper = 0, lower = 0, hex = 0, changes = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		digits += isdigit(c) != 0;
		upper += isupper(c) != 0;
		lower += islower(c) != 0;
		hex += isxdigit(c) != 0;
		changes += i > 0 && (isdigit(c) != 0) !=
					(isdigit((unsigned char)s[i - 1]) != 0);
	}
	if (digits == len || (hex == len && digits > 0 && len >= 6))
		return true;
	if (changes > 1 || (digits > 0 && isdigit((unsigned char)s[0])))
		return len >= 4 && digits * 4 >= len;
	return len == 8 && upper >= 3 && lower >= 2 && !isupper(s[1]);
}

/* A builder ends names in eight characters of a checksum. */
static size_t without_checksum(const char *s, size_t len)
{
	size_t odd = 0;

	if (len < 10 || (s[len - 9] != '-' && s[len - 9] != '.'))
		return len;
	for (size_t i = len - 8; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!isalnum(c) && c != '-' && c != '_')
			return len;
		odd += isdigit(c) || isupper(c) || c == '_';
	}
	return odd >= 2 ? len - 9 : len;
}

static void cut(struct buf *b, size_t len)
{
	b->len = len;
	if (b->data != NULL)
		b->data[len] = '\0';
}

/* Appends one word in lower case without its numbers. */
static void add_word(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			buf_add_char(out, (char)tolower((unsigned char)s[i]));
}

/* Appends the words of a name, "-" between them. Returns their number. */
static int add_words(struct buf *out, const char *s, size_t len)
{
	int words = 0;

	for (size_t i = 0, n; i < len; i += n + 1) {
		for (n = 0; i + n < len && is_part(s[i + n]); n++)
			;
		if (n == 0 || is_made(s + i, n))
			continue;
		if (words++ > 0)
			buf_add_char(out, '-');
		add_word(out, s + i, n);
	}
	return words;
}

/* The same of a file or a directory, without what marks a language, a
 * version or a build. Returns 0 when it is of one language. */
static int add_file(struct buf *out, const char *s, size_t len)
{
	const char *dot = memrchr(s, '.', len);
	size_t stem = dot != NULL ? (size_t)(dot - s) : len;
	size_t start = out->len, end = without_checksum(s, stem);
	int words = 0;

	for (size_t i = 0, n; i < end; i += n + 1) {
		for (n = 0; i + n < end && is_part(s[i + n]); n++)
			;
		if (n == 2 && is_in(languages, s + i, n)) {
			cut(out, start);
			return 0;
		}
		if (n == 0 || is_made(s + i, n) || is_in(of_build, s + i, n))
			continue;
		if (words > 0)
			buf_add_char(out, '-');
		words += add_words(out, s + i, n);
	}
	if (words > 0 && dot != NULL && end < stem + 1) {
		buf_add_char(out, '.');
		add_words(out, dot + 1, len - stem - 1);
	}
	return words;
}

void pagewords_add_name(struct buf *out, const char *name)
{
	add_words(out, name, strnlen(name, NAME_BYTES));
}

/* After scheme and host. */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "//");

	if (host != NULL && host < url + strcspn(url, "/?#") + 1)
		url = host + 2 + strcspn(host + 2, "/?#");
	return url;
}

static const char *next_directory(const char *path)
{
	size_t n = strcspn(path, "/?#");

	return path[n] == '/' ? path + n + 1 : NULL;
}

size_t pagewords_depth(const char *path)
{
	size_t depth = 0;

	if (path[0] != '/' || path[1] == '/')
		return 0;
	for (path++; (path = next_directory(path)) != NULL;)
		depth++;
	return depth;
}

size_t pagewords_directories(const char *a, const char *b)
{
	size_t depth = 0;

	if (pagewords_depth(a) == 0 || pagewords_depth(b) == 0)
		return 0;
	for (a++, b++;; depth++) {
		const char *x = next_directory(a), *y = next_directory(b);

		if (x == NULL || y == NULL || x - a != y - b ||
		    memcmp(a, b, (size_t)(x - a)) != 0)
			return depth;
		a = x;
		b = y;
	}
}

static void add_query(struct buf *out, const char *query)
{
	while (*query != '\0' && *query != '#') {
		size_t part = strcspn(query, "&;#"), name;

		name = strcspn(query, "=&;#");
		if (!is_in(of_version, query, name)) {
			size_t at = out->len;

			buf_add_char(out, '&');
			if (add_file(out, query, name) == 0)
				cut(out, at);
			if (name < part &&
			    memchr(query + name, '.', part - name) != NULL)
				add_file(out, query + name + 1,
					 part - name - 1);
		}
		query += part + (query[part] == '&' || query[part] == ';');
	}
}

void pagewords_add_path(struct buf *out, const char *url, size_t skip)
{
	const char *path = path_of(url), *next;
	size_t len;
	struct buf one;

	buf_init(&one, PATH_BYTES);
	while (*path == '/' || strncmp(path, "./", 2) == 0 ||
	       strncmp(path, "../", 3) == 0)
		path += strspn(path, ".") + 1;
	for (; (next = next_directory(path)) != NULL; path = next) {
		if (skip > 0)
			skip--;
		else if (add_file(&one, path, (size_t)(next - path - 1)) > 0)
			buf_add_char(&one, '/');
	}
	len = strcspn(path, "?#");
	if (len == 0 || add_file(&one, path, len) > 0) {
		if (path[len] == '?')
			add_query(&one, path + len + 1);
		buf_add_string(out, buf_text(&one));
	}
	buf_release(&one);
}

const char *pagewords_next(const char *text, const char **word, size_t *len)
{
	while (*text != '\0' && !is_part(*text))
		text++;
	for (*word = text; is_part(*text);)
		text++;
	*len = (size_t)(text - *word);
	return *len > 0 ? text : NULL;
}

bool pagewords_is_common(const char *word, size_t len)
{
	/* "Login" is as common in other scripts. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)word[i] >= 0x80)
			return true;
	return len < 3 || (word[0] >= 'a' && word[0] <= 'z' &&
			   is_in(common[word[0] - 'a'], word, len));
}
