/* patient_key: each patient's own key, under which bodies and files of that patient are sealed beside the vault's sealing of pages.
 *
 * 32 random bytes, stored wrapped under a secret of the store that is itself wrapped by the master key (store/secret.h), so that
 * rotating the master wraps one secret anew and no key of a patient. Lawful erasure destroys the row: what was sealed under it, here
 * or in a file or a backup of files, is noise from then on. Keys are made when first asked for on the desk. */
#ifndef RECORDS_PATIENT_KEY_H
#define RECORDS_PATIENT_KEY_H
#include "base/cipher.h"
#include "records/records.h"

/* Boxes (base/cipher: nonce | sealed | tag) under the key of the patient with this row; ad is bound, not kept. ret_box has
 * bytes + CIPHER_BOX_BYTES. tx is any transaction of this store; may_write where the key may have to be made (ERR_NOT_FOUND else).
 * ERR_DENIED: the key was destroyed. ERR_CORRUPT: box, ad or key are not those. */
enum err patient_key_seal(struct tx *tx, struct records *r, int64_t patient, const void *ad, size_t ad_bytes,
                          const void *plain, size_t bytes, void *ret_box) MUST_USE;
enum err patient_key_open(struct tx *tx, struct records *r, int64_t patient, const void *ad, size_t ad_bytes,
                          const void *box, size_t box_bytes, void *ret_plain) MUST_USE;
/* A key for one labelled purpose, derived from the patient's (files: "file" and the file's own salt): the caller makes its cipher and
 * wipes it. */
enum err patient_key_derive(struct tx *tx, struct records *r, int64_t patient, const void *salt,
                            size_t salt_bytes, const char *label, uint8_t ret_key[CIPHER_KEY_BYTES]) MUST_USE;
/* On the desk, inside the erasure's transaction. ERR_NOT_FOUND: there was none. */
enum err patient_key_destroy(struct tx *tx, struct records *r, int64_t patient) MUST_USE;

#endif
