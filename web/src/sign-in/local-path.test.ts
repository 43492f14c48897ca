import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { localPath } from './local-path.ts'

const HERE = 'https://vedette.example'

describe('a path to go on to after signing in', () => {
  it.each(['/', '/people', '/log?leaf=3&action=person.invited'])('is kept when it is %s', (path) => {
    expect(localPath(path)).toBe(path)
  })

  it.each([
    undefined,
    '',
    'people',
    '//elsewhere.example',
    '/\\elsewhere.example',
    '/\t/elsewhere.example',
    'https://elsewhere.example/',
    'javascript:alert(1)',
    '/..//elsewhere.example',
  ])('is the home page when it is %j', (path) => {
    expect(localPath(path)).toBe('/')
  })

  test.prop([fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^[/\\.\s:a-z@]{1,12}$/))])('never leads to another origin', (path) => {
    expect(new URL(localPath(path), HERE).origin).toBe(HERE)
  })
})
