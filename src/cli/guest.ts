import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { readConfig, type Edition } from '#platform/config.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { StartupError } from '#platform/errors.ts'
import { buildGuests, Cancelled } from '#scanner/detonation/image/build.ts'
import { examine, examinePrograms, installCommand, namespaceFault, usualMode, type Finding } from '#scanner/detonation/image/doctor.ts'
import { ENVIRONMENTS } from '#scanner/detonation/image/environments.ts'
import { BuildReport, GuestManifest } from '#scanner/detonation/image/manifest.ts'
import type { Mode } from '#scanner/detonation/image/run-program.ts'
import { openSteps } from '#scanner/detonation/image/steps.ts'
import { editionOption } from '#cli/edition.ts'
import { addLearn } from '#cli/guest-learn.ts'
import { asJson, asTable, shown } from '#cli/text-table.ts'

const CANCELLED = 130

const EXIT_CODES = `
What is there and would be made the same again stays as it is; --refresh fetches the packages anew.
Exit codes: 0 all environments are there, 1 some cannot be made (with the reason) or something is missing, 2 wrong use, 130 cancelled.`

interface BuildOptions {
  readonly edition: Edition
  readonly out?: string
  readonly env?: readonly string[]
  readonly mirror?: string
  readonly mode: Mode | 'auto'
  readonly lock?: string
  readonly refresh?: true
  readonly json?: true
}

/** `vedette guest`: the environments that documents are opened in. Needs no server and no database. */
export function command(program: Command): void {
  const guest = program.command('guest').description('the machines that documents are opened in: their images, and what this machine lacks to run them')
  guest
    .command('build')
    .description('make the environments from Debian packages; ends with their manifest')
    .option('--out <dir>', 'folder of the environments: guest in the data folder unless said')
    .addOption(new Option('--env <name...>', 'only these').choices(ENVIRONMENTS.map(({ name }) => name)))
    .addOption(new Option('--mirror <url>', 'address under which debian/ and debian-security/ lie; VEDETTE_DEBIAN_MIRROR unless said').argParser(mirrorOf))
    .addOption(
      new Option('--mode <mode>', 'as root, or as root of a user namespace').choices(['auto', 'root', 'unshare']).default('auto', 'root where possible'),
    )
    .option('--lock <manifest>', 'exactly the versions of a manifest, as far as the mirror still has them')
    .option('--refresh', 'fetch the packages anew, also where the recipe is the same')
    .option('--json', 'the manifest as JSON')
    .addOption(editionOption())
    .addHelpText('after', EXIT_CODES)
    .action(build)
  guest
    .command('doctor')
    .description('say what this machine lacks to make and run the environments, and the command that installs it; exit 0 nothing, 1 something')
    .option('--out <dir>', 'folder of the environments: guest in the data folder unless said')
    .option('--json', 'as JSON')
    .addOption(editionOption())
    .action(doctor)
  addLearn(guest)
}

function mirrorOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new InvalidArgumentError('It is no http or https address.')
  return text.replace(/\/+$/, '')
}

const folderOf = ({ out, edition }: { out?: string; edition: Edition }) => (out === undefined ? join(readConfig(edition).dataDir, 'guest') : resolve(out))

async function build(options: BuildOptions): Promise<void> {
  const environments = ENVIRONMENTS.filter(({ name }) => options.env?.includes(name) ?? true)
  const locked = options.lock === undefined ? undefined : readLock(options.lock)
  for (const { name } of environments)
    if (locked && !locked.has(name)) throw new StartupError(`${options.lock} has no environment ${name}; name those of it with --env.`)
  const mode = await modeOf(options.mode)
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => cancel.abort())
  const steps = openSteps((text) => process.stderr.write(text))
  try {
    const report = await buildGuests({
      out: folderOf(options),
      environments,
      mirror: options.mirror ?? readConfig(options.edition).debianMirror,
      mode,
      ...(locked && { locked }),
      refresh: options.refresh === true,
      today: new Date(thisMachine().wallMs()).toISOString().slice(0, 10),
      signal: cancel.signal,
      step: steps.step,
    })
    if (report.environments.length > 0) process.stderr.write('Workers that run already open documents in these once they are started again.\n')
    process.stdout.write(options.json ? asJson(report) : asText(report))
    process.exitCode = report.absent.length > 0 ? 1 : 0
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    process.stderr.write('Cancelled; what was there before is there still, and nothing half made.\n')
    process.exitCode = CANCELLED
  } finally {
    await steps.end()
  }
}

