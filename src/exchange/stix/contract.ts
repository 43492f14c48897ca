/** Id of a STIX object (STIX 2.1, section 2.9): its type and a UUID. */
export const STIX_ID = /^[a-z][a-z0-9-]{1,60}--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
