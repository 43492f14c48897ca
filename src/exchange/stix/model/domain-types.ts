import { fault, isRecord, within, type Check, type Fault, type Rule } from '#exchange/stix/model/fault.ts'
import { killChainPhases, objectOf, VERSIONED } from '#exchange/stix/model/shared-properties.ts'
import { atLeastOneOf, eitherOf, laterThan, needed, needs, notBefore, type Properties } from '#exchange/stix/model/record.ts'
import { anyRefs, isObservable, observableRef, observedRef, refsTo, refTo } from '#exchange/stix/model/references.ts'
import { flag, float, integer, listOf, name, oneOf, text, timestamp } from '#exchange/stix/model/values.ts'
import { faultOfPattern } from '#exchange/stix/patterns/parse.ts'
import type { DomainType } from '#exchange/stix/object-types.ts'

/** Domain objects (section 4). Open vocabularies take any word. */

const NAMED: Properties = { name: needed(name), description: text }
const ALIASED: Properties = { ...NAMED, aliases: listOf(text) }
const SEEN: Properties = { first_seen: timestamp, last_seen: timestamp }
const seenInOrder = notBefore('first_seen', 'last_seen')
const OBJECTS: Properties = { object_refs: needed(anyRefs) }
const MOTIVES: Properties = { goals: listOf(text), resource_level: name, primary_motivation: name, secondary_motivations: listOf(name) }

/** A catalogue's ids have its form (sections 4.1.1, 4.19.1). */
function idsOf(source: string, prefix: string): Rule {
  const wrong = fault(`must be an id of the form ${prefix}…`)
  return ({ external_references: references }) => {
    for (const [at, reference] of ((references ?? []) as { source_name: string; external_id?: string }[]).entries()) {
      const { source_name: from, external_id: id } = reference
      if (from === source && id !== undefined && !id.startsWith(prefix)) return within('external_references', within(at, within('external_id', wrong)))
    }
    return undefined
  }
}

/** A pattern of this language parses; those of others are the business of whoever runs them, and version 2.0 of it spells some things otherwise. */
const patternParses: Rule = ({ pattern, pattern_type: language, pattern_version: version }) => {
  const wrong = language === 'stix' && version !== '2.0' ? faultOfPattern(pattern as string) : undefined
  return wrong === undefined ? undefined : fault(`no pattern of STIX 2.1, ${wrong}`, 'pattern')
}

const FAMILY = fault('is missing; a family of malware has a name', 'name')
const familyIsNamed: Rule = ({ is_family: isFamily, name: called }) => (isFamily === true && called === undefined ? FAMILY : undefined)

const NO_OBSERVABLE = fault('must name at least one observable', 'object_refs')
const observesSomething: Rule = ({ object_refs: refs }) =>
  refs === undefined || (refs as string[]).some((ref) => isObservable(ref.slice(0, ref.indexOf('--')))) ? undefined : NO_OBSERVABLE

const NO_CONTAINER = fault('must be a dictionary of at least one object')
const NO_MEMBER = fault('must be an object with a type')
const NO_PEER = fault('must name objects of the same container')

/** Objects observed, each under a name by which the others refer to it (section 2.13); they may be those of STIX 2.0. */
const observableContainer: Check = (value) => {
  if (!isRecord(value) || Object.keys(value).length === 0) return NO_CONTAINER
  for (const [key, object] of Object.entries(value)) {
    const wrong = !isRecord(object) || typeof object['type'] !== 'string' || object['type'] === '' ? NO_MEMBER : faultOfPeers(object, value)
    if (wrong !== undefined) return within(key, wrong)
  }
  return undefined
}

function faultOfPeers(object: Record<string, unknown>, container: object): Fault | undefined {
  const isPeer = (ref: unknown) => typeof ref === 'string' && Object.hasOwn(container, ref)
  for (const [property, value] of Object.entries(object)) {
    const refs = property.endsWith('_ref') ? [value] : property.endsWith('_refs') ? value : []
    if (!Array.isArray(refs) || !refs.every(isPeer)) return within(property, NO_PEER)
  }
  return undefined
}

