/** What the server takes of a logo at most, in bytes. */
export const MAX_LOGO_BYTES = 512 * 1024
