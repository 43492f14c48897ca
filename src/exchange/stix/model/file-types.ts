import { extensionsWith } from '#exchange/stix/model/shared-properties.ts'
import { atLeastOneOf, eitherOf, needed, needs, record, saysSomething, type Described, type Properties } from '#exchange/stix/model/record.ts'
import { anyRefs, refsTo, refTo } from '#exchange/stix/model/references.ts'
import { binary, dictionaryOf, either, flag, float, hashes, hex, integer, listOf, name, oneOf, text, timestamp } from '#exchange/stix/model/values.ts'

/** Files, their contents and directories (sections 6.1, 6.3, 6.7). */

const size = integer(0, Number.MAX_SAFE_INTEGER)
const whole = integer()
const TIMES: Properties = { ctime: timestamp, mtime: timestamp, atime: timestamp }

const ntfs: Properties = { sid: text, alternate_data_streams: listOf(record({ name: needed(text), hashes, size })) }
const pdf: Properties = {
  version: text,
  is_optimized: flag,
  document_info_dict: dictionaryOf(text),
  pdfid0: text,
  pdfid1: text,
}
const rasterImage: Properties = { image_height: whole, image_width: whole, bits_per_pixel: whole, exif_tags: dictionaryOf(either(whole, text)) }
const optionalHeader: Properties = {
  magic_hex: hex,
  major_linker_version: whole,
  minor_linker_version: whole,
  size_of_code: size,
  size_of_initialized_data: size,
  size_of_uninitialized_data: size,
  address_of_entry_point: whole,
  base_of_code: whole,
  base_of_data: whole,
  image_base: whole,
  section_alignment: whole,
  file_alignment: whole,
  major_os_version: whole,
  minor_os_version: whole,
  major_image_version: whole,
  minor_image_version: whole,
  major_subsystem_version: whole,
  minor_subsystem_version: whole,
  win32_version_value_hex: hex,
  size_of_image: size,
  size_of_headers: size,
  checksum_hex: hex,
  subsystem_hex: hex,
  dll_characteristics_hex: hex,
  size_of_stack_reserve: size,
  size_of_stack_commit: size,
  size_of_heap_reserve: size,
  size_of_heap_commit: size,
  loader_flags_hex: hex,
  number_of_rva_and_sizes: whole,
  hashes,
}
const peBinary: Properties = {
  pe_type: needed(name),
  imphash: text,
  machine_hex: hex,
  number_of_sections: size,
  time_date_stamp: timestamp,
  pointer_to_symbol_table_hex: hex,
  number_of_symbols: size,
  size_of_optional_header: size,
  characteristics_hex: hex,
  file_header_hashes: hashes,
  optional_header: record(optionalHeader, [saysSomething(optionalHeader)]),
  sections: listOf(record({ name: needed(text), size, entropy: float(0, 8), hashes })),
}

const EXTENSIONS = extensionsWith({
  'archive-ext': record({ contains_refs: needed(refsTo('file', 'directory')), comment: text }),
  'ntfs-ext': record(ntfs, [saysSomething(ntfs)]),
  'pdf-ext': record(pdf, [saysSomething(pdf)]),
  'raster-image-ext': record(rasterImage, [saysSomething(rasterImage)]),
  'windows-pebinary-ext': record(peBinary, [saysSomething(peBinary, 'pe_type')]),
})

export const ARTIFACT: Described = {
  properties: {
    mime_type: text,
    payload_bin: binary,
    url: name,
    hashes,
    encryption_algorithm: oneOf('AES-256-GCM', 'ChaCha20-Poly1305', 'mime-type-indicated'),
    decryption_key: text,
  },
  rules: [eitherOf('payload_bin', 'url'), needs('url', 'hashes'), needs('decryption_key', 'encryption_algorithm')],
}

export const DIRECTORY: Described = {
  properties: { ...TIMES, path: needed(name), path_enc: text, contains_refs: refsTo('file', 'directory') },
}

export const FILE: Described = {
  properties: {
    ...TIMES,
    hashes,
    size,
    name: text,
    name_enc: text,
    magic_number_hex: hex,
    mime_type: text,
    parent_directory_ref: refTo('directory'),
    contains_refs: anyRefs,
    content_ref: refTo('artifact'),
    extensions: EXTENSIONS,
  },
  rules: [atLeastOneOf('hashes', 'name'), needs('name_enc', 'name')],
}
