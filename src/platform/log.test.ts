import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** What a process that logs these writes to standard error. */
function logged(statements: string): string {
  const source = `import { createLog } from './src/platform/log.ts'; const log = createLog('test', 'info'); ${statements}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).stderr
}

describe('the operational log', () => {
  it('hides secrets by name, at every level that is logged', () => {
    const line = logged(
      `log.info({ token: 'vdt_one', headers: { authorization: 'Bearer two', 'set-cookie': 'three' }, a: { b: { password: 'four' } }, kept: 'five' }, 'request')`,
    )
    expect(line).not.toMatch(/vdt_one|two|three|four/)
    expect(line).toContain('five')
  })

  it('keeps what a database error quotes of a row to itself', () => {
    const line = logged(
      `log.error({ err: Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(canary) already exists.', client: { password: 'canary' } }) }, 'failed')`,
    )
    expect(line).toContain('23505')
    expect(line).not.toContain('canary')
  })

  it('does the same for an error that is the whole line', () => {
    const line = logged(`log.error(Object.assign(new Error('duplicate key'), { code: '23505', detail: 'canary' }))`)
    expect(line).toContain('duplicate key')
    expect(line).not.toContain('canary')
  })
})
