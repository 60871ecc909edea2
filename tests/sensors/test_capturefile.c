#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture_bytes.h"
#include "capturefile.h"
#include "str.h"
#include "xalloc.h"

#define MICRO 0xa1b2c3d4u
#define NANO 0xa1b23c4du
#define T0 1700000000u

/* A file in memory, given a few bytes at a time. */
struct content {
	const uint8_t *data;
	size_t len, at, step;
};

static ssize_t give(void *arg, char *out, size_t size)
{
	struct content *c = arg;
	size_t n = c->len - c->at;

	n = n < size ? n : size;
	n = n < c->step ? n : c->step;
	memcpy(out, c->data + c->at, n);
	c->at += n;
	return (ssize_t)n;
}

static struct bytes file, frame;

/* Ten frames of different lengths in @frame, one after another. */
static void next_frame(unsigned i)
{
	frame.len = 0;
	for (unsigned n = 0; n < 14 + i * 7; n++)
		put(&frame, (uint8_t[]){(uint8_t)(i + n)}, 1);
}

static void make_pcap(bool big, uint32_t magic)
{
	file.len = 0;
	put_pcap_header(&file, big, magic, 1);
	for (unsigned i = 0; i < 10; i++) {
		next_frame(i);
		put_pcap_packet(&file, big, T0 + i, &frame);
	}
}

static void make_ng(bool big)
{
	static struct bytes other;

	file.len = other.len = 0;
	put_section(&file, big);
	put_interface(&file, big, 1, -1, -1);
	put(&other, "whatever", 8);
	put_block(&file, big, 0x0bad, &other);
	for (unsigned i = 0; i < 10; i++) {
		next_frame(i);
		put_packet(&file, big, 0, (uint64_t)(T0 + i) * 1000000, &frame);
	}
}

/* Reads all; returns how many frames came. */
static int64_t read_all(struct capturefile *f, struct content *c,
			enum capturefile_got *end)
{
	struct capturefile_frame got;

	capturefile_init(f, give, c);
	*end = capturefile_begin(f);
	while (*end == CAPTUREFILE_FRAME)
		*end = capturefile_next(f, &got);
	return f->frames;
}

static void both_orders_and_resolutions_are_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct content c = {file.data, 0, 0, i < 3 ? 1 : 1000000};
		struct capturefile_frame got;
		struct capturefile f;

		if (i % 3 == 2)
			make_ng(i > 3);
		else
			make_pcap(i > 2, i % 3 ? NANO : MICRO);
		c.len = file.len;
		assert_true(capturefile_is(file.data, 4));
		capturefile_init(&f, give, &c);
		assert_int_equal(capturefile_begin(&f), CAPTUREFILE_FRAME);
		for (unsigned n = 0; n < 10; n++) {
			next_frame(n);
			assert_int_equal(capturefile_next(&f, &got),
					 CAPTUREFILE_FRAME);
			assert_int_equal(got.time, T0 + n);
			assert_int_equal(got.link, 1);
			assert_int_equal(got.len, frame.len);
			assert_int_equal(got.sent, frame.len);
			assert_memory_equal(got.data, frame.data, frame.len);
		}
		assert_int_equal(capturefile_next(&f, &got), CAPTUREFILE_END);
		capturefile_release(&f);
	}
}

static void a_cut_is_named_by_its_byte_and_packet(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 2; kind++) {
		int64_t before = 0;

		if (kind == 0)
			make_pcap(false, MICRO);
		else
			make_ng(false);
		for (size_t len = 4; len < file.len; len++) {
			struct content c = {file.data, len, 0, 1000000};
			struct capturefile f;
			enum capturefile_got end;
			int64_t frames = read_all(&f, &c, &end);

			assert_true(frames == before || frames == before + 1);
			before = frames;
			assert_true(end == CAPTUREFILE_END ||
				    end == CAPTUREFILE_DAMAGED);
			/* Where it stopped, the rest is less than a record. */
			assert_true(f.at <= (int64_t)len);
			assert_int_equal(end == CAPTUREFILE_END,
					 f.at == (int64_t)len);
			capturefile_release(&f);
		}
		assert_int_equal(before, 9);
	}
}

