import type { Environment, Viewer } from '../contract.ts'

/** The releases that viewers come from, with the parts of a mirror that belong to them. */
export const RELEASES = {
  bookworm: {
    os: 'Debian 12',
    age: 'current',
    suites: [
      ['debian', 'bookworm'],
      ['debian', 'bookworm-updates'],
      ['debian-security', 'bookworm-security'],
    ],
  },
  // Without what was mended since: the older viewer is there to show what the newer one no longer falls for.
  bullseye: { os: 'Debian 11', age: 'older', suites: [['debian', 'bullseye']] },
} as const satisfies Record<string, { os: string; age: Environment['age']; suites: readonly (readonly [archive: string, suite: string])[] }>
export type Release = keyof typeof RELEASES

/** What runs in the guest beside the viewer: the agent's interpreter, and fonts, so that a document looks as it is meant to. */
const COMMON = ['python3', 'fontconfig', 'fonts-dejavu-core', 'fonts-liberation2', 'fonts-droid-fallback']

interface Line {
  readonly viewer: Viewer
  readonly packages: readonly string[]
  /** The package whose version is the viewer's. */
  readonly versionOf: string
  readonly memoryMiB: number
  readonly cpus: number
}

const LINES: readonly Line[] = [
  { viewer: 'poppler', packages: ['poppler-utils', 'poppler-data'], versionOf: 'poppler-utils', memoryMiB: 512, cpus: 1 },
  { viewer: 'mupdf', packages: ['mupdf-tools'], versionOf: 'mupdf-tools', memoryMiB: 512, cpus: 1 },
  {
    viewer: 'libreoffice',
    // Not the packages without an interface: they lack the descriptions of small windows that documents make it open, and it ends for want of them.
    packages: [
      'libreoffice-writer',
      'libreoffice-calc',
      'libreoffice-impress',
      'libreoffice-draw',
      'libreoffice-math',
      // Macros in Python, which a document brings along as it does Basic.
      'libreoffice-script-provider-python',
      'python3-uno',
      // Paints the pages that LibreOffice exports.
      'poppler-utils',
      'fonts-crosextra-carlito',
      'fonts-crosextra-caladea',
    ],
    versionOf: 'libreoffice-core',
    memoryMiB: 1024,
    cpus: 1,
  },
  // With one processor and less memory a page takes over a minute.
  { viewer: 'chromium', packages: ['chromium', 'chromium-sandbox'], versionOf: 'chromium', memoryMiB: 3072, cpus: 2 },
]

/** An environment of a guest of ours: what it is made from, and what it needs to run. */
export interface GuestEnvironment extends Line {
  readonly name: string
  readonly release: Release
}

/** Two of each viewer: a current one and an older one, which differ in nothing else (design, section 15.3). */
export const ENVIRONMENTS: readonly GuestEnvironment[] = LINES.flatMap((line) =>
  (['bookworm', 'bullseye'] as const).map((release) => ({
    ...line,
    name: `${line.viewer}-${RELEASES[release].os.replace(' ', '').toLowerCase()}`,
    release,
    packages: [...COMMON, ...line.packages],
  })),
)

/** The kernel of every guest, whatever the age of its viewer: both viewers of a line differ in themselves alone. */
export const KERNEL = { release: 'bookworm', packages: ['linux-image-cloud-amd64', 'busybox-static'] } as const

/** Modules that a guest needs before its root is there; those that they need are found by themselves. */
export const MODULES: readonly string[] = ['virtio_pci', 'virtio_blk', 'virtio_console', 'erofs', 'overlay']
