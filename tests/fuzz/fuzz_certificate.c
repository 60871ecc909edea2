/*
 * A stranger's certificate, as DER.
 */
#include <openssl/pem.h>
#include <stdint.h>
#include <stdlib.h>

#include "identify.h"
#include "xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct observation o;
	char *text, *pem;
	long len;

	observation_init(&o);
	PEM_write_bio(bio, "CERTIFICATE", "", data, (long)size);
	len = BIO_get_mem_data(bio, &text);
	pem = xalloc_string_n(text, (size_t)len);
	if (identify_certificate(pem, &o.certificate) < 0 &&
	    o.certificate.subject != NULL)
		abort();
	free(pem);
	BIO_free(bio);
	observation_release(&o);
	return 0;
}
