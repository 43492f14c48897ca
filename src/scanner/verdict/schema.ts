/**
 * The version of the scan result that `vedette scan --json`, the API and the database share (docs/scan-json.md). Stands apart from the
 * contract, whose library the reading process may not load.
 */
export const SCAN_SCHEMA = 'vedette.scan/2'

/** The version of the answer that joins a static scan with what environments showed. A scan without environments stays `SCAN_SCHEMA`, byte for byte. */
export const JOINED_SCHEMA = 'vedette.verdict/1'
