import { extensionType, objectOf, MARKING, VERSIONED } from '#exchange/stix/model/shared-properties.ts'
import { fault, isRecord, within, type Check, type Rule } from '#exchange/stix/model/fault.ts'
import { needed } from '#exchange/stix/model/record.ts'
import { anyRef, refTo } from '#exchange/stix/model/references.ts'
import { dictionaryOf, isLanguage, listOf, name, text, timestamp } from '#exchange/stix/model/values.ts'
import { labelDefinedBy, labelOfId } from '#exchange/stix/tlp.ts'
import type { MetaType } from '#exchange/stix/object-types.ts'

const NO_TRANSLATION = fault('must be an object that is not empty')
const translations = dictionaryOf((value) => (isRecord(value) && Object.keys(value).length > 0 ? undefined : NO_TRANSLATION))
const NO_CODE = fault('must be a language code (RFC 5646)')

/** Translations by language, each of which mirrors the object that it is for (section 7.1.1); how far it does is for whoever has both. */
const contents: Check = (value) => {
  const wrong = translations(value)
  const foreign = wrong === undefined ? Object.keys(value as object).find((code) => !isLanguage(code)) : undefined
  return foreign === undefined ? wrong : within(foreign, NO_CODE)
}

const TOP_LEVEL = fault('is for extensions of the type toplevel-property-extension', 'extension_properties')
const propertiesAreTopLevel: Rule = ({ extension_types: types, extension_properties: properties }) =>
  properties === undefined || (types as string[]).includes('toplevel-property-extension') ? undefined : TOP_LEVEL

const NO_DEFINITION = fault('must be an object')
const definition: Check = (value) => (isRecord(value) ? undefined : NO_DEFINITION)

/** What defines a marking: its extensions, or the type and the definition that those replace (section 7.2.1). */
const isDefined: Rule = (object) => {
  const { extensions, definition_type: type, definition: says } = object
  if (type === undefined && extensions === undefined) return fault('is missing', 'definition_type')
  if (says === undefined && extensions === undefined) return fault('is missing', 'definition')
  if (type === 'statement' && typeof (says as { statement?: unknown } | undefined)?.statement !== 'string') return fault('must hold a statement', 'definition')
  return undefined
}

/** A label of TLP has one definition: nobody defines the label under another id, or something else under its id (section 7.2.1). */
const isTheOneOfTlp: Rule = (object) => {
  const [named, said] = [labelOfId(object['id'] as string), labelDefinedBy(object)]
  if (named === said) return undefined
  if (named === undefined) return fault(`is not that of ${said}`, 'id')
  return fault(`must be that of ${named}, whose id this is`, object['definition'] === undefined ? 'extensions' : 'definition')
}

/** Meta objects (section 7). */
export const META: Readonly<Record<MetaType, Check>> = {
  'language-content': objectOf(VERSIONED, { object_ref: needed(anyRef), object_modified: timestamp, contents: needed(contents) }),
  'marking-definition': objectOf(MARKING, { name: text, definition_type: name, definition }, [isDefined, isTheOneOfTlp]),
  'extension-definition': objectOf(
    VERSIONED,
    {
      created_by_ref: needed(refTo('identity')),
      name: needed(name),
      description: text,
      schema: needed(name),
      version: needed(name),
      extension_types: needed(listOf(extensionType)),
      extension_properties: listOf(name),
    },
    [propertiesAreTopLevel],
  ),
}
