import { extensionsWith } from '#exchange/stix/model/shared-properties.ts'
import { record, saysSomething, type Described, type Properties } from '#exchange/stix/model/record.ts'
import { refsTo, refTo } from '#exchange/stix/model/references.ts'
import { anything, dictionaryOf, flag, hashes, integer, listOf, name, oneOf, text, timestamp } from '#exchange/stix/model/values.ts'

/** Processes, accounts, registry keys and certificates (sections 6.13, 6.16 to 6.18). */

const whole = integer()

const windowsProcess: Properties = {
  aslr_enabled: flag,
  dep_enabled: flag,
  priority: text,
  owner_sid: text,
  window_title: text,
  // Another spelling of the same, from the text of the errata.
  windows_title: text,
  startup_info: dictionaryOf(anything),
  integrity_level: oneOf('low', 'medium', 'high', 'system'),
}
const windowsService: Properties = {
  service_name: text,
  descriptions: listOf(text),
  display_name: text,
  group_name: text,
  start_type: oneOf('SERVICE_AUTO_START', 'SERVICE_BOOT_START', 'SERVICE_DEMAND_START', 'SERVICE_DISABLED', 'SERVICE_SYSTEM_ALERT'),
  service_dll_refs: refsTo('file'),
  service_type: oneOf('SERVICE_KERNEL_DRIVER', 'SERVICE_FILE_SYSTEM_DRIVER', 'SERVICE_WIN32_OWN_PROCESS', 'SERVICE_WIN32_SHARE_PROCESS'),
  service_status: oneOf(
    'SERVICE_CONTINUE_PENDING',
    'SERVICE_PAUSE_PENDING',
    'SERVICE_PAUSED',
    'SERVICE_RUNNING',
    'SERVICE_START_PENDING',
    'SERVICE_STOP_PENDING',
    'SERVICE_STOPPED',
  ),
}
const process: Properties = {
  is_hidden: flag,
  pid: whole,
  created_time: timestamp,
  cwd: text,
  command_line: text,
  environment_variables: dictionaryOf(text),
  opened_connection_refs: refsTo('network-traffic'),
  creator_user_ref: refTo('user-account'),
  image_ref: refTo('file'),
  parent_ref: refTo('process'),
  child_refs: refsTo('process'),
  extensions: extensionsWith({
    'windows-process-ext': record(windowsProcess, [saysSomething(windowsProcess)]),
    'windows-service-ext': record(windowsService, [saysSomething(windowsService)]),
  }),
}
export const PROCESS: Described = { properties: process, rules: [saysSomething(process)] }

const unixAccount: Properties = { gid: whole, groups: listOf(text), home_dir: text, shell: text }
const account: Properties = {
  user_id: text,
  credential: text,
  account_login: text,
  account_type: name,
  display_name: text,
  is_service_account: flag,
  is_privileged: flag,
  can_escalate_privs: flag,
  is_disabled: flag,
  account_created: timestamp,
  account_expires: timestamp,
  credential_last_changed: timestamp,
  account_first_login: timestamp,
  account_last_login: timestamp,
  extensions: extensionsWith({ 'unix-account-ext': record(unixAccount, [saysSomething(unixAccount)]) }),
}
export const ACCOUNT: Described = { properties: account, rules: [saysSomething(account)] }

const registryValue: Properties = {
  name: text,
  data: text,
  data_type: oneOf(
    'REG_NONE',
    'REG_SZ',
    'REG_EXPAND_SZ',
    'REG_BINARY',
    'REG_DWORD',
    'REG_DWORD_BIG_ENDIAN',
    'REG_DWORD_LITTLE_ENDIAN',
    'REG_LINK',
    'REG_MULTI_SZ',
    'REG_RESOURCE_LIST',
    'REG_FULL_RESOURCE_DESCRIPTION',
    'REG_RESOURCE_REQUIREMENTS_LIST',
    'REG_QWORD',
    'REG_INVALID_TYPE',
  ),
}
const registryKey: Properties = {
  key: text,
  values: listOf(record(registryValue, [saysSomething(registryValue)])),
  modified_time: timestamp,
  creator_user_ref: refTo('user-account'),
  number_of_subkeys: whole,
}
export const REGISTRY_KEY: Described = { properties: registryKey, rules: [saysSomething(registryKey)] }

const certificateExtensions: Properties = {
  basic_constraints: text,
  name_constraints: text,
  policy_constraints: text,
  key_usage: text,
  extended_key_usage: text,
  subject_key_identifier: text,
  authority_key_identifier: text,
  subject_alternative_name: text,
  issuer_alternative_name: text,
  subject_directory_attributes: text,
  crl_distribution_points: text,
  inhibit_any_policy: text,
  private_key_usage_period_not_before: timestamp,
  private_key_usage_period_not_after: timestamp,
  certificate_policies: text,
  policy_mappings: text,
}
const certificate: Properties = {
  is_self_signed: flag,
  hashes,
  version: text,
  serial_number: text,
  signature_algorithm: text,
  issuer: text,
  validity_not_before: timestamp,
  validity_not_after: timestamp,
  subject: text,
  subject_public_key_algorithm: text,
  subject_public_key_modulus: text,
  subject_public_key_exponent: whole,
  x509_v3_extensions: record(certificateExtensions, [saysSomething(certificateExtensions)]),
}
export const CERTIFICATE: Described = { properties: certificate, rules: [saysSomething(certificate)] }
