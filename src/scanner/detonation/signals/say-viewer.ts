import type { Environment } from '../contract.ts'
import { upstreamVersion } from './debian-version.ts'

const NAMES: Readonly<Record<Environment['viewer'], string | undefined>> = {
  libreoffice: 'LibreOffice',
  poppler: 'Poppler',
  mupdf: 'MuPDF',
  chromium: 'Chromium',
  other: undefined,
}

/** The viewer and its version, as people say them: LibreOffice 7.4.7. */
export function sayViewer({ viewer, name, version }: Environment): string {
  return `${NAMES[viewer] ?? name} ${upstreamVersion(version)}`
}
