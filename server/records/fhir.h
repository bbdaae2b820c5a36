/* fhir: the shape of FHIR R4 (4.0.1) as constant tables: types, elements, required codes, search parameters, the patient compartment.
 * fhir_tables.c is written by tables/generate.mjs from the published definitions and is never edited; this header says what
 * the tables mean. Constant data: any thread.
 *
 * Names (of elements, types, codes, systems, parameters) are numbers into one pool of texts: fhir_name. */
#ifndef RECORDS_FHIR_H
#define RECORDS_FHIR_H
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

/* Primitive types come first; a type's number below FHIR_PRIMITIVES is one of these. */
enum fhir_primitive {
    FHIR_BASE64BINARY,
    FHIR_BOOLEAN,
    FHIR_CANONICAL,
    FHIR_CODE,
    FHIR_DATE,
    FHIR_DATETIME,
    FHIR_DECIMAL,
    FHIR_ID,
    FHIR_INSTANT,
    FHIR_INTEGER,
    FHIR_MARKDOWN,
    FHIR_OID,
    FHIR_POSITIVEINT,
    FHIR_STRING,
    FHIR_TIME,
    FHIR_UNSIGNEDINT,
    FHIR_URI,
    FHIR_URL,
    FHIR_UUID,
    FHIR_XHTML,
    FHIR_PRIMITIVES
};
#define FHIR_ANY_RESOURCE 0xffff /* a type: any resource (contained, Bundle.entry.resource) */
#define FHIR_NONE 0xffff
#define FHIR_MANY 0xff /* most: no upper bound */

enum fhir_type_kind { FHIR_KIND_PRIMITIVE, FHIR_KIND_DATATYPE, FHIR_KIND_BACKBONE, FHIR_KIND_RESOURCE };

struct fhir_type {
    uint16_t name; /* "Patient", "HumanName", "Patient.contact" */
    uint16_t
        first; /* its elements: fhir_elements[first .. first + count), sorted by name, inherited ones too */
    uint16_t count;
    uint8_t kind;
    bool is_domain; /* a DomainResource: text, contained, extension */
};

struct fhir_element {
    uint16_t name; /* as in JSON; a choice stands once for each of its types: valueQuantity, valueString … */
    uint16_t type;
    uint16_t
        codes; /* the required value set: fhir_code_sets[codes]; FHIR_NONE: no required binding, or not enumerable */
    uint16_t targets; /* of a Reference: place in fhir_lists of type numbers, ended by FHIR_NONE; 0: any */
    uint8_t least, most;
    uint8_t
        choice; /* elements of one type with the same number (> 0) exclude each other, and share least and most */
    uint8_t flags;
};
#define FHIR_IS_SUMMARY 1
#define FHIR_IS_MODIFIER 2

struct fhir_code {
    uint16_t code, system; /* names */
};
struct fhir_code_set {
    uint16_t url;
    uint16_t first,
        count; /* fhir_codes[first .. first + count), sorted by the text of the code, then of the system */
};

enum fhir_param_type {
    FHIR_PARAM_NUMBER,
    FHIR_PARAM_DATE,
    FHIR_PARAM_STRING,
    FHIR_PARAM_TOKEN,
    FHIR_PARAM_REFERENCE,
    FHIR_PARAM_COMPOSITE,
    FHIR_PARAM_QUANTITY,
    FHIR_PARAM_URI,
    FHIR_PARAM_SPECIAL
};

/* One way to a parameter's values. Steps are names of elements from the resource down; any of them may repeat. */
struct fhir_path {
    uint16_t steps;  /* place in fhir_lists, ended by FHIR_NONE */
    uint16_t type;   /* of what stands there */
    uint16_t target; /* where(resolve() is X): only references to this type; else FHIR_NONE */
    uint16_t system; /* where(system='x'): only ContactPoints of this system (a name); else FHIR_NONE */
    bool
        is_presence; /* exists() and != false: true where there is one, and it is not false (Patient.deceased) */
    bool is_first; /* only the first of what repeats: Bundle.entry[0] */
};

struct fhir_param {
    uint16_t name;
    uint16_t url;
    uint16_t first, count; /* fhir_paths; of a composite: the paths of the things that hold its components */
    uint16_t targets;      /* of a reference: as in fhir_element */
    uint16_t
        components; /* of a composite: place in fhir_components, ended by a name of FHIR_NONE; else FHIR_NONE */
    uint8_t type;
    bool
        in_patient_compartment; /* a reference of the patient here puts the resource into the patient's compartment */
};

/* A component of a composite: the parameter it is like, and where it stands from the composite's own path. */
struct fhir_component {
    uint16_t name;         /* of the parameter */
    uint16_t type;         /* enum fhir_param_type */
    uint16_t first, count; /* fhir_paths */
};

struct fhir_resource {
    uint16_t type;         /* fhir_types */
    uint16_t first, count; /* fhir_params, sorted by name */
};

extern const struct fhir_type fhir_types[];
extern const struct fhir_element fhir_elements[];
extern const struct fhir_code fhir_codes[];
extern const struct fhir_code_set fhir_code_sets[];
extern const struct fhir_param fhir_params[];
extern const struct fhir_path fhir_paths[];
extern const struct fhir_component fhir_components[];
extern const struct fhir_resource fhir_resources[]; /* sorted by name */
extern const uint16_t fhir_lists[];
extern const uint16_t fhir_type_count, fhir_resource_count, fhir_name_count;

struct str fhir_name(uint16_t name);
/* By name; FHIR_NONE when there is none. */
uint16_t fhir_type_of(struct str name);     /* "HumanName", "Patient" */
uint16_t fhir_resource_of(struct str name); /* place in fhir_resources */
/* Place in fhir_elements of a type's element, or FHIR_NONE; "_birthDate" is asked for without its underscore. */
uint16_t fhir_element_of(uint16_t type, struct str name);
uint16_t fhir_param_of(uint16_t resource, struct str name); /* place in fhir_params */
/* Is the code in the set? The system is compared only when it is given (Coding, CodeableConcept). */
bool fhir_code_is_in(uint16_t set, struct str code, struct str system);

#endif
