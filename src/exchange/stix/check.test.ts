import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkObject } from '#exchange/stix/check.ts'
import { kindOf, kindOfObject } from '#exchange/stix/object-types.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { indicator, relationship } from '#test/harness/exchange.ts'
import { EXAMPLES, idOf, observable, versioned, type Example } from '#test/harness/stix.ts'

const at = '2026-01-01T00:00:00Z'
const before = '2025-12-31T23:59:59.999999Z'
const tlp1 = { definition_type: 'tlp', definition: { tlp: 'green' } }
const tlp2 = (label: string) => ({
  extensions: { 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d': { extension_type: 'property-extension', tlp_2_0: label } },
})
const marking = (id: string, properties: object) => ({ type: 'marking-definition', spec_version: '2.1', id, created: at, ...properties })
const [TLP_GREEN, TLP_RED] = ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed']
const file = (extensions: object) => observable('file', { name: 'a', extensions })
const granular = (...markings: object[]) => indicator({ labels: ['a', 'b'], granular_markings: markings })
const marked = (selector: string) => granular({ marking_ref: TLP_MARKINGS.RED, selectors: ['pattern', selector] })

/** What is refused, and where the reason lies. */
const BAD: Readonly<Record<string, readonly [where: string, object: unknown]>> = {
  'no type': ['/type', { id: idOf('indicator') }],
  'a type that nobody defines': ['/type', versioned('thing')],
  'a type of an extension that adds properties only': [
    '/type',
    versioned('thing', { extensions: { [idOf('extension-definition')]: { extension_type: 'property-extension', a_b: 1 } } }),
  ],
  'a custom type without the common properties': ['/modified', { ...versioned('x-thing'), modified: undefined }],
  'a bundle': ['/type', { type: 'bundle', id: idOf('bundle'), objects: [] }],
  'a type that hangs a careless expression': ['/type', versioned(`${'a'.repeat(40)}!`)],
  'a very long type': ['/type', versioned('a'.repeat(100_000))],
  'garbage for an id': ['/id', indicator({ id: 'garbage' })],
  "another type's id": ['/id', indicator({ id: idOf('malware') })],
  'an id without a UUID': ['/id', indicator({ id: 'indicator--1' })],
  'an id in capitals': ['/id', indicator({ id: idOf('indicator').toUpperCase() })],
  'an id of another variant': ['/id', indicator({ id: 'indicator--9299f726-ce06-492e-c472-2b52ccb53191' })],
  'STIX 2.0': ['/spec_version', indicator({ spec_version: '2.0' })],
  'no version of STIX': ['/spec_version', indicator({ spec_version: undefined })],
  'no creation': ['/created', indicator({ created: undefined })],
  'a local time': ['/modified', indicator({ modified: '2026-01-01T00:00:00+01:00' })],
  'a day that does not exist': ['/valid_from', indicator({ valid_from: '2026-02-30T00:00:00Z' })],
  'the year 0': ['/created', indicator({ created: '0000-01-01T00:00:00Z' })],
  'changed before it was made': ['/modified', indicator({ modified: before })],
  'a state of no truth': ['/revoked', indicator({ revoked: 'true' })],
  'confidence over 100': ['/confidence', indicator({ confidence: 101 })],
  'half a confidence': ['/confidence', indicator({ confidence: 0.5 })],
  'no language': ['/lang', indicator({ lang: 'a language' })],
  'an empty list': ['/labels', indicator({ labels: [] })],
  'a label that is no text': ['/labels/1', indicator({ labels: ['a', 5] })],
  'what is only for observables': ['/defanged', indicator({ defanged: true })],
  'a custom property in capitals': ['/x_Ours', indicator({ x_Ours: 1 })],
  'T40: a custom property of two letters': ['/ab', indicator({ ab: 1 })],
  'T40: a custom property of 251 letters': [`/${'a'.repeat(64)}…`, indicator({ ['a'.repeat(251)]: 1 })],
  'no pattern': ['/pattern', indicator({ pattern: undefined })],
  'no pattern of STIX': ['/pattern', indicator({ pattern: '[url:value =]' })],
  'an indicator that ends as it begins': ['/valid_until', indicator({ valid_until: '2026-01-01T00:00:00.000000Z' })],
  'a reference to nothing': ['/external_references/0/external_id', indicator({ external_references: [{ source_name: 'a' }] })],
  'a source without a name': ['/external_references/0/source_name', indicator({ external_references: [{ url: 'https://a.example/' }] })],
  'an id of CAPEC that is none': [
    '/external_references/0/external_id',
    versioned('attack-pattern', { name: 'n', external_references: [{ source_name: 'capec', external_id: '163' }] }),
  ],
  'a phase without a chain': ['/kill_chain_phases/0/kill_chain_name', indicator({ kill_chain_phases: [{ phase_name: 'a' }] })],
  'a reference that is none': ['/created_by_ref', indicator({ created_by_ref: 'me' })],
  'a creator that is no identity': ['/created_by_ref', indicator({ created_by_ref: idOf('malware') })],
  'references that are none': ['/object_marking_refs/0', indicator({ object_marking_refs: ['TLP:RED'] })],
  'a marking that is no definition of one': ['/object_marking_refs/0', indicator({ object_marking_refs: [idOf('indicator')] })],
  'a part marked by what is no definition': ['/granular_markings/0/marking_ref', granular({ marking_ref: idOf('identity'), selectors: ['labels'] })],
  'a part marked by nothing': ['/granular_markings/0/marking_ref', granular({ selectors: ['labels'] })],
  'a part marked by two': ['/granular_markings/0/lang', granular({ lang: 'de', marking_ref: TLP_MARKINGS.RED, selectors: ['labels'] })],
  'a mark on no part': ['/granular_markings/0/selectors', granular({ lang: 'de', selectors: [] })],
  'a selector to what is not there': ['/granular_markings/0/selectors/1', marked('description')],
  'a selector behind the end of a list': ['/granular_markings/0/selectors/1', marked('labels.[2]')],
  'a selector into a text': ['/granular_markings/0/selectors/1', marked('pattern.[0]')],
  'a selector by name into a list': ['/granular_markings/0/selectors/1', marked('labels.length')],
  'a selector of something inherited': ['/granular_markings/0/selectors/1', marked('constructor')],
  'a selector of no form': ['/granular_markings/0/selectors/1', marked('labels.[01]')],
  'a custom reference that is none': ['/x_mine_ref', indicator({ x_mine_ref: 5 })],
  'a relationship of a relationship': ['/source_ref', relationship(idOf('relationship'), idOf('malware'))],
  'a relationship to a marking': ['/target_ref', relationship(idOf('malware'), idOf('marking-definition'))],
  'a relationship in capitals': ['/relationship_type', relationship(idOf('malware'), idOf('tool'), { relationship_type: 'Uses' })],
  'a relationship that stops as it starts': ['/stop_time', relationship(idOf('malware'), idOf('tool'), { start_time: at, stop_time: at })],
  'a sighting that ends before it begins': ['/last_seen', versioned('sighting', { sighting_of_ref: idOf('indicator'), first_seen: at, last_seen: before })],
  'a sighting of an observable': ['/sighting_of_ref', versioned('sighting', { sighting_of_ref: idOf('url') })],
  'a billion sightings': ['/count', versioned('sighting', { sighting_of_ref: idOf('indicator'), count: 1_000_000_000 })],
  'malware without is_family': ['/is_family', versioned('malware')],
  'a family without a name': ['/name', versioned('malware', { is_family: true })],
  'a sample that is no file': ['/sample_refs/0', versioned('malware', { is_family: false, sample_refs: [idOf('url')] })],
  'an analysis without a result': ['/result', versioned('malware-analysis', { product: 'p' })],
  'an opinion of its own words': ['/opinion', versioned('opinion', { opinion: 'maybe', object_refs: [idOf('indicator')] })],
  'a note on nothing': ['/object_refs', versioned('note', { content: 'c', object_refs: [] })],
  nowhere: ['/region', versioned('location', { city: 'c' })],
  'half a place': ['/longitude', versioned('location', { latitude: 5 })],
  'a place off the earth': ['/latitude', versioned('location', { latitude: 91, longitude: 0 })],
  'nothing observed': ['/object_refs', versioned('observed-data', { first_observed: at, last_observed: at, number_observed: 1 })],
  'only relationships observed': [
    '/object_refs',
    versioned('observed-data', { first_observed: at, last_observed: at, number_observed: 1, object_refs: [idOf('relationship')] }),
  ],
  'a container with a reference to nothing in it': [
    '/objects/0/src_ref',
    versioned('observed-data', { first_observed: at, last_observed: at, number_observed: 1, objects: { '0': { type: 'network-traffic', src_ref: '1' } } }),
  ],
  'observed in two ways': [
    '/objects',
    versioned('observed-data', { first_observed: at, last_observed: at, number_observed: 1, objects: { '0': { type: 'url' } }, object_refs: [idOf('url')] }),
  ],
  'an observable changed at no instant': ['/modified', observable('file', { name: 'a', modified: 5 })],
  'markings of parts that are none': ['/granular_markings/0', observable('file', { name: 'a', granular_markings: [null] })],
  'a file of nothing': ['/hashes', observable('file', { size: 1 })],
  'a file of less than nothing': ['/size', observable('file', { name: 'a', size: -1 })],
  'no hashes': ['/hashes', observable('file', { hashes: {} })],
  'a short hash': ['/hashes/SHA-256', observable('file', { hashes: { 'SHA-256': 'abc' } })],
  'a hash by two letters': ['/hashes/MD', observable('file', { hashes: { MD: 'abc' } })],
  'odd digits': ['/magic_number_hex', observable('file', { name: 'a', magic_number_hex: '504' })],
  'an archive of URLs': ['/extensions/archive-ext/contains_refs/0', file({ 'archive-ext': { contains_refs: [idOf('url')] } })],
  'a binary of a type and nothing else': ['/extensions/windows-pebinary-ext', file({ 'windows-pebinary-ext': { pe_type: 'exe' } })],
  'an empty extension': ['/extensions/x-ours-ext', file({ 'x-ours-ext': {} })],
  'an extension of no type': [`/extensions/${idOf('extension-definition')}`, file({ [idOf('extension-definition')]: { a_b: 1 } })],
  'an extension of an unknown type': [
    `/extensions/${idOf('extension-definition')}/extension_type`,
    file({ [idOf('extension-definition')]: { extension_type: 'new' } }),
  ],
  'bytes and their address': ['/url', observable('artifact', { payload_bin: 'aGk=', url: 'https://a.example/' })],
  'no base64': ['/payload_bin', observable('artifact', { payload_bin: 'aGk' })],
  'an address without hashes': ['/hashes', observable('artifact', { url: 'https://a.example/' })],
  'a key to nothing': ['/encryption_algorithm', observable('artifact', { payload_bin: 'aGk=', decryption_key: 'k' })],
  'no address of IPv4': ['/value', observable('ipv4-addr', { value: '198.51.100.300' })],
  'a network of too many bits': ['/value', observable('ipv6-addr', { value: '2001:db8::/129' })],
  'no MAC address': ['/value', observable('mac-addr', { value: 'd2-fb-49-24-37-18' })],
  'traffic to nowhere': ['/src_ref', observable('network-traffic', { protocols: ['tcp'] })],
  'traffic that ended and goes on': ['/end', observable('network-traffic', { protocols: ['tcp'], src_ref: idOf('mac-addr'), is_active: true, end: at })],
  'a port too high': ['/dst_port', observable('network-traffic', { protocols: ['tcp'], src_ref: idOf('mac-addr'), dst_port: 65_536 })],
  'mail in two forms': ['/body', observable('email-message', { is_multipart: true, body: 'b' })],
  'a part of mail with no body': [
    '/body_multipart/0/body',
    observable('email-message', { is_multipart: true, body_multipart: [{ content_type: 'text/plain' }] }),
  ],
  'a process of nothing': ['/type', observable('process')],
  'an empty value of a registry key': ['/values/0', observable('windows-registry-key', { values: [{}] })],
  'a certificate of nothing': ['/type', observable('x509-certificate', { defanged: true })],
  'a translation into no language': ['/contents/a_b', versioned('language-content', { object_ref: idOf('campaign'), contents: { a_b: { name: 'n' } } })],
  'an extension by nobody': ['/created_by_ref', versioned('extension-definition', { name: 'n', schema: 's', version: '1', extension_types: ['new-sdo'] })],
  'a marking of nothing': ['/definition_type', marking(idOf('marking-definition'), {})],
  'a statement that says nothing': ['/definition', marking(idOf('marking-definition'), { definition_type: 'statement', definition: { text: 't' } })],
  'a marking that marks itself': [
    '/object_marking_refs',
    marking(idOf('marking-definition'), { ...tlp2('red'), extensions: { 'x-ours': { a_b: 1 } }, object_marking_refs: [idOf('marking-definition')] }),
  ],
  "TLP 1 under an id of one's own": ['/id', marking(idOf('marking-definition'), tlp1)],
  'a label of TLP 1 under the id of another': ['/definition', marking(TLP_RED, tlp1)],
  'a label of TLP 2.0 under the id of TLP 1': ['/extensions', marking(TLP_RED, tlp2('red'))],
  'a statement under an id of TLP': ['/definition', marking(TLP_MARKINGS.CLEAR, { definition_type: 'statement', definition: { statement: 's' } })],
  'two labels at once': ['/definition', marking(TLP_GREEN, { ...tlp1, ...tlp2('green') })],
}

describe('checking a STIX object', () => {
  it.each(EXAMPLES.map((object, n) => [object.type, n, object] as const))('accepts a good %s (%i)', (_, __, object) => {
    expect(checkObject(object)).toEqual({ object })
  })

  it('knows all 19 domain objects, 2 relationship objects, 18 observables and 3 meta objects', () => {
    const types = [...new Set(EXAMPLES.map(({ type }) => type).filter((type) => kindOf(type) !== undefined))]
    const kinds = types.map((type) => kindOf(type))
    expect(['domain', 'relationship', 'observable', 'meta'].map((kind) => kinds.filter((one) => one === kind).length)).toEqual([19, 2, 18, 3])
  })

  it('accepts what each label of TLP is defined by', () => {
    const good = [marking(TLP_GREEN, tlp1), ...Object.entries(TLP_MARKINGS).map(([label, id]) => marking(id, tlp2(label.toLowerCase())))]
    expect(good.map((object) => checkObject(object))).toEqual(good.map((object) => ({ object })))
  })

  it.each(Object.entries(BAD).map(([what, [where, object]]) => [what, where, object] as const))('refuses %s at %s', (_, where, object) => {
    const checked = checkObject(JSON.parse(JSON.stringify(object)))
    expect(checked).toEqual({ fault: expect.any(String) })
    expect((checked as { fault: string }).fault.split(': ')[0]).toBe(where)
  })

  it('refuses what is no object', () => {
    for (const value of [7, null, 'text', [indicator()]]) expect(checkObject(value)).toEqual({ fault: 'not an object' })
  })

  it('refuses every good object when a property that its type needs is left out', () => {
    const accepted = EXAMPLES.flatMap((object) =>
      ['type', 'id', ...(kindOf(object.type) === 'observable' ? [] : ['spec_version', 'created'])]
        .filter((property) => {
          const { [property]: _, ...rest } = object
          return 'object' in checkObject(rest)
        })
        .map((property) => `${object.type} ${property}`),
    )
    expect(accepted.filter((one) => !one.startsWith('my-') && !one.startsWith('x-'))).toEqual([])
  })

  it.each(EXAMPLES.map((object, n) => [object.type, n, object] as const))('refuses a %s (%i) of which any property has no type of STIX', (_, __, object) => {
    const spoiled = Object.keys(object).filter((property) => 'object' in checkObject({ ...object, [property]: null }))
    expect(spoiled.filter((property) => !isCustom(object, property))).toEqual([])
  })
})

describe('hostile objects', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...EXAMPLES), fc.constantFrom('new-sdo', '__proto__', idOf('file'), at, ['labels.[0]']))
  /** An example in which something, somewhere, is something else. */
  const spoiled = fc.tuple(fc.constantFrom(...EXAMPLES), fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }), value).map(([object, way, other]) => {
    const copy = structuredClone(object) as unknown as Record<string, unknown>
    let [inside, key] = [copy, '']
    for (const step of way) {
      const keys = Object.keys(inside)
      key = keys[step % keys.length] ?? 'more'
      const next = inside[key]
      if (typeof next !== 'object' || next === null || step > 20) break
      if (step !== way.at(-1)) inside = next as Record<string, unknown>
    }
    inside[key] = other
    return copy
  })

  it('are refused with a place or accepted, and never break the check', () => {
    fc.assert(
      fc.property(spoiled, (object) => {
        const checked = checkObject(object)
        expect('fault' in checked ? checked.fault : '/type: ').toMatch(/^(\/.*: |not an object$)/s)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['labels', () => indicator({ labels: Array.from({ length: 200_000 }, () => 'a') })],
    ['custom properties', () => ({ ...indicator(), ...Object.fromEntries(Array.from({ length: 40_000 }, (_, n) => [`x_${n}`, n])) })],
    ['one text', () => indicator({ description: 'a!'.repeat(2_000_000) })],
    ['one pattern', () => indicator({ pattern: '['.repeat(4_000_000) })],
    ['bytes', () => observable('artifact', { payload_bin: 'aaaa'.repeat(1_000_000) })],
    ['selectors', () => indicator({ labels: ['a'], granular_markings: [{ lang: 'de', selectors: Array.from({ length: 100_000 }, () => 'labels.[0]') }] })],
    [
      'extensions',
      () => observable('file', { name: 'a', extensions: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`x-${n}-ext`, { a_b: 1 }])) }),
    ],
    [
      'languages',
      () =>
        versioned('language-content', {
          object_ref: idOf('tool'),
          contents: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`de-x${n}`, { name: 'n' }])),
        }),
    ],
  ])('of many megabytes of %s cost no more than their length', (_, make) => {
    const object = make()
    const before = process.cpuUsage()
    checkObject(object)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(1)
  })
})

function isCustom({ type }: Example, property: string): boolean {
  return property.startsWith('x_') || property === 'severity' || property === 'usbdrive' || type.startsWith('my-')
}

describe('the kind of an object', () => {
  it('follows from its type, its extensions and, for custom ones, from whether it has versions', () => {
    const kinds = EXAMPLES.filter(({ type }) => kindOf(type) === undefined).map((object) => [object.type, kindOfObject(object)])
    expect(kinds).toEqual([
      ['x-mitre-tactic', 'domain'],
      ['my-favourite', 'domain'],
      ['my-observable', 'observable'],
      ['x-usb-device', 'observable'],
    ])
    expect(['bundle', 'thing', 'x--thing', 'X-thing'].map((type) => kindOfObject({ type }))).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('references of one object', () => {
  const report = (length: number) => versioned('report', { name: 'a', published: at, object_refs: Array.from({ length }, () => idOf('indicator')) })

  it('are 2,000 at most', () => {
    expect(checkObject(report(2_000))).toEqual({ object: report(2_000) })
    expect(checkObject(report(2_001))).toEqual({ fault: '/object_refs: more than 2000 references in one object' })
  })
})
