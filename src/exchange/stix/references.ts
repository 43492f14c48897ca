import { typeOfId } from '#exchange/stix/identifier.ts'

/** One object's pointing at another. */
export interface Reference {
  /** Name of the property that holds the id, wherever in the object it is. */
  readonly property: string
  readonly target: string
}

/** Dictionaries whose keys are not properties of STIX, translations, and observables that refer to one another by names of their own. */
const NOT_LOOKED_INTO: ReadonlySet<string> = new Set([
  'additional_header_fields',
  'contents',
  'document_info_dict',
  'environment_variables',
  'exif_tags',
  'hashes',
  'ipfix',
  'objects',
  'options',
  'request_header',
  'startup_info',
])

/**
 * Every id that an object points at: all its properties called `…_ref` and `…_refs` (STIX 2.1, section 3.1), those of nested
 * objects, extensions and custom properties among them, in the order in which they stand. What is no id is passed over.
 */
export function referencesOf(object: object): Reference[] {
  const found: Reference[] = []
  collect(object, found)
  return found
}

function collect(object: object, found: Reference[]): void {
  for (const [property, value] of Object.entries(object)) {
    if (typeof value === 'string') {
      if (property.endsWith('_ref')) keep(property, value, found)
    } else if (Array.isArray(value)) {
      const isRefs = property.endsWith('_refs')
      for (const item of value as unknown[]) {
        if (isRefs) keep(property, item, found)
        else if (typeof item === 'object' && item !== null) collect(item, found)
      }
    } else if (typeof value === 'object' && value !== null && !NOT_LOOKED_INTO.has(property)) collect(value, found)
  }
}

function keep(property: string, value: unknown, found: Reference[]): void {
  if (typeOfId(value) !== undefined) found.push({ property, target: value as string })
}