export const DOMAIN: Readonly<Record<DomainType, Check>> = {
  'attack-pattern': domain({ ...ALIASED, kill_chain_phases: killChainPhases }, idsOf('capec', 'CAPEC-')),
  campaign: domain({ ...ALIASED, ...SEEN, objective: text }, seenInOrder),
  'course-of-action': domain(NAMED),
  grouping: domain({ ...OBJECTS, name, description: text, context: needed(name) }),
  identity: domain({ ...NAMED, roles: listOf(text), identity_class: name, sectors: listOf(name), contact_information: text }),
  incident: domain(NAMED),
  indicator: domain(
    {
      name: text,
      description: text,
      indicator_types: listOf(name),
      pattern: needed(name),
      pattern_type: needed(name),
      pattern_version: text,
      valid_from: needed(timestamp),
      valid_until: timestamp,
      kill_chain_phases: killChainPhases,
    },
    laterThan('valid_from', 'valid_until'),
    patternParses,
  ),
  infrastructure: domain({ ...ALIASED, ...SEEN, infrastructure_types: listOf(name), kill_chain_phases: killChainPhases }, seenInOrder),
  'intrusion-set': domain({ ...ALIASED, ...SEEN, ...MOTIVES }, seenInOrder),
  location: domain(
    {
      name: text,
      description: text,
      latitude: float(-90, 90),
      longitude: float(-180, 180),
      precision: float(),
      region: name,
      country: text,
      administrative_area: text,
      city: text,
      street_address: text,
      postal_code: text,
    },
    atLeastOneOf('region', 'country', 'latitude', 'longitude'),
    needs('latitude', 'longitude'),
    needs('longitude', 'latitude'),
    needs('precision', 'latitude', 'longitude'),
  ),
  malware: domain(
    {
      ...SEEN,
      name: text,
      description: text,
      malware_types: listOf(name),
      is_family: needed(flag),
      aliases: listOf(text),
      kill_chain_phases: killChainPhases,
      operating_system_refs: refsTo('software'),
      architecture_execution_envs: listOf(name),
      implementation_languages: listOf(name),
      capabilities: listOf(name),
      sample_refs: refsTo('file', 'artifact'),
    },
    seenInOrder,
    familyIsNamed,
  ),
  'malware-analysis': domain(
    {
      product: needed(name),
      version: text,
      host_vm_ref: refTo('software'),
      operating_system_ref: refTo('software'),
      installed_software_refs: refsTo('software'),
      configuration_version: text,
      modules: listOf(text),
      analysis_engine_version: text,
      analysis_definition_version: text,
      submitted: timestamp,
      analysis_started: timestamp,
      analysis_ended: timestamp,
      result_name: text,
      result: name,
      analysis_sco_refs: listOf(observableRef),
      sample_ref: refTo('file', 'network-traffic', 'artifact'),
    },
    atLeastOneOf('result', 'analysis_sco_refs'),
  ),
  note: domain({ ...OBJECTS, abstract: text, content: needed(text), authors: listOf(text) }),
  'observed-data': domain(
    {
      first_observed: needed(timestamp),
      last_observed: needed(timestamp),
      number_observed: needed(integer(1, 999_999_999)),
      objects: observableContainer,
      object_refs: listOf(observedRef),
    },
    notBefore('first_observed', 'last_observed'),
    eitherOf('object_refs', 'objects'),
    observesSomething,
  ),
  opinion: domain({
    ...OBJECTS,
    explanation: text,
    authors: listOf(text),
    opinion: needed(oneOf('strongly-disagree', 'disagree', 'neutral', 'agree', 'strongly-agree')),
  }),
  report: domain({ ...NAMED, ...OBJECTS, report_types: listOf(name), published: needed(timestamp) }),
  'threat-actor': domain(
    {
      ...ALIASED,
      ...SEEN,
      ...MOTIVES,
      threat_actor_types: listOf(name),
      roles: listOf(name),
      sophistication: name,
      personal_motivations: listOf(name),
    },
    seenInOrder,
  ),
  tool: domain({ ...ALIASED, tool_types: listOf(name), kill_chain_phases: killChainPhases, tool_version: text }),
  vulnerability: domain(NAMED, idsOf('cve', 'CVE-')),
}

function domain(properties: Properties, ...rules: readonly Rule[]): Check {
  return objectOf(VERSIONED, properties, rules)
}
