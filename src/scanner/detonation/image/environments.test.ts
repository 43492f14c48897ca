import { describe, expect, it } from 'vitest'
import { Environment } from '../contract.ts'
import { ENVIRONMENTS, RELEASES } from './environments.ts'
import { identityOf, imageRecipe } from './recipe.ts'

describe('the environments', () => {
  it('are two of each viewer, which differ in the release alone', () => {
    const lines = Map.groupBy(ENVIRONMENTS, ({ viewer }) => viewer)
    expect([...lines.keys()]).toEqual(['poppler', 'mupdf', 'libreoffice', 'chromium'])
    for (const [current, older, ...others] of lines.values()) {
      expect(others).toEqual([])
      expect({ ...current, name: '', release: '' }).toEqual({ ...older, name: '', release: '' })
      expect([RELEASES[current!.release].age, RELEASES[older!.release].age]).toEqual(['current', 'older'])
    }
  })

  it('have names that a report takes', () => {
    for (const { name, viewer, release } of ENVIRONMENTS) {
      const { os, age } = RELEASES[release]
      expect(Environment.safeParse({ name, viewer, version: '1', os, line: viewer, age, driver: 'qemu' }).success).toBe(true)
    }
    expect(ENVIRONMENTS.map(({ name }) => name)).toContain('poppler-debian11')
  })

  it('have recipes of their own, which another package changes', () => {
    expect(new Set(ENVIRONMENTS.map(imageRecipe)).size).toBe(ENVIRONMENTS.length)
    expect(new Set(ENVIRONMENTS.map(({ name }) => identityOf(name))).size).toBe(ENVIRONMENTS.length)
    const [first] = ENVIRONMENTS
    expect(imageRecipe({ ...first!, packages: [...first!.packages, 'hello'] })).not.toBe(imageRecipe(first!))
    expect(imageRecipe({ ...first! })).toBe(imageRecipe(first!))
  })
})
