import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { InvalidArgumentError, type Command } from 'commander'
import type { PointId } from '#exchange/conformance/contract.ts'
import type { CheckOptions } from '#exchange/conformance/session.ts'

interface Options {
  readonly basic?: string
  readonly bearer?: string
  readonly cert?: string
  readonly key?: string
  readonly ca?: string
  readonly apiRoot?: string
  readonly collection?: string
  readonly writeCollection?: string
  readonly only?: readonly PointId[]
  readonly readOnly?: true
  readonly timeout: number
  readonly mostObjects: number
  readonly json?: true
  readonly quiet?: true
  readonly verbose?: true
}

/** Largest body that is read of a server. */
const MOST_BYTES = 64 * 1024 * 1024
const ENDED = 130
const HELP = `
Exit codes: 0 every point passes or cannot be judged (warnings do not count), 1 a point fails, 2 wrong use, or the server cannot be
reached or does not accept the login, 130 ended by Ctrl-C. A login that begins with @ is read from the file of that name.
Where a collection can be written to, a few objects named "TAXII conformance probe" (TLP:CLEAR) are posted and deleted again;
--read-only posts nothing. What each point looks at, and the JSON: docs/taxii-check.md.`

/** `vedette taxii`: what speaks to TAXII servers, ours or others; needs no server of ours and no database. */
export function command(program: Command): void {
  const taxii = program.command('taxii').description('speak to a TAXII 2.1 server')
  const check = taxii
    .command('check')
    .description('say how far any TAXII 2.1 server conforms to the standard, point by point (T1 to T40)')
    .argument('<url>', 'the server, such as https://taxii.example.com, or one of its API roots', address)
    .option('--basic <user:password>', 'log in by HTTP Basic')
    .option('--bearer <token>', 'log in by a bearer token')
    .option('--cert <file>', 'certificate of the client (PEM), with --key')
    .option('--key <file>', 'private key of the certificate (PEM)')
    .option('--ca <file>', "authority that the server's certificate is valid by (PEM), instead of the well-known ones")
    .option('--api-root <url>', 'the API root to judge, instead of the default one', address)
    .option('--collection <id>', 'the collection to read, by id or alias')
    .option('--write-collection <id>', 'the collection to write to, instead of the first that can be written to')
    .option('--only <points>', 'only these points, such as T20,T23', points)
    .option('--read-only', 'post and delete nothing')
    .option('--timeout <seconds>', 'time for each request', whole(1, 300), 10)
    .option('--most-objects <number>', 'objects of the collection that are walked', whole(10, 10_000_000), 50_000)
    .option('--json', 'the report as JSON')
    .option('--quiet', 'only what fails or warns')
    .option('--verbose', 'every probe')
    .addHelpText('after', HELP)
  check.action(async (url: string, options: Options) => {
    process.exitCode = await run(check, url, options)
  })
}

async function run(command: Command, url: string, options: Options): Promise<number> {
  const asked = readOptions(command, url, options)
  const [{ checkServer, NotChecked }, { asReport }] = await Promise.all([import('#exchange/conformance/check.ts'), import('#cli/taxii-report.ts')])
  const stop = new AbortController()
  // A second Ctrl-C ends at once, as it always does.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const progress = showProgress()
  try {
    const report = await checkServer({ ...asked, stop: stop.signal, progress: progress.show, lookUpService })
    progress.clear()
    const colour = process.stdout.isTTY && process.stdout.hasColors()
    const detail = options.verbose ? 'verbose' : options.quiet ? 'quiet' : 'normal'
    await write(options.json ? `${JSON.stringify(report, null, 2)}\n` : asReport(report, { colour, detail }))
    if (stop.signal.aborted) return ENDED
    return report.totals.fail > 0 || !report.whole ? 1 : 0
  } catch (error) {
    progress.clear()
    if (!(error instanceof NotChecked)) throw error
    process.stderr.write(`vedette: ${error.message}\n`)
    return stop.signal.aborted ? ENDED : 2
  }
}

function readOptions(command: Command, url: string, options: Options): Omit<CheckOptions, 'stop' | 'progress' | 'lookUpService'> {
  const refuse = (message: string): never => command.error(`error: ${message}`, { exitCode: 2 })
  const file = (name: string | undefined) => {
    try {
      return name === undefined ? undefined : readFileSync(name, 'utf8')
    } catch {
      return refuse(`${name} cannot be read`)
    }
  }
  const login = (text: string | undefined) => (text?.startsWith('@') ? file(text.slice(1))?.trim() : text)
  const { apiRoot, collection, writeCollection, only, readOnly, timeout, mostObjects } = options
  const [basic, bearer] = [login(options.basic), login(options.bearer)]
  if ([url, apiRoot].some((text) => text !== undefined && `${new URL(text).username}${new URL(text).password}` !== ''))
    refuse('give the login with --basic, not in the address')
  if (basic !== undefined && bearer !== undefined) refuse('give --basic or --bearer, not both')
  if (basic !== undefined && !basic.includes(':')) refuse('--basic is a name and a password with a colon between them')
  if ((options.cert === undefined) !== (options.key === undefined)) refuse('give --cert and --key together')
  if ([basic, bearer].some((text) => text !== undefined && /[\r\n\0]/.test(text))) refuse('a login is one line')
  const files = { cert: file(options.cert), key: file(options.key), ca: file(options.ca) }
  const fault = faultOfPem(files)
  if (fault !== undefined) refuse(fault)
  return { url, basic, bearer, ...files, apiRoot, collection, writeCollection, only, readOnly, timeoutMs: timeout * 1000, mostBytes: MOST_BYTES, mostObjects }
}

function faultOfPem({ cert, key, ca }: { cert: string | undefined; key: string | undefined; ca: string | undefined }): string | undefined {
  if (cert !== undefined && !cert.includes('-----BEGIN CERTIFICATE-----')) return '--cert names no PEM certificate'
  if (key !== undefined && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) return '--key names no PEM private key'
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) return '--ca names no PEM certificate'
  try {
    createSecureContext({ cert, key, ca })
    return undefined
  } catch {
    return '--cert, --key and --ca cannot be used together: damaged, locked by a password, or the key of another certificate'
  }
}

function address(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new InvalidArgumentError('Write an address as https://taxii.example.com/.')
  return url.href
}

function points(text: string): PointId[] {
  const all = text.split(',').map((point) => point.trim().toUpperCase())
  if (!all.every((point) => /^T([1-9]|[123]\d|40)$/.test(point))) throw new InvalidArgumentError('Write points as T20,T23; there are T1 to T40.')
  return all as PointId[]
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`)
    return value
  }
}

/** One line on standard error that is written over, on a terminal only. */
function showProgress(): { show: (what: string) => void; clear: () => void } {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined }
  return { show: (what) => void process.stderr.write(`\r\u001B[K${what} ...`), clear: () => void process.stderr.write('\r\u001B[K') }
}

async function lookUpService(name: string): Promise<{ name: string; port: number }[] | undefined> {
  try {
    return await new Resolver({ timeout: 3000, tries: 1 }).resolveSrv(name)
  } catch (error) {
    return ['ENOTFOUND', 'ENODATA'].includes((error as { code?: string }).code ?? '') ? [] : undefined
  }
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    // Whoever reads the output may stop early, as `head` does.
    process.stdout.once('error', () => resolve())
    process.stdout.write(text, () => resolve())
  })
}
