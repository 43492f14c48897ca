import { parse } from 'content-disposition'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { fileNameHeader } from './file-name-header.ts'

describe('the header that names an uploaded file', () => {
  it('gives the server the name with every character that headers and percent signs could spoil', () => {
    for (const name of ['report.json', `it's "quoted"; (1)*.json`, '100 %41.bin', 'Prüfung – 検査.bin', '../../etc/passwd']) {
      expect(parse(fileNameHeader(name)).parameters['filename'], name).toBe(name)
    }
  })

  it('is only ASCII, as a header has to be', () => {
    expect(fileNameHeader('検査.bin')).toMatch(/^[\x20-\x7e]+$/)
  })

  test.prop([fc.string({ unit: 'binary', minLength: 1 })])('keeps any well-formed name', (name) => {
    expect(parse(fileNameHeader(name)).parameters['filename']).toBe(name)
  })

  it('replaces half a character, which no encoding has, instead of failing', () => {
    expect(parse(fileNameHeader('a\ud800b')).parameters['filename']).toBe('a\ufffdb')
  })
})
