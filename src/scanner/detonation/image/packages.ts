import { dirname } from 'node:path'
import { printable } from '#scanner/formats/bytes.ts'
import { RELEASES, type Release } from './environments.ts'
import type { Package } from './manifest.ts'
import { DPKG_OPTIONS, FILE_TIME } from './recipe.ts'
import { apart, runProgram, type Mode } from './run-program.ts'

/** Where Debian keeps the keys that its archives are signed with. */
export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

export interface Source {
  /** Address under which `debian/` and `debian-security/` lie. */
  readonly mirror: string
  readonly mode: Mode
  readonly signal?: AbortSignal
  readonly step: (text: string) => void
}

/** Packages could not be had or installed; the message says which and from where. */
export class NoPackages extends Error {
  /** All that was said. */
  readonly said: string

  constructor(why: string, said: string) {
    super(why)
    this.said = said
  }
}

/** The build was asked to end. */
export class Cancelled extends Error {}

export interface Wish {
  readonly release: Release
  /** `extract`: unpacked and no more; `minbase`: installed, upon the smallest system. */
  readonly variant: 'extract' | 'minbase'
  readonly packages: readonly string[]
  /** Versions to take of these packages, whatever newer ones there are. */
  readonly pinned?: readonly Package[] | undefined
  /** Run with the tree as its first argument once all is there. */
  readonly hook?: string
}

/** Makes a tree of Debian packages. Throws `NoPackages`, or `Cancelled`. */
export async function installPackages(tree: string, { release, variant, packages, pinned, hook }: Wish, source: Source): Promise<void> {
  const { suites } = RELEASES[release]
  const entries = suites.map(([archive, suite]) => `deb [signed-by=${KEYRING}] ${source.mirror}/${archive} ${suite} main`)
  const command = [
    'mmdebstrap',
    '--mode=root',
    '--format=directory',
    `--variant=${variant}`,
    '--architectures=amd64',
    `--include=${packages.join(',')}`,
    ...APT_OPTIONS.map((option) => `--aptopt=${option}`),
    ...(variant === 'minbase' ? DPKG_OPTIONS : []).map((option) => `--dpkgopt=${option}`),
    ...(pinned ? [`--setup-hook=${pins(pinned)}`] : []),
    ...(hook === undefined ? [] : [`--${variant === 'extract' ? 'extract' : 'customize'}-hook=${hook}`]),
    release,
    tree,
    ...entries,
  ]
  const outcome = await runProgram(apart(source.mode, command), {
    ...(source.signal && { signal: source.signal }),
    settings: { SOURCE_DATE_EPOCH: String(FILE_TIME), TMPDIR: dirname(tree) },
    tell: (line) => {
      const step = stepOf(line)
      if (step !== undefined) source.step(step)
    },
  })
  if (source.signal?.aborted) throw new Cancelled('the build was cancelled')
  if (outcome.code !== 0) throw new NoPackages(reasonIn(outcome.said, source.mirror), outcome.said)
}

const APT_OPTIONS = ['Acquire::Languages "none"', 'APT::Install-Recommends "false"', 'Acquire::Retries "3"', 'Acquire::http::Timeout "30"']

/** Makes apt take these versions, also of what is installed without being named. */
function pins(pinned: readonly Package[]): string {
  const text = pinned.map(({ name, version }) => `Package: ${name.split(':')[0]}\nPin: version ${version}\nPin-Priority: 1001\n`).join('\n')
  return `mkdir -p "$1/etc/apt/preferences.d" && cat > "$1/etc/apt/preferences.d/lock" <<'END'\n${text}END\n`
}

/** mmdebstrap's own words for its steps, in ours. */
const STEPS: readonly (readonly [RegExp, string])[] = [
  [/^I: running apt-get update/, 'reading the lists of packages'],
  [/^I: downloading packages/, 'fetching packages'],
  [/^I: extracting archives/, 'unpacking'],
  [/^I: installing essential packages/, 'installing the base system'],
  [/^I: installing remaining packages/, 'fetching and installing the viewer'],
]

function stepOf(line: string): string | undefined {
  return STEPS.find(([pattern]) => pattern.test(line))?.[1]
}

/** What apt and dpkg say when something cannot be had or installed. */
const REASONS =
  /^(E: |Err:\d|dpkg: error|W: GPG error|W: Failed to fetch|W: .*(signature|NO_PUBKEY)|(404|403|5\d\d) |.*(Could not resolve|Connection (refused|timed out|failed)|No space left|Unable to locate|has no installation candidate|was not found))/
const MOST_REASONS = 6

/** The sentences that say why, for a person; the last words where none does. */
export function reasonIn(said: string, mirror: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^E: (setup failed|mmdebstrap failed|apt-get .* failed|run_chroot failed|.*failed: E: )/.test(line))
  const reasons = [...new Set(lines.filter((line) => REASONS.test(line)))].slice(0, MOST_REASONS)
  const chosen = reasons.length > 0 ? reasons : lines.slice(-3)
  return `from ${mirror}: ${printable(chosen.join('; '), 1500) || 'the programs ended without a word'}`
}
