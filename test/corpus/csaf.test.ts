import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import { importAdvisory } from '#program/advisories/import-advisory.ts'
import { CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, packageDesk } from '#test/harness/packages.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const FOLDERS = ['csaf/2.0/csaf', 'csaf/2.1/csaf'].map((folder) => join(CORPORA, folder))

describe.skipIf(!haveCorpora)(`published CSAF 2.0 and 2.1${unlessThere}`, () => {
  let test: TestApp
  let a: SeededOperator
  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  const outcome = (bytes: Buffer) => {
    try {
      return importAdvisory(bytes)
    } catch (error) {
      if (error instanceof Problem) return error
      throw error
    }
  }

  it('becomes a draft where it is valid, and a clear refusal where it is not', { timeout: 120_000 }, async () => {
    const desk = packageDesk(test)
    const files = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))).filter((file) => file.endsWith('.json')) // prettier-ignore
    let imported = 0
    for (const file of files) {
      const bytes = readFileSync(file)
      const expected = outcome(bytes)
      const answer = await desk.import(a.people.author, bytes)
      if (expected instanceof Problem) expect(code(answer), file).toBe(expected.code)
      else {
        expect(answer.json(), file).toMatchObject({ state: 'draft', content: JSON.parse(JSON.stringify(expected.content)) })
        imported++
      }
    }
    expect(imported).toBeGreaterThan(0)
  })
})
