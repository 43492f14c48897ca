/** What the routes for files take at most, in bytes: a file that is larger is not sent. */
export const MAX_ADVISORY_BYTES = 15_000_000
export const MAX_FILE_BYTES = 50 * 1024 * 1024
