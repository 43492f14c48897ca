import { describe, expect, it } from 'vitest'
import { referencesOf } from '#exchange/stix/references.ts'
import { EXAMPLES, idOf, observable, versioned } from '#test/harness/stix.ts'

const targets = (object: object) => referencesOf(object).map(({ property, target }) => `${property} ${target.slice(0, target.indexOf('--'))}`)

describe('what an object points at', () => {
  it('are all ids of its properties, those of nested ones, extensions and custom properties among them', () => {
    const object = versioned('malware', {
      created_by_ref: idOf('identity'),
      sample_refs: [idOf('file'), idOf('artifact')],
      granular_markings: [{ marking_ref: idOf('marking-definition'), selectors: ['name'] }],
      extensions: { [idOf('extension-definition')]: { extension_type: 'property-extension', deep: { list: [{ our_ref: idOf('x-ours') }] } } },
      x_mitre_contents: [{ object_ref: idOf('tool') }],
    })
    expect(targets(object)).toEqual([
      'created_by_ref identity',
      'sample_refs file',
      'sample_refs artifact',
      'marking_ref marking-definition',
      'our_ref x-ours',
      'object_ref tool',
    ])
    expect(targets(observable('file', { extensions: { 'archive-ext': { contains_refs: [idOf('file')] } } }))).toEqual(['contains_refs file'])
  })

  it('are no keys of dictionaries, no names within a container and nothing that is no id', () => {
    expect(targets(observable('process', { environment_variables: { my_ref: idOf('file') }, x_ours_ref: 'nothing', x_ours: { a_refs: [5, null] } }))).toEqual(
      [],
    )
    expect(targets(versioned('observed-data', { objects: { '0': { src_ref: idOf('url') } }, object_refs: [idOf('url')] }))).toEqual(['object_refs url'])
    expect(targets(versioned('language-content', { object_ref: idOf('tool'), contents: { de: { a_ref: idOf('url') } } }))).toEqual(['object_ref tool'])
  })

  it('are found in every example that has some', () => {
    const without = EXAMPLES.filter((object) => /_refs?":/.test(JSON.stringify(object)) && referencesOf(object).length === 0)
    expect(without.map(({ type }) => type)).toEqual(['observed-data'])
  })
})
