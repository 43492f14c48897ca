import { objectOf, VERSIONED } from '#exchange/stix/model/shared-properties.ts'
import { fault, type Check } from '#exchange/stix/model/fault.ts'
import { laterThan, needed, notBefore } from '#exchange/stix/model/record.ts'
import { domainRef, refsTo, thingRef } from '#exchange/stix/model/references.ts'
import { either, flag, integer, text, timestamp } from '#exchange/stix/model/values.ts'
import type { RelationshipType } from '#exchange/stix/object-types.ts'

const LONGEST_WORD = 250
const NO_WORD = fault('must be lower-case letters, digits and hyphens')
const word: Check = (value) => (typeof value === 'string' && value !== '' && value.length <= LONGEST_WORD && isWord(value) ? undefined : NO_WORD)

function isWord(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39) && code !== 0x2d) return false
  }
  return true
}

/** Relationship objects (section 5). */
export const RELATIONSHIPS: Readonly<Record<RelationshipType, Check>> = {
  relationship: objectOf(
    VERSIONED,
    {
      relationship_type: needed(word),
      description: text,
      source_ref: needed(thingRef),
      target_ref: needed(thingRef),
      start_time: timestamp,
      stop_time: timestamp,
    },
    [laterThan('start_time', 'stop_time')],
  ),
  sighting: objectOf(
    VERSIONED,
    {
      description: text,
      first_seen: timestamp,
      last_seen: timestamp,
      count: integer(0, 999_999_999),
      sighting_of_ref: needed(domainRef),
      observed_data_refs: refsTo('observed-data'),
      where_sighted_refs: refsTo('identity', 'location'),
      // A flag in the standard of 2021, a string in the text of its errata.
      summary: either(flag, text),
    },
    [notBefore('first_seen', 'last_seen')],
  ),
}
