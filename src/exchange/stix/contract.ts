/** Id of a STIX object (STIX 2.1, section 2.9): its type and a UUID. */
export const STIX_ID = /^[a-z][a-z0-9-]{1,60}--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

// Who is entitled to what by its marking is decided in one place, for rules of the scanner, too.
export { COMMUNITY, strictest } from '#exchange/stix/tlp.ts'
export { seesVersion } from '#exchange/stix/visible.ts'
