import type { Rule } from '#exchange/stix/model/fault.ts'
import { eitherOf, needed, record } from '#exchange/stix/model/record.ts'
import { refTo } from '#exchange/stix/model/references.ts'
import { language, listOf, name } from '#exchange/stix/model/values.ts'

/** Parts of an object with the marking or the language that holds for them (section 7.2.3). */
export const granularMarkings = listOf(
  record({ marking_ref: refTo('marking-definition'), lang: language, selectors: needed(listOf(name)) }, [eitherOf('marking_ref', 'lang')]),
)

/** Each selector leads to something that the object has. */
export const selectorsLead: Rule = (object) => {
  const markings = object['granular_markings'] as readonly { readonly selectors: readonly string[] }[] | undefined
  if (markings === undefined) return undefined
  for (const [marking, { selectors }] of markings.entries()) {
    for (const [at, selector] of selectors.entries()) {
      const message = faultOfSelector(object, selector)
      if (message !== undefined) return { path: `/granular_markings/${marking}/selectors/${at}`, message }
    }
  }
  return undefined
}

/** Follows a selector: names of properties and list indices such as `[4]`, separated by points. */
function faultOfSelector(object: unknown, selector: string): string | undefined {
  let value = object
  for (const step of selector.split('.')) {
    const index = indexOf(step)
    if (index === undefined ? !isStep(step) : !Number.isSafeInteger(index)) return 'must be names of properties and indices such as [0], separated by points'
    if (index === undefined ? !hasProperty(value, step) : !Array.isArray(value) || index >= value.length) return 'leads to nothing in this object'
    value = (value as Record<string, unknown>)[index ?? step]
  }
  return undefined
}

/** The number of `[4]`; NaN for other brackets; undefined for a name. */
function indexOf(step: string): number | undefined {
  if (!step.startsWith('[')) return undefined
  const digits = step.slice(1, -1)
  return step.endsWith(']') && digits !== '' && digits.length <= 15 && String(Number(digits)) === digits ? Number(digits) : Number.NaN
}

function isStep(step: string): boolean {
  return step !== '' && step.length <= 250
}

function hasProperty(value: unknown, property: string): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, property)
}
