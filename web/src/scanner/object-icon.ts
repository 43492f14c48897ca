import type { IconName } from '../ui/icon.tsx'

const ICONS: readonly (readonly [icon: IconName, types: readonly string[]])[] = [
  ['folder', ['zip', 'rar', '7z', 'cab', 'iso', 'tar', 'gzip', 'xz', 'zstd', 'ar', 'ace', 'wim', 'vhd', 'vhdx', 'cfb', 'chm', 'udf', 'arj', 'lzh', 'bzip2']],
  [
    'page',
    [
      'doc',
      'docx',
      'docm',
      'dotm',
      'odt',
      'rtf',
      'pdf',
      'ppt',
      'pptx',
      'pptm',
      'odp',
      'xls',
      'xlsx',
      'xlsm',
      'xlsb',
      'ods',
      'onenote',
      'text',
      'csv',
      'slk',
      'xps',
      'xdp',
    ],
  ],
  ['picture', ['jpeg', 'png', 'gif', 'tiff', 'emf', 'wmf', 'bmp', 'jpx', 'jbig2', 'psd', 'eps', 'ico', 'webp', 'media', 'swf', 'u3d', 'prc']],
  ['code', ['xml', 'html', 'script', 'vba', 'javascript', 'hta', 'sct']],
  ['program', ['pe', 'elf', 'macho', 'dex', 'wasm', 'class', 'msi']],
  ['mail', ['eml', 'msg', 'mhtml', 'tnef', 'activemime']],
  ['link', ['lnk', 'url', 'iqy']],
  ['question', ['unknown', 'empty']],
]
const ICON_OF = new Map(ICONS.flatMap(([icon, types]) => types.map((type) => [type, icon] as const)))

/** The drawing for a kind of document; a plain page for kinds that have none. */
export function objectIcon(type: string): IconName {
  return ICON_OF.get(type) ?? 'page'
}
