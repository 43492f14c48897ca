import { describe, expect, it } from 'vitest'
import { prettyPattern } from './pretty-pattern.ts'

describe('a pattern over several lines', () => {
  it('breaks where comparisons and observations are joined, and in no text', () => {
    expect(prettyPattern("[file:name = 'a AND b' AND (file:size > 1 OR file:size < 3)] FOLLOWEDBY [url:value = 'x\\' OR y']")).toBe(
      "[file:name = 'a AND b'\n  AND (file:size > 1\n    OR file:size < 3)]\nFOLLOWEDBY [url:value = 'x\\' OR y']",
    )
  })

  it('leaves a simple one as it is, and whatever is none', () => {
    for (const text of ["[domain-name:value = 'a.example']", "'open", '', ']]', '[ORANGE:x = 1]']) expect(prettyPattern(text)).toBe(text)
  })
})
