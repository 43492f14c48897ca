import type { TlpLabel } from '#program/packages/contract.ts'
import type { StixObject } from '#exchange/stix/check.ts'

/** Ids of the markings of TLP 2.0 (oasis-open/cti-stix-common-objects). */
export const TLP_MARKINGS: Readonly<Record<TlpLabel, string>> = {
  CLEAR: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  GREEN: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  AMBER: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'AMBER+STRICT': 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003',
  RED: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
}

/** The extension by which a marking is defined as one of TLP 2.0, and the property that holds its label. */
export const TLP_EXTENSION = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d'

/** Ids of the markings of TLP 1 (STIX 2.1, section 7.2.1.4), and what each is in TLP 2.0. */
const TLP_1: readonly (readonly [id: string, label: string, now: TlpLabel])[] = [
  ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'WHITE', 'CLEAR'],
  ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'GREEN', 'GREEN'],
  ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'AMBER', 'AMBER'],
  ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'RED', 'RED'],
]

const LABELS: ReadonlyMap<string, TlpLabel> = new Map([
  ...Object.entries(TLP_MARKINGS).map(([label, id]) => [id, label as TlpLabel] as const),
  ...TLP_1.map(([id, , now]) => [id, now] as const),
])

const DEFINED: ReadonlyMap<string, string> = new Map([
  ...Object.entries(TLP_MARKINGS).map(([label, id]) => [id, `TLP:${label} (TLP 2.0)`] as const),
  ...TLP_1.map(([id, label]) => [id, `TLP:${label} (TLP 1)`] as const),
])

/** Every id of a marking of TLP, with the label of TLP 2.0 that it is read as and what it is called. */
export const TLP_IDS: readonly { readonly id: string; readonly label: TlpLabel; readonly words: string }[] = [...LABELS].map(([id, label]) => ({
  id,
  label,
  words: DEFINED.get(id)!,
}))

/** The label that an id stands for, in words with its version of TLP; undefined when it is none of TLP. */
export function labelOfId(id: string): string | undefined {
  return DEFINED.get(id)
}

/** The label that a marking definition says to define, in the same words; undefined when it defines something else. */
export function labelDefinedBy({ definition_type: type, definition, extensions }: Readonly<Record<string, unknown>>): string | undefined {
  const [first, second] = [
    (definition as { tlp?: unknown } | undefined)?.tlp,
    (extensions as Record<string, { tlp_2_0?: unknown }> | undefined)?.[TLP_EXTENSION],
  ]
  const said = [
    ...(type === 'tlp' || first !== undefined ? [`${inCapitals(first)} (TLP 1)`] : []),
    ...(second === undefined ? [] : [`${inCapitals(second.tlp_2_0)} (TLP 2.0)`]),
  ]
  return said.length === 0 ? undefined : said.join(' and ')
}

function inCapitals(label: unknown): string {
  return typeof label === 'string' && label.length <= 20 ? `TLP:${label.toUpperCase()}` : 'a label of TLP'
}

const BY_STRICTNESS = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const satisfies readonly TlpLabel[]

/** What the members of the collection may see without being the contributor. */
export const COMMUNITY: readonly TlpLabel[] = ['CLEAR', 'GREEN', 'AMBER']

/** Every marking that an object names, for the whole or for a part of it. */
export function markingsOf(object: StixObject): readonly string[] {
  const { object_marking_refs: refs = [], granular_markings: parts = [] } = object as {
    object_marking_refs?: string[]
    granular_markings?: { marking_ref?: string }[]
  }
  return [...refs, ...(Array.isArray(parts) ? parts : []).flatMap(({ marking_ref: ref }) => (ref === undefined ? [] : [ref]))]
}

/** Whether it defines a marking that restricts nothing, such as a copyright. */
export function isStatement(object: StixObject): boolean {
  return object.type === 'marking-definition' && object['definition_type'] === 'statement'
}

export function isTlpMarking(ref: string): boolean {
  return LABELS.has(ref)
}

/**
 * The label that decides who sees an object: the strictest that it names, a part's as if it were the whole's, because nothing
 * is ever cut out of an object. Without a label it is `unmarked`, the community's (AMBER) unless said; a marking that is neither a
 * label nor a statement (`isKnown`) is one that we cannot honour, so it counts as RED.
 */
export function tlpOf(object: StixObject, isKnown: (ref: string) => boolean, unmarked: TlpLabel = 'AMBER'): TlpLabel {
  const labels = markingsOf(object).flatMap((ref) => LABELS.get(ref) ?? (isKnown(ref) ? [] : ['RED' as const]))
  if (labels.length === 0) return unmarked
  return labels.reduce((one, other) => strictest(one, other))
}

/** The narrower of two labels; of one, itself. */
export function strictest(one: TlpLabel, other: TlpLabel = one): TlpLabel {
  return BY_STRICTNESS.indexOf(other) > BY_STRICTNESS.indexOf(one) ? other : one
}