async function modeOf(asked: BuildOptions['mode']): Promise<Mode> {
  const mode = asked === 'auto' ? usualMode() : asked
  const missing = examinePrograms(mode).filter((finding) => finding.state === 'missing' && finding.for === 'build')
  if (missing.length > 0) throw new StartupError(`${missing.map(({ what }) => what).join(', ')}: not installed. Run: ${installCommand(missing)}`)
  const fault = await namespaceFault(mode)
  if (fault === undefined) return mode
  const otherwise = mode === 'root' ? 'run it as root, or with --mode unshare' : 'run it as root, or give the account numbers in /etc/subuid and /etc/subgid'
  throw new StartupError(`No namespaces to build in (${shown(fault)}): ${otherwise}.`)
}

/** The manifests of a file that a build wrote: of one environment, or of all. */
function readLock(file: string): Map<string, GuestManifest> {
  let data: unknown
  try {
    data = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new StartupError(`${file} cannot be read as JSON (${(error as NodeJS.ErrnoException).code ?? 'it is none'}).`)
  }
  const one = GuestManifest.safeParse(data)
  const all = BuildReport.safeParse(data)
  const manifests = one.success ? [one.data] : all.data?.environments
  if (!manifests) throw new StartupError(`${file} is no manifest of vedette guest build.`)
  return new Map(manifests.map((manifest) => [manifest.environment.name, manifest]))
}

function asText({ environments, absent }: BuildReport): string {
  const rows = environments.map(({ environment: { name, viewer, version, os }, image, initrd, built }) => [
    name,
    `${viewer} ${version}`,
    os,
    `${Math.round(image.bytes / 2 ** 20)} MiB`,
    built,
    image.sha256,
    initrd.sha256,
  ])
  const kernels = [
    ...new Set(
      environments.map(({ kernel, kernel_packages: packages }) => `${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}  ${kernel.sha256}`),
    ),
  ]
  return [
    asTable(['ENVIRONMENT', 'VIEWER', 'SYSTEM', 'SIZE', 'BUILT', 'IMAGE (SHA-256)', 'INITRD (SHA-256)'], rows),
    ...kernels.map((text) => `Kernel: ${shown(text)}\n`),
    ...absent.map(({ name, why }) => `Absent: ${name}, ${shown(why)}\n`),
  ].join('')
}

async function doctor(options: { out?: string; edition: Edition; json?: true }): Promise<void> {
  const out = folderOf(options)
  const findings = await examine(out, readConfig(options.edition).dataDir, thisMachine().wallMs())
  const install = installCommand(findings)
  const build = buildCommand(findings, options.out)
  const worst = findings.some(({ state }) => state === 'missing')
  if (options.json) process.stdout.write(asJson({ findings, commands: [install, build].filter((one) => one !== undefined) }))
  else {
    process.stdout.write(
      asTable(
        ['WHAT', 'STATE', 'DETAIL'],
        findings.map(({ what, state, detail }) => [what, state, detail]),
      ),
    )
    for (const one of [install, build]) if (one !== undefined) process.stdout.write(`\nRun: ${one}\n`)
  }
  process.exitCode = worst ? 1 : 0
}

function buildCommand(findings: readonly Finding[], out: string | undefined): string | undefined {
  const wanted = findings.flatMap(({ image }) => (image === undefined ? [] : [image]))
  if (wanted.length === 0) return undefined
  const old = findings.some(({ image, detail }) => image !== undefined && detail.includes('--refresh'))
  const names = wanted.length === ENVIRONMENTS.length ? '' : ` --env ${wanted.join(' ')}`
  return `vedette guest build${out === undefined ? '' : ` --out ${out}`}${names}${old ? ' --refresh' : ''}`
}
