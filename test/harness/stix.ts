/** One object of each type of STIX 2.1, made for the tests, with its properties filled as far as they are of interest. */

const UUID = '9299f726-ce06-492e-8472-2b52ccb53191'
const at = '2026-01-01T00:00:00.000Z'
const later = '2026-01-02T00:00:00Z'

/** The id of some object of a type. */
export function idOf(type: string): string {
  return `${type}--${UUID}`
}

export type Example = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string }

/** A domain object, relationship or meta object with what they have in common. */
export function versioned(type: string, properties: object = {}): Example {
  return { type, spec_version: '2.1', id: idOf(type), created: at, modified: at, ...properties }
}

export function observable(type: string, properties: object = {}): Example {
  return { type, spec_version: '2.1', id: idOf(type), ...properties }
}

const named = { name: 'A name', description: 'What it is' }
const aliased = { ...named, aliases: ['Another name'] }
const seen = { first_seen: at, last_seen: at }
const phases = { kill_chain_phases: [{ kill_chain_name: 'ours', phase_name: 'first' }] }
const motives = { goals: ['money'], resource_level: 'team', primary_motivation: 'personal-gain', secondary_motivations: ['revenge'] }
const md5 = { MD5: 'd41d8cd98f00b204e9800998ecf8427e' }

const PE = {
  pe_type: 'exe',
  machine_hex: '014c',
  number_of_sections: 2,
  time_date_stamp: later,
  file_header_hashes: md5,
  optional_header: { magic_hex: '010b', size_of_code: 512, hashes: md5 },
  sections: [{ name: '', size: 5, entropy: 7.98, hashes: md5 }],
}

