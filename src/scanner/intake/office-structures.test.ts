import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { walkXml } from '#scanner/formats/xml.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildRibbonWorkbook, buildSlideShow, buildWordBody, packageObject } from '#test/harness/documents/ooxml.ts'
import type { Fact } from './fact.ts'
import { Budget } from './limits.ts'
import { OfficeStructures } from './office-structures.ts'

function factsOf(text: string): Fact[] {
  const facts: Fact[] = []
  const structures = new OfficeStructures('/a.xml', (fact) => facts.push(fact))
  for (const event of walkXml(text, new Budget())) structures.take(event)
  return facts
}

describe('structures of Office Open XML', () => {
  it('an ordinary smart tag, object, ribbon and timing say nothing', () => {
    const ordinary = [
      '<w:smartTag w:element="City"><w:moveFromRangeStart w:id="3" w:displacedByCustomXml="next"/></w:smartTag>',
      '<o:OLEObject Type="Embed"><o:LinkType>Picture</o:LinkType></o:OLEObject><w:font w:name="A"><w:panose1/></w:font>',
      '<customUI onLoad="Ribbon_OnLoad"><button onAction="Start"/></customUI><button onAction="a!b"/>',
      '<p:cmd type="call" cmd="playFrom(0)"/>',
    ]
    expect(factsOf(ordinary.join(''))).toEqual([])
  })

  it('the second smart tag counts inside the first', () => {
    const inner =
      '<w:smartTag w:element="a"><w:smartTag w:element="b"></w:smartTag><w:moveFromRangeStart w:id="4294967295" w:displacedByCustomXml="next"/></w:smartTag>'
    expect(factsOf(inner)).toMatchObject([{ kind: 'smart-tag-range', element: 'a', id: 4294967295 }])
  })

  it('more of them than anybody writes are not all told', () => {
    expect(factsOf('<p:cmd type="verb" cmd="3"/>'.repeat(500))).toHaveLength(50)
    expect(factsOf('<w:smartTag w:element="a">'.repeat(20_000))).toEqual([])
  })

  const pieces = [
    '<w:smartTag w:element="x">',
    '</w:smartTag>',
    '<o:OLEObject>',
    '</o:OLEObject>',
    '<w:font w:name="a">',
    '</w:font>',
    '<o:idmap/>',
    '<customUI onLoad="a!b">',
    '</customUI>',
    '<p:cmd type="verb" cmd="9"/>',
  ]
  test.prop([fc.array(fc.constantFrom(...pieces), { maxLength: 60 })], { numRuns: 100 })('in any order are read', (parts) => void factsOf(parts.join('')))
})

describe('a document', () => {
  it('whose ribbon calls another host at a click lists the exploit as a candidate only', () => {
    const { verdict } = scanBytes(buildRibbonWorkbook('loadImage="https://host.example/a.xlam!Get"'))
    expect([verdict.exploit, verdict.candidates.map(({ id }) => id)]).toEqual(['technique-only', ['CVE-2021-42292']])
  })

  it('whose slide runs a package inside another document names it there alone', () => {
    const show = buildSlideShow('3', packageObject('a.txt'))
    expect(scanBytes(show).verdict.cve).toEqual([])
    expect(scanBytes(buildWordBody('<p:cmd type="verb" cmd="3"/>')).verdict.cve).toEqual([])
  })
})