static void lengths_that_cannot_be_end_the_file_there(void **state)
{
	static const struct {
		bool ng;
		size_t at; /* of the length in the third packet's record */
		uint32_t value;
		const char *damage;
	} cases[] = {
	    {false, 8, 0x7fffffff, "the record claims a frame of over 256"},
	    {false, 8, 0xffffffff, "the record claims a frame of over 256"},
	    {true, 4, 0, "a block claims an impossible length"},
	    {true, 4, 13, "a block claims an impossible length"},
	    {true, 4, 0xfffffff0, "a block claims over 1 MiB"},
	    {true, 4, 16, "the two lengths of a block differ"},
	    {true, 8, 1, "a packet is from an interface that was not"},
	    {true, 20, 5000, "a packet's block is shorter than its frame"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static struct bytes wrong;
		struct content c = {file.data, 0, 0, 1000000};
		struct capturefile f;
		struct capturefile_frame got;
		enum capturefile_got end;
		size_t third;

		if (cases[i].ng)
			make_ng(false);
		else
			make_pcap(false, MICRO);
		c.len = file.len;
		capturefile_init(&f, give, &c);
		assert_int_equal(capturefile_begin(&f), CAPTUREFILE_FRAME);
		for (int n = 0; n < 2; n++)
			assert_int_equal(capturefile_next(&f, &got),
					 CAPTUREFILE_FRAME);
		third = (size_t)f.at;
		capturefile_release(&f);
		wrong.len = 0;
		file32(&wrong, false, cases[i].value);
		memcpy(file.data + third + cases[i].at, wrong.data, 4);
		c.at = 0;
		assert_int_equal(read_all(&f, &c, &end), 2);
		assert_int_equal(end, CAPTUREFILE_DAMAGED);
		assert_int_equal(f.at, third);
		assert_true(str_starts(f.damage, cases[i].damage));
		capturefile_release(&f);
	}
}

static void each_interface_has_its_own_link_type_and_time(void **state)
{
	static const struct {
		unsigned link;
		int resolution; /* if_tsresol */
		int64_t offset;
		uint64_t time;
		int64_t wanted;
	} faces[] = {
	    {1, -1, -1, UINT64_C(1700000000999999), 1700000000},
	    {101, 9, -1, UINT64_C(1700000000999999999), 1700000000},
	    {113, 0x80 | 10, -1, UINT64_C(1700000000) << 10 | 1023, 1700000000},
	    {276, 0, 1600000000, 100000000, 1700000000},
	    {1, 60, -1, 5, CAPTUREFILE_NO_TIME},
	    {1, 0x80 | 64, -1, 5, CAPTUREFILE_NO_TIME},
	};
	struct content c = {file.data, 0, 0, 7};
	struct capturefile_frame got;
	struct capturefile f;

	(void)state;
	file.len = 0;
	/* A second section forgets the interfaces of the first. */
	put_section(&file, true);
	put_interface(&file, true, 228, 3, -1);
	put_section(&file, false);
	for (size_t i = 0; i < ARRAY_LEN(faces); i++)
		put_interface(&file, false, faces[i].link, faces[i].resolution,
			      faces[i].offset);
	next_frame(1);
	for (unsigned i = 0; i < ARRAY_LEN(faces); i++)
		put_packet(&file, false, i, faces[i].time, &frame);
	c.len = file.len;
	capturefile_init(&f, give, &c);
	assert_int_equal(capturefile_begin(&f), CAPTUREFILE_FRAME);
	for (size_t i = 0; i < ARRAY_LEN(faces); i++) {
		assert_int_equal(capturefile_next(&f, &got), CAPTUREFILE_FRAME);
		assert_int_equal(got.link, faces[i].link);
		assert_int_equal(got.time, faces[i].wanted);
	}
	assert_int_equal(capturefile_next(&f, &got), CAPTUREFILE_END);
	capturefile_release(&f);
}

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data = xalloc(16u << 20);

	assert_non_null(in);
	*len = fread(data, 1, 16u << 20, in);
	fclose(in);
	return data;
}

/* The same frames as libpcap gives, where it gives any. */
static void assert_as_libpcap(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	struct content c = {.step = 1000};
	struct capturefile_frame got;
	struct pcap_pkthdr *head;
	struct capturefile f;
	const u_char *data;
	int64_t frames = 0;

	assert_non_null(p);
	c.data = read_file(path, &c.len);
	capturefile_init(&f, give, &c);
	assert_int_equal(capturefile_begin(&f), CAPTUREFILE_FRAME);
	while (pcap_next_ex(p, &head, &data) == 1) {
		assert_int_equal(capturefile_next(&f, &got), CAPTUREFILE_FRAME);
		assert_int_equal(got.time, head->ts.tv_sec);
		assert_int_equal(got.len, head->caplen);
		assert_int_equal(got.sent, head->len);
		assert_memory_equal(got.data, data, got.len);
		frames++;
	}
	assert_int_equal(capturefile_next(&f, &got), CAPTUREFILE_END);
	assert_true(frames > 0);
	capturefile_release(&f);
	free((void *)c.data);
	pcap_close(p);
}

static void frames_are_those_of_libpcap(void **state)
{
	char path[] = "/tmp/martlet-capture-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (unsigned i = 0; i < 6; i++) {
		FILE *out = fopen(path, "wb");

		if (i % 3 == 2)
			make_ng(i > 3);
		else
			make_pcap(i > 2, i % 3 ? NANO : MICRO);
		assert_non_null(out);
		assert_int_equal(fwrite(file.data, 1, file.len, out), file.len);
		fclose(out);
		assert_as_libpcap(path);
	}
	close(fd);
	unlink(path);
}

static void public_captures_are_read_as_libpcap_reads_them(void **state)
{
	static const char directory[] = "../shared/data/pcap";
	DIR *d = opendir(directory);
	struct dirent *e;
	int read = 0;

	(void)state;
	while (d != NULL && (e = readdir(d)) != NULL) {
		char *path = xalloc_printf("%s/%s", directory, e->d_name);
		const char *end = strrchr(e->d_name, '.');

		if (strcmp(end, ".pcap") == 0 || strcmp(end, ".pcapng") == 0) {
			assert_as_libpcap(path);
			read++;
		}
		free(path);
	}
	if (d != NULL)
		closedir(d);
	if (read == 0) {
		fprintf(stderr, "skipped: there is no %s\n", directory);
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_orders_and_resolutions_are_read),
	    cmocka_unit_test(a_cut_is_named_by_its_byte_and_packet),
	    cmocka_unit_test(lengths_that_cannot_be_end_the_file_there),
	    cmocka_unit_test(each_interface_has_its_own_link_type_and_time),
	    cmocka_unit_test(frames_are_those_of_libpcap),
	    cmocka_unit_test(public_captures_are_read_as_libpcap_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