/** Good ones: every type, and every extension that the standard defines. */
export const EXAMPLES: readonly Example[] = [
  versioned('attack-pattern', { ...aliased, ...phases, external_references: [{ source_name: 'capec', external_id: 'CAPEC-163' }] }),
  versioned('campaign', { ...aliased, ...seen, objective: 'o' }),
  versioned('course-of-action', named),
  versioned('grouping', { context: 'suspicious-activity', object_refs: [idOf('indicator')] }),
  versioned('identity', { ...named, roles: ['CERT'], identity_class: 'organization', sectors: ['energy'], contact_information: 'us@example.org' }),
  versioned('incident', { ...named, severity: 'high' }),
  versioned('indicator', {
    indicator_types: ['malicious-activity'],
    pattern: "[url:value = 'a:b']",
    pattern_type: 'stix',
    valid_from: at,
    valid_until: later,
    ...phases,
  }),
  versioned('infrastructure', { ...aliased, ...seen, ...phases, infrastructure_types: ['botnet'] }),
  versioned('intrusion-set', { ...aliased, ...seen, ...motives }),
  versioned('location', { latitude: 48.8566, longitude: 2.3522, precision: 10 }),
  versioned('location', { region: 'western-europe', country: 'de', administrative_area: 'DE-BY', city: 'c', street_address: 's', postal_code: 'p' }),
  versioned('malware', { ...seen, name: 'm', is_family: true, malware_types: ['bot'], sample_refs: [idOf('file')], operating_system_refs: [idOf('software')] }),
  versioned('malware', {
    is_family: false,
    architecture_execution_envs: ['arm'],
    implementation_languages: ['c'],
    capabilities: ['probes-network-environment'],
  }),
  versioned('malware-analysis', {
    product: 'p',
    result: 'unknown',
    submitted: at,
    modules: ['m'],
    host_vm_ref: idOf('software'),
    sample_ref: idOf('artifact'),
  }),
  versioned('malware-analysis', { product: 'p', analysis_sco_refs: [idOf('url'), 'x-ours--' + UUID] }),
  versioned('note', { abstract: 'a', content: 'c', authors: ['A'], object_refs: [idOf('relationship')] }),
  versioned('observed-data', { first_observed: at, last_observed: at, number_observed: 50, object_refs: [idOf('ipv4-addr'), idOf('relationship')] }),
  versioned('observed-data', {
    first_observed: at,
    last_observed: later,
    number_observed: 1,
    objects: { '0': { type: 'ipv4-addr', value: '198.51.100.2' }, '1': { type: 'network-traffic', src_ref: '0', protocols: ['tcp'] } },
  }),
  versioned('opinion', { opinion: 'strongly-disagree', explanation: 'e', authors: ['A'], object_refs: [idOf('sighting')] }),
  versioned('report', { ...named, report_types: ['campaign'], published: at, object_refs: [idOf('marking-definition')] }),
  versioned('threat-actor', {
    ...aliased,
    ...seen,
    ...motives,
    threat_actor_types: ['spy'],
    roles: ['agent'],
    sophistication: 'expert',
    personal_motivations: ['revenge'],
  }),
  versioned('tool', { ...aliased, ...phases, tool_types: ['remote-access'], tool_version: '1' }),
  versioned('vulnerability', { name: 'CVE-2017-11882', external_references: [{ source_name: 'cve', external_id: 'CVE-2017-11882' }] }),
  versioned('relationship', { relationship_type: 'related-to', source_ref: idOf('indicator'), target_ref: idOf('x-ours'), start_time: at, stop_time: later }),
  versioned('sighting', {
    ...seen,
    sighting_of_ref: idOf('malware'),
    count: 0,
    observed_data_refs: [idOf('observed-data')],
    where_sighted_refs: [idOf('location')],
    summary: true,
  }),
  observable('artifact', { mime_type: 'image/png', payload_bin: 'aGVsbG8=', encryption_algorithm: 'AES-256-GCM', decryption_key: 'k' }),
  observable('artifact', { url: 'https://files.example/a', hashes: { 'SHA-256': 'a'.repeat(64), TLSH: `T1${'A'.repeat(70)}`, SSDEEP: '3:a:b', x_ours: '7' } }),
  observable('autonomous-system', { number: 64_500, name: 'n', rir: 'RIPE' }),
  observable('directory', { path: 'C:\\Windows', path_enc: 'utf-8', ctime: at, contains_refs: [idOf('file'), idOf('directory')] }),
  observable('domain-name', { value: 'example.com', resolves_to_refs: [idOf('ipv4-addr'), idOf('domain-name')] }),
  observable('email-addr', { value: 'a@example.com', display_name: 'A', belongs_to_ref: idOf('user-account') }),
  observable('email-message', {
    is_multipart: false,
    date: at,
    from_ref: idOf('email-addr'),
    to_refs: [idOf('email-addr')],
    body: 'b',
    additional_header_fields: { 'Reply-To': ['a', 'b'], 'X-Mailer': 'm' },
  }),
  observable('email-message', {
    is_multipart: true,
    message_id: '<m>',
    body_multipart: [{ body: 'b', content_type: 'text/plain' }, { body_raw_ref: idOf('artifact') }],
    raw_email_ref: idOf('artifact'),
  }),
  observable('file', {
    hashes: md5,
    size: 0,
    name: 'a',
    name_enc: 'utf-8',
    magic_number_hex: '504B0304',
    parent_directory_ref: idOf('directory'),
    contains_refs: [idOf('url')],
    content_ref: idOf('artifact'),
  }),
  observable('file', { name: 'a.zip', extensions: { 'archive-ext': { contains_refs: [idOf('file')], comment: 'c' } } }),
  observable('file', { name: 'a', extensions: { 'ntfs-ext': { alternate_data_streams: [{ name: 's', size: 5, hashes: md5 }] }, 'x-ours-ext': { any: [] } } }),
  observable('file', { name: 'a.pdf', extensions: { 'pdf-ext': { version: '1.7', document_info_dict: { Title: 't' }, is_optimized: false } } }),
  observable('file', { name: 'a.jpg', extensions: { 'raster-image-ext': { image_height: 1, exif_tags: { Make: 'm', XResolution: 4928 } } } }),
  observable('file', { name: 'a.exe', extensions: { 'windows-pebinary-ext': PE } }),
  observable('ipv4-addr', { value: '198.51.100.0/24', resolves_to_refs: [idOf('mac-addr')], belongs_to_refs: [idOf('autonomous-system')] }),
  observable('ipv4-addr', { value: '198[.]51[.]100[.]3', defanged: true }),
  observable('ipv6-addr', { value: '2001:db8::/96' }),
  observable('mac-addr', { value: 'd2:fb:49:24:37:18' }),
  observable('mutex', { name: '__M__' }),
  observable('network-traffic', {
    start: at,
    end: at,
    is_active: false,
    src_ref: idOf('ipv4-addr'),
    dst_ref: idOf('domain-name'),
    src_port: 0,
    dst_port: 65_535,
    protocols: ['ipv4', 'tcp'],
    ipfix: { minimumIpTotalLength: 32, a: 'b' },
  }),
  observable('network-traffic', {
    dst_ref: idOf('ipv6-addr'),
    protocols: ['tcp', 'http'],
    encapsulates_refs: [idOf('network-traffic')],
    extensions: {
      'http-request-ext': {
        request_method: 'get',
        request_value: '/',
        request_header: { Host: ['a'], 'User-Agent': 'b' },
        message_body_data_ref: idOf('artifact'),
      },
      'icmp-ext': { icmp_type_hex: '08', icmp_code_hex: '00' },
      'socket-ext': { address_family: 'AF_INET', socket_type: 'SOCK_STREAM', options: { SO_LINGER: 5 }, is_listening: true },
      'tcp-ext': { src_flags_hex: '00000002' },
    },
  }),
  observable('process', {
    pid: 314,
    created_time: at,
    environment_variables: { PATH: 'p', not_a_ref: 'x' },
    image_ref: idOf('file'),
    child_refs: [idOf('process')],
    extensions: {
      'windows-process-ext': { aslr_enabled: true, integrity_level: 'low', startup_info: { cb: 5, lpDesktop: 'd' } },
      'windows-service-ext': { service_name: 's', start_type: 'SERVICE_AUTO_START', service_status: 'SERVICE_RUNNING', service_dll_refs: [idOf('file')] },
    },
  }),
  observable('software', { name: 'Word', cpe: 'cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*', languages: ['en', 'zh-Hant-TW'], vendor: 'v', version: '1' }),
  observable('url', { value: 'https://example.com/' }),
  observable('user-account', { user_id: '1001', account_type: 'unix', account_created: at, extensions: { 'unix-account-ext': { gid: 0, groups: ['wheel'] } } }),
  observable('windows-registry-key', { key: 'HKEY_LOCAL_MACHINE\\a', values: [{ name: '', data: 'd', data_type: 'REG_SZ' }], modified_time: at }),
  observable('x509-certificate', {
    serial_number: '1',
    validity_not_before: at,
    subject_public_key_exponent: 65_537,
    x509_v3_extensions: { key_usage: 'critical', private_key_usage_period_not_after: at },
  }),
  versioned('language-content', {
    object_ref: idOf('campaign'),
    object_modified: at,
    contents: { de: { name: 'Angriff', goals: ['a', ''] }, 'pt-BR': { name: 'b' } },
  }),
  {
    type: 'marking-definition',
    spec_version: '2.1',
    id: idOf('marking-definition'),
    created: at,
    name: 'n',
    definition_type: 'statement',
    definition: { statement: 'Copyright' },
  },
  {
    type: 'marking-definition',
    spec_version: '2.1',
    id: idOf('marking-definition'),
    created: at,
    extensions: { [idOf('extension-definition')]: { extension_type: 'property-extension', ours: 1 } },
  },
  versioned('extension-definition', {
    created_by_ref: idOf('identity'),
    name: 'n',
    schema: 'https://schema.example/',
    version: '1.2.1',
    extension_types: ['new-sdo', 'toplevel-property-extension'],
    extension_properties: ['toxicity'],
  }),
  versioned('x-mitre-tactic', { x_mitre_shortname: 's', x_mitre_contents: [{ object_ref: idOf('tool') }] }),
  versioned('my-favourite', { extensions: { [idOf('extension-definition')]: { extension_type: 'new-sdo' } } }),
  observable('my-observable', { extensions: { [idOf('extension-definition')]: { extension_type: 'new-sco' } } }),
  observable('x-usb-device', { usbdrive: { serial_number: '5758' } }),
]
