import { spawn } from 'node:child_process'
import { Command, CommanderError } from 'commander'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { command } from '#cli/taxii.ts'
import { CheckReport } from '#exchange/conformance/contract.ts'
import { pause } from '#platform/clock/clock.ts'
import { makeCertificates } from '#test/harness/check-server.ts'
import { LOGIN, startTaxiiServer, type Fault } from '#test/harness/taxii-server.ts'

const made = makeCertificates()
afterAll(() => made?.remove())
let server: Awaited<ReturnType<typeof startTaxiiServer>> | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(...faults: readonly Fault[]): Promise<string[]> {
  server = await startTaxiiServer({ cert: made!.pem('server.pem'), key: made!.pem('server.key'), faults })
  return ['taxii', 'check', server.url, '--basic', LOGIN.basic, '--ca', made!.file('server.pem')]
}

function run(
  args: readonly string[],
  meanwhile: (pid: number) => Promise<void> = async () => undefined,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bin/vedette', args, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [string[], string[]] = [[], []]
    child.stdout.on('data', (part: Buffer) => out.push(part.toString()))
    child.stderr.on('data', (part: Buffer) => err.push(part.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out: out.join(''), err: err.join('') }))
    meanwhile(child.pid!).catch(reject)
  })
}

/** The same in this process, for what is refused. */
async function refusal(...args: readonly string[]): Promise<string> {
  let stderr = ''
  const program = new Command('vedette').exitOverride().configureOutput({ writeErr: (text) => (stderr += text), writeOut: () => undefined })
  command(program)
  const inherit = (parent: Command) => parent.commands.forEach((each) => (each.copyInheritedSettings(parent), inherit(each)))
  inherit(program)
  try {
    await program.parseAsync(['taxii', 'check', ...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return stderr
    throw error
  }
  throw new Error(`not refused: ${args.join(' ')}`)
}

describe.skipIf(!made)(`vedette taxii check${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('prints a line for each point and ends with 0 where all pass', async () => {
    const { code, out, err } = await run(await start())
    expect([code, err]).toEqual([0, ''])
    expect(out.match(/^T\d+ +(pass|n\/a) /gm)).toHaveLength(40)
    expect(out).toContain('39 of 40 points pass, 0 fail, 1 not applicable; 0 warnings;')
    expect(out).not.toContain(String.fromCharCode(27))
  })

  it('ends with 1 where a point fails, and prints JSON that its schema describes', async () => {
    const { code, out } = await run([...(await start('T29')), '--json', '--only', 't29,T30'])
    expect(code).toBe(1)
    const report = CheckReport.parse(JSON.parse(out))
    expect(report.points.map(({ point, verdict }) => [point, verdict])).toEqual([
      ['T29', 'fail'],
      ['T30', 'pass'],
    ])
    expect(out).not.toContain(LOGIN.basic)
    const failed = report.points[0]!.probes.find(({ verdict }) => verdict === 'fail')!
    expect(failed.turns[0]).toMatchObject({
      request: { method: 'GET' },
      answer: { status: 404, headers: { 'content-type': 'application/taxii+json;version=2.1' } },
    })
  })

  it('shows a failure with its request and answer', async () => {
    const { out } = await run([...(await start('T34')), '--quiet', '--only', 'T34,T9'])
    expect(out).toMatch(/^T34 FAIL {2}error codes of the endpoints$/m)
    expect(out).toMatch(/GET https:\/\/localhost:\d+\/root\/collections\/[0-9a-f-]{36}\/objects\/\n/)
    expect(out).toContain('        410\n          content-type: application/taxii+json;version=2.1\n')
    expect(out).not.toMatch(/^T9/m)
  })

  it('takes away its objects when it is ended by Ctrl-C, and ends with 130', async () => {
    const { code, out } = await run(await start(), async (pid) => {
      while (server!.left() === 0) await pause(5)
      process.kill(pid, 'SIGINT')
    })
    expect([code, server!.left()]).toEqual([130, 0])
    expect(out).toContain('The check was ended before its time.')
  })

  it('ends with 2 where nobody answers, in one sentence', async () => {
    const args = await start()
    await server!.close()
    const { code, out, err } = await run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^vedette: https:\/\/localhost:\d+ cannot be reached: nothing listens there\n$/)
  })

  it('refuses a key of another certificate', async () => {
    const { file } = made!
    expect(await refusal('https://x', '--cert', file('client.pem'), '--key', file('server.key'))).toContain('the key of another certificate')
  })

  it.each([
    [['ftp://x'], 'Write an address'],
    [['https://u:secret@x'], 'give the login with --basic, not in the address'],
    [['https://x', '--only', 'T41'], 'there are T1 to T40'],
    [['https://x', '--basic', 'name'], 'a name and a password with a colon'],
    [['https://x', '--basic', 'a:b', '--bearer', 'c'], 'not both'],
    [['https://x', '--bearer', '@/no/such/file'], '/no/such/file cannot be read'],
    [['https://x', '--cert', 'package.json'], 'give --cert and --key together'],
    [['https://x', '--ca', 'package.json'], '--ca names no PEM certificate'],
    [['https://x', '--timeout', '0'], 'a whole number from 1 to 300'],
    [[], "missing required argument 'url'"],
  ])('refuses %j', async (args, why) => {
    const said = await refusal(...args)
    expect(said).toContain(why)
    expect(said).not.toContain('secret')
  })
})
